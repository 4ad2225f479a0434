//! Keeps lines that peers can cause at will, or that repeat for ever, from filling the log.
//!
//! *Differs from Kamaelia:* there nothing is logged.

use std::time::{Duration, Instant};

use super::clock::Clock;

/// How many lines may follow each other without a limit.
const BURST: u32 = 10;
/// The time after which one more line is allowed.
const REFILL: Duration = Duration::from_secs(1);

/// Lets ten lines of a kind into the log, and then one a second, which says how many were left out.
///
/// Use it for lines that a component's peers, or a lasting fault, can cause again and again.
///
/// # Examples
///
/// ```
/// use axon::LogLimit;
/// use std::time::Instant;
///
/// // A field of a component, which would pass `cx.now()`.
/// let mut limit = LogLimit::default();
/// let now = Instant::now();
/// for _ in 0..100 {
///     if let Some(more) = limit.admit(now) {
///         log::warn!("a peer has sent nonsense{more}");
///     }
/// }
/// assert_eq!(limit.skipped(), 90);
/// ```
#[derive(Debug)]
pub struct LogLimit {
    /// How many lines are allowed now.
    left: u32,
    /// When `left` was last increased.
    refilled: Option<Instant>,
    /// How many lines were left out since the last one that was logged.
    skipped: u64,
}

impl Default for LogLimit {
    fn default() -> Self {
        LogLimit { left: BURST, refilled: None, skipped: 0 }
    }
}

impl LogLimit {
    /// Whether a line may be logged now. `Some` if so, with the text to append about the lines that were left
    /// out: nothing, or ` (90 more like this since the last line)`.
    pub fn admit(&mut self, now: Instant) -> Option<String> {
        let since = now.saturating_duration_since(*self.refilled.get_or_insert(now));
        let earned = u32::try_from(since.as_secs() / REFILL.as_secs()).unwrap_or(u32::MAX);
        if earned > 0 {
            self.refilled = Some(now);
            self.left = self.left.saturating_add(earned).min(BURST);
        }
        if self.left == 0 {
            self.skipped += 1;
            return None;
        }
        self.left -= 1;
        Some(match std::mem::take(&mut self.skipped) {
            0 => String::new(),
            skipped => format!(" ({skipped} more like this since the last line)"),
        })
    }

    /// The same with the machine's clock, for code outside the scheduler.
    pub fn admit_now(&mut self) -> Option<String> {
        self.admit(Clock::Real.now())
    }

    /// How many lines were left out and have not been mentioned yet.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.skipped
    }
}

/// What a scheduler logs by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::kernel) enum Kind {
    Failures,
    Panics,
    LongSteps,
    StrayMessages,
    CutLinkages,
    UnreadInboxes,
}

/// One limit for each kind, so that many lines of one kind hide none of another.
#[derive(Default)]
pub(in crate::kernel) struct LogLimits([LogLimit; 6]);

impl LogLimits {
    /// What to append to a line of this kind, if one may be logged now.
    pub(in crate::kernel) fn admit(&mut self, kind: Kind, now: Instant) -> Option<String> {
        self.0[kind as usize].admit(now)
    }

    /// How many lines were left out, of all kinds together, since somebody last asked for their number.
    pub(in crate::kernel) fn take_skipped(&mut self) -> u64 {
        self.0.iter_mut().map(|limit| std::mem::take(&mut limit.skipped)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_lines_come_at_once_and_then_one_a_second_which_counts_those_left_out() {
        let mut limit = LogLimit::default();
        let start = Instant::now();
        let admitted = (0..1000).filter(|_| limit.admit(start).is_some()).count();
        assert_eq!((admitted, limit.skipped()), (10, 990));
        assert_eq!(limit.admit(start + REFILL).as_deref(), Some(" (990 more like this since the last line)"));
        assert_eq!(limit.admit(start + REFILL), None);
        let later = start + REFILL * 3600;
        assert_eq!((0..1000).filter(|_| limit.admit(later).is_some()).count(), 10, "no credit is saved up");
    }

    #[test]
    fn many_lines_of_one_kind_hide_none_of_another() {
        let (mut limits, now) = (LogLimits::default(), Instant::now());
        for _ in 0..15 {
            limits.admit(Kind::Failures, now);
        }
        assert_eq!(limits.admit(Kind::UnreadInboxes, now).as_deref(), Some(""));
        assert_eq!(limits.take_skipped(), 5);
        assert_eq!(limits.take_skipped(), 0);
    }
}
