//! How the scheduler sleeps when nothing is runnable.
//!
//! The scheduler itself does no I/O. A component that does I/O installs a [`Park`] of its own, so that the scheduler
//! sleeps in the wait for I/O: one thread, and no hand-over per event.
//!
//! *Differs from Kamaelia:* there the scheduler waits on a queue in steps of 10 ms, and the Selector
//! waits in a thread of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

/// A way to sleep until something happens.
///
/// # The contract
///
/// - `park` returns when the limit is over, when an unparker was used since the last return, or when
///   what the implementation watches has happened. It may return early for no reason.
/// - An `unpark` before `park` makes that `park` return immediately: no wake is lost between the two.
/// - `park` with a limit of zero looks at what is watched, and does not wait.
/// - Before `park` returns, the components concerned are woken through their wakers.
pub trait Park: 'static {
    /// Sleeps for at most `limit`; without a limit, until something happens.
    fn park(&mut self, limit: Option<Duration>);

    /// What ends the sleep from another thread.
    fn unparker(&self) -> Arc<dyn Unpark>;

    /// Whether something outside can end the sleep, for example a registered descriptor. While it is true, a run in
    /// which all components sleep is not reported as stuck.
    fn is_watching(&self) -> bool;
}

/// Ends a [`Park::park`] from any thread.
pub trait Unpark: Send + Sync {
    /// Makes the current `park`, or else the next one, return.
    fn unpark(&self);
}

/// The default: the scheduler's thread sleeps, and watches nothing.
pub(in crate::kernel) struct ThreadPark {
    bell: Arc<Bell>,
}

struct Bell {
    sleeper: Thread,
    rung: AtomicBool,
}

impl ThreadPark {
    pub(in crate::kernel) fn new() -> Self {
        ThreadPark { bell: Arc::new(Bell { sleeper: thread::current(), rung: AtomicBool::new(false) }) }
    }
}

impl Park for ThreadPark {
    fn park(&mut self, limit: Option<Duration>) {
        if self.bell.rung.swap(false, Ordering::SeqCst) || limit == Some(Duration::ZERO) {
            return;
        }
        match limit {
            Some(limit) => thread::park_timeout(limit),
            None => thread::park(),
        }
        self.bell.rung.store(false, Ordering::SeqCst);
    }

    fn unparker(&self) -> Arc<dyn Unpark> {
        Arc::clone(&self.bell) as Arc<dyn Unpark>
    }

    fn is_watching(&self) -> bool {
        false
    }
}

impl Unpark for Bell {
    fn unpark(&self) {
        self.rung.store(true, Ordering::SeqCst);
        self.sleeper.unpark();
    }
}
