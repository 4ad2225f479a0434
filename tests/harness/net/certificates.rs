//! Certificates for the tests of TLS, made anew in each run.

#![allow(dead_code, missing_docs, unreachable_pub, reason = "each test program uses a part of it")]

use kamaelia_net::tls::{Authorities, Certificate};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    date_time_ymd,
};

use crate::folder::Folder;

/// A certificate and its key, in PEM.
#[derive(Clone)]
pub struct Pair {
    pub certificate: String,
    pub key: String,
}

impl Pair {
    pub fn certificate(&self) -> Certificate {
        Certificate::from_pem(self.certificate.clone(), self.key.clone()).unwrap()
    }

    /// Writes both, and gives the paths.
    pub fn files(&self, folder: &Folder, name: &str) -> [String; 2] {
        [
            folder.file(&format!("{name}.pem"), &self.certificate),
            folder.file(&format!("{name}.key"), &self.key),
        ]
    }
}

/// Somebody who issues certificates.
pub struct Issuer(CertifiedIssuer<'static, KeyPair>);

impl Issuer {
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        Issuer(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub fn pem(&self) -> String {
        self.0.pem()
    }

    pub fn authorities(&self) -> Authorities {
        Authorities::from_pem(self.pem()).unwrap()
    }

    /// A certificate for a server: by name, or by address.
    pub fn server(&self, name: &str) -> Pair {
        self.issue(name, |_| {})
    }

    pub fn client(&self, name: &str) -> Pair {
        self.issue(name, |params| params.insert_extended_key_usage(ExtendedKeyUsagePurpose::ClientAuth))
    }

    pub fn expired(&self, name: &str) -> Pair {
        self.issue(name, |params| params.not_after = date_time_ymd(2001, 1, 1))
    }

    fn issue(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Pair {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        change(&mut params);
        let certificate = params.signed_by(&key, &self.0).unwrap();
        Pair { certificate: certificate.pem(), key: key.serialize_pem() }
    }
}
