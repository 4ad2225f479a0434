//! A client whose connection is secured from the first byte on.

use axon::Message;

use super::TcpClient;
use crate::tls::TlsClient;

impl TcpClient {
    /// Secures the connection from its first byte on. The server's certificate must be valid for the host, or
    /// for the name in the settings, if there is one. The outcome comes out of `sslready`; a connection that
    /// cannot be secured ends with [`HowDied::Tls`](crate::HowDied::Tls).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use axon::prelude::*;
    /// use kamaelia_net::{TcpClient, TlsClient};
    ///
    /// let client = TcpClient::new("example.org", 443).tls(TlsClient::new()?);
    /// axon::run(pipeline![ConsoleReader::new(), client, ConsoleEchoer::new()])?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn tls(mut self, tls: TlsClient) -> Self {
        self.tls = Some(Message::new(tls));
        self
    }
}
