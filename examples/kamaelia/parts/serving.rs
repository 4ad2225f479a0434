//! How those of these programs that serve do it: with limits, at an address that they print, until a signal comes.

use std::net::SocketAddr;
use std::time::Duration;

use axon::Result;
use kamaelia_net::ServerCore;

const MOST_CLIENTS: usize = 200;

/// How long handlers may take to finish at the end: less than the run has, since those that work on for a client that has
/// gone are stopped after it.
const DRAIN: Duration = Duration::from_secs(1);

/// A server with limits, bound, and where it listens, which is printed.
pub(crate) fn bound(server: ServerCore) -> Result<(ServerCore, SocketAddr)> {
    let server = server.max_connections(MOST_CLIENTS).drain_deadline(DRAIN).bind()?;
    let address = server.local_addr().ok_or("it listens at no address")?;
    println!("listening on {address}");
    Ok((server, address))
}
