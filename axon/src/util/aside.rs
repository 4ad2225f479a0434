//! Runs calls that may block on threads beside the scheduler: opening a FIFO, reading a device, writing to
//! a stopped terminal.
//!
//! All components of a scheduler share the threads, which are a value of its tracker. A thread is used for
//! as long as a call lasts, and kept for a short while afterwards. Nothing here waits for a thread: a
//! component that needs a result waits for the result.
//!
//! *Differs from Kamaelia:* such calls do not block the scheduler.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::{Context, LogLimit};

/// How many calls may run at a time. Further calls wait. Since each may block for ever, the number is
/// large.
const MOST_THREADS: usize = 512;

/// How long a thread without work is kept.
const KEPT_FOR: Duration = Duration::from_secs(1);

/// The name of the value that holds the threads.
const THREADS: &str = "axon.util threads aside";

type Work = Box<dyn FnOnce() + Send>;

/// The threads of a scheduler for calls that may block.
#[derive(Clone)]
pub(super) struct Aside(Arc<Pool>);

#[derive(Default)]
struct Pool {
    state: Mutex<State>,
    work_has_come: Condvar,
}

#[derive(Default)]
struct State {
    /// Work that no thread has begun yet, in order.
    line: VecDeque<Work>,
    threads: usize,
    /// Invariant: never more than `threads`.
    idle: usize,
    log: LogLimit,
}

impl Aside {
    /// The threads of this component's scheduler.
    pub(super) fn of(cx: &Context) -> Self {
        shared(cx, THREADS, || Aside(Arc::default()))
    }

    /// Runs `work` on one of the threads. It reports its result itself.
    ///
    /// # Errors
    ///
    /// If no thread can be started.
    pub(super) fn run(&self, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let Aside(pool) = self;
        let mut state = pool.lock();
        if state.idle <= state.line.len() {
            if state.threads < MOST_THREADS {
                let serving = Arc::clone(pool);
                let started =
                    thread::Builder::new().name("axon-aside".to_owned()).spawn(move || serve(&serving));
                match started {
                    Ok(_) => state.threads += 1,
                    Err(error) if state.threads == 0 => return Err(error),
                    Err(error) => {
                        if let Some(more) = state.log.admit_now() {
                            log::warn!("no further thread for calls that may block: {error}{more}");
                        }
                    }
                }
            } else if state.line.is_empty()
                && let Some(more) = state.log.admit_now()
            {
                log::warn!(
                    "{MOST_THREADS} calls that may block are under way: further ones wait in line{more}"
                );
            }
        }
        state.line.push_back(Box::new(work));
        drop(state);
        pool.work_has_come.notify_one();
        Ok(())
    }
}

/// A value that all components of a scheduler share under this name.
pub(super) fn shared<T: Clone + 'static>(cx: &Context, name: &str, make: impl FnOnce() -> T) -> T {
    cx.tracker().retrieve_value(name).unwrap_or_else(|_| {
        let made = make();
        if let Err(error) = cx.tracker().track_value(name, made.clone()) {
            log::warn!("{} cannot share {name:?} with others: {error}", cx.name());
        }
        made
    })
}

/// What each thread does.
fn serve(pool: &Pool) {
    let mut state = pool.lock();
    loop {
        if let Some(work) = state.line.pop_front() {
            drop(state);
            let has_panicked = catch_unwind(AssertUnwindSafe(work)).is_err();
            state = pool.lock();
            if has_panicked && let Some(more) = state.log.admit_now() {
                log::error!("a call that may block has panicked{more}");
            }
            continue;
        }
        state.idle += 1;
        let waited = pool.work_has_come.wait_timeout(state, KEPT_FOR);
        let (now, time) = waited.unwrap_or_else(PoisonError::into_inner);
        state = now;
        state.idle -= 1;
        if time.timed_out() && state.line.is_empty() {
            state.threads -= 1;
            return;
        }
    }
}

impl Pool {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes a call that may panic on a thread where the panic would go unnoticed: a panic becomes an error.
pub(super) fn caught<T>(call: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| {
        let text = (panic.downcast_ref::<String>().cloned())
            .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(io::Error::other(format!("panicked: {}", text.unwrap_or_default())))
    })
}
