//! Sending, collecting, and which components each of them wakes.

use super::misrouted::misrouted;
use super::shared::System;
use super::state::{Offer, State};
use crate::kernel::boxes::{BoxId, Concerns, NONE, SIGNAL, limit};
use crate::kernel::cold_path::cold_path;
use crate::kernel::id::{ComponentRef, Pid};
use crate::kernel::message::{Ending, Message, Payload};
use crate::kernel::queue::{Reasons, Woken};
use crate::kernel::side::Side;

/// A message that was not put into a box, with the reason.
pub(in crate::kernel) struct Refusal {
    pub(in crate::kernel) message: Message,
    pub(in crate::kernel) inbox: u32,
    /// The reason is not want of room: the component of the box has ended. The caller drops the message when no
    /// borrow is alive.
    pub(in crate::kernel) is_unheard: bool,
    /// A linkage on its way was cut: it is to be sent again. Only where messages are put into an inbox that was not
    /// just looked for.
    pub(super) is_misrouted: bool,
    pub(in crate::kernel) length: usize,
    pub(in crate::kernel) size: usize,
}

impl Refusal {
    /// The component of the box has ended.
    pub(super) fn unheard(inbox: u32, message: Message) -> Box<Self> {
        Box::new(Refusal { message, inbox, is_unheard: true, is_misrouted: false, length: 0, size: 0 })
    }

    /// For `send`, an ended receiver is no error: the message is dropped, as if the outbox led nowhere.
    fn unless_unheard(self: Box<Self>) -> Result<(), Box<Self>> {
        if self.is_unheard { Ok(()) } else { Err(self) }
    }
}

/// What was found at the head of an inbox.
pub(in crate::kernel) enum Collected<T> {
    /// A scalar of the type asked for.
    Value(T),
    /// A message with another payload, which is still there.
    Other,
    /// Nothing waits.
    Nothing,
    /// The inbox is linked on: its messages are elsewhere (S19a).
    PassedOn,
}

impl System {
    /// Sends a message out of an outbox (S13): into the last inbox of the chain, whose owner is woken.
    #[inline(always)]
    pub(in crate::kernel) fn send<P: Payload>(
        &self,
        sender: Pid,
        outbox: u32,
        payload: P,
    ) -> Result<(), Box<Refusal>> {
        let mut state = self.borrow();
        let target = state.post.dispatch(outbox);
        if target as usize >= state.post.all_inboxes().len() {
            cold_path();
            if state.post.is_deserted(outbox) {
                return Err(state.deserted(outbox, Message::new(payload)));
            }
            state.hint_at_unlinked(outbox);
            // Nobody receives it. It is dropped when the borrow is over: a destructor may do anything.
            drop(state);
            return Ok(());
        }
        let put = state.put(target, payload, sender);
        if let Err(refusal) = &put {
            cold_path();
            if refusal.is_misrouted {
                drop(state);
                return self.send_again(sender, outbox, put);
            }
            // A refused message does not count as sent.
            if !refusal.is_unheard {
                state.post.not_sent(outbox);
            }
        }
        put
    }

    /// Puts a message straight into an inbox, or into the one at the end of its chain.
    pub(in crate::kernel) fn deliver(
        &self,
        sender: Pid,
        inbox: u32,
        message: Message,
    ) -> Result<(), Box<Refusal>> {
        let put = self.with(|state| {
            let target = state.post.found_end(BoxId::inbox(inbox));
            state.put(target, message, sender)
        });
        put.or_else(Refusal::unless_unheard)
    }

    /// Takes the oldest message out of an inbox, if its payload is a `T` and a scalar, and wakes the components
    /// concerned (S16, S17).
    #[inline(always)]
    pub(in crate::kernel) fn collect_scalar<T: Payload>(&self, inbox: u32) -> Collected<T> {
        let mut state = self.borrow();
        let state = &mut *state;
        let found = state.post.inbox_mut(inbox);
        let Some(first) = found.ring_mut().first() else {
            found.ring_mut().shrink();
            return if found.route().to.is_none() { Collected::Nothing } else { Collected::PassedOn };
        };
        let Some(value) = first.message.scalar() else {
            return Collected::Other;
        };
        let sender = first.sender;
        found.ring_mut().advance();
        let concerns = found.collection_concerns();
        state.collected(inbox, sender, concerns);
        Collected::Value(value)
    }

    /// Takes the oldest message out of an inbox and wakes the components concerned.
    #[inline(never)]
    pub(in crate::kernel) fn collect(&self, inbox: u32) -> Option<Message> {
        let mut state = self.borrow();
        let queued = state.post.take(inbox)?;
        let concerns = state.post.inbox(inbox).collection_concerns();
        state.collected(inbox, queued.sender, concerns);
        Some(queued.message)
    }

    /// Whether an inbox holds a message to stop immediately.
    pub(in crate::kernel) fn is_told_to_stop(&self, inbox: u32) -> bool {
        self.with(|state| {
            let mut waiting = state.post.inbox(inbox).ring().iter();
            waiting.any(|queued| queued.message.ending() == Some(Ending::ShutdownMicroprocess))
        })
    }

    /// How the oldest message of an inbox ends its receiver, if it does.
    pub(in crate::kernel) fn first_ending(&self, inbox: u32) -> Option<Ending> {
        self.with(|state| state.post.inbox_mut(inbox).ring_mut().first()?.message.ending())
    }

    /// Whether an outbox would take a message now; if not, the asker is woken when it would.
    pub(in crate::kernel) fn has_room(&self, asker: Pid, outbox: u32) -> bool {
        self.with(|state| {
            let target = state.post.found_end(BoxId::outbox(outbox));
            target == NONE || state.has_room_for(asker, target)
        })
    }

    /// How an outbox that leads to a box without room refuses a message.
    #[cold]
    pub(in crate::kernel) fn refuse(&self, sender: Pid, outbox: u32, message: Message) -> Box<Refusal> {
        self.with(|state| {
            let target = state.post.found_end(BoxId::outbox(outbox));
            state.refuse(target, message, sender)
        })
    }

    /// The inbox at the end of an outbox's way, if its component has ended; [`NONE`] if that was in another
    /// scheduler.
    pub(in crate::kernel) fn unheard_at(&self, outbox: u32) -> Option<u32> {
        self.with(|state| {
            let target = state.post.end_of(BoxId::outbox(outbox));
            match state.post.all_inboxes().get(target as usize) {
                Some(inbox) => inbox.is_closed().then_some(target),
                None => state.post.is_deserted(outbox).then_some(NONE),
            }
        })
    }

    /// How many messages wait in an inbox; none in one that is linked on.
    #[inline(always)]
    pub(in crate::kernel) fn waiting(&self, inbox: u32) -> usize {
        self.with(|state| state.post.inbox(inbox).ring().len())
    }

    /// Limits an inbox. Of the components that were refused, one is woken for each free place.
    pub(in crate::kernel) fn set_size(&self, inbox: u32, size: Option<usize>) {
        self.with(|state| {
            let end = state.post.set_size(inbox, limit(size));
            state.offer_room(end);
        });
    }

    /// How many messages an inbox may hold by its own size, whatever the sizes of its chain.
    pub(in crate::kernel) fn size(&self, inbox: u32) -> Option<usize> {
        self.with(|state| state.post.own_size(inbox))
    }

    /// The box at the end of an outbox's way, in words.
    pub(in crate::kernel) fn destination(&self, inbox: u32) -> String {
        match inbox {
            NONE => String::from("an inbox of another scheduler"),
            _ => self.with(|state| state.inbox_name(inbox)),
        }
    }

    /// Wakes a component on behalf of another.
    pub(in crate::kernel) fn unpause(&self, component: &ComponentRef) {
        self.with(|state| state.wake_pid(component.0.pid, Reasons::UNPAUSED));
    }
}

impl State {
    /// Puts a payload into an inbox at the end of a chain.
    #[inline(always)]
    pub(in crate::kernel) fn put<P: Payload>(
        &mut self,
        mut target: u32,
        payload: P,
        sender: Pid,
    ) -> Result<(), Box<Refusal>> {
        let mut inbox = self.post.inbox_mut(target);
        if inbox.is_at_brim() {
            cold_path();
            if !inbox.route().to.is_none() {
                target = self.post.settled(target);
            } else if self.post.targets.is_misrouted(target) {
                return Err(misrouted(target, Message::new(payload)));
            }
            if self.post.inbox(target).is_closed() {
                return Err(self.unheard(target, Message::new(payload)));
            }
            if self.refuses_at_brim(target, sender) {
                return Err(self.refuse(target, Message::new(payload), sender));
            }
            inbox = self.post.inbox_mut(target);
        }
        inbox.put(payload, sender);
        let listener = inbox.listener();
        if Message::may_weigh::<P>() {
            self.weigh_newest(target, sender);
        }
        self.arrived(listener);
        Ok(())
    }

    /// Wakes the owner of an inbox in which a message has arrived.
    #[inline(always)]
    fn arrived(&mut self, listener: u32) {
        if self.run.wake(listener, Reasons::MESSAGE) == Woken::Suspended {
            cold_path();
            self.resume_if_told(listener);
        }
    }

    /// The first message of an outbox goes nowhere. Nothing is logged for `signal`: the last component of every
    /// pipeline has an unlinked one.
    #[cold]
    fn hint_at_unlinked(&self, outbox: u32) {
        let (sender, sent) = (self.post.outbox(outbox).sender(), self.post.outbox(outbox).sent());
        if sent == 1 && log::log_enabled!(target: "axon", log::Level::Debug) {
            let name = self.record(sender).own_boxes.name(BoxId::outbox(outbox));
            if name != SIGNAL {
                let who = self.title(sender);
                log::debug!(target: "axon", "{who}.{name} is linked to nothing: what it sends is dropped");
            }
        }
    }

    #[cold]
    fn refuse(&mut self, target: u32, message: Message, sender: Pid) -> Box<Refusal> {
        let is_full_of_bytes = self.is_at_burst_limit(target);
        let inbox = self.post.inbox_mut(target);
        inbox.enlist(sender);
        self.backpressure.full.insert(target);
        let length = inbox.ring().len();
        let size = if is_full_of_bytes { length } else { inbox.size() as usize };
        Box::new(Refusal { message, inbox: target, is_unheard: false, is_misrouted: false, length, size })
    }

    /// Counts a message that arrived where it will never be read.
    #[cold]
    fn unheard(&mut self, target: u32, message: Message) -> Box<Refusal> {
        let dropped = self.dropped.entry(target).or_default();
        *dropped += 1;
        if *dropped == 1 {
            let name = self.inbox_name(target);
            log::debug!(
                target: "axon",
                "a message arrived at {name}, whose component has ended: it is dropped, and so is what follows"
            );
        }
        Refusal::unheard(target, message)
    }

    /// Puts a message into an inbox whatever its size. Hands it back to be dropped if its component has
    /// ended.
    pub(in crate::kernel) fn put_at_once(
        &mut self,
        target: u32,
        message: Message,
        sender: Pid,
    ) -> Option<Message> {
        let inbox = self.post.inbox_mut(target);
        if inbox.is_closed() {
            return Some(self.unheard(target, message).message);
        }
        inbox.put_at_once(message, sender);
        let listener = inbox.listener();
        self.post.weigh_newest(target);
        self.arrived(listener);
        None
    }

    /// A component no longer collects from its boxes: messages that arrive there are dropped, and components that
    /// wait for room go on. Lent inboxes are left out, since their owner gets them back.
    pub(super) fn close_inboxes(&mut self, of: u32) {
        let inboxes = self.record(of).own_boxes.of_side(Side::Inbox);
        self.close_each(inboxes);
    }

    /// The same for some inboxes.
    pub(super) fn close_each(&mut self, inboxes: impl Iterator<Item = BoxId>) {
        let mut dismissed = Vec::new();
        for inbox in inboxes {
            if !self.post.is_on_loan(inbox) {
                self.post.inbox_mut(inbox.index()).close(&mut dismissed);
                if !self.end_watchers.is_empty() {
                    self.wake_end_watchers_before(inbox);
                }
            }
        }
        for waiting in dismissed {
            self.wake_pid(waiting, Reasons::ROOM);
        }
    }

    /// A message was collected: wakes its sender, and the other components concerned.
    #[inline(always)]
    fn collected(&mut self, inbox: u32, sender: Pid, concerns: Concerns) {
        match concerns {
            Concerns::Sender => _ = self.wake_pid(sender, Reasons::COLLECTED),
            Concerns::Others => {
                cold_path();
                self.collected_from_watched(inbox, sender);
            }
        }
    }

    /// The same where components wait for the place, or all senders upstream are woken.
    #[inline(never)]
    fn collected_from_watched(&mut self, inbox: u32, sender: Pid) {
        if self.post.wakes_exactly() {
            self.wake_producers(inbox);
        } else {
            self.wake_pid(sender, Reasons::COLLECTED);
        }
        self.resume_if_drained(inbox);
        self.offer_room(inbox);
    }

    /// Wakes components that wait for room, as many as there are places, in the order of refusal (S16).
    #[inline(never)]
    pub(super) fn offer_room(&mut self, inbox: u32) {
        if self.post.inbox(inbox).waiting_for_room().next().is_none() {
            return;
        }
        let room = self.room(inbox);
        while let Some(refused) = self.post.inbox_mut(inbox).offer(room) {
            let due = self.run.pass() + 1;
            if self.wake_pid(refused, Reasons::ROOM) != Woken::Ended {
                self.is_busy = true;
                self.offers.push_back(Offer { due, inbox, to: refused });
            } else {
                self.post.inbox_mut(inbox).close_offer(refused);
            }
        }
    }

    /// The components that were offered a place have had their turn: places that they did not take go to the next.
    pub(in crate::kernel) fn close_offers(&mut self, all: bool) -> bool {
        let pass = self.run.pass();
        let due = self.offers.iter().take_while(|offer| all || offer.due <= pass).count();
        for Offer { inbox, to, .. } in self.offers.drain(..due).collect::<Vec<_>>() {
            self.post.inbox_mut(inbox).close_offer(to);
            self.offer_room(inbox);
        }
        due > 0
    }

    /// Axon's own rule: every collection wakes every owner of an outbox upstream (F47).
    #[inline(never)]
    fn wake_producers(&mut self, inbox: u32) {
        for producer in self.post.producers_in_order(BoxId::inbox(inbox)) {
            self.run.wake(producer, Reasons::COLLECTED);
        }
    }

    /// The component and name of an inbox, as reports show them.
    pub(super) fn inbox_name(&self, inbox: u32) -> String {
        let owner = self.post.inbox(inbox).listener();
        format!("{}.{}", self.title(owner), self.record(owner).own_boxes.name(BoxId::inbox(inbox)))
    }
}
