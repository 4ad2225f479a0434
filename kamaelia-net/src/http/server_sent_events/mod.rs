//! Events for a browser: an answer that goes on as long as there is something to tell.
//!
//! Kamaelia has none. The format is that of `EventSource` in the HTML standard.

use std::time::{Duration, Instant};

use axon::{
    Boxes, CONTROL, Component, ComponentRef, Context, Ending, Message, OUTBOX, ProducerFinished, Result,
    SIGNAL, ShutdownMicroprocess, time_after,
};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method, Response};

mod event;

pub use event::{InvalidEventError, ServerSentEvent};

use super::ipc::Draining;
use super::{RequestHead, ResponseHead};
use crate::brief::brief;
use crate::connected_server::tell;

/// The inboxes for what the handler sends.
const EVENTS: &str = "_events";
const HANDLER_SIGNAL: &str = "_handlerSignal";

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// A comment, which browsers ignore.
const HEARTBEAT: &[u8] = b":\n\n";

/// Makes the handler, as a child.
type Make = Box<dyn FnOnce(&Context, Option<&str>) -> ComponentRef>;

/// Server-sent events: the handler of a request under an [`HttpServer`](super::HttpServer), which sends what a handler of
/// your own sends as events.
///
/// That handler is any component that sends text or [`ServerSentEvent`]s out of `outbox`: a clock with a transformer, a
/// [`SubscribeTo`](axon::util::SubscribeTo). It is made when a browser begins to listen. If the browser
/// was connected before, the handler is told the id of the last event that it received, and can go on from there.
/// Browsers connect again by themselves. When the handler ends, so does the answer.
///
/// The handler's `control` gets [`RequestCut`](super::RequestCut), which counts as `shutdownMicroprocess`, when the browser
/// has gone, and `producerFinished` when the server drains. One without `control` is stopped then.
///
/// If nothing is told for fifteen seconds, a comment is sent ([`heartbeat`](Self::heartbeat)): nobody on the way takes the
/// connection for a dead one, and a browser that has gone is noticed. While a browser reads slower than the handler
/// sends, the handler is suspended. A browser that makes no room for the next event for a minute is cut off
/// ([`patience`](Self::patience)).
///
/// | inbox | what it takes |
/// |---|---|
/// | `control` | endings of the request |
/// | `_events` | from the handler: text or [`ServerSentEvent`]s |
/// | `_handlerSignal` | from the handler: endings |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the answer |
/// | `signal` | `shutdownMicroprocess` for a browser that is cut off |
///
/// # Shutdown
///
/// It ends when its handler has ended; if that failed, so does it, and the server counts and logs that. A handler that
/// goes on a second after the browser has gone is stopped with it.
///
/// # Errors
///
/// A message of the handler that is neither text nor an event is a failure.
///
/// # Examples
///
/// The time, each second:
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use axon::pipeline;
/// use axon::util::{CheapAndCheerfulClock, PureTransformer};
/// use kamaelia_net::Listen;
/// use kamaelia_net::http::{HttpServer, RequestHead, ServerSentEvents};
///
/// let time = |request: &RequestHead| {
///     ServerSentEvents::new(request, |_last_event_id| pipeline![
///         CheapAndCheerfulClock::new(Duration::from_secs(1)),
///         PureTransformer::map(|_: bool| format!("{:?}", SystemTime::now())),
///     ])
/// };
/// let server = HttpServer::new(time, "127.0.0.1:0".parse::<Listen>()?).bind()?;
/// println!("listening on {}", server.local_addr().expect("bound"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "EventSource")]
#[doc(alias = "SSE")]
#[must_use = "a component does nothing until it is activated"]
pub struct ServerSentEvents {
    make: Option<Make>,
    last_event_id: Option<String>,
    /// Whether only the head is asked for.
    is_head: bool,
    heartbeat: Duration,
    patience: Duration,
    retry: Option<Duration>,
}

axon::debug_by_name!(ServerSentEvents);

/// How a stream of events ended.
enum Over {
    /// Its handler has nothing more to tell.
    Finished,
    /// The browser takes too little.
    Stuck,
    /// Nobody hears it any more.
    Told(Message),
}

/// What was heard.
enum Heard {
    Nothing,
    Finished,
    Told(Message),
}

impl ServerSentEvents {
    /// For a request, and a way to make the handler, which is told the id of the event that this browser has had last.
    pub fn new<H: Component>(request: &RequestHead, make: impl FnOnce(Option<&str>) -> H + 'static) -> Self {
        let last = request.headers().get(LAST_EVENT_ID);
        ServerSentEvents {
            make: Some(Box::new(move |cx, last| cx.add_child(make(last)))),
            last_event_id: last.map(|id| String::from_utf8_lossy(id.as_bytes()).into_owned()),
            is_head: request.method() == Method::HEAD,
            heartbeat: Duration::from_secs(15),
            patience: Duration::from_secs(60),
            retry: None,
        }
    }

    /// After how long without an event a comment is sent; at least a second.
    pub fn heartbeat(mut self, heartbeat: Duration) -> Self {
        self.heartbeat = heartbeat.max(Duration::from_secs(1));
        self
    }

    /// How long a browser may leave no room for the next event.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// How long a browser shall wait before it connects again. Otherwise it chooses, mostly a few seconds.
    pub fn retry(mut self, retry: Duration) -> Self {
        self.retry = Some(retry);
        self
    }

    fn head() -> ResponseHead {
        let mut head = Response::new(());
        head.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        head.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        head
    }

    /// Sends the events of the handler, until it is over.
    async fn stream(&self, cx: &Context, handler: &ComponentRef) -> Result<Over> {
        let mut is_finished = false;
        let mut quiet_since = cx.now();
        let mut stuck_since: Option<Instant> = None;
        loop {
            match hear(cx, handler) {
                Heard::Told(message) => return Ok(Over::Told(message)),
                Heard::Finished => is_finished = true,
                Heard::Nothing => {}
            }
            // Looked at before its events: what it sent before its end is there then.
            is_finished |= handler.is_stopped();
            while cx.has_room(OUTBOX)
                && let Some(message) = cx.recv(EVENTS)
            {
                let event = ServerSentEvent::read(message).map_err(|message| {
                    let shown = brief(&format_args!("{message:?}"));
                    format!("{handler}: {shown} is no event: text or a ServerSentEvent is")
                })?;
                cx.send(OUTBOX, event.written())?;
                quiet_since = cx.now();
            }
            let now = cx.now();
            if !cx.has_room(OUTBOX) {
                let until = time_after(*stuck_since.get_or_insert(now), self.patience);
                if until <= now {
                    return Ok(Over::Stuck);
                }
                cx.pause_until(until).await;
                continue;
            }
            stuck_since = None;
            if is_finished && cx.data_ready(EVENTS) == 0 {
                return Ok(Over::Finished);
            }
            if time_after(quiet_since, self.heartbeat) <= now {
                cx.send(OUTBOX, HEARTBEAT)?;
                quiet_since = now;
            }
            cx.pause_until(time_after(quiet_since, self.heartbeat)).await;
        }
    }
}

/// Reads what this component and its handler say of their ends. That the request has no body is no end.
fn hear(cx: &Context, handler: &ComponentRef) -> Heard {
    let mut heard = Heard::Nothing;
    while let Some(message) = cx.recv(HANDLER_SIGNAL) {
        if message.ending().is_some() {
            heard = Heard::Finished;
        }
    }
    while let Some(message) = cx.recv(CONTROL) {
        if message.is::<Draining>() {
            end(cx, handler, Message::new(ProducerFinished::new()));
        } else if message.ending() == Some(Ending::ShutdownMicroprocess) {
            heard = Heard::Told(message);
        }
    }
    heard
}

/// Tells the handler to end.
fn end(cx: &Context, handler: &ComponentRef, ending: Message) {
    if cx.has_inbox(handler, CONTROL) {
        tell(cx, handler, ending);
    } else {
        cx.stop(handler);
    }
}

impl Component for ServerSentEvents {
    fn boxes(&self) -> Boxes {
        Boxes::none()
            .inbox(CONTROL, "endings of the request")
            .inbox(EVENTS, "from the handler: events")
            .inbox(HANDLER_SIGNAL, "from the handler: endings")
            .outbox(OUTBOX, "the answer")
            .outbox(SIGNAL, "the end of a browser that is cut off")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        if self.is_head {
            return Ok(cx.send_when_room(OUTBOX, Self::head()).await?);
        }
        // Made before anything is sent: if that fails, the answer is 500.
        let make = self.make.take().ok_or("events are sent once")?;
        let handler = make(cx, self.last_event_id.as_deref());
        cx.send_when_room(OUTBOX, Self::head()).await?;
        if let Some(retry) = self.retry {
            cx.send_when_room(OUTBOX, format!("retry: {}\n\n", retry.as_millis())).await?;
        }
        cx.supervise(&handler);
        for (outbox, inbox) in [(OUTBOX, EVENTS), (SIGNAL, HANDLER_SIGNAL)] {
            if cx.has_outbox(&handler, outbox) {
                cx.link((&handler, outbox), (cx.me(), inbox))?;
            }
        }
        cx.activate(&handler);
        match self.stream(cx, &handler).await? {
            Over::Finished => cx.send(SIGNAL, ProducerFinished::new())?,
            Over::Stuck => {
                log::info!("{}: cut off: it made no room for an event for {:?}", cx.name(), self.patience);
                end(cx, &handler, Message::new(ShutdownMicroprocess::new()));
                cx.send(SIGNAL, ShutdownMicroprocess::new())?;
            }
            Over::Told(message) => end(cx, &handler, message),
        }
        while !handler.is_stopped() {
            while cx.recv(EVENTS).is_some() {}
            if let Heard::Told(message) = hear(cx, &handler) {
                end(cx, &handler, message);
            }
            cx.pause().await;
        }
        match cx.failure_of(&handler) {
            Some(failure) => Err(failure.to_string().into()),
            None => Ok(()),
        }
    }
}
