//! Runs the active components, pass by pass, and sleeps when none is awake.
//!
//! Ported from `Axon.Scheduler`.
//!
//! *Differs from Kamaelia:* a scheduler is a value that somebody owns, so there may be several; it
//! sleeps in one place (see [`Park`]) instead of waiting in steps; it ends with an error when all sleep
//! and nothing can wake them; and a component's failure or panic is an error that names it.

use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context as PollContext, Poll, Waker};
use std::time::Duration;
use std::{fmt, thread};

use crossbeam_channel::Receiver;

use super::builder::SchedulerBuilder;
use super::idle::Idle;
use super::orderly::OrderlyStop;
use super::remote::{Remote, Stopper};
use super::step_limit::measured;
use crate::kernel::boxes::make_room;
use crate::kernel::cold_path::cold_path;
use crate::kernel::error::{Cause, RunError};
use crate::kernel::outside::{Alarm, Call, Kind, Park, Stopwatch, ThreadPark, Watchdog};
use crate::kernel::queue::{Pace, Reasons};
use crate::kernel::safely::safely;
use crate::kernel::system::{Failure, NewPark, StopOrder, System, Task, TaskSlot};

/// For how many new components room is kept.
const ARRIVALS_KEPT: usize = 1024;

/// Runs components, one step each per pass, in the order in which they were activated.
///
/// A scheduler belongs to one thread:
///
/// ```compile_fail
/// fn needs_send<T: Send>() {}
/// needs_send::<axon::Scheduler>();
/// ```
///
/// # Examples
///
/// ```
/// use axon::{Context, Scheduler};
///
/// struct Hello;
/// impl axon::Component for Hello {
///     async fn main(&mut self, cx: &Context) -> axon::Result {
///         cx.yield_now().await;
///         Ok(())
///     }
/// }
/// let mut scheduler = Scheduler::new();
/// let hello = scheduler.activate(Hello);
/// scheduler.run()?;
/// assert!(hello.is_stopped());
/// # Ok::<(), axon::RunError>(())
/// ```
#[doc(alias = "scheduler")]
#[must_use = "a scheduler runs nothing until `run`"]
pub struct Scheduler {
    pub(in crate::kernel) system: Rc<System>,
    /// By the place of the microprocess.
    pub(super) tasks: Vec<Option<Running>>,
    calls: Receiver<Call<System>>,
    pub(super) park: Box<dyn Park>,
    slow_motion: Option<Duration>,
    step_limit: Option<Duration>,
    /// If there is a step limit, and a thread for it.
    watchdog: Option<Watchdog>,
    pub(super) pace: Pace,
    /// Whether one pass may follow another without checking anything else.
    walks_on: bool,
    pub(super) activations: u64,
    /// The orderly stop that has begun.
    pub(super) orderly: Option<OrderlyStop>,
    /// The component that could last be woken from outside; it is checked first the next time.
    pub(super) last_wakeable: u32,
    /// The last component that was found to belong to no service.
    pub(super) last_user: u32,
    /// Whether it was said that only a remote can wake a component.
    pub(super) told_of_remotes: bool,
    /// Wakes the outer loop when a timer is due, if there is an outer loop.
    pub(super) alarm: Option<Alarm>,
}

pub(in crate::kernel) struct Running {
    task: Task,
    waker: Waker,
}

impl Scheduler {
    pub(super) fn with(
        system: Rc<System>,
        calls: Receiver<Call<System>>,
        park: Box<dyn Park>,
        slow_motion: Option<Duration>,
        step_limit: Option<Duration>,
    ) -> Self {
        Scheduler {
            system,
            tasks: Vec::new(),
            calls,
            park,
            slow_motion,
            watchdog: step_limit.and_then(watchdog),
            step_limit,
            pace: Pace::new(),
            walks_on: false,
            activations: 0,
            orderly: None,
            last_wakeable: 0,
            last_user: 0,
            told_of_remotes: false,
            alarm: None,
        }
    }

    /// A scheduler with the machine's clock, on this thread.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// A scheduler with options.
    pub fn builder() -> SchedulerBuilder {
        SchedulerBuilder::default()
    }

    /// Runs until no component is left. Can be called again.
    ///
    /// # Errors
    ///
    /// - [`RunError::Failed`] when a component failed, unless the scheduler is immortal;
    /// - [`RunError::Stuck`] when all sleep and nothing can wake them: no timer, no registered
    ///   descriptor, no live waker or [`Remote`];
    /// - [`RunError::Unfinished`] when components had not ended by the deadline of an orderly stop, or
    ///   threads of stopped components not in the time that a run waits for them.
    ///
    /// In each case all components are stopped first, in the reverse order of their activation.
    #[doc(alias = "runThreads")]
    pub fn run(&mut self) -> Result<(), RunError> {
        self.system.inbound.hang(self.park.unparker());
        self.system.threads.take_late();
        self.system.budget.begin(self.pace.begin(&self.system.clock));
        self.system.inbound.begin_to_run();
        let over = self.run_on();
        self.system.inbound.cease_to_run();
        over
    }

    /// Runs, and sleeps when there is nothing to do, until no component is left.
    fn run_on(&mut self) -> Result<(), RunError> {
        loop {
            self.walks_on = self.slow_motion.is_none() && self.orderly.is_none();
            let ran = self.run_some();
            self.walks_on = false;
            if ran? {
                continue;
            }
            match self.rest()? {
                Idle::Done => return self.wait_for_threads(),
                Idle::Again => {}
                Idle::Until(time) => {
                    let now = || self.system.clock.now();
                    self.sleep(time.map(|time| time.saturating_duration_since(now())));
                }
                Idle::Among(others) => {
                    let stuck = match self.system.inbound.fall_asleep(others) {
                        Some(deadlock) => self.is_in(&deadlock),
                        None => {
                            self.sleep(None);
                            None
                        }
                    };
                    self.system.inbound.wake_up();
                    if let Some(error) = stuck {
                        return Err(error);
                    }
                }
            }
        }
    }

    /// Sleeps until something was left for it, but no longer than this.
    fn sleep(&mut self, limit: Option<Duration>) {
        if self.system.inbound.cease_to_run() {
            self.park.park(limit);
        }
        self.system.inbound.begin_to_run();
        self.wake_up();
    }

    /// The scheduler has slept.
    pub(super) fn wake_up(&mut self) {
        let System { budget, clock, .. } = &*self.system;
        budget.begin(self.pace.slept(budget.began(), clock));
    }

    /// Runs one pass: one step of each component that is awake. False if none was.
    ///
    /// # Errors
    ///
    /// As [`Scheduler::run`], without [`RunError::Stuck`].
    pub fn run_pass(&mut self) -> Result<bool, RunError> {
        self.run_some()
    }

    /// A component that fails is from now on logged and counts as ended; the run goes on.
    pub fn immortalise(&self) {
        self.system.immortal.set(true);
    }

    /// A component that fails ends the run again: the default.
    pub fn mortalise(&self) {
        self.system.immortal.set(false);
    }

    /// A handle with which other threads can activate, wake, deliver and stop. While one exists, a run
    /// in which all sleep waits for it.
    #[must_use]
    pub fn remote(&self) -> Remote {
        Remote::new(&self.system.inbound)
    }

    /// What stops this scheduler from another thread, and keeps no run alive.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        Stopper::new(&self.system.inbound)
    }

    /// One pass, with what comes before it. False if nobody was awake.
    pub(super) fn run_some(&mut self) -> Result<bool, RunError> {
        if self.system.attention.get() || self.system.inbound.is_rung() {
            self.attend()?;
        }
        if self.orderly.is_some() {
            self.go_on_to_end()?;
        }
        let traces = log::max_level() == log::LevelFilter::Trace || !self.system.taps.is_empty();
        self.system.traces.set(traces);
        let mut state = self.system.borrow();
        state.is_busy = !(self.walks_on && state.timers.is_empty() && state.offers.is_empty());
        state.interrupted |=
            self.system.budget.began().is_some() || !state.meters.is_empty() || state.awaits_held_turn();
        if !state.timers.is_empty() {
            let now = self.system.clock.now();
            while let Some(index) = state.timers.fire(now) {
                state.run.wake(index, Reasons::TIMER);
            }
        }
        if !state.offers.is_empty() {
            state.close_offers(false);
        }
        if !state.backpressure.is_idle() {
            // While a component is suspended, each pass begins here.
            state.is_busy = true;
            let now = self.system.clock.now();
            state.look_between_passes(now);
        }
        if !state.run.begin_pass() {
            return Ok(false);
        }
        drop(state);
        if let Some(delay) = self.slow_motion {
            self.system.clock.dawdle(delay);
        }
        self.pass()?;
        if self.pace.is_reading_due() && self.pace.is_look_due(&self.system.budget, &self.system.clock) {
            self.pace.looked();
            // If no component is awake, the sleep that follows polls the park.
            if self.system.with(|state| state.run.has_awake()) {
                self.park.park(Some(Duration::ZERO));
            }
        }
        Ok(true)
    }

    /// Carries out the calls of other threads, and what components asked for: new components, orders to stop, a new
    /// park.
    #[cold]
    fn attend(&mut self) -> Result<(), RunError> {
        if self.system.inbound.answer() {
            while let Ok(call) = self.calls.try_recv() {
                match call {
                    Call::Wake(pid) => self.system.rung(pid),
                    Call::Release(pid) => self.system.released(pid),
                    Call::Do(work) => {
                        if let Err(text) = safely(|| work.run(&self.system))
                            && let Some(more) = self.system.admits(Kind::Panics)
                        {
                            log::error!(target: "axon", "what another thread asked for panicked: {text}{more}");
                        }
                    }
                }
            }
        }
        self.system.release_forsaken();
        // What the calls and the releases have asked for is done below.
        self.system.attention.set(false);
        if let Some(new) = self.system.new_park.take() {
            self.park = match new {
                NewPark::Install(park) => park,
                NewPark::Remove => Box::new(ThreadPark::new()),
            };
            self.system.inbound.hang(self.park.unparker());
        }
        self.install_arrivals();
        self.drop_doomed()?;
        match self.system.stop.take() {
            None => {}
            Some(StopOrder::AtOnce) => self.stop(),
            Some(StopOrder::Within(time)) => self.begin_to_end(time),
        }
        Ok(())
    }

    pub(super) fn install_arrivals(&mut self) {
        let mut arrivals = self.system.with(|state| std::mem::take(&mut state.arrivals));
        for (index, task) in arrivals.drain(..) {
            self.activations += 1;
            let waker = self.system.with(|state| {
                let record = state.record_mut(index);
                record.code = TaskSlot::Given(self.activations);
                Waker::from(Arc::clone(&record.identity))
            });
            let places = index as usize + 1;
            if let Some(missing) = places.checked_sub(self.tasks.len()) {
                make_room(&mut self.tasks, missing);
                self.tasks.resize_with(places, || None);
            }
            let task = match self.step_limit {
                Some(limit) => measured(task, index, limit, &self.system, self.watchdog.as_ref()),
                None => task,
            };
            self.tasks[index as usize] = Some(Running { task, waker });
        }
        arrivals.shrink_to(ARRIVALS_KEPT);
        self.system.with(|state| state.arrivals = arrivals);
    }

    /// How many places for the code of components there are, empty ones included.
    #[cfg(test)]
    pub(in crate::kernel) fn places_of_tasks(&self) -> usize {
        self.tasks.len()
    }

    /// Runs one step of each component that is awake.
    fn pass(&mut self) -> Result<(), RunError> {
        loop {
            // Panics are caught once around the whole walk, which costs less than once per step.
            match safely(|| self.walk()) {
                Ok(Walk::Over) => return Ok(()),
                Ok(Walk::Ended(None)) => self.finish(Ok(()))?,
                Ok(Walk::Ended(Some(error))) => self.finish(Err(Cause::Error(*error)))?,
                Ok(Walk::Discarded) => self.drop_doomed()?,
                Err(text) => self.finish(Err(Cause::Panic(text)))?,
            }
        }
    }

    /// Walks on along the pass, and along the passes after it, until a component has ended or there is something else
    /// to do.
    fn walk(&mut self) -> Walk {
        let system = &*self.system;
        let mut state = system.borrow();
        // Only while somebody measures the steps.
        let mut watch = (!state.meters.is_empty()).then(Stopwatch::start);
        let mut next = state.run.next();
        drop(state);
        loop {
            let Some(index) = next else { return Walk::Over };
            let running = self.tasks[index as usize].as_mut().expect("who is awake has code");
            system.wait.set(system.budget.fresh());
            let polled = running.task.as_mut().poll(&mut PollContext::from_waker(&running.waker));
            if let Poll::Ready(failure) = polled {
                if let Some(watch) = watch {
                    system.with(|state| state.add_cost(index, watch.elapsed(), true));
                }
                return Walk::Ended(failure);
            }
            let mut state = system.borrow();
            if state.interrupted {
                cold_path();
                if let Some(began) = system.budget.began() {
                    system.budget.begin(self.pace.measure(began, &system.clock));
                }
                watch = state.measure_step(index, watch);
                // While steps are measured, each comes through here.
                state.interrupted = system.budget.began().is_some() || watch.is_some();
                // Its own step may have stopped it.
                if state.run.is_active(index) {
                    state.run.settle(index, system.wait.get());
                    state.suspend_if_asked(index);
                    state.hold_again(index);
                }
                state.interrupted |= state.awaits_held_turn();
                if !state.discarded.is_empty() {
                    return Walk::Discarded;
                }
            } else {
                state.run.settle(index, system.wait.get());
            }
            next = state.run.next();
            // The next pass begins here if nothing else is due, so that short passes do not leave this loop.
            if next.is_none() {
                self.pace.count(state.run.length());
                if !self.pace.is_reading_due() && system.is_quiet(&state) {
                    state.run.begin_pass();
                    next = state.run.next();
                }
            }
        }
    }
}

/// A watchdog, if the system has a thread for it.
fn watchdog(limit: Duration) -> Option<Watchdog> {
    match Watchdog::start(limit, thread::Builder::new()) {
        Ok(watchdog) => Some(watchdog),
        Err(error) => {
            log::warn!(target: "axon", "long steps are reported only after they have ended: no thread could be started to watch them: {error}");
            None
        }
    }
}

/// Why a walk along the pass was interrupted.
enum Walk {
    /// It was not: the pass is over.
    Over,
    /// The component whose step it was has ended.
    Ended(Failure),
    /// A component was stopped.
    Discarded,
}

impl Default for Scheduler {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Scheduler {
    fn drop(&mut self) {
        self.stop();
    }
}

impl fmt::Debug for Scheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (active, pass) = self.system.with(|state| (state.active, state.run.pass()));
        f.debug_struct("Scheduler").field("active", &active).field("pass", &pass).finish_non_exhaustive()
    }
}
