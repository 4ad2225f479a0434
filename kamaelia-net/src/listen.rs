//! Where and how to listen: at a port, an address, a Unix socket, or a socket that was given.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::num::ParseIntError;
use std::os::fd::OwnedFd;
use std::str::FromStr;

use mio::net::TcpListener;
use socket2::{Domain, Protocol, Socket, Type};

use crate::error::BindError;
use crate::group::Member;
use crate::listener::{Given, Listener, NO_ADDRESS};
use crate::socket::shown;
use crate::unix::{self, UnixAddress};

/// Which clients an IPv6 listener takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Stack {
    /// IPv4 clients too. They are shown with their IPv4 address.
    Dual,
    /// IPv6 clients only.
    V6Only,
}

/// Where and how to listen.
///
/// # Examples
///
/// ```
/// use kamaelia_net::Listen;
///
/// let anywhere = Listen::from(1500);                            // all addresses, IPv4 and IPv6
/// let here: Listen = "127.0.0.1:0".parse()?;                  // any free port
/// let listener = here.reuse_address().backlog(16).bind()?;
/// assert_ne!(listener.local_addr()?.port(), 0);
/// # let _ = anywhere;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[must_use = "an address does nothing until a server has it"]
pub struct Listen {
    address: SocketAddr,
    /// In place of the address.
    unix: Option<UnixAddress>,
    /// The permissions of the file of a Unix socket.
    mode: Option<u32>,
    /// In place of all that.
    given: Option<Given>,
    /// The part in a server on several schedulers.
    pub(crate) member: Option<Member>,
    stack: Stack,
    /// Falls back to IPv4 where the machine has no IPv6.
    anywhere: bool,
    backlog: i32,
    reuse_address: bool,
    reuse_port: bool,
}

/// How many clients may wait to be accepted, unless said otherwise.
const BACKLOG: i32 = 1024;

impl Listen {
    fn at(address: SocketAddr) -> Self {
        Listen {
            address,
            unix: None,
            mode: None,
            given: None,
            member: None,
            stack: Stack::V6Only,
            anywhere: false,
            backlog: BACKLOG,
            // Elsewhere it would let a stranger take over the address of a server that runs.
            reuse_address: cfg!(unix),
            reuse_port: false,
        }
    }

    /// At a Unix socket: a path, or an abstract name after an `@`.
    ///
    /// A file that an earlier server left behind is taken over if nobody listens there; the server's own is
    /// removed at its end. Options of IP addresses have no effect.
    ///
    /// # Examples
    ///
    /// ```
    /// use axon::util::EchoProtocol;
    /// use kamaelia_net::{Listen, SimpleServer};
    ///
    /// let path = std::env::temp_dir().join(format!("echo_{}", std::process::id()));
    /// let server = SimpleServer::new(EchoProtocol::new, Listen::unix(path.as_path()).mode(0o600)).bind()?;
    /// std::os::unix::net::UnixStream::connect(&path)?;
    /// drop(server);
    /// assert!(!path.exists());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn unix(address: impl Into<UnixAddress>) -> Self {
        Listen { unix: Some(address.into()), ..Listen::at(NO_ADDRESS) }
    }

    /// At a socket that listens already.
    pub(crate) fn given(descriptor: OwnedFd) -> Self {
        Listen { given: Some(Given::new(descriptor)), ..Listen::at(NO_ADDRESS) }
    }

    /// Whether it is a socket that listens already: others may listen at it after this process.
    pub(crate) fn is_given(&self) -> bool {
        self.given.is_some()
    }

    /// Leaves a socket that listened before to the others who listen at it.
    pub(crate) fn let_go(&mut self) {
        self.given = None;
    }

    /// Whether several servers may listen at the address.
    pub(crate) fn reuses_port(&self) -> bool {
        self.reuse_port && self.unix.is_none() && self.given.is_none()
    }

    /// As many sockets that listen at the address, and which it is.
    pub(crate) fn several(&self, number: usize) -> Result<(Vec<Listen>, SocketAddr), BindError> {
        let first = self.bind()?;
        let failed = |error| BindError::new(self.address, error);
        let address = shown(first.local_addr().map_err(failed)?);
        let others = Listen { address: first.local_addr().map_err(failed)?, ..self.clone() };
        let others = (1..number).map(|_| others.bind());
        let all = std::iter::once(Ok(first)).chain(others);
        let given = all.map(|listener| Ok(Listen::given(std::net::TcpListener::from(listener?).into())));
        Ok((given.collect::<Result<_, _>>()?, address))
    }

    /// Where a server has a part in a server on several schedulers.
    pub(crate) fn part(self, member: Member) -> Self {
        Listen { member: Some(member), ..self }
    }

    /// The permissions of the file of a Unix socket, for example `0o660`: who may write may connect. What the
    /// process's umask leaves unless set. They hold before anybody can connect.
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = Some(mode);
        self
    }

    /// Which clients an IPv6 address takes: IPv6 only unless told, for an address that was given; all,
    /// for a port alone.
    pub fn stack(mut self, stack: Stack) -> Self {
        self.stack = stack;
        self
    }

    /// How many clients may wait to be accepted; 1024 unless set.
    #[doc(alias = "maxlisten")]
    pub fn backlog(mut self, clients: i32) -> Self {
        self.backlog = clients;
        self
    }

    /// Lets a server start again while connections of its predecessor are still in `TIME_WAIT`. On Unix that
    /// is so without a word, as with the listeners of `std` and tokio.
    #[doc(alias = "SO_REUSEADDR")]
    pub fn reuse_address(mut self) -> Self {
        self.reuse_address = true;
        self
    }

    /// Lets several servers listen at the same address, between which the system divides the clients.
    #[doc(alias = "SO_REUSEPORT")]
    pub fn reuse_port(mut self) -> Self {
        self.reuse_port = true;
        self
    }

    /// Listens, whatever kind of address it is.
    pub(crate) fn listener(&self) -> Result<Listener, BindError> {
        if let Some(given) = &self.given {
            return given.listener();
        }
        let Some(address) = &self.unix else { return self.bind().map(Listener::Ip) };
        let bound = unix::listen(address, self.mode, self.backlog);
        let (socket, _file) = bound.map_err(|error| BindError::new(address, error))?;
        Ok(Listener::Unix { socket, _file })
    }

    /// Listens at an IP address.
    ///
    /// # Errors
    ///
    /// The address, and why it cannot be had; so it is with every Unix socket, and with what was inherited.
    pub fn bind(&self) -> Result<TcpListener, BindError> {
        if self.given.is_some() || self.member.is_some() {
            let error = io::Error::new(io::ErrorKind::InvalidInput, "only a server can use it");
            return Err(BindError::new("a socket that was given", error));
        }
        if let Some(address) = &self.unix {
            let error = io::Error::new(io::ErrorKind::InvalidInput, "it is no IP address");
            return Err(BindError::new(address, error));
        }
        match self.listen_at(self.address) {
            Err(error) if self.anywhere && is_without_v6(&error) => {
                let address = SocketAddr::from((Ipv4Addr::UNSPECIFIED, self.address.port()));
                self.listen_at(address).map_err(|error| BindError::new(address, error))
            }
            outcome => outcome.map_err(|error| BindError::new(self.address, error)),
        }
    }

    fn listen_at(&self, address: SocketAddr) -> io::Result<TcpListener> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        if address.is_ipv6() {
            socket.set_only_v6(self.stack == Stack::V6Only)?;
        }
        if self.reuse_address {
            socket.set_reuse_address(true)?;
        }
        if self.reuse_port {
            socket.set_reuse_port(true)?;
        }
        socket.bind(&address.into())?;
        socket.listen(self.backlog)?;
        Ok(TcpListener::from_std(socket.into()))
    }
}

fn is_without_v6(error: &io::Error) -> bool {
    // EAFNOSUPPORT has no kind of its own.
    error.kind() == io::ErrorKind::AddrNotAvailable
        || error.raw_os_error() == Some(if cfg!(target_os = "linux") { 97 } else { 47 })
}

impl From<SocketAddr> for Listen {
    fn from(address: SocketAddr) -> Self {
        Listen::at(address)
    }
}

impl From<u16> for Listen {
    /// This port at all addresses of the machine, IPv4 and IPv6.
    fn from(port: u16) -> Self {
        let address = SocketAddr::from((Ipv6Addr::UNSPECIFIED, port));
        Listen { stack: Stack::Dual, anywhere: true, ..Listen::at(address) }
    }
}

/// The text is neither `ADDRESS:PORT` nor a port.
#[derive(Clone, PartialEq, Eq)]
pub struct NoAddressError(String, ParseIntError);

impl std::fmt::Display for NoAddressError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} is neither an address with a port, like 127.0.0.1:1500, nor a port", self.0)
    }
}

/// A sentence, so that a `main` which returns it prints one.
impl std::fmt::Debug for NoAddressError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for NoAddressError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.1)
    }
}

impl FromStr for Listen {
    type Err = NoAddressError;

    /// `127.0.0.1:1500`, `[::1]:1500`, `[fe80::1%eth0]:1500`, or a port alone for all addresses.
    fn from_str(text: &str) -> Result<Self, NoAddressError> {
        match text.parse::<SocketAddr>() {
            Ok(address) => Ok(address.into()),
            Err(_) => match (text.parse::<u16>(), zoned(text)) {
                (Ok(port), _) => Ok(port.into()),
                (_, Some(address)) => Ok(address.into()),
                (Err(error), None) => Err(NoAddressError(text.to_owned(), error)),
            },
        }
    }
}

/// An address with the name of a zone, as `[fe80::1%eth0]:1500`, which is looked up in the system without the network.
fn zoned(text: &str) -> Option<SocketAddr> {
    let (host, port) = text.strip_prefix('[')?.split_once("]:")?;
    let (address, _) = host.split_once('%')?;
    address.parse::<Ipv6Addr>().ok()?;
    (host, port.parse::<u16>().ok()?).to_socket_addrs().ok()?.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn an_address_may_have_a_zone_by_name_or_number() {
        let [by_name, by_number] =
            ["[fe80::1%lo]:5", "[fe80::1%1]:5"].map(|text| text.parse::<Listen>().unwrap());
        assert_eq!(by_name, by_number);
        let SocketAddr::V6(address) = by_name.address else { panic!("{by_name:?}") };
        assert_eq!((address.port(), address.scope_id()), (5, 1));
        for wrong in
            ["[fe80::1%nowhere]:5", "[fe80::1%]:5", "[example.org%lo]:5", "[fe80::1%lo]", "fe80::1%lo:5"]
        {
            assert!(wrong.parse::<Listen>().is_err(), "{wrong}");
        }
    }
}
