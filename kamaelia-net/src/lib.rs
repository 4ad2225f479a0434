//! TCP and UDP as components: servers, clients, connections, datagrams, and the Selector that wakes them.
//!
//! A port of `Kamaelia.Internet` and `Kamaelia.Chassis.ConnectedServer` on top of [`axon`]. It runs on
//! systems with file descriptors (Linux, the BSDs, macOS).
//!
//! A server is a component that makes a handler for each connection:
//!
//! ```
//! use axon::{Component, Context};
//! use kamaelia_net::SimpleServer;
//!
//! struct Echo;
//! impl Component for Echo {
//!     async fn main(&mut self, cx: &Context) -> axon::Result {
//!         loop {
//!             while let Some(bytes) = cx.recv("inbox") {
//!                 cx.send_when_room("outbox", bytes).await?;
//!             }
//!             if let Some(notice) = cx.told_to_end() {
//!                 cx.send("signal", notice)?;
//!                 return Ok(());
//!             }
//!             cx.pause().await;
//!         }
//!     }
//! }
//!
//! let server = SimpleServer::new(|| Echo, "127.0.0.1:0".parse::<kamaelia_net::Listen>()?).bind()?;
//! println!("listening on {}", server.local_addr().expect("bound"));
//! # let mut scheduler = axon::Scheduler::new();
//! # let server = scheduler.activate(server);
//! # scheduler.remote().deliver(&server, "control", axon::ProducerFinished::new())?;
//! # scheduler.run()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! and a client is a component that a pipeline can hold: see [`TcpClient`].

mod brief;
mod by_component;
mod catalogue;
#[cfg(feature = "command")]
mod command;
pub mod connect;
pub mod connected_server;
pub mod csa;
mod descriptor;
mod engine;
mod error;
mod fortune_cookie_protocol;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "inherited")]
mod inherited;
mod ipc;
mod limit;
pub mod listen;
mod listener;
mod memory;
mod ready;
pub mod resolve;
pub mod selector;
#[cfg(feature = "signals")]
mod signals;
pub mod simulate;
mod single_server;
pub mod socket;
mod ssl;
pub mod tcp_client;
pub mod tcp_server;
pub mod time_out_csa;
#[cfg(feature = "rustls")]
pub mod tls;
pub mod udp;
mod unix;
#[cfg(feature = "websocket")]
pub mod websocket;

pub use catalogue::catalogue;
#[cfg(feature = "command")]
pub use command::command;
pub use connected_server::{AfterFailure, FastRestartServer, HandlerFailures, ServerCore, SimpleServer};
pub use csa::{ConnectedSocketAdapter, Csa, CsaOptions};
pub use descriptor::{Descriptor, Released, Source, Watched, WeakDescriptor};
pub use error::{BindError, ConnectError};
pub use fortune_cookie_protocol::FortuneCookieProtocol;
#[cfg(feature = "inherited")]
pub use inherited::InheritError;
pub use ipc::{
    BoxName, Connection, HowDied, NewCsa, NewExceptional, NewReader, NewServer, NewWriter, PeerFinished,
    RemoveExceptional, RemoveReader, RemoveWriter, ResetConnection, Security, ServerFailed, ServerShutdown,
    ShutdownCsa, SocketShutdown,
};
pub use listen::{Listen, Stack};
pub use ready::{Answers, Direction, Ready};
pub use selector::{Selector, SelectorServices};
#[cfg(feature = "signals")]
pub use signals::{Signal, Signals};
pub use single_server::SingleServer;
pub use socket::{KeepAlive, SocketOptions};
pub use ssl::{SslError, SslReady, TlsSession, TlsVersion};
pub use tcp_client::TcpClient;
pub use tcp_server::TcpServer;
pub use time_out_csa::{
    ActivityMonitor, InactivityChassis, PeriodicWakeup, ResettableSender, no_activity_timeout,
};
#[cfg(feature = "rustls")]
pub use tls::{TlsClient, TlsServer};
pub use udp::{
    Datagram, DatagramTo, Interface, MulticastReceiver, MulticastSender, MulticastTransceiver, NoTarget,
    PostboxPeer, SimplePeer, Target, TargettedPeer, UdpCounts, UdpFailed, UdpFeedback, UdpOptions,
    UdpReceiver, UdpSender,
};
pub use unix::{UnixAddress, UnixCredentials, UnixPeer};

/// Compiles the code of that page with the tests.
#[cfg(doctest)]
#[doc = include_str!("../../docs/reconnecting.md")]
struct Reconnecting;
