//! One request: its body goes out as it comes, and so does that of the answer.
//!
//! Ported from `SingleShotHTTPClient` of `Kamaelia.Protocol.HTTP.HTTPClient`.
//!
//! *Differs from Kamaelia:* the head of the answer comes first, and then its body piece by piece; a failure says how
//! far it came; redirections are followed here.

use axon::{Boxes, CONTROL, Component, Context, INBOX, LogLimit, Message, OUTBOX, ProducerFinished, SIGNAL};

use super::exchange::{Exchange, Outgoing, Piece};
use super::http_error::{HttpError, HttpFailed, Phase};
use super::link::Link;
use super::redirect::{Body, Next, follow};
use super::settings::Settings;
use super::url::Origin;
use crate::http::limits::HttpLimits;
use crate::http::{RequestHead, ResponseHead};
use crate::outcome::note_failure;

/// Makes one request. The head of the answer comes out of `outbox`, a [`ResponseHead`] whose extensions hold the
/// [`Uri`](crate::http::Uri) that was asked for in the end, and then its body, in pieces: `Vec<u8>`.
///
/// Redirections are followed, ten unless set: never from `https` to `http`, and to another origin without
/// `Authorization` and `Cookie`. A request whose body comes through `inbox` cannot be made again; the redirection is its
/// answer then.
///
/// While the receiver of `outbox` has no room, the server is read no further.
///
/// A request with `Upgrade` whose answer is 101, and a `CONNECT` whose answer is a success, make this component the
/// connection: after the head, `inbox` takes bytes, and `outbox` sends those that come, as with a
/// [`TcpClient`](crate::TcpClient). The schemes `ws` and `wss` stand for `http` and `https`.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | with [`body_from_inbox`](SingleShotHttpClient::body_from_inbox), the body: bytes or text |
/// | `control` | with it, `producerFinished` when the body is complete; `shutdownMicroprocess` |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the head of the answer, then its body |
/// | `signal` | `producerFinished` when the answer is whole, or [`HttpFailed`] |
///
/// # Shutdown
///
/// It ends when the answer is whole, or when it has failed. A body shorter than its head says has failed: the error
/// says how much was missing. `shutdownMicroprocess` closes the connection at once. A part of a request's body that is
/// neither bytes nor text ends it with an error.
///
/// # Examples
///
/// ```no_run
/// use axon::prelude::*;
/// use kamaelia_net::http::{Request, ResponseHead, SingleShotHttpClient};
///
/// let request = Request::get("http://127.0.0.1:8000/").body(())?;
/// axon::run(pipeline![
///     SingleShotHttpClient::new(request),
///     PureTransformer::map(|message: Message| match message.downcast_ref::<ResponseHead>() {
///         Some(head) => Message::new(format!("{}\n", head.status())),
///         None => message,
///     }),
///     ConsoleEchoer::new(),
/// ])?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "SingleShotHTTPClient")]
#[must_use = "a component does nothing until it is activated"]
pub struct SingleShotHttpClient {
    request: RequestHead,
    outgoing: Option<Outgoing>,
    settings: Settings,
}

axon::debug_by_name!(SingleShotHttpClient);

/// How a request went on.
enum Outcome {
    Whole,
    /// It is asked again, elsewhere.
    Again(RequestHead, Option<Vec<u8>>),
    Upgraded(Link, ResponseHead),
}

impl SingleShotHttpClient {
    /// A request without a body, to the URL in it.
    pub fn new(request: RequestHead) -> Self {
        SingleShotHttpClient { request, outgoing: Some(Outgoing::Nothing), settings: Settings::default() }
    }

    /// The body of the request.
    #[doc(alias = "postbody")]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.outgoing = Some(Outgoing::Whole(body.into()));
        self
    }

    /// The body of the request is what arrives in `inbox`, until `producerFinished`. It is sent in chunks, unless the
    /// request has a `Content-Length`.
    pub fn body_from_inbox(mut self) -> Self {
        self.outgoing = Some(Outgoing::Inbox);
        self
    }

    /// How much is taken, and how long one waits.
    pub fn limits(mut self, limits: HttpLimits) -> Self {
        self.settings.limits = limits.into();
        self
    }

    /// How many redirections are followed; 0 for none.
    pub fn redirects(mut self, most: usize) -> Self {
        self.settings.redirects = most;
        self
    }

    /// How connections to `https` are secured, instead of the usual way.
    #[cfg(feature = "rustls")]
    pub fn tls(mut self, tls: crate::TlsClient) -> Self {
        self.settings.tls = Some(tls);
        self
    }

    /// Logs a failure, unless somebody wanted the end, or the connection has logged why it was not made.
    fn tell_of(&self, cx: &Context, error: &HttpError) {
        if cx.is_told_to_stop() {
            return;
        }
        note_failure(cx);
        if error.phase == Phase::Connect {
            log::info!("{}: {error}", cx.name());
        } else if let Some(more) = LogLimit::admit_for_all(cx, "requests that failed") {
            log::warn!("{}: {error}{more}", cx.name());
        }
    }

    async fn run(&mut self, cx: &Context) -> axon::Result<Result<(), HttpError>> {
        let mut request = self.request.clone();
        let mut outgoing = self.outgoing.take().ok_or("a client of one request runs once")?;
        let mut left = self.settings.redirects;
        loop {
            match self.ask(cx, &request, outgoing, left).await? {
                Ok(Outcome::Whole) => return Ok(Ok(())),
                Ok(Outcome::Again(next, body)) => {
                    left -= 1;
                    request = next;
                    outgoing = body.map_or(Outgoing::Nothing, Outgoing::Whole);
                }
                Ok(Outcome::Upgraded(link, head)) => {
                    return become_the_connection(cx, link, head).await.map(Ok);
                }
                Err(error) => return Ok(Err(error)),
            }
        }
    }

    /// Asks one server. `left` is how many redirections may be followed.
    async fn ask(
        &self,
        cx: &Context,
        request: &RequestHead,
        outgoing: Outgoing,
        left: usize,
    ) -> axon::Result<Result<Outcome, HttpError>> {
        let url = request.uri().to_string();
        let origin = match Origin::of(request.uri()) {
            Ok(origin) => origin,
            Err(why) => return Ok(Err(HttpError::new(Phase::Request, url, why))),
        };
        let mut link = match Link::open(cx, &origin, &self.settings, &url).await? {
            Ok(link) => link,
            Err(error) => return Ok(Err(error)),
        };
        let again = match &outgoing {
            Outgoing::Nothing => Some(None),
            Outgoing::Whole(body) => Some(Some(body.clone())),
            Outgoing::Inbox => None,
        };
        let outcome = match Exchange::begin(&mut link, request, outgoing, &self.settings.limits) {
            Ok(mut exchange) => {
                let heard = self.hear(cx, &mut link, &mut exchange, request, again, left).await;
                exchange.complaint().map_or(heard, Err)
            }
            Err(error) => Ok(Err(error)),
        };
        match outcome {
            Ok(Ok(Heard::Upgraded(head))) => Ok(Ok(Outcome::Upgraded(link, head))),
            Ok(Ok(Heard::Whole)) => {
                link.close(cx);
                Ok(Ok(Outcome::Whole))
            }
            Ok(Ok(Heard::Again(next, body))) => {
                link.close(cx);
                Ok(Ok(Outcome::Again(*next, body)))
            }
            Ok(Err(error)) => {
                link.close(cx);
                Ok(Err(error))
            }
            Err(error) => {
                link.close(cx);
                Err(error)
            }
        }
    }

    /// Passes on the answer. `again` is the body if the request can be made again.
    async fn hear(
        &self,
        cx: &Context,
        link: &mut Link,
        exchange: &mut Exchange,
        request: &RequestHead,
        again: Option<Option<Vec<u8>>>,
        left: usize,
    ) -> axon::Result<Result<Heard, HttpError>> {
        loop {
            let piece = match exchange.next(cx, link).await {
                Ok(piece) => piece,
                Err(error) => return Ok(Err(error)),
            };
            match piece {
                Piece::Head(mut head) => {
                    match follow(request, &head) {
                        Next::Request(next, body) if again.is_some() && self.settings.redirects > 0 => {
                            if left == 0 {
                                let why = format!("more than {} redirections", self.settings.redirects);
                                return Ok(Err(HttpError::new(Phase::Redirect, request.uri(), why)));
                            }
                            let again = again.flatten().filter(|_| body == Body::Same);
                            return Ok(Ok(Heard::Again(next, again)));
                        }
                        Next::Refused(why) if again.is_some() && self.settings.redirects > 0 => {
                            return Ok(Err(HttpError::new(Phase::Redirect, request.uri(), why)));
                        }
                        _ => {}
                    }
                    head.extensions_mut().insert(request.uri().clone());
                    cx.send_when_room(OUTBOX, head).await?;
                }
                Piece::Chunk(chunk) => cx.send_when_room(OUTBOX, chunk).await?,
                Piece::End(_) => return Ok(Ok(Heard::Whole)),
                Piece::Upgraded(head) => return Ok(Ok(Heard::Upgraded(head))),
            }
        }
    }
}

/// What was heard of one server.
enum Heard {
    Whole,
    Again(Box<RequestHead>, Option<Vec<u8>>),
    Upgraded(ResponseHead),
}

/// The boxes of this component are those of its connection from now on.
async fn become_the_connection(cx: &Context, mut link: Link, head: ResponseHead) -> axon::Result {
    cx.send_when_room(OUTBOX, head).await?;
    while link.input.pull(cx, &link.received)? {
        let rest = link.input.take_rest();
        cx.send_when_room(OUTBOX, rest).await?;
    }
    let client = link.client.clone();
    cx.unlink_component(&client);
    cx.pass_through_outbox((&client, OUTBOX), (cx.me(), OUTBOX))?;
    cx.pass_through_outbox((&client, SIGNAL), (cx.me(), SIGNAL))?;
    if link.has_ended(cx) {
        cx.send(SIGNAL, ProducerFinished::new())?;
        return Ok(());
    }
    cx.pass_through_inbox((cx.me(), INBOX), (&client, INBOX))?;
    cx.pass_through_inbox((cx.me(), CONTROL), (&client, CONTROL))?;
    while !client.is_stopped() {
        cx.pause().await;
    }
    Ok(())
}

impl Component for SingleShotHttpClient {
    fn boxes(&self) -> Boxes {
        Boxes::standard()
            .inbox(INBOX, "the body of the request")
            .inbox(CONTROL, "the end of the body; endings")
            .outbox(OUTBOX, "the head of the answer, then its body")
            .outbox(SIGNAL, "that the answer is whole, or why it is not")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        match self.run(cx).await? {
            Ok(()) => {
                let _ = cx.send(SIGNAL, ProducerFinished::new());
            }
            Err(error) => {
                self.tell_of(cx, &error);
                let _ = cx.send(SIGNAL, Message::notice(HttpFailed { error }));
            }
        }
        Ok(())
    }
}
