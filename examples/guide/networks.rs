//! The program of `docs/guide/networks.md`.

use axon::prelude::*;
use kamaelia_net::{Listen, SimpleServer, TcpClient};

/// Answers each line of one client.
pub(crate) struct Answer;

impl Component for Answer {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        while let Some(line) = cx.next_or_end::<String>("inbox").await? {
            cx.send_when_room("outbox", format!("you said {line}\n")).await?;
        }
        Ok(())
    }
}

/// Passes on what the server says, and ends the server when the conversation is over.
struct Closing {
    server: ComponentRef,
}

impl Component for Closing {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        while let Some(bytes) = cx.next_or_end::<Vec<u8>>("inbox").await? {
            cx.send("outbox", bytes)?;
        }
        cx.deliver_to(&self.server, "control", ProducerFinished::new())?;
        Ok(())
    }
}

pub(crate) fn main() -> axon::Result {
    // Port 0: any that is free.
    let address: Listen = "127.0.0.1:0".parse()?;
    let server = SimpleServer::new(|| pipeline![ChunksToLines::new(), Answer], address).bind()?;
    let port = server.local_addr().ok_or("it is bound")?.port();

    let mut scheduler = Scheduler::new();
    let server = scheduler.activate(server);
    scheduler.activate(pipeline![
        DataSource::new(["hello\n", "good", "bye\n"]),
        TcpClient::new("127.0.0.1", port).wait_for_serverclose(),
        Closing { server },
        ConsoleEchoer::new(),
    ]);
    Ok(scheduler.run()?)
}
