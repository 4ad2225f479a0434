//! Sending, collecting, and whom each of them wakes.

use super::hint::seldom;
use super::id::{ComponentRef, Pid};
use super::ipc::Ending;
use super::message::{Message, Payload};
use super::microprocess::Reasons;
use super::postbox::{BoxId, Concerns, NONE};
use super::run_queue::Woken;
use super::state::{Offer, State};
use super::system::System;

/// A message that a full box refused, with what there is to tell about it.
pub(super) struct Refusal {
    pub(super) message: Message,
    pub(super) inbox: u32,
    pub(super) length: usize,
    pub(super) size: usize,
}

/// What was found at the head of an inbox.
pub(super) enum Collected<T> {
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
    pub(super) fn send<P: Payload>(&self, sender: Pid, outbox: u32, payload: P) -> Result<(), Box<Refusal>> {
        let mut state = self.borrow();
        let state = &mut *state;
        let target = state.post.dispatch(outbox);
        state.put(target, payload, sender)
    }

    /// Puts a message straight into an inbox, or into the one at the end of its chain.
    pub(super) fn deliver(&self, sender: Pid, inbox: u32, message: Message) -> Result<(), Box<Refusal>> {
        self.with(|state| {
            let target = state.post.route(BoxId::inbox(inbox)).target;
            state.put(target, message, sender)
        })
    }

    /// Takes the oldest message out of an inbox, if its payload is a `T` and a scalar, and wakes whom that
    /// concerns (S16, S17).
    #[inline(always)]
    pub(super) fn collect_scalar<T: Payload>(&self, inbox: u32) -> Collected<T> {
        let mut state = self.borrow();
        let state = &mut *state;
        let found = &mut state.post.inboxes[inbox as usize];
        let Some(first) = found.letters.first() else {
            return if found.route.to.is_none() { Collected::Nothing } else { Collected::PassedOn };
        };
        let Some(value) = first.message.scalar() else {
            return Collected::Other;
        };
        let sender = first.sender;
        found.letters.advance();
        let concerns = found.collection_concerns();
        state.collected(inbox, sender, concerns);
        Collected::Value(value)
    }

    /// Takes the oldest message out of an inbox and wakes whom that concerns.
    #[inline(never)]
    pub(super) fn collect(&self, inbox: u32) -> Option<Message> {
        let mut state = self.borrow();
        let found = &mut state.post.inboxes[inbox as usize];
        let letter = found.letters.pop()?;
        let concerns = found.collection_concerns();
        state.collected(inbox, letter.sender, concerns);
        Some(letter.message)
    }

    /// Whether a message that stops at once lies in an inbox.
    pub(super) fn is_told_to_stop(&self, inbox: u32) -> bool {
        self.with(|state| {
            let mut letters = state.post.inboxes[inbox as usize].letters.iter();
            letters.any(|letter| letter.message.ending() == Some(Ending::ShutdownMicroprocess))
        })
    }

    /// Whether an outbox would take a message now; if not, the asker is woken when it would.
    pub(super) fn has_room(&self, asker: Pid, outbox: u32) -> bool {
        self.with(|state| {
            let target = state.post.outboxes[outbox as usize].route.target;
            if target == NONE || !state.post.inboxes[target as usize].is_full() {
                return true;
            }
            state.post.inboxes[target as usize].enlist(asker);
            false
        })
    }

    /// How many messages wait in an inbox; none in one that is linked on.
    #[inline(always)]
    pub(super) fn waiting(&self, inbox: u32) -> usize {
        self.with(|state| state.post.inboxes[inbox as usize].letters.len())
    }

    /// Limits an inbox; whoever was refused is woken, one for each place there is now.
    pub(super) fn set_size(&self, inbox: u32, size: Option<usize>) {
        self.with(|state| {
            state.post.inboxes[inbox as usize].set_size(size);
            state.offer_room(inbox);
        });
    }

    /// How many messages an inbox may hold.
    pub(super) fn size(&self, inbox: u32) -> Option<usize> {
        let size = self.with(|state| state.post.inboxes[inbox as usize].size);
        (size != NONE).then_some(size as usize)
    }

    /// The box at the end of an outbox's way, in words.
    pub(super) fn destination(&self, inbox: u32) -> String {
        self.with(|state| state.inbox_name(inbox))
    }

    /// Wakes a component on behalf of another.
    pub(super) fn unpause(&self, component: &ComponentRef) {
        self.with(|state| state.wake_pid(component.0.pid, Reasons::UNPAUSED));
    }
}

impl State {
    #[inline(always)]
    pub(super) fn put<P: Payload>(
        &mut self,
        target: u32,
        payload: P,
        sender: Pid,
    ) -> Result<(), Box<Refusal>> {
        let Some(inbox) = self.post.inboxes.get_mut(target as usize) else {
            seldom();
            // Nobody receives it. It is dropped when the borrow is over: a destructor may do anything.
            return Ok(());
        };
        if inbox.is_at_brim() {
            seldom();
            if inbox.is_full() {
                return Err(self.refuse(target, Message::new(payload), sender));
            }
            inbox.make_place(sender);
        }
        inbox.put(payload, sender);
        let listener = inbox.listener;
        self.arrived(target, listener);
        Ok(())
    }

    /// Wakes the owner of an inbox in which a message has arrived.
    #[inline(always)]
    fn arrived(&mut self, inbox: u32, listener: u32) {
        if self.run.wake(listener, Reasons::MESSAGE) == Woken::Ended {
            seldom();
            self.warn_of_ended(listener, inbox);
        }
    }

    #[cold]
    fn refuse(&mut self, target: u32, message: Message, sender: Pid) -> Box<Refusal> {
        let inbox = &mut self.post.inboxes[target as usize];
        inbox.enlist(sender);
        let (length, size) = (inbox.letters.len(), inbox.size as usize);
        Box::new(Refusal { message, inbox: target, length, size })
    }

    /// Puts a payload into an inbox whatever its size.
    pub(super) fn put_at_once<P: Payload>(&mut self, target: u32, payload: P, sender: Pid) {
        let inbox = &mut self.post.inboxes[target as usize];
        inbox.put_at_once(payload, sender);
        let listener = inbox.listener;
        self.arrived(target, listener);
    }

    /// A message was collected: wakes its sender, and whom else that concerns.
    #[inline(always)]
    fn collected(&mut self, inbox: u32, sender: Pid, concerns: Concerns) {
        match concerns {
            Concerns::Sender => _ = self.wake_pid(sender, Reasons::COLLECTED),
            Concerns::Others => {
                seldom();
                self.collected_from_watched(inbox, sender);
            }
        }
    }

    /// The same where somebody waits for the place, or all upstream are woken.
    #[inline(never)]
    fn collected_from_watched(&mut self, inbox: u32, sender: Pid) {
        if self.post.exact_waking {
            self.wake_producers(inbox);
        } else {
            self.wake_pid(sender, Reasons::COLLECTED);
        }
        self.offer_room(inbox);
    }

    /// Wakes those who wait for room, as many as there are places, in the order of refusal (S16).
    #[inline(never)]
    pub(super) fn offer_room(&mut self, inbox: u32) {
        while let Some(refused) = self.post.inboxes[inbox as usize].offer() {
            let due = self.run.pass() + 1;
            if self.wake_pid(refused, Reasons::ROOM) == Woken::Yes {
                self.is_busy = true;
                self.offers.push_back(Offer { due, inbox, to: refused });
            } else {
                self.post.inboxes[inbox as usize].close_offer(refused);
            }
        }
    }

    /// Those who were offered a place have had their turn: what they did not take goes to the next.
    pub(super) fn close_offers(&mut self, all: bool) -> bool {
        let pass = self.run.pass();
        let due = self.offers.iter().take_while(|offer| all || offer.due <= pass).count();
        for Offer { inbox, to, .. } in self.offers.drain(..due).collect::<Vec<_>>() {
            self.post.inboxes[inbox as usize].close_offer(to);
            self.offer_room(inbox);
        }
        due > 0
    }

    /// Axon's own rule: every collection wakes every owner of an outbox upstream (F47).
    #[inline(never)]
    fn wake_producers(&mut self, inbox: u32) {
        let mut producers = Vec::new();
        self.post.for_each_producer(BoxId::inbox(inbox), &mut |producer| producers.push(producer));
        for producer in producers {
            self.run.wake(producer, Reasons::COLLECTED);
        }
    }

    #[cold]
    fn warn_of_ended(&mut self, listener: u32, inbox: u32) {
        // A supervisor will see to it.
        let is_supervised = self.kinship.supervisors(self.record(listener).parents).next().is_some();
        let record = self.record_mut(listener);
        if !is_supervised && !std::mem::replace(&mut record.warned, true) {
            let name = self.inbox_name(inbox);
            log::warn!(target: "axon", "a message arrived at {name}, whose component has ended; it is kept");
        }
    }

    /// The component and name of an inbox, as reports show them.
    pub(super) fn inbox_name(&self, inbox: u32) -> String {
        let owner = self.post.inboxes[inbox as usize].listener;
        format!("{}.{}", self.title(owner), self.record(owner).desk.name(BoxId::inbox(inbox)))
    }
}
