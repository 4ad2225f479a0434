//! The certificates of a server: which one a client gets, and how they are replaced while the server runs.

use std::sync::{Arc, PoisonError, RwLock};

use rustls::client::verify_server_name;
use rustls::pki_types::ServerName;
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::certificate::Certificate;

/// Chooses the first certificate that is valid for the name that the client asks for. If there is none, or the
/// client asks for no name, it gets the first certificate, and can report that the name is wrong.
#[derive(Debug)]
pub(super) struct ByName(RwLock<Arc<[Certificate]>>);

impl ByName {
    pub(super) fn new(certificates: Vec<Certificate>) -> Self {
        ByName(RwLock::new(certificates.into()))
    }

    /// Replaces the certificates, from the next handshake on.
    pub(super) fn replace(&self, certificates: Vec<Certificate>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = certificates.into();
    }

    fn choose(&self, name: Option<&str>) -> Option<Arc<CertifiedKey>> {
        let all = Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner));
        let name = name.and_then(|name| ServerName::try_from(name).ok());
        let fitting = name.and_then(|name| all.iter().find(|certificate| is_for(&certificate.0, &name)));
        fitting.or(all.first()).map(|certificate| Arc::clone(&certificate.0))
    }
}

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.choose(hello.server_name())
    }
}

fn is_for(key: &CertifiedKey, name: &ServerName<'_>) -> bool {
    let first = key.end_entity_cert().ok();
    let parsed = first.and_then(|first| ParsedCertificate::try_from(first).ok());
    parsed.is_some_and(|parsed| verify_server_name(&parsed, name).is_ok())
}

#[cfg(test)]
mod tests {
    use super::super::test_certificates::self_signed;
    use super::*;

    #[test]
    fn the_certificate_for_the_name_is_shown_and_the_first_to_all_others() {
        let made = |name| self_signed(name).certificate();
        let (one, two, many) = (made("one.test"), made("two.test"), made("*.many.test"));
        let by_name = ByName::new(vec![one.clone(), two.clone(), many.clone()]);
        let shown = |name| by_name.choose(name).unwrap();
        assert!(Arc::ptr_eq(&shown(Some("two.test")), &two.0));
        assert!(Arc::ptr_eq(&shown(Some("a.many.test")), &many.0));
        assert!(Arc::ptr_eq(&shown(Some("three.test")), &one.0));
        assert!(Arc::ptr_eq(&shown(None), &one.0));
        by_name.replace(vec![two.clone()]);
        assert!(Arc::ptr_eq(&by_name.choose(None).unwrap(), &two.0));
    }
}
