//! Datagrams as components: UDP and multicast.
//!
//! Ported from `Kamaelia.Internet.UDP`, `UDP_ng`, `Multicast_sender`, `Multicast_receiver` and
//! `Multicast_transceiver`.
//!
//! *Differs from Kamaelia:* a datagram that arrived is a [`Datagram`], with `data` and `from`, in all of them
//! (there a pair, in one order from UDP and in the other from multicast). Both endings end all of them, after
//! what waits was sent. Datagrams of any size arrive, empty ones too (there they are cut after 1024 bytes, and
//! an empty one ends the reading). What was not sent, did not arrive or was lost is told and counted. IPv6 as
//! well as IPv4, and names are looked up without holding up anybody.

mod datagram;
mod feedback;
mod group;
mod multicast;
mod one_way;
mod options;
mod peer;
mod peers;
mod sending;
mod settings;
mod wire;

pub use datagram::{Datagram, DatagramTo, NoTargetError, Target};
pub use feedback::{UdpCounts, UdpFailed, UdpFeedback};
pub use group::Interface;
pub use multicast::{MulticastReceiver, MulticastSender, MulticastTransceiver};
pub use one_way::{UdpReceiver, UdpSender};
pub use options::UdpOptions;
pub use peers::{PostboxPeer, SimplePeer, TargettedPeer};

/// The names of the boxes that are not the standard four.
pub mod boxes {
    /// Inbox: the socket may be read.
    pub const READ_READY: &str = "readReady";
    /// Inbox: the socket may be written.
    pub const WRITE_READY: &str = "writeReady";
    /// Inbox: where to send to from now on.
    pub const TARGET: &str = "target";
    /// Outbox: news beside datagrams.
    pub const FEEDBACK: &str = "feedback";
    /// Outbox: requests to the Selector.
    pub const SELECTOR_SIGNAL: &str = "_selectorSignal";
}
