//! How much a step may find of what it asks for before it hands over.
//!
//! A component that finds a message whenever it asks would never give the others a turn. So a step may find so
//! many; and while steps are long, only as many as fit into a slice of time.

use std::cell::Cell;
use std::time::{Duration, Instant};

use super::clock::Clock;
use super::microprocess::Wait;

/// After how much time a component hands over that always finds what it asks for, and what comes from outside is
/// looked for.
pub(super) const SLICE: Duration = Duration::from_millis(1);

/// How many messages a component may find in one step, one after the other, before it hands over.
const MESSAGES_A_STEP: u16 = 1024;

/// What the running step may find.
pub(super) struct Budget {
    /// When it began, while steps are long.
    began: Cell<Option<Instant>>,
    /// What the next step begins with: it waits for nothing, and may find so much without asking again.
    fresh: Cell<Wait>,
    /// How much it was allowed to find so far, while steps are long.
    allowed: Cell<u16>,
}

impl Budget {
    pub(super) fn new() -> Self {
        let budget =
            Budget { began: Cell::new(None), fresh: Cell::new(Wait::NOTHING), allowed: Cell::new(1) };
        budget.begin(None);
        budget
    }

    /// The next step begins; with the time, if it is to be measured.
    pub(super) fn begin(&self, began: Option<Instant>) {
        // Each step may find one thing, however late it is: a clock may be turned while it runs.
        let left = if began.is_some() { 1 } else { MESSAGES_A_STEP };
        self.began.set(began);
        self.fresh.set(Wait::NOTHING.with_left(left));
        self.allowed.set(left);
    }

    /// When the running step began, if it is measured.
    pub(super) fn began(&self) -> Option<Instant> {
        self.began.get()
    }

    #[inline(always)]
    pub(super) fn fresh(&self) -> Wait {
        self.fresh.get()
    }

    /// A step that has found all that it may can find as much again while it is measured and its slice lasts:
    /// so the clock is read few times. Returns how much.
    #[cold]
    pub(super) fn more(&self, clock: &Clock) -> Option<u16> {
        let allowed = self.allowed.get();
        let is_soon = |began: Instant| clock.now().saturating_duration_since(began) < SLICE;
        if allowed >= MESSAGES_A_STEP || !self.began.get().is_some_and(is_soon) {
            return None;
        }
        self.allowed.set(2 * allowed);
        Some(allowed)
    }
}
