//! What is sent out of `signal` for a component whose loop was ended by what it was told.
//!
//! Ported from the last lines of nearly every `main` of Kamaelia: `self.send(msg, "signal")`.
//!
//! *Differs from Kamaelia:* there each component says it itself, or forgets it.

use super::shared::System;
use super::state::State;
use crate::kernel::boxes::{BoxId, CONTROL, NONE, SIGNAL};
use crate::kernel::id::Pid;
use crate::kernel::message::{Ending, Message, ProducerFinished};
use crate::kernel::side::Side;

impl System {
    /// A component's loop was ended by what waits in `control`, which is passed on when its `main` returns.
    #[cold]
    pub(in crate::kernel) fn loop_is_over(&self, component: Pid) {
        self.with(|state| {
            let said = state.said(component.index);
            state.remembered.loops_over.insert(component.index, said);
        });
    }

    /// A component's `main` has returned: passes on what ended its loop, unless it has sent a last word
    /// itself.
    pub(in crate::kernel) fn pass_on_ending(&self, index: u32) {
        let is_owed = self.with(|state| {
            let said = state.remembered.loops_over.remove(&index)?;
            (state.said(index) == said).then_some(())
        });
        if is_owed.is_some() {
            // Nothing, if the component has taken the notice itself.
            self.say(index, self.what_it_was_told(index));
        }
    }

    /// Sends out of `signal` what a component was told, or that no more will come if it was told nothing that
    /// ends it.
    pub(in crate::kernel) fn say_last_word(&self, index: u32) {
        let mut words = self.what_it_was_told(index);
        if words.last().and_then(Message::ending).is_none() {
            words.push(Message::new(ProducerFinished::new()));
        }
        self.say(index, words);
    }

    /// What waits in the `control` of a component, up to the message that ends it.
    fn what_it_was_told(&self, index: u32) -> Vec<Message> {
        let mut told = Vec::new();
        let control = self.with(|state| {
            let own_boxes = &state.record(index).own_boxes;
            own_boxes.find_declared(Side::Inbox, CONTROL).map(BoxId::index)
        });
        let Some(control) = control else { return told };
        let stops = self.is_told_to_stop(control);
        while let Some(message) = self.collect(control) {
            let ending = message.ending();
            // If it was told twice, to stop immediately is what counts.
            if !(stops && ending == Some(Ending::ProducerFinished)) {
                told.push(message);
                if ending.is_some() {
                    break;
                }
            }
        }
        told
    }

    /// Sends messages out of a component's `signal`, whatever room there is.
    fn say(&self, index: u32, words: Vec<Message>) {
        for message in words {
            // If nobody receives it, it is dropped here, where no borrow is alive.
            let _unheard = self.with(|state| {
                let target = state.signal(index).map_or(NONE, |signal| {
                    state.post.dispatch(signal);
                    state.post.found_end(BoxId::outbox(signal))
                });
                if target == NONE {
                    return Some(message);
                }
                let sender = state.record(index).identity.pid;
                state.put_at_once(target, message, sender)
            });
        }
    }
}

impl State {
    /// The outbox `signal` of a component.
    fn signal(&self, index: u32) -> Option<u32> {
        let own_boxes = &self.record(index).own_boxes;
        own_boxes.find_declared(Side::Outbox, SIGNAL).map(BoxId::index)
    }

    /// How much a component has sent out of `signal`.
    fn said(&self, index: u32) -> u64 {
        self.signal(index).map_or(0, |signal| self.post.outbox(signal).sent())
    }
}
