//! Certificates for the tests, made anew in each run.

#![cfg_attr(fuzzing, allow(dead_code, reason = "the fuzzer uses a part of it"))]

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    date_time_ymd,
};

use super::certificate::{Authorities, Certificate};

/// A certificate and its key, in PEM.
pub(super) struct Pair {
    pub(super) certificate: String,
    pub(super) key: String,
}

impl Pair {
    pub(super) fn certificate(&self) -> Certificate {
        Certificate::from_pem(self.certificate.clone(), self.key.clone()).unwrap()
    }
}

/// A self-signed certificate.
pub(super) fn self_signed(name: &str) -> Pair {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new([name.to_owned()]).unwrap().self_signed(&key).unwrap();
    Pair { certificate: certificate.pem(), key: key.serialize_pem() }
}

/// A certificate authority.
pub(super) struct Issuer(CertifiedIssuer<'static, KeyPair>);

impl Issuer {
    pub(super) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        Issuer(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(super) fn pem(&self) -> String {
        self.0.pem()
    }

    pub(super) fn authorities(&self) -> Authorities {
        Authorities::from_pem(self.pem()).unwrap()
    }

    /// A certificate for a server.
    pub(super) fn server(&self, name: &str) -> Pair {
        self.issue(name, |_| {})
    }

    pub(super) fn client(&self, name: &str) -> Pair {
        self.issue(name, |params| params.insert_extended_key_usage(ExtendedKeyUsagePurpose::ClientAuth))
    }

    pub(super) fn expired(&self, name: &str) -> Pair {
        self.issue(name, |params| params.not_after = date_time_ymd(2001, 1, 1))
    }

    pub(super) fn not_yet_valid(&self, name: &str) -> Pair {
        self.issue(name, |params| params.not_before = date_time_ymd(2999, 1, 1))
    }

    fn issue(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Pair {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        change(&mut params);
        let certificate = params.signed_by(&key, &self.0).unwrap();
        Pair { certificate: certificate.pem(), key: key.serialize_pem() }
    }
}
