//! The components for files, processes and long work: what they send, how they end, and what they tell when others
//! interfere.

#[path = "util/bench.rs"]
mod bench;

#[path = "file/scratch.rs"]
mod scratch;

#[path = "file/reading.rs"]
mod reading;

#[path = "file/writing.rs"]
mod writing;

#[path = "file/finding.rs"]
mod finding;

#[path = "file/following.rs"]
mod following;

#[cfg(unix)]
#[path = "file/processes.rs"]
mod processes;
