//! When to look through all connections for those that ended without a word.

use std::time::{Duration, Instant};

use axon::Context;

/// Looking at one connection costs some nanoseconds; looking at all is to cost about a hundredth of the
/// time at most.
const PAUSE_FOR_EACH: Duration = Duration::from_micros(5);

/// Why a component was woken, as far as it can tell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wake {
    /// By a message.
    Explained,
    /// By something else, for example the end of a child.
    Unexplained,
}

/// Plans the looks: only after a wake that nothing else explains, soon for few connections, and seldom
/// for many.
#[derive(Debug, Default)]
pub struct Sweep {
    last: Option<Instant>,
    planned: Option<Instant>,
}

impl Sweep {
    /// Whether to look now, among so many.
    pub fn is_due(&mut self, cx: &Context, among: usize, wake: Wake) -> bool {
        if among == 0 {
            self.planned = None;
            return false;
        }
        if self.planned.is_none() && wake == Wake::Explained {
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
    pub fn planned(&self) -> Option<Instant> {
        self.planned
    }
}
