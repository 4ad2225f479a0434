//! Receives the messages of a stream of JetStream, each at least once: they are acknowledged when they were taken.

use std::collections::VecDeque;
use std::time::Duration;

use axon::{
    Boxes, CONTROL, Component, Context, Ending, INBOX, LogLimit, Message, OUTBOX, ProducerFinished, Result,
    time_after,
};

use super::client::{NatsClient, STATUS};
use super::jetstream::{CLIENT_CONTROL, CLIENT_STATUS, DELIVERED, JetStream, PUBLISH, earlier};
use super::message::{NatsMessage, NatsNameError, check_subject};

/// How long the server waits for an acknowledgement before it sends a message again, unless set.
const ACK_WAIT: Duration = Duration::from_secs(30);

/// How long a request for messages stands.
const EXPIRES: Duration = Duration::from_secs(5);

/// The pause before a request is made again that was refused.
const AGAIN: Duration = Duration::from_millis(500);

/// Receives from a stream of JetStream, as a consumer whose place the server remembers: a message that this process
/// did not finish is sent again, to it or to another process with a consumer of the same name. Several share the work.
///
/// It asks for as many messages as may be in hand, and acknowledges each when its receiver has taken it out of its
/// inbox. Nothing else may be linked to that inbox. What was acknowledged is not sent again; everything else is, also
/// after a kill of this process or of the server, so a message can arrive twice.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | nothing |
/// | `control` | endings |
/// | `_delivered` | from its [`NatsClient`]: messages and answers |
/// | `_clientStatus` | from its [`NatsClient`]: what happens to the connection |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the messages of the stream: [`NatsMessage`] |
/// | `signal` | the ending that it was told |
/// | `status` | [`NatsStatus`](super::NatsStatus) |
/// | `_publish` | to its [`NatsClient`]: requests and acknowledgements |
/// | `_clientControl` | to its [`NatsClient`]: endings |
///
/// # Shutdown
///
/// `ProducerFinished`: asks for no more, acknowledges what its receiver still takes, passes it on and ends.
/// `ShutdownMicroprocess`: passes it on and ends; what was not acknowledged comes again. When its receiver has ended, it
/// returns to the server what that has not taken, and ends.
///
/// # Errors
///
/// It ends with an error if the server refuses the stream or the consumer, or has no JetStream.
///
/// # Examples
///
/// ```no_run
/// use axon::prelude::*;
/// use kamaelia_net::nats::{NatsClient, NatsConsumer, NatsMessage};
///
/// let orders = NatsConsumer::new("ORDERS", "billing", NatsClient::new("127.0.0.1")?)?.creates(["orders.>"])?;
/// let line = PureTransformer::map(|order: NatsMessage| format!("{:?}\n", order.text()));
/// axon::run(pipeline![orders, line, ConsoleEchoer::new()])?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct NatsConsumer {
    stream: String,
    name: String,
    creates: Vec<String>,
    window: usize,
    ack_wait: Duration,
    /// `None` after it was made a child.
    client: Option<NatsClient>,
    /// Where to acknowledge what is in hand, in the order in which it was sent on.
    in_hand: VecDeque<String>,
    /// How many messages the present request may still bring, and its number.
    asked: usize,
    request: u64,
    log: LogLimit,
}

axon::debug_by_name!(NatsConsumer);

impl NatsConsumer {
    /// The consumer of this name of a stream.
    ///
    /// # Errors
    ///
    /// If one of them is no name: it is one word, without a dot.
    pub fn new(
        stream: impl Into<String>,
        name: impl Into<String>,
        client: NatsClient,
    ) -> std::result::Result<Self, NatsNameError> {
        let (stream, name) = (stream.into(), name.into());
        for name in [&stream, &name] {
            check_name(name)?;
        }
        Ok(NatsConsumer {
            stream,
            name,
            creates: Vec::new(),
            window: 64,
            ack_wait: ACK_WAIT,
            client: Some(client),
            in_hand: VecDeque::new(),
            asked: 0,
            request: 0,
            log: LogLimit::default(),
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

    /// How many messages may be in hand: sent on and not yet taken. 64 unless set, at least 1.
    pub fn window(mut self, messages: usize) -> Self {
        self.window = messages.max(1);
        self
    }

    /// How long the server waits for an acknowledgement, or for a sign that a message is still in hand, before it sends
    /// it again: after a crash, or if the connection broke. 30 seconds unless set, at least a tenth of a second.
    #[doc(alias = "AckWait")]
    pub fn ack_wait(mut self, time: Duration) -> Self {
        self.ack_wait = time.max(Duration::from_millis(100));
        self
    }

    /// Acknowledges what its receiver has taken. Of one that has ended nobody knows what it took last.
    fn acknowledge(&mut self, cx: &Context) -> Result {
        while Self::has_receiver(cx) && self.in_hand.len() > cx.outbox_length(OUTBOX) {
            let Some(at) = self.in_hand.pop_front() else { break };
            let _ = cx.send(PUBLISH, NatsMessage::new(at, "+ACK")?);
        }
        Ok(())
    }

    /// Says that what is in hand is not lost.
    fn reassure(&self, cx: &Context) -> Result {
        for at in &self.in_hand {
            let _ = cx.send(PUBLISH, NatsMessage::new(at.as_str(), "+WPI")?);
        }
        Ok(())
    }

    /// Whether what is sent reaches somebody. What is sent to nobody is gone.
    fn has_receiver(cx: &Context) -> bool {
        cx.is_linked(OUTBOX) && cx.is_heard(OUTBOX)
    }

    /// Returns what is in hand, so that it is sent to another immediately.
    fn give_back(&mut self, cx: &Context) -> Result {
        for at in self.in_hand.drain(..) {
            let _ = cx.send(PUBLISH, NatsMessage::new(at, "-NAK")?);
        }
        Ok(())
    }

    /// Asks for as many as there is room for.
    fn ask(&mut self, cx: &Context, stream: &JetStream) -> Result {
        self.asked = if Self::has_receiver(cx) { self.window.saturating_sub(self.in_hand.len()) } else { 0 };
        if self.asked > 0 {
            self.request += 1;
            let body = serde_json::json!({ "batch": self.asked, "expires": EXPIRES.as_nanos() as u64 });
            let subject = format!("$JS.API.CONSUMER.MSG.NEXT.{}.{}", self.stream, self.name);
            let reply = stream.answers("next", self.request);
            let _ = cx.send(PUBLISH, NatsMessage::new(subject, body.to_string())?.with_reply(reply)?);
        }
        Ok(())
    }

    /// Sees to stream and consumer after each connection.
    async fn prepare(&mut self, cx: &Context, stream: &mut JetStream) -> Result {
        self.asked = 0;
        let made = match stream.make_stream(cx, &self.stream, &self.creates).await? {
            Ok(()) => stream.make_consumer(cx, &self.stream, &self.name, self.ack_wait).await?,
            Err(why) => Err(why),
        };
        match stream.outcome(cx, made) {
            Ok(true) => self.ask(cx, stream),
            Ok(false) => Ok(()),
            Err(why) => {
                Err(format!("{}: consumer {:?} of the stream {:?}: {why}", cx.name(), self.name, self.stream)
                    .into())
            }
        }
    }

    async fn serve(&mut self, cx: &Context, stream: &mut JetStream) -> Result<Message> {
        let mut finish: Option<Message> = None;
        let (mut ask_at, mut reassure_at) = (None, time_after(cx.now(), self.ack_wait / 3));
        loop {
            stream.hear_status(cx);
            if stream.see_to_it_at.is_some_and(|at| at <= cx.now()) {
                self.prepare(cx, stream).await?;
            }
            while let Some(Ok(message)) = cx.recv(DELIVERED).map(Message::into_value::<NatsMessage>) {
                let Some(number) = stream.number("next", &message) else {
                    self.send_on(cx, message);
                    continue;
                };
                match message.status() {
                    // The request is over, or was refused.
                    Some(status) if number == self.request => {
                        let in_order = status.starts_with("404") || status.starts_with("408");
                        self.asked = 0;
                        ask_at = (!in_order).then(|| time_after(cx.now(), AGAIN));
                    }
                    Some(_) => {}
                    None => self.send_on(cx, message),
                }
            }
            self.acknowledge(cx)?;
            let now = cx.now();
            if reassure_at <= now {
                self.reassure(cx)?;
                reassure_at = time_after(now, self.ack_wait / 3);
            }
            if finish.is_none()
                && self.asked == 0
                && self.request > 0
                && stream.see_to_it_at.is_none()
                && ask_at.is_none_or(|at| at <= now)
            {
                self.ask(cx, stream)?;
                // Perhaps nobody is linked yet.
                ask_at = (!Self::has_receiver(cx)).then(|| time_after(now, AGAIN));
            }
            if cx.is_told_to_stop() || finish.is_none() {
                match cx.told_to_end() {
                    Some(told) if told.ending() == Some(Ending::ShutdownMicroprocess) => return Ok(told),
                    Some(told) => finish = Some(told),
                    None => {}
                }
            }
            if !cx.is_heard(OUTBOX) {
                self.give_back(cx)?;
                return Ok(finish.take().unwrap_or_else(|| Message::new(ProducerFinished::new())));
            }
            if self.in_hand.is_empty()
                && let Some(told) = finish.take()
            {
                return Ok(told);
            }
            let next = earlier(ask_at, reassure_at);
            cx.pause_until(earlier(stream.see_to_it_at, next)).await;
        }
    }

    fn send_on(&mut self, cx: &Context, message: NatsMessage) {
        self.asked = self.asked.saturating_sub(1);
        let Some(at) = message.reply().map(str::to_owned) else { return };
        // What nobody would receive stays in the stream.
        if !Self::has_receiver(cx) {
            self.in_hand.push_back(at);
            return;
        }
        match cx.send(OUTBOX, message) {
            Ok(()) => self.in_hand.push_back(at),
            // It is not acknowledged, and comes again.
            Err(error) => {
                if let Some(more) = self.log.admit(cx.now()) {
                    log::warn!("{}: {error}{more}", cx.name());
                }
            }
        }
    }
}

impl Component for NatsConsumer {
    fn boxes(&self) -> Boxes {
        Boxes::standard()
            .inbox(INBOX, "nothing")
            .inbox(CONTROL, "endings")
            .inbox(DELIVERED, "from the client: messages and answers")
            .inbox(CLIENT_STATUS, "from the client: what happens to the connection")
            .outbox(OUTBOX, "the messages of the stream")
            .outbox(STATUS, "what happens to the connection")
            .outbox(PUBLISH, "to the client: requests and acknowledgements")
            .outbox(CLIENT_CONTROL, "to the client: endings")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let Some(client) = self.client.take() else { return Ok(()) };
        let mut stream = JetStream::start(cx, client)?;
        cx.wake_when_unheard();
        let told = self.serve(cx, &mut stream).await?;
        stream.end(cx, told).await;
        Ok(())
    }
}

/// A name of a stream or a consumer: one word of a subject.
pub(super) fn check_name(name: &str) -> std::result::Result<(), NatsNameError> {
    check_subject(name)?;
    match name.contains(['.', '*', '>', '/', '\\']) {
        true => Err(NatsNameError::new(format!("{name:?} is no name: it is one word, without . * > and /"))),
        false => Ok(()),
    }
}

/// Subjects to subscribe to.
pub(super) fn checked<S: Into<String>>(
    subjects: impl IntoIterator<Item = S>,
) -> std::result::Result<Vec<String>, NatsNameError> {
    let subjects: Vec<String> = subjects.into_iter().map(Into::into).collect();
    subjects.iter().try_for_each(|subject| check_subject(subject))?;
    Ok(subjects)
}
