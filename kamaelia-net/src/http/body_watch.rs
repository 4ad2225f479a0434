//! Watches that a body comes at a least rate.

use std::time::{Duration, Instant};

use axon::time_after;

use super::limits::HttpLimits;

/// How much longer one waits for a body. Each byte that comes lengthens it, up to the whole patience; only time in
/// which this side waits shortens it.
pub(super) struct BodyWatch {
    left: Duration,
    waiting_since: Option<Instant>,
    patience: Duration,
    rate: u32,
}

impl BodyWatch {
    pub(super) fn new(limits: &HttpLimits) -> Self {
        let patience = limits.body_patience;
        BodyWatch { left: patience, waiting_since: None, patience, rate: limits.body_rate }
    }

    /// This side waits for more, until this time.
    pub(super) fn wait(&mut self, now: Instant) -> Instant {
        time_after(*self.waiting_since.get_or_insert(now), self.left)
    }

    /// This side does not read now.
    pub(super) fn rest(&mut self, now: Instant) {
        if let Some(since) = self.waiting_since.take() {
            self.left = self.left.saturating_sub(now.saturating_duration_since(since));
        }
    }

    /// Bytes have come.
    pub(super) fn came(&mut self, now: Instant, bytes: usize) {
        self.rest(now);
        let earned = match self.rate {
            0 => self.patience,
            rate => Duration::from_secs_f64(bytes as f64 / f64::from(rate)),
        };
        self.left = self.left.saturating_add(earned).min(self.patience);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch() -> BodyWatch {
        let mut limits = HttpLimits::new();
        (limits.body_rate, limits.body_patience) = (100, Duration::from_secs(10));
        BodyWatch::new(&limits)
    }

    #[test]
    fn bytes_below_the_rate_lengthen_the_wait_by_less_than_they_took() {
        let (mut watch, begun) = (watch(), Instant::now());
        assert_eq!(watch.wait(begun), begun + Duration::from_secs(10));
        let later = begun + Duration::from_secs(4);
        watch.came(later, 100);
        assert_eq!(watch.wait(later), later + Duration::from_secs(7));
    }

    #[test]
    fn time_in_which_nobody_reads_does_not_count_and_patience_has_an_upper_limit() {
        let (mut watch, begun) = (watch(), Instant::now());
        watch.wait(begun);
        watch.rest(begun + Duration::from_secs(2));
        let later = begun + Duration::from_secs(3600);
        assert_eq!(watch.wait(later), later + Duration::from_secs(8));
        watch.came(later, 1_000_000);
        assert_eq!(watch.wait(later), later + Duration::from_secs(10));
    }
}
