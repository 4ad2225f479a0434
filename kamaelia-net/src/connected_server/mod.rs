//! Servers: for each client that connects, a handler component of your own, linked to the connection.
//!
//! Ported from `Kamaelia.Chassis.ConnectedServer`.
//!
//! *Differs from Kamaelia:* a server tells where it listens, that it cannot, and that it has ended (B9,
//! B19); `producerFinished` lets the connections finish, with a deadline; and a handler that ends takes
//! its connection with it (there the connection stays open).

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axon::{
    Boxes, CONTROL, Component, ComponentRef, Context, Ending, INBOX, Message, OUTBOX, ProducerFinished,
    Result, SIGNAL, ShutdownMicroprocess,
};

use crate::by_component::ByComponent;
use crate::csa::CsaOptions;
use crate::error::BindError;
use crate::ipc::{
    Connection, HowDied, NewCsa, NewServer, PeerFinished, ServerFailed, ServerShutdown, ShutdownCsa,
    SocketShutdown,
};
use crate::socket::Listen;
use crate::tcp_server::sweep::{Sweep, Wake};
use crate::tcp_server::{PROTOCOL_HANDLER_SIGNAL, TcpServer};

mod handler;

use handler::Handler;

const SOCKET_ACTIVITY: &str = "_socketactivity";
const SERVER_SIGNAL: &str = "_serversignal";
/// The outbox by which a handler can stop its server.
const STOP_SERVER: &str = "serversignal";

/// How long connections may take to finish, unless said otherwise.
const DRAIN: Duration = Duration::from_secs(10);

/// How many messages wait at a handler before its connection is read no further.
const HANDLER_INBOX: usize = 16;

/// A server: makes a handler for each client, told who it is, and links it to the connection.
///
/// Of the handler, `outbox` is linked to the client, the client to `inbox`, and `signal` to the
/// connection's `control`. The handler's `control` gets [`PeerFinished`] when the client will send no
/// more, and [`SocketShutdown`] when the connection has ended: both are a `producerFinished`. A handler
/// that has an outbox `serversignal` can stop the server with it.
///
/// To close its connection, a handler sends `producerFinished` out of `signal` (what it sent before still
/// arrives) or `shutdownMicroprocess` (at once). When a handler ends without a word, that is
/// `producerFinished`.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | not used |
/// | `control` | endings, see below |
/// | `_socketactivity` | from its [`TcpServer`]: new and ended connections |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | [`NewServer`] when it listens: the address, with the port that was really given |
/// | `signal` | [`ServerFailed`] if it cannot listen; at its end the ending that it was told, or `producerFinished` with a report of what was cut |
/// | `_serversignal` | endings for its [`TcpServer`] |
///
/// # Shutdown
///
/// - `producerFinished` on `control` drains it: no client is accepted any more, the handlers are told
///   `producerFinished`, and connections have ten seconds ([`ServerCore::drain_deadline`]) to finish their
///   output. Those that do not are cut, which is logged and reported.
/// - `shutdownMicroprocess`, of which [`ServerShutdown`] is one, closes all connections at once.
///
/// If it cannot listen, its [`TcpServer`] fails with the [`BindError`]; if the scheduler is immortal, the
/// server tells [`ServerFailed`] and ends.
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
pub struct ServerCore {
    protocol: Protocol,
    server: Option<TcpServer>,
    drain: Duration,
    /// By the connection's component.
    connections: ByComponent<Ends>,
    sweep: Sweep,
}

/// Makes a handler in the scheduler.
type Protocol = Box<dyn FnMut(&Context, &Connection) -> ComponentRef>;

/// What belongs to one connection.
struct Ends {
    handler: ComponentRef,
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

/// Makes a [`ServerCore`] that can be started again at once after it has ended (`SO_REUSEADDR`).
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
    pub fn new<H: Component>(
        mut protocol: impl FnMut(&Connection) -> H + 'static,
        listen: impl Into<Listen>,
    ) -> Self {
        ServerCore {
            protocol: Box::new(move |cx, connection| cx.add_child(Handler(protocol(connection)))),
            server: Some(TcpServer::new(listen)),
            drain: DRAIN,
            connections: ByComponent::default(),
            sweep: Sweep::default(),
        }
    }

    /// How connections behave.
    pub fn options(self, options: CsaOptions) -> Self {
        self.with_server(|server| server.options(options))
    }

    /// How many connections there may be at a time; further clients wait to be accepted.
    pub fn max_connections(self, clients: usize) -> Self {
        self.with_server(|server| server.max_connections(clients))
    }

    /// Changes where and how it will listen.
    #[doc(alias = "socketOptions")]
    pub fn listen(self, change: impl FnOnce(Listen) -> Listen) -> Self {
        self.with_server(|server| server.listen(change))
    }

    /// How long connections may take to finish when the server is told `producerFinished`.
    pub fn drain_deadline(mut self, deadline: Duration) -> Self {
        self.drain = deadline;
        self
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
    /// the address with [`NewServer`].
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.server.as_ref().and_then(TcpServer::local_addr)
    }

    fn with_server(mut self, change: impl FnOnce(TcpServer) -> TcpServer) -> Self {
        self.server = self.server.map(change);
        self
    }

    /// Makes a handler for a new connection, and links both.
    #[doc(alias = "mkProtocolHandler")]
    fn handle_new_connection(&mut self, cx: &Context, new: NewCsa) -> Result {
        let NewCsa { csa, connection, .. } = new;
        let handler = (self.protocol)(cx, &connection);
        if cx.has_inbox(&handler, INBOX) {
            cx.link((&csa, OUTBOX), (&handler, INBOX))?;
            cx.set_size((&handler, INBOX), Some(HANDLER_INBOX))?;
        }
        if cx.has_outbox(&handler, OUTBOX) {
            cx.link((&handler, OUTBOX), (&csa, INBOX))?;
        }
        if cx.has_outbox(&handler, SIGNAL) {
            cx.link((&handler, SIGNAL), (&csa, CONTROL))?;
        }
        if cx.has_outbox(&handler, STOP_SERVER) {
            cx.link((&handler, STOP_SERVER), (cx.me(), CONTROL))?;
        }
        cx.activate(&csa);
        cx.activate(&handler);
        self.connections.insert(csa, Ends { handler, peer: connection.peer, told: false });
        Ok(())
    }

    /// Tells the handler that the connection has ended, and forgets both.
    fn handle_closed_csa(&mut self, cx: &Context, csa: &ComponentRef, how_died: HowDied, unsent: usize) {
        let Some(ends) = self.connections.remove(csa) else { return };
        cx.unlink_component(csa);
        cx.remove_child(&ends.handler);
        if !ends.told {
            let caller = csa.clone();
            tell(cx, &ends.handler, Message::notice(SocketShutdown { caller, how_died, unsent }));
        }
    }

    /// Hears what its TCP server has to say. `Err` if it cannot listen.
    fn hear_the_server(&mut self, cx: &Context) -> Result {
        while let Some(news) = cx.recv(SOCKET_ACTIVITY) {
            let news = match news.take::<NewCsa>() {
                Ok(new) => {
                    self.handle_new_connection(cx, new)?;
                    continue;
                }
                Err(news) => news,
            };
            let news = match news.take::<ShutdownCsa>() {
                Ok(ShutdownCsa { csa, how_died, unsent, .. }) => {
                    self.handle_closed_csa(cx, &csa, how_died, unsent);
                    continue;
                }
                Err(news) => news,
            };
            if let Some(csa) = news.view(|finished: &PeerFinished| finished.caller.clone()) {
                if let Some(ends) = self.connections.get_mut(&csa)
                    && !std::mem::replace(&mut ends.told, true)
                {
                    tell(cx, &ends.handler, news);
                }
            } else if news.is::<NewServer>() {
                cx.send(OUTBOX, news)?;
            } else if news.is::<ServerFailed>() {
                cx.send(SIGNAL, news)?;
            }
        }
        Ok(())
    }

    /// A handler that was stopped or has panicked cannot say so: its connection is closed.
    fn look_for_the_silent(&mut self, cx: &Context) {
        for (csa, ends) in &mut self.connections {
            if ends.handler.is_stopped() && !std::mem::replace(&mut ends.told, true) {
                tell(cx, csa, Message::new(ProducerFinished::new()));
            }
        }
    }

    /// Closes all connections at once. Returns how many there were.
    fn cut_all(&mut self, cx: &Context) -> usize {
        let all: Vec<_> = self.connections.keys().cloned().collect();
        for csa in &all {
            tell(cx, csa, Message::new(ShutdownMicroprocess::new()));
            self.handle_closed_csa(cx, csa, HowDied::ShutdownMicroprocess, 0);
        }
        all.len()
    }

    /// Tells all handlers that no more will come.
    fn tell_all(&mut self, cx: &Context) {
        for ends in self.connections.values_mut() {
            if !std::mem::replace(&mut ends.told, true) {
                tell(cx, &ends.handler, Message::new(ProducerFinished::new()));
            }
        }
    }

    /// The deadline of the drain is over: those left are cut. Returns the report.
    fn cut_late(&mut self, cx: &Context) -> ProducerFinished {
        let late: Vec<String> = self.connections.values().map(|ends| ends.peer.to_string()).collect();
        let cut = self.cut_all(cx);
        let who = late[..late.len().min(10)].join(", ");
        let report = format!("{cut} connections had not ended after {:?} and were cut: {who}", self.drain);
        log::warn!("{}: {report}", cx.name());
        ProducerFinished { caller: Some(cx.me().clone()), message: Some(Arc::from(report)) }
    }
}

/// Puts a notice into a component's `control`, if it has one and lives.
fn tell(cx: &Context, component: &ComponentRef, notice: Message) {
    if !component.is_stopped() && cx.has_inbox(component, CONTROL) {
        // One that has no room in `control` is being told already.
        let _ = cx.deliver_to(component, CONTROL, notice);
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
        let mut told: Option<Message> = None;
        let mut deadline: Option<Instant> = None;
        while !server.is_stopped() {
            let wake = if cx.is_any_ready() { Wake::Explained } else { Wake::Unexplained };
            self.hear_the_server(cx)?;
            if self.sweep.is_due(cx, self.connections.len(), wake) {
                self.look_for_the_silent(cx);
            }
            if deadline.is_some() {
                self.tell_all(cx);
            }
            while let Some(mut notice) = cx.told_to_end() {
                if notice.ending() == Some(Ending::ShutdownMicroprocess) {
                    self.cut_all(cx);
                    cx.send(SERVER_SIGNAL, Message::notice(ServerShutdown))?;
                } else {
                    cx.send(SERVER_SIGNAL, notice.duplicate())?;
                    self.tell_all(cx);
                    deadline.get_or_insert_with(|| cx.now() + self.drain);
                }
                told = Some(notice);
            }
            if deadline.is_some_and(|deadline| deadline <= cx.now()) {
                deadline = None;
                told = Some(Message::new(self.cut_late(cx)));
                cx.send(SERVER_SIGNAL, Message::notice(ServerShutdown))?;
            }
            match deadline.into_iter().chain(self.sweep.planned()).min() {
                Some(time) => cx.pause_until(time).await,
                None => cx.pause().await,
            }
        }
        self.hear_the_server(cx)?;
        self.cut_all(cx);
        let _ =
            cx.send_when_room(SIGNAL, told.unwrap_or_else(|| Message::new(ProducerFinished::new()))).await;
        Ok(())
    }
}
