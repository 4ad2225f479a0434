//! The components for files, processes and long work: what they send, how they end, and what they tell when others
//! interfere.

#[path = "../../../tests/harness/bench.rs"]
mod bench;
#[path = "../../../tests/harness/folder.rs"]
mod folder;

mod codecs;
mod configuration;
mod finding;
mod following;
#[cfg(unix)]
mod processes;
mod progress;
mod rates;
mod reading;
#[cfg(target_os = "linux")]
mod watching;
mod writing;
