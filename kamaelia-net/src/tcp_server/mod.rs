//! Listens at an address, and makes a component of each client that connects.
//!
//! Ported from `Kamaelia.Internet.TCPServer`.
//!
//! *Differs from Kamaelia:* it takes all clients that wait, not one a notice, with a backlog of 1024
//! instead of 5 (B16); running out of descriptors, and every other error of accept, makes it pause and
//! try again, and never ends it; a port that cannot be had is an error (B9).

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::{Duration, Instant};

use axon::{
    Boxes, CONTROL, Component, ComponentRef, Context, Ending, LogLimit, Message, ProducerFinished, SIGNAL,
};

use crate::brief::brief;
use crate::by_component::ByComponent;
use crate::csa::CsaOptions;
use crate::csa::boxes::SELECTOR_SIGNAL;
use crate::descriptor::Watched;
use crate::ipc::{HowDied, NewReader, NewServer, PeerFinished, ServerFailed, ShutdownCsa, SocketShutdown};
use crate::listen::Listen;
use crate::listener::{Listener, NO_ADDRESS};
use crate::memory::Memory;
use crate::ready::Ready;
use crate::selector::{Selector, SelectorServices};
use crate::socket::{AfterAccept, InheritedOptions};

mod admission;
#[cfg(feature = "rustls")]
mod secured;
mod settings;
pub(crate) mod sweep;
mod trouble;
mod welcome;

use admission::Admission;
use sweep::Sweep;
use trouble::Trouble;
use welcome::MakeCsa;

const NEW_CONNECTION: &str = "newconnection";
const FEEDBACK: &str = "_feedbackFromCSA";
/// The outbox for new and ended connections.
pub const PROTOCOL_HANDLER_SIGNAL: &str = "protocolHandlerSignal";
const SELECTOR_SHUTDOWN_SIGNAL: &str = "_selectorShutdownSignal";

/// How many clients are taken in one turn, so that a rush of them does not hold up the others.
const CLIENTS_A_TURN: usize = 64;

/// Listens, and makes a [`ConnectedSocketAdapter`](crate::ConnectedSocketAdapter) of each client. Mostly part of a
/// [`ServerCore`](crate::ServerCore).
///
/// | inbox | what it takes |
/// |---|---|
/// | `newconnection` | from the Selector: somebody waits to be accepted |
/// | `control` | endings, see below |
/// | `_feedbackFromCSA` | what the connections have to say |
///
/// | outbox | what it sends |
/// |---|---|
/// | `protocolHandlerSignal` | [`NewServer`] when it listens; for each client [`NewCsa`](crate::NewCsa), with a component to be linked up and activated; [`PeerFinished`] when a client will send no more; [`ShutdownCsa`] when a connection has ended |
/// | `signal` | [`ServerFailed`] if it cannot listen; at its end the ending that it was told |
/// | `_selectorSignal` | requests to the Selector |
/// | `_selectorShutdownSignal` | at the end: that this user needs the Selector no more |
///
/// # Shutdown
///
/// `shutdownMicroprocess`, of which [`ServerShutdown`](crate::ServerShutdown) is one, ends it at once, and
/// `producerFinished` as soon as all its connections have ended; no client is accepted from either on. The
/// connections belong to whoever linked them up.
///
/// If it cannot listen, it says so on `signal` and fails with the [`BindError`](crate::BindError).
///
/// # Errors of accept
///
/// A client that has gone meanwhile is passed over. When the system is short of descriptors or memory, and
/// at everything unknown, the server logs it (at most once a second), lets the clients wait, and tries
/// again after 100 ms, growing to a second, or as soon as one of its own connections ends.
///
/// # Examples
///
/// ```
/// use kamaelia_net::{Listen, TcpServer};
///
/// let server = TcpServer::new("127.0.0.1:0".parse::<Listen>()?).max_connections(1000).bind()?;
/// assert_ne!(server.local_addr().expect("it listens").port(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "TCPServer")]
#[must_use = "a component does nothing until it is activated"]
pub struct TcpServer {
    listen: Listen,
    listener: Option<Watched<Listener>>,
    /// Where it listens, once it does.
    address: Option<SocketAddr>,
    options: Rc<CsaOptions>,
    /// What each connection is sent to secure it.
    tls: Option<Message>,
    /// What becomes of each connection's component.
    csa: Option<MakeCsa>,
    max_connections: usize,
    /// Only with a limit to what all connections hold.
    memory: Option<Rc<Memory>>,
    admission: Admission,
    /// With the address of each client.
    connections: ByComponent<IpAddr>,
    inherited_options: InheritedOptions,
    /// The Selector that was last asked for.
    selector: Option<SelectorServices>,
    /// Whether somebody may wait to be accepted.
    accepting: Accepting,
    /// How the Selector is asked again.
    question: Option<Ready>,
    /// The Selector has said that the system does not watch the listener: the clock says when to try again.
    unwatched: bool,
    trouble: Trouble,
    sweep: Sweep,
    /// For connections that failed, which is a fault of what they were given to send.
    log: LogLimit,
}

axon::debug_by_name!(TcpServer);

/// Whether to call accept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Accepting {
    /// Somebody may wait.
    Now,
    /// Nobody waits; the Selector tells.
    Told,
    /// Not before this time, or before a connection ends.
    Paused(Instant),
    /// Never again.
    Closed,
}

impl TcpServer {
    /// A server that listens from its first turn on: at a port, an address, or what a [`Listen`] says.
    pub fn new(listen: impl Into<Listen>) -> Self {
        TcpServer {
            listen: listen.into(),
            listener: None,
            address: None,
            options: Rc::new(CsaOptions::default()),
            tls: None,
            csa: None,
            max_connections: usize::MAX,
            memory: None,
            admission: Admission::default(),
            connections: ByComponent::default(),
            inherited_options: InheritedOptions::default(),
            selector: None,
            accepting: Accepting::Now,
            question: None,
            unwatched: false,
            trouble: Trouble::default(),
            sweep: Sweep::default(),
            log: LogLimit::default(),
        }
    }

    /// Listens, if that was not done before.
    fn start(&mut self, cx: &Context) -> axon::Result {
        if self.listener.is_none() {
            let bound = self.listen.listener();
            self.listener = Some(Watched::new(bound.inspect_err(|error| {
                log::error!("{}: {error}", cx.name());
                let notice = ServerFailed { caller: cx.me().clone(), error: error.clone() };
                let _ = cx.send(SIGNAL, Message::notice(notice));
            })?));
        }
        if let Some(listener) = &self.listener
            && let Listener::Ip(listener) = &**listener
            && let Err(error) = self.options.socket.prepare(listener)
        {
            log::debug!("{}: an option of the listener was not taken: {error}", cx.name());
        }
        self.address = self.local_addr();
        let unix = self.unix_addr();
        match (&unix, self.address) {
            (Some(unix), _) => log::info!("{} listens on {unix}", cx.name()),
            (None, Some(address)) => log::info!("{} listens on {address}", cx.name()),
            (None, None) => return Ok(()),
        }
        let address = self.address.unwrap_or(NO_ADDRESS);
        cx.send(PROTOCOL_HANDLER_SIGNAL, NewServer { caller: cx.me().clone(), address, unix })?;
        Ok(())
    }

    /// Forwards what the connections have to say.
    fn hear_connections(&mut self, cx: &Context) {
        while let Some(news) = cx.recv(FEEDBACK) {
            match news.take::<SocketShutdown>() {
                Ok(SocketShutdown { caller, how_died, unsent, unacknowledged }) => {
                    self.forget(cx, caller, how_died, (unsent, unacknowledged));
                }
                Err(news) => {
                    if news.is::<PeerFinished>() {
                        let _ = cx.send(PROTOCOL_HANDLER_SIGNAL, news);
                    }
                }
            }
        }
    }

    fn forget(&mut self, cx: &Context, csa: ComponentRef, how_died: HowDied, lost: (usize, usize)) {
        let Some(peer) = self.connections.remove(&csa) else { return };
        self.admission.left(peer);
        cx.remove_child(&csa);
        if let Accepting::Paused(_) = self.accepting {
            self.accepting = Accepting::Now;
        }
        let (unsent, unacknowledged) = lost;
        let notice = ShutdownCsa { caller: cx.me().clone(), csa, how_died, unsent, unacknowledged };
        let _ = cx.send(PROTOCOL_HANDLER_SIGNAL, notice);
    }

    /// Looks for connections that ended without a word: stopped from outside, or failed.
    fn look_for_the_silent(&mut self, cx: &Context) {
        let silent: Vec<_> = self.connections.keys().filter(|csa| csa.is_stopped()).cloned().collect();
        for csa in silent {
            if let Some(failure) = cx.failure_of(&csa)
                && let Some(more) = self.log.admit(cx.now())
            {
                log::error!("{}{more}", brief(&failure));
            }
            self.forget(cx, csa, HowDied::Stopped, (0, 0));
        }
    }

    /// Accepts until nobody waits, the limit is reached, or others are to have a turn.
    fn accept(&mut self, cx: &Context) {
        let Some(listener) = self.listener.clone() else { return };
        for _ in 0..CLIENTS_A_TURN {
            if self.accepting != Accepting::Now || self.is_full() {
                return;
            }
            if let Some(until) = self.admission.waits(|| cx.now()) {
                self.accepting = Accepting::Paused(until);
                return;
            }
            match listener.accept(self.address) {
                Ok((_, connection))
                    if connection.unix.is_none()
                        && !self.admission.admits(connection.peer.ip(), || cx.now()) =>
                {
                    if let Some(more) = self.log.admit(cx.now()) {
                        log::warn!(
                            "{}: too many connections from {}; another is closed{more}",
                            cx.name(),
                            connection.peer.ip()
                        );
                    }
                }
                Ok((stream, connection)) => {
                    self.trouble.pause = Duration::ZERO;
                    if let Err(error) = self.welcome(cx, stream, connection) {
                        self.admission.left(connection.peer.ip());
                        self.accepting = Accepting::Paused(self.trouble.met(cx, &error));
                    }
                }
                Err(error) => match AfterAccept::failed(&error) {
                    AfterAccept::Next => {}
                    AfterAccept::Wait if std::mem::take(&mut self.unwatched) => {
                        let error = io::Error::other("the system cannot watch the listener");
                        self.accepting = Accepting::Paused(self.trouble.met(cx, &error));
                    }
                    AfterAccept::Wait => {
                        self.accepting = Accepting::Told;
                        self.ask(cx, &listener);
                    }
                    AfterAccept::Pause => self.accepting = Accepting::Paused(self.trouble.met(cx, &error)),
                },
            }
        }
    }

    fn ask(&mut self, cx: &Context, listener: &Watched<Listener>) {
        let asked = match self.question {
            Some(word) => cx.send(SELECTOR_SIGNAL, u64::from(word.when_changed())),
            None => cx.send(SELECTOR_SIGNAL, NewReader::new(cx.me(), NEW_CONNECTION, listener.descriptor())),
        };
        if let Err(refused) = asked {
            log::error!("{}", refused);
        }
    }

    /// Whether nobody is accepted until there is room.
    fn is_full(&self) -> bool {
        self.connections.len() >= self.max_connections
            || self.memory.as_ref().is_some_and(|memory| memory.is_over())
    }

    /// Lets connections read again that did not because all together held too much.
    fn let_read_again(&self, cx: &Context) {
        let waiting = self.memory.as_ref().map(|memory| memory.take_waiting());
        for csa in waiting.into_iter().flatten().filter(|csa| !csa.is_stopped()) {
            cx.unpause(&csa);
        }
    }

    /// The scheduler's Selector, another one if the last has ended.
    fn selector(&mut self, cx: &Context) -> axon::Result<&SelectorServices> {
        let services = match self.selector.take() {
            Some(services) if !services.notify.0.is_stopped() => services,
            _ => Selector::services(cx)?,
        };
        Ok(self.selector.insert(services))
    }

    /// Whether it is to end now, by `control` and by what is left to do.
    fn is_over(&mut self, cx: &Context, told: &mut Option<Message>) -> bool {
        while let Some(notice) = cx.told_to_end() {
            let at_once = notice.ending() == Some(Ending::ShutdownMicroprocess);
            *told = Some(notice);
            self.accepting = Accepting::Closed;
            self.listener = None;
            if at_once {
                return true;
            }
        }
        self.accepting == Accepting::Closed && self.connections.is_empty()
    }
}

impl Component for TcpServer {
    fn boxes(&self) -> Boxes {
        Boxes::none()
            .inbox(NEW_CONNECTION, "the Selector: somebody waits to be accepted")
            .inbox(CONTROL, "endings")
            .inbox(FEEDBACK, "what the connections have to say")
            .outbox(PROTOCOL_HANDLER_SIGNAL, "new and ended connections")
            .outbox(SIGNAL, "that it cannot listen; its end")
            .outbox(SELECTOR_SIGNAL, "requests to the Selector")
            .outbox(SELECTOR_SHUTDOWN_SIGNAL, "that the Selector is needed no more")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        self.start(cx)?;
        let services = self.selector(cx)?;
        services.link(cx, (cx.me(), SELECTOR_SIGNAL))?;
        cx.link((cx.me(), SELECTOR_SHUTDOWN_SIGNAL), (&services.control.0, &services.control.1))?;
        let mut told = None;
        loop {
            while let Some(answer) = cx.recv(NEW_CONNECTION) {
                let word = answer.take::<u64>().ok().map(Ready::from);
                self.unwatched = word.is_some_and(Ready::is_unwatched);
                self.question = word.filter(|word| !word.is_unwatched());
                if self.accepting == Accepting::Told {
                    self.accepting = Accepting::Now;
                }
            }
            self.hear_connections(cx);
            self.let_read_again(cx);
            if self.sweep.is_due(cx, self.connections.len()) {
                self.look_for_the_silent(cx);
            }
            if self.is_over(cx, &mut told) {
                break;
            }
            if let Accepting::Paused(until) = self.accepting
                && until <= cx.now()
            {
                self.accepting = Accepting::Now;
            }
            self.accept(cx);
            let paused = match self.accepting {
                Accepting::Now if !self.is_full() => {
                    cx.yield_now().await;
                    continue;
                }
                Accepting::Paused(until) => Some(until),
                Accepting::Now | Accepting::Told | Accepting::Closed => None,
            };
            match paused.into_iter().chain(self.sweep.planned()).min() {
                Some(time) => cx.pause_until(time).await,
                None => cx.pause().await,
            }
        }
        self.listener = None;
        cx.send(SELECTOR_SHUTDOWN_SIGNAL, ProducerFinished::new())?;
        if let Some(told) = told {
            let _ = cx.send_when_room(SIGNAL, told).await;
        }
        Ok(())
    }
}
