//! What a datagram component has to say beside datagrams: where it is bound, what was not sent, what was lost.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axon::{ComponentRef, Ending, Notice};

use super::datagram::Target;
use crate::error::BindError;

/// News of a datagram component: what comes out of its outbox `feedback`. None of it ends the component.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum UdpFeedback {
    /// It is bound to this address: with port 0 asked for, the port that was really given.
    Bound(SocketAddr),
    /// A datagram was too large for the way to its target, and was not sent.
    TooLarge {
        /// To whom it was to be sent.
        to: SocketAddr,
        /// How many bytes were in it.
        length: usize,
    },
    /// The system would not send a datagram, for example because there is no route.
    NotSent {
        /// To whom it was to be sent.
        to: SocketAddr,
        /// How many bytes were in it.
        length: usize,
        /// What the system said.
        error: Arc<io::Error>,
    },
    /// The name that a datagram was to be sent to could not be found, and the datagram was not sent.
    NotFound {
        /// To whom it was to be sent.
        to: Target,
        /// What the resolver said.
        error: Arc<io::Error>,
    },
    /// A datagram that was sent did not arrive: the network said so by ICMP, mostly because nobody listens
    /// there.
    Refused {
        /// To whom it was sent, if the system knows (Linux).
        to: Option<SocketAddr>,
        /// What the network said.
        error: Arc<io::Error>,
    },
    /// The system's send buffer is full. The datagram waits for room, and those behind it too.
    SendBufferFull {
        /// To whom the datagram is to be sent.
        to: SocketAddr,
    },
    /// So many datagrams came while whoever reads `outbox` had no room, and the system dropped them because
    /// its receive buffer was full. Known when the next one arrives, on systems that count them (Linux).
    Lost {
        /// How many since this was last said.
        datagrams: u64,
    },
}

impl fmt::Display for UdpFeedback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UdpFeedback::Bound(address) => write!(f, "bound to {address}"),
            UdpFeedback::TooLarge { to, length } => {
                write!(f, "a datagram of {length} bytes to {to} is too large and was not sent")
            }
            UdpFeedback::NotSent { to, length, error } => {
                write!(f, "a datagram of {length} bytes to {to} was not sent: {error}")
            }
            UdpFeedback::NotFound { to, error } => write!(f, "a datagram to {to} was not sent: {error}"),
            UdpFeedback::Refused { to: Some(to), error } => {
                write!(f, "a datagram to {to} did not arrive: {error}")
            }
            UdpFeedback::Refused { to: None, error } => write!(f, "a datagram did not arrive: {error}"),
            UdpFeedback::SendBufferFull { to } => {
                write!(f, "the send buffer is full; a datagram to {to} waits")
            }
            UdpFeedback::Lost { datagrams } => {
                write!(f, "{datagrams} datagrams were lost because the receiver is slow")
            }
        }
    }
}

/// A datagram component cannot be bound to its address, or cannot join its group: its last message on
/// `signal`. It is a `shutdownMicroprocess`.
#[derive(Clone, Debug)]
pub struct UdpFailed {
    /// The component that was to be bound.
    pub caller: ComponentRef,
    /// Where, and why not.
    pub error: BindError,
}

impl Notice for UdpFailed {
    fn ending(&self) -> Ending {
        Ending::ShutdownMicroprocess
    }
}

/// What a datagram component has sent and received so far. Copies count the same; it can be read from any
/// thread.
#[derive(Clone, Default, Debug)]
pub struct UdpCounts(Arc<Counts>);

#[derive(Default, Debug)]
pub(super) struct Counts {
    pub(super) received: AtomicU64,
    pub(super) sent: AtomicU64,
    pub(super) not_sent: AtomicU64,
    pub(super) refused: AtomicU64,
    pub(super) lost: AtomicU64,
    pub(super) waits: AtomicU64,
}

impl UdpCounts {
    /// Datagrams that came out of `outbox`.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.0.received.load(Ordering::Relaxed)
    }

    /// Datagrams that the system took.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.0.sent.load(Ordering::Relaxed)
    }

    /// Datagrams that were not sent: too large, to a name that is not found, or without a route.
    #[must_use]
    pub fn not_sent(&self) -> u64 {
        self.0.not_sent.load(Ordering::Relaxed)
    }

    /// Datagrams of which the network said that they did not arrive.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.0.refused.load(Ordering::Relaxed)
    }

    /// Datagrams that the system dropped because the receiver was slow, as far as it has told (Linux).
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.0.lost.load(Ordering::Relaxed)
    }

    /// How often the send buffer was full and a datagram had to wait.
    #[must_use]
    pub fn waits(&self) -> u64 {
        self.0.waits.load(Ordering::Relaxed)
    }

    pub(super) fn add(&self, which: impl Fn(&Counts) -> &AtomicU64, number: u64) {
        which(&self.0).fetch_add(number, Ordering::Relaxed);
    }
}
