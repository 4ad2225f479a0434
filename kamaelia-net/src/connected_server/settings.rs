//! The settings of a server.

use std::time::Duration;

use axon::Component;

use super::{AfterFailure, ServerCore};
use crate::csa::{Csa, CsaOptions};
use crate::listen::Listen;
use crate::memory::Memory;

impl ServerCore {
    /// How connections behave.
    ///
    /// # Panics
    ///
    /// If something in the options is 0 with which nothing would ever happen.
    #[track_caller]
    pub fn options(self, options: CsaOptions) -> Self {
        options.check();
        self.with_server(|server| server.options(options))
    }

    /// Secures every connection from its first byte on. A handler that has an inbox `sslready` is told what
    /// was agreed on ([`SslReady`](crate::SslReady)), before the first bytes from the client.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use axon::util::EchoProtocol;
    /// use kamaelia_net::{SimpleServer, TlsServer};
    ///
    /// let tls = TlsServer::from_files("cert.pem", "key.pem")?;
    /// axon::run(SimpleServer::new(EchoProtocol::new, 4433).tls(tls))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "rustls")]
    pub fn tls(self, tls: crate::TlsServer) -> Self {
        self.with_server(|server| server.tls(tls))
    }

    /// Makes another component the connection of each client: see [`TcpServer::csa`](crate::TcpServer::csa).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use axon::util::EchoProtocol;
    /// use kamaelia_net::{InactivityChassis, Listen, SimpleServer};
    ///
    /// let server = SimpleServer::new(EchoProtocol::new, "127.0.0.1:0".parse::<Listen>()?)
    ///     .csa(|csa| InactivityChassis::new(csa, Duration::from_secs(120)));
    /// # let _ = server;
    /// # Ok::<(), kamaelia_net::listen::NoAddressError>(())
    /// ```
    #[doc(alias = "CSA")]
    pub fn csa<C: Component>(self, make: impl FnMut(Csa) -> C + 'static) -> Self {
        self.with_server(|server| server.csa(make))
    }

    /// How many connections there may be at a time; further clients wait to be accepted.
    pub fn max_connections(self, clients: usize) -> Self {
        self.with_server(|server| server.max_connections(clients))
    }

    /// How many bytes all connections may hold together: what waits to be sent, in them and in their inboxes,
    /// and what was received and waits in the inboxes of their handlers. A message in a box counts as its length,
    /// rounded up to a multiple of 256 bytes. What lies deeper in a handler that is a chassis is not counted: there
    /// each inbox holds its [soft limit](axon::SchedulerBuilder::soft_limit) at most (256 messages, 256 KiB) and what
    /// one step adds to it, for each connection.
    ///
    /// Above it nobody is accepted, and connections that hold more than their share, half of the limit divided
    /// by how many there are, are not read from until they hold less; a warning says so. Nothing is refused or
    /// lost. What handlers send as answers to what they have comes on top: so choose it somewhat lower than
    /// what the server may use.
    ///
    /// # Panics
    ///
    /// If it is 0.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use axon::util::EchoProtocol;
    /// use kamaelia_net::SimpleServer;
    ///
    /// axon::run(SimpleServer::new(EchoProtocol::new, 1500).memory(100_000_000))?;
    /// # Ok::<(), axon::RunError>(())
    /// ```
    #[track_caller]
    pub fn memory(self, bytes: usize) -> Self {
        let memory = Memory::new(bytes);
        self.with_server(|server| server.within(memory))
    }

    /// How many connections there may be with one address: see
    /// [`TcpServer::max_connections_per_peer`](crate::TcpServer::max_connections_per_peer).
    ///
    /// # Panics
    ///
    /// If it is 0: nobody could connect.
    #[track_caller]
    pub fn max_connections_per_peer(self, clients: usize) -> Self {
        self.with_server(|server| server.max_connections_per_peer(clients))
    }

    /// How many clients are accepted a second: see
    /// [`TcpServer::accept_rate`](crate::TcpServer::accept_rate).
    ///
    /// # Panics
    ///
    /// If it is 0: nobody could connect.
    #[track_caller]
    pub fn accept_rate(self, clients_a_second: u32) -> Self {
        self.with_server(|server| server.accept_rate(clients_a_second))
    }

    /// Changes where and how it will listen.
    #[doc(alias = "socketOptions")]
    pub fn listen(self, change: impl FnOnce(Listen) -> Listen) -> Self {
        self.with_server(|server| server.listen(change))
    }

    /// How long connections may take to finish when the server is told `producerFinished`; `Duration::MAX` for as
    /// long as they like. A handler without `control` has the same time to end after its client has finished.
    pub fn drain_deadline(mut self, deadline: Duration) -> Self {
        self.drain = deadline;
        self
    }

    /// What becomes of the connection of a handler that has failed: it is closed in order, unless you say
    /// [`AfterFailure::Reset`].
    pub fn after_failure(mut self, what: AfterFailure) -> Self {
        self.after_failure = what;
        self
    }
}
