//! UDP: peers that send and receive.
//!
//! Ported from `SimplePeer`, `TargettedPeer` and `PostboxPeer` of `Kamaelia.Internet.UDP` and `UDP_ng`.

use std::net::SocketAddr;

use axon::{Boxes, CONTROL, Component, Context, INBOX, OUTBOX, Result, SIGNAL};

use super::boxes::{FEEDBACK, READ_READY, SELECTOR_SIGNAL, TARGET, WRITE_READY};
use super::datagram::Target;
use super::feedback::UdpCounts;
use super::options::UdpOptions;
use super::peer::{Input, Peer, To};
use super::settings::settings;
use crate::error::BindError;

/// Receives datagrams at an address, and sends to one peer.
///
/// It receives from everybody. What comes to `inbox` is sent to the peer, a datagram for each message; while the
/// system's send buffer is full, it waits, and so do the senders to `inbox`.
///
/// While the receiver of `outbox` has no room, nothing is read. The system's buffer then fills, and drops what
/// does not fit; how much it dropped is reported on `feedback` and counted ([`SimplePeer::counts`], on Linux).
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | what to send: bytes or text |
/// | `control` | endings, see below |
/// | `readReady` | from the Selector: there is something to read |
/// | `writeReady` | from the Selector: there is room to write |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | a [`Datagram`](super::Datagram) for each that arrived |
/// | `signal` | control messages; at the end, the ending that it received |
/// | `feedback` | [`UdpFeedback`](super::UdpFeedback): the bound address, and datagrams that were not sent or did not arrive |
/// | `_selectorSignal` | requests to the Selector |
///
/// # Shutdown
///
/// `producerFinished`: sends what waits in `inbox`, then ends. `shutdownMicroprocess`: ends immediately. Both are
/// passed on. If the socket cannot be bound, the component sends [`UdpFailed`](super::UdpFailed) to `signal` and
/// fails with the [`BindError`].
///
/// # Examples
///
/// ```
/// use axon::prelude::*;
/// use kamaelia_net::{Datagram, SimplePeer};
///
/// let peer = std::net::UdpSocket::bind("127.0.0.1:0")?;
/// let simple = SimplePeer::new("127.0.0.1:0".parse()?, peer.local_addr()?).bind()?;
/// peer.send_to(b"hello", simple.local_addr().expect("bound"))?;
///
/// struct Once;
/// impl Component for Once {
///     async fn main(&mut self, cx: &Context) -> axon::Result {
///         let hello = cx.next::<Datagram>("inbox").await?;
///         assert_eq!(hello.data, b"hello");
///         cx.send("outbox", "good bye")?;
///         cx.send("signal", ProducerFinished::new())?;
///         Ok(())
///     }
/// }
/// axon::run(pipeline![simple, Once].circular())?;
/// let mut answer = [0; 100];
/// let length = peer.recv(&mut answer)?;
/// assert_eq!(&answer[..length], b"good bye");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct SimplePeer(Peer);

axon::debug_by_name!(SimplePeer);

impl SimplePeer {
    /// A peer that is bound to `local` and sends to `peer`: an address, or a name and port. Port 0 of `local` takes
    /// any free port.
    pub fn new(local: SocketAddr, peer: impl Into<Target>) -> Self {
        SimplePeer(Peer::new(Some(local), To::One(peer.into()), Input::Delivered))
    }
}

settings!(SimplePeer);

impl Component for SimplePeer {
    fn boxes(&self) -> Boxes {
        self.0.datagram_boxes("what to send: bytes or text", "what arrived")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        self.0.run(cx).await
    }
}

/// Receives datagrams at an address, and sends to a peer that can be changed.
///
/// What comes to `inbox` is sent to the target that came last, and waits until there is one. Otherwise it does
/// what a [`SimplePeer`] does.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | what to send: bytes or text |
/// | `control` | endings, see below |
/// | `target` | where to send to from now on: a [`Target`], a `SocketAddr`, or a host and a port as a pair |
/// | `readReady` | from the Selector: there is something to read |
/// | `writeReady` | from the Selector: there is room to write |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | a [`Datagram`](super::Datagram) for each that arrived |
/// | `signal` | control messages; at the end, the ending that it received |
/// | `feedback` | [`UdpFeedback`](super::UdpFeedback): the bound address, and datagrams that were not sent or did not arrive |
/// | `_selectorSignal` | requests to the Selector |
///
/// # Shutdown
///
/// `producerFinished`: sends what waits in `inbox`, then ends. `shutdownMicroprocess`: ends immediately. Both are
/// passed on. If the socket cannot be bound, the component sends [`UdpFailed`](super::UdpFailed) to `signal` and
/// fails with the [`BindError`].
///
/// # Examples
///
/// ```
/// use axon::prelude::*;
/// use kamaelia_net::TargettedPeer;
///
/// let peer = std::net::UdpSocket::bind("127.0.0.1:0")?;
/// axon::run(graphline! {
///     components: {
///         source: DataSource::new(["hello"]),
///         select: OneShot::new(peer.local_addr()?),
///         udp: TargettedPeer::new("127.0.0.1:0".parse()?),
///     },
///     linkages: {
///         source.outbox => udp.inbox,
///         source.signal => udp.control,
///         select.outbox => udp.target,
///     }
/// })?;
/// let mut buffer = [0; 100];
/// assert_eq!(peer.recv(&mut buffer)?, 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct TargettedPeer(Peer);

axon::debug_by_name!(TargettedPeer);

impl TargettedPeer {
    /// A peer that is bound to `local` and sends once it has a target. Port 0 takes any free port.
    pub fn new(local: SocketAddr) -> Self {
        TargettedPeer(Peer::new(Some(local), To::Last(None), Input::Delivered))
    }

    /// The target until another arrives at `target`.
    pub fn target(mut self, target: impl Into<Target>) -> Self {
        self.0.to = To::Last(Some(target.into()));
        self
    }
}

settings!(TargettedPeer);

impl Component for TargettedPeer {
    fn boxes(&self) -> Boxes {
        self.0.limited(
            Boxes::standard()
                .inbox(INBOX, "what to send: bytes or text")
                .inbox(CONTROL, "endings")
                .inbox(TARGET, "where to send to from now on")
                .inbox(READ_READY, "the Selector: there is something to read")
                .inbox(WRITE_READY, "the Selector: there is room to write")
                .outbox(OUTBOX, "what arrived")
                .outbox(SIGNAL, "control messages")
                .outbox(FEEDBACK, "news beside datagrams")
                .outbox(SELECTOR_SIGNAL, "requests to the Selector"),
        )
    }

    async fn main(&mut self, cx: &Context) -> Result {
        self.0.run(cx).await
    }
}

/// Receives datagrams at an address, and sends each to the peer that it names.
///
/// Messages are sent in their order: while the name of one is looked up, those behind it wait. Otherwise it does
/// what a [`SimplePeer`] does.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | what to send and to whom: a [`DatagramTo`](super::DatagramTo) |
/// | `control` | endings, see below |
/// | `readReady` | from the Selector: there is something to read |
/// | `writeReady` | from the Selector: there is room to write |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | a [`Datagram`](super::Datagram) for each that arrived |
/// | `signal` | control messages; at the end, the ending that it received |
/// | `feedback` | [`UdpFeedback`](super::UdpFeedback): the bound address, and datagrams that were not sent or did not arrive |
/// | `_selectorSignal` | requests to the Selector |
///
/// # Shutdown
///
/// `producerFinished`: sends what waits in `inbox`, then ends. `shutdownMicroprocess`: ends immediately. Both are
/// passed on. If the socket cannot be bound, the component sends [`UdpFailed`](super::UdpFailed) to `signal` and
/// fails with the [`BindError`].
///
/// # Examples
///
/// An echo server:
///
/// ```
/// use axon::prelude::*;
/// use kamaelia_net::{Datagram, PostboxPeer};
///
/// let postbox = PostboxPeer::new("127.0.0.1:0".parse()?).bind()?;
/// let address = postbox.local_addr().expect("bound");
/// let echo = pipeline![
///     PureTransformer::map(|datagram: Datagram| datagram.answer(datagram.data.clone())),
///     postbox,
/// ]
/// .circular();
/// let mut scheduler = Scheduler::new();
/// scheduler.activate(echo);
/// let stopper = scheduler.stopper();
/// let client = std::thread::spawn(move || -> std::io::Result<usize> {
///     let client = std::net::UdpSocket::bind("127.0.0.1:0")?;
///     client.send_to(b"hello", address)?;
///     let length = client.recv(&mut [0; 100])?;
///     let _ = stopper.stop();
///     Ok(length)
/// });
/// scheduler.run()?;
/// assert_eq!(client.join().expect("no panic")?, 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct PostboxPeer(Peer);

axon::debug_by_name!(PostboxPeer);

impl PostboxPeer {
    /// A component that is bound to `local`. Port 0 takes any free port.
    pub fn new(local: SocketAddr) -> Self {
        PostboxPeer(Peer::new(Some(local), To::Each, Input::Delivered))
    }
}

settings!(PostboxPeer);

impl Component for PostboxPeer {
    fn boxes(&self) -> Boxes {
        self.0.datagram_boxes("what to send and to whom", "what arrived")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        self.0.run(cx).await
    }
}
