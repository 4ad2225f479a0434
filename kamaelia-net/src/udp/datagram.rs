//! Datagrams as messages: one that arrived, one that is to be sent, and where to.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use axon::Message;
use axon::chassis::FromMessage;

/// A datagram that arrived: what a UDP or multicast component sends out of `outbox`. Its data may be empty.
///
/// # Examples
///
/// ```
/// use kamaelia_net::Datagram;
///
/// let arrived = Datagram { data: b"ping".to_vec(), from: "127.0.0.1:1500".parse()? };
/// let answer = arrived.answer("pong");
/// assert_eq!(answer.to, "127.0.0.1:1500".parse()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Datagram {
    /// What was in it.
    pub data: Vec<u8>,
    /// Who sent it. An IPv4 peer of a dual-stack socket is shown as IPv4.
    pub from: SocketAddr,
}

impl Datagram {
    /// A datagram with other data to whoever sent this one, for a [`PostboxPeer`](super::PostboxPeer).
    pub fn answer(&self, data: impl Into<Vec<u8>>) -> DatagramTo {
        DatagramTo { to: self.from.into(), data: data.into() }
    }
}

/// A datagram to be sent: what a [`PostboxPeer`](super::PostboxPeer) takes at its `inbox`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DatagramTo {
    /// To whom.
    pub to: Target,
    /// What is in it.
    pub data: Vec<u8>,
}

impl DatagramTo {
    /// A datagram to an address, or to a name and port.
    pub fn new(to: impl Into<Target>, data: impl Into<Vec<u8>>) -> Self {
        DatagramTo { to: to.into(), data: data.into() }
    }
}

/// Where datagrams are sent to: an address, or a name that is looked up when it is needed.
///
/// # Examples
///
/// ```
/// use kamaelia_net::Target;
///
/// let near: Target = "127.0.0.1:1500".parse()?;
/// let far = Target::from(("myserver.example", 1500));
/// assert_ne!(near, far);
/// # Ok::<(), kamaelia_net::NoTargetError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// This address.
    Address(SocketAddr),
    /// A host by its name, and a port.
    Name(String, u16),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Address(address) => address.fmt(f),
            Target::Name(host, port) => write!(f, "{host}:{port}"),
        }
    }
}

impl From<SocketAddr> for Target {
    fn from(address: SocketAddr) -> Self {
        Target::Address(address)
    }
}

impl From<(IpAddr, u16)> for Target {
    fn from(address: (IpAddr, u16)) -> Self {
        Target::Address(address.into())
    }
}

impl From<(&str, u16)> for Target {
    fn from((host, port): (&str, u16)) -> Self {
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        match bare.parse::<IpAddr>() {
            Ok(ip) => Target::Address(SocketAddr::from((ip, port))),
            Err(_) => Target::Name(bare.to_owned(), port),
        }
    }
}

impl From<(String, u16)> for Target {
    fn from((host, port): (String, u16)) -> Self {
        Target::from((host.as_str(), port))
    }
}

/// The text is not of the form `HOST:PORT`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoTargetError(String);

impl fmt::Display for NoTargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is neither an address nor a name with a port, like myserver.example:1500", self.0)
    }
}

impl std::error::Error for NoTargetError {}

impl FromStr for Target {
    type Err = NoTargetError;

    /// `127.0.0.1:1500`, `[::1]:1500` or `myserver.example:1500`.
    fn from_str(text: &str) -> Result<Self, NoTargetError> {
        let parts = text.rsplit_once(':').filter(|(host, _)| !host.is_empty());
        let port = parts.and_then(|(host, port)| Some((host, port.parse::<u16>().ok()?)));
        port.map(Target::from).ok_or_else(|| NoTargetError(text.to_owned()))
    }
}

/// The target in a message that may hold it in one of several ways.
#[derive(Debug)]
pub(super) struct ToldTarget(pub(super) Target);

impl FromMessage for ToldTarget {
    fn expected() -> String {
        "a Target, a SocketAddr, or a host and a port".to_owned()
    }

    fn from_message(message: Message) -> Result<Self, Message> {
        let target = message
            .view(|target: &Target| target.clone())
            .or_else(|| message.view(|address: &SocketAddr| Target::from(*address)))
            .or_else(|| message.view(|target: &(String, u16)| Target::from(target.clone())))
            .or_else(|| message.view(|target: &(&'static str, u16)| Target::from(*target)));
        target.map(ToldTarget).ok_or(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_an_address_or_a_name_with_a_port_and_nothing_else() {
        for text in ["127.0.0.1:5", "[::1]:5", "localhost:5"] {
            assert_eq!(text.parse::<Target>().unwrap().to_string(), text);
        }
        assert_eq!(Target::from(("::1", 5)), "[::1]:5".parse().unwrap());
        for text in ["", "localhost", ":5", "localhost:", "localhost:65536"] {
            assert!(text.parse::<Target>().unwrap_err().to_string().contains("with a port"), "{text}");
        }
    }

    #[test]
    fn a_target_is_taken_from_each_kind_of_message_that_may_hold_one() {
        let expected = Target::from(("127.0.0.1", 5));
        let address: SocketAddr = "127.0.0.1:5".parse().unwrap();
        let messages = [
            Message::new(expected.clone()),
            Message::new(address),
            Message::new(("127.0.0.1", 5_u16)),
            Message::new(("127.0.0.1".to_owned(), 5_u16)),
        ];
        for message in messages {
            assert_eq!(ToldTarget::from_message(message).unwrap().0, expected);
        }
        assert!(ToldTarget::from_message(Message::new(5_u16)).is_err());
    }
}
