//! What a thread does with the queues: puts, takes, waits, asks, finishes.

use std::sync::Arc;
use std::time::Duration;

use super::super::sync::PoisonError;
use super::{Exchange, State};

/// Why an outward queue did not take a message.
pub(in super::super) enum Refused<M> {
    /// It is full.
    Full(M),
    /// The scheduler's side is gone.
    Over(M),
    /// There is no such queue.
    Unknown,
}

/// No queue has that name.
#[derive(Debug)]
pub(in super::super) struct Unknown;

/// The thread's side.
impl<M, R, O> Exchange<M, R, O> {
    /// Puts a message into an outward queue.
    pub(in super::super) fn put_out(&self, name: &str, message: M) -> Result<(), Refused<M>> {
        let mut state = self.lock();
        if state.shut {
            return Err(Refused::Over(message));
        }
        let Some(queue) = state.outward.find(name) else { return Err(Refused::Unknown) };
        if !self.limits.has_room(queue) {
            queue.wanted = true;
            return Err(Refused::Full(message));
        }
        self.limits.put(queue, message);
        self.notify(state);
        Ok(())
    }

    /// Takes the oldest message out of an inward queue.
    pub(in super::super) fn take_in(&self, name: &str) -> Result<Option<M>, Unknown> {
        let mut state = self.lock();
        let queue = state.inward.find(name).ok_or(Unknown)?;
        let message = self.limits.take(queue);
        if message.is_some() {
            let box_holds_more = queue.wanted;
            state.collected += 1;
            if box_holds_more {
                self.notify(state);
            }
        }
        Ok(message)
    }

    /// How many messages wait in an inward queue.
    pub(in super::super) fn waiting_in(&self, name: &str) -> Result<usize, Unknown> {
        self.lock().inward.find(name).map(|queue| queue.messages.len()).ok_or(Unknown)
    }

    /// The first inward queue in which something waits.
    pub(in super::super) fn any_ready(&self) -> Option<Arc<str>> {
        let state = self.lock();
        let ready = state.inward.queues.iter().find(|queue| !queue.messages.is_empty());
        ready.map(|queue| Arc::clone(&queue.name))
    }

    /// Whether an outward queue would take a message now; if not, the asker is woken when it would.
    pub(in super::super) fn has_room(&self, name: &str) -> Result<bool, Unknown> {
        let mut state = self.lock();
        let queue = state.outward.find(name).ok_or(Unknown)?;
        let has_room = self.limits.has_room(queue);
        queue.wanted |= !has_room;
        Ok(has_room)
    }

    /// Whether the thread may be told that no more will come: not while messages for it are on their
    /// way in other queues than `control`.
    ///
    /// What waits in the queues holds the ending back once, and again after each collection; a thread
    /// that does not collect it ends all the same.
    pub(in super::super) fn may_end(&self, control: &str) -> bool {
        let mut state = self.lock();
        let (mut refill_comes, mut waits) = (false, false);
        for queue in state.inward.queues.iter().filter(|queue| &*queue.name != control) {
            refill_comes |= queue.wanted && self.limits.has_room(queue);
            waits |= !queue.messages.is_empty();
        }
        if state.shut {
            return true;
        }
        if waits && state.held_back_at != Some(state.collected) {
            state.held_back_at = Some(state.collected);
            // The thread is to look at its inboxes before it sleeps.
            state.event = true;
            return false;
        }
        !refill_comes
    }

    /// Looks at the shared state.
    pub(in super::super) fn look<T>(&self, look: impl FnOnce(&State<M, R, O>) -> T) -> T {
        look(&self.lock())
    }

    /// Waits until `done`, or for the time that is `left`, if there is a limit. False: the time is over.
    pub(in super::super) fn wait(
        &self,
        left: impl Fn() -> Option<Duration>,
        done: impl Fn(&State<M, R, O>) -> bool,
    ) -> bool {
        self.wait_at_bell(left, |state| done(state))
    }

    /// Waits until something has come up since the last pause, or for the time that is `left`.
    pub(in super::super) fn pause(&self, left: impl Fn() -> Option<Duration>) {
        self.wait_at_bell(left, |state| std::mem::take(&mut state.event) || state.shut);
    }

    fn wait_at_bell(
        &self,
        left: impl Fn() -> Option<Duration>,
        mut done: impl FnMut(&mut State<M, R, O>) -> bool,
    ) -> bool {
        let mut state = self.lock();
        loop {
            if done(&mut state) {
                return true;
            }
            let left = left();
            if left == Some(Duration::ZERO) {
                return false;
            }
            state.waiting += 1;
            state = match left {
                None => self.bell.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(left) => self.bell.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
            };
            state.waiting -= 1;
        }
    }

    /// Lets the scheduler's side carry out a request, and waits for it. False if the scheduler's side is gone.
    pub(in super::super) fn ask(&self, request: R) -> bool {
        let mut state = self.lock();
        if state.shut {
            return false;
        }
        state.requests.push_back(request);
        state.asked += 1;
        let ticket = state.asked;
        self.notify(state);
        let mut is_answered = false;
        self.wait_at_bell(
            || None,
            |state| {
                is_answered = state.answered >= ticket;
                is_answered || state.shut
            },
        );
        is_answered
    }

    /// Transition 1: nothing more will come from the thread's side. Hands the outcome back if nobody is
    /// there to hear it, or there was one before.
    pub(in super::super) fn finish(&self, outcome: O) -> Result<(), O> {
        let mut state = self.lock();
        if std::mem::replace(&mut state.finished, true) {
            return Err(outcome);
        }
        if state.shut {
            return Err(outcome);
        }
        state.outcome = Some(outcome);
        self.notify(state);
        Ok(())
    }
}
