//! The program of `docs/guide/errors.md`.

use axon::prelude::*;

/// Sends the number that a text is, and fails if it is none.
pub(crate) struct Parse;

impl Component for Parse {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        while let Some(text) = cx.next_or_end::<&str>("inbox").await? {
            let number: i32 = text.parse().map_err(|error| format!("{text:?}: {error}"))?;
            cx.send("outbox", format!("{number} is a number"))?;
        }
        Ok(())
    }
}

pub(crate) fn main() -> Result<(), axon::RunError> {
    let texts = ["1", "two", "3"];
    println!("alone:");
    let error = axon::run(pipeline![DataSource::new(texts), Parse, ConsoleEchoer::new().lines()]);
    println!("the run has ended: {}", error.expect_err("\"two\" is no number"));

    println!("with a supervisor:");
    axon::run(pipeline![DataSource::new(texts), Supervisor::new(|| Parse), ConsoleEchoer::new().lines()])
}
