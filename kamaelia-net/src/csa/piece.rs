//! What waits to be sent: bytes of a connection's own, or what it shares with others.
//!
//! *Differs from Kamaelia:* there each connection sends the same string, which Python shares anyway. Here a
//! message to many is copied only where a connection would rather have it beside what waits before it.

use axon::Message;
use axon::chassis::FromMessage;
use axon::util::Chunk;

/// Messages up to this size are joined with what waits before them, to be written together.
pub(super) const JOIN: usize = 8 * 1024;

/// Some bytes that wait.
#[derive(Debug)]
pub(super) enum Piece {
    Own(Vec<u8>),
    /// A large message of bytes or text that others have too.
    ///
    /// Invariant: its payload is a `Vec<u8>` or a `String`.
    Shared(Box<Message>),
}

impl Default for Piece {
    fn default() -> Self {
        Piece::Own(Vec::new())
    }
}

impl From<Vec<u8>> for Piece {
    fn from(bytes: Vec<u8>) -> Self {
        Piece::Own(bytes)
    }
}

impl Piece {
    /// What a message holds, copied only if it is small and shared.
    ///
    /// # Errors
    ///
    /// The message, if it is neither bytes nor text.
    pub(super) fn from_message(message: Message) -> Result<Self, Message> {
        let message = match message.take::<String>() {
            Ok(text) => return Ok(Piece::Own(text.into_bytes())),
            Err(message) => message,
        };
        match shared(&message) {
            Some(bytes) if bytes.len() > JOIN => Ok(Piece::Shared(Box::new(message))),
            _ => Chunk::from_message(message).map(|Chunk(bytes)| Piece::Own(bytes)),
        }
    }

    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Piece::Own(bytes) => bytes,
            Piece::Shared(message) => shared(message).unwrap_or_default(),
        }
    }

    /// The bytes, if no message is shared for them.
    #[inline]
    pub(super) fn own(&mut self) -> Option<&mut Vec<u8>> {
        match self {
            Piece::Own(bytes) => Some(bytes),
            Piece::Shared(_) => None,
        }
    }
}

fn shared(message: &Message) -> Option<&[u8]> {
    let text = || message.downcast_ref::<String>().map(String::as_bytes);
    message.downcast_ref::<Vec<u8>>().map(Vec::as_slice).or_else(text)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn is_shared(message: impl axon::Payload) -> (bool, usize) {
        let mut message = Message::new(message);
        let _other = message.duplicate();
        let piece = Piece::from_message(message).expect("bytes or text");
        (matches!(piece, Piece::Shared(_)), piece.bytes().len())
    }

    #[test]
    fn a_large_message_that_others_have_too_is_not_copied_and_a_small_one_is() {
        assert_eq!(is_shared(vec![7_u8; JOIN + 1]), (true, JOIN + 1));
        assert_eq!(is_shared("x".repeat(JOIN + 1)), (true, JOIN + 1));
        assert_eq!(is_shared(vec![7_u8; JOIN]), (false, JOIN));
        assert_eq!(is_shared("literal"), (false, 7));
        assert_eq!(is_shared(Arc::<str>::from("shared text")), (false, 11));
        assert!(Piece::from_message(Message::new(5_u64)).is_err());
    }

    #[test]
    fn what_nobody_else_has_is_taken_over_without_a_copy() {
        let text = "x".repeat(100_000);
        let address = text.as_ptr();
        let piece = Piece::from_message(Message::new(text)).expect("text");
        assert_eq!(piece.bytes().as_ptr(), address);
        assert!(matches!(piece, Piece::Own(_)));
    }

    #[test]
    fn a_piece_is_no_larger_than_its_bytes() {
        assert_eq!(size_of::<Piece>(), size_of::<Vec<u8>>());
    }
}
