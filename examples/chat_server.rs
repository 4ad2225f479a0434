//! A chat server: every line that a client sends is shown to all clients, with the name of its sender.
//!
//! Run `cargo run --example chat_server -- [ADDRESS]`, by default 127.0.0.1:1500; port 0 takes any free
//! one. It prints `listening on ADDRESS`. Try it with several `nc 127.0.0.1 1500`.
//!
//! On Ctrl-C or SIGTERM it gives the connections two seconds to finish, and ends. A second signal ends it
//! immediately.
//!
//! Each connection is a Pipeline of ready-made components: one makes lines of the bytes, one adds the name of
//! the sender, and then come both ends of a Backplane, through which the pipelines are connected.

use std::time::Duration;

use axon::prelude::*;
use axon::util::WhenFull;
use kamaelia_net::{Connection, CsaOptions, FastRestartServer, Listen, Signals};

fn chatter(client: &Connection) -> Pipeline {
    let name = client.peer;
    pipeline![
        ChunksToLines::new().keep_last_line(),
        PureTransformer::map(move |Text(line): Text| format!("{name}: {line}\n")),
        PublishTo::new("CHAT"),
        SubscribeTo::new("CHAT"),
    ]
}

fn main() -> axon::Result {
    env_logger::init();
    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:1500".into());
    // A client that takes nothing for five seconds is disconnected.
    let mut options = CsaOptions::new();
    options.write_stall_timeout = Some(Duration::from_secs(5));
    let server = FastRestartServer::new(chatter, address.parse::<Listen>()?).options(options).bind()?;
    let address = server.local_addr().expect("it is bound");
    let mut scheduler = Scheduler::new();
    // Every client gets every line. One that does not read is cut off, so that the others need not wait for it.
    scheduler.activate(Backplane::new("CHAT").when_full(WhenFull::Cut));
    scheduler.activate(server);
    scheduler.activate(Signals::new()?.ends_the_run_within(Duration::from_secs(2)));
    println!("listening on {address}");
    Ok(scheduler.run()?)
}
