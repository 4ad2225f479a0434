//! Step 3 of `docs/tutorial.md`: how a component ends.

use axon::prelude::*;

struct Shout;

impl Component for Shout {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            for text in cx.drain::<&str>("inbox") {
                cx.send("outbox", text?.to_uppercase())?;
            }
            if let Some(ending) = cx.told_to_end() {
                cx.send("signal", ending)?;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

fn main() -> Result<(), axon::RunError> {
    axon::run(pipeline![DataSource::new(["one\n", "two\n"]), Shout, ConsoleEchoer::new()])
}

#[test]
fn runs() {
    main().unwrap();
}
