//! Multicast: sending to a group, and receiving what is sent to it.
//!
//! Ported from `Kamaelia.Internet.Multicast_sender`, `Multicast_receiver` and `Multicast_transceiver`.

use std::net::SocketAddr;

use axon::{Boxes, Component, Context, Result};

use super::datagram::Target;
use super::feedback::UdpCounts;
use super::group::{Group, Interface};
use super::options::UdpOptions;
use super::peer::{Input, Peer, To};
use super::settings::settings;
use crate::error::BindError;

/// The default reach of datagrams, in routers, as in Kamaelia.
const TTL_OF_A_SENDER: u8 = 10;
const TTL_OF_A_TRANSCEIVER: u8 = 255;

macro_rules! group_settings {
    ($name:ident) => {
        impl $name {
            /// Which of the machine's interfaces to use for the group. By default the system chooses.
            pub fn interface(mut self, interface: Interface) -> Self {
                self.group().interface = interface;
                self
            }

            fn group(&mut self) -> &mut Group {
                self.0.group.as_mut().expect("made with a group")
            }
        }
    };
}

macro_rules! sending_settings {
    ($name:ident) => {
        impl $name {
            /// How many routers datagrams may pass; 0 keeps them on this machine, 1 in this network.
            #[doc(alias = "IP_MULTICAST_TTL")]
            pub fn ttl(mut self, hops: u8) -> Self {
                self.group().ttl = Some(hops);
                self
            }

            /// Members of the group on this machine do not get what this one sends.
            #[doc(alias = "IP_MULTICAST_LOOP")]
            pub fn without_loop(mut self) -> Self {
                self.group().loops = false;
                self
            }
        }
    };
}

/// Sends datagrams to a multicast group.
///
/// It need not be a member of the group. Datagrams go over at most ten routers, unless
/// [`MulticastSender::ttl`] says otherwise.
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
/// use axon::{Component, Context};
/// use kamaelia_net::{Datagram, Interface, MulticastReceiver, MulticastSender};
///
/// # struct Both;
/// # impl Component for Both {
/// #     async fn main(&mut self, cx: &Context) -> axon::Result {
/// let here = Interface::Address([127, 0, 0, 1].into());
/// let receiver = MulticastReceiver::new("239.1.2.3:0".parse()?).interface(here).bind()?;
/// let group = receiver.local_addr().expect("bound");
/// let sender = MulticastSender::new("127.0.0.1:0".parse()?, group).interface(here).ttl(0);
/// let (receiver, sender) = (cx.activate(receiver), cx.activate(sender));
/// cx.link((&receiver, "outbox"), (cx.me(), "inbox"))?;
/// cx.deliver_to(&sender, "inbox", "hello")?;
/// assert_eq!(cx.next::<Datagram>("inbox").await?.data, b"hello");
/// for component in [receiver, sender] {
///     cx.deliver_to(&component, "control", axon::ProducerFinished::new())?;
/// }
/// #         Ok(())
/// #     }
/// # }
/// # axon::run(Both)?;
/// # Ok::<(), axon::RunError>(())
/// ```
#[doc(alias = "Multicast_sender")]
#[must_use = "a component does nothing until it is activated"]
pub struct MulticastSender(Peer);

axon::debug_by_name!(MulticastSender);

impl MulticastSender {
    /// A sender that is bound to `local` and sends to `group`.
    pub fn new(local: SocketAddr, group: SocketAddr) -> Self {
        let mut peer = Peer::new(Some(local), To::One(Target::Address(group)), Input::Discarded);
        let ttl = Some(TTL_OF_A_SENDER);
        peer.group = Some(Group { joins: false, ttl, ..Group::joined(group.ip()) });
        MulticastSender(peer)
    }
}

settings!(MulticastSender);
group_settings!(MulticastSender);
sending_settings!(MulticastSender);

impl Component for MulticastSender {
    fn boxes(&self) -> Boxes {
        self.0.datagram_boxes("what to send: bytes or text", "not used")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        self.0.run(cx).await
    }
}

/// Receives what is sent to a multicast group.
///
/// Several programs of a machine can receive from the same group and port. A slow receiver loses datagrams as
/// that of a [`UdpReceiver`](super::UdpReceiver) does.
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
/// See [`MulticastSender`].
///
/// ```
/// use kamaelia_net::MulticastReceiver;
///
/// let error = MulticastReceiver::new("127.0.0.1:0".parse()?).bind().expect_err("no group");
/// assert!(error.to_string().contains("127.0.0.1 is no multicast group"));
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[doc(alias = "Multicast_receiver")]
#[must_use = "a component does nothing until it is activated"]
pub struct MulticastReceiver(Peer);

axon::debug_by_name!(MulticastReceiver);

impl MulticastReceiver {
    /// A receiver that joins `group` and receives what is sent to its port.
    pub fn new(group: SocketAddr) -> Self {
        let mut peer = Peer::new(Some(group), To::Nobody, Input::Delivered);
        peer.group = Some(Group::joined(group.ip()));
        peer.options = UdpOptions::new().reuse_address();
        MulticastReceiver(peer)
    }
}

settings!(MulticastReceiver);
group_settings!(MulticastReceiver);

impl Component for MulticastReceiver {
    fn boxes(&self) -> Boxes {
        self.0.datagram_boxes("not used", "what arrived")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        self.0.run(cx).await
    }
}

/// Sends to a multicast group, and receives what is sent to it.
///
/// It gets what it sends itself too, as do all members on this machine, unless it is
/// [without loop](MulticastTransceiver::without_loop). Several programs of a machine can be bound to the same
/// address.
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
/// ```no_run
/// use axon::prelude::*;
/// use kamaelia_net::{Datagram, MulticastTransceiver};
///
/// // What is typed goes to the group, and what comes from the group is shown.
/// axon::run(pipeline![
///     ConsoleReader::new(),
///     MulticastTransceiver::new("0.0.0.0:1600".parse()?, "224.168.2.9:1600".parse()?),
///     PureTransformer::map(|datagram: Datagram| datagram.data),
///     ConsoleEchoer::new(),
/// ])?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "Multicast_transceiver")]
#[must_use = "a component does nothing until it is activated"]
pub struct MulticastTransceiver(Peer);

axon::debug_by_name!(MulticastTransceiver);

impl MulticastTransceiver {
    /// A transceiver that is bound to `local`, joins `group`, and sends to the group's port.
    pub fn new(local: SocketAddr, group: SocketAddr) -> Self {
        let mut peer = Peer::new(Some(local), To::One(Target::Address(group)), Input::Delivered);
        peer.group = Some(Group { ttl: Some(TTL_OF_A_TRANSCEIVER), ..Group::joined(group.ip()) });
        peer.options = UdpOptions::new().reuse_address();
        MulticastTransceiver(peer)
    }
}

settings!(MulticastTransceiver);
group_settings!(MulticastTransceiver);
sending_settings!(MulticastTransceiver);

impl Component for MulticastTransceiver {
    fn boxes(&self) -> Boxes {
        self.0.datagram_boxes("what to send: bytes or text", "what arrived")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        self.0.run(cx).await
    }
}
