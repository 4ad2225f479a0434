//! The servers of the examples on several cores: they end in order, and are replaced under load without losing a
//! request.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::folder::Folder;
use crate::net_harness::{LONG, Program, example, installed, start_with};

fn get(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(LONG))?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

fn is_hello(answer: &str) -> bool {
    answer.starts_with("HTTP/1.1 200") && answer.ends_with("\r\n\r\nhello\n")
}

#[test]
fn http_server_on_two_cores_answers_on_all_its_routes_and_ends_in_order() {
    for signal in ["INT", "TERM"] {
        let mut server = start_with("http_server", "", &[env!("CARGO_MANIFEST_DIR"), "--cores", "2"]);
        for _ in 0..4 {
            assert!(is_hello(&get(server.address, "/hello").unwrap()));
            assert!(get(server.address, "/LICENSE").unwrap().contains("Apache License"));
            let mut stream = TcpStream::connect(server.address).unwrap();
            stream
                .write_all(
                    b"POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody",
                )
                .unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert!(answer.contains("\r\n4\r\nbody\r\n"), "{answer}");
        }
        let idle = TcpStream::connect(server.address).unwrap();
        let mut events = TcpStream::connect(server.address).unwrap();
        events.write_all(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut line = String::new();
        BufReader::new(&events).read_line(&mut line).unwrap();
        assert!(line.starts_with("HTTP/1.1 200"), "{line}");
        server.signal(signal);
        assert_eq!(server.end(LONG), Some(0));
        drop((idle, events));
    }
}

#[test]
fn a_second_signal_ends_a_server_on_several_cores_at_once() {
    let mut server = start_with("http_server", "", &[".", "--cores", "2"]);
    let mut events = TcpStream::connect(server.address).unwrap();
    events.write_all(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    events.read_exact(&mut [0; 8]).unwrap();
    server.signal("INT");
    // Until it has begun to end.
    while TcpStream::connect(server.address).is_ok() {
        thread::sleep(Duration::from_millis(1));
    }
    server.signal("TERM");
    assert_eq!(server.end(LONG), Some(130));
}

#[test]
fn what_is_no_number_of_cores_is_refused_with_a_sentence() {
    for wrong in ["0", "two", ""] {
        let output: Output =
            Command::new(example("http_server")).args(["127.0.0.1:0", "--cores", wrong]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains("--cores needs a number"), "{said}");
    }
}

#[test]
fn http_server_on_two_cores_serves_curl_over_tls() {
    if !(installed("curl") && installed("openssl")) {
        return;
    }
    let folder = Folder::new();
    let [key, certificate] = ["key.pem", "certificate.pem"].map(|name| folder.place(name));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
        .args(["-keyout", &key, "-out", &certificate, "-days", "2", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1"])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let mut server = start_with("http_server", "", &[".", "--tls", &certificate, &key, "--cores", "2"]);
    let url = format!("https://{}/hello", server.address);
    for _ in 0..4 {
        let output = Command::new("curl").args(["-sS", "--cacert", &certificate, &url]).output().unwrap();
        assert_eq!(output.stdout, b"hello\n", "{}", String::from_utf8_lossy(&output.stderr));
    }
    server.signal("TERM");
    assert_eq!(server.end(LONG), Some(0));
}

/// Starts the server with this socket as descriptor 3.
fn start_at(listener: &TcpListener, cores: &str) -> Program {
    let socket = OwnedFd::from(listener.try_clone().unwrap());
    let child = Command::new("sh")
        .args(["-c", "LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\" \"$@\" 3<&0 </dev/null"])
        .arg(example("http_server"))
        .args(["127.0.0.1:0", ".", "--cores", cores])
        .stdin(Stdio::from(socket))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    Program::listening(child)
}

/// How often the server is replaced.
fn reloads() -> usize {
    if std::env::var("AXON_STRESS").is_ok_and(|value| value == "full") { 100 } else { 5 }
}

#[test]
fn a_server_that_is_replaced_under_load_fails_no_request() {
    for cores in ["1", "2"] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut server = start_at(&listener, cores);
        assert_eq!(server.address, address);
        let (is_over, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
        thread::scope(|scope| {
            let clients: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        while !is_over.load(Ordering::SeqCst) {
                            match get(address, "/hello") {
                                Ok(answer) if is_hello(&answer) => answered.fetch_add(1, Ordering::SeqCst),
                                other => return Err(format!("{other:?}")),
                            };
                        }
                        Ok(())
                    })
                })
                .collect();
            for _ in 0..reloads() {
                let before = answered.load(Ordering::SeqCst);
                let next = start_at(&listener, cores);
                server.signal("TERM");
                assert_eq!(server.end(LONG), Some(0));
                server = next;
                while answered.load(Ordering::SeqCst) < before + 20
                    && clients.iter().all(|c| !c.is_finished())
                {
                    thread::sleep(Duration::from_millis(2));
                }
            }
            is_over.store(true, Ordering::SeqCst);
            for client in clients {
                client.join().unwrap().unwrap();
            }
        });
        println!("{} requests over {} reloads, cores: {cores}", answered.into_inner(), reloads());
        server.signal("TERM");
        assert_eq!(server.end(LONG), Some(0));
    }
}
