//! N5: the same over TLS, with blocking sockets. This client encrypts as much as the server, so what counts is the
//! server's processor, not the rate.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConfig, ClientConnection, Resumption};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, SignatureScheme, StreamOwned};

use super::{CHUNK, Outcome, PATIENCE, REQUEST, Start, at, connect};
use crate::net::histogram::Histogram;

/// A secured connection.
type Secured = StreamOwned<ClientConnection, TcpStream>;

/// The settings of a client that makes a new session each time, and checks no certificate: that would only cost the
/// client.
pub fn settings() -> Result<Arc<ClientConfig>, String> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions().map_err(at("TLS"))?;
    let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(Unchecked(provider)));
    let mut config = builder.with_no_client_auth();
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}

/// A connection whose handshake is over and which has had one request echoed.
fn begin(address: SocketAddr, config: &Arc<ClientConfig>) -> Result<Secured, String> {
    let stream = connect(address)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(at("set_read_timeout"))?;
    let name = ServerName::try_from("localhost").map_err(at("the name"))?;
    let connection = ClientConnection::new(Arc::clone(config), name).map_err(at("TLS"))?;
    let mut secured = StreamOwned::new(connection, stream);
    ask(&mut secured)?;
    hear(&mut secured)?;
    Ok(secured)
}

fn ask(secured: &mut Secured) -> Result<(), String> {
    secured.write_all(&[7; REQUEST]).map_err(at("write"))
}

fn hear(secured: &mut Secured) -> Result<(), String> {
    let mut answer = [0; REQUEST];
    secured.read_exact(&mut answer).map_err(at("read"))?;
    if answer == [7; REQUEST] { Ok(()) } else { Err("something else came back".into()) }
}

/// Connects, shakes hands, has one request echoed, closes; `total` times, one after the other.
///
/// # Errors
///
/// When the server refuses, closes, is silent or answers something else; the same goes for all works.
pub fn handshakes(
    address: SocketAddr,
    config: &Arc<ClientConfig>,
    total: usize,
    server_cpu: &dyn Fn() -> f64,
) -> Result<Outcome, String> {
    let start = Start::now(server_cpu);
    for _ in 0..total {
        drop(begin(address, config)?);
    }
    Ok(start.outcome(total as f64, Histogram::new()))
}

/// Requests of 64 bytes, one outstanding on each of `connections`: all ask, then all hear, `rounds` times.
pub fn requests(
    address: SocketAddr,
    config: &Arc<ClientConfig>,
    (connections, rounds): (usize, usize),
    server_cpu: &dyn Fn() -> f64,
) -> Result<Outcome, String> {
    let mut all = Vec::with_capacity(connections);
    for _ in 0..connections {
        all.push(begin(address, config)?);
    }
    let start = Start::now(server_cpu);
    for _ in 0..rounds {
        all.iter_mut().try_for_each(ask)?;
        all.iter_mut().try_for_each(hear)?;
    }
    Ok(start.outcome((connections * rounds) as f64, Histogram::new()))
}

/// `total` bytes in pieces of 64 KiB on one connection, each echoed before the next; the rate is in bytes.
pub fn bulk(
    address: SocketAddr,
    config: &Arc<ClientConfig>,
    total: usize,
    server_cpu: &dyn Fn() -> f64,
) -> Result<Outcome, String> {
    let mut secured = begin(address, config)?;
    let piece: Vec<u8> = (0..CHUNK).map(|i| (i % 251) as u8).collect();
    let mut echo = vec![0; CHUNK];
    let pieces = total / CHUNK;
    let start = Start::now(server_cpu);
    for _ in 0..pieces {
        secured.write_all(&piece).map_err(at("write"))?;
        secured.read_exact(&mut echo).map_err(at("read"))?;
        if echo[0] != piece[0] || echo[CHUNK - 1] != piece[CHUNK - 1] {
            return Err("other bytes came back".into());
        }
    }
    Ok(start.outcome((pieces * CHUNK) as f64, Histogram::new()))
}

/// Takes every certificate.
#[derive(Debug)]
struct Unchecked(Arc<CryptoProvider>);

impl ServerCertVerifier for Unchecked {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
