//! When to look through all connections for those that ended without a word.

use std::time::{Duration, Instant};

use axon::Context;

/// Looking at one connection costs some nanoseconds; looking at all is to cost about a hundredth of the
/// time at most.
const PAUSE_FOR_EACH: Duration = Duration::from_micros(5);

/// Plans the looks: after every time the component was woken, since the end of a child may hide behind a
/// message that came in the same turn; soon for few connections, and seldom for many.
#[derive(Debug, Default)]
pub(crate) struct Sweep {
    last: Option<Instant>,
    planned: Option<Instant>,
}

impl Sweep {
    /// Whether to look now, among so many.
    pub(crate) fn is_due(&mut self, cx: &Context, among: usize) -> bool {
        if among == 0 {
            self.planned = None;
            return false;
        }
        let now = cx.now();
        let pause = PAUSE_FOR_EACH * u32::try_from(among).unwrap_or(u32::MAX);
        let at = *self.planned.get_or_insert(self.last.map_or(now, |last| last + pause));
        if at > now {
            return false;
        }
        (self.last, self.planned) = (Some(now), None);
        true
    }

    /// When the next look is planned.
    pub(crate) fn planned(&self) -> Option<Instant> {
        self.planned
    }
}
