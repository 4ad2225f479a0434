//! The program of `docs/guide/time.md`.

use std::time::{Duration, Instant};

use axon::prelude::*;

const SECOND: Duration = Duration::from_secs(1);

/// Asks, waits two seconds for an answer, and asks again, three times at most.
struct Asker;

impl Component for Asker {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let begun = cx.now();
        for attempt in 1..=3 {
            println!("after {} s: question {attempt}", (cx.now() - begun).as_secs());
            cx.send("outbox", attempt)?;
            if let Some(answer) = answer_until(cx, cx.now() + 2 * SECOND).await? {
                println!("after {} s: {answer}", (cx.now() - begun).as_secs());
                break;
            }
        }
        cx.send("signal", ProducerFinished::new())?;
        Ok(())
    }
}

/// What arrives until this time.
async fn answer_until(cx: &Context, time: Instant) -> axon::Result<Option<&'static str>> {
    loop {
        if let Some(answer) = cx.recv_as("inbox")? {
            return Ok(Some(answer));
        }
        if cx.now() >= time {
            return Ok(None);
        }
        cx.pause_until(time).await;
    }
}

/// Does not hear the first question, and thinks for a second about any other.
struct Thinker;

impl Component for Thinker {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        while let Some(attempt) = cx.next_or_end::<i32>("inbox").await? {
            if attempt > 1 {
                cx.sleep(SECOND).await;
                cx.send("outbox", "the answer")?;
            }
        }
        Ok(())
    }
}

pub(crate) fn main() -> Result<(), axon::RunError> {
    let mut scheduler = Scheduler::builder().virtual_clock().build();
    scheduler.activate(graphline! {
        components: { asker: Asker, thinker: Thinker },
        linkages: {
            asker.outbox => thinker.inbox,
            asker.signal => thinker.control,
            thinker.outbox => asker.inbox,
        },
    });
    scheduler.run()
}
