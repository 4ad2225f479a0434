//! When a supervised component is made anew, how soon, and how often before its supervisor gives up.

use std::collections::VecDeque;
use std::fmt;
use std::time::{Duration, Instant};

use crate::Failure;

/// Which ends of a child are followed by a new child: see [`Supervisor`](super::Supervisor).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Restart {
    /// None: a failure is logged, and the supervisor ends in order.
    Never,
    /// Failures only: the default.
    #[default]
    OnFailure,
    /// Failures, and ends in order that nobody told the child.
    Always,
}

/// How many failures are kept for the error of a supervisor that gives up.
const KEPT_FAILURES: usize = 16;
/// How many different times of ends are kept; more ends than that count as one with the last.
const KEPT_TIMES: usize = 1024;
/// How many restarts the log tells within [`LOG_TIME`]; of more, the number.
const LOG_LINES: u32 = 5;
const LOG_TIME: Duration = Duration::from_secs(1);

/// The policy of one supervisor, and what has happened so far.
///
/// Invariant: however often and however fast children end, what is kept here has a limit.
pub(super) struct Restarts {
    pub(super) policy: Restart,
    most: usize,
    within: Duration,
    first_wait: Duration,
    longest_wait: Duration,
    /// When children ended that called for a new one, and how many at that time, not older than `within`,
    /// oldest first.
    ends: VecDeque<(Instant, usize)>,
    /// The last failures among them, oldest first.
    failures: VecDeque<(Instant, Failure)>,
    /// The wait before the next restart.
    next_wait: Duration,
    log: LogLimit,
}

impl Restarts {
    pub(super) fn at_most(&mut self, most: usize, within: Duration) {
        (self.most, self.within) = (most, within);
    }

    pub(super) fn backoff(&mut self, first: Duration, longest: Duration) {
        (self.first_wait, self.longest_wait) = (first, longest.max(first));
        self.next_wait = first;
    }

    /// Notes the end of a child that had lived so long; how long to wait before the next is made.
    pub(super) fn after(
        &mut self,
        (now, lived): (Instant, Duration),
        failure: Option<Failure>,
        (supervisor, child): (&str, &str),
    ) -> Result<Duration, TooManyRestarts> {
        self.note(now, failure);
        if self.ends() > self.most {
            return Err(TooManyRestarts {
                supervisor: supervisor.to_owned(),
                child: child.to_owned(),
                most: self.most,
                within: self.within,
                ends: self.ends(),
                failures: self.failures.drain(..).map(|(_, failure)| failure).collect(),
            });
        }
        if lived > self.longest_wait {
            self.next_wait = self.first_wait;
        }
        let wait = self.next_wait;
        self.next_wait = wait.saturating_mul(2).min(self.longest_wait);
        Ok(wait)
    }

    fn note(&mut self, now: Instant, failure: Option<Failure>) {
        let is_old = |then: Instant| now.duration_since(then) > self.within;
        while self.ends.front().is_some_and(|(then, _)| is_old(*then)) {
            self.ends.pop_front();
        }
        while self.failures.front().is_some_and(|(then, _)| is_old(*then)) {
            self.failures.pop_front();
        }
        let is_full = self.ends.len() == KEPT_TIMES;
        match self.ends.back_mut() {
            Some((then, ends)) if *then == now || is_full => (*then, *ends) = (now, *ends + 1),
            _ => self.ends.push_back((now, 1)),
        }
        if let Some(failure) = failure {
            if self.failures.len() == KEPT_FAILURES {
                self.failures.pop_front();
            }
            self.failures.push_back((now, failure));
        }
    }

    fn ends(&self) -> usize {
        self.ends.iter().map(|(_, ends)| ends).sum()
    }

    /// Which restart within the time this is, and how many there may be.
    fn count(&self) -> String {
        format!("{} of at most {} within {:?}", self.ends(), self.most, self.within)
    }

    /// Tells the log of a restart and why it is made, or counts it if the log has heard enough.
    pub(super) fn tell(&mut self, now: Instant, why: impl fmt::Display, supervisor: &str, wait: Duration) {
        let Some(untold) = self.log.asks(now) else { return };
        let count = self.count();
        let waits = if wait.is_zero() { String::new() } else { format!(" in {wait:?}") };
        log::warn!("{why}; {supervisor} replaces it{waits} ({count}){}", also(untold));
    }

    /// Tells how many restarts the log has not heard of.
    pub(super) fn tell_rest(&mut self, supervisor: &str) {
        if self.log.untold > 0 {
            let untold = std::mem::take(&mut self.log.untold);
            log::warn!("{supervisor} replaced its child {untold} more times");
        }
    }
}

fn also(untold: u64) -> String {
    if untold == 0 { String::new() } else { format!("; {untold} restarts before it were not told") }
}

impl Default for Restarts {
    fn default() -> Self {
        Restarts {
            policy: Restart::default(),
            most: 3,
            within: Duration::from_secs(5),
            first_wait: Duration::ZERO,
            longest_wait: Duration::ZERO,
            ends: VecDeque::new(),
            failures: VecDeque::new(),
            next_wait: Duration::ZERO,
            log: LogLimit::default(),
        }
    }
}

/// Keeps a storm of restarts from filling the log.
#[derive(Default)]
struct LogLimit {
    /// Since when lines are counted.
    since: Option<Instant>,
    lines: u32,
    untold: u64,
}

impl LogLimit {
    /// Whether there may be one more line, and how many there were not before it.
    fn asks(&mut self, now: Instant) -> Option<u64> {
        if self.since.is_none_or(|since| now.duration_since(since) >= LOG_TIME) {
            (self.since, self.lines) = (Some(now), 0);
        }
        if self.lines == LOG_LINES {
            self.untold += 1;
            return None;
        }
        self.lines += 1;
        Some(std::mem::take(&mut self.untold))
    }
}

/// A supervisor gave up: its child ended more often than it may. This is the supervisor's own failure.
#[derive(Clone, Debug)]
pub struct TooManyRestarts {
    supervisor: String,
    child: String,
    most: usize,
    within: Duration,
    ends: usize,
    failures: Vec<Failure>,
}

impl TooManyRestarts {
    /// The last failures that were too many, oldest first, at most sixteen. There are fewer than there
    /// were ends, if some ended without a failure.
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }
}

impl fmt::Display for TooManyRestarts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TooManyRestarts { supervisor, child, most, within, ends, failures } = self;
        write!(f, "{supervisor} gave up on {child}: more than {most} restarts within {within:?}")?;
        let untold = ends.saturating_sub(failures.len());
        if untold > 0 {
            write!(f, "\n  {untold} ends without a failure, or before these")?;
        }
        failures.iter().try_for_each(|failure| write!(f, "\n  {failure}"))
    }
}

impl std::error::Error for TooManyRestarts {}
