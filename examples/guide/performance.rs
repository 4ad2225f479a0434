//! The program of `docs/guide/performance.md`.

use std::time::Instant;

use axon::prelude::*;

const NUMBERS: u64 = 100_000;

/// Adds up lists of numbers.
struct Sum {
    begun: Instant,
}

impl Component for Sum {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let (mut messages, mut sum) = (0, 0);
        while let Some(numbers) = cx.next_or_end::<Vec<u64>>("inbox").await? {
            messages += 1;
            sum += numbers.iter().sum::<u64>();
        }
        println!("{messages} messages, the sum is {sum}");
        eprintln!("{} ns a number", self.begun.elapsed().as_nanos() as u64 / NUMBERS);
        Ok(())
    }
}

pub(crate) fn main() -> Result<(), axon::RunError> {
    for size in [1, 100] {
        let lists = (0..NUMBERS / size).map(move |at| (at * size..(at + 1) * size).collect::<Vec<u64>>());
        axon::run(pipeline![DataSource::new(lists), Sum { begun: Instant::now() }])?;
    }
    Ok(())
}
