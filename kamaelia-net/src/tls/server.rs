//! The settings of a server: what it shows, whom it asks to show something, what it speaks.

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

/// How long a handshake may take, unless said otherwise.
pub(super) const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// How a server secures its connections. It is made once, by [`TlsServerOptions`], and cheap to clone; the
/// clones share certificates, so that [`TlsServer::replace_certificates`] works on all.
///
/// Give it to [`ServerCore::tls`](crate::ServerCore), or send it to the inbox `makessl` of a connection.
///
/// # Examples
///
/// ```no_run
/// use kamaelia_net::tls::{Certificate, TlsServer};
///
/// let tls = TlsServer::from_files("cert.pem", "key.pem")?;
/// // Later, when there is a new certificate; connections that exist go on.
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
    /// The usual settings with a certificate and its key from files.
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

    /// From the next handshake on shows these certificates. Connections that exist go on, and sessions are
    /// resumed.
    ///
    /// # Errors
    ///
    /// There is none among them. Then all stays as it was.
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

/// Whether clients show certificates.
#[derive(Clone, Debug)]
enum Clients {
    NotAsked,
    Asked(Authorities),
    Required(Authorities),
}

impl TlsServerOptions {
    /// The usual settings, with this certificate.
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

    /// Another certificate, for other names. A client is shown the first one that is for the name it asks
    /// for (SNI); the very first, if none is or it asks for none.
    pub fn certificate(mut self, certificate: Certificate) -> Self {
        self.certificates.push(certificate);
        self
    }

    /// Clients have to show a certificate issued by one of these; without it the connection fails.
    pub fn require_client_certificate(mut self, authorities: Authorities) -> Self {
        self.clients = Clients::Required(authorities);
        self
    }

    /// Clients are asked for a certificate and may have none; one that they show must be issued by one of
    /// these.
    pub fn allow_client_certificate(mut self, authorities: Authorities) -> Self {
        self.clients = Clients::Asked(authorities);
        self
    }

    /// The application's protocols that are spoken, the preferred one first (ALPN). A client that names
    /// only others is refused; one that names none is served.
    pub fn alpn<P: Into<String>>(mut self, protocols: impl IntoIterator<Item = P>) -> Self {
        self.alpn = protocols.into_iter().map(Into::into).collect();
        self
    }

    /// No session can be resumed. Otherwise clients get tickets, encrypted with keys that only this program
    /// has and that change every six hours.
    pub fn no_resumption(mut self) -> Self {
        self.resumption = false;
        self
    }

    /// Speaks TLS 1.3 only, not 1.2.
    pub fn tls13_only(mut self) -> Self {
        self.tls12 = false;
        self
    }

    /// Writes the keys of all sessions to the file that the environment variable `SSLKEYLOGFILE` names,
    /// if there is one, for programs that show what was sent. Whoever has the file can read everything.
    pub fn key_log_by_environment(mut self) -> Self {
        self.key_log = true;
        self
    }

    /// How long a handshake may take; ten seconds unless set.
    pub fn handshake_timeout(mut self, limit: Duration) -> Self {
        self.handshake_timeout = limit;
        self
    }

    /// Makes the settings.
    ///
    /// # Errors
    ///
    /// What is wrong with them.
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

/// Names of protocols as they are written on the wire.
pub(super) fn protocols(names: Vec<String>) -> Result<Vec<Vec<u8>>, TlsConfigError> {
    match names.iter().find(|name| name.is_empty() || name.len() > 255) {
        Some(wrong) => Err(TlsConfigError::Setting(format!(
            "a protocol's name (ALPN) has 1 to 255 bytes, and {wrong:?} has {}",
            wrong.len()
        ))),
        None => Ok(names.into_iter().map(String::into_bytes).collect()),
    }
}
