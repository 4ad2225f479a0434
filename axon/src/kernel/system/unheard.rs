//! What was dropped because the component that it arrived at had ended: counted, and told when a run ends.
//!
//! *Differs from Kamaelia:* there it piles up in the boxes of the dead, and nobody hears of it.

use super::shared::System;
use super::state::{Record, State};
use crate::kernel::boxes::BoxId;
use crate::kernel::id::Pid;
use crate::kernel::queue::Reasons;

/// How many messages a component may send in one step to one that has ended, before that is an error.
const UNHEARD_A_STEP: u16 = 1024;

impl State {
    /// Keeps the counts of one that is forgotten.
    pub(super) fn remember_unheard(&mut self, record: &Record) {
        if self.dropped.is_empty() {
            return;
        }
        for box_ in record.own_boxes.boxes().filter(|box_| !box_.is_outbox()) {
            if let Some(dropped) = self.dropped.remove(&box_.index()) {
                let key = (record.identity.kind, record.own_boxes.name(box_).into_owned());
                *self.unheard.entry(key).or_default() += dropped;
            }
        }
    }

    /// What was dropped since it was last told, in words.
    fn take_unheard(&mut self) -> Option<String> {
        let forgotten = std::mem::take(&mut self.unheard);
        let mut told: Vec<String> =
            forgotten.iter().map(|((kind, inbox), dropped)| format!("{dropped} at {kind}.{inbox}")).collect();
        let known = std::mem::take(&mut self.dropped);
        told.extend(known.iter().map(|(inbox, dropped)| format!("{dropped} at {}", self.inbox_name(*inbox))));
        (!told.is_empty()).then(|| told.join(", "))
    }

    /// How many messages were dropped at each inbox of one that has ended.
    pub(super) fn dropped_at(&self, index: u32) -> Vec<(String, u64)> {
        let own_boxes = &self.record(index).own_boxes;
        let dropped =
            |box_: BoxId| Some((own_boxes.name(box_).into_owned(), *self.dropped.get(&box_.index())?));
        own_boxes.boxes().filter(|box_| !box_.is_outbox()).filter_map(dropped).collect()
    }
}

impl System {
    /// Whether a component that sends to one that has ended may go on in this step. If not, it has a turn in the
    /// next pass, even if it pauses now.
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

    /// A run is over: says what was dropped in it.
    pub(in crate::kernel) fn tell_unheard(&self) {
        if let Some(dropped) = self.with(State::take_unheard) {
            log::info!(target: "axon", "messages were dropped whose receivers had ended: {dropped}");
        }
    }
}
