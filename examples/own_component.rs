//! Components of your own: one that produces, one that deals with what comes.
//!
//! A component knows its own boxes and nothing of who is linked to them. Its `main` is a straight line
//! of code, and others take their turn wherever it says `.await`.
//!
//! `cargo run --example own_component` counts down within a second and prints the sum at the end.

use std::time::Duration;

use axon::prelude::*;

/// Sends the numbers from so many down to one, with a little time between them.
struct Countdown(u64);

impl Component for Countdown {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for number in (1..=self.0).rev() {
            cx.send("outbox", number)?;
            cx.sleep(Duration::from_millis(200)).await;
        }
        // Who ends unasked says so, and those behind it end too.
        cx.send("signal", ProducerFinished::new())?;
        Ok(())
    }
}

/// Passes numbers on, and sends their sum when no more will come.
struct Adder {
    sum: u64,
}

impl Component for Adder {
    // Beside the usual four boxes there is one for the sum.
    fn boxes(&self) -> Boxes {
        Boxes::standard().outbox("total", "the sum, once, at the end")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        // Sleeps until there is a number, and is over when no more will come...
        while let Some(number) = cx.next_or_end::<u64>("inbox").await? {
            self.sum += number;
            cx.send("outbox", format!("{number}\n"))?;
        }
        // ...which those behind this component are told after it has returned.
        cx.send("total", format!("together {}\n", self.sum))?;
        Ok(())
    }
}

fn main() -> Result<(), axon::RunError> {
    axon::run(graphline! {
        components: {
            countdown: Countdown(4),
            adder: Adder { sum: 0 },
            console: ConsoleEchoer::new(),
        },
        linkages: {
            countdown.outbox => adder.inbox,
            countdown.signal => adder.control,
            adder.outbox => console.inbox,
            adder.total => console.inbox,
            adder.signal => console.control,
        },
    })
}
