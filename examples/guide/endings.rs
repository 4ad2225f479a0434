//! The program of `docs/guide/endings.md`.

use axon::prelude::*;

/// Passes on the first few numbers, then ends.
pub(crate) struct First(pub(crate) usize);

impl Component for First {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for _ in 0..self.0 {
            let Some(number) = cx.next_or_end::<u64>("inbox").await? else { return Ok(()) };
            cx.send("outbox", number)?;
        }
        println!("First has had enough");
        cx.send("signal", ProducerFinished::new())?;
        Ok(())
    }
}

/// Adds numbers up, and sends the sum when no more will come.
pub(crate) struct Sum;

impl Component for Sum {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let mut sum = 0;
        while let Some(number) = cx.next_or_end::<u64>("inbox").await? {
            sum += number;
        }
        println!("Sum was told that no more will come");
        cx.send("outbox", format!("the sum is {sum}\n"))?;
        Ok(())
    }
}

pub(crate) fn main() -> Result<(), axon::RunError> {
    axon::run(pipeline![DataSource::new(1_u64..), First(3), Sum, ConsoleEchoer::new()])?;
    println!("all have ended");
    Ok(())
}
