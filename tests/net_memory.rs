//! What clients and servers can make this side hold: memory stays bounded, whatever stands between.
//!
//! Each case runs in a program of its own, so that others do not disturb the measure. `AXON_STRESS=full` floods
//! for ten seconds, by a hundred clients each time; without it a fraction of that.

#![cfg(target_os = "linux")]
#![allow(missing_docs, reason = "tests")]

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use axon::chassis::{Carousel, JoinChooserToCarousel, Par, Pipeline, Seq, Supervisor, TPipe};
use axon::util::{Backplane, Chooser, PassThrough, PublishTo, SubscribeTo};
use axon::{AnyComponent, Component, Context, Scheduler, graphline, pipeline};
use kamaelia_net::{CsaOptions, SimpleServer, TcpClient};

#[path = "harness/net/mod.rs"]
mod net_harness;
use net_harness::{LONG, here, serve, serve_on, start};

const CASE: &str = "NET_MEMORY_CASE";
const MEGABYTE: usize = 1 << 20;
const KINDS: [&str; 8] = ["plain", "Pipeline", "Graphline", "Seq", "Par", "Supervisor", "TPipe", "Carousel"];

fn is_full() -> bool {
    std::env::var("AXON_STRESS").is_ok_and(|value| value == "full")
}

/// How long a flood lasts.
fn flood_time() -> Duration {
    Duration::from_millis(if is_full() { 10_000 } else { 300 })
}

/// Runs a test again in a program of its own, for one case, and says what that printed last.
fn in_a_program_of_its_own(test: &str, case: &str) -> usize {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let output = command.args(["--exact", test, "--nocapture"]).env(CASE, case).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{case}: {said}{}", String::from_utf8_lossy(&output.stderr));
    let number = said.split("GROWTH ").nth(1).and_then(|rest| rest.split_whitespace().next());
    number.unwrap_or_else(|| panic!("{case}: {said}")).parse().unwrap()
}

/// The case to be run, if this is such a program.
fn case() -> Option<Vec<String>> {
    std::env::var(CASE).ok().map(|case| case.split(' ').map(str::to_owned).collect())
}

/// The resident memory of this program, without the pages of files: that code runs for the first time is not
/// what is measured.
fn memory() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: Vec<usize> = statm.split_whitespace().map(|number| number.parse().unwrap()).collect();
    (pages[1] - pages[2]) * 4096
}

/// How much memory grows at most while this is done.
fn growth_while(act: impl FnOnce()) -> usize {
    let (before, over) = (memory(), AtomicBool::new(false));
    thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut most = before;
            while !over.load(Ordering::Relaxed) {
                most = most.max(memory());
                thread::sleep(Duration::from_millis(5));
            }
            most - before
        });
        act();
        over.store(true, Ordering::Relaxed);
        watch.join().unwrap()
    })
}

/// A handler that sends back what it gets and heeds nothing, or one that takes its time.
struct Leaf {
    echoes: bool,
}

impl Component for Leaf {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        while let Some(bytes) = cx.next_or_end::<Vec<u8>>("inbox").await? {
            if self.echoes {
                cx.send("outbox", bytes)?;
            } else {
                cx.sleep(Duration::from_millis(200)).await;
            }
        }
        Ok(())
    }
}

/// The leaf in a chassis of some kind.
fn wrapped(kind: &str, echoes: bool) -> Pipeline {
    let leaf = move || Leaf { echoes };
    let chassis = match kind {
        "plain" => AnyComponent::new(leaf()),
        "Pipeline" => AnyComponent::new(pipeline![PassThrough::new(), leaf(), PassThrough::new()]),
        "Graphline" => AnyComponent::new(graphline! {
            components: { it: leaf() },
            linkages: {
                self.inbox => it.inbox, self.control => it.control,
                it.outbox => self.outbox, it.signal => self.signal,
            }
        }),
        "Seq" => AnyComponent::new(Seq::new().then(leaf()).then(leaf())),
        "Par" => AnyComponent::new(Par::new().and(leaf()).and(leaf())),
        "Supervisor" => AnyComponent::new(Supervisor::new(leaf)),
        "TPipe" => AnyComponent::new(TPipe::new(leaf())),
        "Carousel" => AnyComponent::new(JoinChooserToCarousel::new(
            Chooser::new(["it"]),
            Carousel::new(move |_: &'static str| leaf()).make_first_request(),
        )),
        _ => unreachable!("{kind}"),
    };
    pipeline![chassis]
}

/// Sends as much as the other side takes, until it takes nothing for so long, reads nothing, and says how much
/// that was.
fn flood_until_nothing_moves(streams: &[TcpStream], time: Duration) -> Vec<usize> {
    let (late, mut sent) = (Instant::now() + LONG, vec![0; streams.len()]);
    while Instant::now() < late {
        let more = flood(streams, time);
        sent.iter_mut().zip(&more).for_each(|(sent, more)| *sent += more);
        if more.iter().all(|more| *more == 0) {
            return sent;
        }
    }
    panic!("it takes ever more");
}

/// Sends as much as the other side takes, reads nothing, and says how much that was.
fn flood(streams: &[TcpStream], time: Duration) -> Vec<usize> {
    let (start, bytes) = (Instant::now(), vec![b'x'; 64 * 1024]);
    let mut sent = vec![0; streams.len()];
    streams.iter().for_each(|stream| stream.set_nonblocking(true).unwrap());
    while start.elapsed() < time {
        let mut is_any = false;
        for (mut stream, sent) in streams.iter().zip(&mut sent) {
            match stream.write(&bytes) {
                Ok(taken) => (*sent, is_any) = (*sent + taken, true),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => panic!("{error}"),
            }
        }
        if !is_any {
            thread::sleep(Duration::from_millis(1));
        }
    }
    streams.iter().for_each(|stream| stream.set_nonblocking(false).unwrap());
    sent
}

fn connect(address: SocketAddr, clients: usize) -> Vec<TcpStream> {
    let connect = || {
        // What the system itself holds is to be little.
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        socket.set_recv_buffer_size(16 * 1024).unwrap();
        socket.set_send_buffer_size(16 * 1024).unwrap();
        socket.connect(&address.into()).unwrap();
        socket.set_read_timeout(Some(LONG)).unwrap();
        TcpStream::from(socket)
    };
    std::iter::repeat_with(connect).take(clients).collect()
}

/// Each kind of handler, each leaf, flooded by one and by many; the cases are run by `run`.
fn each_chassis(test: &str, run: fn(&str, bool, usize) -> usize) {
    if let Some(case) = case() {
        let growth = run(&case[0], case[1] == "echoes", case[2].parse().unwrap());
        println!("GROWTH {growth}");
        std::process::exit(0);
    }
    for kind in KINDS {
        for (leaf, clients) in [("echoes", 1), ("slow", 1), ("echoes", 100), ("slow", 100)] {
            if !is_full() && (leaf == "slow") != (clients == 1) {
                continue;
            }
            let growth = in_a_program_of_its_own(test, &format!("{kind} {leaf} {clients}"));
            println!("{kind} {leaf} {clients}: {} KiB a connection", growth / 1024 / clients);
            assert!(growth <= 2 * MEGABYTE * clients, "{kind} {leaf} {clients}: {growth}");
        }
    }
}

#[test]
fn whatever_chassis_handles_a_connection_a_flood_makes_it_hold_two_megabytes_at_most() {
    const NAME: &str = "whatever_chassis_handles_a_connection_a_flood_makes_it_hold_two_megabytes_at_most";
    each_chassis(NAME, |kind, echoes, clients| {
        let kind = kind.to_owned();
        let server = serve(move || SimpleServer::new(move || wrapped(&kind, echoes), here()));
        let streams = connect(server.address, clients);
        growth_while(|| _ = flood(&streams, flood_time()))
    });
}

#[test]
fn whatever_chassis_stands_behind_a_client_a_flood_makes_it_hold_two_megabytes_at_most() {
    const NAME: &str = "whatever_chassis_stands_behind_a_client_a_flood_makes_it_hold_two_megabytes_at_most";
    each_chassis(NAME, |kind, echoes, clients| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let kind = kind.to_owned();
        thread::spawn(move || {
            let mut scheduler = Scheduler::new();
            for _ in 0..clients {
                scheduler.activate(graphline! {
                    components: { client: TcpClient::new("127.0.0.1", port), it: wrapped(&kind, echoes) },
                    linkages: { client.outbox => it.inbox, it.outbox => client.inbox }
                });
            }
            scheduler.run().unwrap();
        });
        let streams: Vec<_> = (0..clients).map(|_| listener.accept().unwrap().0).collect();
        growth_while(|| _ = flood(&streams, flood_time()))
    });
}

#[test]
fn a_server_with_a_limit_to_its_memory_holds_little_more_and_loses_nothing() {
    const NAME: &str = "a_server_with_a_limit_to_its_memory_holds_little_more_and_loses_nothing";
    const LIMIT: usize = 4 * MEGABYTE;
    let Some(case) = case() else {
        let [without, within] = ["without", "within"].map(|case| in_a_program_of_its_own(NAME, case));
        println!("{} KiB without a limit, {} KiB within one", without / 1024, within / 1024);
        assert!(without > 6 * LIMIT, "{without}: the flood is none");
        assert!(within < 5 * LIMIT, "{within}");
        return;
    };
    let has_limit = case[0] == "within";
    let server = serve(move || {
        let server = SimpleServer::new(|| Leaf { echoes: true }, here());
        if has_limit { server.memory(LIMIT) } else { server }
    });
    let mut streams = connect(server.address, 100);
    let mut sent = Vec::new();
    let growth = growth_while(|| sent = flood_until_nothing_moves(&streams, Duration::from_millis(200)));
    println!("GROWTH {growth}");
    // One more waits until the others have taken what is theirs.
    let late = TcpStream::connect(server.address).unwrap();
    (&late).write_all(b"x").unwrap();
    if has_limit {
        late.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        assert_eq!((&late).read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    }
    let mut buffer = vec![0; 256 * 1024];
    for (stream, sent) in streams.iter_mut().zip(sent) {
        stream.shutdown(Shutdown::Write).unwrap();
        let mut got = 0;
        loop {
            match stream.read(&mut buffer).unwrap() {
                0 => break,
                read => got += read,
            }
        }
        assert_eq!(got, sent);
    }
    late.set_read_timeout(Some(LONG)).unwrap();
    (&late).read_exact(&mut [0]).unwrap();
    drop(late);
    server.drain().unwrap();
    std::process::exit(0);
}

#[test]
fn a_large_message_that_goes_to_many_connections_takes_its_memory_once() {
    const NAME: &str = "a_large_message_that_goes_to_many_connections_takes_its_memory_once";
    const LISTENERS: usize = 20;
    let size = if is_full() { 50 * MEGABYTE } else { 8 * MEGABYTE };
    if case().is_none() {
        let grown = in_a_program_of_its_own(NAME, "one");
        println!("{} KiB for {} KiB to {LISTENERS}", grown / 1024, size / 1024);
        assert!(grown > size / 2, "{grown}: nothing was held");
        assert!(grown < 3 * size, "{grown}");
        return;
    }
    let (tell, told) = std::sync::mpsc::channel();
    let with_hub = move || {
        let scheduler = Scheduler::new();
        scheduler.activate(Backplane::new("NEWS"));
        tell.send(scheduler.activate(PublishTo::new("NEWS"))).unwrap();
        scheduler
    };
    let server = serve_on(with_hub, || SimpleServer::new(|| SubscribeTo::new("NEWS"), here()));
    let publisher = told.recv().unwrap();
    let mut listeners = connect(server.address, LISTENERS);
    // Short ones, until each listener has heard one.
    listeners.iter().for_each(|listener| listener.set_nonblocking(true).unwrap());
    let (mut heard, late) = ([false; LISTENERS], Instant::now() + LONG);
    while heard != [true; LISTENERS] {
        assert!(Instant::now() < late, "{heard:?}");
        server.remote.deliver(&publisher, "inbox", vec![0_u8]).unwrap();
        thread::sleep(Duration::from_millis(1));
        for (listener, heard) in listeners.iter_mut().zip(&mut heard) {
            *heard |= listener.read(&mut [0]).is_ok();
        }
    }
    listeners.iter().for_each(|listener| listener.set_nonblocking(false).unwrap());
    // Nobody reads it yet, so that all of it waits.
    let grown = growth_while(|| {
        server.remote.deliver(&publisher, "inbox", vec![7_u8; size]).unwrap();
        thread::sleep(Duration::from_millis(500));
    });
    println!("GROWTH {grown}");
    let (mut buffer, sevens) = (vec![0; 256 * 1024], vec![7; 256 * 1024]);
    for listener in &mut listeners {
        let mut got = 0;
        while got < size {
            let read = listener.read(&mut buffer).unwrap();
            assert!(read > 0, "{got} of {size}");
            // Of the short ones, some may still be there.
            let short =
                if got == 0 { buffer[..read].iter().take_while(|byte| **byte == 0).count() } else { 0 };
            assert!(buffer[short..read] == sevens[short..read]);
            got += read - short;
        }
        assert_eq!(got, size);
    }
    std::process::exit(0);
}

/// What a limit to the memory does not count: the inboxes behind the first one of a chassis.
#[test]
fn behind_a_chassis_a_server_with_a_limit_holds_the_soft_limits_of_the_inboxes_there_at_most_in_addition() {
    const NAME: &str = "behind_a_chassis_a_server_with_a_limit_holds_the_soft_limits_of_the_inboxes_there_at_most_in_addition";
    const LIMIT: usize = 4 * MEGABYTE;
    const CLIENTS: usize = 50;
    let Some(case) = case() else {
        for kind in ["plain", "Pipeline", "Seq"] {
            let grown = in_a_program_of_its_own(NAME, kind);
            println!("{kind}: {} KiB within {} KiB, {CLIENTS} clients", grown / 1024, LIMIT / 1024);
            // Two inboxes of the pipeline, and what one step adds to each.
            let inside = if kind == "Pipeline" { CLIENTS * 2 * (256 + 64) * 1024 } else { 0 };
            assert!(grown < 5 * LIMIT + inside, "{kind}: {grown}");
        }
        return;
    };
    let kind = case[0].clone();
    let server = serve(move || SimpleServer::new(move || wrapped(&kind, false), here()).memory(LIMIT));
    let streams = connect(server.address, CLIENTS);
    println!("GROWTH {}", growth_while(|| _ = flood(&streams, 4 * flood_time())));
    std::process::exit(0);
}

/// Short messages count too: a client that does not read, and a handler that sends it few bytes at a time.
#[test]
fn short_messages_are_within_the_limit_of_a_servers_memory_too() {
    struct Drips;
    impl Component for Drips {
        async fn main(&mut self, cx: &Context) -> axon::Result {
            // As many as one step may send to a slow connection without being refused.
            loop {
                for _ in 0..8_000 {
                    cx.send("outbox", vec![b'x'; 16])?;
                }
                cx.yield_now().await;
            }
        }
    }
    let server = serve(|| {
        let mut options = CsaOptions::new();
        // Nothing is sent, so that all waits in inboxes.
        (options.unsent.high, options.unsent.low) = (1, 1);
        SimpleServer::new(|| Drips, here()).options(options).memory(16 * 1024)
    });
    // Little waits on the way to it.
    let greedy = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    greedy.set_recv_buffer_size(4096).unwrap();
    greedy.connect(&server.address.into()).unwrap();
    let late = Instant::now() + LONG;
    loop {
        // Sooner or later nobody else is accepted, though what waits has hardly any bytes: as many
        // messages as an inbox holds before its senders are suspended, of 16 bytes each.
        let client = TcpStream::connect(server.address).unwrap();
        client.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        match (&client).read(&mut [0]) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            _ => assert!(Instant::now() < late, "everybody is accepted"),
        }
    }
    server.remote.stop().unwrap();
    server.join().unwrap();
}

#[test]
#[should_panic(expected = "memory = 0: nothing could be received or sent; at least 1 byte")]
fn a_limit_of_no_memory_is_refused() {
    let _ = SimpleServer::new(|| Leaf { echoes: true }, here()).memory(0);
}

#[test]
fn a_chat_with_bad_clients_serves_the_good_ones_soon_and_stays_small() {
    // Without optimisation a line costs ten times as much.
    let (clients, soon) = if cfg!(debug_assertions) { (25, 250) } else { (98, 50) };
    let chat = start("chat_server", "");
    let time = if is_full() { Duration::from_secs(10) } else { Duration::from_secs(2) };
    let _never_reads = TcpStream::connect(chat.address).unwrap();
    let over = AtomicBool::new(false);
    let is_over = || over.load(Ordering::Relaxed);
    thread::scope(|scope| {
        let bad = |text: &'static [u8], reads: bool| {
            let stream = TcpStream::connect(chat.address).unwrap();
            let other = stream.try_clone().unwrap();
            if reads {
                scope.spawn(move || std::io::copy(&mut &other, &mut std::io::sink()));
            }
            scope.spawn(move || {
                stream.set_write_timeout(Some(Duration::from_millis(20))).unwrap();
                let is_timeout = |error: std::io::Error| error.kind() == ErrorKind::WouldBlock;
                while !is_over() && (&stream).write(text).map_or_else(is_timeout, |taken| taken > 0) {}
                let _ = stream.shutdown(Shutdown::Both);
            });
        };
        bad(&[b'x'; 1000], true);
        bad(b"spam\n", true);
        let good = connect(chat.address, clients);
        // Who has heard something hears all from then on.
        for mut stream in &good {
            stream.read_exact(&mut [0]).unwrap();
        }
        for stream in &good[1..] {
            let stream = stream.try_clone().unwrap();
            scope.spawn(move || std::io::copy(&mut &stream, &mut std::io::sink()));
        }
        // Each in its turn says a line, and one hears them. The others are let go in any case.
        let measured = std::panic::catch_unwind(|| {
            let mut heard = std::io::BufReader::new(&good[0]);
            let (mut delays, mut line, mut most) = (Vec::new(), String::new(), 0);
            let start = Instant::now();
            for number in 0.. {
                if start.elapsed() > time {
                    break;
                }
                let said = format!("number {number}.\n");
                let at = Instant::now();
                (&good[number % good.len()]).write_all(said.as_bytes()).unwrap();
                while !line.ends_with(&said) {
                    line.clear();
                    let length = std::io::BufRead::read_line(&mut heard, &mut line);
                    assert!(length.is_ok_and(|length| length > 0), "a good client was cut, or waits");
                }
                delays.push(at.elapsed());
                most = most.max(chat.memory());
            }
            (delays, most)
        });
        over.store(true, Ordering::Relaxed);
        good.iter().for_each(|stream| _ = stream.shutdown(Shutdown::Both));
        let (mut delays, most) = measured.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        delays.sort();
        let median = delays[delays.len() / 2];
        println!("median {median:?} of {}, {} KiB", delays.len(), most / 1024);
        assert!(median < Duration::from_millis(soon), "{median:?}");
        assert!(most < 100_000_000, "{most}");
    });
}
