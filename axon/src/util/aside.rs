//! Runs calls that may block on threads beside the scheduler: opening a FIFO, reading a device, writing to
//! a stopped terminal.
//!
//! All components of a scheduler share the threads, which are a value of its tracker. A thread is used for
//! as long as a call lasts, and kept for a short while afterwards. Nothing here waits for a thread: a
//! component that needs a result waits for the result.
//!
//! *Differs from Kamaelia:* such calls do not block the scheduler.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
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
pub(crate) struct Aside(Arc<Pool>);

struct Pool {
    /// How many threads there may be. If there is no limit, a call for which no thread can be started fails at
    /// once: it is never behind others.
    most: Option<usize>,
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
    pub(crate) fn of(cx: &Context) -> Self {
        shared(cx, THREADS, || Aside::of_at_most(Some(MOST_THREADS)))
    }

    /// Threads for calls that wait for each other or for ever, such as those that read and write the pipes of child
    /// processes.
    #[cfg(all(unix, any(feature = "process", feature = "watch")))]
    pub(crate) fn without_limit(cx: &Context) -> Self {
        shared(cx, "axon.util unlimited threads aside", || Aside::of_at_most(None))
    }

    fn of_at_most(most: Option<usize>) -> Self {
        Aside(Arc::new(Pool { most, state: Mutex::default(), work_has_come: Condvar::new() }))
    }

    /// Runs `work` on one of the threads. It reports its result itself.
    ///
    /// # Errors
    ///
    /// If no thread can be started.
    pub(crate) fn run(&self, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let Aside(pool) = self;
        let mut state = pool.lock();
        if state.idle <= state.line.len() {
            if pool.most.is_none_or(|most| state.threads < most) {
                let serving = Arc::clone(pool);
                let started =
                    thread::Builder::new().name("axon-aside".to_owned()).spawn(move || serve(&serving));
                match started {
                    Ok(_) => state.threads += 1,
                    Err(error) if state.threads == 0 || pool.most.is_none() => return Err(error),
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

/// A call that may block, made on one of the threads. If it is dropped, a call that still blocks is abandoned: its
/// result is dropped when it comes.
pub(crate) struct Call<T>(Arc<Mutex<Answer<T>>>);

struct Answer<T> {
    result: Option<io::Result<T>>,
    /// Wakes the component. `None` after that.
    waker: Option<Waker>,
}

impl<T: Send + 'static> Call<T> {
    /// Makes the call, and wakes the component when it has returned.
    pub(crate) fn start(cx: &Context, call: impl FnOnce() -> io::Result<T> + Send + 'static) -> Self {
        Self::on(&Aside::of(cx), cx.waker(), call).unwrap_or_else(|error| {
            cx.waker().wake();
            Call(Arc::new(Mutex::new(Answer { result: Some(Err(error)), waker: None })))
        })
    }

    /// The same on these threads, for the component that `waker` wakes.
    ///
    /// # Errors
    ///
    /// If no thread can be started.
    pub(crate) fn on(
        aside: &Aside,
        waker: Waker,
        call: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> io::Result<Self> {
        let answer = Arc::new(Mutex::new(Answer { result: None, waker: Some(waker) }));
        let answering = Arc::clone(&answer);
        aside.run(move || tell(&answering, caught(call)))?;
        Ok(Call(answer))
    }

    /// What the call returned, once. `None` if it has not returned yet, or was asked before.
    pub(crate) fn take(&self) -> Option<io::Result<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).result.take()
    }

    /// Waits for the call, whatever the component is told meanwhile.
    pub(crate) async fn returned(self, cx: &Context) -> io::Result<T> {
        loop {
            match self.take() {
                Some(result) => return result,
                None => cx.pause().await,
            }
        }
    }

    /// Waits for the call. `None` if the component is told to stop before it has returned.
    pub(crate) async fn returned_or_stopped(self, cx: &Context) -> Option<io::Result<T>> {
        loop {
            match self.take() {
                _ if cx.is_told_to_stop() => return None,
                Some(result) => return Some(result),
                None => cx.pause().await,
            }
        }
    }
}

fn tell<T>(answer: &Mutex<Answer<T>>, result: io::Result<T>) {
    let mut answer = answer.lock().unwrap_or_else(PoisonError::into_inner);
    answer.result = Some(result);
    let waker = answer.waker.take();
    drop(answer);
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl<T> Drop for Call<T> {
    fn drop(&mut self) {
        // A call that still blocks must not keep the component's waker.
        let waker = self.0.lock().unwrap_or_else(PoisonError::into_inner).waker.take();
        drop(waker);
    }
}

/// A value that all components of a scheduler share under this name.
pub(crate) fn shared<T: Clone + 'static>(cx: &Context, name: &str, make: impl FnOnce() -> T) -> T {
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
pub(crate) fn caught<T>(call: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| {
        let text = (panic.downcast_ref::<String>().cloned())
            .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(io::Error::other(format!("panicked: {}", text.unwrap_or_default())))
    })
}

/// Runs a call that may block on a thread beside the scheduler, and gives its result: for what a component does
/// now and then, such as opening a file. A component that does nothing else is better a
/// [`ThreadedComponent`](crate::ThreadedComponent).
///
/// The threads are those of the components that read and write files. The call begins at once; if the future is
/// dropped, the result is lost.
///
/// # Errors
///
/// That of the call. If it panics, or no thread can be started, an error that says so.
///
/// # Examples
///
/// ```
/// use axon::util::aside;
/// use axon::{Component, Context};
///
/// struct Size;
/// impl Component for Size {
///     async fn main(&mut self, cx: &Context) -> axon::Result {
///         let metadata = aside(cx, || std::fs::metadata("Cargo.toml")).await?;
///         println!("{} bytes", metadata.len());
///         Ok(())
///     }
/// }
/// # axon::run(Size)?;
/// # Ok::<(), axon::RunError>(())
/// ```
pub fn aside<T: Send + 'static, F: FnOnce() -> io::Result<T> + Send + 'static>(
    cx: &Context,
    call: F,
) -> impl Future<Output = io::Result<T>> + use<T, F> {
    let call = Call::start(cx, call);
    poll_fn(move |_| call.take().map_or(Poll::Pending, Poll::Ready))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;
    use crate::{Component, Result};

    /// Calls something that waits until another component has run.
    struct Waits;

    impl Component for Waits {
        async fn main(&mut self, cx: &Context) -> Result {
            let (sender, receiver) = channel();
            let outcome = aside(cx, move || receiver.recv().map_err(io::Error::other));
            cx.activate(Says(Some(sender)));
            assert_eq!(outcome.await?, 7);
            let panicked = aside(cx, || -> io::Result<()> { panic!("out of order") }).await;
            assert!(panicked.unwrap_err().to_string().contains("out of order"));
            Ok(())
        }
    }

    struct Says(Option<std::sync::mpsc::Sender<u32>>);

    impl Component for Says {
        async fn main(&mut self, _: &Context) -> Result {
            Ok(self.0.take().ok_or("once")?.send(7)?)
        }
    }

    #[test]
    fn others_run_while_a_call_blocks_and_a_panic_is_its_error() {
        crate::run(Waits).unwrap();
    }
}
