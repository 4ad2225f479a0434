//! A chat server: every line that a client sends is shown to all clients, with the name of its sender.
//!
//! Run `cargo run --example chat_server -- [ADDRESS] [--nats SERVER]`, by default 127.0.0.1:1500; port 0 takes any free
//! one. It prints `listening on ADDRESS`. Try it with several `nc 127.0.0.1 1500`.
//!
//! With `--nats 127.0.0.1:4222` it shares its chat with all other chat servers at that NATS server. Nothing else
//! changes: the Backplane is another one.
//!
//! On Ctrl-C or SIGTERM it gives the connections two seconds to finish, and ends. A second signal ends it
//! immediately.
//!
//! Each connection is a Pipeline of ready-made components: one makes lines of the bytes, one adds the name of
//! the sender, and then come both ends of a Backplane, through which the pipelines are connected.

use std::time::Duration;

use axon::prelude::*;
use axon::util::WhenFull;
use kamaelia_net::nats::{NatsBackplane, NatsClient};
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
    let mut address = String::from("127.0.0.1:1500");
    let mut nats = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--nats" => nats = Some(arguments.next().ok_or("--nats needs the address of a server")?),
            _ => address = argument,
        }
    }
    // A client that takes nothing for five seconds is disconnected.
    let mut options = CsaOptions::new();
    options.write_stall_timeout = Some(Duration::from_secs(5));
    let server = FastRestartServer::new(chatter, address.parse::<Listen>()?).options(options).bind()?;
    let address = server.local_addr().expect("it is bound");
    let mut scheduler = Scheduler::new();
    // Every client gets every line. One that does not read is cut off, so that the others need not wait for it.
    match nats {
        None => scheduler.activate(Backplane::new("CHAT").when_full(WhenFull::Cut)),
        Some(nats) => {
            let client = NatsClient::new(&nats)?.name("chat_server");
            scheduler.activate(NatsBackplane::new("CHAT", client)?.when_full(WhenFull::Cut))
        }
    };
    scheduler.activate(server);
    scheduler.activate(Signals::new()?.ends_the_run_within(Duration::from_secs(2)));
    println!("listening on {address}");
    Ok(scheduler.run()?)
}
