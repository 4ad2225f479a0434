//! What a publisher and a consumer of JetStream have in common: a client of their own, and requests to the server.

use std::time::{Duration, Instant};

use axon::chassis::announce;
use axon::{
    CONTROL, ComponentRef, Context, INBOX, Message, OUTBOX, Result, ShutdownMicroprocess, time_after,
};
use serde_json::Value;

use super::client::{NatsClient, STATUS};
use super::message::NatsMessage;
use super::sequence::publisher;
use super::status::NatsStatus;
use super::subscription::NatsSubscribe;

/// The boxes that lead to the client.
pub(super) const DELIVERED: &str = "_delivered";
pub(super) const CLIENT_STATUS: &str = "_clientStatus";
pub(super) const PUBLISH: &str = "_publish";
pub(super) const CLIENT_CONTROL: &str = "_clientControl";

/// How long the server may take to answer a request.
const ANSWER: Duration = Duration::from_secs(5);

/// The error that there is no such stream.
const NO_STREAM: u64 = 10_059;

/// A client, and the subjects at which it is answered.
pub(super) struct JetStream {
    pub(super) client: ComponentRef,
    /// Nobody else has subscribed to what begins so.
    prefix: String,
    /// When stream and consumer are to be seen to; `None` while that is done, or while there is no connection.
    pub(super) see_to_it_at: Option<Instant>,
}

/// Why stream or consumer cannot be used.
pub(super) enum Trouble {
    Refused(String),
    /// The connection has broken, or the server is slow: another attempt may succeed.
    NoAnswer(String),
}

/// The pause before what had no answer is asked again.
const AGAIN: Duration = Duration::from_millis(500);

impl JetStream {
    /// Makes the client a child, and links it.
    pub(super) fn start(cx: &Context, client: NatsClient) -> Result<Self> {
        let prefix = format!("_INBOX.{}", publisher());
        let client = cx.add_child(client.subscribed(NatsSubscribe::to(format!("{prefix}.>"))?));
        cx.link((cx.me(), PUBLISH), (&client, INBOX))?;
        cx.link((cx.me(), CLIENT_CONTROL), (&client, CONTROL))?;
        cx.link((&client, OUTBOX), (cx.me(), DELIVERED))?;
        cx.link((&client, STATUS), (cx.me(), CLIENT_STATUS))?;
        cx.activate(&client);
        Ok(JetStream { client, prefix, see_to_it_at: None })
    }

    /// The subject of answers of a kind, with a number.
    pub(super) fn answers(&self, kind: &str, number: u64) -> String {
        format!("{}.{kind}.{number}", self.prefix)
    }

    /// The number of an answer of this kind.
    pub(super) fn number(&self, kind: &str, message: &NatsMessage) -> Option<u64> {
        let rest = message.subject().strip_prefix(&self.prefix)?.strip_prefix('.')?;
        rest.strip_prefix(kind)?.strip_prefix('.')?.parse().ok()
    }

    /// Hears what happens to the connection, and passes it on.
    pub(super) fn hear_status(&mut self, cx: &Context) {
        while let Some(status) = cx.recv(CLIENT_STATUS) {
            let Ok(status) = status.into_value::<NatsStatus>() else { continue };
            match status {
                NatsStatus::Connected { .. } => self.see_to_it_at = Some(cx.now()),
                NatsStatus::Disconnected { .. } => self.see_to_it_at = None,
                _ => {}
            }
            let _ = cx.send(STATUS, status);
        }
    }

    /// What an attempt to see to stream and consumer has led to: whether they can be used.
    ///
    /// # Errors
    ///
    /// If they were refused.
    pub(super) fn outcome(
        &mut self,
        cx: &Context,
        made: std::result::Result<(), Trouble>,
    ) -> std::result::Result<bool, String> {
        match made {
            Ok(()) => {
                self.see_to_it_at = None;
                Ok(true)
            }
            Err(Trouble::Refused(why)) => Err(why),
            Err(Trouble::NoAnswer(why)) => {
                log::info!("{}: {why}", cx.name());
                self.see_to_it_at = Some(time_after(cx.now(), AGAIN));
                Ok(false)
            }
        }
    }

    /// Asks the server, and returns its answer. What else arrives meanwhile is dropped: the server sends it again.
    ///
    /// # Errors
    ///
    /// If it does not answer in time, or not in JSON.
    async fn ask(
        &self,
        cx: &Context,
        subject: &str,
        body: &Value,
    ) -> Result<std::result::Result<Value, Trouble>> {
        let reply = self.answers("api", 0);
        let _ = cx.send(PUBLISH, NatsMessage::new(subject, body.to_string())?.with_reply(reply)?);
        let until = time_after(cx.now(), ANSWER);
        loop {
            while let Some(message) = cx.recv(DELIVERED) {
                let Ok(message) = message.into_value::<NatsMessage>() else { continue };
                if self.number("api", &message).is_none() {
                    continue;
                }
                if let Some(status) = message.status() {
                    return Ok(Err(Trouble::Refused(format!(
                        "{status}: the server has no JetStream; start it with -js"
                    ))));
                }
                let answer = serde_json::from_slice(message.payload());
                return Ok(answer.map_err(|error| Trouble::Refused(error.to_string())));
            }
            if cx.now() >= until || cx.is_told_to_stop() || self.client.is_stopped() {
                let why = format!("the server did not answer {subject} within {ANSWER:?}");
                return Ok(Err(Trouble::NoAnswer(why)));
            }
            cx.pause_until(until).await;
        }
    }

    /// Sees to it that a stream exists, if it is to be made with these subjects.
    pub(super) async fn make_stream(
        &self,
        cx: &Context,
        stream: &str,
        subjects: &[String],
    ) -> Result<std::result::Result<(), Trouble>> {
        let info = format!("$JS.API.STREAM.INFO.{stream}");
        let answer = match self.ask(cx, &info, &Value::Null).await? {
            Ok(answer) => answer,
            Err(why) => return Ok(Err(why)),
        };
        if answer["error"]["err_code"].as_u64() != Some(NO_STREAM) {
            return Ok(refused(&answer));
        }
        if subjects.is_empty() {
            let why =
                format!("there is no stream {stream:?}; `creates` makes it, with the subjects given there");
            return Ok(Err(Trouble::Refused(why)));
        }
        let settings = serde_json::json!({ "name": stream, "subjects": subjects, "storage": "file" });
        let made = self.ask(cx, &format!("$JS.API.STREAM.CREATE.{stream}"), &settings).await?;
        let made = made.and_then(|answer| refused(&answer));
        if let Err(Trouble::Refused(_)) = made {
            // Somebody else may have made it at the same moment.
            let there = self.ask(cx, &info, &Value::Null).await?.and_then(|answer| refused(&answer));
            return Ok(there.or(made));
        }
        Ok(made)
    }

    /// Sees to it that a consumer exists, which remembers what was acknowledged.
    pub(super) async fn make_consumer(
        &self,
        cx: &Context,
        stream: &str,
        name: &str,
        patience: Duration,
    ) -> Result<std::result::Result<(), Trouble>> {
        let settings = serde_json::json!({
            "stream_name": stream,
            "config": {
                "durable_name": name,
                "ack_policy": "explicit",
                "deliver_policy": "all",
                "ack_wait": patience.as_nanos() as u64,
            },
        });
        let answer =
            self.ask(cx, &format!("$JS.API.CONSUMER.DURABLE.CREATE.{stream}.{name}"), &settings).await?;
        Ok(answer.and_then(|answer| refused(&answer)))
    }

    /// Returns to the server what has arrived and will not be worked on, so that it sends it to another immediately.
    pub(super) fn give_back_arrived(&self, cx: &Context) {
        while let Some(message) = cx.recv(DELIVERED) {
            let at = message.view(|message: &NatsMessage| message.reply().map(str::to_owned)).flatten();
            if let Some(Ok(refusal)) = at.map(|at| NatsMessage::new(at, "-NAK")) {
                let _ = cx.send(PUBLISH, refusal);
            }
        }
    }

    /// Ends the client, after `producerFinished` when it has sent everything, and announces the ending.
    pub(super) async fn end(&self, cx: &Context, mut told: Message) {
        let _ = cx.send(CLIENT_CONTROL, told.duplicate());
        while !self.client.is_stopped() {
            self.give_back_arrived(cx);
            while cx.recv(CLIENT_STATUS).is_some() {}
            if cx.is_told_to_stop() {
                let _ = cx.send(CLIENT_CONTROL, ShutdownMicroprocess::new());
            }
            cx.pause().await;
        }
        announce(cx, told).await;
    }
}

/// What an answer says that is an error.
fn refused(answer: &Value) -> std::result::Result<(), Trouble> {
    match answer["error"]["description"].as_str() {
        Some(why) => Err(Trouble::Refused(why.to_owned())),
        None => Ok(()),
    }
}

/// The earlier of a time and one that may be absent.
pub(super) fn earlier(time: Option<Instant>, other: Instant) -> Instant {
    time.map_or(other, |time| time.min(other))
}
