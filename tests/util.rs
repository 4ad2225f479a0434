//! What the ready-made components promise: what comes out for what goes in, how they end, and that they
//! wait for room.

#[path = "util/bench.rs"]
mod bench;

#[path = "util/catalogue.rs"]
mod catalogue;

#[path = "util/sources.rs"]
mod sources;

#[path = "util/transformers.rs"]
mod transformers;

#[path = "util/streams.rs"]
mod streams;

#[path = "util/chunking.rs"]
mod chunking;

#[path = "util/gates.rs"]
mod gates;

#[path = "util/choosing.rs"]
mod choosing;

#[path = "util/splitters.rs"]
mod splitters;

#[path = "util/backplane.rs"]
mod backplane;

#[path = "util/filters.rs"]
mod filters;

#[path = "util/routing.rs"]
mod routing;

#[path = "util/rates.rs"]
mod rates;

#[path = "util/ticks.rs"]
mod ticks;

#[path = "util/console.rs"]
mod console;

#[cfg(unix)]
#[path = "util/programs.rs"]
mod programs;

#[path = "util/files.rs"]
mod files;
