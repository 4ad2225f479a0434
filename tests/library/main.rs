//! What the ready-made components and the chassis promise.

#[path = "../harness/bench.rs"]
mod bench;

mod chassis;
mod util;
