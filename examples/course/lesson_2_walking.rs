//! Lesson 2, walking: a scheduler gives many of them a step each, again and again.
//!
//! `cargo run --example lesson_2_walking`; the page is `docs/course/2-walking.md`.

use std::future::{Future, poll_fn};
use std::mem::{replace, take};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

type Microprocess = Pin<Box<dyn Future<Output = ()>>>;

#[derive(Default)]
struct Scheduler {
    /// Who gets a step in the next pass, in this order.
    queue: Vec<Microprocess>,
}

impl Scheduler {
    fn activate(&mut self, microprocess: impl Future<Output = ()> + 'static) {
        self.queue.push(Box::pin(microprocess));
    }

    /// Gives everybody a step, in pass after pass, until all have ended.
    fn run(&mut self) {
        let mut nobody_waits = Context::from_waker(Waker::noop());
        while !self.queue.is_empty() {
            for mut microprocess in take(&mut self.queue) {
                if microprocess.as_mut().poll(&mut nobody_waits).is_pending() {
                    self.queue.push(microprocess);
                }
            }
        }
    }
}

fn others_turn() -> impl Future<Output = ()> {
    let mut was_asked = false;
    poll_fn(move |_| if replace(&mut was_asked, true) { Poll::Ready(()) } else { Poll::Pending })
}

async fn say(word: &'static str, times: u32) {
    for _ in 0..times {
        println!("{word}");
        others_turn().await;
    }
    println!("{word} has ended");
}

fn main() {
    let mut scheduler = Scheduler::default();
    scheduler.activate(say("tick", 3));
    scheduler.activate(say("    tock", 2));
    scheduler.run();
}
