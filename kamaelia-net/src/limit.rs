//! A time within which something is to happen.
//!
//! A program may be stopped, or held up by a component that blocks, and then finds that its limits are over
//! although nobody but itself was slow. So whoever judges by a limit looks first at what it waits for; and a
//! limit that is found to be over much too late is extended once, by as long as it was found late.

use std::time::{Duration, Instant};

use axon::time_after;

/// What a sleep may be late by on a busy machine. What is later was held up.
const LATE: Duration = Duration::from_millis(50);

/// A limit that is running. One of `Duration::MAX` is never over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Limit {
    end: Instant,
    length: Duration,
    extended: bool,
}

impl Limit {
    /// A limit that begins now.
    pub(crate) fn new(now: Instant, length: Duration) -> Self {
        Limit { end: time_after(now, length), length, extended: false }
    }

    /// When it is over.
    pub(crate) fn end(&self) -> Instant {
        self.end
    }

    /// How long it was meant to be.
    pub(crate) fn length(&self) -> Duration {
        self.length
    }

    /// Whether it is over, for one who has just looked at what it waits for.
    pub(crate) fn is_over(&mut self, now: Instant) -> bool {
        let Some(late) = now.checked_duration_since(self.end) else { return false };
        if late < LATE || self.extended {
            return true;
        }
        self.extended = true;
        self.end = time_after(now, late.min(self.length));
        self.end <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_limit_is_over_at_its_end_and_not_before() {
        let start = Instant::now();
        let mut limit = Limit::new(start, SECOND);
        assert!(!limit.is_over(start + SECOND / 2));
        assert!(limit.is_over(start + SECOND));
    }

    #[test]
    fn one_who_was_held_up_gives_once_as_much_time_as_it_was_late() {
        let start = Instant::now();
        let mut limit = Limit::new(start, 2 * SECOND);
        assert!(!limit.is_over(start + 3 * SECOND));
        assert_eq!(limit.end(), start + 4 * SECOND);
        assert!(limit.is_over(start + 9 * SECOND));
        let mut limit = Limit::new(start, 2 * SECOND);
        assert!(!limit.is_over(start + 60 * SECOND));
        assert_eq!(limit.end(), start + 62 * SECOND, "never more than the limit itself");
    }

    #[test]
    fn what_is_longer_than_the_clock_can_tell_is_never_over() {
        let start = Instant::now();
        let mut limit = Limit::new(start, Duration::MAX);
        let a_century = 100 * 365 * 24 * 60 * 60 * SECOND;
        assert!(limit.end() > start + a_century);
        assert!(!limit.is_over(start + a_century));
    }
}
