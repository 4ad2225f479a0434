//! UDP: one that sends, and one that receives.
//!
//! Ported from `UDPSender` and `UDPReceiver` of `Kamaelia.Internet.UDP_ng`.

use std::net::SocketAddr;

use axon::{Boxes, Component, Context, Result};

use super::datagram::Target;
use super::feedback::UdpCounts;
use super::options::UdpOptions;
use super::peer::{Input, Peer, To};
use super::settings::settings;
use crate::error::BindError;

/// Sends datagrams to one peer, from any free port.
///
/// Everything that comes to `inbox` is a datagram; while the system's send buffer is full, it waits, and so
/// do the senders to `inbox`. What the peer sends is discarded.
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
/// | `outbox` | not used |
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
/// use kamaelia_net::UdpSender;
///
/// let peer = std::net::UdpSocket::bind("127.0.0.1:0")?;
/// axon::run(pipeline![DataSource::new(["hello", ""]), UdpSender::new(peer.local_addr()?)])?;
/// let mut buffer = [0; 100];
/// assert_eq!((peer.recv(&mut buffer)?, peer.recv(&mut buffer)?), (5, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "UDPSender")]
#[must_use = "a component does nothing until it is activated"]
pub struct UdpSender(Peer);

axon::debug_by_name!(UdpSender);

impl UdpSender {
    /// A sender to `peer`: an address, or a name and port.
    pub fn new(peer: impl Into<Target>) -> Self {
        UdpSender(Peer::new(None, To::One(peer.into()), Input::Discarded))
    }

    /// Sends from this address.
    pub fn local(mut self, address: SocketAddr) -> Self {
        self.0.local = Some(address);
        self
    }
}

settings!(UdpSender);

impl Component for UdpSender {
    fn boxes(&self) -> Boxes {
        self.0.datagram_boxes("what to send: bytes or text", "not used")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        self.0.run(cx).await
    }
}

/// Receives datagrams at an address.
///
/// While the receiver of `outbox` has no room, nothing is read. The system's buffer then fills, and drops what
/// does not fit; how much it dropped is reported on `feedback` and counted ([`UdpReceiver::counts`], on Linux).
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | not used |
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
/// `producerFinished` and `shutdownMicroprocess`: passes it on and ends. If the socket cannot be bound, the
/// component sends [`UdpFailed`](super::UdpFailed) to `signal` and fails with the [`BindError`].
///
/// # Examples
///
/// ```
/// use axon::{Component, Context};
/// use kamaelia_net::{Datagram, UdpReceiver};
///
/// # struct Listening;
/// # impl Component for Listening {
/// #     async fn main(&mut self, cx: &Context) -> axon::Result {
/// let receiver = UdpReceiver::new("127.0.0.1:0".parse()?).bind()?;
/// let address = receiver.local_addr().expect("bound");
/// let receiver = cx.activate(receiver);
/// cx.link((&receiver, "outbox"), (cx.me(), "inbox"))?;
/// std::net::UdpSocket::bind("127.0.0.1:0")?.send_to(b"hello", address)?;
/// assert_eq!(cx.next::<Datagram>("inbox").await?.data, b"hello");
/// cx.deliver_to(&receiver, "control", axon::ProducerFinished::new())?;
/// #         Ok(())
/// #     }
/// # }
/// # axon::run(Listening)?;
/// # Ok::<(), axon::RunError>(())
/// ```
#[doc(alias = "UDPReceiver")]
#[must_use = "a component does nothing until it is activated"]
pub struct UdpReceiver(Peer);

axon::debug_by_name!(UdpReceiver);

impl UdpReceiver {
    /// A component that is bound to `local`. Port 0 takes any free port.
    pub fn new(local: SocketAddr) -> Self {
        UdpReceiver(Peer::new(Some(local), To::Nobody, Input::Delivered))
    }
}

settings!(UdpReceiver);

impl Component for UdpReceiver {
    fn boxes(&self) -> Boxes {
        self.0.datagram_boxes("not used", "what arrived")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        self.0.run(cx).await
    }
}
