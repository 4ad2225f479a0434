//! Kamaelia's `Examples/TCP_Systems/FortuneCookie_ServerClient.py`: a server of sayings and a client of it, in one
//! program.
//!
//! Run it with `cargo run --example kamaelia_fortune_cookie`. It prints `listening on ADDRESS` and a saying, and ends.
//!
//! *Differs:* the port is a free one, which the client is told; there one is drawn by lot and may be taken. The
//! program ends when the client has its saying: what ends the client's pipeline reaches the server, which is the last
//! in it. Without the program `fortune` there is a saying all the same.

#[path = "parts/options.rs"]
mod options;
#[path = "parts/running.rs"]
mod running;
#[path = "parts/serving.rs"]
mod serving;

use axon::prelude::*;
use kamaelia_net::{Connection, FastRestartServer, FortuneCookieProtocol, Listen, TcpClient};

fn cookie(_: &Connection) -> FortuneCookieProtocol {
    FortuneCookieProtocol::new().or_else("A component that waits well is worth two that are busy.\n")
}

fn main() -> axon::Result {
    env_logger::init();
    let mut scheduler = running::scheduler()?;
    let server =
        FastRestartServer::new(cookie, "127.0.0.1:0".parse::<Listen>()?).options(options::speaks_first());
    let (server, address) = serving::bound(server)?;
    let client = TcpClient::new(address.ip().to_string(), address.port());
    scheduler.activate(pipeline![client, ConsoleEchoer::new(), server]);
    Ok(scheduler.run()?)
}
