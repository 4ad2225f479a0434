//! The log collector as a program: lines of many clients, over TCP and TLS, reach the files and those who watch.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::folder::Folder;
use crate::nats_server::Server;
use crate::net_harness::{LONG, Program, example, installed};

/// The collector, and what it said after its first line.
fn collector(folder: &Folder, options: &[&str], further: usize) -> (Program, Vec<String>) {
    let mut child = Command::new(example("log_collector"))
        .args(["127.0.0.1:0", "--directory"])
        .arg(folder.path())
        .args(options)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    let address = first.strip_prefix("listening on ").expect(&first).parse().unwrap();
    let said = lines.take(further).map(Result::unwrap).collect();
    (Program { child, address }, said)
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream
}

/// Sends these lines, and waits until the collector has them all: it closes the connection.
fn send(address: SocketAddr, lines: &str) {
    let mut stream = connect(address);
    stream.write_all(lines.as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(stream.read_to_end(&mut Vec::new()).unwrap(), 0);
}

#[test]
fn lines_of_many_clients_reach_the_files_and_who_watches_and_none_is_lost_at_the_end() {
    let folder = Folder::new();
    let (mut collector, said) = collector(&folder, &["--live", "127.0.0.1:0", "--without", "debug"], 1);
    let live = said[0].strip_prefix("live on ").expect("where it can be watched").parse().unwrap();
    let watching = connect(live);
    watching.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let mut watcher = BufReader::new(&watching).lines();
    // It watches when it has seen one.
    let late = Instant::now() + LONG;
    let mut probes = 0;
    loop {
        assert!(Instant::now() < late, "the watcher sees a line");
        send(collector.address, "probe\n");
        probes += 1;
        if watcher.next().is_some_and(|line| line.is_ok()) {
            break;
        }
    }
    let address = collector.address;
    let clients: Vec<_> = (0..8)
        .map(|client| {
            thread::spawn(move || {
                let lines: String = (0..100)
                    .map(|number| match number % 10 {
                        0 => format!("ERROR {client} {number}\n"),
                        1 => format!("debug {client} {number}\n"),
                        _ => format!("info {client} {number}\n"),
                    })
                    .collect();
                send(address, &lines);
            })
        })
        .collect();
    clients.into_iter().for_each(|client| client.join().unwrap());
    watching.set_read_timeout(Some(LONG)).unwrap();
    let mut watched = BTreeSet::new();
    while watched.len() < 720 {
        watched.extend(Some(watcher.next().unwrap().unwrap()).filter(|line| !line.ends_with("probe")));
    }
    // What is on its way when it is told to end is written too.
    let mut last = connect(collector.address);
    last.write_all(b"the last ERROR").unwrap();
    last.shutdown(Shutdown::Write).unwrap();
    collector.signal("TERM");
    assert_eq!(collector.end(LONG), Some(0));
    let all = folder.read("all.log");
    assert_eq!(all.lines().count(), probes + 720 + 1);
    assert!(all.lines().all(|line| line.starts_with("127.0.0.1:") && !line.contains("debug")));
    for client in 0..8 {
        let own = all.lines().filter_map(|line| line.split_once(' ').map(|(_, line)| line));
        let own = own.filter(|line| line.split(' ').nth(1) == Some(&client.to_string()));
        let numbers: Vec<usize> = own.map(|line| line.split(' ').nth(2).unwrap().parse().unwrap()).collect();
        assert!(numbers.len() == 90 && numbers.is_sorted(), "{numbers:?}");
    }
    let errors = folder.read("errors.log");
    assert_eq!(errors.lines().count(), 81);
    assert!(errors.lines().all(|line| line.contains("ERROR")));
}

#[test]
fn a_watcher_that_never_reads_holds_up_nobody_and_a_rate_holds_up_only_its_client() {
    let folder = Folder::new();
    let (mut collector, said) = collector(&folder, &["--live", "127.0.0.1:0", "--rate", "2000"], 1);
    let live = said[0].strip_prefix("live on ").unwrap().parse().unwrap();
    let _deaf = connect(live);
    let line = "x".repeat(1000) + "\n";
    let begun = Instant::now();
    let many = line.repeat(4000);
    send(collector.address, &many);
    assert!(begun.elapsed().as_secs_f64() > 1.5, "4000 lines at 2000 a second");
    collector.signal("INT");
    assert_eq!(collector.end(LONG), Some(0));
    assert_eq!(folder.read("all.log").lines().count(), 4000);
}

#[test]
fn collectors_that_share_a_nats_server_each_write_the_lines_of_all() {
    let Some(nats) = Server::start(&[]) else { return };
    let folders = [Folder::new(), Folder::new()];
    let mut collectors =
        folders.each_ref().map(|folder| collector(folder, &["--nats", &nats.address()], 0).0);
    let lines = |folder: &Folder| std::fs::read_to_string(folder.place("all.log")).unwrap_or_default();
    // A collector hears what is said from when it is connected.
    let late = Instant::now() + LONG;
    while !folders.iter().all(|folder| [0, 1].iter().all(|n| lines(folder).contains(&format!("probe {n}")))) {
        assert!(Instant::now() < late, "each writes the lines of the other");
        collectors.iter().zip(0..).for_each(|(to, n)| send(to.address, &format!("probe {n}\n")));
        thread::sleep(Duration::from_millis(20));
    }
    let many: String = (0..500).map(|number| format!("{number}\n")).collect();
    send(collectors[0].address, &many);
    send(collectors[1].address, "the end\n");
    let is_whole = |folder: &Folder| {
        let text = lines(folder);
        (0..500).all(|number| text.contains(&format!(" {number}\n"))) && text.contains(" the end\n")
    };
    while !folders.iter().all(is_whole) {
        assert!(Instant::now() < late + LONG, "each has the lines of both");
        thread::sleep(Duration::from_millis(20));
    }
    for collector in &mut collectors {
        collector.signal("TERM");
        assert_eq!(collector.end(LONG), Some(0));
    }
}

#[test]
fn lines_come_over_tls_too_and_a_page_shows_what_the_collector_is_made_of() {
    if !(installed("curl") && installed("openssl")) {
        return;
    }
    let folder = Folder::new();
    let (key, certificate) = (folder.place("key.pem"), folder.place("certificate.pem"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
        .args(["-keyout", &key, "-out", &certificate, "-days", "2", "-subj", "/CN=localhost"])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let options = ["--tls", &certificate, &key, "127.0.0.1:0", "--page", "127.0.0.1:0"];
    let (mut collector, said) = collector(&folder, &options, 2);
    let tls = said[0].strip_prefix("tls on ").expect("where it takes TLS");
    let page = said[1].strip_prefix("page at ").expect("where the page is");
    let script =
        format!("(printf 'one\\ntwo\\n'; sleep 1) | openssl s_client -connect {tls} -CAfile {certificate}");
    let _ = Command::new("sh").args(["-c", &script]).output().unwrap();
    let late = Instant::now() + LONG;
    while folder.read("all.log").lines().count() < 2 {
        assert!(Instant::now() < late, "the lines are written");
        thread::yield_now();
    }
    let url = format!("{}/graph.txt", page.trim_end_matches('/'));
    let picture = Command::new("curl").args(["-sS", &url]).output().unwrap();
    let picture = String::from_utf8_lossy(&picture.stdout).into_owned();
    assert!(picture.contains("Backplane") && picture.contains("Append"), "{picture}");
    collector.signal("TERM");
    assert_eq!(collector.end(LONG), Some(0));
}
