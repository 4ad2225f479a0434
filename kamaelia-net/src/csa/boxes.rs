//! The boxes of a connection, and the names of those that are not the standard four.

use axon::{Boxes, CONTROL, INBOX, OUTBOX, SIGNAL};

/// Inbox: the socket may be read.
pub const READ_READY: &str = "ReadReady";
/// Inbox: the socket may be written.
pub const SEND_READY: &str = "SendReady";
/// Inbox: asks for TLS.
pub const MAKE_SSL: &str = "makessl";
/// Outbox: the last word to the creator.
pub const CREATOR_FEEDBACK: &str = "CreatorFeedback";
/// Outbox: requests to the Selector.
pub const SELECTOR_SIGNAL: &str = "_selectorSignal";
/// Outbox: what became of TLS.
pub const SSL_READY: &str = "sslready";

/// All of them, without a limit. What is looked at in each turn comes first.
pub(super) fn declared() -> Boxes {
    Boxes::standard()
        .inbox(INBOX, "what to send: bytes or text")
        .inbox(CONTROL, "endings")
        .inbox(READ_READY, "the Selector: there is something to read")
        .inbox(MAKE_SSL, "asks for TLS")
        .inbox(SEND_READY, "the Selector: there is room to write")
        .outbox(OUTBOX, "what was received: bytes")
        .outbox(CREATOR_FEEDBACK, "the last word to the creator")
        .outbox(SIGNAL, "the last word to everybody else")
        .outbox(SELECTOR_SIGNAL, "requests to the Selector")
        .outbox(SSL_READY, "the answer to makessl")
}
