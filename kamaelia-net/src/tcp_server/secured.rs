//! A server whose connections are secured from their first byte on.

use axon::Message;

use super::TcpServer;
use crate::tls::TlsServer;

impl TcpServer {
    /// Secures every connection from its first byte on.
    pub fn tls(mut self, tls: TlsServer) -> Self {
        self.tls = Some(Message::new(tls));
        self
    }
}
