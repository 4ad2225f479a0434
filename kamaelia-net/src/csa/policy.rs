//! What a connection is told to do at an end of either direction, and how much it may hold and read.

/// What becomes of a connection when the peer will send no more.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum PeerEnd {
    /// A [`TcpClient`](crate::TcpClient) closes, and a connection that a server accepted half-closes: who asks
    /// may end its side and wait for the answer.
    #[default]
    Usual,
    /// Only this direction ends; output goes on until `producerFinished`.
    HalfClose,
    /// What is queued is sent, and the connection is closed: as in Kamaelia, where a half close is a
    /// close.
    Close,
}

/// What becomes of the input when all output was sent after `producerFinished`.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum OwnEnd {
    /// It is read and discarded until the peer closes, so that the peer gets all that was sent.
    #[default]
    Discard,
    /// It goes on being delivered until the peer closes.
    #[doc(alias = "wait_for_serverclose")]
    Deliver,
}

/// The bounds of what waits to be sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Watermarks {
    /// From this many unsent bytes on, no more messages are taken.
    pub high: usize,
    /// Below this many, messages are taken again.
    pub low: usize,
}

/// How much may be read in one turn, so that one fast peer does not hold up all others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Budget {
    /// Calls to read.
    pub reads: usize,
    /// Bytes.
    pub bytes: usize,
}
