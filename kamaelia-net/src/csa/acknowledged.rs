//! How much of what was sent the peer has: what this side's system took may lie in its own buffers.
//!
//! *Differs from Kamaelia:* there what the system took counts as sent.

use mio::net::TcpStream;

/// What the peer's system has said that it has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Acknowledged {
    /// How many bytes. A connection that was made by this side counts one too many, since its beginning was
    /// acknowledged too.
    pub(crate) bytes: u64,
    /// Whether that is all that was handed to this side's system.
    pub(crate) all: bool,
}

impl Acknowledged {
    /// Asks the system about a connection to which so many bytes were handed. Where it does not tell, the peer
    /// is believed to have them all.
    pub(crate) fn of(stream: &TcpStream, handed: u64) -> Self {
        ask(stream).unwrap_or(Acknowledged { bytes: handed, all: true })
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn ask(_: &TcpStream) -> Option<Acknowledged> {
    None
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn ask(stream: &TcpStream) -> Option<Acknowledged> {
    let stream = std::os::fd::AsFd::as_fd(stream);
    let info = nix::sys::socket::getsockopt(&stream, tcp_info::TcpInfo).ok()?;
    Some(Acknowledged { bytes: info.bytes_acked, all: info.unacked == 0 && info.notsent_bytes == 0 })
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod tcp_info {
    //! What Linux says of a connection. The whole of it grows with the versions of Linux; this is the
    //! beginning that all have since 4.6.

    /// The option `TCP_INFO`.
    #[derive(Clone, Copy)]
    pub(super) struct TcpInfo;

    nix::getsockopt_impl!(
        TcpInfo,
        libc::IPPROTO_TCP,
        libc::TCP_INFO,
        Info,
        nix::sys::socket::sockopt::GetStruct<Info>
    );

    /// The beginning of `struct tcp_info` of `linux/tcp.h`.
    #[repr(C)]
    #[derive(Clone, Copy)]
    pub(super) struct Info {
        _state_and_others: [u8; 8],
        _timeouts_and_sizes: [u32; 4],
        /// Packets under way.
        pub(super) unacked: u32,
        _counts_times_and_windows: [u32; 19],
        _rates: [u64; 2],
        pub(super) bytes_acked: u64,
        _bytes_received: u64,
        _segments: [u32; 2],
        /// Bytes that wait for the peer's window to open.
        pub(super) notsent_bytes: u32,
        _min_rtt: u32,
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    #[test]
    fn what_the_system_took_and_what_the_peer_has_are_told_apart() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let mut peer = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let mut near = listener.accept().unwrap().0;
        near.write_all(&[1; 1000]).unwrap();
        peer.read_exact(&mut [0; 1000]).unwrap();
        near.set_nonblocking(true).unwrap();
        let mut near = TcpStream::from_std(near);
        assert_eq!(Acknowledged::of(&near, 1000), Acknowledged { bytes: 1000, all: true });
        let mut handed = 1000;
        while let Ok(taken) = near.write(&[2; 65536]) {
            handed += taken as u64;
        }
        let Acknowledged { bytes, all } = Acknowledged::of(&near, handed);
        assert!((1000..handed).contains(&bytes) && !all, "{bytes} of {handed}");
        // It resets, since it has not read all: what it has is known still.
        drop(peer);
        while near.read(&mut [0]).is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock) {}
        assert!(Acknowledged::of(&near, handed).bytes >= bytes);
        assert!(Acknowledged::of(&near, handed).bytes < handed);
    }
}
