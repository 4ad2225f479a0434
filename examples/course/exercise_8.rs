//! Exercise 8 (lesson 8): a component that waits until it is quiet.
//!
//! `cargo test --example exercise_8` says what is missing. Replace the `todo!`.
#![allow(dead_code, unused_imports, unused_variables, clippy::todo, reason = "until it is solved")]

use std::time::Duration;

use axon::prelude::*;

/// Passes on the last message of a burst: when a second has gone by after it and nothing else came. What waits when it
/// is told to end is passed on at once.
struct Quiet;

impl Component for Quiet {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        todo!("`Watchman` shows how to wait for a message or a time, whichever comes first")
    }
}

fn main() {
    println!("cargo test --example exercise_8");
}

#[cfg(test)]
#[path = "exercise_8_tests.rs"]
mod tests;
