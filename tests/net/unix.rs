//! Unix sockets: servers and clients at paths and abstract names, and listeners that were inherited.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use axon::prelude::*;
use axon::util::EchoProtocol;
use kamaelia_net::{
    ConnectError, Connection, HowDied, Listen, NewServer, ServerCore, SimpleServer, SocketShutdown,
    TcpClient, UnixAddress,
};

use crate::folder::Folder;
use crate::net_harness::{LONG, example, installed, run};

#[test]
fn client_and_server_talk_at_a_path_and_at_an_abstract_name_and_are_told_who_the_other_is() {
    let folder = Folder::new();
    let place = folder.join("socket");
    let mut addresses = vec![UnixAddress::from(place.as_path())];
    if cfg!(target_os = "linux") {
        addresses.push(UnixAddress::from(format!("@kamaelia_{}", std::process::id())));
    }
    for address in addresses {
        let (tell, told) = channel();
        let (there, data) = (address.clone(), vec![7_u8; 3_000_000]);
        let sent = data.clone();
        run(async move |cx| {
            let make = move |client: &Connection| {
                tell.send(*client).unwrap();
                EchoProtocol::new()
            };
            let server = cx.activate(ServerCore::new(make, Listen::unix(there.clone())));
            cx.link((&server, "outbox"), (cx.me(), "inbox"))?;
            let news = cx.next::<NewServer>("inbox").await?;
            assert_eq!((news.unix, news.address.port()), (Some(there.clone()), 0));
            cx.unlink_component(&server);
            let client = cx.activate(TcpClient::unix(there));
            cx.link((&client, "connected"), (cx.me(), "control"))?;
            cx.link((&client, "outbox"), (cx.me(), "inbox"))?;
            let connection = cx.next::<Connection>("control").await?;
            let peer = connection.unix.expect("a Unix socket");
            if cfg!(target_os = "linux") {
                assert_eq!(peer.credentials.unwrap().process as u32, std::process::id());
            }
            cx.deliver_to(&client, "inbox", sent)?;
            cx.deliver_to(&client, "control", ProducerFinished::new())?;
            while !client.is_stopped() {
                cx.pause_for(Duration::from_millis(1)).await;
            }
            cx.deliver_to(&server, "control", ProducerFinished::new())?;
            Ok(())
        })
        .unwrap();
        let client: Connection = told.recv().unwrap();
        assert_eq!(client.unix.unwrap().credentials.is_some(), cfg!(target_os = "linux"));
    }
    assert!(!place.exists(), "the server removes its file");
}

#[test]
fn a_path_where_nobody_listens_is_told_as_any_refused_connection() {
    let folder = Folder::new();
    let place = folder.join("socket");
    for (left_behind, kind) in [(false, ErrorKind::NotFound), (true, ErrorKind::ConnectionRefused)] {
        if left_behind {
            drop(UnixListener::bind(&place).unwrap());
        }
        let path = place.clone();
        run(async move |cx| {
            let client = cx.activate(TcpClient::unix(path.clone()));
            cx.link((&client, "signal"), (cx.me(), "control"))?;
            while cx.data_ready("control") == 0 {
                cx.pause().await;
            }
            let end = cx.recv("control").unwrap().take::<SocketShutdown>().unwrap();
            let HowDied::NotConnected(error) = end.how_died else { panic!("{}", end.how_died) };
            assert!(matches!(&error, ConnectError::Unix { .. }));
            assert_eq!(error.kind(), kind);
            assert!(error.to_string().contains(&path.display().to_string()), "{error}");
            Ok(())
        })
        .unwrap();
    }
}

#[test]
fn a_client_waits_where_too_many_wait_and_gives_up_in_time() {
    let folder = Folder::new();
    let place = folder.join("socket");
    let socket = socket2::Socket::new(socket2::Domain::UNIX, socket2::Type::STREAM, None).unwrap();
    socket.bind(&socket2::SockAddr::unix(&place).unwrap()).unwrap();
    socket.listen(0).unwrap();
    let first = UnixStream::connect(&place).unwrap();
    let path = place.clone();
    run(async move |cx| {
        let late = TcpClient::unix(path.clone()).connect_timeout(Duration::from_millis(100));
        let late = cx.activate(late);
        cx.link((&late, "signal"), (cx.me(), "control"))?;
        while cx.data_ready("control") == 0 {
            cx.pause().await;
        }
        let end = cx.recv("control").unwrap().take::<SocketShutdown>().unwrap();
        assert!(end.how_died.to_string().contains("no answer within 100ms"), "{}", end.how_died);
        let patient = cx.activate(TcpClient::unix(path));
        cx.link((&patient, "connected"), (cx.me(), "inbox"))?;
        for _ in 0..10 {
            cx.yield_now().await;
        }
        let accepted = socket.accept()?;
        cx.next::<Connection>("inbox").await?;
        drop((accepted, socket));
        Ok(())
    })
    .unwrap();
    drop(first);
}

#[test]
fn a_path_with_a_server_or_a_file_is_not_taken_and_the_error_says_why() {
    let folder = Folder::new();
    let place = folder.join("socket");
    let make = || SimpleServer::new(EchoProtocol::new, Listen::unix(place.clone()).mode(0o640));
    let first = make().bind().unwrap();
    assert_eq!(std::fs::metadata(&place).unwrap().permissions().mode() & 0o777, 0o640);
    let error = make().bind().err().unwrap();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    drop(first);
    std::fs::write(&place, "precious").unwrap();
    let error = make().bind().err().unwrap().to_string();
    assert!(error.contains(&place.display().to_string()) && error.contains("no socket"), "{error}");
}

/// The example as a program; killed when dropped.
struct Program(Child);

impl Program {
    fn start(command: &mut Command) -> (Self, String) {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        (Program(child), line.trim().strip_prefix("listening on ").expect(&line).to_owned())
    }

    fn ends_at(&mut self, signal: &str) {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
        assert_eq!(self.0.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn echoes(path: &std::path::Path) {
    let mut client = UnixStream::connect(path).unwrap();
    client.set_read_timeout(Some(LONG)).unwrap();
    client.write_all(b"hello").unwrap();
    client.shutdown(std::net::Shutdown::Write).unwrap();
    let mut echo = String::new();
    client.read_to_string(&mut echo).unwrap();
    assert_eq!(echo, "hello");
}

#[test]
fn unix_echo_serves_socat_nc_and_python_and_takes_over_after_a_kill() {
    let folder = Folder::new();
    let place = folder.join("socket");
    let (mut killed, _) = Program::start(Command::new(example("unix_echo")).arg(&place));
    echoes(&place);
    killed.0.kill().unwrap();
    killed.0.wait().unwrap();
    assert!(place.exists(), "a killed server leaves its file");
    let (mut server, address) = Program::start(Command::new(example("unix_echo")).arg(&place));
    assert_eq!(address, place.display().to_string());
    let shell = |line: String| Command::new("sh").args(["-c", &line]).output().unwrap().stdout;
    if installed("socat") {
        assert_eq!(shell(format!("echo hello | socat - UNIX-CONNECT:{address}")), b"hello\n");
    }
    if installed("nc") {
        assert_eq!(shell(format!("(echo hello; sleep 0.3) | nc -w 1 -U {address}")), b"hello\n");
    }
    let program = format!(
        "import socket; s = socket.socket(socket.AF_UNIX); s.connect('{address}'); s.sendall(b'x' * 100000)\n\
         s.shutdown(socket.SHUT_WR); n = 0\nwhile True:\n    d = s.recv(65536)\n    n += len(d)\n    if not d: break\n\
         print(n)"
    );
    assert_eq!(Command::new("python3").args(["-c", &program]).output().unwrap().stdout, b"100000\n");
    server.ends_at("TERM");
    assert!(!place.exists());
    if cfg!(target_os = "linux") {
        let name = format!("@kamaelia_echo_{}", std::process::id());
        let (mut server, address) = Program::start(Command::new(example("unix_echo")).arg(&name));
        assert_eq!(address, name);
        if installed("socat") {
            let name = &name[1..];
            assert_eq!(shell(format!("echo hello | socat - ABSTRACT-CONNECT:{name}")), b"hello\n");
        }
        server.ends_at("INT");
    }
}

#[test]
fn a_listener_that_was_inherited_is_used_and_what_is_none_is_an_error() {
    // Python opens it, and becomes the server.
    let program = r#"
import os, socket, sys
kind, path, server = sys.argv[1:4]
if kind == "unix":
    s = socket.socket(socket.AF_UNIX); s.bind(path); s.listen(5)
elif kind == "tcp":
    s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(5)
elif kind == "idle":
    s = socket.socket(); s.bind(("127.0.0.1", 0))
else:
    s = open(os.devnull)
os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.environ["LISTEN_FDS"] = "1"
os.environ["LISTEN_PID"] = str(os.getpid() + (kind == "other"))
os.execv(server, [server, path])
"#;
    let folder = Folder::new();
    let place = folder.join("socket");
    let command = |kind: &str| {
        let mut python = Command::new("python3");
        python.args(["-c", program, kind]).arg(&place).arg(example("unix_echo"));
        python
    };
    let (mut server, address) = Program::start(&mut command("unix"));
    assert_eq!(address, place.display().to_string());
    echoes(&place);
    server.ends_at("TERM");
    assert!(place.exists(), "the file belongs to whoever made it");
    std::fs::remove_file(&place).unwrap();
    let (mut server, address) = Program::start(&mut command("tcp"));
    let mut client = std::net::TcpStream::connect(address).unwrap();
    client.write_all(b"hello").unwrap();
    let mut echo = [0; 5];
    client.read_exact(&mut echo).unwrap();
    assert_eq!(&echo, b"hello");
    drop(client);
    server.ends_at("TERM");
    for (kind, complaint) in [("idle", "it does not listen"), ("file", "it is no stream socket")] {
        let output = command(kind).output().unwrap();
        assert!(String::from_utf8_lossy(&output.stderr).contains(complaint), "{output:?}");
    }
    let (mut server, address) = Program::start(&mut command("other"));
    assert_eq!(address, place.display().to_string(), "what is meant for another process is left alone");
    server.ends_at("TERM");
}
