//! A server whose connections are secured from their first byte on.

use axon::{ComponentRef, Context};

use super::TcpServer;
use crate::csa::boxes::MAKE_SSL;
use crate::tls::TlsServer;

impl TcpServer {
    /// Secures every connection from its first byte on.
    pub fn tls(mut self, tls: TlsServer) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Asks a new connection for TLS, if all are to be secured. It has had no turn yet.
    pub(super) fn secure(&self, cx: &Context, csa: &ComponentRef) -> axon::Result {
        match &self.tls {
            Some(tls) => Ok(cx.deliver_to(csa, MAKE_SSL, tls.clone())?),
            None => Ok(()),
        }
    }
}
