//! The TLS settings of a server: its certificates, whether clients need one, protocols.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rustls::server::{NoServerSessionStorage, ServerConnection, WebPkiClientVerifier};
use rustls::version::{TLS12, TLS13};
use rustls::{KeyLogFile, ServerConfig};

use super::by_name::ByName;
use super::certificate::{Authorities, Certificate};
use super::config_error::TlsConfigError;
use super::provider::{provider, ticketer};
use super::rustls_engine::RustlsEngine;
use crate::engine::Engine;
use crate::ssl::SslError;

/// How long a handshake may take, by default.
pub(super) const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// How a server secures its connections. It is made once, with [`TlsServerOptions`], and is cheap to clone. The
/// clones share the certificates, so [`TlsServer::replace_certificates`] affects all of them.
///
/// Give it to [`ServerCore::tls`](crate::ServerCore), or send it to the inbox `makessl` of a connection.
///
/// # Examples
///
/// ```no_run
/// use kamaelia_net::tls::{Certificate, TlsServer};
///
/// let tls = TlsServer::from_files("cert.pem", "key.pem")?;
/// // Later, when there is a new certificate. Existing connections go on.
/// tls.replace_certificates([Certificate::from_files("cert.pem", "key.pem")?])?;
/// # Ok::<(), kamaelia_net::tls::TlsConfigError>(())
/// ```
#[derive(Clone)]
pub struct TlsServer {
    config: Arc<ServerConfig>,
    certificates: Arc<ByName>,
    handshake_timeout: Duration,
}

impl TlsServer {
    /// The default settings, with a certificate and its key from files.
    ///
    /// # Errors
    ///
    /// The file, the line, and what is wrong.
    pub fn from_files(
        certificates: impl AsRef<std::path::Path>,
        key: impl AsRef<std::path::Path>,
    ) -> Result<Self, TlsConfigError> {
        TlsServerOptions::new(Certificate::from_files(certificates, key)?).build()
    }

    /// Uses these certificates from the next handshake on. Existing connections go on, and sessions can still
    /// be resumed.
    ///
    /// # Errors
    ///
    /// If `certificates` is empty. Then nothing is changed.
    pub fn replace_certificates(
        &self,
        certificates: impl IntoIterator<Item = Certificate>,
    ) -> Result<(), TlsConfigError> {
        self.certificates.replace(at_least_one(certificates.into_iter().collect())?);
        Ok(())
    }

    /// How long a handshake may take.
    pub(crate) fn handshake_timeout(&self) -> Duration {
        self.handshake_timeout
    }

    /// An engine for one connection.
    pub(crate) fn engine(&self) -> Result<Box<dyn Engine>, SslError> {
        let connection = ServerConnection::new(Arc::clone(&self.config));
        let connection = connection.map_err(|error| SslError::Settings(error.to_string()))?;
        Ok(Box::new(RustlsEngine::new(connection)))
    }
}

impl fmt::Debug for TlsServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsServer").field("certificates", &self.certificates).finish_non_exhaustive()
    }
}

/// Makes a [`TlsServer`].
///
/// # Examples
///
/// ```no_run
/// use kamaelia_net::tls::{Authorities, Certificate, TlsServerOptions};
///
/// let server = TlsServerOptions::new(Certificate::from_files("cert.pem", "key.pem")?)
///     .require_client_certificate(Authorities::from_file("members.pem")?)
///     .alpn(["postgresql"])
///     .build()?;
/// # Ok::<(), kamaelia_net::tls::TlsConfigError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "settings do nothing until `build`"]
pub struct TlsServerOptions {
    certificates: Vec<Certificate>,
    clients: Clients,
    alpn: Vec<String>,
    resumption: bool,
    key_log: bool,
    tls12: bool,
    handshake_timeout: Duration,
}

/// Whether clients are asked for a certificate.
#[derive(Clone, Debug)]
enum Clients {
    NotAsked,
    Asked(Authorities),
    Required(Authorities),
}

impl TlsServerOptions {
    /// The default settings, with this certificate.
    pub fn new(certificate: Certificate) -> Self {
        TlsServerOptions {
            certificates: vec![certificate],
            clients: Clients::NotAsked,
            alpn: Vec::new(),
            resumption: true,
            key_log: false,
            tls12: true,
            handshake_timeout: HANDSHAKE_TIMEOUT,
        }
    }

    /// Adds a certificate for other names. A client gets the first certificate that is valid for the name that
    /// it asks for (SNI); if there is none, or it asks for no name, the one given first.
    pub fn certificate(mut self, certificate: Certificate) -> Self {
        self.certificates.push(certificate);
        self
    }

    /// Requires clients to send a certificate issued by one of these; without it the connection fails.
    pub fn require_client_certificate(mut self, authorities: Authorities) -> Self {
        self.clients = Clients::Required(authorities);
        self
    }

    /// Asks clients for a certificate. They need not send one; if they do, it must be issued by one of these.
    pub fn allow_client_certificate(mut self, authorities: Authorities) -> Self {
        self.clients = Clients::Asked(authorities);
        self
    }

    /// The supported application protocols, the preferred one first (ALPN). A client that offers only others
    /// is refused; one that offers none is served.
    pub fn alpn<P: Into<String>>(mut self, protocols: impl IntoIterator<Item = P>) -> Self {
        self.alpn = protocols.into_iter().map(Into::into).collect();
        self
    }

    /// Turns off the resumption of sessions. By default clients get tickets for it, encrypted with keys that
    /// only this process has and that change every six hours.
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

    /// Makes the settings.
    ///
    /// # Errors
    ///
    /// If an option cannot be used.
    pub fn build(self) -> Result<TlsServer, TlsConfigError> {
        let alpn = protocols(self.alpn)?;
        let wrong = |error: rustls::Error| TlsConfigError::Setting(error.to_string());
        let versions: &[_] = if self.tls12 { &[&TLS13, &TLS12] } else { &[&TLS13] };
        let builder = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(versions)
            .map_err(wrong)?;
        let verifier =
            |Authorities(roots)| WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider());
        let verifier = match self.clients {
            Clients::NotAsked => None,
            Clients::Asked(authorities) => Some(verifier(authorities).allow_unauthenticated().build()),
            Clients::Required(authorities) => Some(verifier(authorities).build()),
        };
        let verifier = verifier.transpose().map_err(|error| TlsConfigError::Setting(error.to_string()))?;
        let builder = match verifier {
            Some(verifier) => builder.with_client_cert_verifier(verifier),
            None => builder.with_no_client_auth(),
        };
        let certificates = Arc::new(ByName::new(self.certificates));
        let mut config = builder.with_cert_resolver(Arc::clone(&certificates) as _);
        config.alpn_protocols = alpn;
        // The strongest of the ciphers that both have, whatever the client would like.
        config.ignore_client_order = true;
        if self.resumption {
            config.ticketer = ticketer().map_err(wrong)?;
        } else {
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
        }
        if self.key_log {
            config.key_log = Arc::new(KeyLogFile::new());
        }
        let handshake_timeout = self.handshake_timeout;
        Ok(TlsServer { config: Arc::new(config), certificates, handshake_timeout })
    }
}

fn at_least_one(certificates: Vec<Certificate>) -> Result<Vec<Certificate>, TlsConfigError> {
    if certificates.is_empty() {
        return Err(TlsConfigError::Setting("a server needs a certificate".to_owned()));
    }
    Ok(certificates)
}

/// The names of protocols as bytes for the handshake.
pub(super) fn protocols(names: Vec<String>) -> Result<Vec<Vec<u8>>, TlsConfigError> {
    match names.iter().find(|name| name.is_empty() || name.len() > 255) {
        Some(wrong) => Err(TlsConfigError::Setting(format!(
            "a protocol's name (ALPN) has 1 to 255 bytes, and {wrong:?} has {}",
            wrong.len()
        ))),
        None => Ok(names.into_iter().map(String::into_bytes).collect()),
    }
}
