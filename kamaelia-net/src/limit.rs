//! A time limit for something that is expected to happen.
//!
//! A program that was stopped for a while, or delayed by a component that blocks, finds limits exceeded
//! although only the program itself was slow. So a component checks for the expected event before it checks
//! the limit; and a limit that is noticed much too late is extended once, by as long as it was late.

use std::time::{Duration, Instant};

use axon::time_after;

/// How late a sleep may end on a busy machine. If it ends later, the program was held up.
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

    /// The length that was asked for.
    pub(crate) fn length(&self) -> Duration {
        self.length
    }

    /// Whether the limit is exceeded. The caller has just checked for the event that it waits for.
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
