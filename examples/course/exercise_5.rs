//! Exercise 5 (lesson 5): a component that leaves repetitions out.
//!
//! `cargo test --example exercise_5` says what is missing. Replace the `todo!`.
#![allow(dead_code, unused_variables, clippy::todo, reason = "until it is solved")]

use axon::prelude::*;

/// Passes on the numbers that differ from the one before.
struct Changes;

impl Component for Changes {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        todo!("read the numbers (i32) as `Shouter` reads its lines, and send those that are new")
    }
}

fn main() {
    println!("cargo test --example exercise_5");
}

#[cfg(test)]
#[path = "exercise_5_tests.rs"]
mod tests;
