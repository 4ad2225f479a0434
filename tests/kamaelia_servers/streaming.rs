//! The programs that stream a file, by TCP and by multicast.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::folder::Folder;
use crate::net_harness::example;
use crate::running::{output, python, rest, start};

/// A file of so many bytes, no two pieces of it the same.
fn file(folder: &Folder, length: usize) -> (String, Vec<u8>) {
    let bytes: Vec<u8> = (0..length as u64 / 8).flat_map(|number| (number * number).to_be_bytes()).collect();
    let path = folder.path().join("file");
    std::fs::write(&path, &bytes).unwrap();
    (path.to_str().unwrap().to_owned(), bytes)
}

fn copy(folder: &Folder) -> (String, PathBuf) {
    let path = folder.path().join("copy");
    (path.to_str().unwrap().to_owned(), path)
}

#[test]
fn what_is_streamed_and_played_in_one_program_is_the_file() {
    let folder = Folder::new();
    let ((file, bytes), (to, copy)) = (file(&folder, 200_000), copy(&folder));
    let mut both = Command::new(example("kamaelia_simple_streaming"));
    let ended = output(both.args(["both", &file, &to, "8000000"]), b"");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    assert!(std::fs::read(copy).unwrap() == bytes);
}

#[test]
fn a_client_that_reads_slowly_holds_up_its_own_stream_only_and_takes_no_memory() {
    let folder = Folder::new();
    let (file, bytes) = file(&folder, 16_000_000);
    let mut server = start("kamaelia_simple_streaming", &["serve", "127.0.0.1:0", &file, "400000000"]);
    let slow = server.connect();
    (&slow).read_exact(&mut [0; 8]).unwrap();
    let before = server.program.memory();
    // Meanwhile: one that says much, one that has said all, and one that goes.
    let mut talks = server.connect();
    talks.set_write_timeout(Some(Duration::from_millis(300))).unwrap();
    while talks.write(&[b'x'; 65536]).is_ok_and(|written| written > 0) {}
    let finished = server.connect();
    finished.shutdown(Shutdown::Write).unwrap();
    let mut heard = Vec::new();
    (&finished).read_to_end(&mut heard).unwrap();
    assert!(heard == bytes, "{} bytes of {}", heard.len(), bytes.len());
    drop((talks, server.connect()));
    let grown = server.program.memory().saturating_sub(before);
    assert!(grown < 10_000_000, "grown by {grown} bytes");
    heard.truncate(8);
    (&slow).read_to_end(&mut heard).unwrap();
    assert!(heard == bytes, "{} bytes of {}", heard.len(), bytes.len());
    let last = server.connect();
    (&last).read_exact(&mut [0; 8]).unwrap();
    server.program.signal("INT");
    rest(&last);
    assert_eq!(server.program.end(Duration::from_secs(5)), Some(0));
}

#[test]
fn one_file_after_another_is_streamed_at_one_rate_and_the_connection_ends_after_the_last() {
    let folder = Folder::new();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let files = [("one", 10_000), ("none", 0), ("two", 7), ("three", 15_000)];
    let contents = files.map(|(name, length)| {
        let bytes = name.as_bytes().iter().copied().cycle().take(length).collect::<Vec<u8>>();
        std::fs::write(path(name), &bytes).unwrap();
        bytes
    });
    let all = contents.concat();
    let paths = files.map(|(name, _)| path(name));
    let [one, none, two, three] = paths.each_ref().map(String::as_str);
    // 50,000 bytes a second.
    let arguments = ["127.0.0.1:0", "400000", one, none, two, three];
    let mut server = start("kamaelia_multi_file_streaming", &arguments);
    let receive = "import socket, sys, time
stream = socket.create_connection((sys.argv[1], int(sys.argv[2])))
began, heard = time.monotonic(), b''
while some := stream.recv(65536):
    heard += some
print(time.monotonic() - began)
sys.stdout.flush()
sys.stdout.buffer.write(heard)";
    // Two at a time: each has a chooser and a reader of its own.
    let clients = [(); 2].map(|()| {
        let mut client = Command::new("python3");
        client.args(["-c", receive, "127.0.0.1", &server.port()]).stdout(Stdio::piped());
        client.spawn().unwrap()
    });
    for client in clients {
        let heard = client.wait_with_output().unwrap().stdout;
        let line = heard.iter().position(|byte| *byte == b'\n').unwrap();
        let seconds: f64 = String::from_utf8_lossy(&heard[..line]).parse().unwrap();
        assert!(heard[line + 1..] == all, "{} bytes of {}", heard.len() - line - 1, all.len());
        // 25,007 bytes; the first chunk comes at once. A busy machine may be late, but nothing may be early.
        assert!(seconds > 0.45, "too fast: {seconds} s");
    }
    server.ends_at("INT");
    let missing = path("missing");
    let mut refused = Command::new(example("kamaelia_multi_file_streaming"));
    let refused = output(refused.args(["127.0.0.1:0", "400000", &missing]), b"");
    let why = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && why.contains("cannot read") && why.contains(&missing), "{why}");
}

#[test]
fn a_player_tells_a_broken_stream_from_a_whole_one() {
    let folder = Folder::new();
    let ((_, bytes), (to, copy)) = (file(&folder, 80_000), copy(&folder));
    for is_whole in [true, false] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        let mut player = Command::new(example("kamaelia_simple_streaming"));
        player.args(["play", "127.0.0.1", &port, &to, "80000000"]).stderr(Stdio::piped());
        let player = player.spawn().unwrap();
        let mut stream = listener.accept().unwrap().0;
        stream.write_all(&bytes).unwrap();
        if !is_whole {
            socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
        }
        drop(stream);
        let ended = player.wait_with_output().unwrap();
        assert_eq!(ended.status.success(), is_whole, "{}", String::from_utf8_lossy(&ended.stderr));
        if is_whole {
            assert!(std::fs::read(&copy).unwrap() == bytes);
        }
    }
    let unreadable = output(
        Command::new(example("kamaelia_simple_streaming")).args(["serve", "127.0.0.1:0", "/nonexistent"]),
        b"",
    );
    assert!(String::from_utf8_lossy(&unreadable.stderr).contains("cannot read /nonexistent"));
}

/// Sends a file to a group as the program does, but in pairs the wrong way round and each packet twice, and lets
/// another socket send packets in between.
const SENDER: &str = r#"
import socket, struct, sys, time
group, port, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
def member():
    member = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    member.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
    return member
sender, other = member(), member()
data = open(path, "rb").read()
pieces = [data[at:at + 1000] for at in range(0, len(data), 1000)] + [b""] * 24
packets = [struct.pack("<Q", number) + piece for number, piece in enumerate(pieces)]
for at in range(0, len(packets), 2):
    for packet in reversed(packets[at:at + 2]):
        sender.sendto(packet, (group, port)); sender.sendto(packet, (group, port))
        other.sendto(b"", (group, port)); other.sendto(packet[:8] + b"garbage", (group, port))
    time.sleep(0.001)
"#;

/// Receives from a group until an empty packet comes, and prints how many bytes came in order.
const RECEIVER: &str = r#"
import hashlib, socket, struct, sys
group = sys.argv[1]
member = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
member.bind((group, 0))
member.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(group) + socket.inet_aton("127.0.0.1"))
member.settimeout(20)
print(member.getsockname()[1], flush=True)
expected, data = 0, b""
while True:
    packet = member.recv(2000)
    assert struct.unpack("<Q", packet[:8])[0] == expected
    expected += 1
    if len(packet) == 8:
        break
    data += packet[8:]
open(sys.argv[2], "wb").write(data)
"#;

#[test]
fn a_receiver_of_multicast_puts_what_python_sends_in_order() {
    let folder = Folder::new();
    let ((file, bytes), (to, copy)) = (file(&folder, 100_000), copy(&folder));
    let mut receiver = start("kamaelia_multicast_streaming", &["receive", "239.1.2.3:0", &to]);
    python(SENDER, &["239.1.2.3", &receiver.port(), &file]);
    assert_eq!(receiver.line(), "0 packets of 101 were lost");
    assert_eq!(receiver.program.end(Duration::from_secs(5)), Some(0));
    assert!(std::fs::read(copy).unwrap() == bytes);
}

#[test]
fn python_receives_what_is_sent_by_multicast() {
    let folder = Folder::new();
    let ((file, bytes), (to, copy)) = (file(&folder, 100_000), copy(&folder));
    let mut python = Command::new("python3");
    python.args(["-c", RECEIVER, "239.1.2.4", &to]).stdout(Stdio::piped());
    let mut python = python.spawn().unwrap();
    let mut port = String::new();
    let stdout = python.stdout.as_mut().unwrap();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut port).unwrap();
    let group = format!("239.1.2.4:{}", port.trim());
    let mut sender = Command::new(example("kamaelia_multicast_streaming"));
    let ended = output(sender.args(["send", &group, &file, "127.0.0.1", "8000000"]), b"");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    assert!(python.wait().unwrap().success());
    assert!(std::fs::read(copy).unwrap() == bytes);
}

#[test]
fn a_receiver_that_hears_nothing_ends_at_a_signal() {
    let folder = Folder::new();
    for signal in ["INT", "TERM"] {
        let (to, _) = copy(&folder);
        start("kamaelia_multicast_streaming", &["receive", "239.1.2.5:0", &to]).ends_at(signal);
    }
}
