//! The chaos proxy as a program: between a client and a server it delays, slices, slows down and resets, and
//! changes nothing else.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::net_harness::{LONG, Program, example, start, start_with};

fn proxy(target: SocketAddr, options: &str) -> Program {
    let target = target.to_string();
    let arguments: Vec<&str> = [target.as_str()].into_iter().chain(options.split_whitespace()).collect();
    start_with("chaos_proxy", "", &arguments)
}

fn limited(stream: TcpStream) -> TcpStream {
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream.set_write_timeout(Some(LONG)).unwrap();
    stream
}

fn connect(program: &Program) -> TcpStream {
    limited(TcpStream::connect(program.address).unwrap())
}

/// A client, and the server's end of its connection.
fn ends(options: &str) -> (Program, TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = proxy(listener.local_addr().unwrap(), options);
    let client = connect(&proxy);
    (proxy, client, limited(listener.accept().unwrap().0))
}

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 31 % 251) as u8).collect()
}

#[test]
fn without_options_all_bytes_arrive_both_ways_and_each_half_closes_alone() {
    let (_proxy, mut client, mut server) = ends("");
    let sent = bytes(3_000_000);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            client.write_all(&sent).unwrap();
            client.shutdown(Shutdown::Write).unwrap();
        });
        let mut got = Vec::new();
        server.read_to_end(&mut got).unwrap();
        assert!(got == sent);
    });
    server.write_all(b"after the other's end").unwrap();
    drop(server);
    let mut got = String::new();
    client.read_to_string(&mut got).unwrap();
    assert_eq!(got, "after the other's end");
}

#[test]
fn the_target_may_end_first_and_still_gets_what_the_client_sends() {
    let (_proxy, mut client, mut server) = ends("--slice 100 --seed 1");
    server.write_all(b"bye").unwrap();
    server.shutdown(Shutdown::Write).unwrap();
    let mut got = Vec::new();
    client.read_to_end(&mut got).unwrap();
    assert_eq!(got, b"bye");
    client.write_all(&bytes(10_000)).unwrap();
    drop(client);
    let mut got = Vec::new();
    server.read_to_end(&mut got).unwrap();
    assert!(got == bytes(10_000));
}

#[test]
fn a_delay_holds_for_each_way_and_for_the_end_and_does_not_add_up() {
    let server = start("echo_server", "");
    let proxy = proxy(server.address, "--delay 100ms");
    let mut client = connect(&proxy);
    let begin = Instant::now();
    for _ in 0..20 {
        client.write_all(&bytes(100)).unwrap();
        std::thread::sleep(Duration::from_millis(10));
    }
    client.shutdown(Shutdown::Write).unwrap();
    let mut got = Vec::new();
    client.read_exact(&mut [0; 1]).unwrap();
    assert!(begin.elapsed() >= Duration::from_millis(200), "{:?}", begin.elapsed());
    client.read_to_end(&mut got).unwrap();
    assert_eq!(got.len(), 1999);
    let took = begin.elapsed();
    assert!(took >= Duration::from_millis(400) && took < Duration::from_secs(3), "{took:?}");
}

#[test]
fn slices_are_no_longer_than_said_and_the_bytes_stay_the_same() {
    let (_proxy, mut client, mut server) = ends("--slice 7 --seed 3");
    let sent = bytes(20_000);
    client.write_all(&sent).unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    let (mut got, mut buffer, mut shorter) = (Vec::new(), [0; 65536], 0);
    loop {
        let length = server.read(&mut buffer).unwrap();
        if length == 0 {
            break;
        }
        shorter += usize::from(length <= 7);
        got.extend_from_slice(&buffer[..length]);
    }
    assert!(got == sent);
    assert!(shorter > 0, "it came in one piece");
}

#[test]
fn a_rate_is_kept() {
    let (_proxy, mut client, mut server) = ends("--rate 100000");
    let begin = Instant::now();
    client.write_all(&bytes(50_000)).unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    let mut got = Vec::new();
    server.read_to_end(&mut got).unwrap();
    assert!(got == bytes(50_000));
    let took = begin.elapsed();
    assert!(took >= Duration::from_millis(400) && took < Duration::from_secs(3), "{took:?}");
}

#[test]
fn a_stall_stops_both_ways_once_holds_up_the_sender_and_loses_nothing() {
    let (_proxy, mut client, mut server) = ends("--stall 500ms --seed 4");
    let sent = bytes(3_000_000);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            client.write_all(&sent).unwrap();
            client.shutdown(Shutdown::Write).unwrap();
        });
        // Some bytes, then nothing for a while, then all the others.
        let (mut got, mut buffer, mut longest) = (Vec::new(), [0; 65536], (Duration::ZERO, 0));
        loop {
            let begin = Instant::now();
            let length = server.read(&mut buffer).unwrap();
            longest = longest.max((begin.elapsed(), got.len()));
            if length == 0 {
                break;
            }
            got.extend_from_slice(&buffer[..length]);
        }
        assert!(got == sent);
        let (time, after) = longest;
        assert!(time >= Duration::from_millis(400) && after <= 4096, "{time:?} after {after} bytes");
    });
    let begin = Instant::now();
    server.write_all(b"a few bytes").unwrap();
    drop(server);
    let mut got = Vec::new();
    client.read_to_end(&mut got).unwrap();
    assert!(got == b"a few bytes" && begin.elapsed() >= Duration::from_millis(400));
}

#[test]
fn a_stall_for_ever_looks_to_both_sides_like_a_peer_that_says_nothing_and_the_proxy_ends_all_the_same() {
    let (mut proxy, mut client, mut server) = ends("--stall 1000000s --seed 1");
    // One gives up when the system takes no more.
    client.set_write_timeout(Some(Duration::from_millis(300))).unwrap();
    let error = client.write_all(&vec![7; 100_000_000]).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
    server.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    let mut got = Vec::new();
    let error = server.read_to_end(&mut got).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
    assert!(got.len() <= 4096, "{}", got.len());
    proxy.signal("INT");
    assert_eq!(proxy.end(LONG), Some(0));
}

/// How many bytes of an echo come back before the reset; `None` if there is none.
fn until_reset(proxy: &Program) -> Option<usize> {
    let mut client = connect(proxy);
    let sent = client.write_all(&bytes(8000)).and_then(|()| client.shutdown(Shutdown::Write));
    let mut got = Vec::new();
    match client.read_to_end(&mut got) {
        Ok(_) => {
            sent.unwrap();
            None
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::ConnectionReset);
            Some(got.len())
        }
    }
}

#[test]
fn with_probability_one_each_connection_is_reset_and_with_a_half_the_seed_says_which() {
    let server = start("echo_server", "");
    let always = proxy(server.address, "--reset 1");
    for _ in 0..10 {
        assert!(until_reset(&always).is_some());
    }
    let which = |seed| {
        let half = proxy(server.address, &format!("--reset 0.5 --seed {seed}"));
        (0..20).map(|_| until_reset(&half).is_some()).collect::<Vec<_>>()
    };
    let resets = which(5);
    assert_eq!(resets, which(5));
    assert_ne!(resets, which(6));
    assert!((4..17).contains(&resets.iter().filter(|&&reset| reset).count()), "{resets:?}");
}

#[test]
fn both_sides_of_a_reset_connection_know_of_it_also_when_hardly_anything_was_sent() {
    let (_proxy, mut client, mut server) = ends("--reset 1 --seed 9");
    client.write_all(b"x").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    for stream in [&mut client, &mut server] {
        let error = stream.read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    }
}

#[test]
fn a_reset_goes_through_in_either_direction_and_a_target_that_refuses_is_one() {
    let reset = |stream: TcpStream| {
        socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
        drop(stream);
    };
    let (_proxy, mut client, server) = ends("");
    reset(server);
    assert_eq!(client.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    let (_proxy, client, mut server) = ends("");
    reset(client);
    assert_eq!(server.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut client = connect(&proxy(nobody, ""));
    assert!(client.read(&mut [0]).is_err(), "an end in order would be a lie");
}

#[test]
fn it_ends_in_order_on_both_signals_and_says_what_is_wrong_with_its_options() {
    for signal in ["INT", "TERM"] {
        let (mut proxy, mut client, mut server) = ends("--delay 20 --slice 10 --rate 100000 --seed 1");
        client.write_all(b"hello").unwrap();
        server.read_exact(&mut [0; 5]).unwrap();
        proxy.signal(signal);
        assert_eq!(proxy.end(LONG), Some(0));
    }
    for (options, right) in [
        ("--reset 2", "--reset 2: a number from 0 to 1 was expected"),
        ("--slice 0", "--slice 0: 1 or more was expected"),
        ("--delay soon", "--delay soon: 50ms, 1.5s or 50 was expected"),
        ("--stale 1", "--stale is none of --seed, --delay"),
        ("--stall never", "--stall never: 50ms, 1.5s or 50 was expected"),
        ("--rate", "--rate needs a value"),
    ] {
        let done = Command::new(example("chaos_proxy"))
            .args(["127.0.0.1:0", "127.0.0.1:1"])
            .args(options.split(' '))
            .output()
            .unwrap();
        assert_eq!(done.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&done.stderr).contains(right), "{options}");
    }
}
