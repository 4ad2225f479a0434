//! What the ready-made components and the chassis promise.

#[path = "../harness/bench.rs"]
mod bench;
#[path = "../harness/folder.rs"]
mod folder;

mod chassis;
mod util;
