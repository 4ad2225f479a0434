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

/// The policy of one supervisor, and what has happened so far.
pub(super) struct Restarts {
    pub(super) policy: Restart,
    most: usize,
    within: Duration,
    first_wait: Duration,
    longest_wait: Duration,
    /// The ends of children that called for a new one and are not older than `within`, oldest first.
    ends: VecDeque<(Instant, Option<Failure>)>,
}

impl Restarts {
    pub(super) fn at_most(&mut self, most: usize, within: Duration) {
        (self.most, self.within) = (most, within);
    }

    pub(super) fn backoff(&mut self, first: Duration, longest: Duration) {
        (self.first_wait, self.longest_wait) = (first, longest.max(first));
    }

    /// Notes an end; how long to wait before the next child is made.
    pub(super) fn after(
        &mut self,
        now: Instant,
        failure: Option<Failure>,
        (supervisor, child): (String, String),
    ) -> Result<Duration, TooManyRestarts> {
        self.ends.push_back((now, failure));
        while self.ends.front().is_some_and(|(then, _)| now.duration_since(*then) > self.within) {
            self.ends.pop_front();
        }
        if self.ends.len() > self.most {
            let failures = self.ends.drain(..).filter_map(|(_, failure)| failure).collect();
            return Err(TooManyRestarts {
                supervisor,
                child,
                most: self.most,
                within: self.within,
                failures,
            });
        }
        let doublings = u32::try_from(self.ends.len() - 1).unwrap_or(u32::MAX).min(31);
        Ok(self.first_wait.saturating_mul(1 << doublings).min(self.longest_wait))
    }

    /// Which restart within the time this is, and how many there may be.
    pub(super) fn count(&self) -> String {
        format!("{} of at most {} within {:?}", self.ends.len(), self.most, self.within)
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
        }
    }
}

/// A supervisor gave up: its child ended more often than it may. This is the supervisor's own failure.
#[derive(Clone, Debug)]
pub struct TooManyRestarts {
    supervisor: String,
    child: String,
    most: usize,
    within: Duration,
    failures: Vec<Failure>,
}

impl TooManyRestarts {
    /// The failures that were too many, oldest first; fewer than there were ends, if some were in order.
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }
}

impl fmt::Display for TooManyRestarts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TooManyRestarts { supervisor, child, most, within, failures } = self;
        write!(f, "{supervisor} gave up on {child}: more than {most} restarts within {within:?}")?;
        failures.iter().try_for_each(|failure| write!(f, "\n  {failure}"))
    }
}

impl std::error::Error for TooManyRestarts {}
