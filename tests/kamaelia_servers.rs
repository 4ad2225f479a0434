//! Kamaelia's programs as rewritten in `examples/kamaelia/`, talked to by peers that are not ours.
//!
//! Those that only print are in `tests/kamaelia_programs.rs`. All traffic stays on this machine.

#![allow(missing_docs, reason = "tests")]
#![cfg(unix)]

#[path = "net_harness/certificates.rs"]
mod certificates;
mod net_harness;

#[path = "kamaelia_servers/chatting.rs"]
mod chatting;
#[path = "kamaelia_servers/running.rs"]
mod running;
#[path = "kamaelia_servers/small.rs"]
mod small;
#[path = "kamaelia_servers/streaming.rs"]
mod streaming;
