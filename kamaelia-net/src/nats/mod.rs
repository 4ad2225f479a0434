//! NATS: messages to other processes and machines, by a server that is found ready-made (<https://nats.io>).
//!
//! | to | use |
//! |---|---|
//! | publish and subscribe | [`NatsClient`], [`NatsMessage`], [`NatsSubscribe`] |
//! | let the components of several processes share a [`Backplane`](axon::util::Backplane) | [`NatsBackplane`] |
//! | keep messages until they are worked on, at least once (JetStream) | [`NatsPublisher`], [`NatsConsumer`] |
//! | be told of connections, gaps and losses | [`NatsStatus`] |
//!
//! Kamaelia has no such thing.

mod backplane;
mod carriers;
mod client;
mod codec;
mod consumer;
mod delivery;
mod header;
mod info;
mod jetstream;
mod link;
mod message;
mod options;
mod publisher;
mod sequence;
mod server;
mod settings;
mod status;
mod subscription;

pub use backplane::NatsBackplane;
pub use client::NatsClient;
pub use consumer::NatsConsumer;
pub use message::{NatsMessage, NatsNameError};
pub use publisher::NatsPublisher;
pub use status::NatsStatus;
pub use subscription::{NatsSubscribe, NatsUnsubscribe};
