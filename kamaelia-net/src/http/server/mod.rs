//! A server of HTTP: for each request, a handler component of your own.
//!
//! Ported from `HTTPServer` of `Kamaelia.Protocol.HTTP`.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;

use axon::{Boxes, Component, Context};
use http::{Request, Response};

use crate::connected_server::{HandlerFailures, ServerCore};
use crate::error::BindError;
use crate::http::RequestHead;
use crate::http::limits::HttpLimits;
use crate::ipc::Connection;
use crate::listen::Listen;

mod access_log;
mod answer;
mod connection;
mod error_pages;
mod exchange;
mod responding;
mod routes;
mod site;
mod trouble;
mod tunnel;

pub use access_log::AccessLog;
use connection::HttpConnection;
pub use error_pages::{error_page, error_page_handler};
use responding::{Gathering, Respond};
pub use routes::{Routed, Routes};
use site::{Made, Make, Site};

/// Serves HTTP/1.1 and 1.0: makes a handler for each request, and links it to the connection.
///
/// It is a [`ServerCore`] whose connections speak HTTP. A handler is a component:
///
/// | a handler's box | what it carries |
/// |---|---|
/// | `inbox` | the body of the request, in chunks: `Vec<u8>` |
/// | `control` | `producerFinished` after the last chunk; [`RequestCut`](super::RequestCut) if the rest will not come or nobody will hear the answer; [`Draining`](super::Draining) |
/// | `outbox` | first the head of the response, a [`ResponseHead`](super::ResponseHead), then its body in chunks, as a [`Chunk`](axon::util::Chunk) takes them; or all in one, a `Response` of `Vec<u8>`, `String` or `&'static str` |
/// | `signal` | `producerFinished` when the answer is complete, which the end of the handler says too; `shutdownMicroprocess` to break it off |
///
/// It need not have all of them. One that sends no head answers 200, so that a component that knows nothing of
/// HTTP is a handler: [`EchoProtocol`](axon::util::EchoProtocol) answers with the request's body.
///
/// The handler's `inbox` holds 16 messages unless it declares a size; while it is full, the client is read no
/// further. Whoever sends faster than the client reads is suspended.
///
/// What the handler need not care for: the framing of bodies, `Date`, keeping the connection, requests that come
/// before the last was answered, `Expect: 100-continue` (the client is told to go on when the handler sleeps
/// without having answered), answers that have no body, and all that is malformed, too large or too slow
/// ([`HttpLimits`]).
///
/// # Upgrade
///
/// A handler whose request asks for another protocol can send a head with the status 101 and `Upgrade`. From then
/// on its boxes are those of the connection, as with [`SimpleServer`](crate::SimpleServer): `inbox` gets the bytes that
/// follow the request, `outbox` takes bytes. The same holds for a 2xx to `CONNECT`. The handler of a `CONNECT` is not
/// told `producerFinished` before. That of a request with `Upgrade` is told when it sleeps without having upgraded, as
/// the handler of any request without a body is at once: upgrade before you wait for anything. A handler without
/// `control` cannot be told that its connection has ended. It is stopped a second after the connection has ended, or a
/// second after [`HttpLimits::idle_timeout`] has passed since the client finished.
///
/// # Failures
///
/// A handler that fails, or panics, harms this request only: it is answered 500 if no head was sent, and otherwise
/// the answer is cut; then the connection is closed. Each is logged and counted, as [`ServerCore`] does.
///
/// # Shutdown
///
/// As [`ServerCore`]: `producerFinished` closes idle connections (one that was just accepted has half a second for its
/// first request), and lets answers in progress be finished, ten seconds unless set; their handlers are told [`Draining`](super::Draining). `shutdownMicroprocess` closes all at once.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | not used |
/// | `control` | endings |
/// | `_socketactivity` | as [`ServerCore`] |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | [`NewServer`](crate::NewServer) when it listens |
/// | `signal` | as [`ServerCore`] |
/// | `_serversignal` | as [`ServerCore`] |
///
/// # Examples
///
/// ```
/// use axon::{Component, Context};
/// use kamaelia_net::Listen;
/// use kamaelia_net::http::{HttpServer, RequestHead, Response};
///
/// /// Counts the bytes of the request's body.
/// struct Count;
///
/// impl Component for Count {
///     async fn main(&mut self, cx: &Context) -> axon::Result {
///         let mut bytes = 0;
///         while let Some(chunk) = cx.next_or_end::<Vec<u8>>("inbox").await? {
///             bytes += chunk.len();
///         }
///         cx.send("outbox", Response::new(format!("{bytes} bytes\n")))?;
///         Ok(())
///     }
/// }
///
/// let listen = "127.0.0.1:0".parse::<Listen>()?;
/// let server = HttpServer::new(|_: &RequestHead| Count, listen).bind()?;
/// println!("listening on {}", server.local_addr().expect("bound"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "HTTPServer")]
#[doc(alias = "HTTPProtocol")]
#[must_use = "a component does nothing until it is activated"]
pub struct HttpServer {
    core: ServerCore,
    site: Rc<Site>,
}

axon::debug_by_name!(HttpServer);

impl HttpServer {
    /// A server at a port, an address, or what a [`Listen`] says, and a way to make the handler of a request, which
    /// is told the head.
    #[doc(alias = "createRequestHandler")]
    pub fn new<H: Component>(
        mut create_request_handler: impl FnMut(&RequestHead) -> H + 'static,
        listen: impl Into<Listen>,
    ) -> Self {
        let make = move |cx: &Context, head: Box<RequestHead>| {
            Made::Handler(cx.add_child(create_request_handler(&head)))
        };
        Self::with(Box::new(make), listen)
    }

    /// A server whose handlers are chosen by path and method.
    pub fn routing(mut routes: Routes, listen: impl Into<Listen>) -> Self {
        Self::with(Box::new(move |cx, head| routes.make(cx, head)), listen)
    }

    /// A server that answers each request, which it gets as a whole, with what a function returns.
    ///
    /// A request whose body has more bytes than [`HttpLimits::whole_body`] is answered 413. A function that panics harms
    /// this request only, as a handler does. It runs on the scheduler's thread: one that waits for something belongs into
    /// a handler instead.
    pub fn responding<B: Into<Vec<u8>>>(
        mut respond: impl FnMut(Request<Vec<u8>>) -> Response<B> + 'static,
        listen: impl Into<Listen>,
    ) -> Self {
        let respond: Respond = Rc::new(RefCell::new(move |request| respond(request).map(Into::into)));
        Self::with(Box::new(move |_, head| Made::Function(Gathering::new(head, &respond))), listen)
    }

    fn with(make: Make, listen: impl Into<Listen>) -> Self {
        let site = Rc::new(Site::new(make));
        let of_all = Rc::clone(&site);
        let core = ServerCore::new(
            move |connection: &Connection| HttpConnection::new(Rc::clone(&of_all), *connection),
            listen,
        );
        HttpServer { core, site }
    }

    /// How much is taken, and how long one waits.
    pub fn limits(self, limits: HttpLimits) -> Self {
        self.site.set_limits(limits);
        self
    }

    /// Logs a line for each answer, and for each request that is refused, when it is over: at level `info`, with the
    /// target `kamaelia_net::http::access`. A request that becomes another protocol has its line when it does.
    ///
    /// # Examples
    ///
    /// With `env_logger`, `RUST_LOG=kamaelia_net::http::access=info` shows these lines and no others.
    ///
    /// ```
    /// use kamaelia_net::Listen;
    /// use kamaelia_net::http::{AccessLog, HttpServer, Response};
    ///
    /// let listen = "127.0.0.1:0".parse::<Listen>()?;
    /// let server = HttpServer::responding(|_| Response::new("hello"), listen).access_log(AccessLog::Combined);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn access_log(self, format: AccessLog) -> Self {
        self.site.access_log.set(Some(format));
        self
    }

    /// Secures every connection (`https`).
    #[cfg(feature = "rustls")]
    pub fn tls(self, tls: crate::TlsServer) -> Self {
        self.server(|core| core.tls(tls))
    }

    /// Changes what every server has: the number of connections, the deadline of a drain, where it listens, and
    /// the like.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use kamaelia_net::Listen;
    /// use kamaelia_net::http::{HttpServer, Response};
    ///
    /// let listen = "127.0.0.1:0".parse::<Listen>()?;
    /// let server = HttpServer::responding(|_| Response::new("hello"), listen)
    ///     .server(|core| core.max_connections(1000).drain_deadline(Duration::from_secs(2)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn server(mut self, change: impl FnOnce(ServerCore) -> ServerCore) -> Self {
        self.core = change(self.core);
        self
    }

    /// Listens now instead of in the first turn, so that an error is known here and the address too.
    ///
    /// # Errors
    ///
    /// The address, and why it cannot be had.
    pub fn bind(mut self) -> Result<Self, BindError> {
        self.core = self.core.bind()?;
        Ok(self)
    }

    /// Where it listens, once [`HttpServer::bind`] was called.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.core.local_addr()
    }

    /// The count of handlers of requests that have failed.
    #[must_use]
    pub fn failures(&self) -> HandlerFailures {
        self.site.failures.borrow().count.clone()
    }
}

impl Component for HttpServer {
    fn boxes(&self) -> Boxes {
        self.core.boxes()
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        let ended = self.core.main(cx).await;
        self.site.failures.borrow().tell_the_rest(cx);
        ended
    }
}
