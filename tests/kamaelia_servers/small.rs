//! The programs that fit on a page.

use std::collections::HashMap;
use std::net::UdpSocket;
use std::process::Command;
use std::time::Duration;

use crate::folder::Folder;
use crate::net_harness::{LONG, example};
use crate::running::{hear, output, rest, start};

/// What a program prints that ends by itself.
fn printed(name: &str, arguments: &[&str], input: &str) -> String {
    let ended = output(Command::new(example(name)).args(arguments), input.as_bytes());
    assert!(ended.status.success(), "{name}: {}", String::from_utf8_lossy(&ended.stderr));
    String::from_utf8(ended.stdout).unwrap()
}

#[test]
fn the_fortune_cookie_comes_and_server_and_client_end() {
    let said = printed("kamaelia_fortune_cookie", &[], "");
    let (first, saying) = said.split_once('\n').unwrap();
    assert!(first.starts_with("listening on 127.0.0.1:"), "{first}");
    assert!(saying.len() > 10 && saying.ends_with('\n'), "{saying}");
}

#[test]
fn a_plant_grows_by_its_rules_and_is_kept_short_by_what_comes_back() {
    let said = printed("kamaelia_feedback", &["300", "0"], "");
    let plants: Vec<&str> = said.split('\n').skip(1).collect();
    assert_eq!(plants.len(), 300);
    assert_eq!(plants[..4], ["B", "BTL", "BTLTB", "BTLTBTBTL"]);
    assert!(plants.iter().all(|plant| plant.len() < 1000 && !plant.is_empty()), "{said}");
    assert!(plants.windows(2).any(|pair| pair[1].len() < pair[0].len()), "nothing was damaged: {said}");
}

#[test]
fn no_two_philosophers_hold_the_same_fork_and_all_eat() {
    let said = printed("kamaelia_philosophers", &["3"], "");
    let (mut held, mut meals) = (HashMap::new(), HashMap::new());
    for line in said.lines() {
        if let Some(got) = line.strip_prefix("got forks ") {
            let [name, one, other] = got.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
            for fork in [one, other] {
                assert_eq!(held.insert(fork, name), None, "{fork} at {line}:\n{said}");
            }
            *meals.entry(name).or_insert(0) += 1;
        } else {
            let name = line.strip_prefix("releasing forks ").expect(line);
            held.retain(|_, holder| *holder != name);
        }
    }
    assert_eq!(meals.values().collect::<Vec<_>>(), [&3; 5], "{said}");
}

#[test]
fn slides_come_in_the_order_of_the_buttons() {
    let folder = Folder::new();
    for number in 1..=3 {
        folder.file(&format!("{number}.txt"), format!("slide {number}\n"));
    }
    folder.file("4.gif", "no slide\n");
    let path = folder.path().to_str().unwrap();
    // Each key when the slide of the one before is there: a new choice ends the reader of the old.
    let keys = "for key in x n n n p f l; do sleep 0.3; echo $key; done; sleep 0.3; $0";
    let shown = |end: &str| {
        let keys = keys.replace("$0", end);
        let line = format!("({keys}) | {} {path}", example("kamaelia_slideshow").display());
        let ended = output(Command::new("sh").args(["-c", &line]), b"");
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        String::from_utf8(ended.stdout).unwrap()
    };
    let expected = "slide 1\nn, p, f, l or q\nslide 2\nslide 3\nslide 2\nslide 1\nslide 3\n";
    assert_eq!(shown("echo q"), expected);
    assert_eq!(shown("true"), expected, "at the end of the input");
    let none = output(Command::new(example("kamaelia_slideshow")).args([path, "png"]), b"");
    assert!(String::from_utf8_lossy(&none.stderr).contains(".png"));
}

#[test]
fn a_single_server_with_its_client_says_all_and_ends() {
    let said = printed("kamaelia_single_server", &[], "");
    assert_eq!(said.lines().skip(1).collect::<Vec<_>>(), ["Hello World"; 12]);
}

#[test]
fn a_single_server_serves_one_client_after_the_other() {
    let mut server = start("kamaelia_single_server", &["127.0.0.1:0"]);
    for signal in ["", "", "TERM"] {
        let client = server.connect();
        hear(&client, "Hello World\n");
        assert_eq!(rest(&server.connect()), "", "another is disconnected while one is there");
        if !signal.is_empty() {
            server.ends_at(signal);
            assert!(rest(&client).lines().all(|line| line == "Hello World"));
        }
        drop(client);
        // The next one is served when the server has seen that this one has gone.
        while signal.is_empty() && rest_of_first(&server.connect()).is_empty() {}
    }
}

/// What comes first, or nothing if the client is disconnected.
fn rest_of_first(mut stream: &std::net::TcpStream) -> String {
    let mut piece = [0; 100];
    let length = std::io::Read::read(&mut stream, &mut piece).unwrap_or(0);
    String::from_utf8_lossy(&piece[..length]).into_owned()
}

#[test]
fn udp_peers_hear_each_other_and_show_nothing_that_controls_a_terminal() {
    let (peer, stranger) = (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
    peer.set_read_timeout(Some(LONG)).unwrap();
    let from = peer.local_addr().unwrap();
    let mut program = start("kamaelia_udp_peers", &["127.0.0.1:0", &from.to_string()]);
    let mut heard = [0; 100];
    let (length, at) = peer.recv_from(&mut heard).unwrap();
    assert_eq!((&heard[..length], at), (&b"Hello World"[..], program.program.address));
    stranger.send_to(b"not shown", at).unwrap();
    for said in [&b"hello"[..], b"\x1b[2J\xff\n", b"", &[b'x'; 60_000]] {
        peer.send_to(said, at).unwrap();
    }
    assert_eq!(program.line(), format!("{from}: \"hello\""));
    assert_eq!(program.line(), format!("{from}: \"\\u{{1b}}[2J\u{fffd}\\n\""));
    assert_eq!(program.line(), format!("{from}: \"\""));
    assert_eq!(program.line().len(), format!("{from}: \"\"").len() + 60_000);
    program.ends_at("INT");
    let mut both = start("kamaelia_udp_peers", &[]);
    assert!(both.line().ends_with(": \"Hello World\""));
    std::thread::sleep(Duration::from_millis(10));
    both.ends_at("TERM");
}
