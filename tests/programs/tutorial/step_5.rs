//! Step 5 of `docs/tutorial.md`: time, and two things at once.

use std::time::Duration;

use axon::prelude::*;

struct Ticker {
    name: &'static str,
    every: Duration,
    times: u32,
}

impl Component for Ticker {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for n in 1..=self.times {
            cx.sleep(self.every).await;
            cx.send("outbox", format!("{} {n}\n", self.name))?;
        }
        cx.send("signal", ProducerFinished::new())?;
        Ok(())
    }
}

fn main() -> Result<(), axon::RunError> {
    let scheduler = &mut Scheduler::new();
    for (name, millis) in [("tick", 30), ("tock", 70)] {
        let ticker = Ticker { name, every: Duration::from_millis(millis), times: 2 };
        scheduler.activate(pipeline![ticker, ConsoleEchoer::new()]);
    }
    scheduler.run()
}

#[test]
fn runs() {
    main().unwrap();
}
