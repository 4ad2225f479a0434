//! An echo server at a Unix socket: every client gets back what it sends.
//!
//! Run `cargo run --example unix_echo -- [PATH]`, by default /tmp/unix_echo; `@NAME` is an abstract name. A socket
//! that the program was given at its start (`LISTEN_FDS`) comes before. It prints `listening on PATH`. Try it with
//! `nc -U /tmp/unix_echo` or `socat - UNIX-CONNECT:/tmp/unix_echo`. Only the user who runs it may connect. On
//! Ctrl-C, or told TERM, it lets the connections finish what they have, for two seconds, and ends; a second time,
//! at once.

use std::time::Duration;

use axon::{Result, Scheduler, util::EchoProtocol};
use kamaelia_net::{Listen, Signals, SimpleServer};

fn main() -> Result {
    env_logger::init();
    let path = std::env::args().nth(1).unwrap_or("/tmp/unix_echo".into());
    let listen = Listen::inherited()?.pop().unwrap_or_else(|| Listen::unix(path).mode(0o600));
    let server = SimpleServer::new(EchoProtocol::new, listen).bind()?;
    let unix = server.unix_addr().map(|path| path.to_string());
    let address = unix.or_else(|| Some(server.local_addr()?.to_string())).expect("it is bound");
    let mut scheduler = Scheduler::new();
    scheduler.activate(server);
    scheduler.activate(Signals::new()?.ends_the_run_within(Duration::from_secs(2)));
    println!("listening on {address}");
    Ok(scheduler.run()?)
}
