//! An echo server: every client gets back what it sends.
//!
//! Run `cargo run --example echo_server -- [ADDRESS]`, by default 127.0.0.1:1500; port 0 takes any free
//! one. It prints `listening on ADDRESS`. Try it with `nc 127.0.0.1 1500`. On Ctrl-C it lets the
//! connections finish what they have, for two seconds, and ends.

use std::time::Duration;

use axon::{ProducerFinished, Result, Scheduler, util::EchoProtocol};
use kamaelia_net::{FastRestartServer, Listen};

fn main() -> Result {
    env_logger::init();
    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:1500".into());
    let server = FastRestartServer::new(|_| EchoProtocol::new(), address.parse::<Listen>()?)
        .drain_deadline(Duration::from_secs(2))
        .bind()?;
    let address = server.local_addr().expect("it is bound");
    let mut scheduler = Scheduler::new();
    let (server, remote) = (scheduler.activate(server), scheduler.remote());
    ctrlc::set_handler(move || {
        let _ = remote.deliver(&server, "control", ProducerFinished::new());
    })?;
    println!("listening on {address}");
    Ok(scheduler.run()?)
}
