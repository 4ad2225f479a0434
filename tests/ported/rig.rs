//! What the ported suites share: components that do as little as the mocks of the originals.

// Each suite includes this file and uses a part of it.
#![allow(dead_code)]

use std::cell::Cell;
use std::rc::Rc;

use axon::{Component, ComponentRef, Context, Scheduler};

/// Takes a turn in every pass, for ever, and counts them.
#[derive(Default)]
pub(crate) struct Busy {
    pub(crate) turns: Rc<Cell<u32>>,
}

impl Component for Busy {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            self.turns.set(self.turns.get() + 1);
            cx.yield_now().await;
        }
    }
}

/// Sleeps for ever, and counts how often it was woken.
#[derive(Default)]
pub(crate) struct Sleeper {
    pub(crate) woken: Rc<Cell<u32>>,
}

impl Component for Sleeper {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            cx.pause().await;
            self.woken.set(self.woken.get() + 1);
        }
    }
}

/// Takes a turn in every pass until it is told to stop.
pub(crate) struct MockChild(Rc<Switch>);

/// What a test knows of its mock child, and how it stops it.
#[derive(Default)]
pub(crate) struct Switch {
    pub(crate) was_activated: Cell<bool>,
    pub(crate) stop_now: Cell<bool>,
}

impl MockChild {
    pub(crate) fn new() -> (Self, Rc<Switch>) {
        let switch = Rc::new(Switch::default());
        (MockChild(Rc::clone(&switch)), switch)
    }
}

impl Component for MockChild {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        self.0.was_activated.set(true);
        while !self.0.stop_now.get() {
            cx.yield_now().await;
        }
        Ok(())
    }
}

/// Lets the scheduler make this many passes.
pub(crate) fn run_for(scheduler: &mut Scheduler, passes: u32) {
    for _ in 0..passes {
        scheduler.run_pass().unwrap();
    }
}

/// Sends as this component.
#[track_caller]
pub(crate) fn put<T: axon::Payload>(scheduler: &Scheduler, from: (&ComponentRef, &str), message: T) {
    scheduler.context(from.0).send(from.1, message).unwrap();
}

/// Collects as this component; panics if there is a message of another type.
#[track_caller]
pub(crate) fn take<T: axon::Payload + Clone>(scheduler: &Scheduler, at: (&ComponentRef, &str)) -> Option<T> {
    scheduler.context(at.0).recv_as::<T>(at.1).unwrap()
}

/// How many messages wait there.
pub(crate) fn waiting(scheduler: &Scheduler, at: (&ComponentRef, &str)) -> usize {
    scheduler.context(at.0).data_ready(at.1)
}
