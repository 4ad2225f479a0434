//! What a connection needs of TLS, independent of sockets and of the TLS library: encrypted bytes from the
//! wire in, plain bytes out, and the other way round.
//!
//! Nothing here waits, reads or writes. The caller supplies the bytes and takes the results.

use std::fmt::Debug;
use std::io;

use crate::ssl::{SslError, TlsSession};

/// One side of one secured connection.
///
/// The caller's loop: [`feed`](Engine::feed) the bytes that arrived, take everything out of
/// [`plain_out`](Engine::plain_out) and [`wire_out`](Engine::wire_out), then feed the bytes that were not
/// accepted. After an error, take everything out as well: data from before the error is still to be
/// delivered, and an alert is to be sent.
pub(crate) trait Engine: Debug {
    /// Accepts bytes that came from the peer, and returns how many. Feed the others again when
    /// [`Wants::feeding`] is true, which it is once plain bytes and wire bytes have been taken out.
    ///
    /// # Errors
    ///
    /// Why the connection is over. Every later call returns the same error.
    fn feed(&mut self, wire: &[u8]) -> Result<usize, SslError>;

    /// Reports that the peer has closed the connection.
    ///
    /// # Errors
    ///
    /// If it did so in the middle of the handshake, or without the notice that its data ends.
    fn feed_end(&mut self) -> Result<(), SslError>;

    /// Copies plain bytes from the peer to `into`, as many as there is room for.
    fn plain_out(&mut self, into: &mut [u8]) -> Plain;

    /// Accepts plain bytes for the peer, and returns how many: none during the handshake, and none while
    /// wire bytes have to be taken out first.
    fn put(&mut self, plain: &[u8]) -> usize;

    /// Tells the peer that no more plain bytes will come.
    fn finish(&mut self);

    /// Appends all bytes that are to be sent to the peer to `into`.
    fn wire_out(&mut self, into: &mut Vec<u8>);

    /// Writes all bytes that are to be sent to the peer, without a copy of them. What is left after an error
    /// is still to be taken out.
    ///
    /// # Errors
    ///
    /// That of the writer; `Interrupted` is tried again.
    fn wire_to(&mut self, writer: &mut dyn io::Write) -> io::Result<()>;

    /// What the engine is ready for.
    #[cfg_attr(not(feature = "rustls"), expect(dead_code, reason = "a build without TLS has no engine"))]
    fn wants(&self) -> Wants;

    /// What was agreed on, once the handshake is over.
    fn session(&self) -> Option<TlsSession>;
}

/// What [`Engine::plain_out`] returned.
#[cfg_attr(not(feature = "rustls"), expect(dead_code, reason = "a build without TLS has no engine"))]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Plain {
    /// This many bytes, at least one.
    Some(usize),
    /// There are none at present.
    Nothing,
    /// There will be none any more: the peer has ended its data.
    End,
}

/// What an engine is ready for. A connection finds it out by trying; the tests ask.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Wants {
    /// It accepts bytes from the peer.
    pub(crate) feeding: bool,
    /// It has bytes for the peer.
    pub(crate) sending: bool,
    /// The handshake is not over.
    pub(crate) handshake: bool,
}
