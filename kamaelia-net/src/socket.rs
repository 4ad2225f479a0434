//! Listening, connecting and accepted sockets, all non-blocking, and their options.
//!
//! Ported from `makeTCPServerPort` of `Kamaelia.Internet.TCPServer` and the first lines of `TCPClient`.
//!
//! *Differs from Kamaelia:* there is IPv6 as well as IPv4, the backlog is 1024 instead of 5, small messages
//! are sent immediately (`TCP_NODELAY`), and a port that is not available is an error that says why.

use std::io;
use std::net::{IpAddr, SocketAddr};
#[cfg(any(target_os = "linux", target_os = "android"))]
use std::os::fd::AsFd;
use std::time::Duration;

use mio::net::{TcpListener, TcpStream};
use socket2::{SockRef, TcpKeepalive};

/// TCP keep-alive: how a silent peer is probed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeepAlive {
    /// How long the peer must be silent before the first probe.
    pub after: Duration,
    /// The time between two probes.
    pub interval: Duration,
    /// The number of unanswered probes after which the connection fails.
    pub retries: u32,
}

impl Default for KeepAlive {
    /// The first probe after a minute, then one every ten seconds; the connection fails after six.
    fn default() -> Self {
        KeepAlive { after: Duration::from_secs(60), interval: Duration::from_secs(10), retries: 6 }
    }
}

/// The options of a connected socket.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
#[doc(alias = "socketOptions")]
#[must_use = "options do nothing until a socket has them"]
pub struct SocketOptions {
    /// Whether small writes are sent immediately, which is the default, or may wait for more.
    pub delay: SendDelay,
    /// How a silent peer is probed. It is not, unless this is set.
    pub keep_alive: Option<KeepAlive>,
    /// How long sent bytes may stay unacknowledged before the connection fails (Linux and Android). While the
    /// peer's window is closed, Linux keeps counting even if the peer takes some bytes now and then, so a slow
    /// reader is disconnected.
    /// [`CsaOptions::write_stall_timeout`](crate::CsaOptions::write_stall_timeout) does not have this problem.
    pub user_timeout: Option<Duration>,
    /// The size of the system's receive buffer; the system's own choice unless set.
    pub receive_buffer: Option<usize>,
    /// The size of the system's send buffer; the system's own choice unless set.
    pub send_buffer: Option<usize>,
    /// How many bytes the system takes before it can send them (`TCP_NOTSENT_LOWAT`, Linux and Android); 128 KiB
    /// unless set. What is under way to the peer does not count, so a fast peer is served no slower. With `None` it is
    /// as much as the send buffer holds, which grows to megabytes: a peer that asks for much and does not read then
    /// costs as much work and memory as one that reads all.
    pub send_ahead: Option<usize>,
}

/// What an accepted stream inherits from its listener, which saves system calls per client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum InheritedOptions {
    /// No accepted stream has inherited anything yet.
    Unknown {
        /// How many streams were checked.
        asked: u8,
    },
    /// `TCP_NODELAY`, and with it the others.
    NoDelay,
    /// Nothing.
    Nothing,
}

/// After this many streams that inherited nothing, streams are not checked any more.
const ASKED_AT_MOST: u8 = 200;

impl Default for InheritedOptions {
    fn default() -> Self {
        InheritedOptions::Unknown { asked: 0 }
    }
}

/// Whether small writes are sent immediately.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum SendDelay {
    /// Immediately (`TCP_NODELAY`): a message is not held back to be sent with the next.
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
            send_ahead: Some(128 * 1024),
        }
    }
}

/// The option `TCP_NOTSENT_LOWAT`.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[derive(Clone, Copy)]
struct NotSentLowAt;

#[cfg(any(target_os = "linux", target_os = "android"))]
nix::setsockopt_impl!(
    NotSentLowAt,
    libc::IPPROTO_TCP,
    libc::TCP_NOTSENT_LOWAT,
    usize,
    nix::sys::socket::sockopt::SetUsize
);

impl SocketOptions {
    /// Sets the options on a stream.
    ///
    /// # Errors
    ///
    /// The system's error for the first option that it refuses.
    pub fn apply(&self, stream: &TcpStream) -> io::Result<()> {
        if self.delay == SendDelay::None {
            SockRef::from(stream).set_tcp_nodelay(true)?;
        }
        self.apply_send_ahead(stream)?;
        self.apply_the_rest(stream)
    }

    /// Sets on a listener the options that accepted streams may inherit from it.
    ///
    /// # Errors
    ///
    /// The system's error.
    pub(crate) fn prepare(&self, listener: &TcpListener) -> io::Result<()> {
        self.apply_send_ahead(listener)?;
        SockRef::from(listener).set_tcp_nodelay(self.delay == SendDelay::None)
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn apply_send_ahead(&self, socket: &impl AsFd) -> io::Result<()> {
        let Some(bytes) = self.send_ahead else { return Ok(()) };
        let bytes = bytes.min(i32::MAX as usize);
        match nix::sys::socket::setsockopt(socket, NotSentLowAt, &bytes) {
            // A system that has no such limit serves as well.
            Err(nix::errno::Errno::ENOPROTOOPT) => Ok(()),
            set => Ok(set?),
        }
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn apply_send_ahead<S>(&self, _: &S) -> io::Result<()> {
        Ok(())
    }

    /// Sets the options on an accepted stream, except those that it has inherited from its listener. Whether
    /// streams inherit is checked on the first ones; some may have been accepted before the listener had the
    /// option.
    ///
    /// # Errors
    ///
    /// The system's error for the first option that it refuses.
    pub(crate) fn apply_to_accepted(
        &self,
        stream: &TcpStream,
        inherited_options: &mut InheritedOptions,
    ) -> io::Result<()> {
        if let InheritedOptions::Unknown { asked } = *inherited_options {
            *inherited_options = match asked {
                _ if self.delay == SendDelay::None && stream.nodelay()? => InheritedOptions::NoDelay,
                ASKED_AT_MOST => InheritedOptions::Nothing,
                _ => InheritedOptions::Unknown { asked: asked + 1 },
            };
        }
        match inherited_options {
            InheritedOptions::NoDelay => self.apply_the_rest(stream),
            InheritedOptions::Nothing | InheritedOptions::Unknown { .. } => self.apply(stream),
        }
    }

    /// Sets on a Unix socket what it has: the sizes of the buffers.
    ///
    /// # Errors
    ///
    /// What the system says about the first option that it does not take.
    pub(crate) fn apply_to_unix(&self, stream: &TcpStream) -> io::Result<()> {
        self.apply_sizes(&SockRef::from(stream))
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
        self.apply_sizes(&socket)
    }

    fn apply_sizes(&self, socket: &SockRef<'_>) -> io::Result<()> {
        if let Some(size) = self.receive_buffer {
            socket.set_recv_buffer_size(size)?;
        }
        if let Some(size) = self.send_buffer {
            socket.set_send_buffer_size(size)?;
        }
        Ok(())
    }
}

/// Begins to connect. Whether it succeeded is known when the socket has become writable: see
/// [`connected`].
///
/// # Errors
///
/// A failure that is known immediately, for example that there is no route.
pub(crate) fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    TcpStream::connect(address)
}

/// The outcome of [`connect`]; `None` while it is still under way.
pub(crate) fn connected(stream: &TcpStream) -> Option<io::Result<SocketAddr>> {
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

/// The address as it is usually written: `192.0.2.1` for `::ffff:192.0.2.1`.
#[must_use]
pub(crate) fn shown(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        IpAddr::V4(ip) => SocketAddr::from((ip, address.port())),
        IpAddr::V6(_) => address,
    }
}

/// What to do after `accept` has failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum AfterAccept {
    /// No client is waiting: ask the Selector.
    Wait,
    /// This client is gone: take the next.
    Next,
    /// The system is short of a resource, usually descriptors: let the clients wait, and try again later.
    Pause,
}

impl AfterAccept {
    /// What to do after this error of `accept`. Unless an error is known to concern one client only, it is a
    /// reason to pause, never to end.
    #[must_use]
    pub(crate) fn failed(error: &io::Error) -> Self {
        const PROTOCOL_ERROR: i32 = if cfg!(target_os = "linux") { 71 } else { 100 };
        match error.kind() {
            io::ErrorKind::WouldBlock => AfterAccept::Wait,
            io::ErrorKind::Interrupted | io::ErrorKind::ConnectionAborted => AfterAccept::Next,
            // On Linux, `accept` returns pending network errors of the new connection.
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
    use std::net::Ipv6Addr;
    use std::str::FromStr;

    use super::*;
    use crate::listen::Listen;

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
    #[cfg(target_os = "linux")]
    fn the_system_takes_little_for_a_peer_that_does_not_read() {
        use std::io::Write;

        // What is taken for a peer that reads nothing and has a small window.
        let taken = |options: &SocketOptions| {
            let listener = Listen::from_str("127.0.0.1:0").unwrap().bind().unwrap();
            options.prepare(&listener).unwrap();
            let peer = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
            peer.set_recv_buffer_size(4096).unwrap();
            peer.connect(&listener.local_addr().unwrap().into()).unwrap();
            let (mut near, _) = listener.accept().unwrap();
            let mut inherited_options = InheritedOptions::default();
            options.apply_to_accepted(&near, &mut inherited_options).unwrap();
            let mut taken = 0;
            while let Ok(bytes) = near.write(&[0; 64 * 1024]) {
                taken += bytes;
            }
            taken
        };
        let (usual, least) = (taken(&SocketOptions::default()), 128 * 1024);
        assert!((least..2 * least).contains(&usual), "{usual}");
        let all = taken(&SocketOptions { send_ahead: None, ..SocketOptions::default() });
        assert!(all > 4 * usual, "{all}");
    }

    #[test]
    fn accepted_streams_have_no_delay_whether_they_take_it_over_or_not() {
        let listener = Listen::from_str("127.0.0.1:0").unwrap().bind().unwrap();
        let accept = |inherited_options: &mut InheritedOptions| {
            let stream = loop {
                match listener.accept() {
                    Ok((stream, _)) => break stream,
                    Err(_) => std::thread::yield_now(),
                }
            };
            SocketOptions::default().apply_to_accepted(&stream, inherited_options).unwrap();
            assert!(stream.nodelay().unwrap());
        };
        let connect = || std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let mut inherited_options = InheritedOptions::default();
        let _before = connect();
        accept(&mut inherited_options);
        assert_eq!(inherited_options, InheritedOptions::Unknown { asked: 1 });
        SocketOptions::default().prepare(&listener).unwrap();
        let _after = [connect(), connect()];
        accept(&mut inherited_options);
        if cfg!(target_os = "linux") {
            assert_eq!(inherited_options, InheritedOptions::NoDelay);
        }
        accept(&mut InheritedOptions::Nothing);
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
