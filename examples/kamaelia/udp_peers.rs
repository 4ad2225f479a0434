//! Kamaelia's `Examples/UDP_Systems/SimplePeer_Example.py`: peers that send each other datagrams.
//!
//! Run `cargo run --example kamaelia_udp_peers -- [LOCAL PEER]`. Without arguments two peers are in the program, one of
//! which sends to the other. With them it prints `listening on LOCAL`, says `Hello World` five times a second to PEER, and
//! shows what comes from there. It ends at a signal.
//!
//! *Differs:* with two programs both send, and only what PEER sends is shown; there anybody's is. Five times a second
//! is enough; there it is said as fast as the machine can. What comes is shown as text with its quotes, so that bytes that
//! mean something to a terminal do nothing.

#[path = "parts/running.rs"]
mod running;

use std::net::SocketAddr;

use axon::prelude::*;
use axon::util::{Chargen, MessageRateLimit, PureFilter};
use kamaelia_net::{Datagram, SimplePeer};

/// A datagram as a line.
fn shown(datagram: Datagram) -> String {
    format!("{}: {:?}\n", datagram.from, String::from_utf8_lossy(&datagram.data))
}

/// Few messages wait to be said, so that it can finish within a second when it is told to end.
fn speaker() -> Pipeline {
    pipeline![Chargen::new(), MessageRateLimit::new(5.0).buffer(1).inbox_size("inbox", 1)]
}

fn bound(local: SocketAddr, peer: SocketAddr) -> axon::Result<SimplePeer> {
    Ok(SimplePeer::new(local, peer).bind()?)
}

fn main() -> axon::Result {
    env_logger::init();
    let mut arguments = std::env::args().skip(1);
    let mut scheduler = running::scheduler()?;
    let any: SocketAddr = "127.0.0.1:0".parse()?;
    let listener = match (arguments.next(), arguments.next()) {
        (Some(local), Some(peer)) => {
            let peer: SocketAddr = peer.parse()?;
            let socket = bound(local.parse()?, peer)?;
            let address = socket.local_addr();
            let from_peer = PureFilter::new(move |datagram: &Datagram| datagram.from == peer);
            scheduler.activate(pipeline![
                speaker(),
                socket,
                from_peer,
                PureTransformer::map(shown),
                ConsoleEchoer::new()
            ]);
            address
        }
        (None, None) => {
            let listener = bound(any, any)?;
            let address = listener.local_addr().ok_or("it has no address")?;
            scheduler.activate(pipeline![listener, PureTransformer::map(shown), ConsoleEchoer::new()]);
            scheduler.activate(pipeline![speaker(), bound(any, address)?]);
            Some(address)
        }
        _ => {
            eprintln!("kamaelia_udp_peers [LOCAL PEER]");
            std::process::exit(2);
        }
    };
    println!("listening on {}", listener.ok_or("it has no address")?);
    Ok(scheduler.run()?)
}
