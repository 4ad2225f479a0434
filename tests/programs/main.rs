//! The programs of `examples/` and of the tutorial, as processes.

#![allow(missing_docs, reason = "tests")]

#[cfg(unix)]
#[path = "../harness/folder.rs"]
mod folder;
#[path = "../harness/pictures.rs"]
mod harness;
#[path = "../harness/net/mod.rs"]
mod net_harness;

#[cfg(unix)]
mod chaos_proxy;
#[cfg(unix)]
mod cores;
mod course;
mod guide;
mod kamaelia_programs;
#[cfg(unix)]
mod log_collector;
#[cfg(unix)]
#[path = "../harness/nats.rs"]
mod nats_server;
#[cfg(unix)]
mod net_programs;
mod pictures;
mod tutorial;
