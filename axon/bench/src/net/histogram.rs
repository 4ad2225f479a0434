//! A histogram of times: exact to a few percent, constant in size, cheap to add to.

/// Buckets to each power of two.
const FINE: usize = 32;

/// Counts nanoseconds in buckets whose width grows with the value.
#[derive(Clone)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

impl Histogram {
    /// An empty one.
    pub fn new() -> Self {
        Histogram { counts: vec![0; 64 * FINE], total: 0 }
    }

    fn bucket(nanoseconds: u64) -> usize {
        let value = nanoseconds.max(FINE as u64);
        let power = value.ilog2() as usize;
        let fine = (value >> (power - FINE.ilog2() as usize)) as usize - FINE;
        power * FINE + fine
    }

    /// The middle of a bucket.
    fn value(bucket: usize) -> f64 {
        let (power, fine) = (bucket / FINE, bucket % FINE);
        (fine as f64 + FINE as f64 + 0.5) * 2_f64.powi(power as i32 - FINE.ilog2() as i32)
    }

    /// Counts one more.
    #[inline]
    pub fn add(&mut self, nanoseconds: u64) {
        self.counts[Self::bucket(nanoseconds)] += 1;
        self.total += 1;
    }

    /// How many were counted.
    pub fn count(&self) -> u64 {
        self.total
    }

    /// The time that a share `q` of them did not exceed, in nanoseconds.
    pub fn quantile(&self, q: f64) -> f64 {
        let place = (q * self.total as f64).ceil() as u64;
        let mut seen = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= place.max(1) {
                return Self::value(bucket);
            }
        }
        f64::NAN
    }
}

#[cfg(test)]
mod tests {
    use super::Histogram;

    #[test]
    fn quantiles_are_right_within_the_width_of_a_bucket() {
        let mut histogram = Histogram::new();
        (1..=100_000).for_each(|n| histogram.add(n * 10));
        assert_eq!(histogram.count(), 100_000);
        for q in [0.01, 0.5, 0.9, 0.99, 0.999] {
            let ratio = histogram.quantile(q) / (q * 1e6);
            assert!((0.96..1.04).contains(&ratio), "{q}: {ratio}");
        }
    }
}
