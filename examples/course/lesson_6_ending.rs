//! Lesson 6: how a component learns that it is to end, and what happens if it does not listen.
//!
//! `cargo run --example lesson_6_ending`; the page is `docs/course/6-ending.md`.

use axon::prelude::*;

/// Adds numbers up, and sends the sum when no more will come.
pub(crate) struct Sum;

impl Component for Sum {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let mut sum = 0;
        while let Some(number) = cx.next_or_end::<i32>("inbox").await? {
            sum += number;
        }
        cx.send("outbox", format!("the sum is {sum}\n"))?;
        Ok(())
    }
}

/// The same, but it does not look into "control".
pub(crate) struct Deaf;

impl Component for Deaf {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let mut sum = 0;
        loop {
            sum += cx.next::<i32>("inbox").await?;
            cx.send("outbox", format!("so far {sum}\n"))?;
        }
    }
}

fn main() -> Result<(), axon::RunError> {
    axon::run(pipeline![DataSource::new([1, 2, 3]), Sum, ConsoleEchoer::new()])?;

    let stuck = axon::run(pipeline![DataSource::new([1, 2, 3]), Deaf, ConsoleEchoer::new()]);
    println!("{}", stuck.expect_err("Deaf never ends"));
    Ok(())
}
