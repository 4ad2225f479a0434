//! The program of `docs/guide/threads.md`.

use std::time::Duration;

use axon::prelude::*;
use axon::util::aside;

/// Calls a library that blocks, on a thread of its own.
struct Measure;

impl ThreadedComponent for Measure {
    fn main(&mut self, cx: &ThreadContext) -> axon::Result {
        while let Some(name) = cx.next_or_end::<&str>("inbox")? {
            let length = slow_length(name);
            cx.send_when_room("outbox", format!("{name} has {length} letters"))?;
        }
        Ok(())
    }
}

/// A function that blocks its thread.
fn slow_length(name: &str) -> usize {
    std::thread::sleep(Duration::from_millis(100));
    name.len()
}

/// Passes lines on, and counts its turns while it waits.
struct Awake;

impl Component for Awake {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let mut turns = 0;
        loop {
            for line in cx.drain::<String>("inbox") {
                cx.send("outbox", line?)?;
            }
            if let Some(ending) = cx.told_to_end() {
                // One call that may block, without a component for it.
                let length = aside(cx, || Ok(slow_length("aside"))).await?;
                cx.send("outbox", format!("aside has {length} letters"))?;
                cx.send("outbox", format!("more than ten turns meanwhile: {}", turns > 10))?;
                cx.send("signal", ending)?;
                return Ok(());
            }
            turns += 1;
            cx.pause_for(Duration::from_millis(1)).await;
        }
    }
}

pub(crate) fn main() -> Result<(), axon::RunError> {
    axon::run(pipeline![
        DataSource::new(["Ada", "Grace"]),
        Threaded::new(Measure),
        Awake,
        ConsoleEchoer::new().lines(),
    ])
}
