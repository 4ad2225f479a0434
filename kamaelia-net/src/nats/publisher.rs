//! Publishes to a stream of JetStream until the server has stored each message.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use axon::chassis::FromMessage;
use axon::util::Chunk;
use axon::{Boxes, CONTROL, Component, Context, Ending, INBOX, Message, OUTBOX, Result, time_after};
use serde_json::Value;

use super::client::{NatsClient, STATUS};
use super::consumer::{check_name, checked};
use super::jetstream::{CLIENT_CONTROL, CLIENT_STATUS, DELIVERED, JetStream, PUBLISH};
use super::message::{NatsMessage, NatsNameError};
use super::sequence::publisher;

/// After how long without an answer a message is sent again.
const PATIENCE: Duration = Duration::from_secs(5);

/// Publishes what it receives to a stream of JetStream, and sends each message again until the server says that it is
/// stored. The server recognizes a message that comes twice, by its `Nats-Msg-Id`.
///
/// At most 256 messages are on the way; while that many are, or while there is no connection, what is to be published
/// waits in `inbox`, and its senders with it.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | text or bytes, for its subject; [`NatsMessage`] for another |
/// | `control` | endings |
/// | `_delivered` | from its [`NatsClient`]: answers |
/// | `_clientStatus` | from its [`NatsClient`]: what happens to the connection |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | a `u64` for each message that is stored: its number in the stream |
/// | `signal` | the ending that it was told |
/// | `status` | [`NatsStatus`](super::NatsStatus) |
/// | `_publish` | to its [`NatsClient`]: messages |
/// | `_clientControl` | to its [`NatsClient`]: endings |
///
/// # Shutdown
///
/// `ProducerFinished`: ends when everything is stored, and passes it on. `ShutdownMicroprocess`: passes it on and ends
/// immediately.
///
/// # Errors
///
/// It ends with an error if the server refuses the stream or has no JetStream, if the subject of a message belongs to
/// no stream, and if a message is neither text nor bytes nor a [`NatsMessage`].
///
/// # Examples
///
/// ```no_run
/// use axon::prelude::*;
/// use kamaelia_net::nats::{NatsClient, NatsPublisher};
///
/// let orders = NatsPublisher::new("ORDERS", "orders.new", NatsClient::new("127.0.0.1")?)?.creates(["orders.>"])?;
/// axon::run(pipeline![ConsoleReader::new(), orders])?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct NatsPublisher {
    stream: String,
    subject: String,
    creates: Vec<String>,
    /// `None` after it was made a child.
    client: Option<NatsClient>,
    publisher: String,
    last_number: u64,
    /// What the server has not confirmed, by its numbers, and when it was sent last on this connection.
    on_the_way: VecDeque<(u64, Option<Instant>, NatsMessage)>,
}

axon::debug_by_name!(NatsPublisher);

/// How many messages may be on the way.
const WINDOW: usize = 256;

impl NatsPublisher {
    /// Publishes to a stream, at this subject.
    ///
    /// # Errors
    ///
    /// If the name or the subject is none.
    pub fn new(
        stream: impl Into<String>,
        subject: impl Into<String>,
        client: NatsClient,
    ) -> std::result::Result<Self, NatsNameError> {
        let stream = stream.into();
        check_name(&stream)?;
        let subject = NatsMessage::new(subject, Vec::new())?.subject().to_owned();
        Ok(NatsPublisher {
            stream,
            subject,
            creates: Vec::new(),
            client: Some(client),
            publisher: publisher(),
            last_number: 0,
            on_the_way: VecDeque::new(),
        })
    }

    /// Makes the stream, of these subjects, if there is none of its name.
    ///
    /// # Errors
    ///
    /// If one of them is no subject.
    pub fn creates<S: Into<String>>(
        mut self,
        subjects: impl IntoIterator<Item = S>,
    ) -> std::result::Result<Self, NatsNameError> {
        self.creates = checked(subjects)?;
        Ok(self)
    }

    fn numbered(&mut self, cx: &Context, stream: &JetStream, message: Message) -> Result<NatsMessage> {
        let message = match message.into_value::<NatsMessage>() {
            Ok(message) => message,
            Err(message) => match Chunk::from_message(message) {
                Ok(Chunk(bytes)) => NatsMessage::new(self.subject.as_str(), bytes)?,
                Err(message) => {
                    let what = message.excerpt();
                    return Err(format!(
                        "{}: {what} cannot be published: only text, bytes and NatsMessage can",
                        cx.name()
                    )
                    .into());
                }
            },
        };
        self.last_number += 1;
        let id = format!("{}-{}", self.publisher, self.last_number);
        Ok(message.with_header("Nats-Msg-Id", id)?.with_reply(stream.answers("stored", self.last_number))?)
    }

    /// Hears what the server has stored.
    fn hear(&mut self, cx: &Context, stream: &JetStream, answer: &NatsMessage) -> Result {
        let Some(number) = stream.number("stored", answer) else { return Ok(()) };
        let Some(at) = self.on_the_way.iter().position(|(known, ..)| *known == number) else { return Ok(()) };
        let subject = self.on_the_way[at].2.subject();
        if answer.status().is_some() {
            return Err(format!("{}: the subject {subject:?} belongs to no stream", cx.name()).into());
        }
        let stored: Value = serde_json::from_slice(answer.payload())?;
        if let Some(why) = stored["error"]["description"].as_str() {
            // For example that there is no room, or no leader yet: it is sent again.
            log::warn!("{}: not stored yet, at {subject:?}: {why}", cx.name());
            return Ok(());
        }
        self.on_the_way.remove(at);
        let _ = cx.send(OUTBOX, stored["seq"].as_u64().unwrap_or_default());
        Ok(())
    }

    async fn serve(&mut self, cx: &Context, stream: &mut JetStream) -> Result<Message> {
        let mut finish: Option<Message> = None;
        let mut is_ready = false;
        loop {
            stream.hear_status(cx);
            if stream.see_to_it_at.is_some_and(|at| at <= cx.now()) {
                let made = stream.make_stream(cx, &self.stream, &self.creates).await?;
                let made = stream.outcome(cx, made);
                is_ready =
                    made.map_err(|why| format!("{}: the stream {:?}: {why}", cx.name(), self.stream))?;
                // What the last connection did not confirm.
                for (_, sent, _) in &mut self.on_the_way {
                    *sent = None;
                }
            }
            while let Some(Ok(answer)) = cx.recv(DELIVERED).map(Message::into_value::<NatsMessage>) {
                self.hear(cx, stream, &answer)?;
            }
            let now = cx.now();
            let mut next = stream.see_to_it_at;
            if is_ready {
                for (_, sent, message) in &mut self.on_the_way {
                    if sent.is_none_or(|sent| now.saturating_duration_since(sent) >= PATIENCE) {
                        let _ = cx.send(PUBLISH, message.clone());
                        *sent = Some(now);
                    }
                }
                while self.on_the_way.len() < WINDOW
                    && let Some(message) = cx.recv(INBOX)
                {
                    let message = self.numbered(cx, stream, message)?;
                    let _ = cx.send(PUBLISH, message.clone());
                    self.on_the_way.push_back((self.last_number, Some(now), message));
                }
                next = self
                    .on_the_way
                    .iter()
                    .filter_map(|(_, sent, _)| *sent)
                    .map(|sent| time_after(sent, PATIENCE))
                    .min();
            }
            if cx.is_told_to_stop() || (finish.is_none() && cx.data_ready(INBOX) == 0) {
                match cx.told_to_end() {
                    Some(told) if told.ending() == Some(Ending::ShutdownMicroprocess) => return Ok(told),
                    Some(told) => finish = Some(told),
                    None => {}
                }
            }
            if self.on_the_way.is_empty()
                && cx.data_ready(INBOX) == 0
                && let Some(told) = finish.take()
            {
                return Ok(told);
            }
            match next {
                Some(next) => cx.pause_until(next).await,
                None => cx.pause().await,
            }
        }
    }
}

impl Component for NatsPublisher {
    fn boxes(&self) -> Boxes {
        Boxes::standard()
            .inbox(INBOX, "what to publish")
            .inbox(CONTROL, "endings")
            .inbox(DELIVERED, "from the client: answers")
            .inbox(CLIENT_STATUS, "from the client: what happens to the connection")
            .outbox(OUTBOX, "numbers of what is stored")
            .outbox(STATUS, "what happens to the connection")
            .outbox(PUBLISH, "to the client: messages")
            .outbox(CLIENT_CONTROL, "to the client: endings")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let Some(client) = self.client.take() else { return Ok(()) };
        let mut stream = JetStream::start(cx, client)?;
        let told = self.serve(cx, &mut stream).await?;
        stream.end(cx, told).await;
        Ok(())
    }
}
