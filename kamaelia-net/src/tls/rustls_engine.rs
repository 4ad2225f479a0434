//! The [`Engine`] made of rustls's buffered connections, for both roles.
//!
//! Two properties of these matter here: `read_tls` fails if much plain text has not been taken out, so it is
//! called only while `wants_read` returns true; and the writer accepts at most 64 KiB, and then nothing.

use std::fmt;
use std::io::{self, Read, Write};

use rustls::{Connection, HandshakeKind, ProtocolVersion};

use super::reasons::reason;
use crate::engine::{Engine, Plain, Wants};
use crate::ssl::{SslError, TlsSession, TlsVersion};

/// The first byte of a TLS connection: that of a handshake record, or of an alert.
const HANDSHAKE: u8 = 0x16;
const ALERT: u8 = 0x15;

/// A rustls connection, and the state that it does not expose.
pub(super) struct RustlsEngine {
    connection: Connection,
    /// Whether nothing has come from the peer yet.
    untouched: bool,
    /// Whether the peer has sent the notice that its data ends.
    peer_finished: bool,
    /// Whether this side has sent the notice that its data ends.
    finished: bool,
    failure: Option<SslError>,
}

impl RustlsEngine {
    pub(super) fn new(connection: impl Into<Connection>) -> Self {
        RustlsEngine {
            connection: connection.into(),
            untouched: true,
            peer_finished: false,
            finished: false,
            failure: None,
        }
    }

    fn fail(&mut self, error: SslError) -> SslError {
        self.failure.get_or_insert(error).clone()
    }
}

impl Engine for RustlsEngine {
    fn feed(&mut self, wire: &[u8]) -> Result<usize, SslError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        if let Some(&first) = wire.first()
            && std::mem::take(&mut self.untouched)
            && first != HANDSHAKE
            && first != ALERT
        {
            return Err(self.fail(SslError::PlainText));
        }
        let mut rest = wire;
        while !rest.is_empty() {
            if self.peer_finished {
                // Bytes after the notice of the end are ignored.
                return Ok(wire.len());
            }
            if !self.connection.wants_read() {
                break;
            }
            if let Err(error) = self.connection.read_tls(&mut rest) {
                return Err(self.fail(SslError::Protocol(error.to_string())));
            }
            match self.connection.process_new_packets() {
                Ok(state) => self.peer_finished = state.peer_has_closed(),
                Err(error) => return Err(self.fail(reason(error))),
            }
        }
        Ok(wire.len() - rest.len())
    }

    fn feed_end(&mut self) -> Result<(), SslError> {
        match &self.failure {
            Some(failure) => Err(failure.clone()),
            None if self.peer_finished => Ok(()),
            None if self.connection.is_handshaking() => Err(self.fail(SslError::ClosedByPeer)),
            None => Err(self.fail(SslError::Truncated)),
        }
    }

    fn plain_out(&mut self, into: &mut [u8]) -> Plain {
        match self.connection.reader().read(into) {
            Ok(0) if into.is_empty() => Plain::Nothing,
            Ok(0) => Plain::End,
            Ok(count) => Plain::Some(count),
            // The only error is "would block".
            Err(_) => Plain::Nothing,
        }
    }

    fn put(&mut self, plain: &[u8]) -> usize {
        if self.finished || self.failure.is_some() || self.connection.is_handshaking() {
            return 0;
        }
        self.connection.writer().write(plain).unwrap_or(0)
    }

    fn finish(&mut self) {
        if !std::mem::replace(&mut self.finished, true) && self.failure.is_none() {
            self.connection.send_close_notify();
        }
    }

    fn wire_out(&mut self, into: &mut Vec<u8>) {
        // Writing to a vector cannot fail.
        let _ = self.wire_to(into);
    }

    fn wire_to(&mut self, writer: &mut dyn Write) -> io::Result<()> {
        while self.connection.wants_write() {
            match self.connection.write_tls(writer) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn wants(&self) -> Wants {
        Wants {
            feeding: self.failure.is_none() && (self.peer_finished || self.connection.wants_read()),
            sending: self.connection.wants_write(),
            handshake: self.connection.is_handshaking(),
        }
    }

    fn session(&self) -> Option<TlsSession> {
        if self.connection.is_handshaking() {
            return None;
        }
        let version = match self.connection.protocol_version()? {
            ProtocolVersion::TLSv1_3 => TlsVersion::Tls13,
            _ => TlsVersion::Tls12,
        };
        let cipher = self.connection.negotiated_cipher_suite()?.suite().as_str().unwrap_or("unknown");
        let mut session = TlsSession::new(version, cipher);
        let alpn = self.connection.alpn_protocol();
        session.alpn = alpn.map(|protocol| String::from_utf8_lossy(protocol).into_owned());
        let certificates = self.connection.peer_certificates().unwrap_or_default();
        session.peer_certificates = certificates.iter().map(|certificate| certificate.to_vec()).collect();
        session.resumed = self.connection.handshake_kind() == Some(HandshakeKind::Resumed);
        if let Connection::Server(server) = &self.connection {
            session.server_name = server.server_name().map(str::to_owned);
        }
        Some(session)
    }
}

impl fmt::Debug for RustlsEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RustlsEngine").field("wants", &self.wants()).finish_non_exhaustive()
    }
}

/// Tests against OpenSSL, over a blocking socket. They are skipped where OpenSSL is absent.
#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::net::{TcpListener, TcpStream};
    use std::path::PathBuf;
    use std::process::{Child, Command, Stdio};
    use std::time::Duration;

    use super::super::client::TlsClientOptions;
    use super::super::server::TlsServerOptions;
    use super::super::test_certificates::{Issuer, Pair};
    use super::*;

    const LIMIT: Duration = Duration::from_secs(20);

    fn openssl() -> Option<Command> {
        let found = Command::new("openssl").arg("version").stdout(Stdio::null()).status();
        if !found.is_ok_and(|status| status.success()) {
            println!("skipped: openssl is not installed");
            return None;
        }
        let mut command = Command::new("openssl");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        Some(command)
    }

    /// A folder that is deleted after the test.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("kamaelia-net-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&path).unwrap();
            Folder(path)
        }

        fn file(&self, name: &str, text: &str) -> PathBuf {
            let path = self.0.join(name);
            std::fs::write(&path, text).unwrap();
            path
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    /// A process that is ended after the test, whatever happens.
    struct Process(Child);

    impl Drop for Process {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    /// Sends `said`, and reads until `expected` bytes have come back.
    fn converse(engine: &mut dyn Engine, mut socket: &TcpStream, said: &[u8], expected: usize) -> Vec<u8> {
        socket.set_read_timeout(Some(LIMIT)).unwrap();
        let (mut wire, mut said, mut heard) = (Vec::new(), said, Vec::new());
        let mut buffer = [0; 5000];
        loop {
            said = &said[engine.put(said)..];
            engine.wire_out(&mut wire);
            socket.write_all(&wire).unwrap();
            if !std::mem::take(&mut wire).is_empty() {
                continue;
            }
            if said.is_empty() && heard.len() >= expected {
                return heard;
            }
            let count = socket.read(&mut buffer).unwrap();
            assert_ne!(count, 0, "it ended after {heard:?}");
            let mut read = &buffer[..count];
            while !read.is_empty() {
                read = &read[engine.feed(read).unwrap()..];
                let mut plain = [0; 1000];
                while let Plain::Some(count) = engine.plain_out(&mut plain) {
                    heard.extend_from_slice(&plain[..count]);
                }
                engine.wire_out(&mut wire);
            }
        }
    }

    #[test]
    fn a_client_talks_to_a_server_of_openssl_in_both_versions() {
        let issuer = Issuer::new("the issuer");
        let Pair { certificate, key } = issuer.server("server.test");
        let folder = Folder::new("s-server");
        let (certificate, key) = (folder.file("cert.pem", &certificate), folder.file("key.pem", &key));
        for (option, version) in [("-tls1_2", TlsVersion::Tls12), ("-tls1_3", TlsVersion::Tls13)] {
            let Some(mut server) = openssl() else { return };
            server.args(["s_server", option, "-accept", "127.0.0.1:0", "-naccept", "1", "-rev", "-cert"]);
            let mut server = Process(server.arg(&certificate).arg("-key").arg(&key).spawn().unwrap());
            let mut lines = BufReader::new(server.0.stdout.take().unwrap()).lines().map(Result::unwrap);
            let address = lines.find_map(|line| line.strip_prefix("ACCEPT ").map(str::to_owned)).unwrap();
            let socket = TcpStream::connect(&address).unwrap();
            let client = TlsClientOptions::new().authorities(issuer.authorities()).build().unwrap();
            let mut client = client.engine(Some("server.test")).unwrap();
            assert_eq!(converse(&mut *client, &socket, b"hello\n", 6), b"olleh\n");
            assert_eq!(client.session().unwrap().version, version);
        }
    }

    #[test]
    fn a_server_talks_to_a_client_of_openssl_in_both_versions() {
        let issuer = Issuer::new("the issuer");
        let folder = Folder::new("s-client");
        let trusted = folder.file("ca.pem", &issuer.pem());
        let server = TlsServerOptions::new(issuer.server("server.test").certificate()).build().unwrap();
        for (option, version) in [("-tls1_2", TlsVersion::Tls12), ("-tls1_3", TlsVersion::Tls13)] {
            let Some(mut client) = openssl() else { return };
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            client.args(["s_client", option, "-quiet", "-verify_return_error", "-servername", "server.test"]);
            client.args(["-verify_hostname", "server.test", "-CAfile"]).arg(&trusted).arg("-connect");
            let mut client = Process(client.arg(listener.local_addr().unwrap().to_string()).spawn().unwrap());
            client.0.stdin.as_mut().unwrap().write_all(b"hello\n").unwrap();
            let mut engine = server.engine().unwrap();
            let (socket, _) = listener.accept().unwrap();
            assert_eq!(converse(&mut *engine, &socket, b"welcome\n", 6), b"hello\n");
            let mut line = String::new();
            BufReader::new(client.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
            assert_eq!(line, "welcome\n");
            let session = engine.session().unwrap();
            assert_eq!((session.version, session.server_name.as_deref()), (version, Some("server.test")));
        }
    }
}
