//! TLS for connections: the settings of both roles, certificates, and the engine that encrypts and decrypts.
//! It uses rustls; `docs/decisions/tls.md` says why.
//!
//! [`TlsClient`] and [`TlsServer`] are settings that are made once and shared by all connections. Pass them to
//! `SimpleServer::tls` or `TcpClient::tls`, or send them to the inbox `makessl` of a running connection.

mod by_name;
mod certificate;
mod client;
mod config_error;
mod dangerous;
#[cfg(test)]
mod engine_tests;
mod pem;
mod provider;
mod reasons;
mod rustls_engine;
mod server;
#[cfg(any(test, fuzzing))]
mod test_certificates;
#[cfg(any(test, fuzzing))]
pub(crate) mod test_sides;

pub use certificate::{Authorities, Certificate};
pub use client::{TlsClient, TlsClientOptions};
pub use config_error::TlsConfigError;
pub use server::{TlsServer, TlsServerOptions};
