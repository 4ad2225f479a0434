//! Errors before a connection exists: when listening, looking up a name, or connecting.
//!
//! Failures of an established connection are reported by [`HowDied`](crate::HowDied).
//!
//! *Differs from Kamaelia:* a refused connection and a port that is taken are errors.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// A server cannot listen: at which address, and why.
#[derive(Clone)]
pub struct BindError {
    address: String,
    source: Arc<io::Error>,
}

impl BindError {
    /// The error of the system for an address.
    pub fn new(address: impl fmt::Display, source: io::Error) -> Self {
        BindError { address: address.to_string(), source: Arc::new(source) }
    }

    /// The address that was asked for, as text.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The kind of the error, for example [`io::ErrorKind::AddrInUse`].
    #[must_use]
    pub fn kind(&self) -> io::ErrorKind {
        self.source.kind()
    }
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot listen on {}: {}", self.address, self.source)
    }
}

/// A sentence, so that a `main` which returns it prints one.
impl fmt::Debug for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for BindError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}

/// A client could not connect: to which host, and why.
#[derive(Clone)]
#[non_exhaustive]
pub enum ConnectError {
    /// The name is not known, or could not be looked up.
    Name {
        /// The name.
        host: String,
        /// The error of the resolver.
        source: Arc<io::Error>,
    },
    /// Every address was tried and failed.
    Failed {
        /// The host and port, as given.
        target: String,
        /// What happened at each address, in the order in which it happened.
        attempts: Vec<(SocketAddr, Arc<io::Error>)>,
    },
    /// The Unix socket cannot be connected to.
    Unix {
        /// Its address.
        target: String,
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// The system has no means left to wait for a connection with, mostly no descriptor.
    NoSelector {
        /// The host and port, as given.
        target: String,
        /// The error of the system.
        source: Arc<io::Error>,
    },
    /// Looking up the name and connecting together took longer than the limit.
    TimedOut {
        /// The host and port, as given.
        target: String,
        /// The limit.
        limit: Duration,
    },
}

impl ConnectError {
    /// The kind of the error; after several attempts, that of the last one.
    #[must_use]
    pub fn kind(&self) -> io::ErrorKind {
        match self {
            ConnectError::Name { source, .. }
            | ConnectError::Unix { source, .. }
            | ConnectError::NoSelector { source, .. } => source.kind(),
            ConnectError::Failed { attempts, .. } => {
                attempts.last().map_or(io::ErrorKind::Other, |(_, error)| error.kind())
            }
            ConnectError::TimedOut { .. } => io::ErrorKind::TimedOut,
        }
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConnectError::Name { host, source } => write!(f, "cannot find {host}: {source}"),
            ConnectError::Unix { target, source } | ConnectError::NoSelector { target, source } => {
                write!(f, "cannot connect to {target}: {source}")
            }
            ConnectError::TimedOut { target, limit } => {
                write!(f, "cannot connect to {target}: no answer within {limit:?}")
            }
            ConnectError::Failed { target, attempts } => {
                write!(f, "cannot connect to {target}")?;
                for (i, (address, error)) in attempts.iter().enumerate() {
                    write!(f, "{}{address}: {error}", if i == 0 { ": " } else { "; " })?;
                }
                Ok(())
            }
        }
    }
}

/// A sentence, so that a `main` which returns it prints one.
impl fmt::Debug for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for ConnectError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            ConnectError::Name { source, .. }
            | ConnectError::Unix { source, .. }
            | ConnectError::NoSelector { source, .. } => Some(&**source),
            ConnectError::Failed { attempts, .. } => {
                attempts.last().map(|(_, error)| &**error as &(dyn Error + 'static))
            }
            ConnectError::TimedOut { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_address_and_the_reason() {
        let refused = || Arc::new(io::Error::from(io::ErrorKind::ConnectionRefused));
        let error = ConnectError::Failed {
            target: "localhost:1".into(),
            attempts: vec![
                ("[::1]:1".parse().unwrap(), refused()),
                ("127.0.0.1:1".parse().unwrap(), refused()),
            ],
        };
        assert_eq!(
            error.to_string(),
            "cannot connect to localhost:1: [::1]:1: connection refused; 127.0.0.1:1: connection refused"
        );
        let error = BindError::new("127.0.0.1:80", io::ErrorKind::PermissionDenied.into());
        assert_eq!(error.to_string(), "cannot listen on 127.0.0.1:80: permission denied");
    }
}
