//! Measures the steps of components, and reports who holds the processor too long.
//!
//! *Differs from Kamaelia:* there nobody tells which component makes all others wait.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context as PollContext, Poll};
use std::time::Duration;

use super::clock::Stopwatch;
use super::state::{Failure, Task};
use super::system::System;

/// The code of a component, each step of which is measured.
struct Measured {
    task: Task,
    index: u32,
    limit: Duration,
    system: Rc<System>,
}

/// Measures each step of a component's code.
pub(super) fn measured(task: Task, index: u32, limit: Duration, system: &Rc<System>) -> Task {
    Box::pin(Measured { task, index, limit, system: Rc::clone(system) })
}

impl Future for Measured {
    type Output = Failure;

    fn poll(mut self: Pin<&mut Self>, context: &mut PollContext<'_>) -> Poll<Failure> {
        let watch = Stopwatch::start();
        let polled = self.task.as_mut().poll(context);
        let taken = watch.elapsed();
        if taken > self.limit {
            self.report(taken);
        }
        polled
    }
}

impl Measured {
    /// Reports the component, once.
    fn report(&self, taken: Duration) {
        let reported = |record: &mut super::state::Record| std::mem::replace(&mut record.reported, true);
        if !self.system.with(|state| reported(state.record_mut(self.index))) {
            let (_, path) = self.system.who(self.index);
            log::warn!(target: "axon", "{path} held the processor for {taken:?} in one step");
        }
    }
}
