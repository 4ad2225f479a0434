//! What can be set for a client before it runs.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use axon::LogLimit;

use super::client::{Delivers, NatsClient};
use super::message::{NatsMessage, NatsNameError};
use super::server::{Identity, Server};
use super::settings::{AtFirst, Settings};
use super::subscription::NatsSubscribe;

impl NatsClient {
    /// A client of the first of these servers that can be reached: `[nats://|tls://][USER:PASSWORD@]HOST[:PORT]`,
    /// several with commas between them. A token takes the place of `USER:PASSWORD`.
    ///
    /// # Errors
    ///
    /// If one of them is no such address.
    pub fn new(servers: &str) -> Result<Self, NatsNameError> {
        let mut settings = Settings::default();
        // Exact limits, so that the client can ask whether there is room.
        settings.csa_options.inbox_size = Some(16);
        Ok(NatsClient {
            servers: Server::all(servers)?,
            settings,
            publish_to: None,
            delivers: Delivers::Messages,
            subscriptions: BTreeMap::new(),
            last_number: 0,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            dropped: 0,
            out: Vec::new(),
            sent: 0,
            confirmed: 0,
            finish: None,
            log: LogLimit::default(),
        })
    }

    /// The name of this client in the server's own reports.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.settings.name = Some(name.into());
        self
    }

    /// Who it is, unless the address says so.
    pub fn user(mut self, name: impl Into<String>, password: impl Into<String>) -> Self {
        self.settings.identity = Some(Identity::User { name: name.into(), password: password.into() });
        self
    }

    /// The token by which the server knows it, unless the address says so.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.settings.identity = Some(Identity::Token(token.into()));
        self
    }

    /// Secures the connection with these settings, and connects to no server without TLS. A server that requires TLS
    /// gets it also without this, with the usual settings.
    #[cfg(feature = "rustls")]
    pub fn tls(mut self, tls: crate::TlsClient) -> Self {
        self.settings.tls = Some(tls);
        self
    }

    /// Publishes text and bytes at this subject.
    ///
    /// # Errors
    ///
    /// If nothing can be published there.
    pub fn publish_to(mut self, subject: impl Into<String>) -> Result<Self, NatsNameError> {
        let message = NatsMessage::new(subject, Vec::new())?;
        self.publish_to = Some(message.subject().to_owned());
        Ok(self)
    }

    /// Subscribes to this subject from the first connection on.
    ///
    /// # Errors
    ///
    /// If it is no subject.
    pub fn subscribe(self, subject: impl Into<String>) -> Result<Self, NatsNameError> {
        Ok(self.subscribed(NatsSubscribe::to(subject)?))
    }

    /// Subscribes from the first connection on.
    pub fn subscribed(mut self, subscription: NatsSubscribe) -> Self {
        self.number(subscription);
        self
    }

    /// Sends only the bytes of messages, each a `Vec<u8>`.
    pub fn payloads(mut self) -> Self {
        self.delivers = Delivers::Payloads;
        self
    }

    /// How many bytes of messages may wait for a receiver that has no room. 8 MiB unless set.
    pub fn pending(mut self, bytes: usize) -> Self {
        self.settings.pending = bytes;
        self
    }

    /// How long an attempt to connect may take. Ten seconds unless set.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.settings.connect_timeout = limit;
        self
    }

    /// How often the server is asked for a sign of life; two questions without an answer end the connection. Thirty
    /// seconds unless set.
    pub fn ping_interval(mut self, interval: Duration) -> Self {
        self.settings.ping_interval = interval.max(Duration::from_millis(1));
        self
    }

    /// The pause before the second attempt to connect, and the longest: each is twice as long as the one before. A
    /// part of it is random, so that clients do not come back all at once. From 100 ms to five seconds unless set.
    pub fn reconnect_pauses(mut self, first: Duration, longest: Duration) -> Self {
        self.settings.pauses = (first, longest);
        self
    }

    /// Tries again also if no server can be reached at first.
    pub fn retry_on_failed_connect(mut self) -> Self {
        self.settings.at_first = AtFirst::TriesAgain;
        self
    }
}
