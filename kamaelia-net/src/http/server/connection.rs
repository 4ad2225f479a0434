//! One connection of a server: reads a request, has it answered, and reads the next.
//!
//! ```text
//!            head                 answered, body read, kept
//!  ─► Idle ──────► Exchange ──────────────────────────────► Idle
//!      │              │ 101, or 2xx to CONNECT
//!      │              └──────────────► Tunnel: the handler has the connection
//!      └─ malformed, too slow, idle for too long, told to end ─► closed
//! ```

use std::rc::Rc;
use std::time::{Duration, Instant};

use axon::{
    Boxes, CONTROL, Component, Context, Ending, INBOX, Message, OUTBOX, ProducerFinished, SIGNAL, time_after,
};
use http::{Method, Response, StatusCode, Version};

use super::error_pages::error_page;
use super::exchange::After;
use super::site::Site;
use crate::csa::boxes::SSL_READY;
use crate::http::RequestHead;
use crate::http::codec::{
    Asked, Decoder, Encoder, Event, Framing, Malformed, Persistence, Requests, Shape, append,
};
use crate::http::input::{Input, Output};
use crate::http::limits::HttpLimits;
use crate::ipc::{Connection, PeerFinished, ResetConnection, SocketShutdown};
use crate::ssl::{SslReady, TlsSession};
use crate::timer::Timer;

/// The inbox for what a handler answers.
pub(super) const RESPONSE: &str = "response";
/// The inbox for what a handler says of its end.
pub(super) const HANDLER_SIGNAL: &str = "handlersignal";
/// The outbox for the body of the request.
pub(super) const BODY: &str = "body";

/// How many messages a handler may send in one step before it is refused.
const BURST: usize = 16 * 1024;

/// How long a client that has just been accepted may take to send its first request when the server is told to end:
/// it was let in, so its request is on the way.
const NEW: Duration = Duration::from_millis(500);

/// A connection that speaks HTTP.
pub(super) struct HttpConnection {
    pub(super) site: Rc<Site>,
    pub(super) limits: Rc<HttpLimits>,
    pub(super) connection: Connection,
    session: Option<TlsSession>,
    pub(super) decoder: Decoder<Requests>,
    pub(super) input: Input,
    pub(super) output: Output,
    pub(super) news: News,
    /// How many requests it has brought.
    pub(super) requests: usize,
}

/// What this connection was told.
#[derive(Default)]
pub(super) struct News {
    /// The client will send no more.
    pub(super) peer_finished: Option<Message>,
    /// The server ends when what is in progress is done.
    pub(super) draining: Option<Message>,
    /// The connection has ended, or is to end at once.
    pub(super) over: Option<Message>,
}

/// What comes before a request.
enum Next {
    Request(Box<RequestHead>, Framing),
    Refused(Malformed),
    /// None will come.
    Over,
}

impl HttpConnection {
    pub(super) fn new(site: Rc<Site>, connection: Connection) -> Self {
        let limits = site.limits();
        HttpConnection {
            decoder: Decoder::new(Requests, Rc::clone(&limits)),
            site,
            limits,
            connection,
            session: None,
            input: Input::default(),
            output: Output::default(),
            news: News::default(),
            requests: 0,
        }
    }

    /// Reads what it is told.
    pub(super) fn hear(&mut self, cx: &Context) {
        while let Some(message) = cx.recv(CONTROL) {
            if message.is::<PeerFinished>() {
                self.news.peer_finished = Some(message);
            } else if message.is::<SocketShutdown>() || message.ending() == Some(Ending::ShutdownMicroprocess)
            {
                self.news.over = Some(message);
            } else if message.ending().is_some() {
                self.news.draining = Some(message);
            }
        }
        // With TLS nothing comes before it is agreed on.
        while self.requests == 0
            && let Some(answer) = cx.recv(SSL_READY)
        {
            if let Ok(Ok(session)) = answer.take::<SslReady>() {
                self.session = Some(session);
            }
        }
    }

    /// Waits for the head of the next request.
    async fn next_request<'a>(&mut self, cx: &'a Context, timer: &mut Timer<'a>) -> axon::Result<Next> {
        let idle_since = cx.now();
        let mut now = idle_since;
        let is_first = self.requests == 0;
        let mut begun: Option<Instant> = is_first.then_some(idle_since);
        loop {
            self.hear(cx);
            if self.news.over.is_some() {
                return Ok(Next::Over);
            }
            while self.input.pull(cx, INBOX)? {
                match self.decoder.read(self.input.rest()) {
                    Ok((taken, event)) => {
                        let request = match event {
                            Some(Event::Head(mut head, framing)) => {
                                head.extensions_mut().insert(self.connection);
                                if let Some(session) = &self.session {
                                    head.extensions_mut().insert(session.clone());
                                }
                                Some(Next::Request(head, framing))
                            }
                            _ => None,
                        };
                        self.input.skip(taken);
                        if let Some(request) = request {
                            return Ok(request);
                        }
                    }
                    Err(malformed) => return Ok(Next::Refused(malformed)),
                }
            }
            let is_within = self.decoder.is_within_a_message();
            if self.news.peer_finished.is_some() {
                return Ok(self.decoder.end().err().map_or(Next::Over, Next::Refused));
            }
            let is_ending = self.news.draining.is_some() && !is_within;
            if is_ending && (!is_first || time_after(idle_since, NEW) <= now) {
                return Ok(Next::Over);
            }
            let until = if is_ending {
                time_after(idle_since, NEW)
            } else if is_within || is_first {
                time_after(*begun.get_or_insert(now), self.limits.head_timeout)
            } else {
                time_after(idle_since, self.limits.idle_timeout)
            };
            if until <= now {
                let why = "the head of the request did not come in time";
                return Ok(match is_within {
                    true => Next::Refused(Malformed { status: StatusCode::REQUEST_TIMEOUT, why: why.into() }),
                    false => Next::Over,
                });
            }
            timer.set(cx, now, until);
            cx.await_arrival().await;
            now = cx.now();
        }
    }

    /// Answers what is no request, as the last answer.
    fn refuse(&mut self, malformed: &Malformed) {
        log::debug!("a request of {} was refused: {malformed}", self.connection.peer);
        let asked = Asked { method: Method::GET, version: Version::HTTP_11 };
        let (parts, text) = error_page(malformed.status, &malformed.why).into_parts();
        let (head, shape) = (Response::from_parts(parts, ()), Shape::Whole(text.len() as u64));
        let (close, date, mut bytes) = (Persistence::Close, self.site.date(), Vec::new());
        let encoder = Encoder::response(&head, &asked, shape, close, &date, &mut bytes);
        if let Ok((mut encoder, _)) = encoder {
            append(bytes, &mut self.output.0);
            let sent = encoder.chunk(text.into_bytes(), &mut self.output.0);
            if let Some(visit) = self.site.visit(None) {
                visit.log(self.connection.peer.ip(), &date, Some(malformed.status), sent);
            }
        }
    }

    /// Waits until all is sent, or the connection has ended.
    pub(super) async fn flush(&mut self, cx: &Context) {
        while !self.output.flush(cx, OUTBOX) && self.news.over.is_none() && cx.is_heard(OUTBOX) {
            cx.pause().await;
            self.hear(cx);
        }
    }

    async fn serve(&mut self, cx: &Context) -> axon::Result {
        let mut timer = Timer::default();
        loop {
            let (head, framing) = match self.next_request(cx, &mut timer).await? {
                Next::Request(head, framing) => (head, framing),
                Next::Refused(malformed) => {
                    self.refuse(&malformed);
                    break;
                }
                Next::Over => break,
            };
            self.requests += 1;
            match self.exchange(cx, &mut timer, head, framing).await? {
                After::KeepAlive => {
                    self.decoder.next_message();
                    if !self.input.rest().is_empty() {
                        // However many requests a client sends at once, others have their turns between them.
                        cx.yield_now().await;
                    }
                }
                After::Close => break,
                After::Reset => {
                    cx.send(SIGNAL, Message::notice(ResetConnection))?;
                    return Ok(());
                }
                After::Tunnel(handler) => return self.tunnel(cx, &handler).await,
            }
        }
        self.flush(cx).await;
        Ok(())
    }
}

impl Component for HttpConnection {
    fn boxes(&self) -> Boxes {
        Boxes::standard()
            .inbox(INBOX, "bytes from the client")
            .inbox(CONTROL, "the end of the connection, or of the server")
            .inbox(RESPONSE, "what a handler answers")
            .inbox(HANDLER_SIGNAL, "what a handler says of its end")
            .inbox(SSL_READY, "what was agreed on with TLS")
            .outbox(OUTBOX, "bytes for the client")
            .outbox(SIGNAL, "the end of the connection")
            .outbox(BODY, "the body of a request")
            .inbox_size_for_bursts(RESPONSE, BURST)
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        self.serve(cx).await?;
        // The server says it too, but later.
        cx.send(SIGNAL, ProducerFinished::new())?;
        Ok(())
    }
}
