//! Sockets with their options: listening ones, connecting ones, accepted ones. None of them ever blocks.
//!
//! Ported from `makeTCPServerPort` of `Kamaelia.Internet.TCPServer` and the first lines of `TCPClient`.
//!
//! *Differs from Kamaelia:* IPv6 as well as IPv4, a backlog of 1024 instead of 5, small messages are
//! sent at once (`TCP_NODELAY`), and a port that cannot be had is an error that says why.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::ParseIntError;
use std::str::FromStr;
use std::time::Duration;

use mio::net::{TcpListener, TcpStream};
use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};

use crate::error::BindError;

/// How often and how long a silent peer is asked whether it is still there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeepAlive {
    /// After how much silence the first question is asked.
    pub after: Duration,
    /// The time between two questions.
    pub interval: Duration,
    /// After how many unanswered questions the connection fails.
    pub retries: u32,
}

impl Default for KeepAlive {
    /// First asked after a minute, then every ten seconds, given up after six.
    fn default() -> Self {
        KeepAlive { after: Duration::from_secs(60), interval: Duration::from_secs(10), retries: 6 }
    }
}

/// The options of a connected socket.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
#[doc(alias = "socketOptions")]
pub struct SocketOptions {
    /// Whether what is written is sent at once or may wait for more. At once, unless changed.
    pub delay: SendDelay,
    /// Whether a silent peer is asked for a sign of life. Not, unless set.
    pub keep_alive: Option<KeepAlive>,
    /// How long sent bytes may stay unacknowledged before the connection fails (Linux and Android). While the
    /// peer's window is closed, Linux counts on although the peer takes something now and then: who reads slowly
    /// is cut. [`CsaOptions::write_stall_timeout`](crate::CsaOptions::write_stall_timeout) does not do that.
    pub user_timeout: Option<Duration>,
    /// The size of the system's receive buffer; the system's own choice unless set.
    pub receive_buffer: Option<usize>,
    /// The size of the system's send buffer; the system's own choice unless set.
    pub send_buffer: Option<usize>,
}

/// What an accepted stream has from its listener, which saves a call to the system for each client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Heritage {
    /// None that was accepted had anything yet.
    Unknown {
        /// How many were asked.
        asked: u8,
    },
    /// `TCP_NODELAY`.
    NoDelay,
    /// Nothing.
    Nothing,
}

/// How many streams without a heritage show that there is none.
const ASKED_AT_MOST: u8 = 200;

impl Default for Heritage {
    fn default() -> Self {
        Heritage::Unknown { asked: 0 }
    }
}

/// Whether small writes are sent at once.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub enum SendDelay {
    /// `TCP_NODELAY`: at once. A component's message is not held back to be sent with the next.
    #[default]
    None,
    /// Nagle's algorithm: a small write may wait until the one before was acknowledged.
    Nagle,
}

impl Default for SocketOptions {
    fn default() -> Self {
        SocketOptions {
            delay: SendDelay::None,
            keep_alive: None,
            user_timeout: None,
            receive_buffer: None,
            send_buffer: None,
        }
    }
}

impl SocketOptions {
    /// Sets them on a stream.
    ///
    /// # Errors
    ///
    /// What the system says about the first option that it does not take.
    pub fn apply(&self, stream: &TcpStream) -> io::Result<()> {
        if self.delay == SendDelay::None {
            SockRef::from(stream).set_tcp_nodelay(true)?;
        }
        self.apply_the_rest(stream)
    }

    /// Sets on a listener what accepted streams may take over from it.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn prepare(&self, listener: &TcpListener) -> io::Result<()> {
        SockRef::from(listener).set_tcp_nodelay(self.delay == SendDelay::None)
    }

    /// Sets them on an accepted stream, but for what it has from its listener. Whether it takes anything
    /// over is asked of the first ones: some may have come before the listener had it.
    ///
    /// # Errors
    ///
    /// What the system says about the first option that it does not take.
    pub fn apply_to_accepted(&self, stream: &TcpStream, heritage: &mut Heritage) -> io::Result<()> {
        if let Heritage::Unknown { asked } = *heritage {
            *heritage = match asked {
                _ if self.delay == SendDelay::None && stream.nodelay()? => Heritage::NoDelay,
                ASKED_AT_MOST => Heritage::Nothing,
                _ => Heritage::Unknown { asked: asked + 1 },
            };
        }
        match heritage {
            Heritage::NoDelay => self.apply_the_rest(stream),
            Heritage::Nothing | Heritage::Unknown { .. } => self.apply(stream),
        }
    }

    fn apply_the_rest(&self, stream: &TcpStream) -> io::Result<()> {
        let socket = SockRef::from(stream);
        if let Some(keep_alive) = self.keep_alive {
            let asked = TcpKeepalive::new().with_time(keep_alive.after).with_interval(keep_alive.interval);
            socket.set_tcp_keepalive(&asked.with_retries(keep_alive.retries))?;
        }
        #[cfg(any(target_os = "linux", target_os = "android"))]
        if self.user_timeout.is_some() {
            socket.set_tcp_user_timeout(self.user_timeout)?;
        }
        if let Some(size) = self.receive_buffer {
            socket.set_recv_buffer_size(size)?;
        }
        if let Some(size) = self.send_buffer {
            socket.set_send_buffer_size(size)?;
        }
        Ok(())
    }
}

/// Which clients an IPv6 listener takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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
pub struct Listen {
    address: SocketAddr,
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
            stack: Stack::V6Only,
            anywhere: false,
            backlog: BACKLOG,
            // Elsewhere it would let a stranger take over the address of a server that runs.
            reuse_address: cfg!(unix),
            reuse_port: false,
        }
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

    /// Listens.
    ///
    /// # Errors
    ///
    /// The address, and why it cannot be had.
    pub fn bind(&self) -> Result<TcpListener, BindError> {
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
pub struct NoAddress(String, ParseIntError);

impl std::fmt::Display for NoAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} is neither an address with a port, like 127.0.0.1:1500, nor a port", self.0)
    }
}

/// A sentence, so that a `main` which returns it prints one.
impl std::fmt::Debug for NoAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for NoAddress {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.1)
    }
}

impl FromStr for Listen {
    type Err = NoAddress;

    /// `127.0.0.1:1500`, `[::1]:1500`, or a port alone for all addresses.
    fn from_str(text: &str) -> Result<Self, NoAddress> {
        match text.parse::<SocketAddr>() {
            Ok(address) => Ok(address.into()),
            Err(_) => match text.parse::<u16>() {
                Ok(port) => Ok(port.into()),
                Err(error) => Err(NoAddress(text.to_owned(), error)),
            },
        }
    }
}

/// Begins to connect. Whether it succeeded is known when the socket has become writable: see
/// [`connected`].
///
/// # Errors
///
/// What is known at once, for example that there is no route.
pub fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    TcpStream::connect(address)
}

/// What became of [`connect`]: `None` while it is still under way.
pub fn connected(stream: &TcpStream) -> Option<io::Result<SocketAddr>> {
    match stream.take_error() {
        Ok(Some(error)) | Err(error) => return Some(Err(error)),
        Ok(None) => {}
    }
    match stream.peer_addr() {
        Ok(peer) => Some(Ok(peer)),
        Err(error) if error.kind() == io::ErrorKind::NotConnected => None,
        Err(error) => Some(Err(error)),
    }
}

/// The address as people write it: `::ffff:192.0.2.1` is `192.0.2.1`.
pub fn shown(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        IpAddr::V4(ip) => SocketAddr::from((ip, address.port())),
        IpAddr::V6(_) => address,
    }
}

/// What to do after `accept` has failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AfterAccept {
    /// Nobody waits: ask the Selector.
    Wait,
    /// This client is gone: take the next.
    Next,
    /// The system is short of something, mostly descriptors: let the clients wait, and try again later.
    Pause,
}

impl AfterAccept {
    /// What an error of `accept` asks for. What is not known to concern one client alone is a reason to
    /// pause, never to end.
    pub fn failed(error: &io::Error) -> Self {
        const PROTOCOL_ERROR: i32 = if cfg!(target_os = "linux") { 71 } else { 100 };
        match error.kind() {
            io::ErrorKind::WouldBlock => AfterAccept::Wait,
            io::ErrorKind::Interrupted | io::ErrorKind::ConnectionAborted => AfterAccept::Next,
            // Linux hands errors of the new connection's network to accept.
            io::ErrorKind::NetworkDown
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::ConnectionReset => AfterAccept::Next,
            _ if error.raw_os_error() == Some(PROTOCOL_ERROR) => AfterAccept::Next,
            _ => AfterAccept::Pause,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapped_address_is_shown_as_ipv4() {
        assert_eq!(shown("[::ffff:127.0.0.1]:5".parse().unwrap()), "127.0.0.1:5".parse().unwrap());
        assert_eq!(shown("[::1]:5".parse().unwrap()), "[::1]:5".parse().unwrap());
    }

    #[test]
    fn a_port_alone_takes_clients_of_both_kinds_and_an_ipv6_address_its_own_only() {
        let both = Listen::from(0).bind().unwrap();
        let port = both.local_addr().unwrap().port();
        if both.local_addr().unwrap().is_ipv6() {
            std::net::TcpStream::connect(("::1", port)).unwrap();
        }
        std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
        let Ok(only) = Listen::from(SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0))).bind() else { return };
        let port = only.local_addr().unwrap().port();
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
    }

    #[test]
    fn a_taken_port_is_an_error_that_names_it() {
        let first = Listen::from_str("127.0.0.1:0").unwrap().bind().unwrap();
        let address = first.local_addr().unwrap();
        let error = Listen::from(address).bind().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        assert!(error.to_string().starts_with(&format!("cannot listen on {address}: ")), "{error}");
    }

    #[test]
    fn several_servers_share_a_port_when_both_ask_for_it() {
        let first = Listen::from_str("127.0.0.1:0").unwrap().reuse_port().bind().unwrap();
        let address = first.local_addr().unwrap();
        assert!(Listen::from(address).reuse_port().bind().is_ok());
        assert!(Listen::from(address).bind().is_err());
    }

    #[test]
    fn running_out_of_descriptors_pauses_and_a_vanished_client_does_not() {
        for (number, after) in [(24, AfterAccept::Pause), (23, AfterAccept::Pause), (12, AfterAccept::Pause)]
        {
            assert_eq!(AfterAccept::failed(&io::Error::from_raw_os_error(number)), after);
        }
        if cfg!(target_os = "linux") {
            for (number, after) in [
                (105, AfterAccept::Pause),
                (103, AfterAccept::Next),
                (71, AfterAccept::Next),
                (4, AfterAccept::Next),
                (11, AfterAccept::Wait),
                (9, AfterAccept::Pause),
            ] {
                assert_eq!(AfterAccept::failed(&io::Error::from_raw_os_error(number)), after, "{number}");
            }
        }
    }

    #[test]
    fn the_options_arrive_at_the_socket() {
        let listener = Listen::from_str("127.0.0.1:0").unwrap().bind().unwrap();
        let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        client.set_nonblocking(true).unwrap();
        let client = TcpStream::from_std(client);
        let options = SocketOptions {
            keep_alive: Some(KeepAlive { after: Duration::from_secs(7), ..KeepAlive::default() }),
            user_timeout: Some(Duration::from_secs(9)),
            ..SocketOptions::default()
        };
        options.apply(&client).unwrap();
        let socket = SockRef::from(&client);
        assert!(client.nodelay().unwrap());
        assert!(socket.keepalive().unwrap());
        assert_eq!(socket.tcp_keepalive_time().unwrap(), Duration::from_secs(7));
        #[cfg(target_os = "linux")]
        assert_eq!(socket.tcp_user_timeout().unwrap(), Some(Duration::from_secs(9)));
    }

    #[test]
    fn accepted_streams_have_no_delay_whether_they_take_it_over_or_not() {
        let listener = Listen::from_str("127.0.0.1:0").unwrap().bind().unwrap();
        let accept = |heritage: &mut Heritage| {
            let stream = loop {
                match listener.accept() {
                    Ok((stream, _)) => break stream,
                    Err(_) => std::thread::yield_now(),
                }
            };
            SocketOptions::default().apply_to_accepted(&stream, heritage).unwrap();
            assert!(stream.nodelay().unwrap());
        };
        let connect = || std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let mut heritage = Heritage::default();
        let _before = connect();
        accept(&mut heritage);
        assert_eq!(heritage, Heritage::Unknown { asked: 1 });
        SocketOptions::default().prepare(&listener).unwrap();
        let _after = [connect(), connect()];
        accept(&mut heritage);
        if cfg!(target_os = "linux") {
            assert_eq!(heritage, Heritage::NoDelay);
        }
        accept(&mut Heritage::Nothing);
        let nagle = SocketOptions { delay: SendDelay::Nagle, ..SocketOptions::default() };
        nagle.prepare(&listener).unwrap();
        assert!(!SockRef::from(&listener).tcp_nodelay().unwrap());
    }

    #[test]
    fn a_refused_connection_is_told_by_connected() {
        let listener = Listen::from_str("127.0.0.1:0").unwrap().bind().unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let outcome = connect(address).and_then(|stream| {
            loop {
                match connected(&stream) {
                    None => std::thread::yield_now(),
                    Some(outcome) => return outcome,
                }
            }
        });
        assert_eq!(outcome.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    }
}
