//! An echo server: every client gets back what it sends.
//!
//! Run `cargo run --example echo_server -- [ADDRESS]`, by default 127.0.0.1:1500; port 0 takes any free
//! one. It prints `listening on ADDRESS`. Try it with `nc 127.0.0.1 1500`.
//!
//! On Ctrl-C or SIGTERM it gives the connections two seconds to finish, and ends. A second signal ends it
//! immediately.

use std::time::Duration;

use axon::{Result, Scheduler, util::EchoProtocol};
use kamaelia_net::{FastRestartServer, Listen, Signals};

fn main() -> Result {
    env_logger::init();
    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:1500".into());
    let server = FastRestartServer::new(|_| EchoProtocol::new(), address.parse::<Listen>()?).bind()?;
    let address = server.local_addr().expect("it is bound");
    let mut scheduler = Scheduler::new();
    scheduler.activate(server);
    scheduler.activate(Signals::new()?.ends_the_run_within(Duration::from_secs(2)));
    println!("listening on {address}");
    Ok(scheduler.run()?)
}
