//! A connection to a server: what arrives at `inbox` is sent to the server, and what the server sends comes
//! out of `outbox`.
//!
//! Ported from `Kamaelia.Internet.TCPClient`.
//!
//! *Differs from Kamaelia:* it sleeps during the delay and while it connects, instead of polling; it tries
//! IPv6 and IPv4; looking up a name blocks nobody; a failure is reported with its reason, in one message
//! instead of three; there is a message when it is connected; and everything that it received before
//! `producerFinished`, or before the server closed, is sent, even if the connection did not exist yet.

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use axon::{
    Boxes, CONTROL, Component, Context, Ending, INBOX, LogLimit, Message, OUTBOX, SIGNAL, error::LinkError,
    time_after,
};
use mio::net::TcpStream;

use crate::connect::{Race, Standing};
use crate::csa::boxes::{CREATOR_FEEDBACK, MAKE_SSL, SELECTOR_SIGNAL, SSL_READY};
use crate::csa::{ConnectedSocketAdapter, CsaOptions, OwnEnd, PeerEnd};
use crate::descriptor::Watched;
use crate::error::ConnectError;
use crate::ipc::{Connection, HowDied, NewWriter, PeerFinished, RemoveWriter, Security, SocketShutdown};
use crate::limit::Limit;
use crate::listener::NO_ADDRESS;
use crate::outcome::note_failure;
use crate::resolve::Lookup;
use crate::selector::{Selector, SelectorServices};
use crate::socket::shown;
use crate::unix::{self, UnixAddress, UnixPeer};

mod last_word;
mod settings;

#[cfg(feature = "rustls")]
mod secured;

use last_word::last_word;

/// How long one waits before it tries again to connect to a Unix socket at which too many wait.
const CROWDED: Duration = Duration::from_millis(20);

/// The inbox for news of the connection.
const FEEDBACK: &str = "_socketFeedback";

/// The outbox that says when the connection exists.
pub(crate) const CONNECTED: &str = "connected";

/// How long connecting may take, by default.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(60);

/// Connects to a server, and then acts as the connection.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | what to send: bytes or text, also before the connection exists |
/// | `control` | endings, see below |
/// | `makessl` | a request for TLS on the open connection: passed on to the [`ConnectedSocketAdapter`] |
/// | `_socketFeedback` | news of the connection |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | what the server sends: `Vec<u8>` |
/// | `signal` | one ending, see below |
/// | `connected` | a [`Connection`] with both addresses, when the connection exists, before any data |
/// | `sslready` | the answer to `makessl` |
/// | `_selectorSignal` | requests to the Selector while it connects |
///
/// # Shutdown
///
/// Once connected, `inbox` and `control` are those of a [`ConnectedSocketAdapter`], and its rules apply:
/// `producerFinished` sends what is queued and then closes, `shutdownMicroprocess` closes immediately. With
/// [`TcpClient::wait_for_serverclose`] the client goes on receiving after `producerFinished` until the server
/// closes.
///
/// When the server closes, or will send no more, the client sends what is queued and ends, as in Kamaelia:
/// `pipeline![TcpClient::new(host, port), ConsoleEchoer::new()]` ends with the server. A client that is
/// [`half_open`](TcpClient::half_open) goes on sending until it receives `producerFinished`.
///
/// Before it is connected, `shutdownMicroprocess` ends it. `producerFinished` ends it if nothing waits to be
/// sent, and otherwise takes effect when everything has been sent.
///
/// Exactly one message comes out of `signal`. Usually it is [`SocketShutdown`] at the end, with the reason. It
/// is `shutdownMicroprocess` if the client was told that. It is [`PeerFinished`] if the client is half open
/// and the server ends its data first. [`SocketShutdown`] and [`PeerFinished`] count as `producerFinished`.
///
/// If the connection cannot be made, the reason is [`HowDied::NotConnected`], with every address that was tried
/// and its error. This is also logged as a warning, and does not end the run.
///
/// If a connection breaks while something that was sent has not arrived, this is logged as a warning, with how much
/// it is.
///
/// A message that is neither bytes nor text is a mistake in the program: the client fails, and with it the run,
/// unless it is supervised. [`CsaOptions::bad_data`] can have such messages left out instead.
///
/// A client is one connection. `docs/reconnecting.md` shows how to make another when it has ended, and what to
/// send again.
///
/// # Examples
///
/// ```
/// use axon::{Component, Context, Scheduler};
/// use kamaelia_net::{HowDied, SocketShutdown, TcpClient};
///
/// struct Hopeful { port: u16 }
///
/// impl Component for Hopeful {
///     async fn main(&mut self, cx: &Context) -> axon::Result {
///         let client = cx.activate(TcpClient::new("127.0.0.1", self.port));
///         cx.link((&client, "signal"), (cx.me(), "control"))?;
///         while cx.data_ready("control") == 0 {
///             cx.pause().await;
///         }
///         let last = cx.recv("control").expect("looked for").take::<SocketShutdown>();
///         let HowDied::NotConnected(error) = last.expect("one ending").how_died else { panic!() };
///         assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
///         Ok(())
///     }
/// }
///
/// let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();  // closed again
/// axon::run(Hopeful { port })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "TCPClient")]
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct TcpClient {
    host: String,
    port: u16,
    /// In place of the two before.
    unix: Option<UnixAddress>,
    delay: Duration,
    connect_timeout: Duration,
    options: CsaOptions,
    /// The ends that were set by methods of the client. They override the options, whatever the order of calls.
    own_end: Option<OwnEnd>,
    peer_end: Option<PeerEnd>,
    /// The request for TLS that the connection gets first.
    tls: Option<Message>,
    /// A `producerFinished` that arrived before the connection existed, and takes effect later.
    finish: Option<Message>,
}

/// Why there is no connection.
enum Ended {
    /// The client was told to end, by this message.
    Told(Message),
    Failed(ConnectError),
    Unlinked(LinkError),
}

impl TcpClient {
    fn target(&self) -> String {
        if let Some(unix) = &self.unix {
            unix.to_string()
        } else if self.host.contains(':') && !self.host.starts_with('[') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// Reads `control` while there is no connection.
    fn heed_control(&mut self, cx: &Context) -> Result<(), Ended> {
        while let Some(notice) = cx.told_to_end() {
            let waits = cx.data_ready(INBOX) > 0 || self.options.own_end == OwnEnd::Deliver;
            if notice.ending() == Some(Ending::ProducerFinished) && waits {
                self.finish = Some(notice);
            } else {
                return Err(Ended::Told(notice));
            }
        }
        Ok(())
    }

    async fn wait(&mut self, cx: &Context) -> Result<(), Ended> {
        let end = time_after(cx.now(), self.delay);
        loop {
            self.heed_control(cx)?;
            if end <= cx.now() {
                return Ok(());
            }
            cx.pause_until(end).await;
        }
    }

    async fn connect(&mut self, cx: &Context) -> Result<Watched<TcpStream>, Ended> {
        if !self.delay.is_zero() {
            self.wait(cx).await?;
        }
        let mut limit = Limit::new(cx.now(), self.connect_timeout);
        let timed_out = |client: &Self| {
            Ended::Failed(ConnectError::TimedOut { target: client.target(), limit: client.connect_timeout })
        };
        if let Some(address) = self.unix.clone() {
            return loop {
                self.heed_control(cx)?;
                match unix::connect(&address) {
                    Ok(stream) => break Ok(Watched::new(stream)),
                    Err(error) if error.kind() != io::ErrorKind::WouldBlock => {
                        let (target, source) = (self.target(), Arc::new(error));
                        break Err(Ended::Failed(ConnectError::Unix { target, source }));
                    }
                    Err(_) if limit.is_over(cx.now()) => break Err(timed_out(self)),
                    // Too many wait to be accepted, and nothing tells when that changes.
                    Err(_) => cx.pause_for(CROWDED).await,
                }
            };
        }
        let lookup = Lookup::start(&self.host, self.port, cx.waker());
        let addresses = loop {
            self.heed_control(cx)?;
            match lookup.answer() {
                Some(Ok(addresses)) => break addresses,
                Some(Err(error)) => return Err(self.not_found(error)),
                None if limit.is_over(cx.now()) => return Err(timed_out(self)),
                None => cx.pause_until(limit.end()).await,
            }
        };
        // Only now: a Selector that has nothing to watch would have ended by the time it is needed.
        let selector = self.selector(cx).map_err(Ended::Failed)?;
        selector.link(cx, (cx.me(), SELECTOR_SIGNAL)).map_err(Ended::Unlinked)?;
        let mut race = Race::new(addresses);
        loop {
            self.heed_control(cx)?;
            while cx.recv(FEEDBACK).is_some() {}
            let now = cx.now();
            match race.step(now) {
                Standing::Won(stream) => {
                    // From now on the connection's component makes its own requests.
                    let _ = cx.send(SELECTOR_SIGNAL, RemoveWriter { descriptor: stream.descriptor() });
                    return Ok(stream);
                }
                Standing::Lost(attempts) => {
                    return Err(Ended::Failed(ConnectError::Failed { target: self.target(), attempts }));
                }
                Standing::Running { .. } if limit.is_over(now) => return Err(timed_out(self)),
                Standing::Running { begun, until } => {
                    for stream in begun {
                        let request = NewWriter::new(cx.me(), FEEDBACK, stream.descriptor());
                        let _ = cx.send(SELECTOR_SIGNAL, request);
                    }
                    cx.pause_until(until.map_or(limit.end(), |until| until.min(limit.end()))).await;
                }
            }
        }
    }

    /// Logs that the connection could not be made, and returns the last message.
    fn not_connected(&self, cx: &Context, error: ConnectError) -> Message {
        note_failure(cx);
        if let Some(more) = LogLimit::admit_for_all(cx, "connections that were not made") {
            log::warn!("{}: {error}{more}", cx.name());
        }
        let (caller, how_died) = (cx.me().clone(), HowDied::NotConnected(error));
        Message::notice(SocketShutdown { caller, how_died, unsent: 0, unacknowledged: 0 })
    }

    /// The scheduler's Selector. If none can be made, there can be no connection.
    fn selector(&self, cx: &Context) -> Result<SelectorServices, ConnectError> {
        Selector::services(cx).map_err(|error| {
            let source = error.downcast::<io::Error>().map_or_else(io::Error::other, |error| *error);
            ConnectError::NoSelector { target: self.target(), source: Arc::new(source) }
        })
    }

    fn not_found(&self, error: io::Error) -> Ended {
        Ended::Failed(ConnectError::Name { host: self.host.clone(), source: Arc::new(error) })
    }

    /// Runs the connection until it ends. Returns the last message, if it has not been sent.
    async fn converse(&mut self, cx: &Context, stream: Watched<TcpStream>) -> axon::Result<Option<Message>> {
        let taken = match self.unix {
            Some(_) => self.options.socket.apply_to_unix(&stream),
            None => self.options.socket.apply(&stream),
        };
        if let Err(error) = taken
            && let Some(more) = LogLimit::admit_for_all(cx, "options that were not taken")
        {
            log::warn!("{}: an option of the socket was not taken: {error}{more}", cx.name());
        }
        let selector = match self.selector(cx) {
            Ok(selector) => selector,
            Err(error) => return Ok(Some(self.not_connected(cx, error))),
        };
        let address = |address: io::Result<SocketAddr>| address.map(shown);
        let ends = (address(stream.peer_addr()), address(stream.local_addr()));
        let at_the_other_end = self.unix.is_some().then(|| UnixPeer::of(&stream));
        let mut options = self.options.clone();
        options.host = Some(self.host.as_str().into());
        let csa = cx.add_child(ConnectedSocketAdapter::new(stream, Rc::new(options)));
        let mut security = Security::Plain;
        if let Some(tls) = self.tls.take() {
            security = Security::Tls;
            cx.deliver_to(&csa, MAKE_SSL, tls)?;
        }
        selector.link(cx, (&csa, SELECTOR_SIGNAL))?;
        cx.link((&csa, CREATOR_FEEDBACK), (cx.me(), FEEDBACK))?;
        cx.pass_through_outbox((&csa, OUTBOX), (cx.me(), OUTBOX))?;
        cx.pass_through_outbox((&csa, SSL_READY), (cx.me(), SSL_READY))?;
        cx.pass_through_inbox((cx.me(), INBOX), (&csa, INBOX))?;
        cx.pass_through_inbox((cx.me(), MAKE_SSL), (&csa, MAKE_SSL))?;
        cx.pass_through_inbox((cx.me(), CONTROL), (&csa, CONTROL))?;
        if let Some(finish) = self.finish.take() {
            cx.deliver_to(&csa, CONTROL, finish)?;
        }
        // An IP socket without addresses has been reset already.
        let ends = match ends {
            (Ok(peer), Ok(local)) => Some((peer, local)),
            _ => at_the_other_end.is_some().then_some((NO_ADDRESS, NO_ADDRESS)),
        };
        if let Some((peer, local)) = ends {
            let id = Some(csa.id());
            // Who has no room for this knows of a connection before.
            let _ = cx.send(CONNECTED, Connection { peer, local, unix: at_the_other_end, security, id });
        }
        cx.activate(&csa);
        let mut told = false;
        loop {
            while let Some(news) = cx.recv(FEEDBACK) {
                match news.take::<SocketShutdown>() {
                    Ok(shutdown) => {
                        let end = (!told).then(|| last_word(cx, shutdown));
                        cx.remove_child(&csa);
                        return Ok(end);
                    }
                    Err(news) if news.is::<PeerFinished>() && !told => {
                        told = true;
                        let notice = Message::notice(PeerFinished { caller: cx.me().clone() });
                        if cx.send_when_room(SIGNAL, notice).await.is_err() {
                            log::debug!("{}: nobody had room for the end of input", cx.name());
                        }
                    }
                    Err(_) => {}
                }
            }
            if csa.is_stopped() {
                let died = SocketShutdown {
                    caller: csa.clone(),
                    how_died: HowDied::Stopped,
                    unsent: 0,
                    unacknowledged: 0,
                };
                return Ok((!told).then(|| last_word(cx, died)));
            }
            cx.pause().await;
        }
    }
}

impl Component for TcpClient {
    fn boxes(&self) -> Boxes {
        let boxes = Boxes::standard()
            .inbox(INBOX, "what to send: bytes or text")
            .inbox(CONTROL, "endings")
            .inbox(MAKE_SSL, "asks for TLS")
            .inbox(FEEDBACK, "news of the connection")
            .outbox(OUTBOX, "what the server sends: bytes")
            .outbox(SIGNAL, "one ending")
            .outbox(CONNECTED, "that the connection exists")
            .outbox(SSL_READY, "the answer to makessl")
            .outbox(SELECTOR_SIGNAL, "requests to the Selector");
        match self.options.inbox_size {
            Some(size) => boxes.inbox_size(INBOX, size),
            None => boxes,
        }
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        self.settle_the_ends();
        let last = match self.connect(cx).await {
            Ok(stream) => self.converse(cx, stream).await?,
            Err(Ended::Told(notice)) => Some(notice),
            Err(Ended::Failed(error)) => Some(self.not_connected(cx, error)),
            Err(Ended::Unlinked(error)) => return Err(error.into()),
        };
        if let Some(last) = last {
            // This fails only if the client is told to stop, or if the receiver has ended: then nobody needs the
            // message any more.
            let _ = cx.send_when_room(SIGNAL, last).await;
        }
        Ok(())
    }
}
