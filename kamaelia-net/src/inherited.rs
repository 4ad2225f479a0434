//! Listeners that this process was given at its start, by systemd or the like.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::Arc;

use listenfd::ListenFd;
use mio::net::TcpListener;
use socket2::{SockRef, Socket};

use crate::error::BindError;
use crate::listen::Listen;
use crate::listener::Listener;
use crate::unix;

/// How many listeners a process is given at most.
const MOST: usize = 1024;

/// A listener that was given. It goes on listening as long as this exists.
#[derive(Clone, Debug)]
pub(crate) struct Inherited(Arc<OwnedFd>);

impl PartialEq for Inherited {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Inherited {}

impl Inherited {
    pub(crate) fn listener(&self) -> Result<Listener, BindError> {
        let failed =
            |error| BindError::new(format_args!("inherited descriptor {}", self.0.as_raw_fd()), error);
        let socket = Socket::from(self.0.try_clone().map_err(failed)?);
        socket.set_nonblocking(true).map_err(failed)?;
        Ok(match unix::is_unix(&SockRef::from(&socket)) {
            // Its file belongs to whoever made it.
            true => Listener::Unix { socket, _file: None },
            false => Listener::Ip(TcpListener::from_std(socket.into())),
        })
    }
}

/// What this process was given cannot be used.
#[derive(Clone, PartialEq, Eq)]
pub struct InheritError(String);

impl fmt::Display for InheritError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A sentence, so that a `main` which returns it prints one.
impl fmt::Debug for InheritError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InheritError {}

impl Listen {
    /// At the sockets that this process was given at its start, in the order in which they were given: TCP and
    /// Unix sockets that listen already (`LISTEN_FDS`, as systemd gives them). None if it was given none, or they
    /// are meant for another process (`LISTEN_PID`).
    ///
    /// They are taken once; a second call finds none. They are not passed on to the programs that this one
    /// starts. Since it changes environment variables, it is called before there are threads.
    ///
    /// # Errors
    ///
    /// What was given is no listening stream socket, or how many it is cannot be read.
    ///
    /// # Examples
    ///
    /// ```
    /// use kamaelia_net::Listen;
    ///
    /// let listen = match Listen::inherited()?.pop() {
    ///     Some(given) => given,
    ///     None => "127.0.0.1:0".parse()?,
    /// };
    /// # let _ = listen;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "LISTEN_FDS")]
    #[doc(alias = "sd_listen_fds")]
    pub fn inherited() -> Result<Vec<Listen>, InheritError> {
        let variable = |name: &str| std::env::var(name).unwrap_or_default();
        let (process, number) = (variable("LISTEN_PID"), variable("LISTEN_FDS"));
        if process.parse() != Ok(std::process::id()) {
            return Ok(Vec::new());
        }
        if number.parse::<usize>().is_ok_and(|number| number > MOST) || number.parse::<usize>().is_err() {
            return Err(InheritError(format!("LISTEN_FDS is {number:?}, and not a number up to {MOST}")));
        }
        let mut given = ListenFd::from_env();
        (0..given.len()).map(|place| take(&mut given, place)).collect()
    }
}

fn take(given: &mut ListenFd, place: usize) -> Result<Listen, InheritError> {
    let complaint = |what: &dyn fmt::Display| {
        InheritError(format!("number {place} of what LISTEN_FDS gives cannot be listened at: {what}"))
    };
    let nothing = || complaint(&"it was taken before");
    let descriptor: OwnedFd = match given.take_tcp_listener(place) {
        Ok(listener) => listener.ok_or_else(nothing)?.into(),
        Err(_) => match given.take_unix_listener(place) {
            Ok(listener) => listener.ok_or_else(nothing)?.into(),
            Err(_) => return Err(complaint(&"it is no stream socket")),
        },
    };
    if !SockRef::from(&descriptor).is_listener().is_ok_and(|listens| listens) {
        return Err(complaint(&"it does not listen"));
    }
    let address = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    let mut listen = Listen::from(address);
    listen.inherited = Some(Inherited(Arc::new(descriptor)));
    Ok(listen)
}
