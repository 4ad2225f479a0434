//! How many messages a component may receive in one step before it gives the others a turn.
//!
//! A component that finds a message whenever it awaits one would never give up control. So the number of messages
//! in a step is limited; and while steps are long, so is the time.

use std::cell::Cell;
use std::time::{Duration, Instant};

use super::microprocess::Wait;
use crate::kernel::outside::Clock;

/// How long a component whose awaits are always ready may run before it gives the others a turn, and how long the
/// scheduler may run before it polls the park.
pub(in crate::kernel) const SLICE: Duration = Duration::from_millis(1);

/// How many messages a component may receive in one step.
const MESSAGES_A_STEP: u16 = 1024;

/// How many messages the running step may still receive.
pub(in crate::kernel) struct Budget {
    /// When the step began, while steps are measured because they are long.
    began: Cell<Option<Instant>>,
    /// What the next step begins with: no reason to sleep, and its number of messages.
    fresh: Cell<Wait>,
    /// How many messages the step was allowed so far, while steps are measured.
    allowed: Cell<u16>,
}

impl Budget {
    pub(in crate::kernel) fn new() -> Self {
        let budget =
            Budget { began: Cell::new(None), fresh: Cell::new(Wait::NOTHING), allowed: Cell::new(1) };
        budget.begin(None);
        budget
    }

    /// Prepares for the next step, which is measured if its start time is given.
    pub(in crate::kernel) fn begin(&self, began: Option<Instant>) {
        // Each step may receive at least one message, however late it is: a virtual clock may jump while it runs.
        let left = if began.is_some() { 1 } else { MESSAGES_A_STEP };
        self.began.set(began);
        self.fresh.set(Wait::NOTHING.with_left(left));
        self.allowed.set(left);
    }

    /// When the running step began, if it is measured.
    pub(in crate::kernel) fn began(&self) -> Option<Instant> {
        self.began.get()
    }

    #[inline(always)]
    pub(in crate::kernel) fn fresh(&self) -> Wait {
        self.fresh.get()
    }

    /// How many more messages a step may receive once it has used up its number: as many again, if it is measured and
    /// within its slice. Doubling keeps readings of the clock few.
    #[cold]
    pub(in crate::kernel) fn more(&self, clock: &Clock) -> Option<u16> {
        let allowed = self.allowed.get();
        let is_soon = |began: Instant| clock.now().saturating_duration_since(began) < SLICE;
        if allowed >= MESSAGES_A_STEP || !self.began.get().is_some_and(is_soon) {
            return None;
        }
        self.allowed.set(2 * allowed);
        Some(allowed)
    }
}
