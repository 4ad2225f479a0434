//! Panics outside any step. A panic in a destructor of a component's code is its failure (S29), which the scheduler
//! reports between two steps; a panic in a message that it had not read is logged.

use super::shared::System;
use crate::kernel::error::{Accident, Cause};
use crate::kernel::id::ComponentRef;
use crate::kernel::outside::Kind;
use crate::kernel::safely::drop_safely;

impl System {
    /// Drops the code of a component.
    pub(in crate::kernel) fn drop_of<T>(
        &self,
        who: &(String, String),
        supervised: Option<&ComponentRef>,
        left: T,
    ) {
        if let Err(text) = drop_safely(left) {
            let accident =
                Accident { who: who.clone(), supervised: supervised.cloned(), cause: Cause::Panic(text) };
            self.accidents.borrow_mut().push(accident);
            self.attention.set(true);
        }
    }

    /// Drops the messages that a component had not read. A panic in one of them is no component's failure: the sender
    /// may be gone, and the receiver never touched it.
    pub(in crate::kernel) fn drop_unread<T>(&self, of: &dyn std::fmt::Display, unread: T) {
        if let Err(text) = drop_safely(unread)
            && let Some(more) = self.admits(Kind::Panics)
        {
            log::error!(target: "axon", "what {of} had not read panicked when it was dropped: {text}{more}");
        }
    }

    /// Drops the error of a component, which was reported.
    pub(in crate::kernel) fn drop_error<T>(&self, what: impl std::fmt::Display, error: T) {
        if let Err(text) = drop_safely(error)
            && let Some(more) = self.admits(Kind::Panics)
        {
            log::error!(target: "axon", "{what} panicked when it was dropped: {text}{more}");
        }
    }

    /// The panics that were not reported yet.
    pub(in crate::kernel) fn take_accidents(&self) -> Vec<Accident> {
        self.accidents.take()
    }
}

/// Drops what is left when the scheduler and all contexts are gone: messages in boxes that are still referred to,
/// code that was never activated, tracked values.
impl Drop for System {
    fn drop(&mut self) {
        let state = self.state_mut();
        let unread = state.post.take_everything();
        let records = std::mem::take(&mut state.records);
        let lanes = self.lanes.take();
        let tracker = std::mem::take(&mut self.tracker);
        let mut panics = vec![drop_safely(unread), drop_safely(lanes)];
        panics.extend(records.into_all().map(drop_safely));
        panics.extend(tracker.into_values().map(drop_safely));
        for text in panics.into_iter().filter_map(Result::err) {
            log::error!(target: "axon", "what was left of a scheduler panicked when it was dropped: {text}");
        }
    }
}
