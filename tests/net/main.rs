//! Sockets as components: TCP, UDP, Unix sockets, TLS, HTTP and WebSockets.

#![allow(missing_docs, reason = "tests")]

#[path = "../harness/net/mod.rs"]
mod net_harness;

#[cfg(unix)]
#[path = "../harness/net/certificates.rs"]
mod certificates;
#[cfg(unix)]
#[path = "../harness/folder.rs"]
mod folder;
#[cfg(unix)]
#[path = "../harness/net/secured.rs"]
mod secured;

mod cores;
#[cfg(unix)]
mod fortune;
#[cfg(unix)]
mod http;
mod irc;
mod simulate;
mod single_server;
mod tcp_client;
mod tcp_connection;
mod tcp_limits;
mod tcp_selector;
mod tcp_server;
mod time_out_csa;
#[cfg(unix)]
mod tls;
#[cfg(unix)]
mod tls_checklist;
#[cfg(unix)]
mod tls_foreign;
#[cfg(unix)]
mod udp;
#[cfg(unix)]
mod unix;
mod websocket;
