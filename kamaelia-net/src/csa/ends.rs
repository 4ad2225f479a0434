//! The two ends of a connection's flow: the socket, and who gets what was read from it.
//!
//! They are traits, so that the flow can be driven by scripts of what a socket may do.

use std::io::{self, IoSlice};

/// What a connection reads from and writes to, without ever blocking.
pub(crate) trait Io {
    /// Reads some bytes; none at the end.
    ///
    /// # Errors
    ///
    /// `WouldBlock`, `Interrupted`, or that the connection failed.
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize>;

    /// Writes some of the bytes, and says how many.
    ///
    /// # Errors
    ///
    /// `WouldBlock`, `Interrupted`, or that the connection failed.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;

    /// Writes some of the bytes of several slices, the first ones first, and says how many.
    ///
    /// # Errors
    ///
    /// As [`write`](Io::write).
    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.write(slices.iter().find(|slice| !slice.is_empty()).map_or(&[], |slice| slice))
    }

    /// Tells the peer that no more will come.
    ///
    /// # Errors
    ///
    /// That the connection failed.
    fn finish_writing(&mut self, then: Then) -> io::Result<()>;
}

/// What comes after the end of writing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Then {
    /// The peer goes on for a while.
    Reading,
    /// Nothing: the connection is closed at once, which tells the peer too.
    Closing,
}

/// What a read of fewer bytes than asked for means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ShortRead {
    /// Nothing is left: whatever comes later is told as news.
    IsAll,
    /// Nothing in particular: only "would block" proves that nothing is left.
    ProvesNothing,
}

/// Who gets what was read.
pub(crate) trait Receiver {
    /// How many more bytes may be read for it now.
    fn room(&mut self) -> usize {
        usize::MAX
    }

    /// Whether it would take a chunk now; asked only after it has refused one.
    fn has_room(&mut self) -> bool;

    /// Takes a chunk.
    ///
    /// # Errors
    ///
    /// The chunk, when there is no room for it.
    fn deliver(&mut self, chunk: Vec<u8>) -> Result<(), Vec<u8>>;
}
