//! Peers that are not ours, of WebSockets and of events: Python's `websockets` and `wsproto`, and a browser.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use kamaelia_net::http::{HttpServer, Request, Response};

use crate::folder::Folder;
use crate::http::raw::head;
use crate::net_harness::{LONG, example, here, installed, serve, start_with};

/// A Python with `websockets` and `wsproto`, made once and kept in the target folder. `None`, with a note, if it cannot
/// be had.
fn python() -> Option<&'static Path> {
    static MADE: OnceLock<Option<PathBuf>> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python-peers");
        let python = home.join("bin/python");
        let succeeds = |program: &Path, arguments: &[&str]| {
            let status = Command::new(program).args(arguments).stderr(Stdio::null()).status();
            status.is_ok_and(|status| status.success())
        };
        let has_them = || succeeds(&python, &["-c", "import websockets, wsproto"]);
        let packages = ["-m", "pip", "install", "-q", "websockets==15.0.1", "wsproto==1.2.0"];
        let make = || {
            succeeds(Path::new("python3"), &["-m", "venv", home.to_str().unwrap()])
                && succeeds(&python, &packages)
                && has_them()
        };
        (has_them() || make()).then_some(python)
    });
    if made.is_none() {
        println!("WARNING: skipped: websockets and wsproto cannot be installed");
    }
    made.as_deref()
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/net/http/python").join(name)
}

fn run(python: &Path, name: &str, arguments: &[&str]) -> String {
    text(&Command::new(python).arg(script(name)).args(arguments).output().unwrap())
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A server of Python, killed when dropped, and its port.
struct PythonServer(Child, String);

impl PythonServer {
    fn start(python: &Path, name: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(python);
        let mut child = command.arg(script(name)).args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut port = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut port).unwrap();
        PythonServer(child, port.trim().to_owned())
    }
}

impl Drop for PythonServer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Lets the console client say these lines, waits for as many to be shown, and ends its input. Returns all that it
/// shows.
fn say(arguments: &[&str], lines: &str) -> Output {
    let mut client = Command::new("timeout")
        .arg("30")
        .arg(example("websocket_client"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut shows = BufReader::new(client.stdout.take().unwrap());
    // One that has ended already takes none.
    let mut says = client.stdin.take().unwrap();
    let _ = says.write_all(lines.as_bytes());
    let mut shown = String::new();
    for _ in lines.lines() {
        shows.read_line(&mut shown).unwrap();
    }
    drop(says);
    shows.read_to_string(&mut shown).unwrap();
    let ended = client.wait_with_output().unwrap();
    Output { stdout: shown.into_bytes(), ..ended }
}

/// A certificate for `localhost` that whoever is told to trusts, and its key, as files.
fn certificate(directory: &Folder) -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = directory.write("cert.pem", made.cert.pem());
    let key = directory.write("key.pem", made.signing_key.serialize_pem());
    (certificate.to_str().unwrap().to_owned(), key.to_str().unwrap().to_owned())
}

#[test]
fn clients_of_python_are_echoed_in_plain_text_and_over_tls() {
    let Some(python) = python() else { return };
    let server = start_with("websocket_echo", "", &[]);
    let url = format!("ws://{}/", server.address);
    assert_eq!(run(python, "websockets_client.py", &[&url, ""]), "done\n");
    assert_eq!(run(python, "wsproto_client.py", &[&server.address.port().to_string()]), "done\n");
    let directory = Folder::new();
    let (certificate, key) = certificate(&directory);
    let secured = start_with("websocket_echo", "", &["--tls", &certificate, &key]);
    let url = format!("wss://localhost:{}/", secured.address.port());
    assert_eq!(run(python, "websockets_client.py", &[&url, &certificate]), "done\n");
    let ours = say(&[&url, &certificate], "over TLS\n");
    assert_eq!((ours.status.code(), text(&ours).as_str()), (Some(0), "over TLS\n"));
    // Without the certificate it is not trusted.
    assert_ne!(say(&[&url], "never sent\n").status.code(), Some(0));
}

#[test]
fn servers_of_python_echo_the_console_client() {
    let Some(python) = python() else { return };
    let lines: String = (0..500).map(|number| format!("line {number}\n")).collect();
    for name in ["websockets_server.py", "wsproto_server.py"] {
        let server = PythonServer::start(python, name, &[]);
        let said = say(&[&format!("ws://127.0.0.1:{}/", server.1)], &lines);
        assert!(said.status.success() && text(&said) == lines, "{name}: {:.300}", text(&said));
    }
    let directory = Folder::new();
    let (certificate, key) = certificate(&directory);
    let server = PythonServer::start(python, "websockets_server.py", &[&certificate, &key]);
    let said = say(&[&format!("wss://localhost:{}/", server.1), &certificate], &lines);
    assert!(said.status.success() && text(&said) == lines, "{:.300}", text(&said));
}

const PAGE: &str = r#"<!doctype html>
<script>
const got = {events: [], ws: []};
function report() {
  if (got.events.length == 2 && got.ws.length == 1)
    fetch("REPORT", {method: "POST", mode: "no-cors", body: JSON.stringify(got)});
}
const events = new EventSource("/events");
events.onmessage = e => { got.events.push(e.data + " id " + e.lastEventId); report(); };
const ws = new WebSocket("ws://" + location.host + "/ws");
ws.onopen = () => ws.send("hällo");
ws.onmessage = e => { got.ws.push(e.data); report(); };
</script>
"#;

/// A browser, killed when dropped, with all that it has started.
struct Browser(Child);

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_browser_loads_a_page_hears_its_events_and_speaks_over_a_websocket() {
    if !installed("chromium") {
        return;
    }
    let (tells, hears) = channel();
    let report = serve(move || {
        HttpServer::responding(
            move |request: Request<Vec<u8>>| {
                tells.send(String::from_utf8(request.into_body()).unwrap()).unwrap();
                Response::new("")
            },
            here(),
        )
    });
    let directory = Folder::new();
    directory.write("page.html", PAGE.replace("REPORT", &format!("http://{}/", report.address)));
    let server = start_with("http_server", "", &[directory.path().to_str().unwrap()]);
    let profile = format!("--user-data-dir={}", directory.join("profile").display());
    let arguments =
        ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"];
    let browser = Command::new("chromium")
        .args(arguments)
        .args(["--no-proxy-server", "--remote-debugging-port=0", &profile])
        .arg(format!("http://{}/page.html", server.address))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let _browser = Browser(browser.unwrap());
    let got = hears.recv_timeout(Duration::from_secs(60)).expect("a report of the page");
    assert_eq!(got, r#"{"events":["1 id 1","2 id 2"],"ws":["hällo"]}"#);
    report.drain().unwrap();
}

/// An upgraded connection to `websocket_echo`.
fn upgraded(address: std::net::SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(1))).unwrap();
    let request = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\
                   Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    assert!(head(&mut stream).starts_with("HTTP/1.1 101 "));
    stream
}

#[test]
fn websockets_that_are_never_read_or_end_abruptly_cost_little_and_hold_up_nobody() {
    let mut server = start_with("websocket_echo", "", &[]);
    let descriptors = |server: &crate::net_harness::Program| {
        std::fs::read_dir(format!("/proc/{}/fd", server.child.id())).unwrap().count()
    };
    drop(upgraded(server.address));
    let (before, idle) = (server.memory(), descriptors(&server));
    // A binary message of 60,000 bytes, masked with zeros.
    let mut frame = vec![0x82, 0x80 | 126];
    frame.extend(60_000u16.to_be_bytes());
    frame.resize(2 + 2 + 4 + 60_000, 0);
    let mut deaf: Vec<TcpStream> = (0..10).map(|_| upgraded(server.address)).collect();
    for stream in &mut deaf {
        // Until the server reads no more, since its echoes are not read.
        let mut sent = 0;
        while stream.write_all(&frame).is_ok() {
            sent += frame.len();
            assert!(sent < 60_000_000, "it takes all, and is never read");
        }
    }
    let grown = server.memory().saturating_sub(before);
    assert!(grown < 20_000_000, "10 that never read cost {grown} bytes");
    let begun = Instant::now();
    let mut good = upgraded(server.address);
    good.write_all(b"\x81\x82\0\0\0\0hi").unwrap();
    let mut echo = [0; 4];
    good.read_exact(&mut echo).unwrap();
    assert_eq!((&echo, begun.elapsed() < Duration::from_secs(2)), (b"\x81\x02hi", true));
    // Half of a frame, and the end without a Close.
    good.write_all(&frame[..1000]).unwrap();
    drop((deaf, good));
    let late = Instant::now() + LONG;
    while descriptors(&server) > idle {
        assert!(Instant::now() < late, "{} descriptors, {idle} before", descriptors(&server));
        std::thread::sleep(Duration::from_millis(10));
    }
    server.signal("TERM");
    assert_eq!(server.end(Duration::from_secs(5)), Some(0));
}

#[test]
fn the_websocket_examples_end_in_order_when_told() {
    for signal in ["INT", "TERM"] {
        let mut server = start_with("websocket_echo", "", &[]);
        let mut stream = upgraded(server.address);
        server.signal(signal);
        // A Close with 1001, going away.
        let mut close = [0; 4];
        stream.read_exact(&mut close).unwrap();
        assert_eq!(&close, b"\x88\x02\x03\xe9", "{signal}");
        stream.write_all(b"\x88\x82\0\0\0\0\x03\xe9").unwrap();
        assert_eq!(server.end(Duration::from_secs(5)), Some(0), "{signal}");
    }
    // The end of the input closes; a server that is none, or is not there, is an error.
    let server = start_with("websocket_echo", "", &[]);
    assert_eq!(say(&[&format!("ws://{}/", server.address)], "").status.code(), Some(0));
    drop(server);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(say(&[&format!("ws://{nobody}/")], "").status.code(), Some(1));
    assert_eq!(say(&[], "").status.code(), Some(2));
}
