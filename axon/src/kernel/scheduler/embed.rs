//! A scheduler as a future, so that it can run inside another loop.
//!
//! *Differs from Kamaelia:* there a scheduler is itself a microprocess, but one that never gives control
//! back while all its components sleep (B4).

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as PollContext, Poll, Waker};
use std::thread;
use std::time::Instant;

use super::idle::Idle;
use super::passes::Scheduler;
use crate::kernel::error::RunError;
use crate::kernel::outside::{Alarm, Stopwatch, Unpark, time_after};
use crate::kernel::queue::SLICE;

/// How many passes it makes before it gives the outer loop a turn, unless they take longer than a slice.
const PASSES_A_POLL: usize = 64;

/// Runs until no component is left, as [`Scheduler::run`] does, and sleeps by returning to the outer
/// loop, which it wakes when there is something to do. Timers are waited for by a thread, made with the
/// first of them.
///
/// A park that watches something, such as that of the network's Selector, is polled whenever the future is polled.
/// While it watches, the same thread wakes the outer loop a hundred times a second for this.
impl Future for Scheduler {
    type Output = Result<(), RunError>;

    fn poll(mut self: Pin<&mut Self>, outer: &mut PollContext<'_>) -> Poll<Self::Output> {
        self.system.inbound.hang(Arc::new(Bell(outer.waker().clone())));
        self.wake_up();
        self.system.inbound.begin_to_run();
        let polled = self.run_some_passes(outer);
        if !self.system.inbound.cease_to_run() {
            outer.waker().wake_by_ref();
        }
        polled
    }
}

impl Scheduler {
    /// Runs some passes, or until there is nothing to do.
    fn run_some_passes(&mut self, outer: &mut PollContext<'_>) -> Poll<Result<(), RunError>> {
        let scheduler = self;
        let watch = Stopwatch::start();
        for _ in 0..PASSES_A_POLL {
            if scheduler.run_some()? {
                if watch.elapsed() >= SLICE {
                    scheduler.system.budget.begin(scheduler.pace.begin(&scheduler.system.clock));
                    scheduler.park.park(Some(std::time::Duration::ZERO));
                    break;
                }
                continue;
            }
            if scheduler.park.is_watching() {
                scheduler.park.park(Some(std::time::Duration::ZERO));
            }
            let time = match scheduler.rest()? {
                Idle::Done => return Poll::Ready(scheduler.wait_for_threads()),
                Idle::Again => continue,
                Idle::Until(time) => time,
                // The outer loop can do what other schedulers do not.
                Idle::Among(_) => None,
            };
            if scheduler.system.inbound.is_rung() {
                continue;
            }
            let now = scheduler.system.clock.now();
            let look = scheduler.park.is_watching().then_some(time_after(now, WATCH_INTERVAL));
            if let Some(time) = time.into_iter().chain(look).min() {
                scheduler.set_alarm(time, outer.waker())?;
            }
            return Poll::Pending;
        }
        outer.waker().wake_by_ref();
        Poll::Pending
    }

    /// Arranges for the outer loop to be woken at this time.
    fn set_alarm(&mut self, time: Instant, outer: &Waker) -> Result<(), RunError> {
        if self.alarm.is_none() {
            self.alarm = match Alarm::new(thread::Builder::new()) {
                Ok(alarm) => Some(alarm),
                Err(error) => {
                    self.stop();
                    return Err(RunError::NoThread { wanted: "to wait for the timers", error });
                }
            };
        }
        if let Some(alarm) = &self.alarm {
            alarm.set(time, outer);
        }
        Ok(())
    }
}

/// How often a park that watches something is polled.
const WATCH_INTERVAL: std::time::Duration = std::time::Duration::from_millis(10);

/// Wakes the outer loop.
struct Bell(Waker);

impl Unpark for Bell {
    fn unpark(&self) {
        self.0.wake_by_ref();
    }
}
