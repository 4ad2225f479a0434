//! The program of `docs/guide/schedulers.md`.

use axon::parallel;
use axon::prelude::*;

/// Something to compute.
fn collatz(start: u64) -> u32 {
    let mut number = start;
    let mut steps = 0;
    while number != 1 {
        number = if number.is_multiple_of(2) { number / 2 } else { 3 * number + 1 };
        steps += 1;
    }
    steps
}

pub(crate) fn main() -> axon::Result {
    // Each stage on a thread of its own, with a scheduler of its own.
    let received = Received::<u32>::new();
    let computed = parallel::Pipeline::new()
        .then(|| PureTransformer::map(|number: u64| number * number))
        .then(|| PureTransformer::map(collatz));
    axon::run(pipeline![DataSource::new(1_u64..=5), computed, DataSink::new(&received)])?;
    println!("on three threads: {:?}", received.take());

    // A scheduler in the background, for a program that is not made of components.
    let background = Background::start()?;
    let there = Handle::new(&background, || PureTransformer::map(collatz))?;
    for number in [27_u64, 97] {
        there.put("inbox", number)?;
    }
    there.put("control", ProducerFinished::new())?;
    for message in there.messages("outbox") {
        println!("from the background: {}", message.into_value::<u32>().map_err(|_| "no number")?);
    }
    Ok(background.join()?)
}
