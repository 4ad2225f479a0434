//! The program of `docs/guide/limits.md`.

use std::time::Duration;

use axon::prelude::*;

/// Sends ten thousand numbers as fast as it can.
pub(crate) struct Fast;

impl Component for Fast {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for number in 0..10_000 {
            cx.send("outbox", number)?;
            cx.yield_now().await;
        }
        cx.send("signal", ProducerFinished::new())?;
        Ok(())
    }
}

/// The same for an inbox of a fixed size.
struct Patient;

impl Component for Patient {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let mut refused = 0;
        for number in 0..10_000 {
            if let Err(error) = cx.send("outbox", number) {
                refused += 1;
                cx.send_when_room("outbox", error.into_message()).await?;
            }
        }
        println!("refused at first: {refused}");
        cx.send("signal", ProducerFinished::new())?;
        Ok(())
    }
}

/// Takes a millisecond for each number.
pub(crate) struct Slow {
    pub(crate) size: Option<usize>,
}

impl Component for Slow {
    fn boxes(&self) -> Boxes {
        match self.size {
            Some(size) => Boxes::standard().inbox_size("inbox", size),
            None => Boxes::standard(),
        }
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        let (mut received, mut most) = (0, 0);
        while let Some(_number) = cx.next_or_end::<i32>("inbox").await? {
            received += 1;
            most = most.max(1 + cx.data_ready("inbox"));
            cx.sleep(Duration::from_millis(1)).await;
        }
        println!("received: {received}, most that waited at once: {most}");
        Ok(())
    }
}

pub(crate) fn main() -> Result<(), axon::RunError> {
    let mut scheduler = Scheduler::builder().virtual_clock().build();
    scheduler.activate(pipeline![Fast, Slow { size: None }]);
    scheduler.run()?;

    scheduler.activate(pipeline![Patient, Slow { size: Some(2) }]);
    scheduler.run()
}
