//! A WebSocket on a server: a handler under an `HttpServer`, with a handler of messages in it.

use std::time::Duration;

use axon::{
    Boxes, CONTROL, Component, ComponentRef, Context, INBOX, Message, OUTBOX, Result, SIGNAL,
    ShutdownMicroprocess, time_after,
};

use super::conversation::{Conversation, Ends, PING, PONG};
use super::frame::Role;
use super::handshake;
use super::options::WebSocketOptions;
use super::reading::Reader;
use super::writing::Writer;
use crate::connected_server::{leave_unheard, tell};
use crate::http::RequestHead;

/// The boxes that lead to the handler of messages.
const MESSAGES: &str = "_messages";
const DELIVERED: &str = "_delivered";
const HANDLER_SIGNAL: &str = "_handlerSignal";
const HANDLER_CONTROL: &str = "_handlerControl";

/// How long a handler without `control` may go on when the WebSocket is closed.
const UNTOLD: Duration = Duration::from_secs(1);

static ENDS: Ends = Ends {
    received: INBOX,
    to_peer: OUTBOX,
    news: CONTROL,
    connection: SIGNAL,
    messages: MESSAGES,
    delivered: DELIVERED,
    endings: HANDLER_SIGNAL,
    told: Some(HANDLER_CONTROL),
    farewell: Duration::from_secs(1),
};

/// Makes the handler of messages, as a child.
type Make = Box<dyn FnOnce(&Context, Option<&str>) -> ComponentRef>;

/// Whether a page of this origin may open a WebSocket here.
type Origin = Box<dyn FnOnce(&str) -> bool>;

/// A WebSocket on a server: the handler of a request under an [`HttpServer`](crate::http::HttpServer), which
/// accepts it and gives its messages to a handler of your own.
///
/// That handler is a component as under a [`SimpleServer`](crate::SimpleServer), with messages instead of bytes:
///
/// - `inbox` gets messages from the client: a `String` if it is text, otherwise a `Vec<u8>`.
/// - `control` gets [`WebSocketClosed`](super::WebSocketClosed) when the client has closed or the connection ended,
///   and `producerFinished` when the server drains; both count as the latter.
/// - `outbox` sends messages to the client: text as [`Text`](axon::util::Text) takes it as text, bytes as binary.
/// - `signal`: `producerFinished` closes with the code 1000, [`Close`](super::Close) with another code and a reason;
///   `shutdownMicroprocess` ends the connection at once. The end of the handler closes with 1000, its failure with
///   1011.
/// - an outbox `ping` sends a payload of at most 125 bytes as a ping, and an inbox `pong` gets that of each pong.
///
/// It need not have all of them: [`EchoProtocol`](axon::util::EchoProtocol) is a handler. Pings of the client are
/// answered, and a client from which nothing comes is pinged ([`WebSocketOptions::ping_after`]), without it.
///
/// When the client has closed, or the server drains, the handler has a second to send what it still has; then the
/// closing is answered. What it sends later is dropped.
///
/// While `inbox` is full, the client is read no further; while the client reads slower than the handler sends,
/// the handler is suspended. A client that breaks the protocol is told which way (1002, 1007, 1009), and disconnected.
///
/// # Origin
///
/// Browsers let every page open a WebSocket to every server, and send the user's cookies along; they tell the
/// page's origin. A request with the origin of another host is refused with 403, unless
/// [`WebSocket::origin`] or [`WebSocket::any_origin`] says otherwise. Requests without origin do not come from pages.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | bytes of the connection |
/// | `control` | endings of the connection |
/// | `_messages` | from the handler: messages |
/// | `_handlerSignal` | from the handler: endings |
/// | `ping` | from the handler: payloads of pings |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the answer to the request, then bytes for the connection |
/// | `signal` | endings for the connection |
/// | `_delivered` | to the handler: messages |
/// | `_handlerControl` | to the handler: endings |
/// | `pong` | to the handler: payloads of pongs |
///
/// # Shutdown
///
/// It ends when the WebSocket is closed and the handler has ended; a handler without `control` is stopped a second after
/// the closing. If the handler failed, so does it, and the
/// server counts and logs that.
///
/// # Examples
///
/// ```
/// use axon::util::EchoProtocol;
/// use kamaelia_net::Listen;
/// use kamaelia_net::http::{HttpServer, RequestHead, Routes};
/// use kamaelia_net::websocket::WebSocket;
///
/// let routes = Routes::new()
///     .on("/echo", |request: &RequestHead| WebSocket::new(request, |_subprotocol| EchoProtocol::new()));
/// let server = HttpServer::routing(routes, "127.0.0.1:0".parse::<Listen>()?).bind()?;
/// println!("listening on {}", server.local_addr().expect("bound"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct WebSocket {
    request: RequestHead,
    make: Option<Make>,
    options: WebSocketOptions,
    /// `None` for the origin of the server itself.
    origin: Option<Origin>,
}

axon::debug_by_name!(WebSocket);

impl WebSocket {
    /// For a request, and a way to make the handler of its messages, which is told the subprotocol that was
    /// chosen. The handler is made only if the request is accepted.
    pub fn new<H: Component>(request: &RequestHead, make: impl FnOnce(Option<&str>) -> H + 'static) -> Self {
        WebSocket {
            request: request.clone(),
            make: Some(Box::new(move |cx, subprotocol| cx.add_child(make(subprotocol)))),
            options: WebSocketOptions::new(),
            origin: None,
        }
    }

    /// How it behaves.
    pub fn options(mut self, options: WebSocketOptions) -> Self {
        self.options = options;
        self
    }

    /// Pages of which origins may open it, besides programs, which have none. An origin is
    /// `https://example.org`, or `null` for pages from files.
    pub fn origin(mut self, is_allowed: impl FnOnce(&str) -> bool + 'static) -> Self {
        self.origin = Some(Box::new(is_allowed));
        self
    }

    /// Pages of any origin may open it: for a service that is the same for everybody.
    pub fn any_origin(self) -> Self {
        self.origin(|_| true)
    }

    /// The answer to the request, and what was agreed on.
    fn accept(&mut self) -> std::result::Result<Accepted, Box<http::Response<String>>> {
        let accepted = handshake::answer(&self.request, &self.options)?;
        let is_allowed = match (handshake::origin(&self.request)?, self.origin.take()) {
            (None, _) => true,
            (Some(origin), Some(is_allowed)) => is_allowed(origin),
            (Some(origin), None) => handshake::is_same_origin(&self.request, origin),
        };
        if is_allowed { Ok(accepted) } else { Err(handshake::forbidden()) }
    }
}

type Accepted = (crate::http::ResponseHead, handshake::Accord);

impl Component for WebSocket {
    fn boxes(&self) -> Boxes {
        Boxes::standard()
            .inbox(MESSAGES, "from the handler: messages")
            .inbox(HANDLER_SIGNAL, "from the handler: endings")
            .inbox(PING, "from the handler: payloads of pings")
            .outbox(DELIVERED, "to the handler: messages")
            .outbox(HANDLER_CONTROL, "to the handler: endings")
            .outbox(PONG, "to the handler: payloads of pongs")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let (head, accord) = match self.accept() {
            Ok(accepted) => accepted,
            Err(refusal) => return Ok(cx.send_when_room(OUTBOX, *refusal).await?),
        };
        let make = self.make.take().ok_or("a WebSocket is opened once")?;
        let handler = make(cx, accord.subprotocol.as_deref());
        cx.supervise(&handler);
        join(cx, &handler)?;
        cx.send_when_room(OUTBOX, head).await?;
        cx.activate(&handler);
        let compression = accord.compression;
        let codec = (
            Reader::new(Role::Server, self.options.limits(), compression.map(|agreed| agreed.inflater())),
            Writer::of_server(compression.map(|agreed| agreed.deflater())),
        );
        let ended = Conversation::new(cx, &ENDS, &self.options, Some(handler.clone()), codec).run().await;
        wait_for(cx, &handler).await;
        ended.map(drop)
    }
}

/// Links the handler.
fn join(cx: &Context, handler: &ComponentRef) -> Result {
    for (outbox, inbox) in [(DELIVERED, INBOX), (HANDLER_CONTROL, CONTROL), (PONG, PONG)] {
        if cx.has_inbox(handler, inbox) {
            cx.link((cx.me(), outbox), (handler, inbox))?;
        }
    }
    for (outbox, inbox) in [(OUTBOX, MESSAGES), (SIGNAL, HANDLER_SIGNAL), (PING, PING)] {
        if cx.has_outbox(handler, outbox) {
            cx.link((handler, outbox), (cx.me(), inbox))?;
        }
    }
    Ok(())
}

/// Lets the handler finish what it does. What it sends is dropped, and it is told so. It is also told if the server
/// stops. One that has no `control`, and so may not know that all is over, is stopped.
async fn wait_for(cx: &Context, handler: &ComponentRef) {
    leave_unheard(cx, handler);
    let until = (!cx.has_inbox(handler, CONTROL)).then(|| time_after(cx.now(), UNTOLD));
    while !handler.is_stopped() {
        while cx.recv(INBOX).is_some() {}
        while let Some(message) = cx.recv(CONTROL) {
            if message.ending() == Some(axon::Ending::ShutdownMicroprocess) {
                tell(cx, handler, Message::new(ShutdownMicroprocess::new()));
            }
        }
        match until {
            Some(until) if until <= cx.now() => return cx.stop(handler),
            Some(until) => cx.pause_until(until).await,
            None => cx.pause().await,
        }
    }
}
