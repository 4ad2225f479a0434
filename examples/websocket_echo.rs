//! A WebSocket echo server: every client gets back the messages that it sends.
//!
//! Run `cargo run --example websocket_echo -- [ADDRESS] [--tls CERT KEY]`, by default 127.0.0.1:9000; port 0 takes
//! any free one. It prints `listening on ADDRESS`. Try it with
//! `cargo run --example websocket_client -- ws://127.0.0.1:9000/`. Messages are compressed if the client can. On
//! Ctrl-C or SIGTERM it closes the WebSockets, for two seconds, and ends. A second signal ends it immediately.

use std::time::Duration;

use axon::{Result, Scheduler, util::EchoProtocol};
use kamaelia_net::http::{HttpServer, RequestHead};
use kamaelia_net::websocket::{Deflate, WebSocket, WebSocketOptions};
use kamaelia_net::{Listen, Signals, TlsServer};

/// It is the same for everybody, so that any page may use it.
fn echo(request: &RequestHead) -> WebSocket {
    let options = WebSocketOptions::new().longest_message(16 * 1024 * 1024).deflate(Deflate::new());
    WebSocket::new(request, |_| EchoProtocol::new()).options(options).any_origin()
}

fn main() -> Result {
    env_logger::init();
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let tls = match arguments.iter().position(|argument| argument == "--tls") {
        Some(at) if at + 2 < arguments.len() => {
            let files: Vec<String> = arguments.drain(at..at + 3).collect();
            Some(TlsServer::from_files(&files[1], &files[2])?)
        }
        Some(_) => return Err("--tls needs two files: the certificate and its key".into()),
        None => None,
    };
    let address = arguments.first().map_or("127.0.0.1:9000", String::as_str);
    let mut server = HttpServer::new(echo, address.parse::<Listen>()?)
        .server(|core| core.drain_deadline(Duration::from_secs(2)));
    if let Some(tls) = tls {
        server = server.tls(tls);
    }
    let server = server.bind()?;
    let address = server.local_addr().expect("it is bound");
    let mut scheduler = Scheduler::new();
    scheduler.activate(server);
    scheduler.activate(Signals::new()?.ends_the_run_within(Duration::from_secs(2)));
    println!("listening on {address}");
    Ok(scheduler.run()?)
}
