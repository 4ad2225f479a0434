//! A server on several cores: as many schedulers, on a thread each, serve the clients of one address.
//!
//! Kamaelia has nothing like it: there one scheduler runs in a process.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axon::chassis::Supervisor;
use axon::{
    AnyComponent, Boxes, Component, ComponentRef, Context, Ending, IntoComponent, Message, OUTBOX,
    ProducerFinished, Result, SIGNAL, time_after,
};

use crate::connected_server::tell;
use crate::descriptor::Watched;
use crate::error::BindError;
use crate::group::{Group, Member, Part};
use crate::ipc::{NewServer, ServerFailed, ServerShutdown};
use crate::listen::Listen;
use crate::listener::{Listener, NO_ADDRESS};
use crate::tcp_server::{PROTOCOL_HANDLER_SIGNAL, TcpServer};
use crate::unix::UnixAddress;

mod core;

use self::core::{Core, Making, News, Start};

/// The inbox for what the threads say.
const CORES: &str = "_cores";
/// The inbox for what the server that accepts says.
const SOCKET_ACTIVITY: &str = "_socketactivity";

/// How long those who accept wait at the start until the servers of all schedulers take clients.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long to wait before a scheduler that failed is made anew: at first, and at most.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(10));

/// How often a scheduler may fail, unless said otherwise. With the waits above it never fails so often.
const AT_MOST: (usize, Duration) = (100, Duration::from_secs(60));

/// A server on several schedulers, each on a thread of its own.
///
/// It is given where to listen, and a function that makes a server. The function is called once on each thread. What
/// it is given says where that scheduler's clients come from, and goes to the server in place of an address:
///
/// ```no_run
/// use axon::util::EchoProtocol;
/// use kamaelia_net::{Cores, SimpleServer};
///
/// axon::run(Cores::new(4, 1500, |listen| SimpleServer::new(EchoProtocol::new, listen)))?;
/// # Ok::<(), axon::RunError>(())
/// ```
///
/// Any server will do, `http::HttpServer` too, with TLS or without; and any component that holds
/// one, for example a [`Par`](axon::chassis::Par) of a server and the services that its handlers need. Only what the
/// function captures goes to other threads; servers and handlers stay where they were made.
///
/// One thread more, that of the scheduler in which this component runs, accepts the clients, and hands each to the
/// scheduler with the fewest connections; of several, to the next in turn. [`Cores::reuse_port`] lets each scheduler
/// accept for itself.
///
/// # What is shared, and what is not
///
/// The limits that the function gives its server hold for all schedulers together: `max_connections`,
/// `max_connections_per_peer`, `accept_rate` and `memory`. What limits one connection
/// ([`CsaOptions`](crate::CsaOptions), `HttpLimits`) is as ever. The [count of
/// failures](crate::ServerCore::failures) is each server's own.
///
/// Everything else belongs to one scheduler: a [`Backplane`](axon::util::Backplane), the tracker, the Selector. Handlers on
/// different schedulers share what threads share (`Arc`, atomics, channels).
///
/// # Failures
///
/// A handler that fails harms only its connection, as in every server. When the run of a scheduler fails all the same,
/// its connections are closed, and nothing else: clients that it had not taken yet go to the others, and it is made anew
/// after a tenth of a second, then twice as long, up to ten seconds ([`Cores::backoff`]). The log says why. How often
/// that may happen is set with [`Cores::at_most`].
///
/// If the function panics when the server starts, this component fails.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | not used |
/// | `control` | endings, see below |
/// | `_cores` | for its own use: what the threads say |
/// | `_socketactivity` | for its own use: what its [`TcpServer`] says |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | [`NewServer`](crate::NewServer) when it listens |
/// | `signal` | [`ServerFailed`](crate::ServerFailed) if it cannot listen; at its end the ending that it was told, or `producerFinished` |
///
/// # Shutdown
///
/// - `producerFinished` on `control` drains it: the clients that wait to be accepted are let in, then the listener is
///   closed and the servers of all schedulers are told `producerFinished`. Each has the time of its own
///   [`drain_deadline`](crate::ServerCore::drain_deadline).
/// - `shutdownMicroprocess` closes all connections at once. Schedulers that have not ended after two seconds are stopped.
/// - When the server of one scheduler ends in order, all are drained: a handler may say so
///   ([`ServerCore`](crate::ServerCore)).
///
/// So [`Signals`](crate::Signals) beside it ends it in order.
///
/// # Errors
///
/// The [`BindError`] if it cannot listen; the failure of a scheduler that failed too often.
///
/// # Examples
///
/// ```
/// use std::io::{Read, Write};
/// use axon::util::EchoProtocol;
/// use axon::{ProducerFinished, Scheduler};
/// use kamaelia_net::{Cores, Listen, SimpleServer};
///
/// let listen: Listen = "127.0.0.1:0".parse()?;
/// let cores = Cores::new(2, listen, |listen| SimpleServer::new(EchoProtocol::new, listen)).bind()?;
/// let address = cores.local_addr().expect("it listens");
/// let loads = cores.loads();
/// let mut scheduler = Scheduler::new();
/// let cores = scheduler.activate(cores);
/// let remote = scheduler.remote();
/// let client = std::thread::spawn(move || -> std::io::Result<Vec<usize>> {
///     let mut clients = Vec::new();
///     for _ in 0..4 {
///         let mut client = std::net::TcpStream::connect(address)?;
///         client.write_all(b"a")?;
///         client.read_exact(&mut [0])?;
///         clients.push(client);
///     }
///     let counts = loads.connections();
///     remote.deliver(&cores, "control", ProducerFinished::new()).expect("it runs");
///     Ok(counts)
/// });
/// scheduler.run()?;
/// assert_eq!(client.join().unwrap()?, [2, 2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct Cores {
    number: usize,
    make: Arc<Make>,
    listen: Listen,
    group: Arc<Group>,
    backoff: (Duration, Duration),
    at_most: (usize, Duration),
    bound: Option<Bound>,
}

axon::debug_by_name!(Cores);

/// Makes a server on the thread that it is for.
type Make = dyn Fn(Listen) -> AnyComponent + Send + Sync;

/// Where the clients come from.
enum Bound {
    /// One accepts for all.
    Listener(Watched<Listener>),
    /// Each has a listener. They stay open as long as this does, so that nobody who waits at one is lost while its
    /// scheduler is made anew.
    Listeners(Vec<Listen>, SocketAddr),
}

/// How many connections each scheduler of a [`Cores`] has; to be read at any time and from any thread.
#[derive(Clone)]
pub struct Loads(Arc<Group>);

impl Loads {
    /// The number for each scheduler, in the order of their threads, with the clients that wait there to be taken.
    #[must_use]
    pub fn connections(&self) -> Vec<usize> {
        self.0.loads()
    }
}

impl fmt::Debug for Loads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Loads").field(&self.connections()).finish()
    }
}

impl Cores {
    /// A server on this many schedulers, at a port, an address, or what a [`Listen`] says.
    ///
    /// [`std::thread::available_parallelism`] tells how many the machine has.
    ///
    /// # Panics
    ///
    /// If the number is 0.
    #[track_caller]
    pub fn new<C: IntoComponent>(
        number: usize,
        listen: impl Into<Listen>,
        make: impl Fn(Listen) -> C + Send + Sync + 'static,
    ) -> Self {
        assert!(number > 0, "Cores::new(0, ..): nobody would serve; at least 1");
        Cores {
            number,
            make: Arc::new(move |listen| AnyComponent::new(make(listen))),
            listen: listen.into(),
            group: Group::new(number),
            backoff: BACKOFF,
            at_most: AT_MOST,
            bound: None,
        }
    }

    /// Gives each scheduler a listener of its own, between which the system divides the clients (`SO_REUSEPORT`).
    ///
    /// This saves the hand-over, which pays when very many connections come and go. But the system does not look at how
    /// many connections a scheduler has, and a client waits for the scheduler that it was given to, however busy that is.
    ///
    /// # Panics
    ///
    /// If it listens already.
    #[doc(alias = "SO_REUSEPORT")]
    #[track_caller]
    pub fn reuse_port(mut self) -> Self {
        assert!(self.bound.is_none(), "Cores::reuse_port comes before Cores::bind");
        self.listen = self.listen.reuse_port();
        self
    }

    /// How long to wait before a scheduler that failed is made anew: `first`, then each time twice as long, up to
    /// `longest`; see [`Supervisor::backoff`].
    pub fn backoff(mut self, first: Duration, longest: Duration) -> Self {
        self.backoff = (first, longest);
        self
    }

    /// How often one scheduler may be made anew within a time. With one failure more, the whole server fails. Unless
    /// set, it is made anew however often it fails.
    ///
    /// # Panics
    ///
    /// If the time is zero.
    #[track_caller]
    pub fn at_most(mut self, restarts: usize, within: Duration) -> Self {
        assert!(
            !within.is_zero(),
            "Cores::at_most({restarts}, {within:?}): within no time there are no restarts"
        );
        self.at_most = (restarts, within);
        self
    }

    /// Listens now instead of in the first turn, so that an error is known here and the address too.
    ///
    /// # Errors
    ///
    /// The address, and why it cannot be had.
    pub fn bind(mut self) -> std::result::Result<Self, BindError> {
        self.listen_now()?;
        Ok(self)
    }

    fn listen_now(&mut self) -> std::result::Result<(), BindError> {
        if self.bound.is_some() {
            return Ok(());
        }
        self.bound = Some(if self.listen.reuses_port() {
            let (listeners, address) = self.listen.several(self.number)?;
            Bound::Listeners(listeners, address)
        } else {
            let listener = self.listen.listener()?;
            self.group.listens_at((listener.local_addr(), listener.unix_addr()));
            Bound::Listener(Watched::new(listener))
        });
        Ok(())
    }

    /// Where it listens, once [`Cores::bind`] was called.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        match self.bound.as_ref()? {
            Bound::Listener(listener) => listener.local_addr(),
            Bound::Listeners(_, address) => Some(*address),
        }
    }

    /// The Unix socket at which it listens, once [`Cores::bind`] was called.
    #[must_use]
    pub fn unix_addr(&self) -> Option<UnixAddress> {
        match self.bound.as_ref()? {
            Bound::Listener(listener) => listener.unix_addr(),
            Bound::Listeners(..) => None,
        }
    }

    /// How many connections each scheduler has, to be read at any time and from any thread.
    #[must_use]
    pub fn loads(&self) -> Loads {
        Loads(Arc::clone(&self.group))
    }

    /// What the server of this scheduler is given.
    fn listen_of(&self, core: usize) -> Listen {
        let group = Arc::clone(&self.group);
        match &self.bound {
            Some(Bound::Listeners(listeners, _)) => {
                listeners[core].clone().part(Member { group, part: Part::Listens(core) })
            }
            _ => {
                let mut listen = self.listen.clone();
                listen.let_go();
                listen.part(Member { group, part: Part::Takes(core) })
            }
        }
    }

    /// Starts the threads. Each is a component, which is made again when its scheduler fails.
    fn start_cores(&self, cx: &Context) -> Result<Vec<(ComponentRef, Rc<Start>)>> {
        (0..self.number)
            .map(|core| {
                let listen = RefCell::new(Some(self.listen_of(core)));
                let start = Rc::new(Start { listen, was_made: Cell::new(false) });
                let making = Making {
                    called: format!("{} core {}", cx.name(), core + 1),
                    make: Arc::clone(&self.make),
                    start: Rc::clone(&start),
                };
                let (most, within) = self.at_most;
                let (first, longest) = self.backoff;
                let core = Supervisor::new(move || Core::new(making.clone()));
                let core = cx.add_child(core.at_most(most, within).backoff(first, longest));
                cx.link((&core, OUTBOX), (cx.me(), CORES))?;
                Ok((cx.activate(core), start))
            })
            .collect()
    }

    /// Begins to accept, if one does that for all.
    fn start_to_accept(&mut self, cx: &Context) -> Result<Option<ComponentRef>> {
        let address = self.local_addr().unwrap_or(NO_ADDRESS);
        let unix = self.unix_addr();
        cx.send(OUTBOX, NewServer { caller: cx.me().clone(), address, unix })?;
        let listener = match self.bound.take() {
            Some(Bound::Listener(listener)) => listener,
            listeners => {
                self.bound = listeners;
                return Ok(None);
            }
        };
        let member = Member { group: Arc::clone(&self.group), part: Part::Accepts };
        let acceptor = cx.add_child(TcpServer::new(self.listen.clone().part(member)).at(listener));
        self.listen.let_go();
        cx.link((&acceptor, PROTOCOL_HANDLER_SIGNAL), (cx.me(), SOCKET_ACTIVITY))?;
        Ok(Some(cx.activate(acceptor)))
    }
}

impl Component for Cores {
    fn boxes(&self) -> Boxes {
        Boxes::standard()
            .inbox(CORES, "what the threads say")
            .inbox(SOCKET_ACTIVITY, "what the server that accepts says")
            .outbox(OUTBOX, "where it listens")
            .outbox(SIGNAL, "that it cannot listen; its end")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        if let Err(error) = self.listen_now() {
            log::error!("{}: {error}", cx.name());
            let notice = ServerFailed { caller: cx.me().clone(), error: error.clone() };
            cx.send(SIGNAL, Message::notice(notice))?;
            return Err(error.into());
        }
        let (cores, starts): (Vec<_>, Vec<_>) = self.start_cores(cx)?.into_iter().unzip();
        let acceptor = self.start_to_accept(cx)?;
        let mut patience: Option<Instant> = Some(time_after(cx.now(), PATIENCE));
        let mut told: Option<Message> = None;
        // What the schedulers were told.
        let mut passed_on: Option<Ending> = None;
        while !cores.iter().all(ComponentRef::is_stopped) {
            while let Some(notice) = cx.told_to_end() {
                told = Some(notice);
            }
            while cx.recv(SOCKET_ACTIVITY).is_some() {}
            while let Some(news) = cx.recv(CORES) {
                if let Ok(News::Unmade(error)) = news.take::<News>() {
                    return Err(error.into());
                }
            }
            if told.is_none() && cores.iter().any(ComponentRef::is_stopped) {
                log::info!("{}: the server of one core has ended; so do the others", cx.name());
                told = Some(Message::new(ProducerFinished::new()));
            }
            let ending = told.as_ref().and_then(Message::ending);
            match (ending, &acceptor) {
                (Some(Ending::ShutdownMicroprocess), Some(acceptor)) => {
                    tell(cx, acceptor, Message::notice(ServerShutdown));
                }
                (Some(_), Some(acceptor)) if passed_on.is_none() => {
                    tell(cx, acceptor, Message::new(ProducerFinished::new()));
                }
                _ => {}
            }
            // From now on the listeners are the servers' only, which close them when they have let in those who wait.
            if ending.is_some() && starts.iter().all(|start| start.was_made.get()) {
                self.bound = None;
                starts.iter().for_each(|start| drop(start.listen.take()));
            }
            let is_closed = acceptor.as_ref().is_none_or(ComponentRef::is_stopped);
            if ending.is_some() && ending != passed_on && is_closed {
                passed_on = ending;
                for core in &cores {
                    let notice = told.as_mut().map(Message::duplicate);
                    notice.into_iter().for_each(|notice| tell(cx, core, notice));
                }
            }
            if patience.take_if(|time| *time <= cx.now()).is_some() && self.group.begin() == 0 {
                log::warn!(
                    "{}: no server takes its clients; what the function is given goes to a server in place of an \
                     address, for example `|listen| SimpleServer::new(EchoProtocol::new, listen)`",
                    cx.name()
                );
            }
            match patience {
                Some(time) => cx.pause_until(time).await,
                None => cx.pause().await,
            }
        }
        let told = told.unwrap_or_else(|| Message::new(ProducerFinished::new()));
        let _ = cx.send_when_room(SIGNAL, told).await;
        Ok(())
    }
}
