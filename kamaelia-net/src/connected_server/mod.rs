//! Servers: for each client that connects, a handler component of your own, linked to the connection.
//!
//! Ported from `Kamaelia.Chassis.ConnectedServer`.
//!
//! *Differs from Kamaelia:* a server tells where it listens, that it cannot, and that it has ended (B9,
//! B19); `producerFinished` lets the connections finish, with a deadline; a handler that ends takes its
//! connection with it (there the connection stays open); and one that fails takes nothing else with it
//! (there it ends the program).

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axon::{
    Boxes, CONTROL, Component, ComponentRef, Context, Ending, Message, OUTBOX, ProducerFinished, Result,
    SIGNAL, time_after,
};

use crate::by_component::ByComponent;
use crate::error::BindError;
use crate::ipc::{Connection, ServerShutdown};
use crate::listen::Listen;
use crate::tcp_server::sweep::Sweep;
use crate::tcp_server::{PROTOCOL_HANDLER_SIGNAL, TcpServer};
use crate::timer::Timer;
use crate::unix::UnixAddress;

mod cut_short;
pub(crate) mod failures;
mod handler;
mod serving;
mod settings;
#[cfg(feature = "http")]
mod unheard;
mod untold;

use cut_short::CutShort;
use failures::Failures;
pub use failures::{AfterFailure, HandlerFailures};
use handler::Handler;
use serving::SOCKET_ACTIVITY;
pub(crate) use serving::tell;
#[cfg(feature = "http")]
pub(crate) use unheard::leave_unheard;
use untold::Untold;

const SERVER_SIGNAL: &str = "_serversignal";

/// How long connections may take to finish, unless said otherwise.
const DRAIN: Duration = Duration::from_secs(10);

/// How long handlers may take to finish when all connections were closed at once.
const GRACE: Duration = Duration::from_secs(1);

/// A server: makes a handler for each client, told who it is, and links it to the connection.
///
/// Of the handler, `outbox` is linked to the client, the client to `inbox`, and `signal` to the
/// connection's `control`. The handler's `control` gets [`PeerFinished`](crate::PeerFinished) when the
/// client will send no more, and [`SocketShutdown`](crate::SocketShutdown) when the connection has ended:
/// both are a `producerFinished`. A handler
/// that has an outbox `serversignal` can stop the server with it. One that has an outbox `makessl` and an
/// inbox `sslready` can secure its connection with them, see
/// [`ConnectedSocketAdapter`](crate::ConnectedSocketAdapter).
///
/// To close its connection, a handler sends `producerFinished` out of `signal` (what it sent before still
/// arrives) or `shutdownMicroprocess` (at once). When a handler ends without a word, or is stopped, that is
/// `producerFinished`. A handler may go on after its connection has ended, to finish what it does. What it sends then
/// is dropped, and `send_when_room` returns an error, with which a handler that does not look at `control` ends too.
///
/// A handler without `control` cannot be told that its client has finished, or that its connection has ended.
/// It has the time of [`ServerCore::drain_deadline`] to end by itself; then its connection is closed in order, and
/// a handler whose connection has ended is stopped.
///
/// An `inbox` for which the handler declares no size holds 16 messages; then the client is read no further.
///
/// # Failures
///
/// A server supervises its handlers (S29): one that fails, or panics, or in which something fails, harms
/// neither the server nor the other connections. The failure is logged as an error, with the handler, its
/// client and the cause, its connection is closed ([`ServerCore::after_failure`]), all that the handler had
/// started is stopped, and it is counted ([`ServerCore::failures`]). The same holds for the function that
/// makes the handlers, when it panics. A handler that sends what is neither bytes nor text has failed too: its
/// connection ends with [`HowDied::BadData`](crate::HowDied::BadData), unless
/// [`CsaOptions::bad_data`](crate::CsaOptions::bad_data) says otherwise. Of many failures the log shows ten at once
/// and then one a second, which says how many were left out, so that nobody outside can fill it.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | not used |
/// | `control` | endings, see below |
/// | `_socketactivity` | from its [`TcpServer`]: new and ended connections |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | [`NewServer`](crate::NewServer) when it listens: the address, with the port that was really given |
/// | `signal` | [`ServerFailed`](crate::ServerFailed) if it cannot listen; at its end the ending that it was told, or `producerFinished` with a report of what was cut |
/// | `_serversignal` | endings for its [`TcpServer`] |
///
/// # Shutdown
///
/// - `producerFinished` on `control` drains it: clients that wait to be accepted are let in, and then none; the handlers
///   are told `producerFinished`, and connections have ten seconds ([`ServerCore::drain_deadline`]) to finish their
///   output, and handlers to end. Those that do not are cut, which is logged and reported.
/// - `shutdownMicroprocess`, of which [`ServerShutdown`] is one, closes all connections at once. Handlers are
///   told, and stopped if they have not ended after a second. During a drain they have an eighth of the time since
///   it began, and a second at most: an orderly stop of the run insists after four fifths of its time, and the
///   server ends within the rest.
///
/// If it cannot listen, its [`TcpServer`] fails with the [`BindError`]; if the scheduler is immortal, the
/// server tells [`ServerFailed`](crate::ServerFailed) and ends.
///
/// # Examples
///
/// ```
/// use axon::{Component, Context, ProducerFinished};
/// use kamaelia_net::{Connection, FastRestartServer, Listen};
///
/// struct Greet(Connection);
/// impl Component for Greet {
///     async fn main(&mut self, cx: &Context) -> axon::Result {
///         cx.send("outbox", format!("hello, {}\n", self.0.peer.ip()))?;
///         Ok(())                                     // all is sent, then the connection is closed
///     }
/// }
///
/// let listen: Listen = "127.0.0.1:0".parse()?;
/// let server = FastRestartServer::new(|connection: &Connection| Greet(*connection), listen).bind()?;
/// let address = server.local_addr().expect("it listens");
/// let client = std::thread::spawn(move || -> std::io::Result<String> {
///     std::io::read_to_string(std::net::TcpStream::connect(address)?)
/// });
/// # let mut scheduler = axon::Scheduler::new();
/// # let (remote, server) = (scheduler.remote(), scheduler.activate(server));
/// # let stopper = std::thread::spawn(move || {
/// #     let said = client.join().unwrap().unwrap();
/// #     remote.deliver(&server, "control", ProducerFinished::new()).unwrap();
/// #     said
/// # });
/// # scheduler.run()?;
/// # let client = stopper;
/// assert_eq!(client.join().unwrap(), "hello, 127.0.0.1\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "MoreComplexServer")]
#[must_use = "a component does nothing until it is activated"]
pub struct ServerCore {
    protocol: Protocol,
    server: Option<TcpServer>,
    drain: Duration,
    after_failure: AfterFailure,
    failures: Failures,
    /// By the connection's component.
    connections: ByComponent<Ends>,
    /// Handlers that have not ended though their connection has.
    finishing: Vec<(ComponentRef, SocketAddr)>,
    untold: Untold,
    cut_short: CutShort,
    sweep: Sweep,
}

axon::debug_by_name!(ServerCore);

/// Makes a handler in the scheduler.
type Protocol = Box<dyn FnMut(&Context, &Connection) -> ComponentRef>;

/// What belongs to one connection.
struct Ends {
    /// `None` once it has ended and the connection was told.
    handler: Option<ComponentRef>,
    peer: SocketAddr,
    /// The handler was told an ending; it is not told another.
    told: bool,
}

/// Makes a [`ServerCore`] whose handlers are not told who the client is.
#[derive(Debug)]
pub struct SimpleServer;

impl SimpleServer {
    /// A server at a port, an address, or what a [`Listen`] says, and a way to make a handler.
    #[expect(clippy::new_ret_no_self, reason = "in Kamaelia too, a SimpleServer is a ServerCore")]
    pub fn new<H: Component>(
        mut protocol: impl FnMut() -> H + 'static,
        listen: impl Into<Listen>,
    ) -> ServerCore {
        ServerCore::new(move |_: &Connection| protocol(), listen)
    }
}

/// Makes a [`ServerCore`] that can be started again at once after it has ended (`SO_REUSEADDR`), which on Unix
/// holds for every server.
#[derive(Debug)]
pub struct FastRestartServer;

impl FastRestartServer {
    /// A server at a port, an address, or what a [`Listen`] says, and a way to make a handler.
    #[expect(clippy::new_ret_no_self, reason = "in Kamaelia too, a FastRestartServer is a ServerCore")]
    pub fn new<H: Component>(
        protocol: impl FnMut(&Connection) -> H + 'static,
        listen: impl Into<Listen>,
    ) -> ServerCore {
        ServerCore::new(protocol, listen.into().reuse_address())
    }
}

impl ServerCore {
    /// A server at a port, an address, or what a [`Listen`] says, and a way to make a handler for a
    /// client whose address it is told.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use axon::util::EchoProtocol;
    /// use kamaelia_net::{Connection, ServerCore};
    ///
    /// axon::run(ServerCore::new(
    ///     |connection: &Connection| {
    ///         println!("{} is here", connection.peer);
    ///         EchoProtocol::new()
    ///     },
    ///     1500,
    /// ))?;
    /// # Ok::<(), axon::RunError>(())
    /// ```
    pub fn new<H: Component>(
        mut protocol: impl FnMut(&Connection) -> H + 'static,
        listen: impl Into<Listen>,
    ) -> Self {
        ServerCore {
            protocol: Box::new(move |cx, connection| cx.add_child(Handler(protocol(connection)))),
            server: Some(TcpServer::new(listen)),
            drain: DRAIN,
            after_failure: AfterFailure::default(),
            failures: Failures::default(),
            connections: ByComponent::default(),
            finishing: Vec::new(),
            untold: Untold::default(),
            cut_short: CutShort::default(),
            sweep: Sweep::default(),
        }
    }

    /// The count of handlers that have failed, to be read at any time and from any thread.
    ///
    /// # Examples
    ///
    /// ```
    /// use axon::util::EchoProtocol;
    /// use kamaelia_net::{Listen, SimpleServer};
    ///
    /// let server = SimpleServer::new(EchoProtocol::new, "127.0.0.1:0".parse::<Listen>()?);
    /// let failures = server.failures();
    /// // ... while the server runs, in another component or thread:
    /// println!("{} handlers have failed so far", failures.count());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn failures(&self) -> HandlerFailures {
        self.failures.count.clone()
    }

    /// Listens now instead of in the first turn, so that an error is known here and the address too.
    ///
    /// # Errors
    ///
    /// The address, and why it cannot be had.
    pub fn bind(mut self) -> std::result::Result<Self, BindError> {
        self.server = self.server.map(TcpServer::bind).transpose()?;
        Ok(self)
    }

    /// Where it listens, once [`ServerCore::bind`] was called. A server that binds in its first turn tells
    /// the address with [`NewServer`](crate::NewServer).
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.server.as_ref().and_then(TcpServer::local_addr)
    }

    /// The Unix socket at which it listens, once [`ServerCore::bind`] was called.
    pub fn unix_addr(&self) -> Option<UnixAddress> {
        self.server.as_ref().and_then(TcpServer::unix_addr)
    }

    fn with_server(mut self, change: impl FnOnce(TcpServer) -> TcpServer) -> Self {
        self.server = self.server.map(change);
        self
    }
}

impl Component for ServerCore {
    fn boxes(&self) -> Boxes {
        Boxes::standard()
            .inbox(SOCKET_ACTIVITY, "new and ended connections")
            .outbox(OUTBOX, "where it listens")
            .outbox(SIGNAL, "that it cannot listen; its end")
            .outbox(SERVER_SIGNAL, "endings for the TCP server")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let server = self.server.take().ok_or("a server runs once")?;
        let server = cx.add_child(server);
        cx.link((&server, PROTOCOL_HANDLER_SIGNAL), (cx.me(), SOCKET_ACTIVITY))?;
        cx.link((&server, SIGNAL), (cx.me(), SOCKET_ACTIVITY))?;
        cx.link((cx.me(), SERVER_SIGNAL), (&server, CONTROL))?;
        cx.activate(&server);
        let mut timer = Timer::default();
        let mut told: Option<Message> = None;
        let mut deadline: Option<Instant> = None;
        // Until when handlers may finish after their connections.
        let mut last_call: Option<Instant> = None;
        let mut drains_since: Option<Instant> = None;
        while !server.is_stopped() {
            self.hear_the_server(cx)?;
            if self.sweep.is_due(cx, self.connections.len() + self.finishing.len()) {
                self.look_for_the_ended(cx);
            }
            self.end_the_untold(cx);
            if deadline.is_some() {
                self.tell_all(cx);
            }
            while let Some(mut notice) = cx.told_to_end() {
                if notice.ending() == Some(Ending::ShutdownMicroprocess) {
                    if let Some(since) = drains_since {
                        let peers = self.connections.iter().map(|(csa, ends)| (csa.clone(), ends.peer));
                        self.cut_short.cut(cx.now() - since, peers);
                    }
                    self.cut_all(cx);
                    let told_before = drains_since.map_or(Duration::MAX, |since| (cx.now() - since) / 8);
                    last_call = Some(time_after(cx.now(), self.drain.min(GRACE).min(told_before)));
                    cx.send(SERVER_SIGNAL, Message::notice(ServerShutdown))?;
                } else {
                    cx.send(SERVER_SIGNAL, notice.duplicate())?;
                    self.tell_all(cx);
                    drains_since.get_or_insert(cx.now());
                    last_call = Some(*deadline.get_or_insert_with(|| time_after(cx.now(), self.drain)));
                }
                told = Some(notice);
            }
            if deadline.is_some_and(|deadline| deadline <= cx.now()) {
                deadline = None;
                told = Some(Message::new(self.cut_late(cx)));
                cx.send(SERVER_SIGNAL, Message::notice(ServerShutdown))?;
            }
            let until = deadline.into_iter().chain(self.sweep.planned()).chain(self.untold.planned()).min();
            timer.pause_until(cx, until).await;
        }
        self.hear_the_server(cx)?;
        if let Some(report) = self.cut_short.report() {
            log::warn!("{}: {report}", cx.name());
        }
        self.cut_all(cx);
        let until = last_call.unwrap_or_else(|| time_after(cx.now(), self.drain));
        self.let_handlers_finish(cx, until).await;
        self.failures.tell_the_rest(cx);
        let _ =
            cx.send_when_room(SIGNAL, told.unwrap_or_else(|| Message::new(ProducerFinished::new()))).await;
        Ok(())
    }
}
