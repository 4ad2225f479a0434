//! When the scheduler polls the park for events from outside: after a number of steps, and after a time.
//!
//! Reading the clock costs as much as a short step. So it is read now and then while steps are short, and after each
//! step while they are long.
//!
//! *Differs from Kamaelia:* there the Selector is a thread, whose messages wait until the pass is over.

use std::time::Instant;

use super::budget::{Budget, SLICE};
use crate::kernel::outside::Clock;

/// Steps between polls of the park, if there was no sleep. Enough for some rounds through all components that the
/// last poll has woken, so that they finish what they began before others begin.
const STEPS_BETWEEN_LOOKS: usize = 127;

/// Steps between readings of the clock while steps are short.
const STEPS_BETWEEN_READINGS: usize = 32;

/// How many steps in a row must be short before steps count as short.
const SHORT_STEPS: usize = 16;

/// How fast the steps are, and when the park is to be polled.
///
/// ```text
///            a reading after a slice or more
///   short ────────────────────────────────────► long: each step is measured
///     ▲                                          │
///     └──────────────────────────────────────────┘
///            so many steps in a row are short
/// ```
pub(in crate::kernel) struct Pace {
    /// Steps since the last poll.
    steps: usize,
    /// The number of steps at which the clock is read again.
    reading_at: usize,
    /// When the clock was last read; `None` if not since the last sleep.
    read: Option<Instant>,
    /// The time of the last poll, or of the first reading after it.
    looked: Option<Instant>,
    /// While steps count as long: how many in a row were short.
    short: usize,
}

impl Pace {
    pub(in crate::kernel) fn new() -> Self {
        Pace { steps: 0, reading_at: 0, read: None, looked: None, short: 0 }
    }

    /// A run begins, and nothing is known of its steps; or steps have turned out to be long. From now on they are
    /// measured. Returns the time at which the next one begins.
    pub(in crate::kernel) fn begin(&mut self, clock: &Clock) -> Option<Instant> {
        let now = clock.now();
        *self = Pace { read: Some(now), looked: Some(now), ..Pace::new() };
        Some(now)
    }

    /// There was a sleep, or others had the thread. Takes when the last step ended, if steps
    /// are measured, and returns when the next begins.
    pub(in crate::kernel) fn slept(&mut self, measured: Option<Instant>, clock: &Clock) -> Option<Instant> {
        let now = measured.map(|_| clock.now());
        let pause = if measured.is_some() { 0 } else { STEPS_BETWEEN_READINGS };
        (self.reading_at, self.read, self.looked) = (self.steps + pause, now, now);
        now
    }

    /// A step that was measured has ended. Returns when the next begins, if that is to be measured too.
    #[cold]
    pub(in crate::kernel) fn measure(&mut self, began: Instant, clock: &Clock) -> Option<Instant> {
        let now = clock.now();
        self.short = if now.saturating_duration_since(began) < SLICE { self.short + 1 } else { 0 };
        (self.short < SHORT_STEPS).then_some(now)
    }

    /// A pass with this many steps is over.
    #[inline(always)]
    pub(in crate::kernel) fn count(&mut self, steps: usize) {
        self.steps += steps;
    }

    /// Whether the clock is to be read, and [`Pace::is_look_due`] to be asked.
    #[inline(always)]
    pub(in crate::kernel) fn is_reading_due(&self) -> bool {
        self.steps >= self.reading_at
    }

    /// Reads the clock and says whether the park is to be polled. If steps have turned out to be long, they are
    /// measured from now on.
    pub(in crate::kernel) fn is_look_due(&mut self, budget: &Budget, clock: &Clock) -> bool {
        let now = budget.began().unwrap_or_else(|| clock.now());
        let is_slice =
            |since: Option<Instant>| since.is_some_and(|since| now.saturating_duration_since(since) >= SLICE);
        if budget.began().is_none() && is_slice(self.read) {
            self.short = 0;
            budget.begin(Some(now));
        }
        let is_due = self.steps > STEPS_BETWEEN_LOOKS || is_slice(self.looked);
        self.read = Some(now);
        self.looked = self.looked.or(Some(now));
        let steps = if is_due { 0 } else { self.steps };
        let pause = if budget.began().is_some() { 0 } else { STEPS_BETWEEN_READINGS };
        self.reading_at = (steps + pause).min(STEPS_BETWEEN_LOOKS + 1);
        is_due
    }

    /// The park was polled.
    pub(in crate::kernel) fn looked(&mut self) {
        (self.steps, self.looked) = (0, self.read);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Runs passes of one step, each of so much time, until a look is due or there were enough.
    fn passes_until_look(pace: &mut Pace, budget: &Budget, clock: &Clock, step: Duration) -> usize {
        for passes in 1..=1000 {
            clock.jump_to(clock.now() + step);
            if let Some(began) = budget.began() {
                budget.begin(pace.measure(began, clock));
            }
            pace.count(1);
            if pace.is_reading_due() && pace.is_look_due(budget, clock) {
                pace.looked();
                return passes;
            }
        }
        1000
    }

    #[test]
    fn long_steps_are_looked_after_at_each_and_short_ones_after_so_many() {
        let (mut pace, clock) = (Pace::new(), Clock::standing_still());
        let budget = Budget::new();
        budget.begin(pace.begin(&clock));
        let (long, short) = (10 * SLICE, SLICE / 1000);
        let mut passes = |step| passes_until_look(&mut pace, &budget, &clock, step);
        assert_eq!([passes(long), passes(long), passes(long)], [1, 1, 1]);
        assert_eq!([passes(short), passes(short), passes(short)], [128, 128, 128]);
        assert!(budget.began().is_none(), "the clock is read now and then only");
        // When they become long again, that is seen at the next reading.
        assert!(passes(long) <= STEPS_BETWEEN_READINGS);
        assert_eq!([passes(long), passes(long)], [1, 1]);
        assert_eq!(passes(SLICE / 2), 2);
    }

    #[test]
    fn a_sleep_is_no_long_step() {
        let (mut pace, clock) = (Pace::new(), Clock::standing_still());
        let budget = Budget::new();
        for _ in 0..1000 {
            clock.jump_to(clock.now() + 10 * SLICE);
            budget.begin(pace.slept(budget.began(), &clock));
            pace.count(1);
            if pace.is_reading_due() && pace.is_look_due(&budget, &clock) {
                assert!(pace.steps > STEPS_BETWEEN_LOOKS);
                pace.looked();
            }
        }
        assert!(budget.began().is_none());
    }
}
