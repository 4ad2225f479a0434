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
//! A client is a component that a pipeline can hold: see [`TcpClient`].
//!
//! This is the server from above, with two clients. The server makes a connection and a handler for each client, links
//! the two, and removes them when either ends. The handler sees bytes in its `inbox`, sends bytes out of `outbox`, and
//! is told in `control` when the client has closed the connection:
//!
//! ```text
//!              ┌─ SimpleServer ─────────────────────────────────────────────┐
//!              │  TcpServer (accepts)                                       │
//!   client 1 ◄─┼─► ConnectedSocketAdapter  outbox ──► inbox    Echo         │
//!              │                           inbox  ◄── outbox                │
//!   client 2 ◄─┼─► ConnectedSocketAdapter  outbox ──► inbox    Echo         │
//!              │                           inbox  ◄── outbox                │
//!              └────────────────────────────────────────────────────────────┘
//!                 Selector: the one place where the thread sleeps until a socket is ready
//! ```
//!
//! # Where to go next
//!
//! | to | read |
//! |---|---|
//! | serve many clients | [`SimpleServer`] and [`ServerCore`]; for one client at a time, [`SingleServer`] |
//! | serve on several cores | [`Cores`] |
//! | limit what clients can do | [`CsaOptions`], [`ServerCore::max_connections`], [`ServerCore::accept_rate`] |
//! | connect to a server | [`TcpClient`]; reconnecting is in `docs/reconnecting.md` |
//! | use the boxes of a connection | [`ConnectedSocketAdapter`], [`csa::boxes`], and the control messages, such as [`PeerFinished`] and [`SocketShutdown`] |
//! | end connections that are silent | [`time_out_csa`], [`InactivityChassis`] |
//! | use TLS | `TlsServer` and `TlsClient`, in the feature `tls`, which is on by default |
//! | send datagrams | [`udp`], [`SimplePeer`], [`MulticastTransceiver`] |
//! | use Unix sockets | [`UnixAddress`], which servers and clients take like any address |
//! | speak Internet Relay Chat | the module [`irc`] |
//! | speak HTTP or WebSockets | the modules `http` and `websocket`, in the features of these names |
//! | end at Ctrl-C | `Signals`, in the feature `signals`, which is on by default |
//! | watch a descriptor of your own | [`Selector`], [`Watched`], [`NewReader`] |
//! | test against a bad network | [`simulate`] |
//!
//! Types of [`mio`] stand in a few signatures; it is exported here so that programs use the same version.

mod admission;
mod brief;
mod by_component;
mod catalogue;
#[cfg(feature = "command")]
mod command;
mod connect;
pub mod connected_server;
mod cores;
pub mod csa;
mod descriptor;
mod engine;
mod error;
mod fortune_cookie_protocol;
#[cfg(all(any(test, fuzzing), feature = "rustls"))]
#[doc(hidden)]
pub mod fuzz;
mod group;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "inherited")]
mod inherited;
mod ipc;
pub mod irc;
#[cfg(feature = "visualiser")]
mod json;
mod limit;
pub mod listen;
mod listener;
mod memory;
#[cfg(feature = "nats")]
pub mod nats;
mod outcome;
mod ready;
mod resolve;
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
mod timer;
#[cfg(feature = "rustls")]
pub mod tls;
pub mod udp;
mod unix;
#[cfg(feature = "visualiser")]
mod visualiser;
#[cfg(feature = "websocket")]
pub mod websocket;

pub use catalogue::catalogue;
#[cfg(feature = "command")]
pub use command::command;
pub use connected_server::{AfterFailure, FastRestartServer, HandlerFailures, ServerCore, SimpleServer};
pub use cores::{Cores, Loads};
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
pub use mio;
pub use ready::{Answers, Direction, Ready};
pub use selector::{Selector, SelectorServices};
#[cfg(feature = "signals")]
pub use signals::{Signal, Signals};
pub use single_server::SingleServer;
pub use socket::{KeepAlive, SendDelay, SocketOptions};
pub use ssl::{SslError, SslReady, TlsSession, TlsVersion};
pub use tcp_client::TcpClient;
pub use tcp_server::TcpServer;
pub use time_out_csa::{
    ActivityMonitor, InactivityChassis, PeriodicWakeup, ResettableSender, no_activity_timeout,
};
#[cfg(feature = "rustls")]
pub use tls::{TlsClient, TlsServer};
pub use udp::{
    Datagram, DatagramTo, Interface, MulticastReceiver, MulticastSender, MulticastTransceiver, NoTargetError,
    PostboxPeer, SimplePeer, Target, TargettedPeer, UdpCounts, UdpFailed, UdpFeedback, UdpOptions,
    UdpReceiver, UdpSender,
};
pub use unix::{UnixAddress, UnixCredentials, UnixPeer};
#[cfg(feature = "visualiser")]
pub use visualiser::Visualiser;

/// Compiles the code of that page with the tests.
#[cfg(doctest)]
#[doc = include_str!("../../docs/reconnecting.md")]
struct Reconnecting;

/// The same.
#[cfg(doctest)]
#[doc = include_str!("../../docs/cores.md")]
struct OnSeveralCores;

#[cfg(test)]
mod send_sync {
    //! Which public types go to other threads, and which are errors. To take one away breaks programs.

    fn is_send_and_sync<T: Send + Sync + 'static>() {}
    fn is_send<T: Send + 'static>() {}
    fn is_error<T: std::error::Error + Send + Sync + 'static>() {}

    #[test]
    fn settings_and_what_connections_say_are_shared_by_threads() {
        is_send_and_sync::<crate::Descriptor>();
        is_send_and_sync::<crate::CsaOptions>();
        is_send_and_sync::<crate::UdpOptions>();
        is_send_and_sync::<crate::Listen>();
        is_send_and_sync::<crate::Loads>();
        is_send::<crate::Cores>();
        is_send_and_sync::<crate::Connection>();
        is_send_and_sync::<crate::SocketShutdown>();
        #[cfg(feature = "rustls")]
        is_send_and_sync::<(crate::TlsServer, crate::TlsClient)>();
    }

    #[test]
    fn every_error_is_an_error_that_any_thread_may_have() {
        is_error::<crate::BindError>();
        is_error::<crate::ConnectError>();
        is_error::<crate::SslError>();
        is_error::<crate::NoTargetError>();
        is_error::<crate::listen::NoAddressError>();
        #[cfg(feature = "inherited")]
        is_error::<crate::InheritError>();
        #[cfg(feature = "rustls")]
        is_error::<crate::tls::TlsConfigError>();
        #[cfg(feature = "http")]
        is_error::<crate::http::HttpError>();
        #[cfg(feature = "websocket")]
        is_error::<crate::websocket::InvalidUrlError>();
    }
}

/// Compiles the programs of the page that everybody reads first, and runs the one that ends.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// Compiles and runs the programs of that page.
#[cfg(doctest)]
#[doc = include_str!("../../docs/from-kamaelia.md")]
struct FromKamaelia;

/// The programs of the cookbook are compiled and run.
#[cfg(doctest)]
mod cookbook {
    #[doc = include_str!("../../docs/cookbook/wiring.md")]
    mod wiring {}
    #[doc = include_str!("../../docs/cookbook/ending.md")]
    mod ending {}
    #[doc = include_str!("../../docs/cookbook/limits.md")]
    mod limits {}
    #[doc = include_str!("../../docs/cookbook/networks.md")]
    mod networks {}
    #[cfg(feature = "http")]
    #[doc = include_str!("../../docs/cookbook/web.md")]
    mod web {}
}
