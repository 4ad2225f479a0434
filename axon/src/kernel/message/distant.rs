//! A payload that lies in a box of its own, and how several messages share one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::payload::Payload;
use crate::kernel::safely::drop_safely;

/// A payload that has a box of its own.
///
/// When many messages are dropped at once and the payload of one panics, the others are dropped while that
/// panic unwinds: a second one would end the program, and so it ends here.
pub(super) struct Distant(Box<dyn Payload>);

impl Distant {
    #[inline(always)]
    pub(super) fn new(payload: impl Payload) -> Self {
        Distant(Box::new(payload))
    }

    #[inline(always)]
    pub(super) fn get(&self) -> &dyn Payload {
        &*self.0
    }

    pub(super) fn take(mut self) -> Box<dyn Payload> {
        // The box of nothing is no allocation.
        std::mem::replace(&mut self.0, Box::new(()))
    }
}

impl Drop for Distant {
    #[inline]
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Err(text) = drop_safely(std::mem::replace(&mut self.0, Box::new(())))
        {
            log::error!(target: "axon", "one more payload panicked when it was dropped: {text}");
        }
    }
}

/// A payload that several messages share, of a type that need not be `Sync`.
pub(super) type SharedBox = Arc<Mutex<Distant>>;

pub(super) fn lock(shared: &SharedBox) -> MutexGuard<'_, Distant> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
