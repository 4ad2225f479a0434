//! Exercise 2 (lesson 2): a scheduler that counts.
//!
//! `cargo test --example exercise_2` says what is missing. Replace the `todo!`.
#![allow(dead_code, clippy::todo, reason = "until it is solved")]

use std::future::{Future, poll_fn};
use std::mem::replace;
use std::pin::Pin;
use std::task::Poll;

type Microprocess = Pin<Box<dyn Future<Output = ()>>>;

#[derive(Default)]
struct Scheduler {
    queue: Vec<Microprocess>,
}

impl Scheduler {
    fn activate(&mut self, microprocess: impl Future<Output = ()> + 'static) {
        self.queue.push(Box::pin(microprocess));
    }

    /// Gives everybody a step, in pass after pass, until all have ended, but no more than `most` passes. Returns how
    /// many passes there were. Who has not ended then goes on when `run` is called again.
    fn run(&mut self, most: usize) -> usize {
        todo!("see `run` in lesson 2; give {} microprocesses at most {most} steps", self.queue.len())
    }
}

fn others_turn() -> impl Future<Output = ()> {
    let mut was_asked = false;
    poll_fn(move |_| if replace(&mut was_asked, true) { Poll::Ready(()) } else { Poll::Pending })
}

fn main() {
    println!("cargo test --example exercise_2");
}

#[cfg(test)]
#[path = "exercise_2_tests.rs"]
mod tests;
