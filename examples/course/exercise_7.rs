//! Exercise 7 (lesson 7): a protocol for a server.
//!
//! `cargo test --example exercise_7` says what is missing. Replace the `todo!`.
#![allow(dead_code, unused_variables, clippy::todo, reason = "until it is solved")]

use axon::prelude::*;

/// Adds up the numbers that a client sends, a line each, and answers each line with the sum so far. What is no number
/// is answered with "not a number"; it ends neither the conversation nor the server.
struct Adder;

impl Component for Adder {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        todo!("read lines (String) as `Numbers` does; `line.trim().parse::<i64>()` may fail")
    }
}

fn main() {
    println!("cargo test --example exercise_7");
}

#[cfg(test)]
#[path = "exercise_7_tests.rs"]
mod tests;
