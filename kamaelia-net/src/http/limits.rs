//! How much of a message is taken, and how long one waits for it.

use std::time::Duration;

/// The limits of a connection that speaks HTTP. All have a default that suits a server open to everybody.
///
/// # Examples
///
/// ```
/// use kamaelia_net::http::HttpLimits;
///
/// let mut limits = HttpLimits::new();
/// limits.body = Some(10_000_000);
/// ```
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
#[must_use = "limits do nothing until a server or client has them"]
pub struct HttpLimits {
    /// The bytes of a first line: method, target and version, or version, status and reason. 8 KiB; more is 414.
    pub request_line: usize,
    /// The bytes of one header, its name included. 16 KiB; more is 431.
    pub header: usize,
    /// The number of headers. 100; more is 431.
    pub headers: usize,
    /// The bytes of a whole head. 64 KiB; more is 431.
    pub head: usize,
    /// The bytes of a body. Not limited, unless set, since a handler gets it piece by piece; more is 413.
    pub body: Option<u64>,
    /// The bytes of a body that is held as a whole, as for [`HttpServer::responding`](super::HttpServer::responding)
    /// and [`SimpleHttpClient`](super::SimpleHttpClient). 16 MiB; more is 413.
    pub whole_body: usize,
    /// How many bytes of a request's body that nobody reads are read, so that the connection can be kept for
    /// the next request. 64 KiB; with more to come it is closed instead.
    pub drained: u64,
    /// How many requests a connection may bring. 10,000; after the last it is closed.
    pub requests: usize,
    /// How long a head may take from its first byte to its last; 20 seconds. For the first head of a connection
    /// it counts from the beginning of the connection.
    pub head_timeout: Duration,
    /// How long a connection is kept between two requests; a minute.
    pub idle_timeout: Duration,
    /// How many bytes of a body must come a second. 256; 0 for any. Time in which this side does not read does
    /// not count.
    pub body_rate: u32,
    /// For how long a body may come slower than that, or not at all; 20 seconds.
    pub body_patience: Duration,
    /// How long a client takes to look up a name and to connect; 30 seconds.
    pub connect_timeout: Duration,
    /// How long a client waits for the head of the answer when the request was sent; a minute.
    pub answer_timeout: Duration,
}

impl Default for HttpLimits {
    fn default() -> Self {
        HttpLimits {
            request_line: 8 * 1024,
            header: 16 * 1024,
            headers: 100,
            head: 64 * 1024,
            body: None,
            whole_body: 16 * 1024 * 1024,
            drained: 64 * 1024,
            requests: 10_000,
            head_timeout: Duration::from_secs(20),
            idle_timeout: Duration::from_secs(60),
            body_rate: 256,
            body_patience: Duration::from_secs(20),
            connect_timeout: Duration::from_secs(30),
            answer_timeout: Duration::from_secs(60),
        }
    }
}

impl HttpLimits {
    /// The default limits.
    pub fn new() -> Self {
        Self::default()
    }
}
