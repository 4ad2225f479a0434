//! Components of your own: one that produces numbers, and one that adds them up.
//!
//! A component knows its own boxes, and not what is linked to them. Its `main` is ordinary code that runs from
//! top to bottom; at each `.await` other components may take their turns.
//!
//! `cargo run --example own_component` counts down within a second and prints the sum at the end.

use std::time::Duration;

use axon::prelude::*;

/// Counts down to one: sends the numbers, with a short pause after each.
struct Countdown(u64);

impl Component for Countdown {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for number in (1..=self.0).rev() {
            cx.send("outbox", number)?;
            cx.sleep(Duration::from_millis(200)).await;
        }
        // A component that ends by itself announces it, so that those behind it end too.
        cx.send("signal", ProducerFinished::new())?;
        Ok(())
    }
}

/// Passes numbers on, and sends their sum when no more will come.
struct Adder {
    sum: u64,
}

impl Component for Adder {
    // The four standard boxes, and one for the sum.
    fn boxes(&self) -> Boxes {
        Boxes::standard().outbox("total", "the sum, once, at the end")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        // Sleeps until there is a number. The loop ends when no more will come...
        while let Some(number) = cx.next_or_end::<u64>("inbox").await? {
            self.sum += number;
            cx.send("outbox", format!("{number}\n"))?;
        }
        // ...and the components behind this one are told so after `main` has returned.
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
