//! The entries of these components in the catalogue.

#[cfg(feature = "nats")]
mod nats;
mod networks;
#[cfg(feature = "http")]
mod web;

use std::net::SocketAddr;

use axon::catalogue::{Argument, ArgumentError, Arguments, Carries, Entry, Factory, Kind};

use crate::{
    FortuneCookieProtocol, Listen, PostboxPeer, ServerCore, SimplePeer, SimpleServer, SingleServer, Target,
    TargettedPeer, TcpClient, UdpReceiver, UdpSender,
};

/// The entries of the components of this crate.
///
/// # Examples
///
/// ```
/// use axon::catalogue::Catalogue;
///
/// let catalogue = Catalogue::new().with(axon::util::catalogue()).with(kamaelia_net::catalogue());
/// let text = "SimpleServer 127.0.0.1:0 EchoProtocol; client: TcpClient localhost prot=1500";
/// let error = axon::text::parse(text).load(&catalogue).expect_err("there is no such argument");
/// assert!(error.to_string().contains("did you mean port?"), "{error}");
/// ```
#[must_use]
pub fn catalogue() -> Vec<Entry> {
    let entries = [tcp(), udp(), networks::entries()].into_iter().flatten();
    #[cfg(feature = "http")]
    let entries = entries.chain(web::entries());
    #[cfg(feature = "nats")]
    let entries = entries.chain(nats::entries());
    entries.collect()
}

const LISTEN: &str = "{}.parse::<kamaelia_net::Listen>()?";
const SOCKET: &str = "{}.parse::<std::net::SocketAddr>()?";
const TARGET: &str = "{}.parse::<kamaelia_net::Target>()?";

fn tcp() -> Vec<Entry> {
    let client = Entry::new(
        Kind::Network,
        "kamaelia_net::TcpClient",
        "Connects to a server, and then acts as the connection.",
        |given| client_tls(given, client(given)),
    )
    .named_in_python("TCPClient")
    .takes(Carries::Bytes)
    .sends(Carries::Bytes)
    .argument(
        Argument::text("host", "the name or the address of the server")
            .positional()
            .required()
            .example("localhost"),
    )
    .argument(Argument::count("port", "its port").positional().required().at_most(65535).example("1500"))
    .argument(Argument::duration("delay", "how long it waits before it connects"))
    .argument(Argument::duration("connect_timeout", "how long connecting may take").default("60s"))
    .argument(Argument::flag(
        "wait_for_serverclose",
        "goes on receiving after everything was sent, until the server closes",
    ))
    .argument(Argument::flag("half_open", "goes on sending after the server has sent everything"));
    let server = Entry::new(
        Kind::Network,
        "kamaelia_net::SimpleServer",
        "Makes a [`ServerCore`] whose handlers are not told who the client is.",
        |given| {
            let protocol: Factory = given.need("protocol");
            server_tls(given, server(given, SimpleServer::new(move || protocol.make(), listen(given)?)))
        },
    )
    .argument(Argument::address("address", "where it listens").positional().required().rust(LISTEN))
    .argument(
        Argument::component("protocol", "what is made for each client")
            .positional()
            .required()
            .example("EchoProtocol"),
    )
    .argument(Argument::count("max_connections", "how many clients it has at a time").at_least(1))
    .argument(Argument::count("max_connections_per_peer", "how many of them from one address").at_least(1))
    .argument(
        Argument::count("accept_rate", "how many clients are accepted a second")
            .at_least(1)
            .at_most(u32::MAX.into()),
    )
    .argument(Argument::size("memory", "how many bytes all connections hold together"))
    .argument(
        Argument::duration("drain_deadline", "how long connections may take to finish at the end")
            .default("10s"),
    )
    .rust("kamaelia_net::SimpleServer::new(|| {protocol}, {address})");
    let single = Entry::new(
        Kind::Network,
        "kamaelia_net::SingleServer",
        "Serves one client at a time: what comes to `inbox` is sent to it, what it sends comes out of `outbox`.",
        |given| Ok(SingleServer::new(listen(given)?)),
    )
    .takes(Carries::Bytes)
    .sends(Carries::Bytes)
    .argument(Argument::address("address", "where it listens").positional().required().rust(LISTEN));
    let fortune = Entry::new(
        Kind::Protocol,
        "kamaelia_net::FortuneCookieProtocol",
        "Sends what the program `fortune -a` says, forty letters a second, and ends: the protocol of a server.",
        |given| {
            let cookie = FortuneCookieProtocol::new();
            let cookie = given.set("or_else", cookie, |cookie, saying: String| cookie.or_else(saying));
            Ok(given.set("program", cookie, |cookie, program: String| cookie.program(program)))
        },
    )
    .argument(Argument::text("or_else", "what it says if there is no such program"))
    .argument(Argument::text("program", "the program that is asked instead of fortune"));
    vec![tls_of_client(client), tls_of_server(server), single, fortune]
}

fn client(given: &Arguments) -> TcpClient {
    let client = TcpClient::new(given.need::<String>("host"), given.need("port"));
    let client = given.set("delay", client, TcpClient::delay);
    let client = given.set("connect_timeout", client, TcpClient::connect_timeout);
    let client = given.flag("wait_for_serverclose", client, TcpClient::wait_for_serverclose);
    given.flag("half_open", client, TcpClient::half_open)
}

fn listen(given: &Arguments) -> Result<Listen, ArgumentError> {
    given.parse("address")
}

fn server(given: &Arguments, server: ServerCore) -> ServerCore {
    let server = given.set("max_connections", server, ServerCore::max_connections);
    let server = given.set("max_connections_per_peer", server, ServerCore::max_connections_per_peer);
    let server = given.set("accept_rate", server, ServerCore::accept_rate);
    let server = given.set("memory", server, ServerCore::memory);
    given.set("drain_deadline", server, ServerCore::drain_deadline)
}

#[cfg(feature = "rustls")]
fn tls_of_client(entry: Entry) -> Entry {
    let entry = entry
        .argument(Argument::flag("tls", "secures the connection").rust("kamaelia_net::TlsClient::new()?"));
    with_authorities(entry)
}

#[cfg(feature = "rustls")]
fn with_authorities(entry: Entry) -> Entry {
    entry
        .argument(
            Argument::path(
                "ca",
                "the certificates that the server's is checked with, instead of the system's",
            )
            .constructor(),
        )
        .argument(
            Argument::text("server_name", "the name that the certificate is for, if not the host")
                .constructor(),
        )
}

#[cfg(feature = "rustls")]
fn client_tls(given: &Arguments, client: TcpClient) -> Result<TcpClient, ArgumentError> {
    if given.value("tls") != Some(true) {
        return match ["ca", "server_name"].into_iter().find(|name| !given.values(name).is_empty()) {
            Some(name) => Err(ArgumentError::new(name, "it is for tls=true, which is not given")),
            None => Ok(client),
        };
    }
    let tls = match authorities(given)? {
        Some(tls) => tls,
        None => crate::TlsClient::new().map_err(|error| ArgumentError::new("tls", error))?,
    };
    Ok(client.tls(tls))
}

/// How connections are secured, if it is said.
#[cfg(feature = "rustls")]
fn authorities(given: &Arguments) -> Result<Option<crate::TlsClient>, ArgumentError> {
    use std::path::PathBuf;

    use crate::tls::{Authorities, TlsClientOptions};

    let (ca, name) = (given.value::<PathBuf>("ca"), given.value::<String>("server_name"));
    if ca.is_none() && name.is_none() {
        return Ok(None);
    }
    let tls = match ca {
        Some(path) => {
            let authorities =
                Authorities::from_file(path).map_err(|error| ArgumentError::new("ca", error))?;
            TlsClientOptions::new().authorities(authorities).build()
        }
        None => crate::TlsClient::new(),
    }
    .map_err(|error| ArgumentError::new("ca", error))?;
    Ok(Some(match name {
        Some(name) => tls.server_name(name),
        None => tls,
    }))
}

#[cfg(feature = "rustls")]
fn tls_of_server(entry: Entry) -> Entry {
    entry
        .argument(Argument::path("certificate", "its certificate: connections are secured").constructor())
        .argument(Argument::path("key", "the key of the certificate").constructor())
}

#[cfg(feature = "rustls")]
fn server_tls(given: &Arguments, server: ServerCore) -> Result<ServerCore, ArgumentError> {
    Ok(match certificate(given)? {
        Some(tls) => server.tls(tls),
        None => server,
    })
}

/// How connections of a server are secured, if it is said.
#[cfg(feature = "rustls")]
fn certificate(given: &Arguments) -> Result<Option<crate::TlsServer>, ArgumentError> {
    use std::path::PathBuf;

    match (given.value::<PathBuf>("certificate"), given.value::<PathBuf>("key")) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => {
            let tls = crate::TlsServer::from_files(certificate, key);
            tls.map(Some).map_err(|error| ArgumentError::new("certificate", error))
        }
        (Some(_), None) => Err(ArgumentError::new("certificate", "its key is not given: key=FILE")),
        (None, Some(_)) => Err(ArgumentError::new("key", "its certificate is not given: certificate=FILE")),
    }
}

#[cfg(not(feature = "rustls"))]
fn tls_of_client(entry: Entry) -> Entry {
    entry
}

#[cfg(not(feature = "rustls"))]
fn client_tls(_: &Arguments, client: TcpClient) -> Result<TcpClient, ArgumentError> {
    Ok(client)
}

#[cfg(not(feature = "rustls"))]
fn tls_of_server(entry: Entry) -> Entry {
    entry
}

#[cfg(not(feature = "rustls"))]
fn server_tls(_: &Arguments, server: ServerCore) -> Result<ServerCore, ArgumentError> {
    Ok(server)
}

fn local() -> Argument {
    Argument::address("local", "the address that it is bound to").positional().required().rust(SOCKET)
}

fn peer(name: &'static str) -> Argument {
    Argument::address(name, "whom it sends to").positional().example("127.0.0.1:1600").rust(TARGET)
}

fn udp() -> Vec<Entry> {
    vec![
        Entry::new(
            Kind::Network,
            "kamaelia_net::UdpSender",
            "Sends datagrams to one peer, from any free port.",
            |given| {
                let sender = UdpSender::new(given.parse::<Target>("peer")?);
                Ok(match given.values("local") {
                    [] => sender,
                    _ => sender.local(given.parse("local")?),
                })
            },
        )
        .named_in_python("UDPSender")
        .argument(peer("peer").required())
        .argument(Argument::address("local", "the address that it is bound to").rust(SOCKET))
        .takes(Carries::Bytes),
        Entry::new(
            Kind::Network,
            "kamaelia_net::UdpReceiver",
            "Receives datagrams at an address.",
            |given| Ok(UdpReceiver::new(given.parse::<SocketAddr>("local")?)),
        )
        .named_in_python("UDPReceiver")
        .argument(local())
        .sends(Carries::Other("datagrams")),
        Entry::new(
            Kind::Network,
            "kamaelia_net::SimplePeer",
            "Receives datagrams at an address, and sends to one peer.",
            |given| Ok(SimplePeer::new(given.parse("local")?, given.parse::<Target>("peer")?)),
        )
        .argument(local())
        .argument(peer("peer").required())
        .takes(Carries::Bytes)
        .sends(Carries::Other("datagrams")),
        Entry::new(
            Kind::Network,
            "kamaelia_net::TargettedPeer",
            "Receives datagrams at an address, and sends to a peer that can be changed.",
            |given| {
                let peer = TargettedPeer::new(given.parse("local")?);
                Ok(match given.values("target") {
                    [] => peer,
                    _ => peer.target(given.parse::<Target>("target")?),
                })
            },
        )
        .argument(local())
        .argument(peer("target"))
        .takes(Carries::Bytes)
        .sends(Carries::Other("datagrams")),
        Entry::new(
            Kind::Network,
            "kamaelia_net::PostboxPeer",
            "Receives datagrams at an address, and sends each to the peer that it names.",
            |given| Ok(PostboxPeer::new(given.parse("local")?)),
        )
        .argument(local())
        .sends(Carries::Other("datagrams")),
    ]
}
