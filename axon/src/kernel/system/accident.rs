//! Panics outside any step. Those in destructors of a component's code are its failures (S29), and are told
//! as soon as the scheduler comes round to it; those in what it had not read are logged.

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

    /// Drops what others had sent to a component and nobody has read. A panic in it is nobody's failure: who
    /// sent it may be gone, and who did not read it has no part in it.
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

    /// The panics that nobody was told of yet.
    pub(in crate::kernel) fn take_accidents(&self) -> Vec<Accident> {
        self.accidents.take()
    }
}

/// Whatever is left when the scheduler and all contexts are gone: what lies in boxes that are still
/// referred to, code that was never activated, values.
impl Drop for System {
    fn drop(&mut self) {
        let state = self.state_mut();
        let unread = state.post.take_everything();
        let records = std::mem::take(&mut state.records);
        let lanes = self.lanes.take();
        let tracker = std::mem::take(&mut self.tracker);
        let mut panics = vec![drop_safely(unread), drop_safely(lanes)];
        panics.extend(records.into_iter().map(drop_safely));
        panics.extend(tracker.into_values().map(drop_safely));
        for text in panics.into_iter().filter_map(Result::err) {
            log::error!(target: "axon", "what was left of a scheduler panicked when it was dropped: {text}");
        }
    }
}
