//! What the ready-made components promise: what comes out for what goes in, how they end, and that they
//! wait for room.

mod sources;

mod transformers;

mod streams;

mod chunking;

mod gates;

mod choosing;

mod splitters;

mod backplane;

mod filters;

mod routing;

mod rates;

mod ticks;

mod services;

mod looking_on;

mod console;

#[cfg(unix)]
mod programs;

mod files;
