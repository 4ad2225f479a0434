//! A pipeline of four components that compute: first all on one thread, then each on its own thread.
//!
//! `cargo run --release --example parallel` prints for each round how much faster the second is.

use std::time::{Duration, Instant};

use axon::util::{DataSink, DataSource, Received};
use axon::{Component, Context, parallel, pipeline};

/// Turns each number into another, by a long computation.
struct Stir;

impl Component for Stir {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            for number in cx.drain::<u64>("inbox") {
                let stirred = stir(number?);
                // If it is stopped in the middle, nobody needs the rest.
                let _ = cx.send_when_room("outbox", stirred).await;
                cx.yield_now().await;
            }
            if let Some(notice) = cx.told_to_end() {
                cx.send("signal", notice)?;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

/// About a tenth of a millisecond's work.
fn stir(number: u64) -> u64 {
    (0..50_000).fold(number, |x, i| (x ^ i).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23))
}

fn on_one_thread(numbers: u64) -> Result<(Vec<u64>, Duration), axon::RunError> {
    let received = Received::new();
    let start = Instant::now();
    axon::run(pipeline![DataSource::new(0..numbers), Stir, Stir, Stir, Stir, DataSink::new(&received)])?;
    Ok((received.take(), start.elapsed()))
}

fn on_four_threads(numbers: u64) -> Result<(Vec<u64>, Duration), axon::RunError> {
    let received = Received::new();
    let row = parallel::Pipeline::new().then(|| Stir).then(|| Stir).then(|| Stir).then(|| Stir);
    let start = Instant::now();
    axon::run(pipeline![DataSource::new(0..numbers), row, DataSink::new(&received)])?;
    Ok((received.take(), start.elapsed()))
}

fn main() -> axon::Result {
    let arguments: Vec<u64> = std::env::args().skip(1).map(|word| word.parse()).collect::<Result<_, _>>()?;
    let rounds = arguments.first().copied().unwrap_or(3);
    let numbers = arguments.get(1).copied().unwrap_or(1000);
    let mut ratios = Vec::new();
    for round in 1..=rounds {
        let (one, slow) = on_one_thread(numbers)?;
        let (four, fast) = on_four_threads(numbers)?;
        assert_eq!(one, four, "the same output");
        let ratio = slow.as_secs_f64() / fast.as_secs_f64();
        println!("round {round}: {slow:.0?} on one thread, {fast:.0?} on four: {ratio:.2} times as fast");
        ratios.push(ratio);
    }
    ratios.sort_by(f64::total_cmp);
    if let Some(median) = ratios.get(ratios.len() / 2) {
        println!("median of {rounds} rounds: {median:.2}");
    }
    Ok(())
}
