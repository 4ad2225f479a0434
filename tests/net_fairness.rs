//! What many connections cost that do nothing, and that a few bad ones do not hold up the good ones.
//!
//! `AXON_STRESS=full` takes ten thousand idle connections, and otherwise it is a fifth of that.

#![cfg(target_os = "linux")]
#![allow(missing_docs, reason = "tests")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use axon::{Component, Context, ProducerFinished, ShutdownMicroprocess};
use kamaelia_net::{SimpleServer, TcpClient, TlsClient, TlsServer};

#[path = "harness/net/certificates.rs"]
mod certificates;
#[path = "harness/folder.rs"]
mod folder;
#[path = "harness/net/mod.rs"]
mod net_harness;
#[path = "harness/net/secured.rs"]
mod secured;
use net_harness::{LONG, here, run, start};
use secured::{HOST, hear, join, settings};

/// Set in the program that may open as many descriptors as the system allows.
const AGAIN: &str = "NET_FAIRNESS_AGAIN";

/// How many descriptors this program may open at most.
fn may_open() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    line.split_whitespace().nth(4).and_then(|hard| hard.parse().ok()).unwrap_or(1 << 20)
}

/// Runs this test again in a program that may open as many descriptors as the system allows. True in that program.
fn may_open_all(test: &str) -> bool {
    if std::env::var_os(AGAIN).is_some() {
        return true;
    }
    let script = "ulimit -S -n \"$(ulimit -H -n)\" && exec \"$0\" --exact \"$1\" --nocapture";
    let program = std::env::current_exe().unwrap();
    let status =
        Command::new("sh").args(["-c", script]).arg(program).arg(test).env(AGAIN, "1").status().unwrap();
    assert!(status.success(), "{test}");
    false
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream.set_write_timeout(Some(LONG)).unwrap();
    stream
}

fn ask(mut stream: &TcpStream) {
    stream.write_all(&[7; 64]).unwrap();
}

fn hear_answer(mut stream: &TcpStream) {
    let mut answer = [0; 64];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(answer, [7; 64]);
}

#[test]
fn each_of_thousands_of_idle_connections_takes_at_most_3_and_a_half_kib() {
    if !may_open_all("each_of_thousands_of_idle_connections_takes_at_most_3_and_a_half_kib") {
        return;
    }
    let server = start("echo_server", "ulimit -S -n \"$(ulimit -H -n)\"; ");
    let is_full = std::env::var("AXON_STRESS").is_ok_and(|value| value == "full");
    let wanted = if is_full { 10_000 } else { 2000 }.min(may_open() - 100);
    // The first ones stand for what a server takes in any case.
    let first = wanted / 10;
    let mut streams: Vec<TcpStream> = Vec::new();
    let mut connect_until = |count: usize| {
        while streams.len() < count {
            let more: Vec<TcpStream> =
                (0..500.min(count - streams.len())).map(|_| connect(server.address)).collect();
            round(&more, &mut Vec::new());
            streams.extend(more);
        }
    };
    connect_until(first);
    let before = server.memory();
    connect_until(wanted);
    let each = (server.memory() - before) / (wanted - first);
    println!("{wanted} connections: {each} bytes each");
    // Resident, with what the allocator adds, not optimized, and with the clock of what was sent last.
    assert!(each <= 7 << 9, "{each} bytes a connection");
}

/// When each of these has its answer after all have asked.
fn round(streams: &[TcpStream], times: &mut Vec<Duration>) {
    let mut asked = Vec::with_capacity(streams.len());
    for stream in streams {
        ask(stream);
        asked.push(Instant::now());
    }
    for (stream, asked) in streams.iter().zip(asked) {
        hear_answer(stream);
        times.push(asked.elapsed());
    }
}

/// The time that 99 of 100 answers take at most.
fn p99(streams: &[TcpStream]) -> Duration {
    let mut times = Vec::new();
    for _ in 0..10 {
        round(streams, &mut times);
    }
    times.sort_unstable();
    times[times.len() * 99 / 100]
}

#[test]
fn a_slow_reader_and_a_slow_writer_do_not_hold_up_a_thousand_good_clients() {
    if !may_open_all("a_slow_reader_and_a_slow_writer_do_not_hold_up_a_thousand_good_clients") {
        return;
    }
    let server = start("echo_server", "ulimit -S -n \"$(ulimit -H -n)\"; ");
    let streams: Vec<TcpStream> = (0..1000.min(may_open() - 100)).map(|_| connect(server.address)).collect();
    let over = AtomicBool::new(false);
    let (mut without, mut with) = (Vec::new(), Vec::new());
    round(&streams, &mut Vec::new());
    // Alternately, and the best of each counts: what else the machine does is not measured.
    for _ in 0..5 {
        without.push(p99(&streams));
        over.store(false, Ordering::Relaxed);
        thread::scope(|scope| {
            scope.spawn(|| {
                // Sends as much as is taken, and reads a little of it now and then.
                let mut stream = connect(server.address);
                stream.set_nonblocking(true).unwrap();
                while !over.load(Ordering::Relaxed) {
                    let _ = stream.write(&[1; 64 * 1024]);
                    let _ = stream.read(&mut [0; 1000]);
                    thread::sleep(Duration::from_millis(5));
                }
            });
            scope.spawn(|| {
                let mut stream = connect(server.address);
                while !over.load(Ordering::Relaxed) {
                    stream.write_all(b"x").unwrap();
                    stream.read_exact(&mut [0]).unwrap();
                    thread::sleep(Duration::from_millis(5));
                }
            });
            thread::sleep(Duration::from_millis(50));
            with.push(p99(&streams));
            over.store(true, Ordering::Relaxed);
        });
    }
    let (best_without, best_with) = (without.iter().min().unwrap(), with.iter().min().unwrap());
    println!("p99 without {without:?}, with {with:?}");
    assert!(*best_with <= *best_without * 2, "{best_with:?} instead of {best_without:?}");
}

/// Sends back what comes, and counts it.
struct CountingEcho(Arc<AtomicUsize>);

impl Component for CountingEcho {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        while let Some(bytes) = cx.next_or_end::<Vec<u8>>("inbox").await? {
            self.0.fetch_add(bytes.len(), Ordering::Relaxed);
            cx.send_when_room("outbox", bytes).await?;
        }
        Ok(())
    }
}

fn client(port: u16, tls: Option<&TlsClient>) -> TcpClient {
    let client = TcpClient::new(HOST, port);
    match tls {
        Some(tls) => client.tls(tls.clone()),
        None => client,
    }
}

/// Sends as much as can go, and reads what comes back, until it is over.
async fn pour(cx: &Context, port: u16, tls: Option<TlsClient>, over: &AtomicBool) -> axon::Result {
    let client = cx.activate(client(port, tls.as_ref()));
    join(cx, &client)?;
    while !over.load(Ordering::Relaxed) {
        while cx.recv("inbox").is_some() {}
        if cx.has_room("outbox") {
            cx.send("outbox", vec![1_u8; 64 * 1024])?;
        } else {
            cx.pause().await;
        }
    }
    cx.send("signal", ShutdownMicroprocess::new())?;
    Ok(())
}

/// How many bytes of a firehose go through a server while a ping goes there and back, sorted. The pings come from the
/// server's own scheduler and the firehose from another thread: however slow the machine is, what counts is what the
/// server does first.
fn poured_during_pings(tls: Option<(TlsServer, TlsClient)>) -> Vec<usize> {
    const PINGS: usize = 200;
    let (server_tls, client_tls) = tls.unzip();
    let (over, poured) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let during = Arc::new(Mutex::new(Vec::new()));
    let result = Arc::clone(&during);
    let (hose, firehose) = std::sync::mpsc::channel();
    run(async move |cx| {
        let count = Arc::clone(&poured);
        let server = SimpleServer::new(move || CountingEcho(Arc::clone(&count)), here());
        let server = match server_tls {
            Some(tls) => server.tls(tls),
            None => server,
        };
        let server = server.bind()?;
        let port = server.local_addr().expect("it is bound").port();
        let server = cx.activate(server);
        let (ends, tls) = (Arc::clone(&over), client_tls.clone());
        hose.send(thread::spawn(move || run(async move |cx| pour(cx, port, tls, &ends).await)))?;
        let client = cx.activate(client(port, client_tls.as_ref()));
        join(cx, &client)?;
        // Until it flows.
        while poured.load(Ordering::Relaxed) < 4 << 20 {
            cx.sleep(Duration::from_millis(1)).await;
        }
        for _ in 0..PINGS {
            let before = poured.load(Ordering::Relaxed);
            cx.send("outbox", "ping")?;
            assert_eq!(hear(cx, 4).await, b"ping");
            during.lock().unwrap().push(poured.load(Ordering::Relaxed) - before);
            cx.sleep(Duration::from_millis(1)).await;
        }
        over.store(true, Ordering::Relaxed);
        cx.send("signal", ProducerFinished::new())?;
        cx.deliver_to(&server, "control", ProducerFinished::new())?;
        Ok(())
    })
    .unwrap();
    firehose.recv().unwrap().join().unwrap().unwrap();
    let mut during = std::mem::take(&mut *result.lock().unwrap());
    assert_eq!(during.len(), PINGS);
    during.sort_unstable();
    println!("bytes during a ping: median {}, most {}", during[PINGS / 2], during[PINGS - 1]);
    during
}

#[test]
fn a_firehose_does_not_starve_a_ping() {
    let (_, server, client) = settings();
    for tls in [None, Some((server, client))] {
        let during = poured_during_pings(tls);
        assert!(during[during.len() / 2] > 0, "nothing was poured");
        // A connection reads a quarter of a megabyte in a turn, and a ping takes some twenty turns of everybody.
        assert!(*during.last().unwrap() <= 16 << 20, "{during:?}");
    }
}
