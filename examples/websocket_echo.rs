//! A WebSocket echo server: every client gets back the messages that it sends.
//!
//! Run `cargo run --example websocket_echo -- [ADDRESS] [--tls CERT KEY] [--cores N]`, by default 127.0.0.1:9000; port 0 takes
//! any free one. It prints `listening on ADDRESS`. Try it with
//! `cargo run --example websocket_client -- ws://127.0.0.1:9000/`. Messages are compressed if the client can. On
//! Ctrl-C or SIGTERM it closes the WebSockets, for two seconds, and ends. A second signal ends it immediately.

use axon::{Result, util::EchoProtocol};
use http_serving::Arguments;
use kamaelia_net::http::{HttpServer, RequestHead};
use kamaelia_net::websocket::{Deflate, WebSocket, WebSocketOptions};

mod http_serving;

/// It is the same for everybody, so that any page may use it.
fn echo(request: &RequestHead) -> WebSocket {
    let options = WebSocketOptions::new().longest_message(16 * 1024 * 1024).deflate(Deflate::new());
    WebSocket::new(request, |_| EchoProtocol::new()).options(options).any_origin()
}

fn main() -> Result {
    env_logger::init();
    let arguments = Arguments::read()?;
    arguments.serve("127.0.0.1:9000", |listen| HttpServer::new(echo, listen))
}
