//! The TLS settings of a client: trusted authorities, its own certificate, protocols.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::{ClientConnection, Resumption};
use rustls::pki_types::ServerName;
use rustls::sign::SingleCertAndKey;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, KeyLogFile};

use super::certificate::{Authorities, Certificate};
use super::config_error::TlsConfigError;
use super::dangerous::AnyCertificate;
use super::provider::provider;
use super::rustls_engine::RustlsEngine;
use super::server::{HANDSHAKE_TIMEOUT, protocols};
use crate::engine::Engine;
use crate::ssl::SslError;

/// How a client secures its connections. It is made once, with [`TlsClientOptions`], and is cheap to clone. The
/// clones share the sessions that can be resumed.
///
/// Give it to [`TcpClient::tls`](crate::TcpClient), or send it to the inbox `makessl` of a connection.
///
/// # Examples
///
/// ```no_run
/// use kamaelia_net::tls::{Authorities, TlsClient, TlsClientOptions};
///
/// let usual = TlsClient::new()?;
/// let ours = TlsClientOptions::new().authorities(Authorities::from_file("ca.pem")?).build()?;
/// # Ok::<(), kamaelia_net::tls::TlsConfigError>(())
/// ```
#[derive(Clone)]
pub struct TlsClient {
    config: Arc<ClientConfig>,
    name: Option<Arc<str>>,
    handshake_timeout: Duration,
}

impl TlsClient {
    /// The default settings: the authorities of this system are trusted.
    ///
    /// # Errors
    ///
    /// If this system has no authorities.
    pub fn new() -> Result<Self, TlsConfigError> {
        TlsClientOptions::new().build()
    }

    /// The name or address for which the server's certificate must be valid. The default is the host that the
    /// [`TcpClient`](crate::TcpClient) connects to.
    #[must_use = "it gives back the settings with the name"]
    pub fn server_name(mut self, name: impl AsRef<str>) -> Self {
        self.name = Some(name.as_ref().into());
        self
    }

    /// How long a handshake may take.
    pub(crate) fn handshake_timeout(&self) -> Duration {
        self.handshake_timeout
    }

    /// An engine for one connection to this host, or to the name that was set.
    pub(crate) fn engine(&self, host: Option<&str>) -> Result<Box<dyn Engine>, SslError> {
        let name = self.name.as_deref().or(host).ok_or(SslError::NoServerName)?;
        let connection = ClientConnection::new(Arc::clone(&self.config), server_name(name)?);
        let connection = connection.map_err(|error| SslError::Settings(error.to_string()))?;
        Ok(Box::new(RustlsEngine::new(connection)))
    }
}

/// Parses a DNS name, with or without a dot at its end, or an address; an IPv6 address may be in brackets.
fn server_name(name: &str) -> Result<ServerName<'static>, SslError> {
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    let bare = bare.strip_suffix('.').unwrap_or(bare);
    ServerName::try_from(bare.to_owned())
        .map_err(|_| SslError::Settings(format!("{name:?} is neither a name nor an address of a server")))
}

impl fmt::Debug for TlsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsClient").field("server_name", &self.name).finish_non_exhaustive()
    }
}

/// Makes a [`TlsClient`].
///
/// # Examples
///
/// ```no_run
/// use kamaelia_net::tls::{Certificate, TlsClientOptions};
///
/// let client = TlsClientOptions::new()
///     .certificate(Certificate::from_files("me.pem", "me.key")?)
///     .alpn(["h2", "http/1.1"])
///     .build()?;
/// # Ok::<(), kamaelia_net::tls::TlsConfigError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "settings do nothing until `build`"]
pub struct TlsClientOptions {
    trusted: Trusted,
    certificate: Option<Certificate>,
    alpn: Vec<String>,
    resumption: bool,
    key_log: bool,
    tls12: bool,
    handshake_timeout: Duration,
}

/// Which certificates are trusted.
#[derive(Clone, Debug)]
enum Trusted {
    Platform,
    These(Authorities),
    Anybody,
}

impl Default for TlsClientOptions {
    fn default() -> Self {
        TlsClientOptions {
            trusted: Trusted::Platform,
            certificate: None,
            alpn: Vec::new(),
            resumption: true,
            key_log: false,
            tls12: true,
            handshake_timeout: HANDSHAKE_TIMEOUT,
        }
    }
}

impl TlsClientOptions {
    /// The default settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts these authorities instead of those that this system trusts.
    pub fn authorities(mut self, authorities: Authorities) -> Self {
        self.trusted = Trusted::These(authorities);
        self
    }

    /// The certificate that is sent to a server that asks for one.
    pub fn certificate(mut self, certificate: Certificate) -> Self {
        self.certificate = Some(certificate);
        self
    }

    /// The application protocols to offer, the preferred one first (ALPN). A server that supports none of them
    /// refuses the connection. With a server that does not support ALPN the connection is made without one, and
    /// [`TlsSession::alpn`](crate::TlsSession::alpn) is `None`.
    pub fn alpn<P: Into<String>>(mut self, protocols: impl IntoIterator<Item = P>) -> Self {
        self.alpn = protocols.into_iter().map(Into::into).collect();
        self
    }

    /// Makes a new session for each connection. By default the last sessions with 256 servers are kept, to be
    /// resumed.
    pub fn no_resumption(mut self) -> Self {
        self.resumption = false;
        self
    }

    /// Allows TLS 1.3 only, not 1.2.
    pub fn tls13_only(mut self) -> Self {
        self.tls12 = false;
        self
    }

    /// Writes the keys of all sessions to the file named by the environment variable `SSLKEYLOGFILE`, if it is
    /// set, for programs such as Wireshark. Anyone who has the file can decrypt the connections.
    pub fn key_log_by_environment(mut self) -> Self {
        self.key_log = true;
        self
    }

    /// How long a handshake may take; ten seconds by default.
    pub fn handshake_timeout(mut self, limit: Duration) -> Self {
        self.handshake_timeout = limit;
        self
    }

    /// Trusts any certificate of a server, so that anyone between the two sides can read and change everything.
    /// For tests only. To trust a certificate of your own, use [`TlsClientOptions::authorities`].
    pub fn dangerous_accept_any_certificate(mut self) -> Self {
        self.trusted = Trusted::Anybody;
        self
    }

    /// Makes the settings.
    ///
    /// # Errors
    ///
    /// If an option cannot be used, or if the authorities of this system are to be trusted and it has none.
    pub fn build(self) -> Result<TlsClient, TlsConfigError> {
        let alpn = protocols(self.alpn)?;
        let wrong = |error: rustls::Error| TlsConfigError::Setting(error.to_string());
        let versions: &[_] = if self.tls12 { &[&TLS13, &TLS12] } else { &[&TLS13] };
        let builder = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(versions)
            .map_err(wrong)?;
        let builder = match self.trusted {
            Trusted::Platform => builder.with_root_certificates(Authorities::platform()?.0),
            Trusted::These(authorities) => builder.with_root_certificates(authorities.0),
            Trusted::Anybody => {
                let verifier = Arc::new(AnyCertificate(provider()));
                builder.dangerous().with_custom_certificate_verifier(verifier)
            }
        };
        let mut config = match self.certificate {
            Some(Certificate(key)) => {
                builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(key)))
            }
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = alpn;
        if !self.resumption {
            config.resumption = Resumption::disabled();
        }
        if self.key_log {
            config.key_log = Arc::new(KeyLogFile::new());
        }
        Ok(TlsClient { config: Arc::new(config), name: None, handshake_timeout: self.handshake_timeout })
    }
}
