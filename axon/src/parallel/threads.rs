//! The threads of a parallel chassis: each runs one stage on a scheduler of its own.

use std::fmt;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::chassis::children_done;
use crate::error::listed_for;
use crate::{
    AnyComponent, Boxes, Component, ComponentRef, Context, IntoComponent, LogLimit, Remote, Result, RunError,
    Scheduler, time_after,
};

use super::failed::StageFailedError;

/// The inbox for the threads' reports to their chassis.
pub(super) const THREADS: &str = "_threads";

/// How long a chassis that fails waits for its threads, after it has told them to stop.
const PATIENCE: Duration = Duration::from_secs(1);

/// Makes a component, on the thread that it will run on.
pub(super) type Factory = Box<dyn FnOnce() -> AnyComponent + Send>;

/// A function that makes a component on another thread.
pub(super) fn factory<C: IntoComponent>(make: impl FnOnce() -> C + Send + 'static) -> Factory {
    Box::new(move || AnyComponent::new(make()))
}

/// What a thread reports.
#[derive(Debug)]
enum Report {
    Ready { place: usize, stage: Stage },
    Over { place: usize, result: std::result::Result<(), RunError> },
}

/// The name of a stage in its chassis.
#[derive(Clone, Debug)]
pub(super) enum StageName {
    /// Its position in a row, from 1.
    Place(usize),
    /// The name that it was given.
    Given(String),
}

impl fmt::Display for StageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StageName::Place(place) => place.fmt(f),
            StageName::Given(name) => name.fmt(f),
        }
    }
}

/// A component on a thread of its own, and its boxes.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    pub(super) it: ComponentRef,
    host: ComponentRef,
    pub(super) inboxes: Vec<String>,
    pub(super) outboxes: Vec<String>,
}

/// All threads of one chassis. Those that still run are told to stop when it is dropped.
pub(super) struct StageThreads {
    threads: Vec<Thread>,
    log: LogLimit,
}

struct Thread {
    /// The name of the stage in the chassis.
    name: StageName,
    remote: Remote,
    stage: Option<Stage>,
    is_over: bool,
}

impl StageThreads {
    /// Starts a thread for each stage, and waits until all stages are made.
    pub(super) async fn start(
        cx: &Context,
        stages: impl IntoIterator<Item = (StageName, Factory)>,
    ) -> Result<Self> {
        let mut threads = StageThreads { threads: Vec::new(), log: LogLimit::default() };
        for (place, (name, factory)) in stages.into_iter().enumerate() {
            let remote = start_thread(cx, place, &name, factory)?;
            threads.threads.push(Thread { name, remote, stage: None, is_over: false });
        }
        while threads.threads.iter().any(|thread| thread.stage.is_none()) {
            threads.look(cx).await?;
            if threads.threads.iter().any(|thread| thread.stage.is_none()) {
                cx.pause().await;
            }
        }
        Ok(threads)
    }

    /// The stages, in the order in which they were added.
    pub(super) fn stages(&self) -> Vec<Stage> {
        self.threads.iter().filter_map(|thread| thread.stage.clone()).collect()
    }

    /// Lets the stages run. Linkages made before are in place when they begin.
    pub(super) fn go(&self) -> Result {
        for thread in &self.threads {
            if let Some(stage) = &thread.stage {
                thread.remote.deliver(&stage.host, "go", Go)?;
            }
        }
        Ok(())
    }

    /// Reads what the threads have reported. Returns false when all have ended.
    pub(super) async fn runs(&mut self, cx: &Context) -> Result<bool> {
        self.look(cx).await?;
        Ok(self.threads.iter().any(|thread| !thread.is_over))
    }

    async fn look(&mut self, cx: &Context) -> Result {
        while let Some((place, result)) = self.hear(cx) {
            if let Err(error) = result {
                let name = self.threads[place].name.to_string();
                self.dismiss(cx).await;
                return Err(StageFailedError::new(cx.name(), name, error).into());
            }
        }
        Ok(())
    }

    /// Handles the reports up to the first end of a stage.
    fn hear(&mut self, cx: &Context) -> Option<(usize, std::result::Result<(), RunError>)> {
        loop {
            match cx.recv(THREADS)?.take::<Report>() {
                Ok(Report::Ready { place, stage }) => self.threads[place].stage = Some(stage),
                Ok(Report::Over { place, result }) => {
                    self.threads[place].is_over = true;
                    return Some((place, result));
                }
                Err(other) => {
                    if let Some(more) = self.log.admit(cx.now()) {
                        log::warn!("{} does not understand {}{more}", cx.name(), other.excerpt());
                    }
                }
            }
        }
    }

    /// Tells all threads to stop, and waits for a short time.
    async fn dismiss(&mut self, cx: &Context) {
        self.stop();
        let until = time_after(cx.now(), PATIENCE);
        loop {
            while self.hear(cx).is_some() {}
            let running = self.threads.iter().filter(|thread| !thread.is_over);
            let names: Vec<String> = running.map(|thread| thread.name.to_string()).collect();
            if names.is_empty() {
                return;
            }
            if cx.now() >= until {
                log::error!("{}: not stopped within {PATIENCE:?}: {}", cx.name(), names.join(", "));
                return;
            }
            cx.pause_until(until).await;
        }
    }

    fn stop(&self) {
        for thread in self.threads.iter().filter(|thread| !thread.is_over) {
            // A thread that is gone has stopped.
            let _ = thread.remote.stop();
        }
    }
}

impl Drop for StageThreads {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Starts one thread, and waits until it has a scheduler.
fn start_thread(cx: &Context, place: usize, name: &StageName, factory: Factory) -> Result<Remote> {
    let (chassis, home) = (cx.me().clone(), cx.remote());
    let (tell, told) = mpsc::sync_channel(1);
    let called = name.clone();
    let work = move || {
        let mut scheduler = Scheduler::new();
        // The chassis and its stages can be stuck together.
        let home = home.held_by(&scheduler.remote());
        let host =
            Host { factory: Some(factory), called, place, chassis: Some((chassis.clone(), home.clone())) };
        scheduler.activate(host);
        let has_started = tell.send(scheduler.remote().held_by(&home)).is_ok();
        drop(tell);
        let result = if has_started { scheduler.run() } else { Ok(()) };
        // Before the thread counts as ended, what its components own is dropped and what they sent is on
        // its way.
        drop(scheduler);
        let _ = home.deliver(&chassis, THREADS, Report::Over { place, result });
    };
    thread::Builder::new().name(format!("{} {name}", cx.name())).spawn(work)?;
    Ok(told.recv()?)
}

/// Lets the stage's thread begin.
#[derive(Debug)]
struct Go;

/// The parent of a stage, on its thread.
struct Host {
    factory: Option<Factory>,
    called: StageName,
    place: usize,
    /// Notified when the stage is made.
    chassis: Option<(ComponentRef, Remote)>,
}

impl Component for Host {
    fn boxes(&self) -> Boxes {
        Boxes::none().inbox("go", "told when the stage is linked")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        if let (Some(factory), Some((chassis, home))) = (self.factory.take(), self.chassis.take()) {
            let it = cx.add_child(factory());
            if let StageName::Given(name) = &self.called {
                cx.call_child(&it, name.as_str());
            }
            let stage = Stage {
                host: cx.me().clone(),
                inboxes: cx.inboxes(&it),
                outboxes: cx.outboxes(&it),
                it: it.clone(),
            };
            home.deliver(&chassis, THREADS, Report::Ready { place: self.place, stage })?;
            drop((chassis, home));
            while cx.recv("go").is_none() {
                cx.pause().await;
            }
            cx.activate(it);
        }
        while !children_done(cx) {
            cx.pause().await;
        }
        Ok(())
    }
}

/// Whether everything that the stages have sent out of the chassis was delivered. If not, the chassis is
/// woken when it is.
pub(super) fn all_is_out(cx: &Context) -> bool {
    cx.linkages().iter().all(|linkage| linkage.sink().0 != cx.me())
}

/// A box of a stage, if it has one with this name.
pub(super) fn box_of<'a>(
    (chassis, stage_name): (&str, &str),
    stage: &'a Stage,
    side: &str,
    name: &'a str,
) -> Result<(&'a ComponentRef, &'a str)> {
    let known = if side == "inbox" { &stage.inboxes } else { &stage.outboxes };
    if known.iter().any(|known| known == name) {
        return Ok((&stage.it, name));
    }
    let (it, there) = (&stage.it, listed_for(name, known));
    Err(format!("in {chassis} the stage {stage_name} ({it}) has no {side} {name:?}; it has {there}").into())
}
