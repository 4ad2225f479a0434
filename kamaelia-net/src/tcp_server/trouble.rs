//! What a server remembers of failures to accept: how long to pause, and what was logged.

use std::fmt;
use std::time::{Duration, Instant};

use axon::{Context, LogLimit, time_after};

/// The pause after the first failure of accept, and the longest that it grows to.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// What there is to remember about failures of accept.
#[derive(Default)]
pub(super) struct Trouble {
    pub(super) pause: Duration,
    log: LogLimit,
}

impl Trouble {
    /// Logs an error of accept, and says until when to pause.
    pub(super) fn met(&mut self, cx: &Context, error: &dyn fmt::Display) -> Instant {
        let now = cx.now();
        if let Some(more) = self.log.admit(now) {
            log::error!("{} cannot accept: {error}; clients wait{more}", cx.name());
        }
        self.pause = (self.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        time_after(now, self.pause)
    }
}
