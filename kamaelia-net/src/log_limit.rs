//! Keeps events that peers can cause at will from filling the log.

use std::fmt::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// How many lines may follow each other without a limit.
const BURST: u32 = 10;
/// The time after which one more line is allowed.
const REFILL: Duration = Duration::from_secs(1);

/// Lets a burst of lines through, and then one a second.
#[derive(Debug)]
pub(crate) struct LogLimit {
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
    /// `Some` if a line may be logged now: the text to append about the lines that were left out.
    pub(crate) fn admit(&mut self, now: Instant) -> Option<String> {
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

    /// How many lines were left out and have not been mentioned yet.
    pub(crate) fn skipped(&self) -> u64 {
        self.skipped
    }
}

/// The longest text that an error of a handler may add to the log, in bytes.
const LONGEST: usize = 500;

/// The beginning of the text of `says`, in one line. The text may contain anything that a peer has sent, and
/// making it may panic.
pub(crate) fn brief(says: &dyn fmt::Display) -> String {
    let mut brief = Brief(String::new());
    match catch_unwind(AssertUnwindSafe(|| write!(brief, "{says}"))) {
        Ok(Ok(())) => {}
        Ok(Err(fmt::Error)) => brief.0.push_str("..."),
        Err(panic) => {
            brief.0.push_str("(it panicked while it was shown)");
            drop_safely(panic);
        }
    }
    brief.0
}

/// Drops what a handler or its factory has left, and catches a panic in its destructor.
pub(crate) fn drop_safely<T>(left: T) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(left))) {
        // Dropping the payload of the panic may panic too, and so on.
        std::mem::forget(panic);
    }
}

/// Collects text up to [`LONGEST`], with control characters escaped.
struct Brief(String);

impl Write for Brief {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for letter in text.chars() {
            if self.0.len() >= LONGEST {
                return Err(fmt::Error);
            }
            if letter.is_control() {
                self.0.extend(letter.escape_default());
            } else {
                self.0.push(letter);
            }
        }
        Ok(())
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
    fn a_text_is_shortened_and_stays_in_one_line_whatever_is_in_it() {
        assert_eq!(brief(&"all\nof\u{1b}[2Jit"), "all\\nof\\u{1b}[2Jit");
        assert_eq!(brief(&"ä".repeat(1_000_000)), "ä".repeat(LONGEST / 2) + "...");
    }

    #[test]
    fn what_panics_while_it_is_shown_is_shown_as_that() {
        struct Bomb;
        impl fmt::Display for Bomb {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "so far ")?;
                panic!("as planned")
            }
        }
        assert_eq!(brief(&Bomb), "so far (it panicked while it was shown)");
    }
}
