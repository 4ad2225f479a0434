//! What the scheduler does with the queues: in each turn of the component, and when it has ended.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Exchange, Queue};

/// The scheduler's side.
impl<M, R, O> Exchange<M, R, O> {
    /// Takes the requests, and lists the outward queues in which something waits. True if the thread's
    /// side is finished: the list is then the last.
    ///
    /// Whatever the thread does after this wakes the component again. Whatever it sent before a request
    /// is in the list, so that it can be sent on before the request is carried out.
    pub(in super::super) fn begin_turn(&self, requests: &mut Vec<R>, ready: &mut Vec<usize>) -> bool {
        let mut state = self.lock();
        state.notified = false;
        requests.extend(state.requests.drain(..));
        let queues = state.outward.queues.iter().enumerate();
        ready.extend(queues.filter(|(_, queue)| !queue.messages.is_empty()).map(|(place, _)| place));
        let finished = state.finished;
        // While the component waits only for room, nothing outside can wake it.
        let spent = if finished { state.waker.take() } else { None };
        drop(state);
        drop(spent);
        finished
    }

    /// How many messages an inward queue can still take.
    pub(in super::super) fn room_in(&self, place: usize) -> usize {
        self.limits.room(&self.lock().inward.queues[place])
    }

    /// Puts messages into an inward queue, and says whether the box holds more than found room.
    pub(in super::super) fn put_in(&self, place: usize, batch: &mut Vec<M>, box_holds_more: BoxHolds) {
        let mut state = self.lock();
        let queue = &mut state.inward.queues[place];
        queue.wanted = box_holds_more == BoxHolds::More;
        batch.drain(..).for_each(|message| self.limits.put(queue, message));
        state.event = true;
        self.ring(state);
    }

    /// Takes at most `most` messages out of an outward queue. A message for which `is_last` holds waits until nothing
    /// that was sent before it is in another queue: "no more will come" overtakes nothing.
    pub(in super::super) fn take_out(
        &self,
        place: usize,
        most: usize,
        batch: &mut Vec<M>,
        is_last: impl Fn(&M) -> bool,
    ) -> Left {
        let mut state = self.lock();
        let queues = &state.outward.queues;
        let comes_first = |queue: &Queue<M>| queue.messages.front().is_some_and(|first| !is_last(first));
        let others_come_first =
            queues.iter().enumerate().any(|(other, queue)| other != place && comes_first(queue));
        let queue = &mut state.outward.queues[place];
        let waits = others_come_first.then(|| queue.messages.iter().position(is_last)).flatten();
        let taken = queue.messages.len().min(most).min(waits.unwrap_or(usize::MAX));
        batch.extend((0..taken).filter_map(|_| self.limits.take(queue)));
        let left = match queue.messages.len() {
            0 => Left::Nothing,
            _ if Some(taken) == waits => Left::Last,
            _ => Left::NoRoom,
        };
        if taken > 0 && std::mem::take(&mut queue.wanted) {
            state.event = true;
            self.ring(state);
        }
        left
    }

    /// Notes whether anybody would read what is put into an outward queue.
    pub(in super::super) fn is_heard(&self, place: usize, is_heard: bool) {
        let mut state = self.lock();
        state.outward.queues[place].unheard = !is_heard;
        state.event |= !is_heard;
        self.ring(state);
    }

    /// The requests up to this number of them were carried out.
    pub(in super::super) fn answered(&self, requests: usize) {
        let mut state = self.lock();
        state.answered += requests as u64;
        self.ring(state);
    }

    /// Ends a pause of the thread.
    pub(in super::super) fn nudge(&self) {
        let mut state = self.lock();
        state.event = true;
        self.ring(state);
    }

    /// The boxes have these names from now on. Returns what was in queues that are gone.
    pub(in super::super) fn rename(&self, inboxes: &[Arc<str>], outboxes: &[Arc<str>]) -> Vec<M> {
        let mut state = self.lock();
        let gone = state.inward.rename(inboxes).into_iter().chain(state.outward.rename(outboxes));
        gone.flat_map(|queue| queue.messages).collect()
    }

    /// Takes everything out of an inward queue.
    pub(in super::super) fn empty_in(&self, name: &str) -> Vec<M> {
        self.lock().inward.find(name).map_or_else(Vec::new, Queue::empty)
    }

    /// Takes everything out of an outward queue.
    pub(in super::super) fn empty_out(&self, name: &str) -> Vec<M> {
        self.lock().outward.find(name).map_or_else(Vec::new, Queue::empty)
    }

    /// How the thread's side ended, once it has.
    pub(in super::super) fn outcome(&self) -> Option<O> {
        self.lock().outcome.take()
    }

    /// Transition 2: nobody moves messages any more. All who wait are woken; what waits to go in can
    /// still be collected. Returns the requests that nobody will carry out.
    pub(in super::super) fn shut(&self) -> VecDeque<R> {
        let mut state = self.lock();
        state.shut = true;
        let waker = state.waker.take();
        let requests = std::mem::take(&mut state.requests);
        self.ring(state);
        drop(waker);
        requests
    }
}

/// What a turn left in an outward queue, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in super::super) enum Left {
    Nothing,
    /// A message that is to come last: others have to go before it.
    Last,
    /// Messages for which there was no room.
    NoRoom,
}

/// Whether messages were left in a box because its queue is full.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in super::super) enum BoxHolds {
    Nothing,
    More,
}
