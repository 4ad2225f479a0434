//! The settings of a server's listener and connections.

use std::net::SocketAddr;
use std::rc::Rc;

use super::TcpServer;
use super::entrance::Entrance;
use crate::csa::CsaOptions;
use crate::descriptor::Watched;
use crate::error::BindError;
use crate::listen::Listen;
use crate::listener::Listener;
use crate::memory::Memory;
use crate::unix::UnixAddress;

impl TcpServer {
    /// How connections behave.
    ///
    /// # Panics
    ///
    /// If something in the options is 0 with which nothing would ever happen.
    #[track_caller]
    pub fn options(mut self, options: CsaOptions) -> Self {
        options.check();
        self.options = Rc::new(options);
        self
    }

    /// How many connections there may be at a time; further clients wait to be accepted.
    pub fn max_connections(mut self, clients: usize) -> Self {
        self.limits.most = clients;
        self
    }

    /// How many bytes all connections may hold together: see
    /// [`ServerCore::memory`](crate::ServerCore::memory).
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[track_caller]
    pub fn memory(self, bytes: usize) -> Self {
        self.within(Memory::new(bytes))
    }

    pub(crate) fn within(mut self, memory: Memory) -> Self {
        self.memory = Some(Rc::new(memory));
        self
    }

    /// How many connections there may be with one address at a time, of IPv6 with one network of 64 bits. A
    /// client beyond that is accepted and closed at once, which is logged. No limit for Unix sockets.
    ///
    /// # Panics
    ///
    /// If it is 0: nobody could connect.
    #[track_caller]
    pub fn max_connections_per_peer(mut self, clients: usize) -> Self {
        assert!(clients > 0, "TcpServer::max_connections_per_peer(0): nobody could connect; at least 1");
        self.limits.per_peer = Some(clients);
        self
    }

    /// How many clients are accepted a second; so many may come at once, and others wait to be accepted.
    ///
    /// # Panics
    ///
    /// If it is 0: nobody could connect.
    #[track_caller]
    pub fn accept_rate(mut self, clients_a_second: u32) -> Self {
        assert!(clients_a_second > 0, "TcpServer::accept_rate(0): nobody could connect; at least 1");
        self.limits.a_second = Some(clients_a_second);
        self
    }

    /// Changes where and how it will listen.
    pub fn listen(mut self, change: impl FnOnce(Listen) -> Listen) -> Self {
        self.listen = change(self.listen);
        self
    }

    /// Listens now instead of in the first turn, so that an error is known here and the address too.
    ///
    /// # Errors
    ///
    /// The address, and why it cannot be had.
    #[doc(alias = "makeTCPServerPort")]
    pub fn bind(mut self) -> Result<Self, BindError> {
        self.entrance = Some(Entrance::open(&self.listen)?);
        Ok(self)
    }

    /// Listens by this.
    pub(crate) fn at(mut self, listener: Watched<Listener>) -> Self {
        self.entrance = Some(Entrance::Listener(listener));
        self
    }

    /// Where it listens, once it does: with port 0 asked for, the port that was given.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.entrance.as_ref().and_then(Entrance::local_addr)
    }

    /// The Unix socket at which it listens, once it does.
    #[must_use]
    pub fn unix_addr(&self) -> Option<UnixAddress> {
        self.entrance.as_ref().and_then(Entrance::unix_addr)
    }
}
