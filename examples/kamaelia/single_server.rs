//! Kamaelia's `Examples/TCP_Systems/SingleServerExample.py`: what a pipeline sends goes to one client at a time, which
//! is the pipeline's last component.
//!
//! Run `cargo run --example kamaelia_single_server -- [ADDRESS]`. Without an address the client is in the program too, and
//! both end. With one, it prints `listening on ADDRESS`, says `Hello World` five times a second to whoever is connected
//! (try `nc`), and ends at a signal.
//!
//! *Differs:* each message is a line. When all is said the client is disconnected and the program ends; there it goes on
//! for ever. What is said while nobody is connected waits for the next client, up to a hundred lines. A client that takes
//! nothing for half a minute makes room for the next.

#[path = "parts/options.rs"]
mod options;
#[path = "parts/running.rs"]
mod running;

use axon::prelude::*;
use axon::util::{Chargen, MessageRateLimit};
use kamaelia_net::{Listen, SingleServer, TcpClient};

/// How many lines wait for a client.
const WAITING: usize = 100;

fn main() -> axon::Result {
    env_logger::init();
    let mut scheduler = running::scheduler()?;
    let address = std::env::args().nth(1);
    let listen: Listen = address.as_deref().unwrap_or("127.0.0.1:0").parse()?;
    let server = SingleServer::new(listen.reuse_address()).options(options::speaks_first()).bind()?;
    let bound = server.local_addr().ok_or("it listens at no address")?;
    println!("listening on {bound}");
    let server = server.inbox_size("inbox", WAITING);
    let lines = PureTransformer::map(|Text(text): Text| format!("{text}\n"));
    if address.is_some() {
        // Few messages wait to be said, so that it can finish within a second when it is told to end.
        let slowly = MessageRateLimit::new(5.0).buffer(1).inbox_size("inbox", 1);
        scheduler.activate(pipeline![Chargen::new(), slowly, lines, server]);
    } else {
        let cat = DataSource::new(["Hello World"; 12]);
        scheduler.activate(pipeline![cat, MessageRateLimit::new(20.0).buffer(1), lines, server]);
        scheduler
            .activate(pipeline![TcpClient::new(bound.ip().to_string(), bound.port()), ConsoleEchoer::new()]);
    }
    Ok(scheduler.run()?)
}
