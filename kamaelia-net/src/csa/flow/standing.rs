//! How a connection stands: what it has taken, sent, and still waits for.

use super::{Flow, PeerEnd, Reading, Writing};

impl Flow {
    /// Whether another message may be taken for sending.
    #[must_use]
    pub(crate) fn has_room(&self) -> bool {
        self.writing == Writing::Open && !self.flooded
    }

    /// The same, or whether it can never be sent: then it is taken as well. Whoever is refused perhaps reads
    /// nothing meanwhile, and until all that was received is delivered the end is not told.
    #[must_use]
    pub(crate) fn takes(&self) -> bool {
        self.has_room() || self.cannot_send()
    }

    /// Bytes that were taken and not yet handed to the system.
    #[must_use]
    pub(crate) fn unsent(&self) -> usize {
        self.unsent + self.seldom.as_ref().map_or(0, |seldom| seldom.lost)
    }

    /// Bytes of either direction that wait here.
    pub(crate) fn bytes(&self) -> usize {
        self.unsent + self.seldom.as_ref().and_then(|seldom| seldom.held.as_ref()).map_or(0, Vec::len)
    }

    /// Bytes that were handed to the system, from the beginning.
    #[must_use]
    pub(crate) fn handed(&self) -> u64 {
        self.handed
    }

    /// Whether what the peer sends is discarded.
    #[must_use]
    pub(crate) fn discards(&self) -> bool {
        self.reading == Reading::Discarding
    }

    /// Whether what the peer sends is to be delivered, and not only read to find its end.
    #[must_use]
    pub(crate) fn keeps(&self) -> bool {
        !self.discards() && !self.cannot_send()
    }

    /// Whether more may be put.
    #[must_use]
    pub(crate) fn is_open(&self) -> bool {
        self.writing == Writing::Open
    }

    /// Whether [`Flow::finish`] was called, and the end is not told yet.
    #[must_use]
    pub(crate) fn is_finishing(&self) -> bool {
        self.writing == Writing::Finishing
    }

    /// Whether anything is left to do in the direction to the peer.
    #[must_use]
    pub(crate) fn has_to_send(&self) -> bool {
        match self.writing {
            Writing::Open => self.unsent > 0,
            Writing::Finishing => true,
            Writing::Finished | Writing::Failed => false,
        }
    }

    /// Whether the peer will send no more, and this side has not ended either.
    #[must_use]
    pub(crate) fn has_peer_finished_alone(&self) -> bool {
        self.reading == Reading::Ended && self.writing == Writing::Open
    }

    /// Whether this side is to end too, since the peer has.
    #[must_use]
    pub(crate) fn ends_with_the_peer(&self) -> bool {
        self.has_peer_finished_alone() && self.options.peer_end == PeerEnd::Close
    }

    /// Whether [`Flow::finish`] was called, and all is sent.
    #[cfg(test)]
    pub(crate) fn has_finished(&self) -> bool {
        self.writing == Writing::Finished
    }

    /// Whether the direction to the peer has failed. Then reading finds what is left, and the end.
    #[must_use]
    pub(crate) fn cannot_send(&self) -> bool {
        self.writing == Writing::Failed
    }

    /// The limit on what the peer may send after this side has ended, if it has sent more.
    pub(crate) fn overrun_limit(&self) -> Option<usize> {
        let discarded = self.seldom.as_ref().map_or(0, |seldom| seldom.discarded);
        (discarded > self.options.linger_bytes).then_some(self.options.linger_bytes)
    }

    /// Whether only the peer's end is waited for, to which nothing more is delivered.
    #[must_use]
    pub(crate) fn is_lingering(&self) -> bool {
        self.writing == Writing::Finished && self.reading == Reading::Discarding
    }
}
