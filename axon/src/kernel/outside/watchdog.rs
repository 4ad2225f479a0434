//! Reports a step that does not return, while it lasts. It has a thread of its own, since the scheduler's is held up,
//! and exists only if a step limit is set.

use std::collections::HashSet;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{io, thread};

use super::clock::Stopwatch;
use super::log_limit::LogLimit;
use crate::kernel::id::{ComponentId, Identity};

/// For how many components it is remembered that they were reported.
const MOST_TOLD: usize = 10_000;

/// What the scheduler and its watchdog share.
pub(in crate::kernel) struct Watched {
    inside: Mutex<Inside>,
    bell: Condvar,
    limit: Duration,
}

#[derive(Default)]
struct Inside {
    step: Option<Step>,
    /// The watchdog waits for a step to begin, without a limit.
    sleeps: bool,
    is_over: bool,
    /// The components that were reported: each is reported once.
    told: HashSet<ComponentId>,
    log: LogLimit,
}

/// The step that runs.
struct Step {
    of: Arc<Identity>,
    watch: Stopwatch,
    was_told: bool,
}

/// The thread ends with this.
pub(in crate::kernel) struct Watchdog(Arc<Watched>);

impl Watchdog {
    /// Begins to watch the steps of this thread.
    pub(in crate::kernel) fn start(limit: Duration, thread: thread::Builder) -> io::Result<Self> {
        let watched = Arc::new(Watched { inside: Mutex::default(), bell: Condvar::new(), limit });
        let shared = Arc::clone(&watched);
        thread.name("axon watchdog".to_owned()).spawn(move || shared.watch())?;
        Ok(Watchdog(watched))
    }

    pub(in crate::kernel) fn watched(&self) -> Arc<Watched> {
        Arc::clone(&self.0)
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.0.lock().is_over = true;
        self.0.bell.notify_one();
    }
}

impl Watched {
    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A step of this component begins.
    pub(in crate::kernel) fn begin(&self, of: &Arc<Identity>) {
        let mut inside = self.lock();
        inside.step = Some(Step { of: Arc::clone(of), watch: Stopwatch::start(), was_told: false });
        if std::mem::take(&mut inside.sleeps) {
            drop(inside);
            self.bell.notify_one();
        }
    }

    /// The step is over.
    pub(in crate::kernel) fn end(&self) {
        let step = self.lock().step.take();
        drop(step);
    }

    /// What the thread does: it wakes about once per limit while components run, and not at all while none does.
    fn watch(&self) {
        let mut inside = self.lock();
        while !inside.is_over {
            let wait = match &mut inside.step {
                None => {
                    inside.sleeps = true;
                    None
                }
                // There is no more to report; the next step is watched anew.
                Some(step) if step.was_told => Some(self.limit),
                Some(step) => match self.limit.checked_sub(step.watch.elapsed()) {
                    Some(left) if !left.is_zero() => Some(left),
                    _ => {
                        step.was_told = true;
                        let (of, lasts) = (Arc::clone(&step.of), step.watch.elapsed());
                        if inside.told.len() == MOST_TOLD {
                            inside.told.clear();
                        }
                        if !inside.told.insert(of.id) {
                            continue;
                        }
                        let Some(more) = inside.log.admit_now() else { continue };
                        drop(inside);
                        log::warn!(
                            target: "axon",
                            "{of} (made at {}) has been in one step for {lasts:?}, which has not ended: \
                             no other component gets a turn{more}",
                            of.made_at
                        );
                        drop(of);
                        inside = self.lock();
                        continue;
                    }
                },
            };
            inside = match wait {
                None => self.bell.wait(inside).unwrap_or_else(PoisonError::into_inner),
                Some(time) => self.bell.wait_timeout(inside, time).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
    }
}
