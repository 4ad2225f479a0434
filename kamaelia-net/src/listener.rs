//! What a server listens at, whatever the family of its socket.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::Arc;

use mio::net::{TcpListener, TcpStream};
use socket2::{SockRef, Socket};

use crate::error::BindError;
use crate::ipc::Connection;
use crate::socket::shown;
use crate::unix::{self, SocketFile, UnixAddress, UnixPeer};

/// A socket that listens.
pub(crate) enum Listener {
    Ip(TcpListener),
    /// With its file, if it made one. (A connection is a stream of bytes, whatever the family of its socket: the
    /// type of mio for TCP holds the descriptor of all.)
    Unix {
        socket: Socket,
        _file: Option<SocketFile>,
    },
}

impl AsRawFd for Listener {
    fn as_raw_fd(&self) -> RawFd {
        match self {
            Listener::Ip(listener) => listener.as_raw_fd(),
            Listener::Unix { socket, .. } => socket.as_raw_fd(),
        }
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Listener::Ip(listener) => listener.as_fd(),
            Listener::Unix { socket, .. } => socket.as_fd(),
        }
    }
}

/// A socket that listens already. It goes on listening as long as this exists, whoever else listens at it.
#[derive(Clone, Debug)]
pub(crate) struct Given(Arc<OwnedFd>);

impl PartialEq for Given {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Given {}

impl Given {
    pub(crate) fn new(descriptor: OwnedFd) -> Self {
        Given(Arc::new(descriptor))
    }

    pub(crate) fn listener(&self) -> Result<Listener, BindError> {
        let failed = |error| BindError::new(format_args!("given descriptor {}", self.0.as_raw_fd()), error);
        let socket = Socket::from(self.0.try_clone().map_err(failed)?);
        socket.set_nonblocking(true).map_err(failed)?;
        Ok(match unix::is_unix(&SockRef::from(&socket)) {
            // Its file belongs to whoever made it.
            true => Listener::Unix { socket, _file: None },
            false => Listener::Ip(TcpListener::from_std(socket.into())),
        })
    }
}

/// Stands for the address that a Unix socket does not have.
pub(crate) const NO_ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

impl Listener {
    /// The next client, and who it is. `address` is where the server listens, if it is one address only.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if none waits, and what the system says otherwise.
    pub(crate) fn accept(&self, address: Option<SocketAddr>) -> io::Result<(TcpStream, Connection)> {
        match self {
            Listener::Ip(listener) => {
                let (stream, peer) = listener.accept()?;
                // A client that has gone already has no address on this side any more.
                let local = match address {
                    Some(address) if !address.ip().is_unspecified() => address,
                    _ => stream.local_addr().map_or(NO_ADDRESS, shown),
                };
                Ok((stream, Connection::new(shown(peer), local)))
            }
            Listener::Unix { socket, .. } => {
                let (socket, _) = socket.accept()?;
                socket.set_nonblocking(true)?;
                let stream = TcpStream::from_std(socket.into());
                let unix = Some(UnixPeer::of(&stream));
                Ok((stream, Connection { unix, ..Connection::new(NO_ADDRESS, NO_ADDRESS) }))
            }
        }
    }

    /// The address of one that has one.
    pub(crate) fn local_addr(&self) -> Option<SocketAddr> {
        match self {
            Listener::Ip(listener) => listener.local_addr().ok().map(shown),
            Listener::Unix { .. } => None,
        }
    }

    /// The address of a Unix socket.
    pub(crate) fn unix_addr(&self) -> Option<UnixAddress> {
        match self {
            Listener::Ip(_) => None,
            Listener::Unix { socket, .. } => unix::local_address(&SockRef::from(socket)),
        }
    }
}
