//! Why a WebSocket is closed: the codes and texts that both sides tell each other.

use std::fmt;

use axon::{Ending, Notice};

/// How many bytes a reason may have, so that it fits into a control frame.
const LONGEST_REASON: usize = 123;

/// The number that says why a WebSocket is closed (RFC 6455, section 7.4).
///
/// # Examples
///
/// ```
/// use kamaelia_net::websocket::CloseCode;
///
/// assert_eq!(CloseCode::NORMAL.number(), 1000);
/// assert_eq!(CloseCode::from(4001).to_string(), "4001");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CloseCode(u16);

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $word:literal;)*) => {
        impl CloseCode {
            $($(#[$doc])* pub const $name: CloseCode = CloseCode($number);)*

            /// What the number means. `None` for those that only the two sides know.
            fn word(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some($word),)*
                    _ => None,
                }
            }
        }
    };
}

codes! {
    /// The purpose has been fulfilled.
    NORMAL = 1000, "normal";
    /// The server stops, or the page was left.
    GOING_AWAY = 1001, "going away";
    /// The other side broke the protocol.
    PROTOCOL_ERROR = 1002, "protocol error";
    /// The other side sent a kind of message that is not taken here.
    UNSUPPORTED_DATA = 1003, "unsupported data";
    /// The other side closed without a number. Never sent: it stands for none.
    NO_STATUS = 1005, "no status";
    /// The connection ended without a closing handshake. Never sent.
    ABNORMAL = 1006, "abnormal";
    /// A text was not UTF-8, or a message could not be decompressed.
    INVALID_PAYLOAD = 1007, "invalid payload";
    /// The other side did something that is not allowed here.
    POLICY = 1008, "policy";
    /// A message was too long.
    TOO_BIG = 1009, "too big";
    /// The server did not agree on an extension that the client needs.
    MANDATORY_EXTENSION = 1010, "mandatory extension";
    /// Something failed on this side.
    INTERNAL_ERROR = 1011, "internal error";
    /// The server starts again.
    SERVICE_RESTART = 1012, "service restart";
    /// The server has too much to do.
    TRY_AGAIN_LATER = 1013, "try again later";
    /// A server behind this one gave a wrong answer.
    BAD_GATEWAY = 1014, "bad gateway";
    /// The connection could not be secured. Never sent.
    TLS = 1015, "TLS";
}

impl CloseCode {
    /// The number.
    #[must_use]
    pub fn number(self) -> u16 {
        self.0
    }

    /// Whether it may stand in a frame: those that are registered, and 3000 to 4999.
    pub(super) fn may_be_sent(self) -> bool {
        matches!(self.0, 1000..=1003 | 1007..=1014 | 3000..=4999)
    }
}

impl From<u16> for CloseCode {
    fn from(number: u16) -> Self {
        CloseCode(number)
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.word() {
            Some(word) => write!(f, "{} ({word})", self.0),
            None => self.0.fmt(f),
        }
    }
}

/// Closes a WebSocket with a code and a reason. It counts as a `producerFinished`: what was sent before it
/// still arrives.
///
/// A handler sends it out of `signal`, a client gets it at `control`. (A plain `producerFinished` closes with
/// [`CloseCode::NORMAL`].)
///
/// # Examples
///
/// ```
/// use axon::{Component, Context, Message};
/// use kamaelia_net::websocket::{Close, CloseCode};
///
/// /// Takes one message and no more.
/// struct Once;
/// impl Component for Once {
///     async fn main(&mut self, cx: &Context) -> axon::Result {
///         if let Some(text) = cx.next_or_end::<String>("inbox").await? {
///             cx.send("outbox", text)?;
///             cx.send("signal", Message::notice(Close::new(CloseCode::POLICY, "one is enough")))?;
///         }
///         Ok(())
///     }
/// }
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Close {
    /// Why, as a number. One that must not be sent ([`CloseCode::NO_STATUS`], 999) is left out, and the reason
    /// with it.
    pub code: CloseCode,
    /// Why, as a text. Only the first 123 bytes of it are sent.
    pub reason: String,
}

impl Close {
    /// With a code and a reason, which may be empty.
    pub fn new(code: CloseCode, reason: impl Into<String>) -> Self {
        Close { code, reason: reason.into() }
    }

    /// Without code and reason.
    pub(super) fn without_code() -> Self {
        Close::new(CloseCode::NO_STATUS, "")
    }

    /// The payload of its frame.
    pub(super) fn payload(&self) -> Vec<u8> {
        if !self.code.may_be_sent() {
            return Vec::new();
        }
        let mut payload = self.code.0.to_be_bytes().to_vec();
        let end = (0..=LONGEST_REASON).rev().find(|&end| self.reason.is_char_boundary(end)).unwrap_or(0);
        payload.extend_from_slice(&self.reason.as_bytes()[..end.min(self.reason.len())]);
        payload
    }
}

impl fmt::Display for Close {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason.as_str() {
            "" => self.code.fmt(f),
            reason => write!(f, "{}: {reason:?}", self.code),
        }
    }
}

impl Notice for Close {
    fn ending(&self) -> Ending {
        Ending::ProducerFinished
    }
}

/// A WebSocket has been closed: no more will come. It counts as a `producerFinished`.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct WebSocketClosed {
    /// Why: what the peer said if it closed, or else what this side said. [`CloseCode::ABNORMAL`] if the
    /// connection ended without a closing handshake; then the reason says how.
    pub close: Close,
    /// Which side closed.
    pub by: ClosedBy,
}

/// Which side has closed a WebSocket.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ClosedBy {
    /// The other side.
    Peer,
    /// This side.
    Here,
    /// Neither: the connection ended.
    Neither,
}

impl fmt::Display for WebSocketClosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.by {
            ClosedBy::Peer => write!(f, "the peer closed the WebSocket: {}", self.close),
            ClosedBy::Here => write!(f, "the WebSocket was closed here: {}", self.close),
            ClosedBy::Neither => write!(f, "the WebSocket broke off: {}", self.close),
        }
    }
}

impl Notice for WebSocketClosed {
    fn ending(&self) -> Ending {
        Ending::ProducerFinished
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_cut_between_characters_so_that_it_fits_into_a_control_frame() {
        let payload = Close::new(CloseCode::NORMAL, "ä".repeat(100)).payload();
        assert_eq!(payload.len(), 2 + 122);
        assert!(std::str::from_utf8(&payload[2..]).is_ok());
        assert_eq!(Close::new(CloseCode::NORMAL, "short").payload(), b"\x03\xe8short");
    }

    #[test]
    fn codes_that_must_not_be_sent_are_left_out() {
        for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535] {
            assert_eq!(Close::new(CloseCode::from(code), "no").payload(), b"", "{code}");
        }
    }
}
