//! A certificate for this machine that nobody else has issued, for examples that were given none.

use std::io::{Error, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use axon::Result;
use kamaelia_net::tls::{Certificate, TlsServer, TlsServerOptions};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// The settings of a server, and the file of its certificate, which goes when this does.
pub(crate) struct Identity {
    pub(crate) tls: TlsServer,
    made: Option<PathBuf>,
}

impl Identity {
    /// From files, if both are named. Otherwise makes a certificate for `localhost` and its addresses, which is good
    /// for three months, writes it
    /// to a file, whose path it prints, and keeps the key to itself.
    pub(crate) fn new(certificate: Option<String>, key: Option<String>) -> Result<Self> {
        if let (Some(certificate), Some(key)) = (certificate, key) {
            return Ok(Identity { tls: TlsServer::from_files(certificate, key)?, made: None });
        }
        let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
        let mut params = CertificateParams::new(names)?;
        let today = date_time_ymd(1970, 1, 1) + SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
        // Clocks differ a little.
        (params.not_before, params.not_after) = (today - DAY, today + 90 * DAY);
        let key = KeyPair::generate()?;
        let cert = params.self_signed(&key)?;
        let file = write_new(&cert.pem())?;
        println!("certificate {}", file.display());
        let certificate = Certificate::from_pem(cert.pem(), key.serialize_pem())?;
        Ok(Identity { tls: TlsServerOptions::new(certificate).build()?, made: Some(file) })
    }
}

impl Drop for Identity {
    fn drop(&mut self) {
        if let Some(file) = &self.made {
            let _ = std::fs::remove_file(file);
        }
    }
}

/// Writes a file that did not exist before, so that nobody else can have prepared it.
fn write_new(text: &str) -> std::result::Result<PathBuf, Error> {
    let folder = std::env::temp_dir();
    let mut number = 0;
    loop {
        let path = folder.join(Path::new(&format!("kamaelia-{}-{number}.pem", std::process::id())));
        match std::fs::File::create_new(&path) {
            Ok(mut file) => return file.write_all(text.as_bytes()).map(|()| path),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && number < 100 => number += 1,
            Err(error) => return Err(error),
        }
    }
}
