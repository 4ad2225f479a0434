//! TLS with peers that are not ours: OpenSSL's client and server, Python, curl; and the examples as programs.
//!
//! Peers that are not installed are passed over with a note. All traffic stays on this machine.

use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use axon::util::EchoProtocol;
use axon::{Boxes, Component, Context, ProducerFinished};
use kamaelia_net::tls::{TlsClientOptions, TlsServerOptions};
use kamaelia_net::{
    FastRestartServer, HowDied, SimpleServer, SocketShutdown, SslError, SslReady, TcpClient, TlsClient,
    TlsServer, TlsSession, TlsVersion,
};

use crate::certificates::Issuer;
use crate::folder::Folder;
use crate::net_harness::{LONG, Program, Running, example, here, installed, run, serve};

const HOST: &str = "127.0.0.1";
const NAME: &str = "server.test";

/// A program that talks, and is ended with the test.
struct Peer {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Peer {
    fn start(command: &mut Command) -> Self {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Peer { child, lines }
    }

    fn say(&mut self, text: &str) {
        self.child.stdin.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
    }

    /// The rest of the first line that begins so.
    fn hear(&mut self, beginning: &str) -> String {
        let found = self.lines.find_map(|line| line.unwrap().strip_prefix(beginning).map(str::to_owned));
        found.unwrap_or_else(|| panic!("it said nothing that begins {beginning:?}"))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `openssl s_client` to this address, that checks the server's certificate for a name.
fn s_client(address: SocketAddr, trusted: &str, more: &[&str]) -> Command {
    let mut command = Command::new("openssl");
    command.args(["s_client", "-connect", &address.to_string(), "-CAfile", trusted, "-verify_return_error"]);
    command.args(more);
    command
}

/// What comes of a program that is given this.
fn output(command: &mut Command, input: &str) -> (Output, String) {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output, said)
}

/// Settings of a server with a certificate for `server.test`, and who has issued it.
fn server_settings() -> (Issuer, TlsServerOptions) {
    let issuer = Issuer::new("the issuer");
    let options = TlsServerOptions::new(issuer.server(NAME).certificate());
    (issuer, options)
}

fn echo(tls: TlsServer) -> Running {
    serve(move || SimpleServer::new(EchoProtocol::new, here()).tls(tls))
}

#[test]
fn s_client_talks_to_a_server_of_ours_in_both_versions_and_checks_it() {
    if !installed("openssl") {
        return;
    }
    let (issuer, options) = server_settings();
    let (folder, server) = (Folder::new(), echo(options.build().unwrap()));
    let trusted = folder.file("ca.pem", issuer.pem());
    let check = ["-quiet", "-servername", NAME, "-verify_hostname", NAME];
    for version in ["-tls1_2", "-tls1_3"] {
        let mut client = Peer::start(s_client(server.address, &trusted, &check).arg(version));
        for word in ["one", "two"] {
            client.say(&format!("{word}\n"));
            client.hear(word);
        }
    }
    let others = ["-quiet", "-servername", NAME, "-verify_hostname", "other.test"];
    let (refused, _) = output(&mut s_client(server.address, &trusted, &others), "");
    assert!(!refused.status.success());
    let (old, said) = output(s_client(server.address, &trusted, &["-tls1_1"]).arg("-brief"), "");
    assert!(!old.status.success(), "{said}");
    server.drain().unwrap();
}

#[test]
fn without_a_common_version_both_sides_say_so() {
    if !installed("openssl") {
        return;
    }
    let (issuer, options) = server_settings();
    let folder = Folder::new();
    let trusted = folder.file("ca.pem", issuer.pem());
    let (answer, said) = answers(options.tls13_only(), &trusted, &["-tls1_2"]);
    assert!(said.contains("alert protocol version"), "{said}");
    assert_eq!(answer, Err(SslError::NoCommonVersion));
    let pair = issuer.server(HOST).files(&folder, "server");
    let (_server, port) = s_server(&pair, &["-tls1_2"]);
    let met = meet(port, trusting(&issuer).tls13_only().build().unwrap());
    assert_eq!(met.ready, Err(SslError::NoCommonVersion));
}

/// A handler that tells the test what came of the handshake.
struct TellTheAnswer {
    tell: Sender<SslReady>,
}

impl Component for TellTheAnswer {
    fn boxes(&self) -> Boxes {
        Boxes::standard().inbox("sslready", "what was agreed on")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        self.tell.send(cx.next::<SslReady>("sslready").await?)?;
        Ok(())
    }
}

/// What a server of ours says came of its handshake with `s_client`, and what that says.
fn answers(options: TlsServerOptions, trusted: &str, more: &[&str]) -> (SslReady, String) {
    let (tell, told) = channel();
    let tls = options.build().unwrap();
    let server =
        serve(move || FastRestartServer::new(move |_| TellTheAnswer { tell: tell.clone() }, here()).tls(tls));
    let (ended, said) = output(&mut s_client(server.address, trusted, more), "");
    let answer = told.recv_timeout(LONG).unwrap();
    assert_eq!(ended.status.success(), answer.is_ok(), "{said}");
    server.drain().unwrap();
    (answer, said)
}

#[test]
fn s_client_refuses_a_server_of_ours_that_is_not_who_it_should_be_and_both_say_why() {
    if !installed("openssl") {
        return;
    }
    let (issuer, folder) = (Issuer::new("the issuer"), Folder::new());
    let trusted = folder.file("ca.pem", issuer.pem());
    let check = ["-servername", NAME, "-verify_hostname", NAME];
    let shown = |pair: crate::certificates::Pair| {
        answers(TlsServerOptions::new(pair.certificate()), &trusted, &check)
    };
    let refused = |reason: &str| Err(SslError::RefusedByPeer(reason.to_owned()));
    let (answer, said) = shown(Issuer::new("a stranger").server(NAME));
    assert!(said.contains("unable to get local issuer certificate"), "{said}");
    assert_eq!(answer, refused("unknown CA"));
    let (answer, said) = shown(issuer.expired(NAME));
    assert!(said.contains("certificate has expired"), "{said}");
    assert_eq!(answer, refused("certificate expired"));
    let (answer, said) = shown(issuer.server("other.test"));
    assert!(said.contains("hostname mismatch"), "{said}");
    assert_eq!(answer, refused("bad certificate"));
    assert!(shown(issuer.server(NAME)).0.is_ok());
}

#[test]
fn the_server_chooses_the_cipher_whatever_the_client_would_like() {
    if !installed("openssl") {
        return;
    }
    let (issuer, options) = server_settings();
    let (folder, server) = (Folder::new(), echo(options.build().unwrap()));
    let trusted = folder.file("ca.pem", issuer.pem());
    let orders = [
        [
            "-tls1_3",
            "-ciphersuites",
            "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384",
        ],
        ["-tls1_3", "-ciphersuites", "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"],
        ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"],
        ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256"],
    ];
    for order in orders {
        let (_, said) = output(&mut s_client(server.address, &trusted, &order), "");
        assert!(
            said.contains("AES_256_GCM_SHA384") || said.contains("AES256-GCM-SHA384"),
            "{order:?}: {said}"
        );
        assert!(!said.contains("Cipher is TLS_CHACHA20") && !said.contains("Cipher is ECDHE-ECDSA-AES128"));
    }
    server.drain().unwrap();
}

#[test]
fn s_client_resumes_no_session_of_a_server_that_does_not_want_it() {
    if !installed("openssl") {
        return;
    }
    let (issuer, options) = server_settings();
    let (folder, server) = (Folder::new(), echo(options.no_resumption().build().unwrap()));
    let trusted = folder.file("ca.pem", issuer.pem());
    let (_, said) = output(&mut s_client(server.address, &trusted, &["-tls1_2", "-reconnect"]), "");
    assert_eq!((said.matches("\nNew, ").count(), said.matches("\nReused, ").count()), (6, 0), "{said}");
    server.drain().unwrap();
}

#[test]
fn s_client_is_shown_the_certificate_for_the_name_that_it_asks_for() {
    if !installed("openssl") {
        return;
    }
    let (issuer, options) = server_settings();
    let tls = options.certificate(issuer.server("second.test").certificate()).build().unwrap();
    let (folder, server) = (Folder::new(), echo(tls.clone()));
    let trusted = folder.file("ca.pem", issuer.pem());
    let is_shown = |name: &str| {
        let named = ["-brief", "-servername", name, "-verify_hostname", name];
        output(&mut s_client(server.address, &trusted, &named), "").0.status.success()
    };
    assert!(is_shown(NAME) && is_shown("second.test") && !is_shown("third.test"));
    tls.replace_certificates([issuer.server("third.test").certificate()]).unwrap();
    assert!(is_shown("third.test") && !is_shown(NAME));
    server.drain().unwrap();
}

#[test]
fn s_client_agrees_on_a_protocol_or_is_refused() {
    if !installed("openssl") {
        return;
    }
    let (issuer, options) = server_settings();
    let (folder, server) = (Folder::new(), echo(options.alpn(["echo", "http/1.1"]).build().unwrap()));
    let trusted = folder.file("ca.pem", issuer.pem());
    let (_, said) = output(&mut s_client(server.address, &trusted, &["-alpn", "x,http/1.1"]), "");
    assert!(said.contains("ALPN protocol: http/1.1"), "{said}");
    let (refused, said) = output(&mut s_client(server.address, &trusted, &["-alpn", "x"]), "");
    assert!(!refused.status.success() && said.contains("no application protocol"), "{said}");
    server.drain().unwrap();
}

#[test]
fn s_client_shows_a_certificate_when_it_must() {
    if !installed("openssl") {
        return;
    }
    let (issuer, options) = server_settings();
    let members = Issuer::new("members");
    let tls = options.require_client_certificate(members.authorities()).build().unwrap();
    let (folder, server) = (Folder::new(), echo(tls));
    let trusted = folder.file("ca.pem", issuer.pem());
    let [certificate, key] = members.client("me.test").files(&folder, "me");
    let mine = ["-quiet", "-cert", &certificate, "-key", &key];
    let mut client = Peer::start(&mut s_client(server.address, &trusted, &mine));
    client.say("it is me\n");
    client.hear("it is me");
    for version in ["-tls1_2", "-tls1_3"] {
        let (_, said) = output(&mut s_client(server.address, &trusted, &["-ign_eof", version]), "nobody\n");
        assert!(said.contains("alert") && !said.contains("\nnobody"), "{said}");
    }
    drop(client);
    server.drain().unwrap();
}

#[test]
fn s_client_resumes_a_session_in_both_versions() {
    if !installed("openssl") {
        return;
    }
    let (issuer, options) = server_settings();
    let (folder, server) = (Folder::new(), echo(options.build().unwrap()));
    let trusted = folder.file("ca.pem", issuer.pem());
    for version in ["-tls1_2", "-tls1_3"] {
        let session = folder.path().join(version).to_str().unwrap().to_owned();
        let keep = [version, "-quiet", "-no_ign_eof", "-sess_out", &session];
        let mut client = Peer::start(&mut s_client(server.address, &trusted, &keep));
        // The tickets of TLS 1.3 come after the handshake; the echo comes after them.
        client.say("wait\n");
        client.hear("wait");
        drop(client.child.stdin.take());
        client.child.wait().unwrap();
        let (_, said) = output(&mut s_client(server.address, &trusted, &[version, "-sess_in", &session]), "");
        assert!(said.contains("\nReused, "), "{version}: {said}");
    }
    server.drain().unwrap();
}

#[test]
fn python_talks_to_a_server_of_ours_and_both_ends_are_told() {
    let (issuer, options) = server_settings();
    let (folder, server) = (Folder::new(), echo(options.build().unwrap()));
    let trusted = folder.file("ca.pem", issuer.pem());
    let program = r#"
import socket, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[2])
raw = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
secured = context.wrap_socket(raw, server_hostname="server.test")
data = bytes(range(256)) * 4000
secured.sendall(data)
heard = b""
while len(heard) < len(data):
    heard += secured.recv(65536)
assert heard == data
# It says that its data ends, and waits for the other's notice: without one this is an error.
plain = secured.unwrap()
assert plain.recv(1) == b""
print(secured.version() or "done")
"#;
    let port = server.address.port().to_string();
    let (done, said) = output(Command::new("python3").args(["-c", program, &port, &trusted]), "");
    assert!(done.status.success(), "{said}");
    server.drain().unwrap();
}

/// What a client of ours meets: what it agrees on or not, what it hears, and how it ends.
struct Met {
    ready: SslReady,
    heard: String,
    how_died: HowDied,
}

/// Talks to a server at a port: says a line, hears one, finishes, and waits for the server's end.
fn meet(port: u16, tls: TlsClient) -> Met {
    let (sender, receiver) = channel();
    run(async move |cx| {
        let client = cx.activate(TcpClient::new(HOST, port).tls(tls).wait_for_serverclose());
        let ready = cx.add_inbox("sslready");
        cx.link((&client, "sslready"), (cx.me(), &ready))?;
        cx.link((&client, "outbox"), (cx.me(), "inbox"))?;
        cx.link((&client, "signal"), (cx.me(), "control"))?;
        cx.deliver_to(&client, "inbox", "hello\n")?;
        let answer = cx.next::<SslReady>(&ready).await?;
        let mut heard = Vec::new();
        let mut how_died = None;
        while how_died.is_none() {
            while let Some(bytes) = cx.recv_as::<Vec<u8>>("inbox")? {
                heard.extend(bytes);
                if heard.ends_with(b"\n") {
                    cx.deliver_to(&client, "control", ProducerFinished::new())?;
                }
            }
            if let Some(notice) = cx.recv("control") {
                // The server has ended first, if that is no end of the connection.
                cx.deliver_to(&client, "control", ProducerFinished::new())?;
                let end = notice.view(|end: &SocketShutdown| end.how_died.clone());
                how_died = Some(end.unwrap_or(HowDied::PeerClosed));
            } else if !cx.is_any_ready() {
                cx.pause().await;
            }
        }
        sender.send((answer, heard, how_died)).unwrap();
        Ok(())
    })
    .unwrap();
    let (ready, heard, how_died) = receiver.recv().unwrap();
    Met { ready, heard: String::from_utf8(heard).unwrap(), how_died: how_died.unwrap() }
}

/// `openssl s_server` that answers lines with the same backwards, at any port.
fn s_server(certificate: &[String; 2], more: &[&str]) -> (Peer, u16) {
    let mut command = Command::new("openssl");
    command.args(["s_server", "-accept", "127.0.0.1:0", "-rev"]);
    command.args(["-cert", &certificate[0], "-key", &certificate[1]]).args(more);
    let mut server = Peer::start(&mut command);
    let address: SocketAddr = server.hear("ACCEPT ").parse().unwrap();
    (server, address.port())
}

fn trusting(issuer: &Issuer) -> TlsClientOptions {
    TlsClientOptions::new().authorities(issuer.authorities())
}

fn agreed(met: Met) -> TlsSession {
    assert_eq!(met.heard, "olleh\n");
    met.ready.unwrap()
}

#[test]
fn a_client_of_ours_talks_to_s_server_in_both_versions_and_resumes() {
    if !installed("openssl") {
        return;
    }
    let (issuer, folder) = (Issuer::new("the issuer"), Folder::new());
    let pair = issuer.server(HOST).files(&folder, "server");
    for (option, version) in [("-tls1_2", TlsVersion::Tls12), ("-tls1_3", TlsVersion::Tls13)] {
        let (_server, port) = s_server(&pair, &[option]);
        let client = trusting(&issuer).build().unwrap();
        let first = agreed(meet(port, client.clone()));
        assert_eq!((first.version, first.resumed), (version, false));
        assert!(agreed(meet(port, client)).resumed, "{version}");
    }
}

#[test]
fn a_client_of_ours_refuses_a_server_that_is_not_who_it_should_be() {
    if !installed("openssl") {
        return;
    }
    let (issuer, folder) = (Issuer::new("the issuer"), Folder::new());
    let refusal = |pair: crate::certificates::Pair, name: &str| {
        let (_server, port) = s_server(&pair.files(&folder, name), &[]);
        let met = meet(port, trusting(&issuer).build().unwrap());
        assert_eq!(met.heard, "");
        let HowDied::Tls(error) = met.how_died else { panic!("{:?}", met.how_died) };
        assert_eq!(met.ready, Err(error.clone()));
        error
    };
    assert_eq!(refusal(Issuer::new("a stranger").server(HOST), "stranger"), SslError::UnknownIssuer);
    assert!(matches!(refusal(issuer.expired(HOST), "expired"), SslError::Expired { since: Some(_) }));
    assert!(matches!(refusal(issuer.server("other.test"), "other"), SslError::WrongName { .. }));
}

#[test]
fn a_client_of_ours_agrees_with_s_server_on_a_protocol_or_says_that_there_is_none() {
    if !installed("openssl") {
        return;
    }
    let (issuer, folder) = (Issuer::new("the issuer"), Folder::new());
    let pair = issuer.server(HOST).files(&folder, "server");
    let (_server, port) = s_server(&pair, &["-alpn", "b,c"]);
    let met = meet(port, trusting(&issuer).alpn(["a", "b"]).build().unwrap());
    assert_eq!(agreed(met).alpn.as_deref(), Some("b"));
    let met = meet(port, trusting(&issuer).alpn(["a"]).build().unwrap());
    assert_eq!(met.ready, Err(SslError::NoCommonProtocol));
}

#[test]
fn a_client_of_ours_shows_its_certificate_to_s_server() {
    if !installed("openssl") {
        return;
    }
    let (issuer, folder, members) = (Issuer::new("the issuer"), Folder::new(), Issuer::new("members"));
    let pair = issuer.server(HOST).files(&folder, "server");
    let known = folder.file("members.pem", members.pem());
    for version in ["-tls1_2", "-tls1_3"] {
        let must = [version, "-Verify", "1", "-verify_return_error", "-CAfile", &known];
        let (_server, port) = s_server(&pair, &must);
        let mine = trusting(&issuer).certificate(members.client("me.test").certificate());
        agreed(meet(port, mine.build().unwrap()));
        let met = meet(port, trusting(&issuer).build().unwrap());
        assert_eq!(met.heard, "", "{version}");
        assert!(matches!(met.how_died, HowDied::Tls(_)), "{version}: {:?}", met.how_died);
    }
}

#[test]
fn a_client_of_ours_tells_an_end_of_python_from_a_cut() {
    let (issuer, folder) = (Issuer::new("the issuer"), Folder::new());
    let [certificate, key] = issuer.server(HOST).files(&folder, "server");
    let program = r#"
import socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
listener = socket.create_server(("127.0.0.1", 0))
print("port", listener.getsockname()[1], flush=True)
for orderly in (True, False):
    raw, _ = listener.accept()
    secured = context.wrap_socket(raw, server_side=True)
    assert secured.recv(100) == b"hello\n"
    secured.sendall(b"half")
    if orderly:
        secured.sendall(b" and half\n")
        secured.unwrap()
    else:
        secured.shutdown(socket.SHUT_WR)
    secured.close()
"#;
    let mut python = Peer::start(Command::new("python3").args(["-c", program, &certificate, &key]));
    let port = python.hear("port ").parse().unwrap();
    let client = trusting(&issuer).build().unwrap();
    let met = meet(port, client.clone());
    assert_eq!(met.heard, "half and half\n");
    assert!(met.how_died.is_orderly(), "{:?}", met.how_died);
    let met = meet(port, client);
    assert_eq!(met.heard, "half");
    assert!(matches!(met.how_died, HowDied::Tls(SslError::Truncated)), "{:?}", met.how_died);
}

#[test]
fn python_in_both_roles_speaks_both_versions_and_is_refused_with_another() {
    let (issuer, folder) = (Issuer::new("the issuer"), Folder::new());
    let trusted = folder.file("ca.pem", issuer.pem());
    let program = r#"
import socket, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[2])
context.check_hostname = True
context.minimum_version = context.maximum_version = ssl.TLSVersion[sys.argv[3]]
context.set_alpn_protocols(["x", "echo"])
raw = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
try:
    secured = context.wrap_socket(raw, server_hostname=sys.argv[4])
except ssl.SSLError as error:
    print("refused", error.reason)
    sys.exit()
secured.sendall(b"hello")
assert secured.recv(5) == b"hello"
print(secured.version(), secured.selected_alpn_protocol())
secured.unwrap()
"#;
    let says = |tls: TlsServer, version: &str, name: &str| {
        let server = echo(tls);
        let port = server.address.port().to_string();
        let mut python = Command::new("python3");
        let (_, said) = output(python.args(["-c", program, &port, &trusted, version, name]), "");
        server.drain().unwrap();
        said.trim().to_owned()
    };
    let options = || TlsServerOptions::new(issuer.server(NAME).certificate()).alpn(["echo"]);
    assert_eq!(says(options().build().unwrap(), "TLSv1_2", NAME), "TLSv1.2 echo");
    assert_eq!(says(options().build().unwrap(), "TLSv1_3", NAME), "TLSv1.3 echo");
    let said = says(options().tls13_only().build().unwrap(), "TLSv1_2", NAME);
    assert_eq!(said, "refused TLSV1_ALERT_PROTOCOL_VERSION");
    let said = says(options().build().unwrap(), "TLSv1_3", "other.test");
    assert_eq!(said, "refused CERTIFICATE_VERIFY_FAILED");

    let [certificate, key] = issuer.server(HOST).files(&folder, "server");
    let program = r#"
import socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
context.minimum_version = context.maximum_version = ssl.TLSVersion[sys.argv[3]]
context.set_alpn_protocols(["x", "y"])
listener = socket.create_server(("127.0.0.1", 0))
print("port", listener.getsockname()[1], flush=True)
secured = context.wrap_socket(listener.accept()[0], server_side=True)
assert secured.recv(100) == b"hello\n"
secured.sendall(b"olleh\n")
try:
    secured.unwrap()
except ssl.SSLError:
    pass
"#;
    for (name, version) in [("TLSv1_2", TlsVersion::Tls12), ("TLSv1_3", TlsVersion::Tls13)] {
        let mut python = Command::new("python3");
        let mut python = Peer::start(python.args(["-c", program, &certificate, &key, name]));
        let port = python.hear("port ").parse().unwrap();
        let session = agreed(meet(port, trusting(&issuer).alpn(["y"]).build().unwrap()));
        assert_eq!((session.version, session.alpn.as_deref()), (version, Some("y")));
    }
}

/// Answers one request of HTTP/1.0 with a page, and ends.
struct Page;

impl Component for Page {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            request.extend(cx.next::<Vec<u8>>("inbox").await?);
        }
        let body = "x".repeat(200_000);
        cx.send("outbox", format!("HTTP/1.0 200 OK\r\n\r\n{body}"))?;
        Ok(())
    }
}

#[test]
fn curl_fetches_a_page_whose_end_is_only_the_end_of_the_connection_and_checks_the_server() {
    if !installed("curl") {
        return;
    }
    let (issuer, folder) = (Issuer::new("the issuer"), Folder::new());
    let trusted = folder.file("ca.pem", issuer.pem());
    let stranger = folder.file("stranger.pem", Issuer::new("a stranger").pem());
    let tls = TlsServerOptions::new(issuer.server("localhost").certificate()).alpn(["http/1.0", "http/1.1"]);
    let tls = tls.build().unwrap();
    let server = serve(move || SimpleServer::new(|| Page, here()).tls(tls));
    let url = format!("https://localhost:{}/", server.address.port());
    let curl = |trusted: &str, more: &[&str]| {
        let mut curl = Command::new("curl");
        curl.args(["-sS", "-4", "-m", "20", "--noproxy", "*", "--cacert", trusted, &url]).args(more);
        output(&mut curl, "")
    };
    for version in [["--tls-max", "1.2"], ["--tls-max", "1.3"]] {
        // Without TLS's notice of the end this would be error 56.
        let (page, said) = curl(&trusted, &version);
        assert!(page.status.success(), "{said}");
        assert!(page.stdout.len() == 200_000 && page.stdout.iter().all(|&byte| byte == b'x'));
    }
    assert_eq!(curl(&stranger, &[]).0.status.code(), Some(60), "it does not trust the server");
    server.drain().unwrap();
}

#[test]
fn socat_half_closes_a_secured_connection_in_both_roles() {
    if !installed("socat") {
        return;
    }
    let (issuer, options) = server_settings();
    let (folder, server) = (Folder::new(), echo(options.build().unwrap()));
    let trusted = folder.file("ca.pem", issuer.pem());
    let data: String = (0..60_000).map(|line| format!("line {line}\n")).collect();
    let port = server.address.port();
    let address = format!("OPENSSL:127.0.0.1:{port},cafile={trusted},commonname={NAME},verify=1");
    // It ends its side when its input ends, and waits so many seconds at most for the rest of the answer.
    let (echoed, said) = output(Command::new("socat").args(["-t", "15", "-", &address]), &data);
    assert!(echoed.status.success(), "{said}");
    assert!(echoed.stdout == data.as_bytes(), "{} of {} bytes", echoed.stdout.len(), data.len());
    server.drain().unwrap();

    let pair = issuer.server(HOST).files(&folder, "server");
    let listen = format!("OPENSSL-LISTEN:0,bind=127.0.0.1,cert={},key={},verify=0", pair[0], pair[1]);
    let mut socat = Command::new("socat");
    // `sort` says nothing before its input has ended.
    let socat = socat.args(["-d", "-d", "-t", "15", &listen, "EXEC:sort -r,pipes"]);
    let mut socat = socat.stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(socat.stderr.take().unwrap()).lines().map(Result::unwrap);
    let port = lines.find_map(|line| line.rsplit_once(" listening on ")?.1.rsplit_once(':')?.1.parse().ok());
    let drain = std::thread::spawn(move || lines.for_each(drop));
    let (sender, heard) = channel();
    let trusting = trusting(&issuer).build().unwrap();
    run(async move |cx| {
        let client = TcpClient::new(HOST, port.expect("it listens")).tls(trusting);
        let client = cx.activate(client.half_open().wait_for_serverclose());
        cx.link((&client, "outbox"), (cx.me(), "inbox"))?;
        cx.link((&client, "signal"), (cx.me(), "control"))?;
        cx.deliver_to(&client, "inbox", "a\nc\nb\n")?;
        cx.deliver_to(&client, "control", ProducerFinished::new())?;
        let mut heard = Vec::new();
        while cx.data_ready("control") == 0 {
            cx.pause().await;
            while let Some(bytes) = cx.recv_as::<Vec<u8>>("inbox")? {
                heard.extend(bytes);
            }
        }
        sender.send(heard)?;
        Ok(())
    })
    .unwrap();
    assert_eq!(String::from_utf8(heard.recv().unwrap()).unwrap(), "c\nb\na\n");
    socat.wait().unwrap();
    drain.join().unwrap();
}

/// An example that listens, and the certificate that it made.
fn start(name: &str, more: &[String]) -> (Program, Receiver<String>, Option<String>) {
    let mut command = Command::new(example(name));
    let mut child = command.arg("127.0.0.1:0").args(more).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut certificate = None;
    let address = loop {
        let line = lines.next().expect("it listens");
        match line.strip_prefix("listening on ") {
            Some(address) => break address.parse().unwrap(),
            None => certificate = line.strip_prefix("certificate ").map(str::to_owned),
        }
    };
    let (sender, rest) = channel();
    std::thread::spawn(move || lines.try_for_each(|line| sender.send(line)));
    (Program { child, address }, rest, certificate)
}

#[test]
fn tls_client_joins_the_console_to_tls_echo_server_and_both_end_in_order() {
    let (mut server, _, certificate) = start("tls_echo_server", &[]);
    let certificate = certificate.unwrap();
    let port = server.address.port().to_string();
    let (client, said) =
        output(Command::new(example("tls_client")).args([HOST, &port, &certificate]), "one\ntwo\n");
    assert!(client.status.success(), "{said}");
    assert_eq!(String::from_utf8(client.stdout).unwrap(), "one\ntwo\n");
    assert!(said.contains("secured by TLS 1.3"), "{said}");
    // This system does not trust it.
    let stranger = Folder::new().file("ca.pem", Issuer::new("a stranger").pem());
    let mut client = Command::new(example("tls_client"));
    let (client, said) = output(client.args([HOST, &port]).env("SSL_CERT_FILE", &stranger), "lost\n");
    assert_eq!(client.status.code(), Some(1), "{said}");
    assert!(!said.contains("lost"), "{said}");
    server.signal("TERM");
    assert_eq!(server.end(Duration::from_secs(5)), Some(0));
    assert!(!std::path::Path::new(&certificate).exists());
    let (client, said) = output(&mut Command::new(example("tls_client")), "");
    assert_eq!((client.status.code(), said.trim()), (Some(2), "tls_client HOST PORT [CA.pem]"));
}

#[test]
fn a_server_whose_files_are_wrong_does_not_start_and_says_which_and_where() {
    let (folder, issuer) = (Folder::new(), Issuer::new("the issuer"));
    let [certificate, key] = issuer.server(NAME).files(&folder, "server");
    let broken =
        folder.file("broken.pem", "-----BEGIN CERTIFICATE-----\nnot base64!\n-----END CERTIFICATE-----\n");
    for (pair, complaint) in [
        ([&broken, &key], format!("{broken}:2: not base64")),
        ([&certificate, &certificate], format!("{certificate}: no private key")),
        ([&"/nonexistent".to_owned(), &key], "cannot read /nonexistent: ".to_owned()),
    ] {
        for name in ["tls_echo_server", "mail_sink"] {
            let mut command = Command::new(example(name));
            let (ended, said) = output(command.arg("127.0.0.1:0").args(pair), "");
            assert_eq!(ended.status.code(), Some(1));
            assert!(said.contains(&complaint), "{said}");
        }
    }
}

const LETTER: &str = "Subject: a letter\n\nhello\n.a dot\n";

fn expect_letter(printed: &Receiver<String>) {
    let mut lines = Vec::new();
    while lines.last().map(String::as_str) != Some(".") {
        lines.push(printed.recv_timeout(LONG).unwrap());
    }
    let text = lines.join("\n");
    let expected = format!("message secured\nfrom a@a.test\nto b@b.test c@c.test\n\n{LETTER}.");
    assert_eq!(text, expected);
}

#[test]
fn mail_sink_prints_what_curl_sends_it_by_starttls() {
    if !installed("curl") {
        return;
    }
    let (folder, issuer) = (Folder::new(), Issuer::new("the issuer"));
    let files = issuer.server("localhost").files(&folder, "server");
    let trusted = folder.file("ca.pem", issuer.pem());
    let letter = folder.file("letter.txt", LETTER.replace('\n', "\r\n"));
    let (mut server, printed, _) = start("mail_sink", &files);
    let url = format!("smtp://localhost:{}", server.address.port());
    let mut curl = Command::new("curl");
    curl.args(["-s", "-m", "20", "--ssl-reqd", "--cacert", &trusted, &url, "--mail-from", "a@a.test"]);
    curl.args(["--mail-rcpt", "b@b.test", "--mail-rcpt", "c@c.test", "-T", &letter]);
    let (sent, said) = output(&mut curl, "");
    assert!(sent.status.success(), "{said}");
    expect_letter(&printed);
    server.signal("INT");
    assert_eq!(server.end(Duration::from_secs(5)), Some(0));
}

#[test]
fn mail_sink_prints_what_smtplib_sends_it_by_starttls() {
    let (server, printed, certificate) = start("mail_sink", &[]);
    let program = r#"
import smtplib, ssl, sys
with smtplib.SMTP("localhost", int(sys.argv[1])) as server:
    server.starttls(context=ssl.create_default_context(cafile=sys.argv[2]))
    server.ehlo()
    assert not server.has_extn("starttls")
    server.sendmail("a@a.test", ["b@b.test", "c@c.test"], sys.argv[3])
"#;
    let port = server.address.port().to_string();
    let mut python = Command::new("python3");
    let (sent, said) = output(python.args(["-c", program, &port, &certificate.unwrap(), LETTER]), "");
    assert!(sent.status.success(), "{said}");
    expect_letter(&printed);
}

#[test]
fn s_client_secures_mail_sink_by_starttls() {
    if !installed("openssl") {
        return;
    }
    let (server, _, certificate) = start("mail_sink", &[]);
    for version in ["-tls1_2", "-tls1_3"] {
        let smtp = ["-quiet", "-starttls", "smtp", version];
        let mut client = Peer::start(&mut s_client(server.address, certificate.as_ref().unwrap(), &smtp));
        client.say("EHLO me\r\nNOOP\r\nQUIT\r\n");
        client.hear("250 SIZE");
        client.hear("221 ");
        assert!(client.child.wait().unwrap().success());
    }
}

#[test]
fn mail_sink_does_not_carry_out_what_came_in_plain_text_with_starttls_and_limits_everything() {
    let (server, _printed, _) = start("mail_sink", &[]);
    let connect = || {
        let stream = std::net::TcpStream::connect(server.address).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        stream
    };
    let mut client = connect();
    client.write_all(b"EHLO me\r\nSTARTTLS\r\nMAIL FROM:<injected@a.test>\r\n").unwrap();
    client.shutdown(std::net::Shutdown::Write).unwrap();
    let mut heard = Vec::new();
    client.read_to_end(&mut heard).unwrap();
    let heard = String::from_utf8_lossy(&heard);
    assert!(heard.contains("220 go on\r\n") && !heard.contains("from whom I know"), "{heard}");
    for (said, answer) in [
        ("x".repeat(100_000), "500 the line is too long\r\n"),
        ("nonsense\r\n".repeat(20), "421 too many mistakes\r\n"),
        // Only a line of its own ends a message: what follows this is no command.
        (
            "EHLO me\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\nx\n.\r\nQUIT\r\n.\r\nQUIT\r\n"
                .into(),
            "250 printed\r\n221 goodbye\r\n",
        ),
    ] {
        let mut client = connect();
        let _ = client.write_all(said.as_bytes());
        let mut heard = Vec::new();
        let _ = client.read_to_end(&mut heard);
        assert!(String::from_utf8_lossy(&heard).ends_with(answer));
    }
}

#[test]
fn an_idle_secured_connection_takes_at_most_24_kib() {
    let (server, _, certificate) = start("tls_echo_server", &[]);
    let program = r#"
import resource, socket, ssl, sys
port, count = int(sys.argv[1]), int(sys.argv[3])
context = ssl.create_default_context(cafile=sys.argv[2])
def one():
    secured = context.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="localhost")
    secured.sendall(b"x" * 100)
    assert secured.recv(100) == b"x" * 100
    return secured
warm = [one() for _ in range(20)]
print("warm", flush=True)
sys.stdin.readline()
kept = [one() for _ in range(count)]
print("all", flush=True)
sys.stdin.readline()
"#;
    let port = server.address.port().to_string();
    let mut python = Command::new("python3");
    let mut python = Peer::start(python.args(["-c", program, &port, &certificate.unwrap(), "400"]));
    python.hear("warm");
    let before = server.memory();
    python.say("\n");
    python.hear("all");
    let each = server.memory().saturating_sub(before) / 400;
    println!("{each} bytes for an idle connection");
    assert!(each <= 24 * 1024, "{each} bytes");
}

/// A handler that says how its connection was secured.
struct Tell;

impl Component for Tell {
    fn boxes(&self) -> Boxes {
        Boxes::standard().inbox("sslready", "what was agreed on")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        let session = cx.next::<SslReady>("sslready").await??;
        cx.send("outbox", format!("{}, {}\n", session.version, session.cipher))?;
        Ok(())
    }
}

#[test]
fn a_handler_that_speaks_first_knows_how_it_is_secured() {
    if !installed("openssl") {
        return;
    }
    let (issuer, options) = server_settings();
    let (folder, tls) = (Folder::new(), options.build().unwrap());
    let server = serve(move || FastRestartServer::new(|_| Tell, here()).tls(tls));
    let trusted = folder.file("ca.pem", issuer.pem());
    let mut client = Peer::start(&mut s_client(server.address, &trusted, &["-quiet"]));
    assert!(client.hear("TLS 1.3, ").starts_with("TLS13_"));
    // The handler has ended, and so has the connection: with TLS's notice, or this would not end well.
    assert!(client.child.wait().unwrap().success());
    server.drain().unwrap();
}
