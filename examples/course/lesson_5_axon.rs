//! Lesson 5: the program of lesson 4 on `axon`.
//!
//! `cargo run --example lesson_5_axon`; the page is `docs/course/5-axon.md`.

use axon::prelude::*;

struct LineReader {
    text: &'static str,
}

impl Component for LineReader {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for line in self.text.lines() {
            cx.send("outbox", line.to_owned())?;
            cx.yield_now().await;
        }
        cx.send("signal", ProducerFinished::new())?;
        Ok(())
    }
}

struct Shouter;

impl Component for Shouter {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        while let Some(line) = cx.next_or_end::<String>("inbox").await? {
            cx.send("outbox", line.to_uppercase())?;
        }
        Ok(())
    }
}

struct Echoer;

impl Component for Echoer {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        while let Some(line) = cx.next_or_end::<String>("inbox").await? {
            println!("> {line}");
        }
        println!("the echoer has ended");
        Ok(())
    }
}

/// Holds three components and links them.
pub(crate) struct Program;

impl Component for Program {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let reader = cx.add_child(LineReader { text: "A postman is not needed.\nA linkage does it." });
        let shouter = cx.add_child(Shouter);
        let echoer = cx.add_child(Echoer);
        cx.link((&reader, "outbox"), (&shouter, "inbox"))?;
        cx.link((&reader, "signal"), (&shouter, "control"))?;
        cx.link((&shouter, "outbox"), (&echoer, "inbox"))?;
        cx.link((&shouter, "signal"), (&echoer, "control"))?;
        cx.activate(&reader);
        cx.activate(&shouter);
        cx.activate(&echoer);
        // The end of a child wakes its parent.
        while !echoer.is_stopped() {
            cx.pause().await;
        }
        Ok(())
    }
}

fn main() -> Result<(), axon::RunError> {
    axon::run(Program)?;

    println!("and the same with a chassis:");
    axon::run(pipeline![
        DataSource::new(
            ["A chassis makes its components,", "links them,", "and ends with them."].map(String::from)
        ),
        Shouter,
        Echoer,
    ])
}
