//! Lesson 1, standing: something that does its work in steps.
//!
//! `cargo run --example lesson_1_standing`; the page is `docs/course/1-standing.md`.

use std::future::{Future, poll_fn};
use std::mem::replace;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// Counts from `next` to `last`.
struct Counter {
    next: u32,
    last: u32,
}

impl Counter {
    /// Does one step, and returns whether there is more to do.
    fn step(&mut self) -> bool {
        println!("by hand: {}", self.next);
        self.next += 1;
        self.next <= self.last
    }
}

/// The same, and the compiler makes the steps.
async fn count(last: u32) {
    for number in 1..=last {
        println!("by the compiler: {number}");
        others_turn().await;
    }
}

/// Ends a step: it is not ready when it is asked first, and ready when it is asked again.
fn others_turn() -> impl Future<Output = ()> {
    let mut was_asked = false;
    poll_fn(move |_| if replace(&mut was_asked, true) { Poll::Ready(()) } else { Poll::Pending })
}

fn main() {
    let mut counter = Counter { next: 1, last: 3 };
    while counter.step() {
        println!("    here others can do something");
    }

    let mut counter = pin!(count(3));
    let mut nobody_waits = Context::from_waker(Waker::noop());
    while counter.as_mut().poll(&mut nobody_waits).is_pending() {
        println!("    and here");
    }
}
