//! The examples as programs, and peers that are not ours: curl, and Python's client and server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::FileExt;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::folder::Folder;
use crate::http::raw::{field, head};
use crate::net_harness::{LONG, Program, example, installed, start_with};

fn site() -> Folder {
    let directory = Folder::new();
    directory.write("numbers.txt", "0123456789");
    directory
}

fn server(directory: &Folder) -> Program {
    start_with("http_server", "", &[directory.path().to_str().unwrap()])
}

fn curl(arguments: &[&str]) -> Output {
    Command::new("curl").args(["-sS", "-m", "20", "--noproxy", ""]).args(arguments).output().unwrap()
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A server of Python for the files in a directory; killed when dropped.
struct Python(Child, String);

impl Python {
    fn serving(directory: &Folder) -> Self {
        let program = "
import http.server, functools, sys
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler)
print(server.server_port, flush=True)
server.serve_forever()
";
        let mut child = Command::new("python3")
            .args(["-c", program, directory.path().to_str().unwrap()])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut port = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut port).unwrap();
        Python(child, format!("http://127.0.0.1:{}", port.trim()))
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn curl_is_served_in_every_way_it_asks() {
    if !installed("curl") {
        return;
    }
    let directory = site();
    let server = server(&directory);
    let url = |path: &str| format!("http://{}{path}", server.address);
    let file = directory.write("upload", vec![b'x'; 300_000]);
    let upload = file.to_str().unwrap();
    for (arguments, expected) in [
        (vec![url("/hello")], "hello\n".to_owned()),
        (vec!["--http1.0".into(), url("/hello")], "hello\n".into()),
        (vec!["-r".into(), "2-4".into(), url("/numbers.txt")], "234".into()),
        (vec!["-T".into(), upload.into(), url("/echo")], "x".repeat(300_000)),
        (
            vec!["--expect100-timeout".into(), "20".into(), "-T".into(), upload.into(), url("/echo")],
            "x".repeat(300_000),
        ),
        (
            vec!["--limit-rate".into(), "600k".into(), "-T".into(), upload.into(), url("/echo")],
            "x".repeat(300_000),
        ),
        (vec!["-d".into(), "form".into(), url("/echo")], "form".into()),
        (
            vec!["-H".into(), "Transfer-Encoding: chunked".into(), "-d".into(), "x".into(), url("/echo")],
            "x".into(),
        ),
        (vec![url("/hello"), url("/numbers.txt"), url("/hello")], "hello\n0123456789hello\n".into()),
        (
            vec!["-o".into(), "/dev/null".into(), "-w".into(), "%{http_code}".into(), url("/none")],
            "404".into(),
        ),
        (
            vec![
                "-o".into(),
                "/dev/null".into(),
                "-w".into(),
                "%{http_code}".into(),
                "-X".into(),
                "PUT".into(),
                url("/hello"),
            ],
            "405".into(),
        ),
    ] {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let begun = Instant::now();
        assert!(text(&curl(&arguments)) == expected, "{arguments:?}: {:.300}", text(&curl(&arguments)));
        assert!(begun.elapsed() < Duration::from_secs(10), "{arguments:?}: it waited to be told to go on");
    }
    let head = text(&curl(&["-I", &url("/numbers.txt")]));
    assert_eq!(field(&head, "content-length"), Some("10"));
}

#[test]
fn curl_is_served_by_https_and_http_get_checks_the_certificate() {
    if !installed("curl") {
        return;
    }
    let directory = site();
    let names = ["localhost", "127.0.0.1"].map(str::to_owned);
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let certificate = directory.write("cert.pem", made.cert.pem());
    let key = directory.write("key.pem", made.signing_key.serialize_pem());
    let files =
        [directory.path().to_str().unwrap(), "--tls", certificate.to_str().unwrap(), key.to_str().unwrap()];
    let server = start_with("http_server", "", &files);
    let url = format!("https://localhost:{}/hello", server.address.port());
    let resolve = format!("localhost:{}:127.0.0.1", server.address.port());
    let answer = curl(&["--cacert", certificate.to_str().unwrap(), "--resolve", &resolve, &url]);
    assert_eq!(text(&answer), "hello\n");
    let refused = Command::new(example("http_get")).arg(&url).output().unwrap();
    assert_eq!(refused.status.code(), Some(4), "{}", text(&refused));
    // Plain HTTP to a port with TLS, and TLS to a port without.
    let plain = curl(&[&url.replace("https", "http")]);
    assert!(!plain.status.success());
    let without = self::server(&directory);
    let mistaken = format!("https://127.0.0.1:{}/hello", without.address.port());
    assert_eq!(Command::new(example("http_get")).arg(mistaken).output().unwrap().status.code(), Some(4));
}

#[test]
fn http_get_says_by_its_status_what_failed() {
    let directory = site();
    let server = server(&directory);
    let python = Python::serving(&directory);
    let get = |arguments: &[&str]| Command::new(example("http_get")).args(arguments).output().unwrap();
    let ours = format!("http://{}", server.address);
    for base in [ours.as_str(), &python.1] {
        let whole = get(&[&format!("{base}/numbers.txt")]);
        assert_eq!((whole.status.code(), text(&whole).as_str()), (Some(0), "0123456789"), "{base}");
        assert_eq!(get(&[&format!("{base}/none")]).status.code(), Some(22), "{base}");
    }
    std::fs::create_dir(directory.join("folder")).unwrap();
    directory.write("folder/index.html", "moved");
    assert_eq!(text(&get(&[&format!("{}/folder", python.1)])), "moved");
    let file = directory.join("saved");
    let saved = get(&[&format!("{ours}/numbers.txt"), "-o", file.to_str().unwrap()]);
    assert_eq!(saved.status.code(), Some(0), "{}", text(&saved));
    assert_eq!(std::fs::read(file).unwrap(), b"0123456789");
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(get(&[&format!("http://{nobody}/")]).status.code(), Some(3));
    assert_eq!(get(&["ftp://localhost/"]).status.code(), Some(2));
    assert_eq!(get(&[]).status.code(), Some(2));
    assert_eq!(get(&[&ours, "-o", "/no/such/folder/file"]).status.code(), Some(1));
    // 4, a connection that cannot be secured, is among the tests of https above.
    for (answer, status) in [
        ("", 5),
        ("220 mail.example ESMTP\r\n", 5),
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", 6),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", 6),
        ("HTTP/1.1 302 Found\r\nLocation: ftp://localhost/\r\nContent-Length: 0\r\n\r\n", 7),
    ] {
        let url = answering(answer);
        let got = get(&[&url]);
        assert_eq!(got.status.code(), Some(status), "{answer:?}: {}", text(&got));
    }
    let circle = Redirecting::new();
    assert_eq!(get(&[&circle.0]).status.code(), Some(7));
}

/// A server that answers one connection with these bytes. Returns its URL.
fn answering(answer: &'static str) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        head(&mut stream);
        stream.write_all(answer.as_bytes()).unwrap();
    });
    url
}

/// A server whose every path leads to itself.
struct Redirecting(
    String,
    #[expect(dead_code, reason = "it serves until it is dropped")] crate::net_harness::Running,
);

impl Redirecting {
    fn new() -> Self {
        use kamaelia_net::http::{HttpServer, Response};
        let again = |_| Response::builder().status(302).header("location", "/").body("").expect("a response");
        let server =
            crate::net_harness::serve(move || HttpServer::responding(again, crate::net_harness::here()));
        Redirecting(format!("http://{}/", server.address), server)
    }
}

#[test]
fn curl_and_http_go_through_the_proxy() {
    if !installed("curl") {
        return;
    }
    let directory = site();
    let (server, python) = (server(&directory), Python::serving(&directory));
    let proxy = start_with("http_proxy", "", &[]);
    let through = format!("http://{}", proxy.address);
    let ours = format!("http://{}", server.address);
    for base in [ours.as_str(), &python.1] {
        let url = format!("{base}/numbers.txt");
        assert_eq!(text(&curl(&["-x", &through, &url])), "0123456789");
        assert_eq!(text(&curl(&["-x", &through, "-p", &url])), "0123456789", "CONNECT");
    }
    let file = directory.write("upload", vec![b'x'; 300_000]);
    let upload = ["-x", &through, "-T", file.to_str().unwrap(), &format!("{ours}/echo")];
    assert_eq!(text(&curl(&upload)), "x".repeat(300_000));
    let tunnelled = ["-x", &through, "-p", "-T", file.to_str().unwrap(), &format!("{ours}/echo")];
    assert_eq!(text(&curl(&tunnelled)), "x".repeat(300_000));
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let code = ["-o", "/dev/null", "-w", "%{http_code}", "-x", &through, &format!("http://{nobody}/")];
    assert_eq!(text(&curl(&code)), "502");
    assert!(text(&curl(&["-x", &through, "-p", &format!("http://{nobody}/")])).contains("502"));
    assert!(text(&curl(&[&through])).contains("this is a proxy"));
}

#[test]
fn pythons_client_is_served_on_one_connection() {
    let directory = site();
    let server = server(&directory);
    let program = r#"
import http.client, sys
c = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=20)
for n in range(50):
    c.request("POST", "/echo", body=str(n) * 1000)
    r = c.getresponse()
    assert r.status == 200 and r.read() == (str(n) * 1000).encode(), n
    c.request("PUT", "/echo", body=(b"part%d" % i for i in range(10)), encode_chunked=True)
    assert c.getresponse().read() == b"".join(b"part%d" % i for i in range(10))
c.request("GET", "/numbers.txt", headers={"Range": "bytes=-3"})
r = c.getresponse()
assert (r.status, r.read()) == (206, b"789")
c.request("HEAD", "/hello")
r = c.getresponse()
assert (r.status, r.read(), r.getheader("content-length")) == (200, b"", "6")
print("done")
"#;
    let done =
        Command::new("python3").args(["-c", program, &server.address.port().to_string()]).output().unwrap();
    assert_eq!(text(&done), "done\n");
}

#[test]
fn a_file_of_two_gigabytes_goes_to_slow_readers_in_flat_memory() {
    const SIZE: u64 = 2_200_000_000;
    let directory = site();
    let large = std::fs::File::create(directory.join("large")).unwrap();
    large.set_len(SIZE).unwrap();
    large.write_all_at(b"last", SIZE - 4).unwrap();
    let server = server(&directory);
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream.write_all(b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    head(&mut stream);
    stream.read_exact(&mut [0; 6]).unwrap();
    let before = server.memory();
    let mut most = before;
    if installed("curl") {
        let url = format!("http://{}/large", server.address);
        let part = format!("{}-", SIZE - 4);
        assert_eq!(text(&curl(&["-r", &part, &url])), "last");
        let mut slow = Command::new("curl");
        let slow = slow.args(["-sS", "--noproxy", "", "--limit-rate", "20M", "-r", "0-29999999", &url]);
        let mut slow = slow.stdout(Stdio::null()).spawn().unwrap();
        let late = Instant::now() + LONG;
        let status = loop {
            most = most.max(server.memory());
            match slow.try_wait().unwrap() {
                Some(status) => break status,
                None => assert!(Instant::now() < late, "curl does not end"),
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        assert!(status.success());
    }
    stream.write_all(b"GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
    assert_eq!(field(&head(&mut stream), "content-length"), Some("2200000000"));
    let (mut buffer, mut read) = (vec![0; 1 << 20], 0);
    loop {
        let came = stream.read(&mut buffer).unwrap();
        if came == 0 {
            break;
        }
        read += came as u64;
        // Slow at first: the server waits most of the time.
        if read < 20_000_000 {
            std::thread::sleep(Duration::from_millis(5));
        }
        most = most.max(server.memory());
    }
    assert_eq!(read, SIZE);
    let grown = most.saturating_sub(before);
    assert!(grown < 20_000_000, "grown by {grown} bytes");
}

#[test]
fn clients_that_never_finish_a_head_or_a_body_leave_the_good_ones_served() {
    let directory = site();
    let server = server(&directory);
    let mut slow: Vec<TcpStream> = (0..200).map(|_| TcpStream::connect(server.address).unwrap()).collect();
    for (number, stream) in slow.iter_mut().enumerate() {
        let begun = match number % 2 {
            0 => "GET / HTTP/1.1\r\nHost: a\r\nX: ",
            _ => "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nx",
        };
        stream.write_all(begun.as_bytes()).unwrap();
    }
    let mut slowest = Duration::ZERO;
    for _ in 0..50 {
        for stream in &mut slow {
            stream.write_all(b"x").unwrap();
        }
        let begun = Instant::now();
        let mut good = TcpStream::connect(server.address).unwrap();
        good.set_read_timeout(Some(LONG)).unwrap();
        good.write_all(b"GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        good.read_to_string(&mut answer).unwrap();
        assert!(answer.ends_with("hello\n"), "{answer}");
        slowest = slowest.max(begun.elapsed());
    }
    assert!(slowest < Duration::from_secs(2), "a good client waited {slowest:?}");
}

#[test]
fn the_servers_end_in_order_when_told() {
    let directory = site();
    let names = ["http_server", "http_proxy", "http_sessions"];
    for (name, signal) in names.into_iter().flat_map(|name| [(name, "INT"), (name, "TERM")]) {
        let mut program =
            start_with(name, "", &[directory.path().to_str().unwrap()][..usize::from(name == "http_server")]);
        let mut idle = TcpStream::connect(program.address).unwrap();
        idle.set_read_timeout(Some(LONG)).unwrap();
        idle.write_all(b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        let length = field(&head(&mut idle), "content-length").unwrap().parse().unwrap();
        idle.read_exact(&mut vec![0; length]).unwrap();
        program.signal(signal);
        assert_eq!(idle.read(&mut [0]).unwrap(), 0, "{name}: an end, no reset");
        drop(idle);
        assert_eq!(program.end(Duration::from_secs(5)), Some(0), "{name}, {signal}");
    }
}
