//! Lesson 7: a server. Each client gets a component of its own, which knows nothing of networks.
//!
//! `cargo run --example lesson_7_server -- [ADDRESS]`, by default 127.0.0.1:1500, prints `listening on ADDRESS`; the page is
//! `docs/course/7-server.md`. Ctrl-C ends it.

use std::time::Duration;

use axon::prelude::*;
use kamaelia_net::{Listen, Signals, SimpleServer};

/// Numbers the lines of one client.
pub(crate) struct Numbers;

impl Component for Numbers {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let mut number = 0;
        while let Some(line) = cx.next_or_end::<String>("inbox").await? {
            number += 1;
            cx.send_when_room("outbox", format!("{number}: {line}\n")).await?;
        }
        Ok(())
    }
}

fn main() -> axon::Result {
    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:1500".into());
    let server = SimpleServer::new(|| pipeline![ChunksToLines::new(), Numbers], address.parse::<Listen>()?);
    let server = server.bind()?;
    println!("listening on {}", server.local_addr().expect("it is bound"));
    let mut scheduler = Scheduler::new();
    scheduler.activate(server);
    scheduler.activate(Signals::new()?.ends_the_run_within(Duration::from_secs(2)));
    Ok(scheduler.run()?)
}
