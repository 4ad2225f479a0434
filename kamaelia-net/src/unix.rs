//! Unix sockets: their addresses, who is at the other end, and how they listen and connect. No original of
//! Kamaelia's has them.

use std::fmt;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use mio::net::TcpStream;
use socket2::{Domain, SockAddr, SockRef, Socket, Type};

/// The address of a Unix socket.
///
/// # Examples
///
/// ```
/// use kamaelia_net::UnixAddress;
///
/// assert_eq!(UnixAddress::from("@name"), UnixAddress::Abstract(b"name".to_vec()));
/// assert_eq!(UnixAddress::from("/run/echo").to_string(), "/run/echo");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum UnixAddress {
    /// A file.
    Path(PathBuf),
    /// A name without a file, which is gone with the socket (Linux). Written with an `@` before it.
    Abstract(Vec<u8>),
}

impl UnixAddress {
    fn to_socket(&self) -> io::Result<SockAddr> {
        match self {
            UnixAddress::Path(path) if path.as_os_str().is_empty() => {
                Err(io::Error::new(io::ErrorKind::InvalidInput, "the path is empty"))
            }
            UnixAddress::Path(path) => SockAddr::unix(path),
            UnixAddress::Abstract(name) if cfg!(any(target_os = "linux", target_os = "android")) => {
                let mut bytes = vec![0];
                bytes.extend_from_slice(name);
                SockAddr::unix(PathBuf::from(std::ffi::OsString::from_vec(bytes)))
            }
            UnixAddress::Abstract(_) => {
                let text = "this system has no abstract names; a path is needed";
                Err(io::Error::new(io::ErrorKind::Unsupported, text))
            }
        }
    }
}

impl From<&str> for UnixAddress {
    /// A path, or an abstract name after an `@`.
    fn from(text: &str) -> Self {
        match text.strip_prefix('@') {
            Some(name) => UnixAddress::Abstract(name.as_bytes().to_vec()),
            None => UnixAddress::Path(text.into()),
        }
    }
}

impl From<String> for UnixAddress {
    fn from(text: String) -> Self {
        UnixAddress::from(text.as_str())
    }
}

impl From<&Path> for UnixAddress {
    fn from(path: &Path) -> Self {
        UnixAddress::Path(path.into())
    }
}

impl From<PathBuf> for UnixAddress {
    fn from(path: PathBuf) -> Self {
        UnixAddress::Path(path)
    }
}

impl fmt::Display for UnixAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UnixAddress::Path(path) => path.display().fmt(f),
            UnixAddress::Abstract(name) => write!(f, "@{}", name.escape_ascii()),
        }
    }
}

/// Who is at the other end of a Unix socket, as the system says: its own words prove nothing.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub struct UnixPeer {
    /// The process that connected, or began to listen; and its user and group. `None` where the system does
    /// not tell (it does on Linux).
    pub credentials: Option<UnixCredentials>,
}

/// A process and for whom it runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct UnixCredentials {
    /// The number of the process. It may have ended, and its number may be another's now.
    pub process: i32,
    /// The number of its user.
    pub user: u32,
    /// The number of its group.
    pub group: u32,
}

impl UnixPeer {
    /// Who is at the other end of a socket.
    pub(crate) fn of(stream: &TcpStream) -> Self {
        UnixPeer { credentials: credentials(stream) }
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn credentials(stream: &TcpStream) -> Option<UnixCredentials> {
    let stream = std::os::fd::AsFd::as_fd(stream);
    let of_peer = nix::sys::socket::getsockopt(&stream, nix::sys::socket::sockopt::PeerCredentials).ok()?;
    Some(UnixCredentials { process: of_peer.pid(), user: of_peer.uid(), group: of_peer.gid() })
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn credentials(_: &TcpStream) -> Option<UnixCredentials> {
    None
}

/// The file of a listening socket. Removed when this is dropped, unless it is another's by then.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    identity: (u64, u64),
}

/// Which file it is, whatever its name.
fn identity(path: &Path) -> io::Result<(u64, u64)> {
    fs::symlink_metadata(path).map(|found| (found.dev(), found.ino()))
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if identity(&self.path).is_ok_and(|found| found == self.identity) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Listens. A file that an earlier server left behind is taken over, if it is a socket and nobody listens.
pub(crate) fn listen(
    address: &UnixAddress,
    mode: Option<u32>,
    backlog: i32,
) -> io::Result<(Socket, Option<SocketFile>)> {
    let name = address.to_socket()?;
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    match (socket.bind(&name), address) {
        (Err(error), UnixAddress::Path(path)) if error.kind() == io::ErrorKind::AddrInUse => {
            remove_left_behind(path, &name, error)?;
            socket.bind(&name)?;
        }
        (outcome, _) => outcome?,
    }
    let file = match address {
        UnixAddress::Path(path) => {
            let file = SocketFile { path: path.clone(), identity: identity(path)? };
            // Before anybody can connect.
            if let Some(mode) = mode {
                fs::set_permissions(path, Permissions::from_mode(mode))?;
            }
            Some(file)
        }
        UnixAddress::Abstract(_) => None,
    };
    socket.listen(backlog)?;
    Ok((socket, file))
}

/// Removes the file of a socket to which nobody listens.
fn remove_left_behind(path: &Path, name: &SockAddr, in_use: io::Error) -> io::Result<()> {
    let file = identity(path)?;
    if !fs::symlink_metadata(path)?.file_type().is_socket() {
        return Err(io::Error::new(io::ErrorKind::AddrInUse, "there is a file that is no socket"));
    }
    let probe = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    // One whose backlog is full must not hold this up.
    probe.set_nonblocking(true)?;
    match probe.connect(name) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused && identity(path)? == file => {
            fs::remove_file(path)
        }
        _ => Err(in_use),
    }
}

/// Connects, or says that it would block: whoever listens has too many waiting.
pub(crate) fn connect(address: &UnixAddress) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket.connect(&address.to_socket()?)?;
    Ok(TcpStream::from_std(socket.into()))
}

/// The address that a socket is bound to, if it is a Unix socket with one.
pub(crate) fn local_address(socket: &SockRef<'_>) -> Option<UnixAddress> {
    let address = socket.local_addr().ok()?;
    let path = address.as_pathname().map(|path| UnixAddress::Path(path.into()));
    path.or_else(|| address.as_abstract_namespace().map(|name| UnixAddress::Abstract(name.to_vec())))
}

/// Whether a socket is a Unix socket.
pub(crate) fn is_unix(socket: &SockRef<'_>) -> bool {
    socket.local_addr().is_ok_and(|address| address.domain() == Domain::UNIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("kamaelia_unix_{}_{name}", std::process::id()))
    }

    #[test]
    fn a_file_left_behind_is_taken_over_and_one_with_a_listener_or_of_another_kind_is_not() {
        let path = place("left");
        let address = UnixAddress::from(path.as_path());
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists(), "it was left behind");
        let (_listener, file) = listen(&address, Some(0o600), 5).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(listen(&address, None, 5).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        assert!(connect(&address).is_ok(), "the first goes on listening");
        drop(file);
        assert!(!path.exists());
        fs::write(&path, "precious").unwrap();
        let error = listen(&address, None, 5).unwrap_err();
        assert_eq!(error.to_string(), "there is a file that is no socket");
        assert_eq!(fs::read(&path).unwrap(), b"precious");
        fs::remove_file(&path).unwrap();
    }

    #[test]
    fn a_file_that_is_another_servers_by_now_is_left_alone() {
        let path = place("other");
        let address = UnixAddress::from(path.as_path());
        let (_listener, file) = listen(&address, None, 5).unwrap();
        fs::remove_file(&path).unwrap();
        // The number of the file may be given again at once, so another one takes it first.
        fs::write(place("between"), "").unwrap();
        let _other = std::os::unix::net::UnixListener::bind(&path).unwrap();
        drop(file);
        assert!(path.exists());
        fs::remove_file(&path).unwrap();
        fs::remove_file(place("between")).unwrap();
    }

    #[test]
    fn what_cannot_be_an_address_is_an_error() {
        assert!(listen(&UnixAddress::from(""), None, 5).is_err());
        assert!(listen(&UnixAddress::from("/x".repeat(200)), None, 5).is_err());
        assert_eq!(UnixAddress::Abstract(vec![b'a', 0]).to_string(), "@a\\x00");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_peer_is_told_by_the_system() {
        let address = UnixAddress::Abstract(format!("kamaelia_unix_{}", std::process::id()).into_bytes());
        let (listener, _) = listen(&address, None, 5).unwrap();
        assert_eq!(local_address(&SockRef::from(&listener)), Some(address.clone()));
        let peer = UnixPeer::of(&connect(&address).unwrap()).credentials.unwrap();
        assert_eq!(peer.process as u32, std::process::id());
    }
}
