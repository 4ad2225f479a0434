//! Exercise 3 (lesson 3): an inbox that can be full.
//!
//! `cargo test --example exercise_3` says what is missing. Replace the two `todo!`.
#![allow(dead_code, clippy::todo, reason = "until it is solved")]

use std::collections::VecDeque;

/// Holds a number of messages at most.
struct Inbox {
    messages: VecDeque<String>,
    size: usize,
}

impl Inbox {
    fn with_size(size: usize) -> Self {
        Self { messages: VecDeque::new(), size }
    }

    /// Takes the message, or gives it back if there is no room for it. (A message must not be lost: the sender can try
    /// again later.)
    fn send(&mut self, message: String) -> Result<(), String> {
        todo!("there are {} messages, room is for {}: {message}", self.messages.len(), self.size)
    }

    /// The message that has waited longest.
    fn recv(&mut self) -> Option<String> {
        todo!("take a message out, if there is one")
    }
}

fn main() {
    println!("cargo test --example exercise_3");
}

#[cfg(test)]
#[path = "exercise_3_tests.rs"]
mod tests;
