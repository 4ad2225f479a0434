//! Listeners that this process was given at its start, by systemd or the like.

use std::fmt;
use std::os::fd::OwnedFd;

use listenfd::ListenFd;
use socket2::SockRef;

use crate::listen::Listen;

/// How many listeners a process is given at most.
const MOST: usize = 1024;

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
    Ok(Listen::given(descriptor))
}
