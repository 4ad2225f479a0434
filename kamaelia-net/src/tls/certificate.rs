//! Certificates with their keys, and trusted certificate authorities, read from PEM.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::SectionKind;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys, RootCertStore};

use super::config_error::TlsConfigError;
use super::pem::{Pem, Section};
use super::provider::provider;

/// A certificate with those of its issuers and its private key. A server sends it to clients, and a client to
/// servers that ask for one.
///
/// # Examples
///
/// ```no_run
/// use kamaelia_net::tls::Certificate;
///
/// let certificate = Certificate::from_files("cert.pem", "key.pem")?;
/// # Ok::<(), kamaelia_net::tls::TlsConfigError>(())
/// ```
#[derive(Clone)]
pub struct Certificate(pub(super) Arc<CertifiedKey>);

impl Certificate {
    /// Reads a file with the certificate, followed by those of its issuers, and a file with its key. They may
    /// be the same file.
    ///
    /// # Errors
    ///
    /// The file, the line, and what is wrong.
    pub fn from_files(certificates: impl AsRef<Path>, key: impl AsRef<Path>) -> Result<Self, TlsConfigError> {
        Self::new(&Pem::from_file(certificates.as_ref())?, &Pem::from_file(key.as_ref())?)
    }

    /// Like [`Certificate::from_files`], from texts.
    ///
    /// # Errors
    ///
    /// The line, and what is wrong.
    pub fn from_pem(
        certificates: impl Into<Vec<u8>>,
        key: impl Into<Vec<u8>>,
    ) -> Result<Self, TlsConfigError> {
        Self::new(&Pem::from_text(certificates), &Pem::from_text(key))
    }

    fn new(certificates: &Pem, key: &Pem) -> Result<Self, TlsConfigError> {
        let chain: Vec<_> = chain(certificates)?.into_iter().map(|(der, _)| der).collect();
        let (secret, line) = secret(key)?;
        let signer = provider().key_provider.load_private_key(secret);
        let signer = signer.map_err(|error| key.wrong_at(line, format!("this key is of no use: {error}")))?;
        let certified = CertifiedKey::new(chain, signer);
        match certified.keys_match() {
            Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) => {
                Ok(Certificate(Arc::new(certified)))
            }
            Err(_) => {
                let problem = format!("the key is not that of the certificate in {}", certificates.name());
                Err(key.wrong_at(line, problem))
            }
        }
    }
}

/// Does not show the key.
impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({} in the chain)", self.0.cert.len())
    }
}

/// Trusted certificate authorities: certificates that they have issued are accepted.
///
/// # Examples
///
/// ```no_run
/// use kamaelia_net::tls::Authorities;
///
/// let ours = Authorities::from_file("ca.pem")?;
/// let all = Authorities::platform()?.and(ours);
/// # Ok::<(), kamaelia_net::tls::TlsConfigError>(())
/// ```
#[derive(Clone)]
pub struct Authorities(pub(super) RootCertStore);

impl Authorities {
    /// The authorities that this system trusts, or those in the places that the environment variables
    /// `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
    ///
    /// # Errors
    ///
    /// If there are none. The error says what was found instead.
    pub fn platform() -> Result<Self, TlsConfigError> {
        let found = rustls_native_certs::load_native_certs();
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(found.certs);
        if !store.is_empty() {
            return Ok(Authorities(store));
        }
        let errors: Vec<String> = found.errors.iter().map(ToString::to_string).collect();
        let problem = format!(
            "this system has no certificates of authorities; install them, set SSL_CERT_FILE, or give a \
             file with `Authorities::from_file` ({})",
            if errors.is_empty() { "nothing was found".to_owned() } else { errors.join("; ") }
        );
        Err(TlsConfigError::Setting(problem))
    }

    /// Reads a file with certificates.
    ///
    /// # Errors
    ///
    /// The file, the line, and what is wrong.
    pub fn from_file(file: impl AsRef<Path>) -> Result<Self, TlsConfigError> {
        Self::new(&Pem::from_file(file.as_ref())?)
    }

    /// Like [`Authorities::from_file`], from a text.
    ///
    /// # Errors
    ///
    /// The line, and what is wrong.
    pub fn from_pem(text: impl Into<Vec<u8>>) -> Result<Self, TlsConfigError> {
        Self::new(&Pem::from_text(text))
    }

    /// These authorities and others.
    #[must_use = "it gives back both together"]
    pub fn and(mut self, others: Authorities) -> Self {
        self.0.extend(others.0.roots);
        self
    }

    fn new(pem: &Pem) -> Result<Self, TlsConfigError> {
        let mut store = RootCertStore::empty();
        for (der, line) in chain(pem)? {
            store.add(der).map_err(|error| pem.wrong_at(line, format!("not a certificate: {error}")))?;
        }
        Ok(Authorities(store))
    }
}

impl fmt::Debug for Authorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authorities({})", self.0.len())
    }
}

/// All certificates, at least one, each with the number of its line.
fn chain(pem: &Pem) -> Result<Vec<(CertificateDer<'static>, usize)>, TlsConfigError> {
    let mut chain = Vec::new();
    for Section { kind, der, line } in pem.sections()? {
        if kind == SectionKind::Certificate {
            let der = CertificateDer::from(der);
            ParsedCertificate::try_from(&der)
                .map_err(|error| pem.wrong_at(line, format!("not a certificate: {error}")))?;
            chain.push((der, line));
        }
    }
    if chain.is_empty() {
        return Err(pem.unusable("no certificate (`-----BEGIN CERTIFICATE-----`) is in it"));
    }
    Ok(chain)
}

/// The first private key, and the number of its line.
fn secret(pem: &Pem) -> Result<(PrivateKeyDer<'static>, usize), TlsConfigError> {
    let keys = pem.sections()?.into_iter().find_map(|Section { kind, der, line }| {
        let key = match kind {
            SectionKind::PrivateKey => PrivatePkcs8KeyDer::from(der).into(),
            SectionKind::RsaPrivateKey => PrivateKeyDer::Pkcs1(der.into()),
            SectionKind::EcPrivateKey => PrivateKeyDer::Sec1(der.into()),
            _ => return None,
        };
        Some((key, line))
    });
    keys.ok_or_else(|| {
        pem.unusable(if pem.mentions("ENCRYPTED PRIVATE KEY") {
            "the private key is encrypted; decrypt it with `openssl pkey -in ... -out ...`"
        } else {
            "no private key (`-----BEGIN PRIVATE KEY-----`) is in it"
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::test_certificates::{Pair, self_signed};
    use super::*;

    #[test]
    fn certificate_and_key_may_be_in_one_file_in_any_order() {
        let Pair { certificate, key } = self_signed("a.test");
        let both = format!("{key}\n{certificate}");
        assert!(Certificate::from_pem(both.clone(), both).is_ok());
        assert!(format!("{:?}", Certificate::from_pem(certificate, key).unwrap()).contains("1 in the chain"));
    }

    #[test]
    fn what_is_missing_or_does_not_belong_together_is_said() {
        let (one, other) = (self_signed("a.test"), self_signed("b.test"));
        let said =
            |certificate: &str, key: &str| Certificate::from_pem(certificate, key).unwrap_err().to_string();
        assert_eq!(
            said(&one.certificate, &other.key),
            "line 1: the key is not that of the certificate in the text"
        );
        assert_eq!(
            said(&one.key, &one.key),
            "the text: no certificate (`-----BEGIN CERTIFICATE-----`) is in it"
        );
        assert_eq!(
            said(&one.certificate, &one.certificate),
            "the text: no private key (`-----BEGIN PRIVATE KEY-----`) is in it"
        );
        let encrypted = one.key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
        assert!(said(&one.certificate, &encrypted).contains("decrypt it with `openssl pkey"));
        let rubbish = "\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(said(rubbish, &one.key).starts_with("line 2: not a certificate"));
        let rubbish = "\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        assert!(said(&one.certificate, rubbish).starts_with("line 2: this key is of no use"));
        let nobody = Authorities::from_pem("").unwrap_err().to_string();
        assert!(nobody.starts_with("the text: no certificate"), "{nobody}");
    }

    #[test]
    fn a_file_is_named_with_its_line() {
        let file = std::env::temp_dir().join(format!("kamaelia-net-{}.pem", std::process::id()));
        std::fs::write(&file, "-----BEGIN CERTIFICATE-----\nA*\n-----END CERTIFICATE-----\n").unwrap();
        let error = Authorities::from_file(&file).unwrap_err().to_string();
        std::fs::remove_file(&file).unwrap();
        assert_eq!(error, format!("{}:2: not base64", file.display()));
    }
}
