//! Step 3 of `docs/tutorial.md`: how a component ends.

use axon::prelude::*;

struct Shout;

impl Component for Shout {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        while let Some(text) = cx.next_or_end::<&str>("inbox").await? {
            cx.send("outbox", text.to_uppercase())?;
        }
        Ok(())
    }
}

fn main() -> Result<(), axon::RunError> {
    axon::run(pipeline![DataSource::new(["one\n", "two\n"]), Shout, ConsoleEchoer::new()])
}

#[test]
fn runs() {
    main().unwrap();
}
