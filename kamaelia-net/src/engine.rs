//! What a connection needs of TLS: wire bytes in, plain bytes out, and the other way round, apart from
//! sockets and from the library that does it.
//!
//! Nothing here waits, reads or writes: whoever drives an engine brings the bytes and takes them away.

use std::fmt::Debug;

use crate::ssl::{SslError, TlsSession};

/// One side of one secured connection.
///
/// The loop of whoever drives it: [`feed`](Engine::feed) what came, take all of
/// [`plain_out`](Engine::plain_out) and of [`wire_out`](Engine::wire_out), and feed what it did not take.
/// After an error that too: what came before it is still to be delivered, and an alert to be sent.
pub(crate) trait Engine: Debug {
    /// Takes bytes that came from the peer, and says how many. The others are to be fed again once
    /// [`Wants::feeding`] says so, which is after plain bytes and wire bytes were taken out.
    ///
    /// # Errors
    ///
    /// Why the connection is over. Each further call says the same.
    fn feed(&mut self, wire: &[u8]) -> Result<usize, SslError>;

    /// The peer has closed the connection.
    ///
    /// # Errors
    ///
    /// That it did so in the middle of the handshake, or without saying before that its data ends.
    fn feed_end(&mut self) -> Result<(), SslError>;

    /// Gives plain bytes that came from the peer; nothing, if there is no room in `into`.
    fn plain_out(&mut self, into: &mut [u8]) -> Plain;

    /// Takes plain bytes for the peer, and says how many: none if wire bytes are to be taken out first,
    /// and during the handshake.
    fn put(&mut self, plain: &[u8]) -> usize;

    /// Says to the peer that no more plain bytes will come.
    fn finish(&mut self);

    /// Gives all bytes that are to be sent to the peer, behind what is in `into`.
    fn wire_out(&mut self, into: &mut Vec<u8>);

    /// What is to be done next.
    #[cfg_attr(not(feature = "rustls"), expect(dead_code, reason = "a build without TLS has no engine"))]
    fn wants(&self) -> Wants;

    /// What was agreed on, once the handshake is over.
    fn session(&self) -> Option<TlsSession>;
}

/// What [`Engine::plain_out`] gave.
#[cfg_attr(not(feature = "rustls"), expect(dead_code, reason = "a build without TLS has no engine"))]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Plain {
    /// So many bytes, at least one.
    Some(usize),
    /// None at present.
    Nothing,
    /// None any more: the peer has said so.
    End,
}

/// What is to be done with an engine. Its driver learns all of it by trying; the tests look at it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Wants {
    /// It takes bytes from the peer.
    pub(crate) feeding: bool,
    /// It has bytes for the peer.
    pub(crate) sending: bool,
    /// The handshake is not over.
    pub(crate) handshake: bool,
}
