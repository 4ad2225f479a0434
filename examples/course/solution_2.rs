//! A solution of exercise 2.

use std::future::{Future, poll_fn};
use std::mem::{replace, take};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

type Microprocess = Pin<Box<dyn Future<Output = ()>>>;

#[derive(Default)]
struct Scheduler {
    queue: Vec<Microprocess>,
}

impl Scheduler {
    fn activate(&mut self, microprocess: impl Future<Output = ()> + 'static) {
        self.queue.push(Box::pin(microprocess));
    }

    fn run(&mut self, most: usize) -> usize {
        let mut nobody_waits = Context::from_waker(Waker::noop());
        for passes in 0..most {
            if self.queue.is_empty() {
                return passes;
            }
            for mut microprocess in take(&mut self.queue) {
                if microprocess.as_mut().poll(&mut nobody_waits).is_pending() {
                    self.queue.push(microprocess);
                }
            }
        }
        most
    }
}

fn others_turn() -> impl Future<Output = ()> {
    let mut was_asked = false;
    poll_fn(move |_| if replace(&mut was_asked, true) { Poll::Ready(()) } else { Poll::Pending })
}

#[path = "exercise_2_tests.rs"]
mod tests;
