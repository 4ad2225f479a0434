//! Queues between the boxes of a component and its thread, and how the thread and the scheduler wake each other.
//!
//! These files know neither components nor messages, and no clock: they are the whole of what two threads
//! share, and `axon/tests/threads_model.rs` checks them in every order in which they can take their steps.
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
//! Nothing waits with the lock held, and no message is dropped under it: what is taken out is handed back to the
//! caller.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::task::Waker;

use super::sync::{Condvar, Mutex, MutexGuard, PoisonError};

pub(super) use scheduler_side::{BoxHolds, Left};
pub(super) use thread_side::{Refused, Unknown};

mod scheduler_side;
mod thread_side;

/// What one thread and the scheduler share: messages `M`, requests `R`, and the outcome `O` at the end.
pub(super) struct Exchange<M, R, O> {
    state: Mutex<State<M, R, O>>,
    /// Where the thread's side waits.
    bell: Condvar,
    pub(super) limits: Limits<M>,
}

/// When a queue takes no more.
pub(super) struct Limits<M> {
    /// How many messages it may hold.
    pub(super) length: usize,
    /// At which weight of all of them it is full.
    pub(super) weight: u32,
    /// What a message weighs.
    pub(super) weigh: fn(&M) -> u32,
}

impl<M> Limits<M> {
    fn room(&self, queue: &Queue<M>) -> usize {
        if queue.weight >= self.weight { 0 } else { self.length.saturating_sub(queue.messages.len()) }
    }

    fn has_room(&self, queue: &Queue<M>) -> bool {
        self.room(queue) > 0
    }

    fn put(&self, queue: &mut Queue<M>, message: M) {
        queue.weight = queue.weight.saturating_add((self.weigh)(&message));
        queue.messages.push_back(message);
    }

    fn take(&self, queue: &mut Queue<M>) -> Option<M> {
        let message = queue.messages.pop_front()?;
        queue.weight = queue.weight.saturating_sub((self.weigh)(&message));
        Some(message)
    }
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
    /// Something has happened since the thread last paused.
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
    /// What they weigh.
    weight: u32,
    /// Inward: the box holds messages for which there was no room here. Outward: a message was refused.
    wanted: bool,
    /// Outward: nobody would read what is sent, as was seen when something was last taken out.
    unheard: bool,
}

impl<M> Queue<M> {
    /// Takes all messages out.
    fn empty(&mut self) -> Vec<M> {
        self.weight = 0;
        self.messages.drain(..).collect()
    }
}

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
            weight: 0,
            wanted: false,
            unheard: false,
        };
        self.queues = names.iter().map(|name| old.remove(name).unwrap_or_else(|| new(name))).collect();
        self.places = names.iter().cloned().zip(0..).collect();
        old.into_values().collect()
    }
}

impl<M, R, O> State<M, R, O> {
    /// The scheduler's side is gone.
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

    /// Whether nobody would read what is put into an outward queue, as far as is known.
    pub(super) fn is_unheard(&self, name: &str) -> bool {
        self.outward.places.get(name).is_some_and(|place| self.outward.queues[*place].unheard)
    }

    /// Whether an outward queue with these limits has room.
    pub(super) fn has_room(&self, name: &str, limits: &Limits<M>) -> bool {
        let place = self.outward.places.get(name);
        place.is_none_or(|place| limits.has_room(&self.outward.queues[*place]))
    }
}

impl<M, R, O> Exchange<M, R, O> {
    pub(super) fn new(limits: Limits<M>, inboxes: &[Arc<str>], outboxes: &[Arc<str>], waker: Waker) -> Self {
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
        Exchange { state: Mutex::new(state), bell: Condvar::new(), limits }
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
