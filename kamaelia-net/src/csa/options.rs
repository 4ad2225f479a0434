//! How a connection behaves: limits, timeouts, and what an end of one direction means.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axon::{Boxes, INBOX};

use super::boxes::declared;
use super::policy::{Budget, OwnEnd, PeerEnd, Watermarks};
use crate::socket::{KeepAlive, SocketOptions};

/// How many messages one step may send to a connection whose peer is slow before it is refused.
const BURST: usize = 16 * 1024;

/// How a [`ConnectedSocketAdapter`](super::ConnectedSocketAdapter) behaves.
///
/// # Examples
///
/// ```
/// use kamaelia_net::CsaOptions;
/// use std::time::Duration;
///
/// let mut options = CsaOptions::hardened();
/// options.idle_timeout = Some(Duration::from_secs(30));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use = "options do nothing until a connection has them"]
pub struct CsaOptions {
    /// How many bytes may wait to be sent before messages are no longer taken out of `inbox`, and how
    /// few must wait before they are again. 128 KiB and 32 KiB.
    pub unsent: Watermarks,
    /// How many messages `inbox` holds before it refuses more. `None`, the default, for the scheduler's
    /// [soft limit](axon::SchedulerBuilder::soft_limit), which refuses nothing: whoever sends to a slow peer has
    /// its next turn when the peer has taken enough. Only one that sends more than 16,384 messages in one step,
    /// without an `.await` between them, is refused then too.
    pub inbox_size: Option<usize>,
    /// How much is read in one turn; 16 reads or 256 KiB.
    pub read_budget: Budget,
    /// What an end of the peer's sending means.
    pub peer_end: PeerEnd,
    /// What becomes of input after `producerFinished`.
    pub own_end: OwnEnd,
    /// What becomes of a message that is neither bytes nor text.
    pub bad_data: BadData,
    /// How long the peer may acknowledge nothing of what was sent to it or waits to be sent; a minute, to within
    /// a quarter of it. `None` for ever. A peer that reads steadily is never cut, however slowly it does; one that
    /// was switched off is, also when all that was sent lies in this system's own buffers. (Where the system
    /// does not tell what was acknowledged, which Linux does, what it takes itself counts instead.)
    pub write_stall_timeout: Option<Duration>,
    /// How long the peer may take to close when it has all that was sent to it, and was told; ten seconds.
    pub linger: Duration,
    /// How many bytes the peer may still send after this side has ended; 16 MiB. With more, the connection is reset.
    /// Until then they are read and dropped: closing a connection that has unread bytes resets it, and the peer may then
    /// lose what was sent to it.
    pub linger_bytes: usize,
    /// How long a peer may send nothing after connecting. Not limited, unless set.
    pub first_byte_timeout: Option<Duration>,
    /// How long nothing may go in either direction. Not limited, unless set. Time in which this side does not
    /// read, because whoever gets what it reads has no room, does not count.
    pub idle_timeout: Option<Duration>,
    /// How long the peer may send nothing, whatever is sent to it. Not limited, unless set. Time in which this
    /// side does not read does not count, and until the first byte came only
    /// [`first_byte_timeout`](CsaOptions::first_byte_timeout) does, if it is set.
    pub receive_idle_timeout: Option<Duration>,
    /// How long nothing may be sent to the peer, whatever it sends. Not limited, unless set.
    pub send_idle_timeout: Option<Duration>,
    /// How long the connection may exist at all. Not limited, unless set. What waits then is not sent.
    pub lifetime: Option<Duration>,
    /// The options of the socket.
    pub socket: SocketOptions,
    /// The host that a client connects to, for which the server's certificate must be.
    pub(crate) host: Option<Arc<str>>,
    /// The boxes of a connection with the usual limit, declared once for all that have these options.
    usual_boxes: Boxes,
    /// How much all connections that share these options hold.
    pub(super) held: Held,
}

/// A number of bytes that all connections of one thread count in. (It is an atomic only so that options can be
/// shared between threads before there is a connection.)
#[derive(Default, Debug)]
pub(super) struct Held(AtomicUsize);

impl Held {
    #[inline]
    pub(super) fn grow(&self, bytes: usize) {
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_add(bytes), Ordering::Relaxed);
    }

    #[inline]
    pub(super) fn shrink(&self, bytes: usize) {
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_sub(bytes), Ordering::Relaxed);
    }
}

impl Clone for Held {
    /// Other options of others, who hold nothing yet.
    fn clone(&self) -> Self {
        Held::default()
    }
}

/// What becomes of a message that is neither bytes nor text.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
#[doc(alias = "crashOnBadDataToSend")]
#[non_exhaustive]
pub enum BadData {
    /// It ends the connection, with the reason told: a stream with a piece missing is worse than none. A
    /// [`TcpClient`](crate::TcpClient) fails, and with it the run, unless it is supervised. In a server it is the
    /// failure of that connection's handler, which is logged and counted. (In Kamaelia it is tried again for ever,
    /// B14.)
    #[default]
    Close,
    /// It is logged as an error and left out.
    Skip,
}

impl Default for CsaOptions {
    fn default() -> Self {
        CsaOptions {
            unsent: Watermarks { high: 128 * 1024, low: 32 * 1024 },
            inbox_size: None,
            read_budget: Budget { reads: 16, bytes: 256 * 1024 },
            peer_end: PeerEnd::default(),
            own_end: OwnEnd::default(),
            bad_data: BadData::default(),
            write_stall_timeout: Some(Duration::from_secs(60)),
            linger: Duration::from_secs(10),
            linger_bytes: 16 * 1024 * 1024,
            first_byte_timeout: None,
            idle_timeout: None,
            receive_idle_timeout: None,
            send_idle_timeout: None,
            lifetime: None,
            socket: SocketOptions::default(),
            host: None,
            usual_boxes: declared().inbox_size_for_bursts(INBOX, BURST),
            held: Held::default(),
        }
    }
}

impl CsaOptions {
    /// The usual behaviour, on both sides of a connection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sees to it that a connection with these can do anything.
    ///
    /// # Panics
    ///
    /// If it cannot: with what would be right.
    #[track_caller]
    pub(crate) fn check(&self) {
        let Budget { reads, bytes } = self.read_budget;
        let checks = [
            (reads > 0, "read_budget.reads = 0: a connection would never read; at least 1"),
            (bytes > 0, "read_budget.bytes = 0: a connection would never read; at least 1"),
            (self.inbox_size != Some(0), "inbox_size = Some(0): nothing could be sent; at least 1, or None"),
        ];
        for (holds, complaint) in checks {
            assert!(holds, "CsaOptions::{complaint}");
        }
    }

    /// How many bytes wait to be sent in all connections that share these options (those of one server do).
    /// What waits in their inboxes is not in it.
    pub fn bytes_held(&self) -> usize {
        self.held.0.load(Ordering::Relaxed)
    }

    /// The boxes of a connection with these options.
    pub(super) fn boxes(&self) -> Boxes {
        match self.inbox_size {
            Some(size) => declared().inbox_size(INBOX, size),
            None => self.usual_boxes.clone(),
        }
    }

    /// For a server open to everybody: who sends nothing for 20 seconds after connecting, or is silent for
    /// two minutes, is disconnected; a dead peer is noticed; who takes nothing, or sends on after the end, is given up sooner.
    pub fn hardened() -> Self {
        let socket = SocketOptions { keep_alive: Some(KeepAlive::default()), ..SocketOptions::default() };
        CsaOptions {
            first_byte_timeout: Some(Duration::from_secs(20)),
            idle_timeout: Some(Duration::from_secs(120)),
            write_stall_timeout: Some(Duration::from_secs(30)),
            linger: Duration::from_secs(5),
            linger_bytes: 1024 * 1024,
            socket,
            ..CsaOptions::default()
        }
    }

    /// As in Kamaelia: when the peer will send no more, the connection is closed, after what is queued
    /// was sent. A client does so by itself; this is for servers.
    pub fn half_close_is_close(mut self) -> Self {
        self.peer_end = PeerEnd::Close;
        self
    }
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;

    fn refused(change: fn(&mut CsaOptions)) -> String {
        let refused = catch_unwind(|| {
            let mut options = CsaOptions::new();
            change(&mut options);
            options.check();
        });
        *refused.expect_err("refused").downcast().expect("a text")
    }

    #[test]
    fn what_would_never_read_or_take_anything_is_refused() {
        CsaOptions::new().check();
        CsaOptions::hardened().check();
        let complaint = refused(|options| options.read_budget.reads = 0);
        let expected = "CsaOptions::read_budget.reads = 0: a connection would never read; at least 1";
        assert_eq!(complaint, expected);
        assert!(refused(|options| options.read_budget.bytes = 0).contains("read_budget.bytes = 0"));
        assert!(refused(|options| options.inbox_size = Some(0)).contains("inbox_size = Some(0)"));
    }
}
