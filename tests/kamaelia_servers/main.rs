//! Kamaelia's programs as rewritten in `examples/kamaelia/`, talked to by peers that are not ours.
//!
//! Those that only print are in `tests/programs/kamaelia_programs.rs`. All traffic stays on this machine.

#![allow(missing_docs, reason = "tests")]
#![cfg(unix)]

#[path = "../harness/net/certificates.rs"]
mod certificates;
#[path = "../harness/folder.rs"]
mod folder;
#[path = "../harness/net/mod.rs"]
mod net_harness;

mod board;
mod chatting;
mod grey;
mod running;
mod small;
mod streaming;
