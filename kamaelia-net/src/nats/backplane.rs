//! A backplane that spans processes: what is published to it in one, the subscribers in all receive.

use std::fmt::Debug;
use std::time::Duration;

use axon::chassis::{announce, children_done};
use axon::util::{PlugSplitter, WhenFull};
use axon::{
    Boxes, CONTROL, Component, ComponentRef, Context, Ending, INBOX, LogLimit, Message, OUTBOX,
    ProducerFinished, Result, ShutdownMicroprocess, time_after,
};

use super::carriers::{Carriers, TYPE};
use super::client::{NatsClient, STATUS};
use super::message::{NatsMessage, NatsNameError};
use super::sequence::{PUBLISHER, SEQUENCE, Sequences, publisher};
use super::status::NatsStatus;
use super::subscription::NatsSubscribe;

/// The boxes that lead to the client and to the subscribers.
const DELIVERED: &str = "_delivered";
const CLIENT_STATUS: &str = "_clientStatus";
const PUBLISH: &str = "_publish";
const CLIENT_CONTROL: &str = "_clientControl";
const TO_SUBSCRIBERS: &str = "_toSubscribers";
const SUBSCRIBERS_CONTROL: &str = "_subscribersControl";

/// How long it sends what was published, after it was told to stop.
const LINGER: Duration = Duration::from_secs(5);

/// How many messages wait in the boxes between its parts.
const BETWEEN: usize = 64;

/// A [`Backplane`](axon::util::Backplane) that several processes share, by a NATS server.
///
/// Programs use it by name as they use a [`Backplane`](axon::util::Backplane): with
/// [`PublishTo`](axon::util::PublishTo) and [`SubscribeTo`](axon::util::SubscribeTo). What is published goes to the
/// server and comes back from it, also to the subscribers in the same process. Everybody gets the messages of one publisher
/// in its order; how those of several are mixed may differ from one subscriber to the next.
///
/// It delivers at most once. Each message carries the number that its publisher has given it, so every subscriber's
/// process knows what it did not get, and tells it as [`NatsStatus::Gap`] on `status` and in the log. While there is
/// no connection, what is to be published waits, and its senders with it.
///
/// Text and bytes travel as they are; for other types see [`carrying`](NatsBackplane::carrying). Foreign programs
/// take part at the same subject: what they publish arrives as bytes.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | data to publish; use [`PublishTo`](axon::util::PublishTo) |
/// | `control` | control messages, for all subscribers too |
/// | `_delivered` | from its [`NatsClient`]: messages |
/// | `_clientStatus` | from its [`NatsClient`]: what happens to the connection |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | nothing; use [`SubscribeTo`](axon::util::SubscribeTo) |
/// | `signal` | control messages |
/// | `status` | [`NatsStatus`] |
/// | `_publish` | to its [`NatsClient`]: messages |
/// | `_clientControl` | to its [`NatsClient`]: endings |
/// | `_toSubscribers` | to the splitter that the subscribers are plugged into: messages |
/// | `_subscribersControl` | to the splitter: endings |
///
/// # Shutdown
///
/// It is a service, as a [`Backplane`](axon::util::Backplane) is: a run ends when only services are left. Both endings
/// are passed on to all subscribers and to `signal`, but before that everything that was published is sent, and the
/// server's confirmation awaited: after `ShutdownMicroprocess`, which it is also told when only services are left,
/// for five seconds at most. What is lost then is told.
///
/// # Errors
///
/// It ends with an error if there is already a backplane with that name. A message that cannot travel is lost, logged
/// and told on `status`; it does not end the backplane, which others use too.
///
/// # Examples
///
/// ```no_run
/// use axon::prelude::*;
/// use kamaelia_net::nats::{NatsBackplane, NatsClient};
///
/// let mut scheduler = Scheduler::new();
/// // In place of `Backplane::new("CHAT")`:
/// scheduler.activate(NatsBackplane::new("CHAT", NatsClient::new("127.0.0.1:4222")?)?);
/// scheduler.activate(pipeline![ConsoleReader::new(), PublishTo::new("CHAT")]);
/// scheduler.activate(pipeline![SubscribeTo::new("CHAT"), ConsoleEchoer::new()]);
/// scheduler.run()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct NatsBackplane {
    name: String,
    /// Where it publishes.
    subject: String,
    subscription: NatsSubscribe,
    /// `None` after it was made a child.
    client: Option<NatsClient>,
    when_full: WhenFull,
    carriers: Carriers,
    publisher: String,
    last_number: u64,
    /// `None` if the messages are shared with other processes: then each has gaps.
    sequences: Option<Sequences>,
    client_is_told: bool,
    log: LogLimit,
}

axon::debug_by_name!(NatsBackplane);

impl NatsBackplane {
    /// A backplane with this name in this process, at the subject of the same name.
    ///
    /// # Errors
    ///
    /// If the name is no subject: see [`NatsBackplane::subject`].
    pub fn new(name: impl Into<String>, client: NatsClient) -> std::result::Result<Self, NatsNameError> {
        let name = name.into();
        NatsMessage::new(name.as_str(), Vec::new())?;
        Ok(NatsBackplane {
            subscription: NatsSubscribe::to(name.as_str())?,
            subject: name.clone(),
            name,
            client: Some(client),
            when_full: WhenFull::default(),
            carriers: Carriers::default(),
            publisher: publisher(),
            last_number: 0,
            sequences: Some(Sequences::default()),
            client_is_told: false,
            log: LogLimit::default(),
        })
    }

    /// At another subject than its name.
    ///
    /// # Errors
    ///
    /// If nothing can be published there.
    pub fn subject(mut self, subject: impl Into<String>) -> std::result::Result<Self, NatsNameError> {
        let subject = subject.into();
        NatsMessage::new(subject.as_str(), Vec::new())?;
        self.subscription = NatsSubscribe::to(subject.as_str())?;
        self.subject = subject;
        Ok(self)
    }

    /// Shares the messages among all processes whose backplanes name this group: each message goes to one of them.
    /// Gaps cannot be told then.
    ///
    /// # Errors
    ///
    /// If it is no name.
    pub fn shared(mut self, group: impl Into<String>) -> std::result::Result<Self, NatsNameError> {
        self.subscription = self.subscription.shared(group)?;
        self.sequences = None;
        Ok(self)
    }

    /// What to do with a message for a subscriber that has no room: see [`Backplane::when_full`]. If the backplane
    /// waits for a slow subscriber, messages wait in its client, and are dropped and told when its
    /// [limit](NatsClient::pending) is reached; the server is never kept waiting.
    ///
    /// [`Backplane::when_full`]: axon::util::Backplane::when_full
    pub fn when_full(mut self, when_full: WhenFull) -> Self {
        self.when_full = when_full;
        self
    }

    /// Carries values of type `T`, under a name that all processes use.
    ///
    /// # Examples
    ///
    /// ```
    /// use kamaelia_net::nats::{NatsBackplane, NatsClient};
    ///
    /// let backplane = NatsBackplane::new("COUNTS", NatsClient::new("127.0.0.1")?)?.carrying(
    ///     "u64",
    ///     |number: &u64| Ok(number.to_be_bytes().to_vec()),
    ///     |bytes| Ok(u64::from_be_bytes(bytes.try_into()?)),
    /// );
    /// # Ok::<(), kamaelia_net::nats::NatsNameError>(())
    /// ```
    pub fn carrying<T: Clone + Send + Debug + 'static>(
        mut self,
        name: impl Into<String>,
        encode: impl Fn(&T) -> Result<Vec<u8>> + Send + 'static,
        decode: impl Fn(&[u8]) -> Result<T> + Send + 'static,
    ) -> Self {
        self.carriers.add(name.into(), encode, decode);
        self
    }

    fn tell(&mut self, cx: &Context, status: NatsStatus) {
        if let Some(more) = self.log.admit(cx.now()) {
            log::warn!("{} {:?}: {status}{more}", cx.name(), self.name);
        }
        let _ = cx.send(STATUS, status);
    }

    /// Hands what was published to the client.
    fn publish(&mut self, cx: &Context) -> Result {
        while cx.data_ready(INBOX) > 0 && cx.has_room(PUBLISH) {
            let Some(message) = cx.recv(INBOX) else { break };
            match self.carriers.pack(message) {
                Ok((kind, bytes)) => {
                    self.last_number += 1;
                    let mut message = NatsMessage::new(self.subject.as_str(), bytes)?
                        .with_header(PUBLISHER, self.publisher.as_str())?
                        .with_header(SEQUENCE, self.last_number.to_string())?;
                    if let Some(kind) = kind {
                        message = message.with_header(TYPE, kind)?;
                    }
                    let _ = cx.send(PUBLISH, message);
                }
                Err(why) => self.tell(cx, NatsStatus::NotPublished { why }),
            }
        }
        Ok(())
    }

    /// Hands what has arrived to the subscribers.
    fn deliver(&mut self, cx: &Context) {
        while cx.data_ready(DELIVERED) > 0 && cx.has_room(TO_SUBSCRIBERS) {
            let Some(Ok(message)) = cx.recv(DELIVERED).map(Message::into_value::<NatsMessage>) else {
                continue;
            };
            if let Some((publisher, missing)) = self.sequences.as_mut().and_then(|known| known.note(&message))
            {
                self.tell(cx, NatsStatus::Gap { publisher, missing });
            }
            match self.carriers.unpack(message) {
                Ok(message) => drop(cx.send(TO_SUBSCRIBERS, message)),
                Err(why) => {
                    if let Some(more) = self.log.admit(cx.now()) {
                        log::warn!("{} {:?} has got {why}{more}", cx.name(), self.name);
                    }
                }
            }
        }
    }

    /// Works until it is told to end and everything is sent, or until its client or its splitter has ended.
    async fn serve(
        &mut self,
        cx: &Context,
        client: &ComponentRef,
        splitter: &ComponentRef,
    ) -> Result<Message> {
        let mut finish: Option<Message> = None;
        let mut until = None;
        loop {
            self.publish(cx)?;
            if until.is_none() {
                self.deliver(cx);
            } else {
                while cx.recv(DELIVERED).is_some() {}
            }
            while let Some(status) = cx.recv(CLIENT_STATUS) {
                let _ = cx.send(STATUS, status);
            }
            if let Some(told) = cx.told_to_end() {
                if told.ending() == Some(Ending::ShutdownMicroprocess) {
                    until = Some(time_after(cx.now(), LINGER));
                }
                finish = Some(told);
            }
            // The client ends when it has sent what waits there, so what waits here goes first.
            if finish.is_some() && cx.data_ready(INBOX) == 0 && !self.client_is_told {
                let _ = cx.send(CLIENT_CONTROL, ProducerFinished::new());
                self.client_is_told = true;
            }
            if splitter.is_stopped() || (client.is_stopped() && cx.data_ready(DELIVERED) == 0) {
                return Ok(finish.unwrap_or_else(|| Message::new(ProducerFinished::new())));
            }
            match until {
                Some(until) if until <= cx.now() => {
                    let _ = cx.send(CLIENT_CONTROL, ShutdownMicroprocess::new());
                    cx.pause().await;
                }
                Some(until) => cx.pause_until(until).await,
                None => cx.pause().await,
            }
        }
    }
}

impl Component for NatsBackplane {
    fn boxes(&self) -> Boxes {
        Boxes::standard()
            .inbox(INBOX, "data to publish")
            .inbox(CONTROL, "control messages, for all subscribers too")
            .inbox(DELIVERED, "from the client: messages")
            .inbox_size(DELIVERED, BETWEEN)
            .inbox(CLIENT_STATUS, "from the client: what happens to the connection")
            .outbox(STATUS, "what happens to the connection, and gaps")
            .outbox(PUBLISH, "to the client: messages")
            .outbox(CLIENT_CONTROL, "to the client: endings")
            .outbox(TO_SUBSCRIBERS, "to the splitter: messages")
            .outbox(SUBSCRIBERS_CONTROL, "to the splitter: endings")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let Some(client) = self.client.take() else { return Ok(()) };
        cx.declare_service();
        let client = cx.add_child(client.subscribed(self.subscription.clone()));
        let splitter = cx.add_child(PlugSplitter::new().as_service().when_full(self.when_full));
        let services = [format!("Backplane_I_{}", self.name), format!("Backplane_O_{}", self.name)];
        cx.register_service(&services[0], (cx.me(), INBOX))?;
        cx.register_service(&services[1], (&splitter, "configuration"))?;
        cx.set_size((&client, INBOX), Some(BETWEEN))?;
        cx.set_size((&splitter, INBOX), Some(BETWEEN))?;
        cx.link((cx.me(), PUBLISH), (&client, INBOX))?;
        cx.link((cx.me(), CLIENT_CONTROL), (&client, CONTROL))?;
        cx.link((&client, OUTBOX), (cx.me(), DELIVERED))?;
        cx.link((&client, STATUS), (cx.me(), CLIENT_STATUS))?;
        cx.link((cx.me(), TO_SUBSCRIBERS), (&splitter, INBOX))?;
        cx.link((cx.me(), SUBSCRIBERS_CONTROL), (&splitter, CONTROL))?;
        for child in [&client, &splitter] {
            cx.activate(child);
        }
        let mut last = self.serve(cx, &client, &splitter).await?;
        for service in &services {
            if cx.tracker().retrieve_service(service).is_some() {
                cx.tracker().deregister_service(service)?;
            }
        }
        let _ = cx.send(SUBSCRIBERS_CONTROL, last.duplicate());
        let _ = cx.send(CLIENT_CONTROL, ShutdownMicroprocess::new());
        while !children_done(cx) {
            while cx.recv(DELIVERED).is_some() || cx.recv(CLIENT_STATUS).is_some() {}
            cx.pause().await;
        }
        announce(cx, last).await;
        Ok(())
    }
}
