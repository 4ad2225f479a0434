//! Measures the steps of components, and reports who holds the processor too long.
//!
//! *Differs from Kamaelia:* there nothing says which component makes all others wait.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context as PollContext, Poll};
use std::time::Duration;

use crate::kernel::outside::{Kind, Stopwatch, Watchdog, Watched};
use crate::kernel::system::{Failure, System, Task};

/// The code of a component, each step of which is measured.
struct Measured {
    task: Task,
    index: u32,
    limit: Duration,
    system: Rc<System>,
    /// `None` if there was no thread for it.
    watched: Option<Arc<Watched>>,
}

/// Measures each step of a component's code.
pub(super) fn measured(
    task: Task,
    index: u32,
    limit: Duration,
    system: &Rc<System>,
    watchdog: Option<&Watchdog>,
) -> Task {
    let watched = watchdog.map(Watchdog::watched);
    Box::pin(Measured { task, index, limit, system: Rc::clone(system), watched })
}

/// Tells the watchdog that a step is over, even if it panics.
struct Watching<'a>(&'a Watched);

impl Drop for Watching<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl Future for Measured {
    type Output = Failure;

    fn poll(mut self: Pin<&mut Self>, context: &mut PollContext<'_>) -> Poll<Failure> {
        let watched = self.watched.clone();
        let watching = watched.as_ref().map(|watched| {
            watched.begin(&self.system.with(|state| Arc::clone(&state.record(self.index).identity)));
            Watching(watched)
        });
        let watch = Stopwatch::start();
        let polled = self.task.as_mut().poll(context);
        let taken = watch.elapsed();
        drop(watching);
        if taken > self.limit {
            self.report(taken);
        }
        polled
    }
}

impl Measured {
    /// Reports the component, once.
    fn report(&self, taken: Duration) {
        let reported =
            |record: &mut crate::kernel::system::Record| std::mem::replace(&mut record.reported, true);
        if !self.system.with(|state| reported(state.record_mut(self.index)))
            && let Some(more) = self.system.admits(Kind::LongSteps)
        {
            let (_, path) = self.system.who(self.index);
            log::warn!(target: "axon", "{path} held the processor for {taken:?} in one step{more}");
        }
    }
}
