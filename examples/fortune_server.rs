//! Kamaelia's fortune cookie server: it sends every client a saying, slowly, and then disconnects it.
//!
//! Run `cargo run --example fortune_server -- [ADDRESS]`, by default 127.0.0.1:1500; port 0 takes any free
//! one. It prints `listening on ADDRESS`. Try it with `nc 127.0.0.1 1500`. The sayings come
//! from the program `fortune` if it is installed, otherwise from a short built-in list.
//!
//! On Ctrl-C or SIGTERM it gives the connections two seconds to finish, and ends. A second signal ends it
//! immediately.
//!
//! Ported from `Kamaelia.Protocol.FortuneCookieProtocol`.

use std::time::Duration;

use axon::{Result, Scheduler};
use kamaelia_net::{Connection, FastRestartServer, FortuneCookieProtocol, Listen, Signals};

const COOKIES: [&str; 4] = [
    "Never send by letter what can be said by a linkage.\n",
    "A component that waits well is worth two that are busy.\n",
    "He who pauses at the right time is woken at the right time.\n",
    "What arrives in no inbox was sent for nothing.\n",
];

/// What the program says, or one of these.
fn cookie(client: &Connection) -> FortuneCookieProtocol {
    FortuneCookieProtocol::new().or_else(COOKIES[usize::from(client.peer.port()) % COOKIES.len()])
}

fn main() -> Result {
    env_logger::init();
    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:1500".into());
    let server = FastRestartServer::new(cookie, address.parse::<Listen>()?).bind()?;
    let address = server.local_addr().expect("it is bound");
    let mut scheduler = Scheduler::new();
    scheduler.activate(server);
    scheduler.activate(Signals::new()?.ends_the_run_within(Duration::from_secs(2)));
    println!("listening on {address}");
    Ok(scheduler.run()?)
}
