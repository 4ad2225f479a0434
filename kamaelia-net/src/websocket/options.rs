//! How a WebSocket behaves, on either side.

use std::time::Duration;

use super::deflate::Deflate;
use super::frame::Limits;

/// How long a message may be, unless said otherwise.
const LONGEST_MESSAGE: usize = 1024 * 1024;

/// How a WebSocket behaves, on either side.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use kamaelia_net::websocket::WebSocketOptions;
///
/// let options = WebSocketOptions::new().longest_message(16 * 1024 * 1024).ping_after(Duration::from_secs(10));
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct WebSocketOptions {
    longest_message: usize,
    longest_frame: Option<usize>,
    pub(super) ping_after: Duration,
    pub(super) close_timeout: Duration,
    pub(super) subprotocols: Vec<String>,
    pub(super) deflate: Option<Deflate>,
}

impl WebSocketOptions {
    /// The usual behaviour.
    pub fn new() -> Self {
        WebSocketOptions {
            longest_message: LONGEST_MESSAGE,
            longest_frame: None,
            ping_after: Duration::from_secs(30),
            close_timeout: Duration::from_secs(10),
            subprotocols: Vec::new(),
            deflate: None,
        }
    }

    /// How many bytes a message from the peer may have, after decompression; 1 MiB unless set. A peer that sends
    /// a longer one is told [`CloseCode::TOO_BIG`](super::CloseCode::TOO_BIG).
    ///
    /// # Panics
    ///
    /// If it is zero.
    #[track_caller]
    pub fn longest_message(mut self, bytes: usize) -> Self {
        assert!(bytes > 0, "longest_message(0): no message could be received; at least 1");
        self.longest_message = bytes;
        self
    }

    /// How many bytes one frame of a message may have; unless set, as many as a message.
    ///
    /// # Panics
    ///
    /// If it is zero.
    #[track_caller]
    pub fn longest_frame(mut self, bytes: usize) -> Self {
        assert!(bytes > 0, "longest_frame(0): no message could be received; at least 1");
        self.longest_frame = Some(bytes);
        self
    }

    /// After what time without any message in either direction the peer is asked whether it is there; 30 seconds
    /// unless set. One that does not answer in the same time again is given up. `Duration::MAX` for never.
    pub fn ping_after(mut self, time: Duration) -> Self {
        self.ping_after = time;
        self
    }

    /// How long the peer may take to answer when this side has closed; ten seconds unless set.
    pub fn close_timeout(mut self, time: Duration) -> Self {
        self.close_timeout = time;
        self
    }

    /// The protocols above WebSocket that this side knows, the best first. A client offers them; a server takes
    /// the first of its own that the client has offered, or none.
    ///
    /// # Panics
    ///
    /// If one is no token (letters, digits, and some signs, but no spaces and commas) or is named twice.
    #[track_caller]
    pub fn subprotocols<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.subprotocols = names.into_iter().map(Into::into).collect();
        for (at, name) in self.subprotocols.iter().enumerate() {
            assert!(is_token(name), "subprotocols: {name:?} is no token");
            assert!(!self.subprotocols[..at].contains(name), "subprotocols: {name:?} is named twice");
        }
        self
    }

    /// Compresses messages if the other side does so too.
    #[cfg(feature = "deflate")]
    pub fn deflate(mut self, deflate: Deflate) -> Self {
        self.deflate = Some(deflate);
        self
    }

    pub(super) fn limits(&self) -> Limits {
        Limits { message: self.longest_message, frame: self.longest_frame.unwrap_or(self.longest_message) }
    }
}

impl Default for WebSocketOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether a text is a token of HTTP.
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_token_character)
}

pub(super) fn is_token_character(c: char) -> bool {
    c.is_ascii_graphic() && !"\"(),/:;<=>?@[\\]{}".contains(c)
}
