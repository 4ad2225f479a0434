//! The answer to a request for TLS, sent to `sslready`, and the reasons why a secured connection fails.
//!
//! These are plain values that need no TLS library, so they exist in every build.
//!
//! *Differs from Kamaelia:* `sslready` says what was agreed on or what went wrong; there it always sends an
//! empty string.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The answer on `sslready`, exactly one per request: what was agreed on with the peer, or why the connection
/// is not secured.
///
/// # Examples
///
/// ```
/// # fn received() -> kamaelia_net::SslReady { Err(kamaelia_net::SslError::UnknownIssuer) }
/// match received() {
///     Ok(session) => println!("secured by {}", session.cipher),
///     Err(error) => eprintln!("not secured: {error}"),
/// }
/// ```
pub type SslReady = Result<TlsSession, SslError>;

/// What both sides of a secured connection agreed on.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsSession {
    /// The version of the protocol.
    pub version: TlsVersion,
    /// The name of the cipher suite, for example `TLS13_AES_256_GCM_SHA384`.
    pub cipher: &'static str,
    /// The application protocol, if one was negotiated (ALPN).
    pub alpn: Option<String>,
    /// The peer's certificate chain in DER, its own certificate first; empty if it sent none.
    pub peer_certificates: Arc<[Vec<u8>]>,
    /// Whether the session was resumed, so that no certificate was sent this time.
    pub resumed: bool,
    /// On the server's side, the name that the client asked for (SNI).
    pub server_name: Option<String>,
}

/// A version of the TLS protocol. Older versions are not supported.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum TlsVersion {
    /// TLS 1.2, of 2008.
    Tls12,
    /// TLS 1.3, of 2018.
    Tls13,
}

impl TlsSession {
    /// A session without certificates and without an application protocol.
    #[cfg(feature = "rustls")]
    pub(crate) fn new(version: TlsVersion, cipher: &'static str) -> Self {
        TlsSession {
            version,
            cipher,
            alpn: None,
            peer_certificates: Arc::default(),
            resumed: false,
            server_name: None,
        }
    }
}

/// Shows how many certificates there are, not their bytes.
impl fmt::Debug for TlsSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsSession")
            .field("version", &self.version)
            .field("cipher", &self.cipher)
            .field("alpn", &self.alpn)
            .field("peer_certificates", &self.peer_certificates.len())
            .field("resumed", &self.resumed)
            .field("server_name", &self.server_name)
            .finish()
    }
}

impl fmt::Display for TlsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TlsVersion::Tls12 => "TLS 1.2",
            TlsVersion::Tls13 => "TLS 1.3",
        })
    }
}

/// Why a connection could not be secured, or why a secured one failed.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum SslError {
    /// This build of `kamaelia-net` has no TLS. The connection goes on in plain text.
    NotAvailable,
    /// The client's side of TLS was requested without the name of the server, which is needed to check the
    /// certificate. The connection goes on in plain text.
    NoServerName,
    /// TLS was requested twice. The connection goes on as it was.
    AlreadySecured,
    /// The settings of the client cannot be used; the text says why. The connection goes on in plain text.
    Settings(String),
    /// The connection was closed on this side before the handshake was over.
    ClosedHere,
    /// Plain-text bytes from before the handshake had not been read yet. An attacker between the two sides can
    /// have inserted them, and they must not count as secured (CVE-2011-0411).
    PlainTextBefore,
    /// The peer does not speak TLS.
    PlainText,
    /// The peer's certificate was not issued by an authority that is trusted here.
    UnknownIssuer,
    /// The peer's certificate has expired.
    Expired {
        /// How long ago, if this is known.
        since: Option<Duration>,
    },
    /// The peer's certificate is not valid yet.
    NotYetValid,
    /// The server's certificate is for other names.
    WrongName {
        /// The name that it should have.
        expected: String,
        /// The names that it has.
        presented: Vec<String>,
    },
    /// The peer's certificate was revoked.
    Revoked,
    /// Something else is wrong with the peer's certificate.
    BadCertificate(String),
    /// A certificate of the client is required, and it sent none.
    CertificateRequired,
    /// There is no version of TLS that both sides support.
    NoCommonVersion,
    /// There is no cipher, signature or key exchange that both sides support.
    NoCommonCipher,
    /// There is no application protocol that both sides support (ALPN).
    NoCommonProtocol,
    /// The peer refused, for the reason given in its alert.
    RefusedByPeer(String),
    /// The handshake did not finish within this time.
    TimedOut(Duration),
    /// The peer closed the connection during the handshake.
    ClosedByPeer,
    /// The peer's data ended without TLS's notice of the end (`close_notify`): an attacker may have cut it off.
    Truncated,
    /// The peer, or somebody between the two sides, violated the protocol.
    Protocol(String),
}

impl SslError {
    /// Whether the connection goes on, as it was, after this error. All other errors end it.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        matches!(
            self,
            SslError::NotAvailable
                | SslError::NoServerName
                | SslError::AlreadySecured
                | SslError::Settings(_)
        )
    }
}

impl fmt::Display for SslError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SslError::NotAvailable => write!(f, "this build of kamaelia-net has no TLS"),
            SslError::NoServerName => {
                write!(f, "the name of the server is not known: give it with `TlsClient::server_name`")
            }
            SslError::AlreadySecured => write!(f, "the connection is secured already"),
            SslError::Settings(text) => write!(f, "TLS cannot be set up: {text}"),
            SslError::ClosedHere => {
                write!(f, "the connection was closed on this side before the TLS handshake was over")
            }
            SslError::PlainTextBefore => {
                write!(f, "the peer sent data in plain text before the TLS handshake")
            }
            SslError::PlainText => write!(f, "the peer does not speak TLS"),
            SslError::UnknownIssuer => write!(f, "the peer's certificate has no issuer that is trusted"),
            SslError::Expired { since: Some(since) } => {
                write!(f, "the peer's certificate expired {} ago", rounded(*since))
            }
            SslError::Expired { since: None } => write!(f, "the peer's certificate has expired"),
            SslError::NotYetValid => write!(f, "the peer's certificate is not valid yet"),
            SslError::WrongName { expected, presented } if presented.is_empty() => {
                write!(f, "the peer's certificate is not for {expected}")
            }
            SslError::WrongName { expected, presented } => {
                write!(f, "the peer's certificate is not for {expected}, but for {}", presented.join(", "))
            }
            SslError::Revoked => write!(f, "the peer's certificate was revoked"),
            SslError::BadCertificate(text) => write!(f, "the peer's certificate was refused: {text}"),
            SslError::CertificateRequired => write!(f, "the client has shown no certificate"),
            SslError::NoCommonVersion => write!(f, "no version of TLS in common with the peer"),
            SslError::NoCommonCipher => write!(f, "no cipher or key exchange in common with the peer"),
            SslError::NoCommonProtocol => write!(f, "no application protocol in common with the peer"),
            SslError::RefusedByPeer(text) => write!(f, "the peer refused: {text}"),
            SslError::TimedOut(limit) => write!(f, "no TLS handshake within {limit:?}"),
            SslError::ClosedByPeer => write!(f, "the peer closed during the TLS handshake"),
            SslError::Truncated => {
                write!(f, "the data ended without TLS's notice of the end: it may have been cut off")
            }
            SslError::Protocol(text) => write!(f, "the TLS protocol was broken: {text}"),
        }
    }
}

/// A time for people to read: in days, hours or seconds.
fn rounded(time: Duration) -> String {
    match time.as_secs() {
        seconds if seconds >= 2 * 86400 => format!("{} days", seconds / 86400),
        seconds if seconds >= 2 * 3600 => format!("{} hours", seconds / 3600),
        seconds => format!("{seconds} seconds"),
    }
}

impl Error for SslError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_in_a_sentence_what_is_wrong() {
        let wrong = SslError::WrongName {
            expected: "a.test".into(),
            presented: vec!["b.test".into(), "c.test".into()],
        };
        assert_eq!(wrong.to_string(), "the peer's certificate is not for a.test, but for b.test, c.test");
        let expired = |seconds| SslError::Expired { since: Some(Duration::from_secs(seconds)) }.to_string();
        assert_eq!(expired(3 * 86400), "the peer's certificate expired 3 days ago");
        assert_eq!(expired(7300), "the peer's certificate expired 2 hours ago");
        assert_eq!(expired(5), "the peer's certificate expired 5 seconds ago");
    }
}
