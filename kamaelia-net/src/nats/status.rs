//! What a client of NATS tells about itself.

use std::fmt;

/// What a [`NatsClient`](super::NatsClient) or a [`NatsBackplane`](super::NatsBackplane) tells on `status`.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum NatsStatus {
    /// It is connected, and all subscriptions are made.
    Connected {
        /// `HOST:PORT`.
        server: String,
    },
    /// The connection has ended. What was sent since the last [`Flushed`](NatsStatus::Flushed) may be lost. It
    /// connects again.
    Disconnected {
        /// Why.
        why: String,
    },
    /// An attempt to connect has failed. There will be another.
    NotConnected {
        /// To which server, and why.
        why: String,
    },
    /// The server has confirmed everything that was sent before.
    Flushed,
    /// The server will end soon. The client goes to another when it does.
    LameDuck {
        /// `HOST:PORT`.
        server: String,
    },
    /// The server has refused something, in its words.
    Refused {
        /// What it said.
        error: String,
    },
    /// A message was not published, and is lost.
    NotPublished {
        /// Why.
        why: String,
    },
    /// Messages were dropped, because whoever receives them was too slow.
    Dropped {
        /// How many since the last time that this was told.
        messages: u64,
    },
    /// Messages of another publisher did not arrive: it or this side was without connection, or was too slow.
    Gap {
        /// Which publisher.
        publisher: String,
        /// How many messages are missing.
        missing: u64,
    },
}

impl fmt::Display for NatsStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NatsStatus::Connected { server } => write!(f, "connected to {server}"),
            NatsStatus::Disconnected { why } => write!(f, "disconnected: {why}"),
            NatsStatus::NotConnected { why } => write!(f, "not connected: {why}"),
            NatsStatus::Flushed => write!(f, "everything sent was confirmed"),
            NatsStatus::LameDuck { server } => write!(f, "{server} will end soon"),
            NatsStatus::Refused { error } => write!(f, "the server refused: {error}"),
            NatsStatus::NotPublished { why } => write!(f, "a message was not published: {why}"),
            NatsStatus::Dropped { messages } => {
                write!(f, "{messages} messages were dropped: their receiver is too slow")
            }
            NatsStatus::Gap { publisher, missing } => {
                write!(f, "{missing} messages of the publisher {publisher} did not arrive")
            }
        }
    }
}
