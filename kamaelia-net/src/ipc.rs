//! The messages that the network components send each other: about new and ended connections, and requests
//! to the Selector.
//!
//! Ported from `Kamaelia.IPC`.
//!
//! *Differs from Kamaelia:* the message about an ended connection says how it ended, and there is a message
//! for "the peer will send no more", which in Kamaelia ends the whole connection.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axon::{ComponentId, ComponentRef, Ending, Notice};

use crate::descriptor::Descriptor;
use crate::error::ConnectError;
use crate::ready::Answers;
use crate::ssl::SslError;
use crate::unix::{UnixAddress, UnixPeer};

/// Why a connection ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[doc(alias = "howDied")]
pub enum HowDied {
    /// The peer closed, and has everything that was sent to it (as far as the system tells, which Linux does).
    PeerClosed,
    /// `producerFinished` arrived at `control`: what was queued was sent, then the connection was closed.
    ProducerFinished,
    /// `shutdownMicroprocess` arrived at `control`: the connection was closed immediately.
    ShutdownMicroprocess,
    /// The system reported an error, for example that the peer reset the connection.
    Failed(Arc<io::Error>),
    /// The connection could not be made.
    NotConnected(ConnectError),
    /// For this long there was data to send, and the peer acknowledged none of it.
    WriteStalled(Duration),
    /// The peer sent nothing for this long after connecting.
    NoFirstByte(Duration),
    /// No data went in either direction for this long.
    Idle(Duration),
    /// The peer sent nothing for this long.
    ReceiveIdle(Duration),
    /// Nothing was sent to the peer for this long.
    SendIdle(Duration),
    /// The connection existed for this long.
    LifeOver(Duration),
    /// Everything was sent after `producerFinished`, but the peer did not close within this time.
    LingerOver(Duration),
    /// After this side had ended, the peer sent more than this many bytes.
    LingerFull(usize),
    /// A message that is neither bytes nor text arrived at `inbox`; the text names component and box.
    BadData(Arc<str>),
    /// TLS could not be set up, or failed later: see [`SslError`].
    Tls(SslError),
    /// The component was stopped from outside, or failed.
    Stopped,
}

impl HowDied {
    /// [`HowDied::Failed`] with this error of the system.
    #[must_use]
    pub fn failed(error: io::Error) -> Self {
        HowDied::Failed(Arc::new(error))
    }

    /// The error, if the system reported one.
    #[must_use]
    pub fn io_error(&self) -> Option<&io::Error> {
        match self {
            HowDied::Failed(error) => Some(error),
            _ => None,
        }
    }

    /// Whether the connection was ended deliberately by one of the two sides, and not by an error or a limit.
    #[must_use]
    pub fn is_orderly(&self) -> bool {
        matches!(self, HowDied::PeerClosed | HowDied::ProducerFinished | HowDied::ShutdownMicroprocess)
    }
}

impl fmt::Display for HowDied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HowDied::PeerClosed => write!(f, "the peer closed the connection"),
            HowDied::ProducerFinished => write!(f, "all was sent and the connection closed"),
            HowDied::ShutdownMicroprocess => write!(f, "the connection was closed at once, as told"),
            HowDied::Failed(error) => write!(f, "the connection failed: {error}"),
            HowDied::NotConnected(error) => error.fmt(f),
            HowDied::WriteStalled(limit) => write!(f, "the peer acknowledged no data for {limit:?}"),
            HowDied::NoFirstByte(limit) => write!(f, "the peer sent nothing for {limit:?}"),
            HowDied::ReceiveIdle(limit) => write!(f, "the peer sent nothing more for {limit:?}"),
            HowDied::SendIdle(limit) => write!(f, "nothing was sent to the peer for {limit:?}"),
            HowDied::LifeOver(limit) => write!(f, "the connection had existed for {limit:?}"),
            HowDied::Idle(limit) => write!(f, "the connection was idle for {limit:?}"),
            HowDied::LingerOver(limit) => {
                write!(f, "the peer did not close within {limit:?} after all was sent")
            }
            HowDied::LingerFull(limit) => {
                write!(f, "the peer sent more than {limit} bytes after this side had ended")
            }
            HowDied::BadData(text) => f.write_str(text),
            HowDied::Tls(error) => error.fmt(f),
            HowDied::Stopped => write!(f, "the component was stopped"),
        }
    }
}

/// A connection has ended. It is the last message of a
/// [`ConnectedSocketAdapter`](crate::ConnectedSocketAdapter) to its creator, of a server to the handler, and
/// of a [`TcpClient`](crate::TcpClient).
///
/// It counts as a `producerFinished`: no more will come.
#[derive(Clone, Debug)]
#[doc(alias = "socketShutdown")]
pub struct SocketShutdown {
    /// Whose connection it was.
    pub caller: ComponentRef,
    /// Why it ended.
    pub how_died: HowDied,
    /// How many bytes were accepted for sending and not handed to the system.
    pub unsent: usize,
    /// How many bytes were handed to the system, and the peer's system has not said that it has them. Told
    /// when the connection did not end in order, on systems that know (Linux).
    pub unacknowledged: usize,
}

impl Notice for SocketShutdown {
    fn ending(&self) -> Ending {
        Ending::ProducerFinished
    }
}

/// The peer will send no more; what is sent to it still arrives.
///
/// It counts as a `producerFinished`: a handler that receives it sends what it still has, and then sends
/// `producerFinished` itself, which closes the connection.
#[derive(Clone, Debug)]
pub struct PeerFinished {
    /// The connection's component.
    pub caller: ComponentRef,
}

impl Notice for PeerFinished {
    fn ending(&self) -> Ending {
        Ending::ProducerFinished
    }
}

/// Tells a server to close all connections immediately and end. It counts as a `shutdownMicroprocess`.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
#[doc(alias = "serverShutdown")]
pub struct ServerShutdown;

impl Notice for ServerShutdown {
    fn ending(&self) -> Ending {
        Ending::ShutdownMicroprocess
    }
}

/// Tells a connection to close immediately by a reset, so that the peer knows that it did not get everything.
/// It counts as a `shutdownMicroprocess`; a handler sends it out of `signal`.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct ResetConnection;

impl Notice for ResetConnection {
    fn ending(&self) -> Ending {
        Ending::ShutdownMicroprocess
    }
}

/// A server is now listening at this address. If port 0 was asked for, the address has the actual port.
#[derive(Clone, Debug)]
#[doc(alias = "newServer")]
pub struct NewServer {
    /// The component that listens.
    pub caller: ComponentRef,
    /// Where; 0.0.0.0 and port 0 for a Unix socket.
    pub address: SocketAddr,
    /// The address of a Unix socket.
    pub unix: Option<UnixAddress>,
}

/// A server cannot listen. It counts as a `shutdownMicroprocess`: the server ends.
#[derive(Clone, Debug)]
pub struct ServerFailed {
    /// The component that was to listen.
    pub caller: ComponentRef,
    /// The address, and why it cannot be listened at.
    pub error: crate::error::BindError,
}

impl Notice for ServerFailed {
    fn ending(&self) -> Ending {
        Ending::ShutdownMicroprocess
    }
}

/// A client has connected: its component has been made, and is to be linked and activated.
#[derive(Clone, Debug)]
#[doc(alias = "newCSA")]
pub struct NewCsa {
    /// The server's component.
    pub caller: ComponentRef,
    /// The connection's component.
    pub csa: ComponentRef,
    /// The addresses of both sides.
    pub connection: Connection,
}

/// A connection has ended: for the component that linked the connection's component.
#[derive(Clone, Debug)]
#[doc(alias = "shutdownCSA")]
pub struct ShutdownCsa {
    /// The sender of this message.
    pub caller: ComponentRef,
    /// The connection's component.
    pub csa: ComponentRef,
    /// Why it ended.
    pub how_died: HowDied,
    /// How many bytes were accepted for sending and not handed to the system.
    pub unsent: usize,
    /// How many bytes were handed to the system, and the peer's system has not said that it has them. Told
    /// when the connection did not end in order, on systems that know (Linux).
    pub unacknowledged: usize,
}

/// What is known of a connection when it begins: both addresses, which one it is, and whether it is secured. An
/// IPv4 client of a dual-stack server has an IPv4 address here.
///
/// A handler that wants to know how its connection was secured has an inbox `sslready`: there it gets the
/// [`TlsSession`](crate::TlsSession) before the first bytes from the peer, of a connection that is secured from
/// the beginning as well as of one that it secures itself.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub struct Connection {
    /// The address of the other side; 0.0.0.0 and port 0 for a Unix socket, as is that on this side.
    #[doc(alias = "peerport")]
    pub peer: SocketAddr,
    /// The address on this side.
    #[doc(alias = "localip")]
    #[doc(alias = "localport")]
    pub local: SocketAddr,
    /// Of a Unix socket: who is at the other end. `None` for every other.
    pub unix: Option<UnixPeer>,
    /// Whether it is secured from its first byte on.
    pub security: Security,
    /// The id of the connection's component, which no other connection of the scheduler ever has. The log shows it
    /// in the component's name. `None` if a program has made this itself.
    pub id: Option<ComponentId>,
}

/// Whether a connection is secured by TLS when it begins.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Debug)]
pub enum Security {
    /// It is plain text, until somebody sends a request to `makessl`.
    #[default]
    Plain,
    /// TLS from the first byte on. The handshake comes first.
    Tls,
}

impl Connection {
    /// A connection between these addresses.
    #[must_use]
    pub fn new(peer: SocketAddr, local: SocketAddr) -> Self {
        Connection { peer, local, unix: None, security: Security::Plain, id: None }
    }
}

/// The name of a box, usually a literal.
pub type BoxName = Cow<'static, str>;

macro_rules! requests {
    ($($(#[$doc:meta])* $name:ident, $alias:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        #[doc(alias = $alias)]
        pub struct $name {
            /// The component and its inbox to which the answer goes.
            pub reply_to: (ComponentRef, BoxName),
            /// What to watch.
            pub descriptor: Descriptor,
            /// How often to answer.
            pub answers: Answers,
        }

        impl $name {
            /// Asks for one answer to `inbox` of `component`.
            pub fn new(component: &ComponentRef, inbox: impl Into<BoxName>, descriptor: Descriptor) -> Self {
                let answers = Answers::Once;
                $name { reply_to: (component.clone(), inbox.into()), descriptor, answers }
            }

            /// Asks for an answer at every change instead of one.
            #[must_use]
            pub fn at_every_change(mut self) -> Self {
                self.answers = Answers::AtEveryChange;
                self
            }
        }
    )*};
}

requests! {
    /// Asks the [`Selector`](crate::Selector) for a message when there is something to read.
    NewReader, "newReader";
    /// Asks the [`Selector`](crate::Selector) for a message when writing would not block.
    NewWriter, "newWriter";
    /// Asks the [`Selector`](crate::Selector) for a message when urgent data has arrived.
    NewExceptional, "newExceptional";
}

macro_rules! withdrawals {
    ($($(#[$doc:meta])* $name:ident, $alias:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        #[doc(alias = $alias)]
        pub struct $name {
            /// The descriptor that was watched.
            pub descriptor: Descriptor,
        }
    )*};
}

withdrawals! {
    /// Withdraws a [`NewReader`]; nothing happens if there is none.
    RemoveReader, "removeReader";
    /// Withdraws a [`NewWriter`]; nothing happens if there is none.
    RemoveWriter, "removeWriter";
    /// Withdraws a [`NewExceptional`]; nothing happens if there is none.
    RemoveExceptional, "removeExceptional";
}
