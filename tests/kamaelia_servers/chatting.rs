//! The chat server that is looked into.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use crate::net_harness::LONG;
use crate::running::{Served, hear, rest, start};

/// Waits until a client hears itself, which shows that it hears all from now on.
fn arrived(server: &Served) -> TcpStream {
    let client = server.connect();
    client.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let late = Instant::now() + LONG;
    loop {
        assert!(Instant::now() < late, "nothing is heard");
        (&client).write_all(b"here\n").unwrap();
        if (&client).read(&mut [0; 1000]).is_ok_and(|length| length > 0) {
            break;
        }
    }
    client.set_read_timeout(Some(LONG)).unwrap();
    client
}

/// The lines that a visualiser is told from now on.
fn visualised(listener: &TcpListener) -> impl Iterator<Item = String> {
    let stream = listener.accept().unwrap().0;
    stream.set_read_timeout(Some(LONG)).unwrap();
    BufReader::new(stream).lines().map(|line| line.expect("the server goes on telling"))
}

#[test]
fn a_visualiser_is_told_of_each_client_and_again_when_it_comes_back() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let visualiser = listener.local_addr().unwrap().to_string();
    let mut server = start("kamaelia_introspecting_chat", &["127.0.0.1:0", &visualiser]);
    for _ in 0..2 {
        let mut told = visualised(&listener);
        assert_eq!(told.next().unwrap(), "DEL ALL");
        let client = arrived(&server);
        let added = told.find(|line| line.starts_with("ADD NODE") && line.contains("ChunksToLines")).unwrap();
        let number = added.split('"').nth(1).unwrap().to_owned();
        drop(client);
        // What one visualiser has read is gone with it: the next is told everything from the beginning.
        assert!(told.any(|line| line == format!("DEL NODE \"{number}\"")));
    }
    server.ends_at("TERM");
}

#[test]
fn one_bad_client_of_the_chat_hurts_only_itself() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let mut server = start("kamaelia_introspecting_chat", &["127.0.0.1:0", &nobody]);
    let good = arrived(&server);
    let bad = server.connect();
    let name = bad.local_addr().unwrap();
    (&bad).write_all(b"\x1b[2J\xff\x00\n").unwrap();
    hear(&good, &format!("{name} says \u{fffd}[2J\u{fffd}\u{fffd}\n"));
    // A line without end.
    let _ = (&bad).write_all(&[b'x'; 100_000]);
    rest(&bad);
    // One that says much and reads nothing, one that has said all, one that is cut off.
    let floods = server.connect();
    floods.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
    let flood = "flood flood flood\n".repeat(1000);
    let begun = Instant::now();
    let reading = good.try_clone().unwrap();
    let reader = std::thread::spawn(move || hear(&reading, "after all this\n"));
    while begun.elapsed() < Duration::from_secs(1) && (&floods).write(flood.as_bytes()).is_ok() {}
    let finished = server.connect();
    (&finished).write_all(b"half a line").unwrap();
    finished.shutdown(std::net::Shutdown::Write).unwrap();
    socket2::SockRef::from(&floods).set_linger(Some(Duration::ZERO)).unwrap();
    drop(floods);
    (&good).write_all(b"after all this\n").unwrap();
    let heard = reader.join().unwrap();
    assert!(heard.contains("says flood flood flood\n"));
    server.ends_at("INT");
}
