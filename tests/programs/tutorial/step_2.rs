//! Step 2 of `docs/tutorial.md`: a component of one's own, which does not know how to end yet.

use axon::prelude::*;

struct Shout;

impl Component for Shout {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            let text = cx.next::<&str>("inbox").await?;
            cx.send("outbox", text.to_uppercase())?;
        }
    }
}

fn main() -> Result<(), axon::RunError> {
    axon::run(pipeline![DataSource::new(["one\n", "two\n"]), Shout, ConsoleEchoer::new()])
}

#[test]
fn runs() {
    println!("Error: {:?}", main().unwrap_err());
}
