//! The cryptography library: `ring`, or `aws-lc-rs` in a build with that feature.

use std::sync::Arc;

use rustls::Error;
use rustls::crypto::CryptoProvider;
#[cfg(feature = "aws-lc-rs")]
use rustls::crypto::aws_lc_rs as library;
#[cfg(not(feature = "aws-lc-rs"))]
use rustls::crypto::ring as library;
use rustls::server::ProducesTickets;

/// The provider of ciphers, key exchanges and random numbers.
pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(library::default_provider())
}

/// Encrypts the tickets with which sessions are resumed. Its keys change every six hours.
pub(super) fn ticketer() -> Result<Arc<dyn ProducesTickets>, Error> {
    library::Ticketer::new()
}
