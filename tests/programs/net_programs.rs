//! The network examples as programs, talked to by peers that are not ours: nc, socat, curl, Python.
//!
//! Peers that are not installed are passed over with a note. All traffic stays on this machine.

use std::io::{BufRead, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::nats_server::Server;
use crate::net_harness::{LONG, Program, example, installed, start, start_with};

fn connect(server: &Program) -> TcpStream {
    let stream = TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream.set_write_timeout(Some(LONG)).unwrap();
    stream
}

fn echoes(mut client: &TcpStream, bytes: &[u8]) {
    client.write_all(bytes).unwrap();
    let mut echo = vec![0; bytes.len()];
    client.read_exact(&mut echo).unwrap();
    assert_eq!(echo, bytes);
}

/// Runs a program with this input.
fn run(program: &str, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn echo_server_serves_nc_and_socat_and_curl() {
    let server = start("echo_server", "");
    let (host, port) = ("127.0.0.1", server.address.port().to_string());
    // Not every nc half-closes at the end of its input unless told; the sleep keeps those open that do not.
    if installed("nc") {
        let line = format!("(echo hello; sleep 0.3) | nc -w 1 {host} {port}");
        assert_eq!(run("sh", &["-c", &line], "").stdout, b"hello\n");
    }
    if installed("socat") {
        assert_eq!(run("socat", &["-", &format!("TCP:{host}:{port}")], "hello\n").stdout, b"hello\n");
    }
    if installed("curl") {
        let line = format!("(echo hello; sleep 0.3) | curl -s -m 1 telnet://{host}:{port}");
        assert_eq!(run("sh", &["-c", &line], "").stdout, b"hello\n");
    }
}

#[test]
fn echo_server_serves_python_by_asyncio() {
    let server = start("echo_server", "");
    let program = r#"
import asyncio, sys
async def one(n):
    reader, writer = await asyncio.open_connection("127.0.0.1", int(sys.argv[1]))
    data = bytes([n % 256]) * 10000
    writer.write(data); writer.write_eof()
    assert await reader.read() == data
    writer.close()
async def main():
    await asyncio.gather(*(one(n) for n in range(200)))
asyncio.run(main())
print("done")
"#;
    let done = run("python3", &["-c", program, &server.address.port().to_string()], "");
    assert_eq!(String::from_utf8_lossy(&done.stdout), "done\n", "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn echo_server_serves_a_thousand_connections_at_once() {
    let server = start("echo_server", "");
    let clients: Vec<_> = (0..1000).map(|_| connect(&server)).collect();
    for (i, client) in clients.iter().enumerate() {
        echoes(client, &[i as u8; 64]);
    }
}

#[test]
fn a_client_that_never_reads_does_not_make_the_server_grow() {
    let server = start("echo_server", "");
    echoes(&connect(&server), b"warm");
    let before = server.memory();
    let greedy: Vec<_> = (0..4).map(|_| connect(&server)).collect();
    let mut sent = 0;
    for mut client in &greedy {
        client.set_write_timeout(Some(Duration::from_millis(300))).unwrap();
        while let Ok(written) = client.write(&[0; 65536]) {
            sent += written;
            assert!(sent < 200_000_000, "the server takes everything");
        }
    }
    let grown = server.memory().saturating_sub(before);
    // Each direction of each connection holds a quarter of a megabyte, and messages of up to 64 KiB.
    assert!(grown < 4 * 8_000_000, "grown by {grown} bytes for {sent} sent");
    let cpu = server.cpu();
    std::thread::sleep(Duration::from_millis(500));
    assert!(server.cpu() - cpu < Duration::from_millis(50), "it spins");
    echoes(&connect(&server), b"others are served");
}

#[test]
fn a_server_out_of_descriptors_neither_ends_nor_spins_and_recovers() {
    let server = start("echo_server", "ulimit -n 64; ");
    let mut clients: Vec<_> = (0..200).map(|_| connect(&server)).collect();
    for mut client in &clients {
        client.write_all(b"x").unwrap();
    }
    // Those that got in are served; the others wait in the backlog.
    let mut first = clients[0].try_clone().unwrap();
    first.read_exact(&mut [0]).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let cpu = server.cpu();
    std::thread::sleep(Duration::from_secs(1));
    let used = server.cpu() - cpu;
    assert!(used < Duration::from_millis(100), "it used {used:?} in a second of waiting");
    // When clients go, the next get in: in the end all were served, in the order in which they came.
    for mut client in clients.drain(1..) {
        drop(std::mem::replace(&mut first, client.try_clone().unwrap()));
        client.read_exact(&mut [0]).unwrap();
    }
    echoes(&connect(&server), b"it goes on");
}

#[test]
fn a_server_ends_in_order_on_an_interrupt_and_when_told_to_terminate() {
    for (name, signal) in [
        ("echo_server", "INT"),
        ("echo_server", "TERM"),
        ("chat_server", "INT"),
        ("chat_server", "TERM"),
        ("fortune_server", "INT"),
        ("fortune_server", "TERM"),
    ] {
        let mut server = start(name, "");
        let client = connect(&server);
        if name == "echo_server" {
            echoes(&client, b"hello");
        }
        server.signal(signal);
        // The end of the connection, not a reset, unless it was not accepted yet.
        let rest = (&client).read_to_end(&mut Vec::new());
        assert!(rest.is_ok() || name != "echo_server", "{rest:?}");
        drop(client);
        assert_eq!(server.end(Duration::from_secs(5)), Some(0), "{name}, {signal}");
    }
}

#[test]
fn a_second_signal_ends_a_server_at_once() {
    for (first, second) in [("INT", "INT"), ("TERM", "INT"), ("INT", "TERM")] {
        let mut server = start("echo_server", "");
        let client = connect(&server);
        echoes(&client, b"hello");
        server.signal(first);
        (&client).read_to_end(&mut Vec::new()).unwrap();
        // It waits for this side to close, too; it would for two seconds.
        server.signal(second);
        assert_eq!(server.end(Duration::from_secs(1)), Some(130), "{first}, {second}");
    }
}

#[test]
fn echo_client_server_talks_to_itself_and_ends() {
    let output = run(example("echo_client_server").to_str().unwrap(), &[], "");
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said.lines().count(), 7, "{said}");
    assert!(said.starts_with("to the server:   one\nfrom the server: one\n"), "{said}");
    assert!(said.ends_with("the connection has ended\n"), "{said}");
}

#[test]
fn netcat_joins_the_console_to_a_server() {
    let server = start("echo_server", "");
    let port = server.address.port().to_string();
    let output = run(example("netcat").to_str().unwrap(), &["127.0.0.1", &port], "one\ntwo\n");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "one\ntwo\n");
    assert!(output.status.success());
    let usage = run(example("netcat").to_str().unwrap(), &[], "");
    assert_eq!(usage.status.code(), Some(2));
}

#[test]
fn netcat_ends_when_the_server_closes_though_its_input_stays_open() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let child = Command::new(example("netcat"))
        .args([address.ip().to_string(), address.port().to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut netcat = Program { child, address };
    let input = netcat.child.stdin.take();
    let (mut server, _) = listener.accept().unwrap();
    server.write_all(b"bye\n").unwrap();
    drop(server);
    assert_eq!(netcat.end(LONG), Some(0));
    drop(input);
    let mut shown = String::new();
    netcat.child.stdout.take().unwrap().read_to_string(&mut shown).unwrap();
    assert_eq!(shown, "bye\n");
}

#[test]
fn netcat_says_why_it_cannot_connect_and_fails() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let output = run(example("netcat").to_str().unwrap(), &["127.0.0.1", &nobody.to_string()], "lost\n");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains(&format!("cannot connect to 127.0.0.1:{nobody}")), "{said}");
    assert!(said.contains("refused"), "{said}");
}

#[test]
fn netcat_talks_to_a_web_server_of_python() {
    let program = "
import http.server, threading
server = http.server.HTTPServer(('127.0.0.1', 0), http.server.SimpleHTTPRequestHandler)
print(server.server_port, flush=True)
server.handle_request()
";
    let mut python = Command::new("python3")
        .args(["-c", program])
        .current_dir(std::env::temp_dir())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut port = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(python.stdout.as_mut().unwrap()), &mut port)
        .unwrap();
    let request = "HEAD /no-such-page HTTP/1.0\r\n\r\n";
    let output = run(example("netcat").to_str().unwrap(), &["localhost", port.trim()], request);
    let answer = String::from_utf8_lossy(&output.stdout);
    assert!(answer.starts_with("HTTP/1.0 404"), "{answer}");
    python.wait().unwrap();
}

#[test]
fn fortune_server_sends_a_saying_and_disconnects() {
    let server = start("fortune_server", "");
    let begun = Instant::now();
    let mut saying = String::new();
    connect(&server).read_to_string(&mut saying).unwrap();
    assert!(saying.ends_with('\n') && saying.len() > 10, "{saying}");
    assert!(begun.elapsed() > Duration::from_millis(500), "letter by letter");
}

#[test]
fn chat_server_shows_every_line_to_all() {
    let server = start("chat_server", "");
    chat((0..3).map(|_| connect(&server)).collect());
}

#[test]
fn chat_servers_that_share_a_nats_server_show_every_line_to_the_clients_of_all() {
    let Some(nats) = Server::start(&[]) else { return };
    let servers = [(); 3].map(|()| start_with("chat_server", "", &["--nats", &nats.address()]));
    chat(servers.iter().map(connect).collect());
}

fn chat(clients: Vec<TcpStream>) {
    let hear = |mut client: &TcpStream| {
        let mut line = Vec::new();
        while line.last() != Some(&b'\n') {
            let mut byte = [0];
            client.read_exact(&mut byte).unwrap();
            line.push(byte[0]);
        }
        String::from_utf8(line).unwrap()
    };
    // A client hears all from a moment after it has connected; whoever hears himself has arrived.
    for mut client in &clients {
        client.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        loop {
            writeln!(client, "I am here").unwrap();
            let mut heard = [0; 1000];
            if client.read(&mut heard).is_ok() {
                break;
            }
        }
        client.set_read_timeout(Some(LONG)).unwrap();
    }
    for mut client in &clients {
        writeln!(client, "we begin").unwrap();
        while !hear(client).ends_with(&format!("{}: we begin\n", client.local_addr().unwrap())) {}
    }
    let mut first = &clients[0];
    first.write_all("a li".as_bytes()).unwrap();
    first.write_all("ne in pieces\r\nhalf a line".as_bytes()).unwrap();
    let name = first.local_addr().unwrap();
    for client in &clients {
        loop {
            let line = hear(client);
            if !line.contains("I am") && !line.contains("we begin") {
                assert_eq!(line, format!("{name}: a line in pieces\n"));
                break;
            }
        }
    }
    first.shutdown(Shutdown::Write).unwrap();
    assert_eq!(hear(&clients[2]), format!("{name}: half a line\n"));
    assert_eq!(hear(&clients[1]), format!("{name}: half a line\n"));
}

#[test]
fn a_reconnecting_client_delivers_every_line_in_order_though_its_server_cuts_the_connections() {
    let first = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = first.local_addr().unwrap();
    let mut program = Command::new(example("reconnecting_client"))
        .args([address.ip().to_string(), address.port().to_string()])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let lines: Vec<String> = (1..=500).map(|number| format!("line {number}")).collect();
    let mut input = program.stdin.take().unwrap();
    let text = lines.join("\n") + "\n";
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    // What the server has for good. Each connection takes some lines, and acknowledges fewer.
    let mut got: Vec<String> = Vec::new();
    let mut listener = Some(first);
    let mut connection = 0;
    let late = Instant::now() + 3 * LONG;
    'serving: loop {
        let listening = listener.take().unwrap_or_else(|| TcpListener::bind(address).unwrap());
        listening.set_nonblocking(true).unwrap();
        let mut stream = loop {
            assert!(Instant::now() < late, "it got no further than line {}", got.len());
            match listening.accept() {
                Ok((stream, _)) => break stream,
                Err(_) if program.try_wait().unwrap().is_some() => break 'serving,
                Err(_) => std::thread::sleep(Duration::from_millis(1)),
            }
        };
        // Meanwhile nobody listens: it is refused some times.
        drop(listening);
        stream.set_nonblocking(false).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        let mut reader = std::io::BufReader::new(stream.try_clone().unwrap());
        for taken in 0.. {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                break;
            }
            let (number, said) = line.trim_end().split_once(' ').expect(&line);
            let number: usize = number.parse().unwrap();
            assert!(number <= got.len() + 1, "line {number} came after line {}", got.len());
            if number == got.len() + 1 {
                got.push(said.to_owned());
            }
            if taken == 20 + connection * 7 {
                if connection % 2 == 0 {
                    socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
                }
                break;
            }
            if taken % 3 == 2 {
                writeln!(stream, "ok {number}").unwrap();
            }
            if got.len() == lines.len() {
                writeln!(stream, "ok {number}").unwrap();
            }
        }
        connection += 1;
    }
    writer.join().unwrap().unwrap();
    assert_eq!(got, lines);
    assert!(program.wait().unwrap().success());
}
