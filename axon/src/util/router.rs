//! Sends each message where rules say.
//!
//! Ported from `Router` and `ConditionalSplitter` of `Kamaelia.Apps.Whiteboard.Routers` and `TwoWayBalancer` of
//! `Kamaelia.Apps.Europython09.Util`.
//!
//! *Differs from Kamaelia:* they wait for room. A destination that has ended is passed over; when all have, they end.

use crate::chassis::{Condition, announce, condition, producer_finished};
use crate::{
    Boxes, CONTROL, Component, Context, Ending, INBOX, Message, Payload, Result, SIGNAL,
    error::{NotSentError, NotSentErrorKind},
};

use super::when_full::send_if_room;

/// Sends a message. Returns it when nobody is left to receive it.
///
/// # Errors
///
/// If the component was told to stop while there was no room.
async fn send_unless_ended(
    cx: &Context,
    outbox: &str,
    message: Message,
) -> std::result::Result<Option<Message>, NotSentError> {
    match cx.send_when_room(outbox, message).await {
        Ok(()) => Ok(None),
        Err(not_sent) if not_sent.kind() == NotSentErrorKind::ReceiverEnded => {
            Ok(Some(not_sent.into_message()))
        }
        Err(not_sent) => Err(not_sent),
    }
}

/// Sends each message out of every outbox whose rule is true for it.
///
/// A rule is a function, of any type of message: a message of another type does not meet it. A message that meets no
/// rule is dropped.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | anything |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | nothing, unless a rule names it |
/// | `signal` | control messages |
/// | *one per rule* | the messages that meet it |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends.
///
/// # Examples
///
/// ```
/// use axon::testing::Bench;
/// use axon::util::Router;
///
/// let router = Router::new()
///     .route(|n: &i32| *n < 0, "negative")
///     .route(|n: &i32| n % 2 == 0, "even")
///     .route(|_: &&str| true, "text");
/// let mut bench = Bench::new(router);
/// bench.put("inbox", -4);
/// bench.put("inbox", "four");
/// bench.settle();
/// assert_eq!(bench.take::<i32>("negative"), [-4]);
/// assert_eq!(bench.take::<i32>("even"), [-4]);
/// assert_eq!(bench.take::<&str>("text"), ["four"]);
/// ```
#[derive(Default)]
#[must_use = "a component does nothing until it is activated"]
pub struct Router {
    routing: Vec<(Condition, &'static str)>,
}

crate::debug_by_name!(Router);

impl Router {
    /// A router without rules.
    pub fn new() -> Self {
        Self::default()
    }

    /// Messages with a payload of type `T` for which `rule` returns true go out of the outbox `destination`, which is
    /// declared. With `T` = [`Message`] the rule is asked about every message.
    #[doc(alias = "routing")]
    pub fn route<T: Payload>(
        mut self,
        rule: impl FnMut(&T) -> bool + 'static,
        destination: &'static str,
    ) -> Self {
        self.routing.push((condition(rule), destination));
        self
    }

    /// Sends a message where it belongs. Returns whether there is anybody left to send to.
    async fn send(&mut self, cx: &Context, mut message: Message) -> std::result::Result<bool, NotSentError> {
        for (rule, destination) in &mut self.routing {
            if rule(&message) {
                send_unless_ended(cx, destination, message.duplicate()).await?;
            }
        }
        Ok(self.routing.is_empty() || self.routing.iter().any(|(_, destination)| cx.is_heard(destination)))
    }
}

impl Component for Router {
    fn boxes(&self) -> Boxes {
        let destinations = self.routing.iter();
        destinations
            .fold(Boxes::standard(), |boxes, (_, name)| boxes.outbox(name, "a destination of the routing"))
    }

    async fn main(&mut self, cx: &Context) -> Result {
        loop {
            if let Some(message) = cx.recv(INBOX) {
                if !self.send(cx, message).await? {
                    let lost = 1 + cx.data_ready(INBOX);
                    log::info!("{}: nobody is left to hear it: {lost} messages are lost", cx.name());
                    announce(cx, producer_finished(cx)).await;
                    return Ok(());
                }
            } else if let Some(notice) = cx.told_to_end() {
                announce(cx, notice).await;
                return Ok(());
            } else {
                cx.pause().await;
            }
        }
    }
}

/// Sends a message out of one outbox if a condition is true, and out of another if it is not.
///
/// A message of a type that the condition does not take does not meet it.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | anything |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `true` | the messages that meet the condition |
/// | `false` | the others |
/// | `signal` | control messages; new |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends. There, nothing ends it.
///
/// # Examples
///
/// ```
/// use axon::testing::Bench;
/// use axon::util::ConditionalSplitter;
///
/// let mut bench = Bench::new(ConditionalSplitter::new(|n: &i32| n % 2 == 0));
/// for n in 1..=5 {
///     bench.put("inbox", n);
/// }
/// bench.settle();
/// assert_eq!(bench.take::<i32>("true"), [2, 4]);
/// assert_eq!(bench.take::<i32>("false"), [1, 3, 5]);
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct ConditionalSplitter {
    meets: Condition,
}

crate::debug_by_name!(ConditionalSplitter);

impl ConditionalSplitter {
    /// Asks `condition` about each message with a payload of type `T`. With `T` = [`Message`] it is asked about every
    /// message.
    #[doc(alias = "condition")]
    pub fn new<T: Payload>(meets: impl FnMut(&T) -> bool + 'static) -> Self {
        ConditionalSplitter { meets: condition(meets) }
    }
}

impl Component for ConditionalSplitter {
    fn boxes(&self) -> Boxes {
        Boxes::none()
            .inbox(INBOX, "messages")
            .inbox(CONTROL, "control messages")
            .outbox("true", "those that meet the condition")
            .outbox("false", "the others")
            .outbox(SIGNAL, "control messages")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        loop {
            if let Some(message) = cx.recv(INBOX) {
                let destination = if (self.meets)(&message) { "true" } else { "false" };
                send_unless_ended(cx, destination, message).await?;
                if !cx.is_heard("true") && !cx.is_heard("false") {
                    announce(cx, producer_finished(cx)).await;
                    return Ok(());
                }
            } else if let Some(notice) = cx.told_to_end() {
                announce(cx, notice).await;
                return Ok(());
            } else {
                cx.pause().await;
            }
        }
    }
}

/// Deals messages to two destinations in turn, to share the work.
///
/// When one of them has ended, the other gets all.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | anything |
/// | `control` | any message, to end it |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox1` | the first message, the third, and so on |
/// | `outbox2` | the second, the fourth, and so on |
/// | `signal1` | the message that ended it |
/// | `signal2` | the same |
///
/// # Shutdown
///
/// *As in Kamaelia*, any message in `control` ends it, after the data that has arrived, and is passed on to both. When
/// both destinations have ended it ends by itself with `ProducerFinished`. `ShutdownMicroprocess` ends it also while
/// it waits for room.
///
/// # Examples
///
/// ```
/// use axon::testing::Bench;
/// use axon::util::TwoWayBalancer;
///
/// let mut bench = Bench::new(TwoWayBalancer::new());
/// for n in 1..=5 {
///     bench.put("inbox", n);
/// }
/// bench.settle();
/// assert_eq!(bench.take::<i32>("outbox1"), [1, 3, 5]);
/// assert_eq!(bench.take::<i32>("outbox2"), [2, 4]);
/// ```
#[derive(Debug, Default)]
#[must_use = "a component does nothing until it is activated"]
pub struct TwoWayBalancer {}

impl TwoWayBalancer {
    /// A balancer.
    pub fn new() -> Self {
        Self::default()
    }

    /// Deals until it is to end. Returns what to say then.
    async fn deal(&self, cx: &Context) -> Message {
        let mut ways = ["outbox1", "outbox2"];
        loop {
            if let Some(message) = cx.recv(INBOX) {
                let unsent = match send_unless_ended(cx, ways[0], message).await {
                    Ok(Some(message)) => send_unless_ended(cx, ways[1], message).await,
                    sent => sent,
                };
                ways.reverse();
                match unsent {
                    Ok(None) => {}
                    Ok(Some(_)) => return Message::new(producer_finished(cx)),
                    // The message is in `control`, perhaps behind others.
                    Err(_) => {
                        let mut told = std::iter::from_fn(|| cx.recv(CONTROL));
                        let stop =
                            told.find(|message| message.ending() == Some(Ending::ShutdownMicroprocess));
                        return stop.unwrap_or_else(|| Message::new(producer_finished(cx)));
                    }
                }
            } else if let Some(message) = cx.recv(CONTROL) {
                return message;
            } else {
                cx.pause().await;
            }
        }
    }
}

impl Component for TwoWayBalancer {
    fn boxes(&self) -> Boxes {
        Boxes::none()
            .inbox(INBOX, "messages")
            .inbox(CONTROL, "control messages")
            .outbox("outbox1", "every other message")
            .outbox("outbox2", "the others")
            .outbox("signal1", "what ended it")
            .outbox("signal2", "the same")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let mut last = self.deal(cx).await;
        for signal in ["signal1", "signal2"] {
            let mut unsent = send_if_room(cx, signal, last.duplicate());
            while let Some(message) = unsent {
                cx.pause().await;
                unsent = send_if_room(cx, signal, message);
            }
        }
        Ok(())
    }
}
