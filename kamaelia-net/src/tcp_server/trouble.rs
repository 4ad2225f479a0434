//! What a server remembers of failures to accept: how long to pause, and what was logged.

use std::io;
use std::time::{Duration, Instant};

use axon::Context;

/// The pause after the first failure of accept, and the longest that it grows to.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// What there is to remember about failures of accept.
#[derive(Default)]
pub(super) struct Trouble {
    pub(super) pause: Duration,
    logged: Option<Instant>,
    /// Failures that were not logged.
    silent: usize,
}

impl Trouble {
    /// Logs an error of accept, and says until when to pause.
    pub(super) fn met(&mut self, cx: &Context, error: &io::Error) -> Instant {
        let now = cx.now();
        if self.logged.is_none_or(|logged| now.saturating_duration_since(logged) >= Duration::from_secs(1)) {
            let more = match std::mem::take(&mut self.silent) {
                0 => String::new(),
                silent => format!(" ({silent} more times since)"),
            };
            log::error!("{} cannot accept: {error}{more}; clients wait", cx.name());
            self.logged = Some(now);
        } else {
            self.silent += 1;
        }
        self.pause = (self.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        now + self.pause
    }
}
