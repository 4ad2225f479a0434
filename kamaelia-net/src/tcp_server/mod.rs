//! Listens at an address, and makes a component of each client that connects.
//!
//! Ported from `Kamaelia.Internet.TCPServer`.
//!
//! *Differs from Kamaelia:* it takes all clients that wait, not one a notice, with a backlog of 1024
//! instead of 5 (B16); running out of descriptors, and every other error of accept, makes it pause and
//! try again, and never ends it; a port that cannot be had is an error (B9).

use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::task::Waker;
use std::time::Instant;

use axon::{
    Boxes, CONTROL, Component, ComponentRef, Context, Ending, LogLimit, Message, ProducerFinished, SIGNAL,
};

use crate::admission::{Admission, Limits, Place};
use crate::brief::brief;
use crate::by_component::ByComponent;
use crate::csa::CsaOptions;
use crate::csa::boxes::SELECTOR_SIGNAL;
use crate::group::Group;
use crate::ipc::{HowDied, PeerFinished, ShutdownCsa, SocketShutdown};
use crate::listen::Listen;
use crate::memory::Memory;
use crate::ready::Ready;
use crate::selector::{Selector, SelectorServices};
use crate::socket::InheritedOptions;
use crate::timer::Timer;

mod entrance;
#[cfg(feature = "rustls")]
mod secured;
mod settings;
pub(crate) mod sweep;
mod trouble;
mod welcome;

use entrance::{Entrance, LastCall};
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
/// | `protocolHandlerSignal` | [`NewServer`](crate::NewServer) when it listens; for each client [`NewCsa`](crate::NewCsa), with a component to be linked up and activated; [`PeerFinished`] when a client will send no more; [`ShutdownCsa`] when a connection has ended |
/// | `signal` | [`ServerFailed`](crate::ServerFailed) if it cannot listen; at its end the ending that it was told |
/// | `_selectorSignal` | requests to the Selector |
/// | `_selectorShutdownSignal` | at the end: that this user needs the Selector no more |
///
/// # Shutdown
///
/// `shutdownMicroprocess`, of which [`ServerShutdown`](crate::ServerShutdown) is one, ends it at once, and
/// `producerFinished` as soon as all its connections have ended. No client is accepted from either on, except, after
/// `producerFinished`, those who wait already; at a socket that was given to the process ([`Listen::inherited`]) they
/// wait for whoever listens there next. The connections belong to whoever linked them up.
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
    entrance: Option<Entrance>,
    /// Where it listens, once it does.
    address: Option<SocketAddr>,
    options: Rc<CsaOptions>,
    /// What each connection is sent to secure it.
    tls: Option<Message>,
    /// What becomes of each connection's component.
    csa: Option<MakeCsa>,
    /// Only with a limit to what all connections hold.
    memory: Option<Rc<Memory>>,
    limits: Limits,
    admission: Admission,
    /// Those for whom it accepts, if not for itself.
    for_others: Option<Arc<Group>>,
    /// Its own count of connections, in a server on several schedulers; and how the others wake it.
    load: Option<Arc<AtomicUsize>>,
    waker: Option<Waker>,
    connections: ByComponent<Place>,
    inherited_options: InheritedOptions,
    /// The Selector that was last asked for.
    selector: Option<SelectorServices>,
    /// Whether somebody may wait to be accepted.
    accepting: Accepting,
    /// Once it was told to end.
    last_call: Option<LastCall>,
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
            entrance: None,
            address: None,
            options: Rc::new(CsaOptions::default()),
            tls: None,
            csa: None,
            memory: None,
            limits: Limits::default(),
            admission: Admission::default(),
            for_others: None,
            load: None,
            waker: None,
            connections: ByComponent::default(),
            inherited_options: InheritedOptions::default(),
            selector: None,
            accepting: Accepting::Now,
            last_call: None,
            question: None,
            unwatched: false,
            trouble: Trouble::default(),
            sweep: Sweep::default(),
            log: LogLimit::default(),
        }
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
        let Some(place) = self.connections.remove(&csa) else { return };
        drop(place);
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

    /// Lets clients in until nobody waits, the limit is reached, or others are to have a turn.
    fn accept(&mut self, cx: &Context) {
        for _ in 0..CLIENTS_A_TURN {
            let is_over = self.last_call.is_some_and(|last| last.left == 0);
            if self.accepting != Accepting::Now || is_over || self.is_full() || self.waits_for_others() {
                return;
            }
            let Some(client) = self.next_client(cx) else { continue };
            if let Some(last) = &mut self.last_call {
                last.left -= 1;
            }
            if let Some(group) = &self.for_others {
                group.hand_over(client);
            } else if let Err(error) = self.welcome(cx, client) {
                self.accepting = Accepting::Paused(self.trouble.met(cx, &error));
            }
        }
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
            if at_once {
                self.close();
                return true;
            }
            self.call_last(cx);
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
        let (mut told, mut timer) = (None, Timer::default());
        loop {
            while let Some(answer) = cx.recv(NEW_CONNECTION) {
                let word = answer.take::<u64>().ok().map(Ready::from);
                self.unwatched = word.is_some_and(Ready::is_unwatched);
                self.question = word.filter(|word| !word.is_unwatched());
                if self.accepting == Accepting::Told {
                    self.accepting = Accepting::Now;
                }
            }
            if self.accepting == Accepting::Told && self.entrance.as_ref().is_some_and(Entrance::has_client) {
                self.accepting = Accepting::Now;
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
            self.close_after_the_last(cx);
            if self.accepting == Accepting::Closed && self.connections.is_empty() {
                break;
            }
            let paused = match self.accepting {
                Accepting::Now if !self.is_full() && !self.waits_for_others() => {
                    cx.yield_now().await;
                    continue;
                }
                Accepting::Paused(until) => Some(until),
                Accepting::Now | Accepting::Told | Accepting::Closed => None,
            };
            let last_call = self.last_call.map(|last| last.until);
            let until = paused.into_iter().chain(self.sweep.planned()).chain(last_call).min();
            timer.pause_until(cx, until).await;
        }
        self.entrance = None;
        cx.send(SELECTOR_SHUTDOWN_SIGNAL, ProducerFinished::new())?;
        if let Some(told) = told {
            let _ = cx.send_when_room(SIGNAL, told).await;
        }
        Ok(())
    }
}
