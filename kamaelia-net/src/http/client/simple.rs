//! Requests one after another, each answered as a whole.
//!
//! Ported from `SimpleHTTPClient` of `Kamaelia.Protocol.HTTP.HTTPClient`.
//!
//! *Differs from Kamaelia:* an answer has its head, whatever its status; a request that fails says why and does not end
//! the component; connections are kept for the next request to the same server.

use std::time::Instant;

use axon::chassis::FromMessage;
use axon::util::Text;
use axon::{Boxes, CONTROL, Component, Context, INBOX, Message, OUTBOX, SIGNAL, time_after};
use http::{Request, Response};

use super::exchange::{Exchange, Outgoing, Piece, Reuse};
use super::http_error::{HttpError, Phase};
use super::link::Link;
use super::redirect::{Body, Next, follow};
use super::settings::Settings;
use super::url::Origin;
use crate::http::RequestHead;
use crate::http::limits::HttpLimits;

/// How many connections without a request are kept.
const KEPT: usize = 8;

/// What a [`SimpleHttpClient`] answers: the whole response, whatever its status, or why there is none. The
/// extensions of the response hold the [`Uri`](crate::http::Uri) that was asked for in the end.
pub type HttpAnswer = Result<Response<Vec<u8>>, HttpError>;

/// Makes the requests that arrive, one after another, and sends each answer as a whole.
///
/// A body is held up to [`HttpLimits::whole_body`] bytes; a longer one is an error. Redirections are followed as by a
/// [`SingleShotHttpClient`](super::SingleShotHttpClient). A connection is kept for the next request to the same server,
/// up to eight, each for [`HttpLimits::idle_timeout`]. If the server closes such a connection before it has answered
/// anything, a request that changes nothing on the server (GET, HEAD, OPTIONS, PUT, DELETE) is made once more.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | a URL as text, or a `Request` of `()`, `Vec<u8>` or `String` |
/// | `control` | endings |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | one [`HttpAnswer`] for each request, in order |
/// | `signal` | the ending |
///
/// # Shutdown
///
/// `producerFinished`: makes the requests that it has, passes it on and ends. `shutdownMicroprocess`: closes its
/// connections, passes it on and ends. What is no request is answered with an error.
///
/// # Examples
///
/// ```
/// use axon::prelude::*;
/// use kamaelia_net::http::{HttpAnswer, HttpServer, Response, SimpleHttpClient};
/// use kamaelia_net::Listen;
///
/// let server = HttpServer::responding(|_| Response::new("hello"), "127.0.0.1:0".parse::<Listen>()?).bind()?;
/// let url = format!("http://{}/", server.local_addr().expect("bound"));
/// let answers = Received::<HttpAnswer>::new();
/// let mut scheduler = axon::Scheduler::new();
/// let server = scheduler.activate(server);
/// let remote = scheduler.remote();
/// scheduler.activate(pipeline![
///     DataSource::new([url]),
///     SimpleHttpClient::new(),
///     PureTransformer::map(move |answer: HttpAnswer| {
///         // One answer is enough.
///         let _ = remote.deliver(&server, "control", ProducerFinished::new());
///         answer
///     }),
///     DataSink::new(&answers),
/// ]);
/// scheduler.run()?;
/// let answer = answers.take().remove(0)?;
/// assert_eq!(answer.body(), b"hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
#[doc(alias = "SimpleHTTPClient")]
#[must_use = "a component does nothing until it is activated"]
pub struct SimpleHttpClient {
    settings: Settings,
    /// Connections without a request, that used last at the end.
    kept: Vec<(Link, Instant)>,
}

axon::debug_by_name!(SimpleHttpClient);

/// A whole request.
struct Asked {
    head: RequestHead,
    /// `None` if it has none.
    body: Option<Vec<u8>>,
}

impl Asked {
    fn read(message: Message) -> Result<Self, HttpError> {
        let message = match message.into_value::<Request<()>>() {
            Ok(head) => return Ok(Asked { head, body: None }),
            Err(message) => message,
        };
        let message = match message.into_value::<Request<Vec<u8>>>() {
            Ok(request) => return Ok(Self::whole(request)),
            Err(message) => message,
        };
        let message = match message.into_value::<Request<String>>() {
            Ok(request) => return Ok(Self::whole(request.map(String::into_bytes))),
            Err(message) => message,
        };
        let wrong = |url: &str, why: String| HttpError::new(Phase::Request, url, why);
        let Text(url) = Text::from_message(message)
            .map_err(|message| wrong("", format!("{message:?} is neither a URL nor a Request")))?;
        let head = Request::get(url.trim()).body(()).map_err(|error| wrong(&url, error.to_string()))?;
        Ok(Asked { head, body: None })
    }

    fn whole(request: Request<Vec<u8>>) -> Self {
        let (parts, body) = request.into_parts();
        let body = (!body.is_empty()).then_some(body);
        Asked { head: Request::from_parts(parts, ()), body }
    }
}

/// Why one connection brought no answer.
enum Failed {
    /// It was kept, and closed before anything came.
    Stale,
    Error(HttpError),
}

impl SimpleHttpClient {
    /// A client with the usual limits.
    pub fn new() -> Self {
        Self::default()
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

    /// Makes a request, and those that its answers lead to.
    async fn answer(&mut self, cx: &Context, mut asked: Asked) -> axon::Result<HttpAnswer> {
        for _ in 0..=self.settings.redirects {
            let response = match self.ask(cx, &asked).await? {
                Ok(response) => response,
                Err(error) => return Ok(Err(error)),
            };
            if self.settings.redirects == 0 {
                return Ok(Ok(response));
            }
            let (parts, content) = response.into_parts();
            let head = Response::from_parts(parts, ());
            match follow(&asked.head, &head) {
                Next::Nothing => return Ok(Ok(head.map(|()| content))),
                Next::Refused(why) => {
                    return Ok(Err(HttpError::new(Phase::Redirect, asked.head.uri(), why)));
                }
                Next::Request(next, body) => {
                    asked.head = *next;
                    asked.body = asked.body.filter(|_| body == Body::Same);
                }
            }
        }
        let why = format!("more than {} redirections", self.settings.redirects);
        Ok(Err(HttpError::new(Phase::Redirect, asked.head.uri(), why)))
    }

    /// Asks one server, over a connection that was kept if there is one.
    async fn ask(&mut self, cx: &Context, asked: &Asked) -> axon::Result<HttpAnswer> {
        let url = asked.head.uri().to_string();
        let origin = match Origin::of(asked.head.uri()) {
            Ok(origin) => origin,
            Err(why) => return Ok(Err(HttpError::new(Phase::Request, url, why))),
        };
        while let Some(link) = self.take_kept(cx, &origin) {
            match self.ask_over(cx, link, asked, Kept::Yes).await? {
                Err(Failed::Stale) => continue,
                Err(Failed::Error(error)) => return Ok(Err(error)),
                Ok(response) => return Ok(Ok(response)),
            }
        }
        let link = match Link::open(cx, &origin, &self.settings, &url).await? {
            Ok(link) => link,
            Err(error) => return Ok(Err(error)),
        };
        match self.ask_over(cx, link, asked, Kept::No).await? {
            Err(Failed::Stale) => {
                Ok(Err(HttpError::new(Phase::Answer, url, "the server has closed the connection")))
            }
            Err(Failed::Error(error)) => Ok(Err(error)),
            Ok(response) => Ok(Ok(response)),
        }
    }

    /// The connection to this server that was used last, if it is in order.
    fn take_kept(&mut self, cx: &Context, origin: &Origin) -> Option<Link> {
        self.close_the_old(cx);
        let at = self.kept.iter().rposition(|(link, _)| link.origin == *origin)?;
        Some(self.kept.remove(at).0)
    }

    /// Closes what was kept too long, has ended, or has brought what nobody asked for.
    fn close_the_old(&mut self, cx: &Context) {
        let now = cx.now();
        let limit = self.settings.limits.idle_timeout;
        let old =
            self.kept.extract_if(.., |(link, since)| time_after(*since, limit) <= now || !link.is_fresh(cx));
        old.for_each(|(link, _)| link.close(cx));
    }

    async fn ask_over(
        &mut self,
        cx: &Context,
        mut link: Link,
        asked: &Asked,
        kept: Kept,
    ) -> axon::Result<Result<Response<Vec<u8>>, Failed>> {
        let outgoing = asked.body.clone().map_or(Outgoing::Nothing, Outgoing::Whole);
        let outcome = match Exchange::begin(&mut link, &asked.head, outgoing, &self.settings.limits) {
            Ok(mut exchange) => {
                let gathered = self.gather(cx, &mut link, &mut exchange, &asked.head).await;
                let can_be_repeated = kept == Kept::Yes
                    && !exchange.is_begun()
                    && link.has_ended(cx)
                    && asked.head.method().is_idempotent();
                gathered.map_err(|error| if can_be_repeated { Failed::Stale } else { Failed::Error(error) })
            }
            Err(error) => Err(Failed::Error(error)),
        };
        match outcome {
            Ok((response, Reuse::Possible)) => {
                if self.kept.len() == KEPT {
                    self.kept.remove(0).0.close(cx);
                }
                self.kept.push((link, cx.now()));
                Ok(Ok(response))
            }
            Ok((response, Reuse::Impossible)) => {
                link.close(cx);
                Ok(Ok(response))
            }
            Err(failed) => {
                link.close(cx);
                Ok(Err(failed))
            }
        }
    }

    async fn gather(
        &self,
        cx: &Context,
        link: &mut Link,
        exchange: &mut Exchange,
        request: &RequestHead,
    ) -> Result<(Response<Vec<u8>>, Reuse), HttpError> {
        let mut response = Response::new(Vec::new());
        let wrong = |why: String| HttpError::new(Phase::Body, request.uri(), why);
        loop {
            match exchange.next(cx, link).await? {
                Piece::Head(head) => response = head.map(|()| Vec::new()),
                Piece::Chunk(chunk) => {
                    let largest = self.settings.limits.whole_body;
                    if response.body().len() + chunk.len() > largest {
                        return Err(wrong(format!("its body has more than {largest} bytes")));
                    }
                    response.body_mut().extend(chunk);
                }
                Piece::End(reuse) => {
                    response.extensions_mut().insert(request.uri().clone());
                    return Ok((response, reuse));
                }
                Piece::Upgraded(head) => {
                    return Err(wrong(format!(
                        "{}: only a SingleShotHttpClient can go on with another protocol",
                        head.status()
                    )));
                }
            }
        }
    }
}

/// Whether a connection had been used before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    Yes,
    No,
}

impl Component for SimpleHttpClient {
    fn boxes(&self) -> Boxes {
        Boxes::standard()
            .inbox(INBOX, "URLs or requests")
            .inbox(CONTROL, "endings")
            .outbox(OUTBOX, "answers")
            .outbox(SIGNAL, "the ending")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            while !cx.is_told_to_stop()
                && let Some(message) = cx.recv(INBOX)
            {
                let answer = match Asked::read(message) {
                    Ok(asked) => self.answer(cx, asked).await?,
                    Err(error) => Err(error),
                };
                if cx.is_told_to_stop() {
                    break;
                }
                cx.send_when_room(OUTBOX, answer).await?;
            }
            self.close_the_old(cx);
            if let Some(notice) = cx.told_to_end() {
                for (link, _) in self.kept.drain(..) {
                    link.close(cx);
                }
                let _ = cx.send_when_room(SIGNAL, notice).await;
                return Ok(());
            }
            match self.kept.first() {
                Some((_, since)) => {
                    cx.pause_until(time_after(*since, self.settings.limits.idle_timeout)).await
                }
                None => cx.pause().await,
            }
        }
    }
}
