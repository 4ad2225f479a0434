//! Whose cryptography is used: `ring`'s, or that of `aws-lc-rs` in a build with this feature.

use std::sync::Arc;

use rustls::Error;
use rustls::crypto::CryptoProvider;
#[cfg(feature = "aws-lc-rs")]
use rustls::crypto::aws_lc_rs as library;
#[cfg(not(feature = "aws-lc-rs"))]
use rustls::crypto::ring as library;
use rustls::server::ProducesTickets;

/// The ciphers, key exchanges and random numbers.
pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(library::default_provider())
}

/// What encrypts the tickets by which sessions are resumed; its keys change every six hours.
pub(super) fn ticketer() -> Result<Arc<dyn ProducesTickets>, Error> {
    library::Ticketer::new()
}
