//! Messages that were dropped because their receiver had ended: counted, and reported when a run ends.
//!
//! *Differs from Kamaelia:* there they pile up in the boxes of ended components, unnoticed.
//!
//! Where a receiver lives in another scheduler, this is how its end gets here: the arrival there is woken and
//! tells the departure here, whose inbox is closed; if that run is over, the outbox is deserted.

use super::shared::System;
use super::state::State;
use super::transfer::Refusal;
use crate::kernel::boxes::{BoxId, Deserted, NONE};
use crate::kernel::id::Pid;
use crate::kernel::message::Message;
use crate::kernel::outside::Kind;
use crate::kernel::queue::Reasons;
use crate::kernel::side::Side;

/// How many messages a component may send in one step to an ended one before that is an error.
const UNHEARD_A_STEP: u16 = 1024;

impl State {
    /// Counts a message for a component in another scheduler whose run is over.
    #[cold]
    pub(super) fn deserted(&mut self, outbox: u32, message: Message) -> Box<Refusal> {
        let last = self.post.last_outbox(outbox);
        if let Some(deserted) = self.post.deserted.get_mut(&last) {
            deserted.dropped += 1;
        }
        Refusal::unheard(NONE, message)
    }

    /// An inbox is closed: wakes the components that send to it and asked to be woken.
    #[cold]
    pub(super) fn wake_end_watchers_before(&mut self, inbox: BoxId) {
        let mut watchers = Vec::new();
        self.post.for_each_producer(inbox, &mut |sender| watchers.extend(self.end_watchers.get(&sender)));
        for watcher in watchers {
            self.wake_pid(watcher, Reasons::ANY);
        }
    }

    /// From now on this component is woken when one that it sends to ends.
    pub(in crate::kernel) fn watch_receivers(&mut self, watcher: Pid) {
        self.end_watchers.insert(watcher.index, watcher);
    }

    /// Wakes the end of a linkage from another scheduler when it may have a receiver again.
    pub(in crate::kernel) fn wake_when_heard(&mut self, arrival: Pid) {
        if !self.unheard_arrivals.contains(&arrival) {
            self.unheard_arrivals.push(arrival);
        }
    }

    /// Keeps the counts of a component that is forgotten.
    pub(super) fn remember_unheard(&mut self, index: u32) {
        if self.dropped.is_empty() {
            return;
        }
        let Some(record) = self.records.get(index) else { return };
        for box_ in record.own_boxes.of_side(Side::Inbox) {
            if let Some(dropped) = self.dropped.remove(&box_.index()) {
                let key = (record.identity.kind, record.own_boxes.name(box_).into_owned());
                *self.unheard.entry(key).or_default() += dropped;
            }
        }
    }

    /// The messages that were dropped since the last report, in words.
    fn take_unheard(&mut self) -> Option<String> {
        let forgotten = std::mem::take(&mut self.unheard);
        let mut told: Vec<String> =
            forgotten.iter().map(|((kind, inbox), dropped)| format!("{dropped} at {kind}.{inbox}")).collect();
        let known = std::mem::take(&mut self.dropped);
        told.extend(known.iter().map(|(inbox, dropped)| format!("{dropped} at {}", self.inbox_name(*inbox))));
        for Deserted { passage, dropped } in self.post.deserted.values_mut().filter(|one| one.dropped > 0) {
            told.push(format!("{} by {}", std::mem::take(dropped), passage.name));
        }
        (!told.is_empty()).then(|| told.join(", "))
    }

    /// How many messages were dropped at each inbox of an ended component.
    pub(super) fn dropped_at(&self, index: u32) -> Vec<(String, u64)> {
        let own_boxes = &self.record(index).own_boxes;
        let dropped =
            |box_: BoxId| Some((own_boxes.name(box_).into_owned(), *self.dropped.get(&box_.index())?));
        own_boxes.of_side(Side::Inbox).filter_map(dropped).collect()
    }
}

impl System {
    /// Whether a component that sends to an ended one may go on in this step. If not, it has a turn in the next pass,
    /// even if it pauses now.
    #[cold]
    pub(in crate::kernel) fn may_go_on_unheard(&self, sender: Pid) -> bool {
        self.with(|state| {
            let step = (state.run.pass(), sender);
            let before = state.unheard_in_step.filter(|(of, _)| *of == step).map_or(0, |(_, sent)| sent);
            let goes_on = before < UNHEARD_A_STEP;
            if goes_on {
                state.unheard_in_step = Some((step, before + 1));
            } else {
                state.wake_pid(sender, Reasons::ROOM);
            }
            goes_on
        })
    }

    /// The inbox of a departure has lost its receiver, or has one again.
    pub(in crate::kernel) fn set_heard(&self, inbox: u32, is_heard: bool) {
        if is_heard {
            self.with(|state| state.post.inbox_mut(inbox).reopen());
            self.set_size(inbox, Some(self.crossing_size.get()));
            self.with(State::wake_unheard_arrivals);
        } else {
            self.with(|state| {
                state.close_each(std::iter::once(BoxId::inbox(inbox)));
                state.resume_all_at(inbox);
            });
        }
    }

    /// A run is over: logs how many messages were dropped in it, and how many lines were left out.
    pub(in crate::kernel) fn tell_what_was_left_out(&self) {
        if let Some(dropped) = self.with(State::take_unheard) {
            log::info!(target: "axon", "messages were dropped whose receivers had ended: {dropped}");
        }
        let skipped = self.with(|state| state.logs.take_skipped());
        if skipped > 0 {
            log::warn!(target: "axon", "{skipped} further lines like those before were not logged");
        }
    }

    /// What to append to a line of this kind, if one may be logged now.
    pub(in crate::kernel) fn admits(&self, kind: Kind) -> Option<String> {
        let now = self.clock.now();
        self.with(|state| state.logs.admit(kind, now))
    }
}
