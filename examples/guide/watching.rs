//! The program of `docs/guide/watching.md`.

use axon::prelude::*;

/// Reads its first message and then waits for a word that nobody says.
struct Stuck;

impl Component for Stuck {
    fn boxes(&self) -> Boxes {
        Boxes::standard().inbox("go on", "whether to go on")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        let first = cx.next::<i32>("inbox").await?;
        log::info!("{} has its first message, {first}", cx.name());
        cx.next::<()>("go on").await?;
        Ok(())
    }
}

pub(crate) fn main() -> Result<(), axon::RunError> {
    let mut scheduler = Scheduler::new();
    scheduler.activate(pipeline![DataSource::new([1, 2, 3]), Stuck, ConsoleEchoer::new()]);
    // Ten turns for everybody who is awake.
    for _ in 0..10 {
        scheduler.run_pass()?;
    }
    println!("{}", scheduler.snapshot());

    println!("{}", scheduler.run().expect_err("it is stuck"));
    Ok(())
}
