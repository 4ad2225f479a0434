//! An open WebSocket: moves messages in both directions, and closes it.
//!
//! ```text
//!           (1) the peer closes or breaks the protocol, or the server drains:
//!   ┌──────┐     whom it serves may answer what came before   ┌──────────┐
//!   │ Open │ ───────────────────────────────────────────────► │ Farewell │ for a moment
//!   └──────┘                                                  └──────────┘
//!      │ (2) whom it serves has finished                           │ (2)
//!      ▼                                                           │
//!   ┌───────────┐ ◄────────────────────────────────────────────────┘
//!   │ Finishing │ what waits is sent, then a Close
//!   └───────────┘
//!      │ (3) sent; the peer has not closed     │ (4) sent; the peer has closed
//!      ▼                                       ▼
//!   ┌─────────┐  (5) the peer closes,   ┌────────┐ (7) all is handed over: hangs up  ┌──────┐
//!   │ Closing │ ──── or takes too long ►│ Closed │ ─────────────────────────────────►│ Over │
//!   └─────────┘                         └────────┘                                   └──────┘
//!                  (6) from any before: whom it serves                                  ▲
//!                  has failed, which a Close tells                    (8) from any: the │
//!                                                       connection ends or is to be cut │
//! ```
//!
//! It never waits for room in one direction only: a peer that does not read what it is sent must not keep from being
//! read what it sends, and the other way round.

mod sending;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use axon::{CONTROL, ComponentRef, Context, Ending, Message, ProducerFinished, Result, time_after};

use super::close::{Close, CloseCode, ClosedBy, WebSocketClosed};
use super::frame::Fault;
use super::options::WebSocketOptions;
use super::reading::{Event, Reader};
use super::writing::Writer;
use crate::http::Draining;
use crate::ipc::{PeerFinished, SocketShutdown};

/// The inbox for payloads of pings, and the outbox for those of pongs.
pub(super) const PING: &str = "ping";
pub(super) const PONG: &str = "pong";

/// The boxes of its component.
pub(super) struct Ends {
    /// To and from the peer: bytes, and endings.
    pub(super) received: &'static str,
    pub(super) to_peer: &'static str,
    pub(super) news: &'static str,
    pub(super) connection: &'static str,
    /// To and from whom it serves: messages, and endings.
    pub(super) messages: &'static str,
    pub(super) delivered: &'static str,
    pub(super) endings: &'static str,
    /// `None` if the ending is told when all is over.
    pub(super) told: Option<&'static str>,
    /// How long whom it serves may go on sending when the peer has closed, or is to be closed.
    pub(super) farewell: Duration,
}

pub(super) struct Conversation<'a> {
    cx: &'a Context,
    ends: &'static Ends,
    options: &'a WebSocketOptions,
    /// Whom it serves, if it is a component of its own.
    handler: Option<ComponentRef>,
    reader: Reader,
    writer: Writer,
    /// What came from the peer, and how much of it was read.
    chunk: Vec<u8>,
    read: usize,
    /// Frames that have no room on the way to the peer.
    outgoing: VecDeque<Message>,
    phase: Phase,
    peer_has_closed: bool,
    /// How it was closed, as soon as that is known.
    closed: Option<WebSocketClosed>,
    is_told: bool,
    news: News,
    /// The ending by which whom it serves has cut it.
    cut: Option<Message>,
    /// Since when nothing went in either direction, and whether the peer was asked if it is there.
    quiet_since: Instant,
    is_pinged: bool,
    failure: Option<axon::Error>,
}

enum Phase {
    Open,
    Farewell {
        /// With what it is then closed.
        close: Close,
        until: Instant,
    },
    Finishing(Close),
    Closing {
        /// When all was handed over.
        since: Option<Instant>,
    },
    Closed,
    Over,
}

/// What the connection has told.
#[derive(Default)]
struct News {
    ended: Option<String>,
    peer_finished: bool,
    drains: bool,
    cut: Option<Message>,
}

impl<'a> Conversation<'a> {
    pub(super) fn new(
        cx: &'a Context,
        ends: &'static Ends,
        options: &'a WebSocketOptions,
        handler: Option<ComponentRef>,
        (reader, writer): (Reader, Writer),
    ) -> Self {
        Conversation {
            cx,
            ends,
            options,
            handler,
            reader,
            writer,
            chunk: Vec::new(),
            read: 0,
            outgoing: VecDeque::new(),
            phase: Phase::Open,
            peer_has_closed: false,
            closed: None,
            is_told: false,
            news: News::default(),
            cut: None,
            quiet_since: cx.now(),
            is_pinged: false,
            failure: None,
        }
    }

    /// With bytes that came before, and an ending that whom it serves has sent already.
    pub(super) fn after(mut self, bytes: Vec<u8>, ending: Option<Message>) -> Self {
        self.chunk = bytes;
        if let Some(ending) = ending {
            self.hear_ending(ending);
        }
        self
    }

    /// Until it is closed. Returns the last word: a [`WebSocketClosed`], or the `shutdownMicroprocess` that cut it.
    ///
    /// # Errors
    ///
    /// If whom it serves failed, or sent what is neither text nor bytes.
    pub(super) async fn run(mut self) -> Result<Message> {
        loop {
            let now = self.cx.now();
            self.hear_whom_it_serves();
            self.read(now);
            self.hear_the_connection(now);
            self.write(now);
            let next = self.look_at_the_clock(now);
            match self.phase {
                Phase::Over => break,
                Phase::Closed if self.outgoing.is_empty() => {
                    self.tell_the_connection(Message::new(ProducerFinished::new())); // (7)
                    break;
                }
                _ => {}
            }
            match next {
                Some(time) if time <= now => {}
                Some(time) => self.cx.pause_until(time).await,
                None => self.cx.pause().await,
            }
        }
        let closed = self.closed.take().unwrap_or_else(|| WebSocketClosed {
            close: Close::new(CloseCode::ABNORMAL, "cut from here"),
            by: ClosedBy::Here,
        });
        self.tell(&closed);
        log::debug!("{}: {closed}", self.cx.name());
        match self.failure {
            Some(failure) => Err(failure),
            None => Ok(self.cut.unwrap_or_else(|| Message::notice(closed))),
        }
    }

    fn hear_whom_it_serves(&mut self) {
        let next = |cx: &Context, inbox| if inbox == CONTROL { cx.told_to_end() } else { cx.recv(inbox) };
        while let Some(message) = next(self.cx, self.ends.endings) {
            self.hear_ending(message);
        }
        if let Some(handler) = self.handler.take_if(|handler| handler.is_stopped()) {
            match self.cx.failure_of(&handler) {
                Some(failure) => self.fail(failure.to_string().into()),
                None => self.finish(None),
            }
        }
    }

    fn hear_ending(&mut self, mut message: Message) {
        match message.ending() {
            Some(Ending::ProducerFinished) => self.finish(message.into_value::<Close>().ok()),
            Some(Ending::ShutdownMicroprocess) => {
                self.cut = Some(message.duplicate());
                self.tell_the_connection(message);
                self.phase = Phase::Over; // (8)
            }
            None => {}
        }
    }

    /// Closes when what waits is sent (2).
    fn finish(&mut self, given: Option<Close>) {
        let usual = match &self.phase {
            Phase::Open => Close::new(CloseCode::NORMAL, ""),
            Phase::Farewell { close, .. } => close.clone(),
            _ => return,
        };
        // A peer that has closed, or has done what it must not, is told that.
        let given = given.filter(|_| !self.peer_has_closed);
        self.phase = Phase::Finishing(given.unwrap_or(usual));
    }

    /// Closes at once, because whom it serves has failed (6).
    fn fail(&mut self, failure: axon::Error) {
        self.failure = Some(failure);
        let close = Close::new(CloseCode::INTERNAL_ERROR, "");
        if !matches!(self.phase, Phase::Closing { .. } | Phase::Closed | Phase::Over) {
            let frame = self.writer.close(&close);
            self.outgoing.push_back(Message::new(frame));
            self.phase = Phase::Closed; // (6)
        }
        let closed = self.closed.get_or_insert(WebSocketClosed { close, by: ClosedBy::Here }).clone();
        self.tell(&closed);
    }

    /// Reads what has come, as long as there is room for messages.
    fn read(&mut self, now: Instant) {
        loop {
            if matches!(self.phase, Phase::Closed | Phase::Over) {
                while self.cx.recv(self.ends.received).is_some() {}
                self.chunk = Vec::new();
                self.read = 0;
                return;
            }
            if !self.cx.has_room(self.ends.delivered) {
                return;
            }
            if self.read == self.chunk.len() {
                self.chunk = Vec::new();
                self.read = 0;
                let Some(message) = self.cx.recv(self.ends.received) else { return };
                self.chunk = message.into_value().unwrap_or_default();
                self.quiet_since = now;
                self.is_pinged = false;
            }
            let mut rest = &self.chunk[self.read..];
            let outcome = self.reader.next(&mut rest);
            self.read = self.chunk.len() - rest.len();
            match outcome {
                Ok(Some(event)) => self.take(event, now),
                Ok(None) => {}
                Err(fault) => self.refuse(&fault, now),
            }
        }
    }

    /// Closes because of what the peer did. It is not waited for.
    fn refuse(&mut self, fault: &Fault, now: Instant) {
        log::info!("{}: the peer breaks the protocol: {}", self.cx.name(), fault.why);
        let closed = WebSocketClosed { close: fault.close(), by: ClosedBy::Here };
        self.say_farewell(fault.close(), closed, now);
    }

    fn take(&mut self, event: Event, now: Instant) {
        // There was room; whom it serves may have ended, and then needs nothing any more.
        match event {
            Event::Text(text) => drop(self.cx.send(self.ends.delivered, text)),
            Event::Binary(bytes) => drop(self.cx.send(self.ends.delivered, bytes)),
            Event::Ping(payload) => {
                if !matches!(self.phase, Phase::Closing { .. }) {
                    self.pong(payload);
                }
            }
            Event::Pong(payload) => {
                if self.cx.has_room(PONG) {
                    let _ = self.cx.send(PONG, payload);
                }
            }
            Event::Close(close) => self.take_close(close, now),
        }
    }

    /// Answers a ping. If there is no room, the answer to the last will do.
    fn pong(&mut self, payload: Vec<u8>) {
        if self.flush() || self.outgoing.len() < 3 {
            let frame = self.writer.pong(payload);
            self.outgoing.push_back(Message::new(frame));
            self.flush();
        }
    }

    fn take_close(&mut self, close: Close, now: Instant) {
        let answer = Close::new(close.code, "");
        self.say_farewell(answer, WebSocketClosed { close, by: ClosedBy::Peer }, now);
    }

    /// Nothing more will come from the peer.
    fn say_farewell(&mut self, close: Close, closed: WebSocketClosed, now: Instant) {
        self.peer_has_closed = true;
        self.phase = match std::mem::replace(&mut self.phase, Phase::Closed) {
            Phase::Open => Phase::Farewell { close, until: time_after(now, self.ends.farewell) }, // (1)
            Phase::Farewell { until, .. } => Phase::Farewell { close, until },
            Phase::Closing { .. } => Phase::Closed, // (5)
            other => other,
        };
        let closed = self.closed.get_or_insert(closed).clone();
        self.tell(&closed);
    }

    fn hear_the_connection(&mut self, now: Instant) {
        while let Some(message) = self.cx.recv(self.ends.news) {
            if let Some(why) = message.view(|end: &SocketShutdown| end.how_died.to_string()) {
                self.news.ended = Some(why);
            } else if message.is::<PeerFinished>() {
                self.news.peer_finished = true;
            } else if message.is::<Draining>() || message.ending() == Some(Ending::ProducerFinished) {
                self.news.drains = true;
            } else if message.ending() == Some(Ending::ShutdownMicroprocess) {
                self.news.cut = Some(message);
            }
        }
        if let Some(cut) = self.news.cut.take() {
            if let Some(told) = self.ends.told {
                let _ = self.cx.send(told, cut);
            }
            self.is_told = true;
            self.phase = Phase::Over; // (8)
        }
        if self.has_unread() || matches!(self.phase, Phase::Over) {
            return;
        }
        if let Some(why) = self.news.ended.take() {
            self.broke_off(&why);
            self.phase = Phase::Over; // (8)
        } else if std::mem::take(&mut self.news.peer_finished) && !self.peer_has_closed {
            self.broke_off("the peer ended the connection without closing the WebSocket");
            self.phase = Phase::Closed;
        }
        if std::mem::take(&mut self.news.drains) && matches!(self.phase, Phase::Open) {
            if let Some(told) = self.ends.told {
                let _ = self.cx.send(told, ProducerFinished::new());
            }
            self.is_told = true;
            let close = Close::new(CloseCode::GOING_AWAY, "");
            self.phase = Phase::Farewell { close, until: time_after(now, self.ends.farewell) }; // (1)
        }
    }

    fn broke_off(&mut self, why: &str) {
        let close = Close::new(CloseCode::ABNORMAL, why);
        self.closed.get_or_insert(WebSocketClosed { close, by: ClosedBy::Neither });
    }

    fn has_unread(&self) -> bool {
        self.read < self.chunk.len() || self.cx.data_ready(self.ends.received) > 0
    }

    /// Tells whom it serves that it is closed, once.
    fn tell(&mut self, closed: &WebSocketClosed) {
        if let Some(told) = self.ends.told
            && !std::mem::replace(&mut self.is_told, true)
        {
            // One that has no room in `control` is being told already.
            let _ = self.cx.send(told, Message::notice(closed.clone()));
        }
    }

    fn tell_the_connection(&self, message: Message) {
        let _ = self.cx.send(self.ends.connection, message);
    }
}
