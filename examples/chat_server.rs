//! A chat: every line that one client sends is shown to all, with who said it.
//!
//! Run `cargo run --example chat_server -- [ADDRESS]`, by default 127.0.0.1:1500; port 0 takes any free
//! one. It prints `listening on ADDRESS`. Try it with several `nc 127.0.0.1 1500`. On Ctrl-C it lets the
//! connections finish what they have, for two seconds, and ends.
//!
//! Each connection is a Pipeline of ready-made components: lines of text, who says it, and then both
//! ends of a Backplane, which is where the pipelines meet.

use std::time::Duration;

use axon::prelude::*;
use axon::util::WhenFull;
use kamaelia_net::{Connection, CsaOptions, FastRestartServer, Listen};

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
    // Who takes nothing for five seconds is not waited for any longer.
    let mut options = CsaOptions::new();
    options.write_stall_timeout = Some(Duration::from_secs(5));
    let server = FastRestartServer::new(chatter, address.parse::<Listen>()?)
        .options(options)
        .drain_deadline(Duration::from_secs(2))
        .bind()?;
    let address = server.local_addr().expect("it is bound");
    let mut scheduler = Scheduler::new();
    // All hear all, and nobody waits for one who does not read: that one is cut.
    scheduler.activate(Backplane::new("CHAT").when_full(WhenFull::Cut));
    let (server, remote) = (scheduler.activate(server), scheduler.remote());
    ctrlc::set_handler(move || {
        let _ = remote.deliver(&server, "control", ProducerFinished::new());
    })?;
    println!("listening on {address}");
    Ok(scheduler.run()?)
}
