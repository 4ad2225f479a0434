//! The program of `docs/guide/components.md`.

use axon::prelude::*;

/// Greets everybody whose name arrives.
struct Greeter {
    greeting: &'static str,
}

impl Component for Greeter {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let mut greeted = 0;
        while let Some(name) = cx.next_or_end::<&str>("inbox").await? {
            greeted += 1;
            cx.send("outbox", format!("{}, {name}!\n", self.greeting))?;
        }
        cx.send("outbox", format!("{} has greeted {greeted}\n", cx.name()))?;
        Ok(())
    }
}

pub(crate) fn main() -> Result<(), axon::RunError> {
    axon::run(pipeline![
        DataSource::new(["Ada", "Grace"]),
        Greeter { greeting: "Hello" },
        ConsoleEchoer::new(),
    ])
}
