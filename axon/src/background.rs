//! A scheduler in the background: on a thread of its own, beside a program that does other things.
//!
//! Ported from `Axon.background`.
//!
//! *Differs from Kamaelia:* there may be any number of them; it waits for its first component asleep; and
//! its end, with or without an error, is reported to the thread that joins it.

use std::fmt;
use std::io;
use std::panic::resume_unwind;
use std::sync::mpsc::channel;
use std::thread::{self, JoinHandle, ThreadId};
use std::time::Duration;

use crate::{
    CONTROL, Component, ComponentRef, Context, ProducerFinished, Remote, Result, RunError, Scheduler,
    SchedulerBuilder, error::SchedulerGoneError,
};

/// A scheduler on a thread of its own. Any thread can activate components in it. With a
/// [`Handle`](crate::Handle) a program sends to one of them and receives from it.
///
/// ```text
///   start ──► runs, also without components ──► join: until the last component has ended ──► ended
///                        │                      stop, stop_within: stopped ─────────────────►  ▲
///                        └── a component fails ────────────────────────────────────────────────┘
/// ```
///
/// Dropping it stops the components, without waiting until they have ended.
///
/// # Examples
///
/// ```
/// use axon::prelude::*;
/// use axon::Background;
///
/// let background = Background::start()?;
/// let (send, received) = std::sync::mpsc::channel();
/// background.activate(move || {
///     pipeline![DataSource::new(["hello"]), PureTransformer::new(move |text: &str| {
///         send.send(text.to_uppercase()).ok();
///         None::<()>
///     })]
/// })?;
/// assert_eq!(received.recv()?, "HELLO");
/// background.join()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "background")]
pub struct Background {
    /// `None` after the scheduler was told to end.
    remote: Option<Remote>,
    keeper: ComponentRef,
    /// `None` after it was joined.
    run: Option<JoinHandle<std::result::Result<(), RunError>>>,
}

/// Keeps the run alive until it is told that no more components will be activated.
struct Keeper;

impl Component for Keeper {
    fn kind(&self) -> &'static str {
        "Background"
    }

    async fn main(&mut self, cx: &Context) -> Result {
        while cx.told_to_end().is_none() {
            cx.pause().await;
        }
        Ok(())
    }
}

impl Background {
    /// Starts a scheduler with the usual options.
    ///
    /// # Errors
    ///
    /// If the operating system has no thread to give.
    #[doc(alias = "waitForOne")]
    pub fn start() -> io::Result<Self> {
        Self::start_with(Scheduler::builder())
    }

    /// Starts a scheduler with these options.
    ///
    /// # Errors
    ///
    /// If the operating system has no thread to give.
    pub fn start_with(options: SchedulerBuilder) -> io::Result<Self> {
        let (tell, told) = channel();
        let run = thread::Builder::new().name("Background".to_owned()).spawn(move || {
            let mut scheduler = options.build();
            let keeper = scheduler.activate(Keeper);
            // The caller waits for this message.
            let _ = tell.send((scheduler.remote(), keeper));
            drop(tell);
            scheduler.run()
        })?;
        match told.recv() {
            Ok((remote, keeper)) => Ok(Background { remote: Some(remote), keeper, run: Some(run) }),
            Err(_) => match run.join() {
                Err(panic) => resume_unwind(panic),
                Ok(_) => Err(io::Error::other("the scheduler in the background did not start")),
            },
        }
    }

    /// Activates a component, which is made on the scheduler's thread.
    ///
    /// # Errors
    ///
    /// If the scheduler has ended: [`Background::join`] returns why.
    pub fn activate<C: Component>(
        &self,
        make: impl FnOnce() -> C + Send + 'static,
    ) -> std::result::Result<(), SchedulerGoneError> {
        self.remote.as_ref().ok_or(SchedulerGoneError)?.activate(make)
    }

    /// Another handle to the scheduler. While one lives, a run in which components sleep is not called
    /// stuck, so [`Background::join`] waits.
    ///
    /// # Panics
    ///
    /// Never: only the methods that consume this value give up its own.
    #[must_use]
    pub fn remote(&self) -> Remote {
        self.remote.clone().expect("it is given up only with this value")
    }

    /// Whether the scheduler has ended, with or without an error. If so, [`Background::join`] returns
    /// immediately.
    pub fn has_ended(&self) -> bool {
        self.run.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Waits until all components have ended by themselves.
    ///
    /// # Errors
    ///
    /// What [`Scheduler::run`] returns: a component failed, or all sleep and nothing can wake them.
    pub fn join(mut self) -> std::result::Result<(), RunError> {
        if let Some(remote) = self.remote.take() {
            // If the scheduler is gone, its result is there.
            let _ = remote.deliver(&self.keeper, CONTROL, ProducerFinished::new());
        }
        self.wait()
    }

    /// Stops all components immediately, and waits until they have ended.
    ///
    /// # Errors
    ///
    /// What [`Scheduler::run`] returns.
    pub fn stop(mut self) -> std::result::Result<(), RunError> {
        if let Some(remote) = self.remote.take() {
            let _ = remote.stop();
        }
        self.wait()
    }

    /// Tells all components to end, gives them this much time, and waits until they have ended.
    ///
    /// # Errors
    ///
    /// What [`Scheduler::run`] returns: also [`RunError::Unfinished`], with the names of those that had
    /// not ended.
    pub fn stop_within(mut self, time: Duration) -> std::result::Result<(), RunError> {
        if let Some(remote) = self.remote.take() {
            let _ = remote.stop_within(time);
        }
        self.wait()
    }

    fn wait(&mut self) -> std::result::Result<(), RunError> {
        match self.run.take().map(JoinHandle::join) {
            None => Ok(()),
            Some(Ok(result)) => result,
            Some(Err(panic)) => resume_unwind(panic),
        }
    }

    pub(super) fn thread(&self) -> Option<ThreadId> {
        self.run.as_ref().map(|run| run.thread().id())
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(remote) = self.remote.take() {
            let _ = remote.stop();
        }
        if let Some(Ok(Err(error))) = self.run.take_if(|run| run.is_finished()).map(JoinHandle::join) {
            log::error!(target: "axon", "in the background: {error}");
        }
    }
}

impl fmt::Debug for Background {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Background").field("has_ended", &self.has_ended()).finish_non_exhaustive()
    }
}
