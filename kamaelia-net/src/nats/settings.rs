//! What can be set for a client.

use std::time::Duration;

use axon::Message;

use super::server::Identity;
use crate::csa::CsaOptions;

/// What can be set for a client.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) name: Option<String>,
    pub(super) identity: Option<Identity>,
    pub(super) connect_timeout: Duration,
    pub(super) ping_interval: Duration,
    /// The pause before the second attempt, and the longest.
    pub(super) pauses: (Duration, Duration),
    pub(super) at_first: AtFirst,
    /// How many bytes of messages may wait for a slow receiver.
    pub(super) pending: usize,
    pub(super) csa_options: CsaOptions,
    #[cfg(feature = "rustls")]
    pub(super) tls: Option<crate::TlsClient>,
}

/// What happens if no server can be reached at first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum AtFirst {
    Fails,
    TriesAgain,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            name: None,
            identity: None,
            connect_timeout: Duration::from_secs(10),
            ping_interval: Duration::from_secs(30),
            pauses: (Duration::from_millis(100), Duration::from_secs(5)),
            at_first: AtFirst::Fails,
            pending: 8 * 1024 * 1024,
            csa_options: CsaOptions::new(),
            #[cfg(feature = "rustls")]
            tls: None,
        }
    }
}

impl Settings {
    #[cfg(feature = "rustls")]
    pub(super) fn wants_tls(&self) -> bool {
        self.tls.is_some()
    }

    #[cfg(not(feature = "rustls"))]
    pub(super) fn wants_tls(&self) -> bool {
        false
    }

    /// The message for `makessl`.
    #[cfg(feature = "rustls")]
    pub(super) fn tls_request(&self) -> Result<Message, String> {
        match &self.tls {
            Some(tls) => Ok(Message::new(tls.clone())),
            None => crate::TlsClient::new().map(Message::new).map_err(|error| error.to_string()),
        }
    }

    #[cfg(not(feature = "rustls"))]
    pub(super) fn tls_request(&self) -> Result<Message, String> {
        Err("it wants TLS, which this build does not have: enable the feature `tls`".to_owned())
    }
}
