//! One request and its answer: the body goes to the handler while the handler's answer goes to the client.

use std::time::Instant;

use axon::{ComponentRef, Context, Ending, INBOX, Message, OUTBOX, ProducerFinished, SIGNAL, time_after};
use http::header::{CONNECTION, EXPECT, UPGRADE};
use http::{Method, StatusCode, Version};

use super::access_log::Visit;
use super::answer::Answer;
use super::connection::{BODY, HANDLER_SIGNAL, HttpConnection, RESPONSE};
use super::responding::Gathering;
use super::site::Made;
use super::trouble::Trouble;
use crate::connected_server::tell;
use crate::http::RequestHead;
use crate::http::body_watch::BodyWatch;
use crate::http::codec::{Asked, Event, Framing, Malformed, Persistence, has_token};
use crate::http::ipc::Draining;
use crate::timer::Timer;

/// How many messages of a body wait at a handler that declares no size of its own.
const HANDLER_INBOX: usize = 16;

/// How many turns a handler that does not sleep has before its client is told to go on.
const TURNS_BEFORE_CONTINUE: u32 = 16;

/// What becomes of the connection.
pub(super) enum After {
    KeepAlive,
    Close,
    Reset,
    Tunnel(ComponentRef),
}

/// An exchange in progress.
pub(super) struct Exchange {
    /// `None` if there is none, or if it has ended.
    pub(super) handler: Option<ComponentRef>,
    /// What a function will answer.
    pub(super) gathering: Option<Gathering>,
    pub(super) asked: Asked,
    /// Whether the client wants the connection kept.
    pub(super) wishes: Persistence,
    /// It asks for another protocol.
    pub(super) upgrade: bool,
    /// Its handler may still upgrade, and is not told of the end of the body: it has had so many turns.
    pub(super) undecided: Option<u32>,
    /// The client waits with its body until it is told to go on; how many turns it has waited.
    pub(super) expects: Option<u32>,
    pub(super) answer: Answer,
    /// The status of the answer, when its head was sent.
    pub(super) status: Option<StatusCode>,
    /// How many bytes of the answer's body were sent.
    pub(super) sent: u64,
    /// What the access log will say of the request, if there is one.
    pub(super) visit: Option<Visit>,
    /// How the handler has ended or said that it does.
    end: Option<Ending>,
    /// The handler takes the body.
    reads: bool,
    body_is_over: bool,
    watch: BodyWatch,
    /// How many bytes of the body nobody took.
    discarded: u64,
    told_draining: bool,
    /// Since when the answer is complete and the handler goes on.
    complete_since: Option<Instant>,
}

/// What the body waits for.
enum Feed {
    /// Bytes from the client.
    Client,
    /// The handler.
    Handler,
    /// Nothing: it is over, or nobody takes it and it is too long to be discarded.
    Nothing,
}

/// What is next in an exchange.
enum Step {
    Again,
    Wait(Option<Instant>),
    Done(After),
}

impl HttpConnection {
    /// Has a request answered.
    pub(super) async fn exchange<'a>(
        &mut self,
        cx: &'a Context,
        timer: &mut Timer<'a>,
        head: Box<RequestHead>,
        framing: Framing,
    ) -> axon::Result<After> {
        let mut exchange = self.begin(cx, head, framing)?;
        let after = loop {
            match self.step(cx, &mut exchange) {
                Ok(Step::Done(after)) => break after,
                Ok(Step::Again) => cx.yield_now().await,
                Ok(Step::Wait(until)) => {
                    // One that was set before may go off, and nothing comes of it.
                    if let Some(until) = until {
                        timer.set(cx, cx.now(), until);
                    }
                    cx.await_arrival().await;
                }
                Err(trouble) => break self.give_up(cx, &mut exchange, trouble).await?,
            }
            self.hear(cx);
        };
        if let Some(visit) = &exchange.visit {
            visit.log(self.connection.peer.ip(), &self.site.date(), exchange.status, exchange.sent);
        }
        Ok(after)
    }

    /// Makes the handler, and links it.
    fn begin(&mut self, cx: &Context, head: Box<RequestHead>, framing: Framing) -> axon::Result<Exchange> {
        let (headers, version) = (head.headers(), head.version());
        let closes = has_token(headers, &CONNECTION, "close")
            || version < Version::HTTP_11 && !has_token(headers, &CONNECTION, "keep-alive");
        let asks_for_another = headers.contains_key(UPGRADE) && has_token(headers, &CONNECTION, "upgrade");
        let has_body = framing != Framing::Length(0);
        let mut exchange = Exchange {
            handler: None,
            gathering: None,
            asked: Asked { method: head.method().clone(), version },
            wishes: if closes { Persistence::Close } else { Persistence::KeepAlive },
            upgrade: asks_for_another && version == Version::HTTP_11 && !has_body,
            undecided: None,
            expects: (version == Version::HTTP_11 && has_body && headers.contains_key(EXPECT)).then_some(0),
            answer: Answer::Awaited,
            status: None,
            sent: 0,
            visit: self.site.visit(Some(&head)),
            end: None,
            reads: false,
            body_is_over: false,
            watch: BodyWatch::new(&self.limits),
            discarded: 0,
            told_draining: false,
            complete_since: None,
        };
        let made = self.site.clone().make(cx, head);
        if !matches!(made, Ok(Made::Function(_))) {
            // What another handler said after its end is not this one's.
            while cx.recv(RESPONSE).is_some() || cx.recv(HANDLER_SIGNAL).is_some() {}
        }
        match made {
            Ok(Made::Handler(handler)) => {
                cx.supervise(&handler);
                let is_tunnel = exchange.upgrade || exchange.asked.method == Method::CONNECT;
                exchange.reads = (has_body || is_tunnel) && link_body(cx, &handler)?;
                link_answer(cx, &handler)?;
                cx.activate(&handler);
                exchange.handler = Some(handler);
            }
            Ok(Made::Function(gathering)) => self.begin_to_gather(gathering, framing, &mut exchange),
            Ok(Made::Answer(page)) => self.answer_with(*page, &mut exchange),
            Err(text) => {
                self.tell_failure(cx, &text);
                self.answer_error(StatusCode::INTERNAL_SERVER_ERROR, "", &mut exchange);
            }
        }
        Ok(exchange)
    }

    /// Moves what can be moved in either direction.
    fn step(&mut self, cx: &Context, exchange: &mut Exchange) -> Result<Step, Trouble> {
        if self.news.over.is_some() {
            return Err(Trouble::Gone);
        }
        if self.news.draining.is_some() && !std::mem::replace(&mut exchange.told_draining, true) {
            exchange.tell(cx, Message::new(Draining));
        }
        if exchange.gathering.is_none()
            && let Some(step) = self.follow_the_handler(cx, exchange)?
        {
            return Ok(step);
        }
        let feed = self.feed(cx, exchange)?;
        if let Some(gathering) = exchange.gathering.take_if(|_| exchange.body_is_over) {
            self.respond(cx, gathering, exchange)?;
            if matches!(exchange.answer, Answer::Tunnel) {
                return Ok(Step::Again);
            }
        }
        let is_sent = self.output.flush(cx, OUTBOX);
        if let Answer::Complete(persistence) = exchange.answer
            && is_sent
        {
            if exchange.handler.is_some() {
                let now = cx.now();
                let since = *exchange.complete_since.get_or_insert(now);
                let until = time_after(since, self.limits.idle_timeout);
                return if until <= now { Err(Trouble::Gone) } else { Ok(Step::Wait(Some(until))) };
            }
            let ends = persistence == Persistence::Close || self.news.draining.is_some();
            if ends || exchange.expects.is_some() || matches!(feed, Feed::Nothing) {
                let is_kept = !ends && exchange.body_is_over;
                return Ok(Step::Done(if is_kept { After::KeepAlive } else { After::Close }));
            }
        }
        self.wait_for(cx, exchange, feed)
    }

    /// Takes what the handler has sent, and sees whether it has ended.
    fn follow_the_handler(&mut self, cx: &Context, exchange: &mut Exchange) -> Result<Option<Step>, Trouble> {
        // Looked at before the answer: what it sent before its end is there then.
        exchange.look_at_the_handler(cx)?;
        self.take_answer(cx, exchange)?;
        if matches!(exchange.answer, Answer::Tunnel) {
            return Ok(Some(match (self.output.bytes(), exchange.handler.clone()) {
                (0, Some(handler)) => Step::Done(After::Tunnel(handler)),
                (0, None) => Step::Done(After::Close),
                _ => Step::Wait(None),
            }));
        }
        if let Some(end) = exchange.end
            && cx.data_ready(RESPONSE) == 0
        {
            match end {
                Ending::ProducerFinished => self.end_answer(exchange)?,
                Ending::ShutdownMicroprocess => return Err(Trouble::BrokenOff),
            }
        }
        Ok(None)
    }

    fn wait_for(&mut self, cx: &Context, exchange: &mut Exchange, feed: Feed) -> Result<Step, Trouble> {
        if let (Some(turns), Answer::Awaited) = (exchange.undecided, &exchange.answer) {
            // A handler that sleeps without having upgraded waits for the body, and there is none.
            let sleeps = exchange.handler.as_ref().is_none_or(|handler| cx.is_paused(handler));
            exchange.undecided = (!sleeps && turns < TURNS_BEFORE_CONTINUE).then_some(turns + 1);
            if exchange.undecided.is_none() {
                exchange.tell(cx, Message::new(ProducerFinished::new()));
            }
            return Ok(Step::Again);
        }
        match (feed, exchange.expects) {
            (Feed::Client, Some(turns)) => {
                match exchange.reader() {
                    Some(handler) if !cx.is_paused(handler) && turns < TURNS_BEFORE_CONTINUE => {
                        exchange.expects = Some(turns + 1);
                        return Ok(Step::Again);
                    }
                    None if exchange.gathering.is_none() => return Ok(Step::Wait(None)),
                    _ => {}
                }
                exchange.expects = None;
                self.output.0.push_back(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec());
                Ok(Step::Again)
            }
            (Feed::Client, None) => {
                let now = cx.now();
                let until = exchange.watch.wait(now);
                if until <= now {
                    let why = "the body of the request did not come in time";
                    let status = StatusCode::REQUEST_TIMEOUT;
                    return Err(Trouble::Malformed(Malformed { status, why: why.into() }));
                }
                Ok(Step::Wait(Some(until)))
            }
            (Feed::Handler | Feed::Nothing, _) => {
                exchange.watch.rest(cx.now());
                Ok(Step::Wait(None))
            }
        }
    }

    /// Moves the body from the client to the handler.
    fn feed(&mut self, cx: &Context, exchange: &mut Exchange) -> Result<Feed, Trouble> {
        loop {
            if exchange.body_is_over {
                return Ok(Feed::Nothing);
            }
            if exchange.reader().is_some() && !cx.has_room(BODY) {
                return Ok(Feed::Handler);
            }
            if exchange.is_unread() && exchange.discarded.max(self.decoder.missing()) > self.limits.drained {
                return Ok(Feed::Nothing);
            }
            let (taken, event) = self.decoder.read(self.input.rest())?;
            let piece = match event {
                Some(Event::Chunk(chunk)) => Some(chunk.len()),
                Some(Event::End(_)) => {
                    exchange.body_is_over = true;
                    None
                }
                _ => None,
            };
            self.input.skip(taken);
            if exchange.body_is_over {
                if exchange.upgrade {
                    exchange.undecided = Some(0);
                } else if exchange.asked.method != Method::CONNECT {
                    exchange.tell(cx, Message::new(ProducerFinished::new()));
                }
            } else if let Some(length) = piece {
                exchange.expects = None;
                exchange.watch.came(cx.now(), length);
                if exchange.is_unread() {
                    exchange.discarded += length as u64;
                } else if exchange.gathering.is_some() {
                    let chunk = self.input.last(length);
                    self.gather(chunk, exchange);
                } else {
                    let chunk = self.input.last(length);
                    // There is room; one that has ended meanwhile needs no body.
                    let _ = cx.send(BODY, chunk);
                }
            } else if !self.input.pull(cx, INBOX).map_err(|error| Trouble::Fault(error.to_string()))? {
                if self.news.peer_finished.is_some() {
                    self.decoder.end()?;
                }
                return Ok(Feed::Client);
            }
        }
    }
}

impl Exchange {
    /// The handler, if it takes the body.
    fn reader(&self) -> Option<&ComponentRef> {
        self.handler.as_ref().filter(|_| self.reads)
    }

    /// Whether nobody takes the body.
    fn is_unread(&self) -> bool {
        self.reader().is_none() && self.gathering.is_none()
    }

    /// Sees whether the handler has ended.
    fn look_at_the_handler(&mut self, cx: &Context) -> Result<(), Trouble> {
        while let Some(message) = cx.recv(HANDLER_SIGNAL) {
            if let Some(end) = message.ending() {
                self.end.get_or_insert(end);
            }
        }
        if let Some(handler) = self.handler.take_if(|handler| handler.is_stopped()) {
            let failure = cx.failure_of(&handler);
            cx.remove_child(&handler);
            self.end.get_or_insert(Ending::ProducerFinished);
            if let Some(failure) = failure {
                return Err(Trouble::Failed(failure));
            }
        }
        Ok(())
    }

    /// Puts a message into the handler's `control`.
    pub(super) fn tell(&self, cx: &Context, message: Message) {
        if let Some(handler) = &self.handler {
            tell(cx, handler, message);
        }
    }
}

/// Links what a handler sends with this connection.
fn link_answer(cx: &Context, handler: &ComponentRef) -> axon::Result {
    if cx.has_outbox(handler, OUTBOX) {
        cx.link((handler, OUTBOX), (cx.me(), RESPONSE))?;
    }
    if cx.has_outbox(handler, SIGNAL) {
        cx.link((handler, SIGNAL), (cx.me(), HANDLER_SIGNAL))?;
    }
    Ok(())
}

/// Links the body of the request with a handler. Returns whether that takes one.
fn link_body(cx: &Context, handler: &ComponentRef) -> axon::Result<bool> {
    if !cx.has_inbox(handler, INBOX) {
        return Ok(false);
    }
    if cx.size((handler, INBOX))?.is_none() {
        cx.set_size((handler, INBOX), Some(HANDLER_INBOX))?;
    }
    cx.link((cx.me(), BODY), (handler, INBOX))?;
    Ok(true)
}
