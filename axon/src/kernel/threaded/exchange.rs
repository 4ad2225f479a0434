//! Two queues to a box, and how the thread and the scheduler that share them wake each other.
//!
//! This file knows neither components nor messages, and no clock: it is the whole of what two threads
//! share, and `tests/threads_model.rs` checks it in every order in which they can take their steps.
//!
//! ```text
//!  the thread's side                                               the scheduler's side
//!  put_out ─────────────► outward queue ──────► take_out ──► the component's outbox
//!  take_in ◄───────────── inward queue  ◄────── put_in  ◄── the component's inbox
//!  ask (waits) ─────────► requests ───────────► begin_turn, then `answered`
//!  wait ◄──── bell ◄────  put_in, take_out if somebody was refused, answered, nudge, shut
//!  everything above ────► waker ──────────────► begin_turn
//! ```
//!
//! The states, and who changes them:
//!
//! ```text
//!             (1) finish: the thread's side is done
//!   Running ─────────────────────────────────────────► Finished ───┐
//!      │                                                           │ (2) shut
//!      └────────────────────── (2) shut ──────────────► Shut ◄─────┘
//!            the component has ended, was stopped, or its run is over
//! ```
//!
//! Nothing waits with the lock held, and nothing is dropped under it: what is taken out is handed back.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use super::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What one thread and the scheduler share: messages `M`, requests `R`, and the outcome `O` at the end.
pub(super) struct Exchange<M, R, O> {
    state: Mutex<State<M, R, O>>,
    /// Where the thread's side waits.
    bell: Condvar,
    /// How many messages a queue may hold.
    pub(super) length: usize,
}

/// What the lock protects.
pub(super) struct State<M, R, O> {
    inward: Side<M>,
    outward: Side<M>,
    requests: VecDeque<R>,
    asked: u64,
    /// Invariant: never more than `asked`; requests are answered in the order of asking.
    answered: u64,
    /// Wakes the component; `None` once the thread's side has nothing more to say.
    waker: Option<Waker>,
    /// The component was woken and has not looked since: it need not be woken again.
    notified: bool,
    /// How many threads wait at the bell: if none does it need not be rung.
    waiting: usize,
    /// Something has come up since the thread last paused.
    event: bool,
    finished: bool,
    shut: bool,
    outcome: Option<O>,
    /// How many messages the thread has collected.
    collected: u64,
    /// How many it had collected when an ending was last held back from it.
    held_back_at: Option<u64>,
}

/// The queues of one side, in the order of the boxes.
struct Side<M> {
    queues: Vec<Queue<M>>,
    places: HashMap<Arc<str>, usize>,
}

struct Queue<M> {
    name: Arc<str>,
    messages: VecDeque<M>,
    /// Inward: the box holds more than found room here. Outward: somebody was refused.
    wanted: bool,
}

/// Why an outward queue did not take a message.
pub(super) enum Refused<M> {
    /// It holds as many as it may.
    Full(M),
    /// Nobody is there to take it.
    Over(M),
    /// There is no such queue.
    Unknown,
}

/// No queue has that name.
#[derive(Debug)]
pub(super) struct Unknown;

impl<M> Side<M> {
    fn new(names: &[Arc<str>]) -> Self {
        let mut side = Side { queues: Vec::new(), places: HashMap::new() };
        drop(side.rename(names));
        side
    }

    fn find(&mut self, name: &str) -> Option<&mut Queue<M>> {
        let place = *self.places.get(name)?;
        Some(&mut self.queues[place])
    }

    /// Has queues of these names from now on; those that stay keep what is in them.
    fn rename(&mut self, names: &[Arc<str>]) -> Vec<Queue<M>> {
        let mut old: HashMap<Arc<str>, Queue<M>> =
            self.queues.drain(..).map(|queue| (Arc::clone(&queue.name), queue)).collect();
        let new = |name: &Arc<str>| Queue {
            name: Arc::clone(name),
            messages: VecDeque::new(),
            wanted: false,
        };
        self.queues = names.iter().map(|name| old.remove(name).unwrap_or_else(|| new(name))).collect();
        self.places = names.iter().cloned().zip(0..).collect();
        old.into_values().collect()
    }
}

impl<M, R, O> State<M, R, O> {
    /// Nobody is there any more on the scheduler's side.
    pub(super) fn is_shut(&self) -> bool {
        self.shut
    }

    /// The messages that wait for the thread in an inward queue, oldest first.
    pub(super) fn messages_in(&self, name: &str) -> impl Iterator<Item = &M> {
        let place = self.inward.places.get(name);
        place.into_iter().flat_map(|place| &self.inward.queues[*place].messages)
    }

    /// The names of the queues, in their order.
    pub(super) fn names(&self, outward: bool) -> Vec<String> {
        let side = if outward { &self.outward } else { &self.inward };
        side.queues.iter().map(|queue| queue.name.to_string()).collect()
    }

    /// Whether an outward queue of this length has room.
    pub(super) fn has_room(&self, name: &str, length: usize) -> bool {
        let place = self.outward.places.get(name);
        place.is_none_or(|place| self.outward.queues[*place].messages.len() < length)
    }
}

impl<M, R, O> Exchange<M, R, O> {
    pub(super) fn new(length: usize, inboxes: &[Arc<str>], outboxes: &[Arc<str>], waker: Waker) -> Self {
        let state = State {
            inward: Side::new(inboxes),
            outward: Side::new(outboxes),
            requests: VecDeque::new(),
            asked: 0,
            answered: 0,
            waker: Some(waker),
            notified: false,
            waiting: 0,
            event: false,
            finished: false,
            shut: false,
            outcome: None,
            collected: 0,
            held_back_at: None,
        };
        Exchange { state: Mutex::new(state), bell: Condvar::new(), length }
    }

    fn lock(&self) -> MutexGuard<'_, State<M, R, O>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes the component, unless it was woken and has not looked yet.
    fn notify(&self, mut state: MutexGuard<'_, State<M, R, O>>) {
        if !std::mem::replace(&mut state.notified, true) {
            let waker = state.waker.clone();
            drop(state);
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }

    /// Wakes the threads that wait.
    fn ring(&self, state: MutexGuard<'_, State<M, R, O>>) {
        let somebody_waits = state.waiting > 0;
        drop(state);
        if somebody_waits {
            self.bell.notify_all();
        }
    }
}

/// The thread's side.
impl<M, R, O> Exchange<M, R, O> {
    /// Puts a message into an outward queue.
    pub(super) fn put_out(&self, name: &str, message: M) -> Result<(), Refused<M>> {
        let mut state = self.lock();
        if state.shut {
            return Err(Refused::Over(message));
        }
        let Some(queue) = state.outward.find(name) else { return Err(Refused::Unknown) };
        if queue.messages.len() >= self.length {
            queue.wanted = true;
            return Err(Refused::Full(message));
        }
        queue.messages.push_back(message);
        self.notify(state);
        Ok(())
    }

    /// Takes the oldest message out of an inward queue.
    pub(super) fn take_in(&self, name: &str) -> Result<Option<M>, Unknown> {
        let mut state = self.lock();
        let queue = state.inward.find(name).ok_or(Unknown)?;
        let message = queue.messages.pop_front();
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
    pub(super) fn waiting_in(&self, name: &str) -> Result<usize, Unknown> {
        self.lock().inward.find(name).map(|queue| queue.messages.len()).ok_or(Unknown)
    }

    /// The first inward queue in which something waits.
    pub(super) fn any_ready(&self) -> Option<Arc<str>> {
        let state = self.lock();
        let ready = state.inward.queues.iter().find(|queue| !queue.messages.is_empty());
        ready.map(|queue| Arc::clone(&queue.name))
    }

    /// Whether an outward queue would take a message now; if not, the asker is woken when it would.
    pub(super) fn has_room(&self, name: &str) -> Result<bool, Unknown> {
        let mut state = self.lock();
        let queue = state.outward.find(name).ok_or(Unknown)?;
        let has_room = queue.messages.len() < self.length;
        queue.wanted |= !has_room;
        Ok(has_room)
    }

    /// Whether the thread may be told that no more will come: not while messages for it are on their
    /// way in other queues than `control`.
    ///
    /// What waits in the queues holds the ending back once, and again after each collection; a thread
    /// that does not collect it ends all the same.
    pub(super) fn may_end(&self, control: &str) -> bool {
        let mut state = self.lock();
        let (mut refill_comes, mut waits) = (false, false);
        for queue in state.inward.queues.iter().filter(|queue| &*queue.name != control) {
            refill_comes |= queue.wanted && queue.messages.len() < self.length;
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
    pub(super) fn look<T>(&self, look: impl FnOnce(&State<M, R, O>) -> T) -> T {
        look(&self.lock())
    }

    /// Waits until `done`, or for the time that is `left`, if there is a limit. False: the time is over.
    pub(super) fn wait(
        &self,
        left: impl Fn() -> Option<Duration>,
        done: impl Fn(&State<M, R, O>) -> bool,
    ) -> bool {
        self.wait_at_bell(left, |state| done(state))
    }

    /// Waits until something has come up since the last pause, or for the time that is `left`.
    pub(super) fn pause(&self, left: impl Fn() -> Option<Duration>) {
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
                Some(left) => {
                    self.bell.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
            state.waiting -= 1;
        }
    }

    /// Has a request carried out on the scheduler's side, and waits for it. False if nobody will.
    pub(super) fn ask(&self, request: R) -> bool {
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
    pub(super) fn finish(&self, outcome: O) -> Result<(), O> {
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

/// The scheduler's side.
impl<M, R, O> Exchange<M, R, O> {
    /// Takes the requests, and lists the outward queues in which something waits. True if the thread's
    /// side is finished: the list is then the last.
    ///
    /// Whatever the thread does after this wakes the component again. Whatever it sent before a request
    /// is in the list, so that it can be sent on before the request is carried out.
    pub(super) fn begin_turn(&self, requests: &mut Vec<R>, ready: &mut Vec<usize>) -> bool {
        let mut state = self.lock();
        state.notified = false;
        requests.extend(state.requests.drain(..));
        let queues = state.outward.queues.iter().enumerate();
        ready.extend(queues.filter(|(_, queue)| !queue.messages.is_empty()).map(|(place, _)| place));
        let finished = state.finished;
        // A component that only waits for room has nobody outside who could wake it.
        let spent = if finished { state.waker.take() } else { None };
        drop(state);
        drop(spent);
        finished
    }

    /// How many messages an inward queue can still take.
    pub(super) fn room_in(&self, place: usize) -> usize {
        self.length.saturating_sub(self.lock().inward.queues[place].messages.len())
    }

    /// Puts messages into an inward queue, and says whether the box holds more than found room.
    pub(super) fn put_in(&self, place: usize, batch: &mut Vec<M>, box_holds_more: BoxHolds) {
        let mut state = self.lock();
        let queue = &mut state.inward.queues[place];
        queue.wanted = box_holds_more == BoxHolds::More;
        queue.messages.extend(batch.drain(..));
        state.event = true;
        self.ring(state);
    }

    /// Takes at most `most` messages out of an outward queue, in which a message for which `is_last`
    /// holds waits until the others have nothing before theirs: "no more will come" overtakes nothing.
    pub(super) fn take_out(
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
        batch.extend(queue.messages.drain(..taken));
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

    /// The requests up to this number of them were carried out.
    pub(super) fn answered(&self, requests: usize) {
        let mut state = self.lock();
        state.answered += requests as u64;
        self.ring(state);
    }

    /// Ends a pause of the thread.
    pub(super) fn nudge(&self) {
        let mut state = self.lock();
        state.event = true;
        self.ring(state);
    }

    /// The boxes have these names from now on. Returns what was in queues that are gone.
    pub(super) fn rename(&self, inboxes: &[Arc<str>], outboxes: &[Arc<str>]) -> Vec<M> {
        let mut state = self.lock();
        let gone = state.inward.rename(inboxes).into_iter().chain(state.outward.rename(outboxes));
        gone.flat_map(|queue| queue.messages).collect()
    }

    /// Takes everything out of an inward queue.
    pub(super) fn empty_in(&self, name: &str) -> Vec<M> {
        self.lock().inward.find(name).map_or_else(Vec::new, |queue| queue.messages.drain(..).collect())
    }

    /// Takes everything out of an outward queue.
    pub(super) fn empty_out(&self, name: &str) -> Vec<M> {
        self.lock().outward.find(name).map_or_else(Vec::new, |queue| queue.messages.drain(..).collect())
    }

    /// How the thread's side ended, once it has.
    pub(super) fn outcome(&self) -> Option<O> {
        self.lock().outcome.take()
    }

    /// Transition 2: nobody moves messages any more. All who wait are woken; what waits to go in can
    /// still be collected. Returns the requests that nobody will carry out.
    pub(super) fn shut(&self) -> VecDeque<R> {
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
pub(super) enum Left {
    Nothing,
    /// A message that is to come last: others have to go before it.
    Last,
    /// Messages for which there was no room.
    NoRoom,
}

/// Whether messages were left in a box because its queue is full.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum BoxHolds {
    Nothing,
    More,
}
