//! Exercise 6 (lesson 6): nothing is lost at the end.
//!
//! `cargo test --example exercise_6` says what is missing. Replace the `todo!`.
#![allow(dead_code, unused_variables, clippy::todo, reason = "until it is solved")]

use axon::prelude::*;

/// Sends three numbers at a time, as a `Vec<i32>`; at the end those that are left, if any.
struct Threes;

impl Component for Threes {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        todo!("collect the numbers, send each three, and after the loop the rest")
    }
}

fn main() {
    println!("cargo test --example exercise_6");
}

#[cfg(test)]
#[path = "exercise_6_tests.rs"]
mod tests;
