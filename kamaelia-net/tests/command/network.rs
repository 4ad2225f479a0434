//! Clients and servers from the command line, with each other and with openssl.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use super::{Folder, KAMAELIA, said, server, signal};

/// Ends what was started, also if the test fails.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn files_are_served_and_fetched_by_http() {
    let folder = Folder::new();
    let file = folder.file("page.txt", "from a file\n");
    let home = file.trim_end_matches("/page.txt");
    let (child, address) = server(&format!("HttpServer 127.0.0.1:0 {home}"), &[]);
    let mut child = Ended(child);
    let fetch = format!("SingleShotHttpClient http://{address}/page.txt ! ConsoleEchoer");
    assert_eq!(said(&["run", &fetch]), (0, "from a file\n".into(), String::new()));
    signal(&child.0, "-INT");
    assert_eq!(child.0.wait().expect("it ends").code(), Some(0));
}

#[test]
fn a_request_without_a_whole_answer_makes_the_run_fail_with_the_reason() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    let serving = std::thread::spawn(move || {
        for _ in 0..3 {
            let mut stream = listener.accept().expect("a client").0;
            let mut request = [0; 16 * 1024];
            let _ = stream.read(&mut request).expect("a request");
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc").expect("it reads");
        }
    });
    for (client, shown, reason) in [
        (format!("SingleShotHttpClient http://{address}/"), "abc", "no whole answer to"),
        (format!("SingleShotHttpClient https://{address}/"), "", "does not speak TLS"),
        (format!("OneShot x ! WebSocketClient ws://{address}/"), "", "the server opens no WebSocket"),
    ] {
        let (status, out, error) = said(&["run", &format!("{client} ! ConsoleEchoer")]);
        assert_eq!((status, out.as_str()), (1, shown), "{client}: {error}");
        assert!(error.contains(reason), "{client}: {error}");
    }
    serving.join().expect("all three came");
}

#[test]
fn a_websocket_brings_back_what_was_sent_through_it() {
    let (child, address) = server("WebSocketServer 127.0.0.1:0 / EchoProtocol", &[]);
    let _child = Ended(child);
    let client = format!("DataSource hello ! WebSocketClient ws://{address}/ ! ConsoleEchoer");
    assert_eq!(said(&["run", &client]), (0, "hello\n".into(), String::new()));
}

#[test]
fn a_client_secures_its_connection_to_openssl_and_checks_the_name() {
    let folder = Folder::new();
    let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let certificate = folder.file("certificate.pem", issued.cert.pem());
    let key = folder.file("key.pem", issued.signing_key.serialize_pem());
    let serving = Command::new("openssl")
        .args(["s_server", "-accept", "127.0.0.1:0", "-cert", &certificate, "-key", &key])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut openssl = Ended(serving.expect("openssl is there"));
    let mut says = BufReader::new(openssl.0.stdout.take().expect("a pipe")).lines();
    let port = says
        .find_map(|line| line.expect("text").strip_prefix("ACCEPT 127.0.0.1:").map(str::to_owned))
        .expect("it says where it listens");
    // It goes on writing, and must not wait for us. What is typed goes to whoever is connected, so that is awaited.
    let (tell, secured) = channel();
    std::thread::spawn(move || {
        for line in says.map_while(Result::ok).filter(|line| line.starts_with("CIPHER is")) {
            let _ = tell.send(line);
        }
    });
    let wrong = format!(
        "TcpClient 127.0.0.1 {port} tls=true ca={certificate} server_name=example.org ! ConsoleEchoer"
    );
    let (_, output, error) = said(&["run", &wrong]);
    assert!(output.is_empty() && error.contains("example.org"), "{output} {error}");
    let right =
        format!("TcpClient 127.0.0.1 {port} tls=true ca={certificate} server_name=localhost ! ConsoleEchoer");
    let client = Command::new(KAMAELIA).args(["run", &right]).stdout(Stdio::piped()).spawn().expect("built");
    let mut client = Ended(client);
    secured.recv_timeout(Duration::from_secs(30)).expect("a handshake in time");
    let mut keyboard = openssl.0.stdin.take().expect("a pipe");
    keyboard.write_all(b"from openssl\n").expect("it reads");
    let mut line = String::new();
    BufReader::new(client.0.stdout.take().expect("a pipe")).read_line(&mut line).expect("it writes");
    assert_eq!(line, "from openssl\n");
    keyboard.write_all(b"Q\n").expect("it reads");
    assert_eq!(client.0.wait().expect("it ends").code(), Some(0));
}
