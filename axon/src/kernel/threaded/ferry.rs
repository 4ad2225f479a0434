//! Carries messages between the boxes of a component and another thread.
//!
//! [`Threaded`](crate::Threaded) and [`Handle`](crate::Handle) are built on it. Use it for a component on a thread
//! that you did not start.

use std::collections::HashSet;
use std::sync::Arc;

use super::exchange::{BoxHolds, Exchange, Left, Limits};
use super::thread_context::{Outcome, Request, Shared, ThreadContext};
use crate::kernel::boxes::{CONTROL, NONE};
use crate::kernel::component::Context;
use crate::kernel::error::{Error, NotSentError, Result};
use crate::kernel::id::ComponentId;
use crate::kernel::message::{Ending, Message, WEIGHT_UNIT};
use crate::kernel::side::Side;

/// The weight of text and bytes at which a queue is full, however few the messages.
const GREATEST_WEIGHT: u32 = (256 * 1024 / WEIGHT_UNIT) as u32;

/// The scheduler's half of a component that lives in two threads. The other half is a [`ThreadContext`].
///
/// The component calls [`Ferry::carry`] in each turn, then pauses; the thread's half wakes it. When the ferry is
/// dropped, every wait in the thread's half ends.
///
/// Invariant: `inboxes` and `outboxes` name the queues of the exchange in their order.
pub struct Ferry {
    exchange: Arc<Shared>,
    /// `control` last, so that an ending comes after the data that was sent before it.
    inboxes: Vec<Lane>,
    outboxes: Vec<Arc<str>>,
    /// The outboxes of which the thread's half was told that their receivers have ended.
    unheard: HashSet<Arc<str>>,
    /// The children that had ended in the last turn.
    ended_children: HashSet<ComponentId>,
    /// `control` stays with the component: what arrives there is not carried.
    keeps_control: bool,
    requests: Vec<Request>,
    ready: Vec<usize>,
    batch: Vec<Message>,
}

crate::debug_by_name!(Ferry);

/// One inbox, and whether it held more than its queue took.
struct Lane {
    name: Arc<str>,
    holds: BoxHolds,
}

/// What is left to do after a turn of carrying.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Carried {
    /// Nothing: the component is woken when there is something to carry.
    All,
    /// Boxes or linkages have changed: carry again before you pause.
    Again,
    /// The thread's half is finished; what it sent waits for room in the box that it leads to.
    Last,
    /// The thread's half is finished, and all that it sent is delivered.
    Over,
}

impl Ferry {
    /// Both halves of the component of this context, with the boxes that it has now. The queue of each
    /// box takes `queue_length` messages, at least one, and no more once 256 KiB of text and bytes wait in it.
    #[must_use]
    pub fn new(cx: &Context, queue_length: usize) -> (Ferry, ThreadContext) {
        let (inboxes, outboxes) = names(cx);
        let waker = cx.waker();
        let limits = Limits { length: queue_length.max(1), weight: GREATEST_WEIGHT, weigh: Message::weight };
        let exchange = Arc::new(Exchange::new(limits, &inboxes, &outboxes, waker));
        let ferry = Ferry {
            exchange: Arc::clone(&exchange),
            inboxes: lanes(inboxes),
            outboxes,
            unheard: HashSet::new(),
            ended_children: HashSet::new(),
            keeps_control: false,
            requests: Vec::new(),
            ready: Vec::new(),
            batch: Vec::new(),
        };
        (ferry, ThreadContext::new(exchange, cx.me().clone()))
    }

    /// Carries what there is, in both directions, and does what the thread's half asked for.
    ///
    /// The context is that of the component which the ferry was made for.
    pub fn carry(&mut self, cx: &Context) -> Carried {
        let is_finished = self.exchange.begin_turn(&mut self.requests, &mut self.ready);
        if !is_finished {
            for place in 0..self.inboxes.len() {
                self.carry_in(cx, place);
            }
            self.pass_on_ended_children(cx);
        }
        let carried = self.carry_out(cx);
        if !self.requests.is_empty() {
            self.do_requests(cx);
            return Carried::Again;
        }
        match (is_finished, carried) {
            (true, Carried::All) => Carried::Over,
            (true, Carried::Last) => Carried::Last,
            (false, Carried::Last) => Carried::All,
            (_, carried) => carried,
        }
    }

    /// Fills the queue of an inbox; what finds no room stays in the inbox, so that a limited one keeps
    /// its meaning.
    fn carry_in(&mut self, cx: &Context, place: usize) {
        let lane = &mut self.inboxes[place];
        if self.keeps_control && &*lane.name == CONTROL {
            return;
        }
        let waiting = cx.data_ready(&lane.name);
        if waiting == 0 && lane.holds == BoxHolds::Nothing {
            return;
        }
        let room = self.exchange.room_in(place);
        self.batch.extend(std::iter::from_fn(|| cx.recv(&lane.name)).take(waiting.min(room)));
        lane.holds = if waiting > room { BoxHolds::More } else { BoxHolds::Nothing };
        self.exchange.put_in(place, &mut self.batch, lane.holds);
    }

    /// Sends what is in the outward queues as far as there is room: all, or not yet the last.
    fn carry_out(&mut self, cx: &Context) -> Carried {
        let (mut progress, mut others_first, mut no_room) = (false, false, false);
        for place in self.ready.drain(..) {
            let name = &self.outboxes[place];
            let is_heard = cx.is_heard(name);
            if is_heard == self.unheard.contains(name) {
                self.exchange.is_heard(place, is_heard);
                if is_heard {
                    self.unheard.remove(name);
                } else {
                    self.unheard.insert(Arc::clone(name));
                }
            }
            let left = self.exchange.take_out(place, room(cx, name), &mut self.batch, means_no_more);
            progress |= !self.batch.is_empty();
            for message in self.batch.drain(..) {
                let sent = cx.send(name, message);
                debug_assert!(sent.is_ok(), "the room was counted before the message was taken");
            }
            others_first |= left == Left::Last;
            if left == Left::NoRoom {
                no_room = true;
                // Only called so that the component is woken when there is room.
                cx.has_room(name);
            }
        }
        match (others_first && progress, others_first || no_room) {
            (true, _) => Carried::Again,
            (false, true) => Carried::Last,
            (false, false) => Carried::All,
        }
    }

    fn do_requests(&mut self, cx: &Context) {
        let asked = self.requests.len();
        for request in self.requests.drain(..) {
            // A request hands its own panic over to the thread that asked.
            request(cx);
        }
        let (inboxes, outboxes) = names(cx);
        drop(self.exchange.rename(&inboxes, &outboxes));
        self.inboxes = lanes(inboxes);
        self.unheard.retain(|name| outboxes.contains(name));
        self.outboxes = outboxes;
        self.exchange.answered(asked);
    }

    /// A child's end wakes the thread, as it would wake a component.
    fn pass_on_ended_children(&mut self, cx: &Context) {
        let ended: HashSet<ComponentId> =
            cx.children().iter().filter(|child| child.is_stopped()).map(|child| child.id()).collect();
        if !ended.is_subset(&self.ended_children) {
            self.exchange.nudge();
        }
        self.ended_children = ended;
    }

    /// How the thread's half ended, once it has.
    pub(super) fn outcome(&self) -> Option<Outcome> {
        self.exchange.outcome()
    }

    /// Sends what the thread's half has sent, as far as there is room. True if nothing is left.
    pub(super) fn deliver(&mut self, cx: &Context) -> bool {
        loop {
            self.ready.extend(0..self.outboxes.len());
            match self.carry_out(cx) {
                Carried::Again => {}
                carried => return carried == Carried::All,
            }
        }
    }

    /// Takes no more from the thread's half; what it has sent can still be carried.
    pub(super) fn shut(&self) {
        drop(self.exchange.shut());
    }

    /// A thread that was told to stop while it waited for room has left the notice in its queue: it is put back into
    /// `control`.
    pub(super) fn give_back(&self, cx: &Context, error: Error) -> Result {
        if error.is::<NotSentError>() {
            let control = cx.inbox(CONTROL);
            for message in self.exchange.empty_in(CONTROL) {
                let _unread = cx.system.with(|state| state.put_at_once(control, message, cx.pid()));
            }
        }
        Err(error)
    }

    pub(super) fn keep_control(&mut self) {
        self.keeps_control = true;
    }
}

impl Drop for Ferry {
    fn drop(&mut self) {
        self.shut();
        for outbox in &self.outboxes {
            drop(self.exchange.empty_out(outbox));
        }
    }
}

fn means_no_more(message: &Message) -> bool {
    message.ending() == Some(Ending::ProducerFinished)
}

/// The names of the component's boxes, `control` last.
fn names(cx: &Context) -> (Vec<Arc<str>>, Vec<Arc<str>>) {
    let shared = |names: Vec<String>| names.into_iter().map(Arc::from).collect::<Vec<Arc<str>>>();
    let mut inboxes = shared(cx.inboxes(cx.me()));
    inboxes.sort_by_key(|name| &**name == CONTROL);
    (inboxes, shared(cx.outboxes(cx.me())))
}

fn lanes(names: Vec<Arc<str>>) -> Vec<Lane> {
    // After a change all inboxes are looked at once, which finds out what they hold.
    names.into_iter().map(|name| Lane { name, holds: BoxHolds::More }).collect()
}

/// How many messages an outbox would take now.
fn room(cx: &Context, outbox: &str) -> usize {
    let me = cx.me();
    cx.system.with(|state| {
        let outbox = state.find(me, outbox, Side::Outbox);
        match outbox.map(|outbox| state.post.end_of(outbox)) {
            Ok(NONE) | Err(_) => usize::MAX,
            Ok(target) => state.room(target),
        }
    })
}
