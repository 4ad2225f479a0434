//! A UDP echo: every datagram goes back to whoever sent it.
//!
//! Run `cargo run --example udp_echo -- [ADDRESS]`, by default 127.0.0.1:1500; port 0 takes any free one. It
//! prints `listening on ADDRESS`. Try it with `nc -u 127.0.0.1 1500`. On Ctrl-C, or told TERM, it ends; a second
//! time, at once. At its end it prints how much it has sent and received.

use std::time::Duration;

use axon::prelude::*;
use kamaelia_net::{Datagram, PostboxPeer, Signals};

fn main() -> axon::Result {
    env_logger::init();
    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:1500".into());
    let postbox = PostboxPeer::new(address.parse()?).bind()?;
    let (address, counts) = (postbox.local_addr().expect("it is bound"), postbox.counts());
    let echo = PureTransformer::map(|datagram: Datagram| datagram.answer(datagram.data.clone()));
    let mut scheduler = Scheduler::new();
    scheduler.activate(pipeline![echo, postbox].circular());
    scheduler.activate(Signals::new()?.ends_the_run_within(Duration::from_secs(2)));
    println!("listening on {address}");
    scheduler.run()?;
    println!("{} received, {} sent, {} lost", counts.received(), counts.sent(), counts.lost());
    Ok(())
}
