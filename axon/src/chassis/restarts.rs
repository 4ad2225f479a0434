//! When a supervised component is made again, how soon, and how often before its supervisor gives up.

use std::collections::VecDeque;
use std::fmt;
use std::time::{Duration, Instant};

use crate::{LogLimit, error::Failure};

/// After which ends of a child another is made: see [`Supervisor`](super::Supervisor).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Restart {
    /// Never: a failure is logged, and the supervisor ends cleanly.
    Never,
    /// After failures only. This is the default.
    #[default]
    OnFailure,
    /// After failures, and when the child ends without having been told to.
    Always,
}

/// How many failures are kept for the error of a supervisor that gives up.
const KEPT_FAILURES: usize = 16;

/// How many different times of ends are kept. Further ends are counted with the last of them.
const KEPT_TIMES: usize = 1024;

/// The policy of one supervisor, and what has happened so far.
///
/// Invariant: however often and however fast children end, what is kept here has a limit.
pub(super) struct Restarts {
    pub(super) policy: Restart,
    most: usize,
    within: Duration,
    first_wait: Duration,
    longest_wait: Duration,
    /// The times at which children ended and had to be replaced, and how many at each time; none older than
    /// `within`, oldest first.
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

    /// Notes the end of a child that had lived for so long. Returns how long to wait before the next is
    /// made.
    pub(super) fn after(
        &mut self,
        (now, lived): (Instant, Duration),
        failure: Option<Failure>,
        (supervisor, child): (&str, &str),
    ) -> Result<Duration, TooManyRestartsError> {
        self.note(now, failure);
        if self.ends() > self.most {
            return Err(TooManyRestartsError {
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

    /// The number of this restart within the time, and how many are allowed.
    fn count(&self) -> String {
        format!("{} of at most {} within {:?}", self.ends(), self.most, self.within)
    }

    /// Logs a restart and its reason, or only counts it if there were too many.
    pub(super) fn tell(&mut self, now: Instant, why: impl fmt::Display, supervisor: &str, wait: Duration) {
        let Some(more) = self.log.admit(now) else { return };
        let count = self.count();
        let waits = if wait.is_zero() { String::new() } else { format!(" in {wait:?}") };
        log::warn!("{why}; {supervisor} replaces it{waits} ({count}){more}");
    }

    /// Logs how many restarts were only counted.
    pub(super) fn tell_rest(&self, supervisor: &str) {
        let untold = self.log.skipped();
        if untold > 0 {
            log::warn!("{supervisor} replaced its child {untold} more times");
        }
    }
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

/// A supervisor gave up: its child ended more often than it may. This is the supervisor's own failure.
#[derive(Clone, Debug)]
pub struct TooManyRestartsError {
    supervisor: String,
    child: String,
    most: usize,
    within: Duration,
    ends: usize,
    failures: Vec<Failure>,
}

impl TooManyRestartsError {
    /// The last failures, oldest first, at most sixteen. There are fewer failures than ends if some
    /// children ended without one.
    #[must_use]
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }
}

impl fmt::Display for TooManyRestartsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TooManyRestartsError { supervisor, child, most, within, ends, failures } = self;
        write!(f, "{supervisor} gave up on {child}: more than {most} restarts within {within:?}")?;
        let untold = ends.saturating_sub(failures.len());
        if untold > 0 {
            write!(f, "\n  {untold} ends without a failure, or before these")?;
        }
        failures.iter().try_for_each(|failure| write!(f, "\n  {failure}"))
    }
}

impl std::error::Error for TooManyRestartsError {}
