//! The socket of a datagram component: opened, read, written, and asked for what the network had to say.

use std::io;
use std::net::SocketAddr;

use mio::net::UdpSocket;
use socket2::{Domain, Protocol, Socket, Type};

use super::options::UdpOptions;

/// The largest datagram that there is.
const LARGEST: usize = 64 * 1024;

/// What was read.
pub(super) struct Arrived {
    pub(super) length: usize,
    pub(super) from: SocketAddr,
    /// How many datagrams the system had dropped when this one came, from the beginning; it wraps around.
    pub(super) dropped: Option<u32>,
}

/// Where datagrams are read into.
pub(super) struct Reader {
    buffer: Vec<u8>,
    #[cfg(any(target_os = "linux", target_os = "android"))]
    control: Vec<u8>,
}

/// A socket that never blocks, bound to an address. `prepare` is called before it is bound.
pub(super) fn open(
    local: SocketAddr,
    options: &UdpOptions,
    prepare: impl FnOnce(&Socket) -> io::Result<()>,
) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(local), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    if local.is_ipv6() {
        socket.set_only_v6(!options.dual_stack)?;
    }
    if let Some(size) = options.receive_buffer {
        socket.set_recv_buffer_size(size)?;
    }
    if let Some(size) = options.send_buffer {
        socket.set_send_buffer_size(size)?;
    }
    if options.broadcast {
        socket.set_broadcast(true)?;
    }
    if options.reuse_address {
        socket.set_reuse_address(true)?;
    }
    prepare(&socket)?;
    socket.bind(&local.into())?;
    let socket = UdpSocket::from_std(socket.into());
    ask_for_errors(&socket, local);
    Ok(socket)
}

/// The address that a socket of this family is told for a peer: an IPv4 peer of a dual-stack socket has an
/// IPv6 address.
pub(super) fn told(to: SocketAddr, socket_is_ipv6: bool) -> SocketAddr {
    match to {
        SocketAddr::V4(to) if socket_is_ipv6 => SocketAddr::from((to.ip().to_ipv6_mapped(), to.port())),
        to => to,
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
use linux::ask_for_errors;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) use linux::errors;

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux {
    use std::io::{self, IoSliceMut};
    use std::net::SocketAddr;
    use std::os::fd::AsRawFd;

    use mio::net::UdpSocket;
    use nix::sys::socket::sockopt::{Ipv4RecvErr, Ipv6RecvErr, RxqOvfl};
    use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt};

    use super::{Arrived, LARGEST, Reader};

    /// How many errors are taken at a time.
    const ERRORS: usize = 64;

    /// Asks to be told what did not arrive, and how much was dropped. A system that does not tell is asked in
    /// vain.
    pub(super) fn ask_for_errors(socket: &UdpSocket, local: SocketAddr) {
        let _ = setsockopt(socket, RxqOvfl, &1);
        let _ = setsockopt(socket, Ipv4RecvErr, &true);
        if local.is_ipv6() {
            let _ = setsockopt(socket, Ipv6RecvErr, &true);
        }
    }

    impl Reader {
        pub(in super::super) fn new() -> Self {
            Reader { buffer: vec![0; LARGEST], control: nix::cmsg_space!(u32) }
        }

        /// Reads a datagram, which lies at the beginning of [`Reader::data`] then.
        pub(in super::super) fn receive(&mut self, socket: &UdpSocket) -> io::Result<Arrived> {
            let mut parts = [IoSliceMut::new(&mut self.buffer)];
            let message = recvmsg::<SockaddrStorage>(
                socket.as_raw_fd(),
                &mut parts,
                Some(&mut self.control),
                MsgFlags::empty(),
            )?;
            let dropped = message.cmsgs()?.find_map(|control| match control {
                ControlMessageOwned::RxqOvfl(dropped) => Some(dropped),
                _ => None,
            });
            let from = message.address.as_ref().and_then(address);
            let from = from.ok_or_else(|| io::Error::other("a datagram without a sender"))?;
            Ok(Arrived { length: message.bytes, from, dropped })
        }
    }

    fn address(address: &SockaddrStorage) -> Option<SocketAddr> {
        let v4 = address.as_sockaddr_in().map(|address| SocketAddr::V4((*address).into()));
        v4.or_else(|| address.as_sockaddr_in6().map(|address| SocketAddr::V6((*address).into())))
    }

    /// What the network said about datagrams that were sent: to whom, and what.
    pub(in super::super) fn errors(socket: &UdpSocket) -> Vec<(Option<SocketAddr>, io::Error)> {
        let mut found = Vec::new();
        let mut control = nix::cmsg_space!(libc::sock_extended_err, libc::sockaddr_in6);
        for _ in 0..ERRORS {
            let mut nothing = [0; 1];
            let mut parts = [IoSliceMut::new(&mut nothing)];
            let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
            let message =
                recvmsg::<SockaddrStorage>(socket.as_raw_fd(), &mut parts, Some(&mut control), flags);
            let Ok(message) = message else { break };
            let Ok(mut controls) = message.cmsgs() else { continue };
            let error = controls.find_map(|control| match control {
                ControlMessageOwned::Ipv4RecvErr(error, _) | ControlMessageOwned::Ipv6RecvErr(error, _) => {
                    Some(error)
                }
                _ => None,
            });
            // What this system itself says is what sending has returned already.
            if let Some(error) = error.filter(|error| error.ee_origin != libc::SO_EE_ORIGIN_LOCAL) {
                let error = io::Error::from_raw_os_error(error.ee_errno as i32);
                found.push((message.address.as_ref().and_then(address), error));
            }
        }
        found
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn ask_for_errors(_: &UdpSocket, _: SocketAddr) {}

/// What the network said about datagrams that were sent: this system does not tell it apart.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn errors(_: &UdpSocket) -> Vec<(Option<SocketAddr>, io::Error)> {
    Vec::new()
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
impl Reader {
    pub(super) fn new() -> Self {
        Reader { buffer: vec![0; LARGEST] }
    }

    /// Reads a datagram, which lies at the beginning of [`Reader::data`] then.
    pub(super) fn receive(&mut self, socket: &UdpSocket) -> io::Result<Arrived> {
        let (length, from) = socket.recv_from(&mut self.buffer)?;
        Ok(Arrived { length, from, dropped: None })
    }
}

impl Reader {
    /// What was read last, of this length.
    pub(super) fn data(&self, length: usize) -> &[u8] {
        &self.buffer[..length]
    }
}
