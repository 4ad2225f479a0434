//! WebSockets (RFC 6455) as components, on both sides, with compressed messages (RFC 7692) if the feature
//! `deflate` is on.
//!
//! | to | use |
//! |---|---|
//! | accept WebSockets under an [`HttpServer`](crate::http::HttpServer) | [`WebSocket`] |
//! | open one to a server | [`WebSocketClient`] |
//! | close with a code and a reason | [`Close`], [`CloseCode`] |
//!
//! A message is one message of a box: text a `String`, binary a `Vec<u8>`. A server that echoes:
//!
//! ```no_run
//! use axon::util::EchoProtocol;
//! use kamaelia_net::http::HttpServer;
//! use kamaelia_net::websocket::WebSocket;
//!
//! axon::run(HttpServer::new(|request| WebSocket::new(request, |_| EchoProtocol::new()), 9000))?;
//! # Ok::<(), axon::RunError>(())
//! ```
//!
//! Kamaelia has no WebSockets.

mod client;
mod close;
#[cfg(test)]
mod codec_tests;
mod conversation;
#[cfg(feature = "deflate")]
mod deflate;
#[cfg(not(feature = "deflate"))]
#[path = "no_deflate.rs"]
mod deflate;
mod frame;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzed;
mod handshake;
mod mask;
mod options;
mod reading;
mod server;
mod writing;

pub use client::{InvalidUrlError, WebSocketClient, WebSocketOpened, WebSocketRefused};
pub use close::{Close, CloseCode, ClosedBy, WebSocketClosed};
#[cfg(feature = "deflate")]
pub use deflate::Deflate;
#[cfg(feature = "visualiser")]
pub(crate) use mask::Unguessable;
pub use options::WebSocketOptions;
pub use server::WebSocket;
