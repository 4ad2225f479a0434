//! What one handler's failure is to its server and to the other connections: nothing.

#![allow(missing_docs, reason = "tests")]

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use axon::chassis::{InboxSizes, Supervisor};
use axon::util::{EchoProtocol, PassThrough};
use axon::{AnyComponent, Boxes, Component, Context, ProducerFinished, Scheduler, graphline, pipeline};
use kamaelia_net::{AfterFailure, Connection, CsaOptions, ServerCore, ServerShutdown, SimpleServer};

#[path = "harness/net/mod.rs"]
mod net_harness;
use net_harness::{here, play, serve, serve_on};

/// All that is logged, while one test runs.
static LOG: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// One test at a time: they read the log of the whole program.
static ALONE: Mutex<()> = Mutex::new(());

struct Recorder;

impl log::Log for Recorder {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() <= log::Level::Warn
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            LOG.lock().unwrap().push(record.args().to_string());
        }
    }

    fn flush(&self) {}
}

/// From here on the log is this test's.
fn alone() -> MutexGuard<'static, ()> {
    let guard = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let _ = log::set_logger(&Recorder);
    log::set_max_level(log::LevelFilter::Warn);
    LOG.lock().unwrap().clear();
    guard
}

fn logged() -> Vec<String> {
    std::mem::take(&mut *LOG.lock().unwrap())
}

/// Does what its client says: fails in some way, or echoes.
struct Obedient;

impl Component for Obedient {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            for bytes in cx.drain::<Vec<u8>>("inbox") {
                let text = String::from_utf8(bytes?)?;
                match text.as_str() {
                    "panic" => panic!("as asked"),
                    "fail" => return Err("cannot go on".into()),
                    "flood" => {
                        for _ in 0..1000 {
                            cx.send("outbox", vec![0_u8; 100_000])?;
                        }
                    }
                    _ => cx.send("outbox", text)?,
                }
            }
            if let Some(notice) = cx.told_to_end() {
                cx.send("signal", notice)?;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

fn read_to_the_end(mut stream: &TcpStream) -> Result<Vec<u8>, ErrorKind> {
    let mut all = Vec::new();
    stream.read_to_end(&mut all).map(|_| all).map_err(|error| error.kind())
}

fn echoes(mut client: &TcpStream) {
    client.write_all(b"still here").unwrap();
    let mut echo = [0; 10];
    client.read_exact(&mut echo).unwrap();
    assert_eq!(&echo, b"still here");
}

/// How a handler of each kind wraps the obedient one.
fn wrapped(kind: &str) -> AnyComponent {
    match kind {
        "plain" => AnyComponent::new(Obedient),
        "pipeline" => AnyComponent::new(pipeline![PassThrough::new(), Obedient, PassThrough::new()]),
        "graphline" => AnyComponent::new(graphline! {
            components: { a: Obedient },
            linkages: {
                self.inbox => a.inbox, self.control => a.control,
                a.outbox => self.outbox, a.signal => self.signal,
            }
        }),
        "supervisor" => AnyComponent::new(Supervisor::new(|| Obedient).at_most(0, Duration::from_secs(1))),
        _ => unreachable!(),
    }
}

/// A handler of a kind that is chosen when it is made.
struct Any(&'static str);

impl Component for Any {
    fn kind(&self) -> &'static str {
        self.0
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        let inner = cx.add_child(wrapped(self.0));
        cx.pass_through_inbox((cx.me(), "inbox"), (&inner, "inbox"))?;
        cx.pass_through_inbox((cx.me(), "control"), (&inner, "control"))?;
        cx.pass_through_outbox((&inner, "outbox"), (cx.me(), "outbox"))?;
        cx.pass_through_outbox((&inner, "signal"), (cx.me(), "signal"))?;
        cx.activate(&inner);
        while !inner.is_stopped() {
            cx.pause().await;
        }
        Ok(())
    }
}

#[test]
fn a_handlers_failure_closes_its_connection_is_logged_and_counted_and_the_others_go_on() {
    let _alone = alone();
    for kind in ["plain", "pipeline", "graphline", "supervisor"] {
        let (sender, receiver) = std::sync::mpsc::channel();
        let server = serve(move || {
            let server = SimpleServer::new(move || Any(kind), here());
            sender.send(server.failures()).unwrap();
            server
        });
        let failures = receiver.recv().unwrap();
        let good = server.connect();
        echoes(&good);
        let ways: [(&[u8], &str); 4] = [
            (b"fail", "cannot go on"),
            (b"panic", "panicked: as asked"),
            (b"\xff", "invalid utf-8 sequence"),
            (b"flood", "full"),
        ];
        // In a pipeline the last word goes to a stage that takes all.
        let ways = if kind == "pipeline" { &ways[..3] } else { &ways };
        for (count, (word, cause)) in (1..).zip(ways) {
            let client = server.connect();
            (&client).write_all(word).unwrap();
            let peer = client.local_addr().unwrap().to_string();
            read_to_the_end(&client).expect("closed in order");
            drop(client);
            echoes(&good);
            assert_eq!(failures.count(), count, "{kind}, {cause}");
            let lines = logged();
            let line = lines.iter().find(|line| line.contains(&peer));
            let line = line.unwrap_or_else(|| panic!("{kind}: {peer} is not in {lines:?}"));
            assert!(line.contains(cause) && line.contains("Obedient_"), "{kind}: {line}");
        }
        drop(good);
        server.drain().expect("it ends as if nothing had been");
        assert_eq!(failures.count(), ways.len() as u64);
    }
}

#[test]
fn a_function_that_panics_instead_of_making_a_handler_costs_that_connection_each_time() {
    let _alone = alone();
    for immortal in [false, true] {
        let scheduler =
            move || if immortal { Scheduler::builder().immortal().build() } else { Scheduler::new() };
        let server = serve_on(scheduler, || {
            let mut count = 0;
            let make = move |_: &Connection| {
                count += 1;
                assert!(count % 3 == 0, "number {count} is not made");
                EchoProtocol::new()
            };
            ServerCore::new(make, here())
        });
        for i in 1..10 {
            let client = server.connect();
            if i % 3 == 0 {
                echoes(&client);
            } else {
                assert_eq!(read_to_the_end(&client), Ok(Vec::new()));
                let lines = logged();
                let peer = client.local_addr().unwrap().to_string();
                assert!(lines[0].contains(&format!("number {i} is not made")), "{lines:?}");
                assert!(lines[0].contains(&peer), "{lines:?}");
            }
        }
        server.drain().unwrap();
    }
}

#[test]
fn a_server_resets_the_connection_of_a_failed_handler_if_it_is_to() {
    let _alone = alone();
    let server = serve(|| {
        let mut count = 0;
        let make = move |_: &Connection| {
            count += 1;
            assert!(count > 1, "the first is not made");
            Obedient
        };
        ServerCore::new(make, here()).after_failure(AfterFailure::Reset)
    });
    let unmade = server.connect();
    assert_eq!(read_to_the_end(&unmade), Err(ErrorKind::ConnectionReset));
    for word in ["fail", "panic"] {
        let client = server.connect();
        echoes(&client);
        (&client).write_all(word.as_bytes()).unwrap();
        assert_eq!(read_to_the_end(&client), Err(ErrorKind::ConnectionReset), "{word}");
    }
    server.drain().unwrap();
}

#[test]
fn what_a_handler_sent_before_it_failed_arrives() {
    let _alone = alone();
    let last_words = || {
        play(async |cx: &Context| {
            cx.send("outbox", vec![b'x'; 1_000_000])?;
            Err("and then the disk was full".into())
        })
    };
    let server = serve(move || SimpleServer::new(last_words, here()));
    let client = server.connect();
    assert_eq!(read_to_the_end(&client).unwrap().len(), 1_000_000);
    drop(client);
    server.drain().unwrap();
}

#[test]
fn clients_that_make_handlers_fail_cannot_fill_the_log() {
    let _alone = alone();
    let begun = Instant::now();
    let failing = || {
        play(async |cx: &Context| {
            let bytes = cx.next::<Vec<u8>>("inbox").await?;
            Err(format!("this is no number: {}", String::from_utf8_lossy(&bytes).repeat(1000)).into())
        })
    };
    let server = serve(move || SimpleServer::new(failing, here()));
    for _ in 0..1000 {
        let client = server.connect();
        (&client).write_all(b"abc\n\x1b[2Jdef\n").unwrap();
        let _ = read_to_the_end(&client);
    }
    server.drain().unwrap();
    let lines = logged();
    let seconds = begun.elapsed().as_secs() as usize;
    assert!((10..=13 + seconds).contains(&lines.len()), "{} lines in {seconds} s", lines.len());
    assert!(lines.iter().all(|line| line.len() < 1000 && !line.contains(['\n', '\x1b'])), "{lines:?}");
    assert!(lines.last().unwrap().contains("1000 handlers failed in all"), "{lines:?}");
}

#[test]
fn a_handler_that_fails_after_its_connection_has_ended_harms_nobody_either() {
    let _alone = alone();
    let tidy = || {
        play(async |cx: &Context| {
            cx.send("outbox", "hello")?;
            while cx.told_to_end().is_none() {
                cx.pause().await;
            }
            cx.send("signal", ProducerFinished::new())?;
            cx.sleep(Duration::from_millis(50)).await;
            Err("the log book is full".into())
        })
    };
    let server = serve(move || SimpleServer::new(tidy, here()));
    for _ in 0..2 {
        let client = server.connect();
        (&client).read_exact(&mut [0; 5]).unwrap();
    }
    server.drain().unwrap();
    let lines = logged();
    assert_eq!(lines.iter().filter(|line| line.contains("the log book is full")).count(), 2, "{lines:?}");
}

#[test]
fn a_drain_waits_for_handlers_that_still_work_and_stops_them_at_its_deadline() {
    let _alone = alone();
    for (needs, is_done) in [(50, true), (60_000, false)] {
        let (sender, receiver) = std::sync::mpsc::channel();
        let server = serve(move || {
            let slow = move || {
                let sender = sender.clone();
                play(async move |cx: &Context| {
                    cx.send("outbox", "hello")?;
                    while cx.told_to_end().is_none() {
                        cx.pause().await;
                    }
                    cx.send("signal", ProducerFinished::new())?;
                    cx.sleep(Duration::from_millis(needs)).await;
                    Ok(sender.send("done")?)
                })
            };
            SimpleServer::new(slow, here()).drain_deadline(Duration::from_millis(500))
        });
        let client = server.connect();
        (&client).read_exact(&mut [0; 5]).unwrap();
        drop(client);
        server.drain().unwrap();
        assert_eq!(receiver.recv().is_ok(), is_done);
        assert_eq!(logged().iter().any(|line| line.contains("were stopped")), !is_done);
    }
}

#[test]
fn a_message_that_panics_when_it_is_dropped_ends_one_connection_only() {
    #[derive(Debug)]
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("it went off");
        }
    }
    let _alone = alone();
    let careless = || {
        play(async |cx: &Context| {
            if cx.next::<Vec<u8>>("inbox").await? == b"bomb" {
                cx.send("outbox", Bomb)?;
            } else {
                cx.send("outbox", "still here")?;
            }
            while cx.told_to_end().is_none() {
                cx.pause().await;
            }
            Ok(())
        })
    };
    let server = serve(move || SimpleServer::new(careless, here()));
    let good = server.connect();
    let bad = server.connect();
    (&bad).write_all(b"bomb").unwrap();
    let _ = read_to_the_end(&bad);
    echoes(&good);
    drop(good);
    server.drain().unwrap();
}

#[test]
fn a_size_that_a_handler_declares_for_its_inbox_holds_and_others_have_the_servers() {
    struct Sized(Option<usize>, std::sync::mpsc::Sender<Option<usize>>);
    impl Component for Sized {
        fn boxes(&self) -> Boxes {
            match self.0 {
                Some(size) => Boxes::standard().inbox_size("inbox", size),
                None => Boxes::standard(),
            }
        }
        async fn main(&mut self, cx: &Context) -> axon::Result {
            Ok(self.1.send(cx.size((cx.me(), "inbox"))?)?)
        }
    }
    let _alone = alone();
    for (declared, found) in [(Some(1), 1), (Some(500), 500), (None, 16)] {
        let (sender, receiver) = std::sync::mpsc::channel();
        let server = serve(move || SimpleServer::new(move || Sized(declared, sender.clone()), here()));
        let client = server.connect();
        assert_eq!(receiver.recv().unwrap(), Some(found));
        drop(client);
        server.drain().unwrap();
    }
}

#[test]
fn what_comes_at_once_to_a_handler_with_a_small_first_stage_arrives_whole() {
    const MUCH: usize = 400_000;
    let _alone = alone();
    let small = || EchoProtocol::new().inbox_size("inbox", 1);
    let made = move |kind: &str| match kind {
        "pipeline" => pipeline![small(), PassThrough::new()],
        "graphline" => pipeline![graphline! {
            components: { a: small() },
            linkages: {
                self.inbox => a.inbox, self.control => a.control,
                a.outbox => self.outbox, a.signal => self.signal,
            }
        }],
        "supervisor" => pipeline![Supervisor::new(small)],
        _ => unreachable!(),
    };
    for kind in ["pipeline", "graphline", "supervisor"] {
        let late = move || {
            // Meanwhile the first bytes have come, before anything inside is linked.
            std::thread::sleep(Duration::from_millis(5));
            made(kind)
        };
        let server = serve(move || SimpleServer::new(late, here()));
        for _ in 0..10 {
            let client = server.connect();
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    (&client).write_all(&[7; MUCH]).unwrap();
                    client.shutdown(std::net::Shutdown::Write).unwrap();
                });
                let echo = read_to_the_end(&client);
                assert_eq!(echo.map(|all| all.len()), Ok(MUCH), "{kind}: {:?}", logged());
            });
        }
        server.drain().unwrap();
        assert_eq!(logged(), [""; 0], "{kind}");
    }
}

#[test]
fn failures_during_a_shutdown_do_not_spoil_it() {
    let _alone = alone();
    let panics = || {
        play(async |cx: &Context| {
            cx.send("outbox", "hello")?;
            while cx.told_to_end().is_none() {
                cx.pause().await;
            }
            panic!("in the shutdown")
        })
    };
    let server = serve(move || SimpleServer::new(panics, here()).options(CsaOptions::new()));
    let clients: Vec<_> = (0..5).map(|_| server.connect()).collect();
    for client in &clients {
        (&mut &*client).read_exact(&mut [0; 5]).unwrap();
    }
    server.remote.deliver(&server.server, "control", axon::Message::notice(ServerShutdown)).unwrap();
    server.join().unwrap();
    assert_eq!(logged().iter().filter(|line| line.contains("in the shutdown")).count(), 5);
}

/// Echoes, and cannot be told that its client has finished. Says when it is gone.
struct Untold(std::sync::mpsc::Sender<()>);

impl Component for Untold {
    fn boxes(&self) -> Boxes {
        Boxes::none().inbox("inbox", "bytes").outbox("outbox", "the same bytes")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            let bytes: Vec<u8> = cx.next("inbox").await?;
            cx.send("outbox", bytes)?;
        }
    }
}

impl Drop for Untold {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

#[test]
fn a_handler_without_control_and_its_connection_last_for_the_time_of_a_drain_after_the_client_has_finished() {
    let _alone = alone();
    let (tell, told) = std::sync::mpsc::channel();
    let running = serve(move || {
        SimpleServer::new(move || Untold(tell.clone()), here()).drain_deadline(Duration::from_millis(100))
    });
    // One that finishes and waits for the rest, and one that goes away.
    let mut finishes = running.connect();
    finishes.write_all(b"hello").unwrap();
    finishes.shutdown(std::net::Shutdown::Write).unwrap();
    let mut rest = Vec::new();
    finishes.read_to_end(&mut rest).expect("its connection is closed");
    assert_eq!(rest, b"hello");
    drop(running.connect());
    for _ in 0..2 {
        told.recv_timeout(Duration::from_secs(60)).expect("the handler is stopped");
    }
    // Who has not finished stays.
    let mut stays = running.connect();
    std::thread::sleep(Duration::from_millis(300));
    stays.write_all(b"still here").unwrap();
    stays.read_exact(&mut [0; 10]).unwrap();
    running.drain().unwrap();
    assert_eq!(told.try_iter().count(), 1);
}

#[test]
fn what_is_neither_bytes_nor_text_is_the_failure_of_the_handler_that_sends_it() {
    let _alone = alone();
    let (sender, receiver) = std::sync::mpsc::channel();
    let server = serve(move || {
        let numbers = || {
            play(async |cx: &Context| {
                let text = cx.next::<Vec<u8>>("inbox").await?;
                cx.send("outbox", text)?;
                cx.send("outbox", 5_u64)?;
                cx.pause().await;
                Ok(())
            })
        };
        let server = SimpleServer::new(numbers, here());
        sender.send(server.failures()).unwrap();
        server
    });
    let failures = receiver.recv().unwrap();
    let (waiting, wrong) = (server.connect(), server.connect());
    (&wrong).write_all(b"before").unwrap();
    assert_eq!(read_to_the_end(&wrong), Ok(b"before".to_vec()));
    echoes(&waiting);
    let peer = wrong.local_addr().unwrap().to_string();
    let lines = logged();
    let line = lines.iter().find(|line| line.contains(&peer)).unwrap_or_else(|| panic!("{lines:?}"));
    for part in ["Play_", ".inbox expected bytes or text and found u64: 5", "PureTransformer::map"] {
        assert!(line.contains(part), "{line}");
    }
    server.drain().unwrap();
    assert_eq!(failures.count(), 2);
}

#[test]
fn a_handler_that_works_for_a_client_that_has_gone_is_told_when_it_sends_and_ends_in_order() {
    let _alone = alone();
    for kind in ["told at once", "told later"] {
        let (sender, receiver) = std::sync::mpsc::channel();
        let (counts, count) = std::sync::mpsc::channel();
        let server = serve(move || {
            let ticks = move || {
                let sender = sender.clone();
                play(async move |cx: &Context| {
                    // It does not look at `control`.
                    let error = loop {
                        if let Err(error) = cx.send_when_room("outbox", "tick\n").await {
                            break error;
                        }
                        if kind == "told later" {
                            cx.sleep(Duration::from_millis(5)).await;
                        }
                    };
                    sender.send(error.to_string())?;
                    Err(error.into())
                })
            };
            let server = SimpleServer::new(ticks, here());
            counts.send(server.failures()).unwrap();
            server
        });
        let client = server.connect();
        (&client).read_exact(&mut [0; 10]).unwrap();
        drop(client);
        let error = receiver.recv_timeout(net_harness::LONG).expect("it is told");
        assert!(error.contains("has ended"), "{error}");
        server.drain().unwrap();
        assert_eq!(count.recv().unwrap().count(), 0, "it has not failed");
        assert_eq!(logged(), [""; 0]);
    }
}

#[test]
fn a_run_that_ends_within_the_time_of_a_drain_ends_in_order_whatever_the_handlers_do() {
    let _alone = alone();
    for leaves in [true, false] {
        let server = serve(|| {
            let stubborn = || {
                play(async |cx: &Context| {
                    cx.send("outbox", "hello")?;
                    loop {
                        cx.pause().await;
                    }
                })
            };
            SimpleServer::new(stubborn, here()).drain_deadline(Duration::from_secs(2))
        });
        let client = server.connect();
        (&client).read_exact(&mut [0; 5]).unwrap();
        let client = (!leaves).then_some(client);
        server.remote.stop_within(Duration::from_secs(2)).unwrap();
        server.join().expect("the server has ended in time");
        assert_eq!(logged().iter().filter(|line| line.contains("were stopped")).count(), 1);
        drop(client);
    }
}

#[test]
fn an_upload_that_is_cut_is_a_warning_that_says_how_much_did_not_arrive() {
    let _alone = alone();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let peer = std::thread::spawn(move || listener.accept().unwrap().0.read_exact(&mut [0; 1000]));
    let pieces = (0..100).map(|_| vec![7_u8; 100_000]);
    axon::run(pipeline![
        axon::util::DataSource::new(pieces),
        kamaelia_net::TcpClient::new("127.0.0.1", port)
    ])
    .expect("whoever listens to its signal decides");
    peer.join().unwrap().unwrap();
    let lines = logged();
    assert_eq!(lines.len(), 1, "{lines:?}");
    let lost: Vec<u64> = (lines[0].split_once("; ").expect("a reason").1.split(' '))
        .filter_map(|word| word.parse().ok())
        .collect();
    assert!(lines[0].contains("TcpClient_") && lines[0].contains("bytes were not sent"), "{lines:?}");
    assert!((1_000..10_000_000).contains(&lost.iter().sum::<u64>()), "{lines:?}");
}
