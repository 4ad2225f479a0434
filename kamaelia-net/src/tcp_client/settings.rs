//! The settings of a client.

use std::time::Duration;

use super::{CONNECT_TIMEOUT, TcpClient};
use crate::csa::CsaOptions;
use crate::csa::{OwnEnd, PeerEnd};
use crate::unix::UnixAddress;

impl TcpClient {
    /// A client for `host`, a name or an address, and `port`.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        TcpClient {
            host: host.into(),
            port,
            unix: None,
            delay: Duration::ZERO,
            connect_timeout: CONNECT_TIMEOUT,
            options: CsaOptions::default(),
            own_end: None,
            peer_end: None,
            tls: None,
            finish: None,
        }
    }

    /// A client for a Unix socket: a path, or an abstract name after an `@`. The connection that is told on
    /// `connected` says who listens there ([`Connection::unix`](crate::Connection::unix)).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use axon::prelude::*;
    /// use kamaelia_net::TcpClient;
    ///
    /// let client = TcpClient::unix("/run/echo");
    /// axon::run(pipeline![ConsoleReader::new(), client, ConsoleEchoer::new()])?;
    /// # Ok::<(), axon::RunError>(())
    /// ```
    pub fn unix(address: impl Into<UnixAddress>) -> Self {
        let mut client = TcpClient::new("localhost", 0);
        client.unix = Some(address.into());
        client
    }

    /// Waits this long before it connects.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// How long looking up the name and connecting may take together; a minute by default.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// After `producerFinished`, when everything has been sent, goes on receiving until the server closes.
    ///
    /// *Differs from Kamaelia:* there it has an effect only before the connection is made.
    pub fn wait_for_serverclose(mut self) -> Self {
        self.own_end = Some(OwnEnd::Deliver);
        self
    }

    /// When the server will send no more, goes on sending until `producerFinished` arrives.
    pub fn half_open(mut self) -> Self {
        self.peer_end = Some(PeerEnd::HalfClose);
        self
    }

    /// When the server will send no more, sends what is queued and closes. This is the default.
    pub fn half_close_is_close(mut self) -> Self {
        self.peer_end = Some(PeerEnd::Close);
        self
    }

    /// How the connection behaves.
    ///
    /// # Panics
    ///
    /// If an option is 0 that must not be: the connection could never do anything.
    #[track_caller]
    pub fn options(mut self, options: CsaOptions) -> Self {
        options.check();
        self.options = options;
        self
    }

    /// Combines the options with the ends that were set by methods.
    pub(super) fn settle_the_ends(&mut self) {
        let CsaOptions { own_end, peer_end, .. } = &mut self.options;
        *own_end = self.own_end.unwrap_or(*own_end);
        *peer_end = self.peer_end.unwrap_or(*peer_end);
        if *peer_end == PeerEnd::Usual {
            *peer_end = PeerEnd::Close;
        }
    }
}
