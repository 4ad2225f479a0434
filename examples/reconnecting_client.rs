//! A client that outlives its connections: it delivers numbered lines to a server, connects again whenever
//! the connection ends, and sends again whatever the server has not acknowledged.
//!
//! Run `cargo run --example reconnecting_client -- HOST PORT < LINES`. It sends `1 the first line`,
//! `2 the second line` and so on; the server answers `ok 1`, `ok 2` when it has stored them. The client ends
//! when all lines are acknowledged. `docs/reconnecting.md` explains it.

use std::collections::VecDeque;
use std::time::Duration;

use axon::Ending;
use axon::prelude::*;
use kamaelia_net::TcpClient;

/// The pause before the second attempt. Each further pause is twice as long as the one before, up to the
/// longest.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How many lines may wait for an acknowledgement. While that many wait, no further line is read.
const WINDOW: usize = 100;

/// Delivers every line that arrives at its `inbox`, at least once and in order.
struct Courier {
    host: String,
    port: u16,
    /// What the server has not acknowledged, oldest first.
    unacknowledged: VecDeque<(u64, String)>,
    last_number: u64,
    /// The control message that told it to end.
    told: Option<Message>,
    pause: Duration,
}

impl Courier {
    fn new(host: String, port: u16) -> Self {
        let unacknowledged = VecDeque::new();
        Courier { host, port, unacknowledged, last_number: 0, told: None, pause: FIRST_PAUSE }
    }

    /// Whether nothing is left to do.
    fn is_done(&mut self, cx: &Context) -> bool {
        self.told = cx.told_to_end().or(self.told.take());
        match self.told.as_ref().and_then(Message::ending) {
            Some(Ending::ShutdownMicroprocess) => true,
            Some(Ending::ProducerFinished) => cx.data_ready("inbox") == 0 && self.unacknowledged.is_empty(),
            None => false,
        }
    }

    /// One connection, from the attempt to make it to its end.
    async fn connection(&mut self, cx: &Context) -> axon::Result {
        let client = cx.add_child(TcpClient::new(&*self.host, self.port));
        cx.link((&client, "connected"), (cx.me(), "connected"))?;
        cx.link((&client, "outbox"), (cx.me(), "answers"))?;
        cx.link((cx.me(), "lines"), (&client, "inbox"))?;
        cx.link((cx.me(), "finish"), (&client, "control"))?;
        cx.activate(&client);
        // How many of the unacknowledged lines were sent on this connection.
        let mut sent = 0;
        let mut is_connected = false;
        let mut answers = Vec::new();
        while !client.is_stopped() && !self.is_done(cx) {
            is_connected |= cx.recv("connected").is_some();
            for chunk in cx.drain::<Vec<u8>>("answers") {
                answers.extend(chunk?);
            }
            sent -= self.take_acknowledgements(&mut answers);
            while is_connected && self.unacknowledged.len() < WINDOW {
                let Some(line) = cx.recv_as::<String>("inbox")? else { break };
                self.last_number += 1;
                self.unacknowledged.push_back((self.last_number, line));
            }
            // If `has_room` returns `false`, this component is woken when there is room.
            while is_connected && sent < self.unacknowledged.len() && cx.has_room("lines") {
                let (number, line) = &self.unacknowledged[sent];
                cx.send("lines", format!("{number} {line}"))?;
                sent += 1;
            }
            cx.pause().await;
        }
        cx.send("finish", ProducerFinished::new())?;
        while !client.is_stopped() {
            cx.pause().await;
        }
        // The linkages are cut with the child. Their messages are not lost: they are still unacknowledged.
        cx.remove_child(&client);
        for inbox in ["connected", "answers"] {
            while cx.recv(inbox).is_some() {}
        }
        Ok(())
    }

    /// Removes the lines that the server has acknowledged, and returns how many.
    fn take_acknowledgements(&mut self, answers: &mut Vec<u8>) -> usize {
        let before = self.unacknowledged.len();
        while let Some(end) = answers.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = answers.drain(..=end).collect();
            let number = line.trim_ascii().strip_prefix(b"ok ").map(String::from_utf8_lossy);
            let Some(Ok(number)) = number.map(|number| number.parse::<u64>()) else { continue };
            while self.unacknowledged.front().is_some_and(|(first, _)| *first <= number) {
                self.unacknowledged.pop_front();
            }
            // Only an answer resets the pause: being connected does not show that the server works.
            self.pause = FIRST_PAUSE;
        }
        before - self.unacknowledged.len()
    }
}

impl Component for Courier {
    fn boxes(&self) -> Boxes {
        Boxes::standard()
            .inbox("inbox", "lines to deliver")
            .inbox_size("inbox", WINDOW)
            .inbox("connected", "from the client: it is connected")
            .inbox("answers", "from the client: what the server says")
            .outbox("lines", "to the client: numbered lines")
            .outbox("finish", "to the client: endings")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        while !self.is_done(cx) {
            self.connection(cx).await?;
            let again = cx.now() + self.pause;
            while !self.is_done(cx) && cx.now() < again {
                cx.pause_until(again).await;
            }
            self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        }
        cx.send("signal", self.told.take().expect("it was told"))?;
        Ok(())
    }
}

fn main() -> axon::Result {
    env_logger::init();
    let mut arguments = std::env::args().skip(1);
    let (Some(host), Some(port)) = (arguments.next(), arguments.next()) else {
        eprintln!("reconnecting_client HOST PORT");
        std::process::exit(2);
    };
    Ok(axon::run(pipeline![ConsoleReader::new().prompt(""), Courier::new(host, port.parse()?)])?)
}
