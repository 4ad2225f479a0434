//! A client of NATS: publishes what comes to `inbox`, and sends what it has subscribed to out of `outbox`.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use axon::chassis::{FromMessage, announce};
use axon::util::Chunk;
use axon::{
    Boxes, CONTROL, Component, Context, Ending, INBOX, LogLimit, Message, OUTBOX, Result, time_after,
};

use super::codec::{self, Said};
use super::link::{self, Link, NEWS, NotOpen, RECEIVED, TCP_CONTROL, TCP_MAKE_SSL, TO_SERVER};
use super::message::NatsMessage;
use super::server::Server;
use super::settings::{AtFirst, Settings};
use super::status::NatsStatus;
use super::subscription::{NatsSubscribe, NatsUnsubscribe};

/// The outbox for [`NatsStatus`].
pub(super) const STATUS: &str = "status";

/// The inbox for [`NatsSubscribe`] and [`NatsUnsubscribe`].
const SUBSCRIPTIONS: &str = "subscriptions";

/// How many bytes are written at once.
const BATCH: usize = 64 * 1024;

/// How many servers are remembered: a cluster may change while the client runs.
const MOST_SERVERS: usize = 256;

/// After how many pings without a sign of life the connection counts as dead.
const MOST_PINGS: u32 = 2;

/// A client of a NATS server: publishes, subscribes, and connects again when the connection ends.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | what to publish: [`NatsMessage`], and text or bytes if a subject was given to [`publish_to`](NatsClient::publish_to) |
/// | `control` | endings, see below |
/// | `subscriptions` | [`NatsSubscribe`] and [`NatsUnsubscribe`] |
/// | `_received` | from its [`TcpClient`](crate::TcpClient): bytes |
/// | `_news` | from its [`TcpClient`](crate::TcpClient): its end, and that it is secured |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the messages of its subscriptions: [`NatsMessage`], or their bytes |
/// | `signal` | one ending, see below |
/// | `status` | [`NatsStatus`]: connected, disconnected, what was refused or dropped |
/// | `_toServer` | to its [`TcpClient`](crate::TcpClient): bytes |
/// | `_tcpControl` | to its [`TcpClient`](crate::TcpClient): endings |
/// | `_tcpMakessl` | to its [`TcpClient`](crate::TcpClient): requests for TLS |
///
/// While there is no connection, what is to be published waits in `inbox`, whose limit holds its senders. NATS
/// delivers at most once: what was sent when a connection broke may be lost, and
/// [`Disconnected`](NatsStatus::Disconnected) says so. Everything before a [`Flushed`](NatsStatus::Flushed) has
/// reached the server.
///
/// If the receiver of `outbox` has no room, messages wait here, 8 MiB of them unless [`pending`](NatsClient::pending)
/// says otherwise. Further ones are dropped, counted and told: a server would cut off a client that does not read.
///
/// # Shutdown
///
/// `producerFinished`: publishes what waits in `inbox`, waits until the server has confirmed it, and ends.
/// `shutdownMicroprocess`: ends immediately. What it was told is passed on to `signal`.
///
/// # Errors
///
/// It ends with an error if no server can be reached at first, unless it
/// [tries again](NatsClient::retry_on_failed_connect); if a server refuses who it is; and if a message to publish is
/// of another type than those above.
///
/// # Examples
///
/// ```no_run
/// use axon::prelude::*;
/// use kamaelia_net::nats::NatsClient;
///
/// // Lines of the console to the subject `chat`, and what others say there to the console.
/// let client = NatsClient::new("nats://127.0.0.1:4222")?.publish_to("chat")?.subscribe("chat")?.payloads();
/// axon::run(pipeline![ConsoleReader::new(), client, ConsoleEchoer::new()])?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct NatsClient {
    pub(super) servers: Vec<Server>,
    pub(super) settings: Settings,
    pub(super) publish_to: Option<String>,
    pub(super) delivers: Delivers,
    /// By their numbers.
    pub(super) subscriptions: BTreeMap<u64, NatsSubscribe>,
    pub(super) last_number: u64,
    /// What waits for room in `outbox`.
    pub(super) waiting: VecDeque<NatsMessage>,
    pub(super) waiting_bytes: usize,
    pub(super) dropped: u64,
    /// What is to be written to the server, in this order.
    pub(super) out: Vec<u8>,
    /// How many messages were sent, and how many of them the server has confirmed.
    pub(super) sent: u64,
    pub(super) confirmed: u64,
    /// An ending that takes effect when everything is confirmed.
    pub(super) finish: Option<Message>,
    pub(super) log: LogLimit,
}

axon::debug_by_name!(NatsClient);

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Delivers {
    Messages,
    Payloads,
}

/// What the answer to a ping shows.
#[derive(Clone, Copy, PartialEq)]
enum Ping {
    /// That the server has heard the subscriptions.
    Subscribed,
    /// That it has got so many messages.
    After(u64),
}

/// How work on a connection has ended.
enum Over {
    Lost(String),
    Told(Message),
}

impl NatsClient {
    pub(super) fn number(&mut self, subscription: NatsSubscribe) -> u64 {
        self.last_number += 1;
        self.subscriptions.insert(self.last_number, subscription);
        self.last_number
    }

    pub(super) fn tell(&mut self, cx: &Context, status: NatsStatus) {
        match &status {
            NatsStatus::Connected { .. } => log::info!("{}: {status}", cx.name()),
            NatsStatus::Flushed => {}
            _ => {
                if let Some(more) = self.log.admit(cx.now()) {
                    log::warn!("{}: {status}{more}", cx.name());
                }
            }
        }
        let _ = cx.send(STATUS, status);
    }

    /// Notes an ending. Returns the one that ends it now.
    fn told(&mut self, cx: &Context) -> Option<Message> {
        if cx.is_told_to_stop() || (self.finish.is_none() && cx.data_ready(INBOX) == 0) {
            let told = cx.told_to_end()?;
            if told.ending() == Some(Ending::ShutdownMicroprocess) {
                return Some(told);
            }
            self.finish = Some(told);
        }
        None
    }

    /// Whether everything that came was sent and confirmed.
    fn is_flushed(&self, cx: &Context) -> bool {
        cx.data_ready(INBOX) == 0 && self.sent == self.confirmed
    }

    /// Connects, works, and connects again, until it is told to end.
    async fn serve(&mut self, cx: &Context) -> Result<Message> {
        let (first, longest) = self.settings.pauses;
        let (mut at, mut pause, mut failed) = (0, first, 0);
        let mut was_connected = false;
        loop {
            if let Some(told) = self.told(cx) {
                return Ok(told);
            }
            if self.finish.is_some()
                && self.is_flushed(cx)
                && let Some(finish) = self.finish.take()
            {
                return Ok(finish);
            }
            let server = self.servers[at % self.servers.len()].clone();
            let status = match Link::open(cx, &server, &self.settings).await? {
                Ok(link) => {
                    was_connected = true;
                    let begun = cx.now();
                    let why = match self.work(cx, link).await? {
                        Over::Told(told) => return Ok(told),
                        Over::Lost(why) => why,
                    };
                    // A connection that breaks off again and again is to cost no more than one that is not made.
                    if cx.now().saturating_duration_since(begun) >= longest {
                        (failed, pause) = (0, first);
                    }
                    failed += 1;
                    NatsStatus::Disconnected { why: format!("{server}: {why}") }
                }
                Err(NotOpen::Told) => continue,
                Err(NotOpen::Refused(why)) if !was_connected => {
                    return Err(format!("{}: the NATS server {server} refuses: {why}", cx.name()).into());
                }
                Err(NotOpen::NotReached(why) | NotOpen::Refused(why)) => {
                    failed += 1;
                    let is_last = !was_connected && failed >= self.servers.len();
                    if is_last && self.settings.at_first == AtFirst::Fails {
                        return Err(format!("{}: no NATS server: {server}: {why}", cx.name()).into());
                    }
                    NatsStatus::NotConnected { why: format!("{server}: {why}") }
                }
            };
            // What was not confirmed may have arrived, and is not sent again.
            self.sent = self.confirmed;
            self.tell(cx, status);
            at += 1;
            // The other servers are tried immediately.
            if failed % self.servers.len() == 0 {
                let again = time_after(cx.now(), jittered(pause));
                pause = (pause * 2).min(longest);
                while cx.now() < again && !cx.is_told_to_stop() {
                    cx.pause_until(again).await;
                }
            }
        }
    }

    /// Works on a connection until it ends, or until the client is told to end.
    async fn work(&mut self, cx: &Context, mut link: Link) -> Result<Over> {
        self.out.clear();
        for (number, subscription) in &self.subscriptions {
            let group = subscription.group.as_deref();
            codec::subscribe(&mut self.out, &subscription.subject, group, *number);
        }
        self.learn(&link);
        // Those that were not answered. The first answer shows that the server has heard the subscriptions.
        let mut pings = VecDeque::new();
        self.ping(&mut pings, Ping::Subscribed);
        let interval = self.settings.ping_interval;
        let (mut heard, mut next_ping) = (cx.now(), time_after(cx.now(), interval));
        loop {
            loop {
                match link.next(cx) {
                    Ok(Some(said)) => {
                        heard = cx.now();
                        self.heed(cx, &mut link, said, &mut pings);
                    }
                    Ok(None) => break,
                    Err(why) => {
                        link.drop_connection(cx);
                        return Ok(Over::Lost(why));
                    }
                }
            }
            self.deliver_waiting(cx);
            self.change_subscriptions(cx)?;
            self.publish(cx, &link)?;
            if self.sent > self.confirmed
                && cx.data_ready(INBOX) == 0
                && pings.back() != Some(&Ping::After(self.sent))
            {
                self.ping(&mut pings, Ping::After(self.sent));
            }
            if next_ping <= cx.now() {
                if cx.now().saturating_duration_since(heard) >= interval.saturating_mul(MOST_PINGS) {
                    link.drop_connection(cx);
                    return Ok(Over::Lost("no answer to pings".to_owned()));
                }
                self.ping(&mut pings, Ping::After(self.sent));
                next_ping = time_after(cx.now(), interval);
            }
            self.write(cx);
            let is_flushed = self.is_flushed(cx);
            if let Some(told) = self.told(cx) {
                link.drop_connection(cx);
                return Ok(Over::Told(told));
            }
            if is_flushed && let Some(finish) = self.finish.take() {
                link.finish(cx).await;
                return Ok(Over::Told(finish));
            }
            cx.pause_until(next_ping).await;
        }
    }

    /// Remembers the other servers of the cluster.
    fn learn(&mut self, link: &Link) {
        for other in &link.info.others {
            if self.servers.len() < MOST_SERVERS
                && let Ok(mut other) = Server::read(other)
                && !self.servers.iter().any(|known| known.is_at(&other))
            {
                (other.identity, other.needs_tls) = (link.server.identity.clone(), link.server.needs_tls);
                self.servers.push(other);
            }
        }
    }

    fn heed(&mut self, cx: &Context, link: &mut Link, said: Said, pings: &mut VecDeque<Ping>) {
        match said {
            // Also what was on the way when a subscription was taken back: in a group nobody else gets it.
            Said::Message(message) => self.deliver(cx, message),
            Said::Ok => {}
            Said::Ping => self.out.extend_from_slice(b"PONG\r\n"),
            Said::Pong => match pings.pop_front() {
                Some(Ping::Subscribed) => {
                    self.tell(cx, NatsStatus::Connected { server: link.server.to_string() });
                }
                Some(Ping::After(sent)) if sent > self.confirmed => {
                    self.confirmed = sent;
                    if self.sent == sent {
                        self.tell(cx, NatsStatus::Flushed);
                    }
                }
                Some(Ping::After(_)) | None => {}
            },
            Said::Info(info) => {
                link.info = *info;
                self.learn(link);
                if link.info.is_lame_duck {
                    self.tell(cx, NatsStatus::LameDuck { server: link.server.to_string() });
                }
            }
            Said::Error(error) => self.tell(cx, NatsStatus::Refused { error }),
        }
    }

    fn change_subscriptions(&mut self, cx: &Context) -> Result {
        while let Some(request) = cx.recv(SUBSCRIPTIONS) {
            match request.into_value::<NatsSubscribe>() {
                Ok(subscription) => {
                    let number = self.number(subscription.clone());
                    let group = subscription.group.as_deref();
                    codec::subscribe(&mut self.out, &subscription.subject, group, number);
                }
                Err(request) => {
                    let NatsUnsubscribe(subject) = request.into_value().map_err(|request| {
                        format!(
                            "{}: {} cannot be subscribed to: `{SUBSCRIPTIONS}` takes NatsSubscribe and NatsUnsubscribe",
                            cx.name(),
                            request.excerpt()
                        )
                    })?;
                    self.subscriptions.retain(|number, subscription| {
                        let stays = subscription.subject != subject;
                        if !stays {
                            codec::unsubscribe(&mut self.out, *number);
                        }
                        stays
                    });
                }
            }
        }
        Ok(())
    }

    /// Publishes what waits in `inbox`, as far as there is room.
    fn publish(&mut self, cx: &Context, link: &Link) -> Result {
        loop {
            while self.out.len() < BATCH
                && let Some(message) = cx.recv(INBOX)
            {
                let message = self.to_publish(cx, message)?;
                match refusal(&message, link) {
                    Some(why) => self.tell(cx, NatsStatus::NotPublished { why }),
                    None => {
                        codec::publish(&mut self.out, &message);
                        self.sent += 1;
                    }
                }
            }
            if self.out.is_empty() || !self.write(cx) {
                return Ok(());
            }
        }
    }

    /// Hands what is to be written to the connection. False if that has no room: then the client is woken when it has.
    fn write(&mut self, cx: &Context) -> bool {
        let has_room = cx.has_room(TO_SERVER);
        if has_room && !self.out.is_empty() {
            link::send(cx, std::mem::take(&mut self.out));
        }
        has_room
    }

    fn ping(&mut self, pings: &mut VecDeque<Ping>, ping: Ping) {
        pings.push_back(ping);
        self.out.extend_from_slice(b"PING\r\n");
    }

    fn to_publish(&self, cx: &Context, message: Message) -> Result<NatsMessage> {
        let message = match message.into_value::<NatsMessage>() {
            Ok(message) => return Ok(message),
            Err(message) => message,
        };
        let unfit = |message: Message, takes: &str| {
            format!("{}: {} cannot be published: `inbox` takes {takes}", cx.name(), message.excerpt())
        };
        let Some(subject) = &self.publish_to else {
            let takes = "NatsMessage; with `publish_to(SUBJECT)` also text and bytes";
            return Err(unfit(message, takes).into());
        };
        match Chunk::from_message(message) {
            Ok(Chunk(bytes)) => Ok(NatsMessage::received(subject.clone(), None, Vec::new(), bytes)),
            Err(message) => Err(unfit(message, "NatsMessage, text and bytes").into()),
        }
    }
}

/// Why this server will not take a message.
fn refusal(message: &NatsMessage, link: &Link) -> Option<String> {
    let (weight, most) = (codec::weight(message), link.info.max_payload);
    if weight > most {
        return Some(format!("{weight} bytes at {:?}; the server takes at most {most}", message.subject()));
    }
    (!link.info.has_headers && message.headers().next().is_some())
        .then(|| format!("the server {} takes no headers", link.info.version))
}

/// Half of a time, and a random part of the other half.
fn jittered(time: Duration) -> Duration {
    let part = RandomState::new().hash_one(0) % 1000;
    time / 2 + time.mul_f64(part as f64 / 2000.0)
}

impl Component for NatsClient {
    fn boxes(&self) -> Boxes {
        Boxes::standard()
            .inbox(INBOX, "what to publish")
            .inbox(CONTROL, "endings")
            .inbox(SUBSCRIPTIONS, "requests to subscribe, and to take that back")
            .inbox(RECEIVED, "from the TCP client: bytes")
            .inbox(NEWS, "from the TCP client: its end, and that it is secured")
            .outbox(OUTBOX, "the messages of the subscriptions")
            .outbox(STATUS, "what happens to the connection")
            .outbox(TO_SERVER, "to the TCP client: bytes")
            .outbox(TCP_CONTROL, "to the TCP client: endings")
            .outbox(TCP_MAKE_SSL, "to the TCP client: requests for TLS")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let told = self.serve(cx).await?;
        let lost = cx.data_ready(INBOX) as u64 + self.sent - self.confirmed;
        if lost > 0 {
            let why = format!("it was told to stop before {lost} messages were confirmed");
            self.tell(cx, NatsStatus::NotPublished { why });
        }
        // What has arrived is not lost.
        while told.ending() == Some(Ending::ProducerFinished)
            && !self.waiting.is_empty()
            && !cx.is_told_to_stop()
        {
            self.deliver_waiting(cx);
            if !self.waiting.is_empty() {
                cx.pause().await;
            }
        }
        announce(cx, told).await;
        Ok(())
    }
}
