//! The floor of N5: an echo server over TLS as a plain loop over mio's poll and rustls, with buffers for all.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

use mio::net::TcpStream;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection};

use super::plain_loop::{Next, run};
use super::{Identity, SHARED_BUFFER};

struct Connection {
    stream: TcpStream,
    tls: ServerConnection,
}

/// What all connections read into: from the wire, and decrypted.
struct Buffers {
    wire: Vec<u8>,
    plain: Vec<u8>,
}

impl Connection {
    /// Writes until nothing is left. `None` if it would block.
    fn flush(&mut self) -> std::io::Result<Option<()>> {
        while self.tls.wants_write() {
            match self.tls.write_tls(&mut self.stream) {
                Ok(_) => {}
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(Some(()))
    }

    /// Decrypts what came, and encrypts it again.
    fn echo(&mut self, mut wire: &[u8], plain: &mut [u8]) -> std::io::Result<()> {
        while !wire.is_empty() {
            self.tls.read_tls(&mut wire)?;
            self.tls.process_new_packets().map_err(std::io::Error::other)?;
            loop {
                match self.tls.reader().read(plain) {
                    Ok(0) => break,
                    Ok(n) => self.tls.writer().write_all(&plain[..n])?,
                    Err(e) if e.kind() == ErrorKind::WouldBlock => break,
                    Err(e) => return Err(e),
                }
            }
        }
        Ok(())
    }

    /// Echoes until nothing is left to read, or nothing more can be written.
    fn serve(&mut self, buffers: &mut Buffers) -> std::io::Result<Next> {
        loop {
            if self.flush()?.is_none() {
                return Ok(Next::Keep);
            }
            match self.stream.read(&mut buffers.wire) {
                Ok(0) => return Ok(Next::Close),
                Ok(n) => {
                    self.echo(&buffers.wire[..n], &mut buffers.plain)?;
                    // A short read has drained the socket; the next arrival is a new event.
                    if n < buffers.wire.len() && self.flush()?.is_some() {
                        return Ok(Next::Keep);
                    }
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(Next::Keep),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
    }
}

/// Serves until the process ends.
pub fn serve(listener: TcpListener) -> Result<(), String> {
    let config = settings()?;
    let mut buffers = Buffers { wire: vec![0; SHARED_BUFFER], plain: vec![0; SHARED_BUFFER] };
    let begin = |stream| {
        let mut tls = ServerConnection::new(Arc::clone(&config)).map_err(std::io::Error::other)?;
        tls.set_buffer_limit(None);
        Ok(Connection { stream, tls })
    };
    let serve = |connection: &mut Connection| connection.serve(&mut buffers).unwrap_or(Next::Close);
    run(listener, begin, serve).map_err(|e| format!("the loop over rustls: {e}"))
}

/// The same settings that kamaelia-net has: both versions, ring, tickets.
fn settings() -> Result<Arc<ServerConfig>, String> {
    let wrong = |e: &dyn std::fmt::Display| format!("TLS: {e}");
    let identity = Identity::new()?;
    let certificate = CertificateDer::from_pem_slice(identity.certificate.as_bytes());
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).map_err(|e| wrong(&e))?;
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(|e| wrong(&e))?;
    let chain = vec![certificate.map_err(|e| wrong(&e))?];
    let mut config = builder.with_no_client_auth().with_single_cert(chain, key).map_err(|e| wrong(&e))?;
    config.ticketer = ring::Ticketer::new().map_err(|e| wrong(&e))?;
    Ok(Arc::new(config))
}
