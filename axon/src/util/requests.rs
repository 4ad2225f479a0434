//! How much to ask for, and when: what is owed at a rate, chunk by chunk.
//!
//! Everything is computed from totals, so that no error of rounding adds up.
//!
//! Ported from `getChunksToSend` and `changeRate` of `Kamaelia.Util.RateFilter`.

use std::time::{Duration, Instant};

use crate::time_after;

/// A total is a product of two numbers that are not exact: so much less than a whole number is one.
const ALMOST: f64 = 1e-6;

/// Whole numbers of items, which on the long run make up a rate.
///
/// A chunk is owed when the component begins, and then one at each moment at which the items of another have come
/// together. The moments are those of the rate, whatever the rounding of the numbers.
pub(crate) struct Requests {
    /// Items a chunk. Invariant: at least 1.
    chunk: f64,
    /// Items a second.
    rate: f64,
    /// Since when the rate is that, and how many items had come together until then.
    since: Instant,
    until_then: f64,
    /// How many chunks have come together until now.
    chunks: f64,
    /// How many items were asked for.
    asked: f64,
    rounding: Rounding,
}

/// How the whole numbers are made.
#[derive(Clone, Copy)]
pub(super) struct Rounding {
    /// Several chunks may be asked for at once.
    pub(super) aggregates: bool,
    /// What is left over is asked for as soon as it is a whole item, and not only when it is a whole chunk.
    pub(super) asks_for_the_rest: bool,
}

impl Requests {
    pub(super) fn new(rate: f64, chunk: f64, rounding: Rounding, now: Instant) -> Self {
        Requests { chunk, rate, since: now, until_then: chunk, chunks: 0.0, asked: 0.0, rounding }
    }

    /// When the next chunk is owed. `None` at a rate of zero.
    pub(crate) fn next(&self) -> Option<Instant> {
        let missing = (self.chunks + 1.0) * self.chunk - self.until_then;
        (self.rate > 0.0).then(|| time_after(self.since, seconds(missing / self.rate)))
    }

    /// The next request that is due, if one is.
    pub(crate) fn take(&mut self, now: Instant) -> Option<u64> {
        self.look_at(now);
        let owed = self.chunks * self.chunk - self.asked + ALMOST;
        if owed < if self.rounding.asks_for_the_rest { 1.0 } else { self.chunk } {
            return None;
        }
        let most = if self.rounding.aggregates { owed } else { owed.min(self.chunk + ALMOST) };
        let request = most.floor();
        self.asked += request;
        Some(request as u64)
    }

    /// Counts the chunks that are owed by now.
    fn look_at(&mut self, now: Instant) {
        // By the same sum as the moments, so that nobody is woken too early; nearly all of many are skipped.
        self.chunks = self.chunks.max((self.items(now) / self.chunk).floor() - 1.0);
        while self.next().is_some_and(|next| next <= now) {
            self.chunks += 1.0;
        }
    }

    /// How many items have come together.
    fn items(&self, now: Instant) -> f64 {
        self.until_then + now.saturating_duration_since(self.since).as_secs_f64() * self.rate
    }

    /// From now on at another rate; until now the old one holds.
    pub(crate) fn change_rate(&mut self, rate: f64, now: Instant) {
        // Of the same rate nothing is computed anew, so that nothing is rounded.
        if rate != self.rate {
            self.until_then = self.items(now);
            self.since = now;
            self.rate = rate;
        }
    }
}

/// So many seconds; none if that is less than zero, and for ever if there is no such duration.
pub(super) fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX)
}
