//! Rounds: runs contestants in turn, several times over, and takes medians and ratios.
//!
//! Times on one machine drift, so nothing here compares figures of different moments: in each round
//! every contestant runs once, and a ratio is taken within its round before the median is taken.

use std::time::{Duration, Instant};

/// Measures how long this thread ran: the time that passed, less the time it waited for its core because
/// somebody else had it.
pub struct Stopwatch {
    begun: Instant,
    waited: Duration,
}

impl Stopwatch {
    /// Starts.
    pub fn start() -> Self {
        Stopwatch { waited: waited(), begun: Instant::now() }
    }

    /// How long it has run since.
    pub fn elapsed(&self) -> Duration {
        let passed = self.begun.elapsed();
        passed.saturating_sub(waited().saturating_sub(self.waited))
    }
}

/// How long this thread has waited for its core so far; nothing where the system does not tell.
fn waited() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = told.split(' ').nth(1).and_then(|wait| wait.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

/// The figures of one contestant, one for each round.
#[derive(Clone, Debug, Default)]
pub struct Figures(pub Vec<f64>);

impl Figures {
    /// The middle one.
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// The one below which a share `q` of them lies.
    pub fn quantile(&self, q: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        match sorted.len() {
            0 => f64::NAN,
            n => {
                let place = q * (n - 1) as f64;
                let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
                low + (high - low) * place.fract()
            }
        }
    }

    /// Half the distance between the quartiles, in percent of the median.
    pub fn spread(&self) -> f64 {
        50.0 * (self.quantile(0.75) - self.quantile(0.25)) / self.median()
    }

    /// This against another, round by round.
    pub fn ratios(&self, other: &Figures) -> Figures {
        Figures(self.0.iter().zip(&other.0).map(|(a, b)| a / b).collect())
    }
}

/// One contestant in one work: it runs once and says what it measured.
pub type Run<'a> = Box<dyn FnMut() -> f64 + 'a>;

/// A run that reports nanoseconds for each of `operations`.
pub fn per_operation<'a>(operations: u64, mut run: impl FnMut() -> Duration + 'a) -> Run<'a> {
    Box::new(move || run().as_nanos() as f64 / operations as f64)
}

/// Runs all once to warm up if there is more than one round, then `rounds` times in turn.
///
/// Every other round goes backwards, so that nobody always follows the same neighbour.
pub fn interleave(rounds: usize, runs: &mut [Run<'_>]) -> Vec<Figures> {
    let mut figures = vec![Figures::default(); runs.len()];
    if rounds > 1 {
        for run in runs.iter_mut() {
            run();
        }
    }
    for round in 0..rounds {
        for place in 0..runs.len() {
            let place = if round % 2 == 0 { place } else { runs.len() - 1 - place };
            figures[place].0.push(runs[place]());
        }
    }
    figures
}
