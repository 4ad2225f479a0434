//! One scheduler on a thread of its own, with its server.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use axon::{
    Boxes, CONTROL, Component, ComponentRef, Context, Ending, OUTBOX, ProducerFinished, Remote, Result,
    Scheduler, ShutdownMicroprocess, time_after,
};

use super::Make;
use crate::brief::{brief, drop_safely};
use crate::connected_server::failures::panic_text;
use crate::listen::Listen;

/// The inbox for what the thread says.
const THREAD: &str = "_thread";

/// How long a scheduler may take to close everything.
const GRACE: Duration = Duration::from_secs(2);

/// What is needed to make the server of one scheduler.
#[derive(Clone)]
pub(super) struct Making {
    /// The name of the thread.
    pub(super) called: String,
    pub(super) make: Arc<Make>,
    pub(super) start: Rc<Start>,
}

/// What the schedulers that follow each other on one core have in common.
pub(super) struct Start {
    /// Where the server is to listen; `None` when there is to be no other.
    pub(super) listen: RefCell<Option<Listen>>,
    /// A server was made before.
    pub(super) was_made: Cell<bool>,
}

/// What a core says of its server.
#[derive(Debug)]
pub(super) enum News {
    Made,
    /// It could not be made at the start.
    Unmade(String),
}

/// What a thread says.
#[derive(Debug)]
enum Report {
    /// The server.
    Made(ComponentRef),
    /// The function panicked.
    NotMade(String),
    /// How the run has ended.
    Over(std::result::Result<(), String>),
}

/// Runs a scheduler on a thread, and fails as that does. The thread is told to stop when this is dropped.
pub(super) struct Core {
    making: Making,
    remote: Option<Remote>,
}

impl Core {
    pub(super) fn new(making: Making) -> Self {
        Core { making, remote: None }
    }

    /// There is no server: at the start everybody is to know, later it is a failure like others.
    fn without_server(&self, cx: &Context, why: &str) -> Result {
        let error = format!("the server of {} was not made: {why}", self.making.called);
        if self.making.start.was_made.get() {
            return Err(error.into());
        }
        cx.send(OUTBOX, News::Unmade(error))?;
        Ok(())
    }
}

impl Component for Core {
    fn boxes(&self) -> Boxes {
        Boxes::none()
            .inbox(CONTROL, "endings for the server")
            .inbox(THREAD, "what the thread says")
            .outbox(OUTBOX, "that a server was made, or could not be at the start")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let Some(listen) = self.making.start.listen.borrow().clone() else { return Ok(()) };
        let remote = match start(cx, &self.making, listen) {
            Ok(remote) => self.remote.insert(remote).clone(),
            Err(error) => return self.without_server(cx, &error.to_string()),
        };
        let mut server: Option<ComponentRef> = None;
        let mut told: Option<Ending> = None;
        let mut deadline: Option<Instant> = None;
        loop {
            while let Some(report) = cx.recv(THREAD) {
                match report.take::<Report>() {
                    Ok(Report::Made(it)) => {
                        self.making.start.was_made.set(true);
                        server = Some(it);
                        cx.send(OUTBOX, News::Made)?;
                    }
                    Ok(Report::NotMade(why)) => return self.without_server(cx, &why),
                    Ok(Report::Over(result)) => {
                        let called = &self.making.called;
                        return result.map_err(|error| format!("the scheduler of {called}: {error}").into());
                    }
                    Err(other) => log::debug!("{} does not understand {}", cx.name(), other.excerpt()),
                }
            }
            while let Some(notice) = cx.told_to_end() {
                told = notice.ending();
                if told == Some(Ending::ShutdownMicroprocess) {
                    deadline = Some(time_after(cx.now(), GRACE));
                }
            }
            if let Some(server) = &server {
                // If its scheduler is gone, the thread is about to say so.
                let _ = match told.take() {
                    Some(Ending::ProducerFinished) => {
                        remote.deliver(server, CONTROL, ProducerFinished::new())
                    }
                    Some(Ending::ShutdownMicroprocess) => {
                        remote.deliver(server, CONTROL, ShutdownMicroprocess::new())
                    }
                    None => Ok(()),
                };
            }
            if deadline.take_if(|time| *time <= cx.now()).is_some() {
                log::warn!("{} had not ended after {GRACE:?} and is stopped", self.making.called);
                let _ = remote.stop();
            }
            match deadline {
                Some(time) => cx.pause_until(time).await,
                None => cx.pause().await,
            }
        }
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        if let Some(remote) = &self.remote {
            // One that is gone has stopped.
            let _ = remote.stop();
        }
    }
}

/// Starts the thread, and waits until it has a scheduler.
fn start(cx: &Context, making: &Making, listen: Listen) -> Result<Remote> {
    let Making { called, make, .. } = making;
    let make = Arc::clone(make);
    let (me, home) = (cx.me().clone(), cx.remote());
    let (tell, told) = mpsc::sync_channel(1);
    let work = move || {
        let say = |report| {
            // If nobody is there any more, nobody wants to know.
            let _ = home.deliver(&me, THREAD, report);
        };
        let serve = || {
            let mut scheduler = Scheduler::new();
            if tell.send(scheduler.remote()).is_err() {
                return Ok(());
            }
            drop(tell);
            match catch_unwind(AssertUnwindSafe(|| scheduler.activate(make(listen)))) {
                Ok(server) => say(Report::Made(server)),
                Err(panic) => {
                    say(Report::NotMade(format!("the function panicked: {}", panic_text(&*panic))));
                    drop_safely(panic);
                    return Ok(());
                }
            }
            scheduler.run().map_err(|error| brief(&error))
            // Before the thread says that it is over, everything in its scheduler is dropped.
        };
        match catch_unwind(AssertUnwindSafe(serve)) {
            Ok(result) => say(Report::Over(result)),
            Err(panic) => {
                say(Report::Over(Err(format!("it panicked: {}", panic_text(&*panic)))));
                drop_safely(panic);
            }
        }
    };
    thread::Builder::new().name(called.clone()).spawn(work)?;
    Ok(told.recv()?)
}
