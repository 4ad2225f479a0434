//! HTTP: the server and the client, talked to in raw bytes, by each other, and by peers that are not ours.

#![allow(missing_docs, reason = "tests")]
#![cfg(unix)]

mod net_harness;

#[path = "http/raw.rs"]
mod raw;

#[path = "http/serving.rs"]
mod serving;

#[path = "http/files.rs"]
mod files;

#[path = "http/asking.rs"]
mod asking;

#[path = "http/table.rs"]
mod table;

#[path = "http/peers.rs"]
mod peers;
