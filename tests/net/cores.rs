//! A server on several schedulers: who gets which client, what fails with what, and how all ends.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axon::util::EchoProtocol;
use axon::{Component, Context, ProducerFinished, Scheduler, ShutdownMicroprocess};
use kamaelia_net::http::{HttpServer, Response};
use kamaelia_net::{Cores, Listen, ServerCore, SimpleServer};

use crate::net_harness::{LONG, Running, here, serve};

fn echo(listen: Listen) -> ServerCore {
    SimpleServer::new(EchoProtocol::new, listen)
}

/// Sends a byte and reads it back. An error if the connection has ended.
fn is_served(stream: &mut TcpStream) -> bool {
    let mut byte = [0];
    stream.write_all(b"x").is_ok() && stream.read_exact(&mut byte).is_ok() && byte == *b"x"
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream
}

fn served(running: &Running) -> TcpStream {
    let mut stream = running.connect();
    assert!(is_served(&mut stream));
    stream
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let late = Instant::now() + LONG;
    while !holds() {
        assert!(Instant::now() < late, "{what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn sixty_four_connections_are_spread_evenly_also_after_many_have_come_and_gone() {
    let cores = Cores::new(4, here(), echo);
    let loads = cores.loads();
    let running = serve(move || cores);
    let mut clients: Vec<TcpStream> = Vec::new();
    for round in 0..200 {
        clients.push(served(&running));
        if clients.len() > 40 {
            clients.swap_remove(round * 7 % clients.len());
        }
    }
    // Whoever has gone is known to have gone before the next come.
    until("the ends are noticed", || loads.connections().iter().sum::<usize>() == clients.len());
    while clients.len() < 64 {
        clients.push(served(&running));
    }
    assert_eq!(loads.connections(), [16; 4]);
    drop(clients);
    until("all ends are noticed", || loads.connections() == [0; 4]);
    running.drain().unwrap();
}

#[test]
fn counts_are_exact_after_clients_of_all_kinds_have_come_and_gone() {
    for cores in [Cores::new(3, here(), echo), Cores::new(3, here(), echo).reuse_port()] {
        let loads = cores.loads();
        let running = serve(move || cores);
        let address = running.address;
        let clients = (0..3).map(|which| {
            std::thread::spawn(move || {
                for round in 0..100 {
                    let mut stream = connect(address);
                    match (round + which) % 3 {
                        0 => assert!(is_served(&mut stream)),
                        1 => stream.write_all(b"not waiting").unwrap(),
                        _ => drop(stream),
                    }
                }
            })
        });
        clients.collect::<Vec<_>>().into_iter().for_each(|client| client.join().unwrap());
        until("all ends are noticed", || loads.connections() == [0; 3]);
        let last = served(&running);
        assert_eq!(loads.connections().iter().sum::<usize>(), 1);
        drop(last);
        running.drain().unwrap();
    }
}

/// An echo server whose scheduler fails at the next connection when `fails` is set.
fn fragile(
    fails: &Arc<AtomicBool>,
    made: &Arc<AtomicUsize>,
) -> impl Fn(Listen) -> ServerCore + Send + Sync + 'static {
    let (fails, made) = (Arc::clone(fails), Arc::clone(made));
    move |listen| {
        made.fetch_add(1, Ordering::SeqCst);
        let fails = Arc::clone(&fails);
        echo(listen).csa(move |csa| {
            assert!(!fails.swap(false, Ordering::SeqCst), "on purpose");
            csa
        })
    }
}

#[test]
fn a_scheduler_that_fails_takes_only_its_connections_with_it_and_is_made_anew() {
    let (fails, made) = (Arc::default(), Arc::default());
    let cores = Cores::new(2, here(), fragile(&fails, &made));
    let loads = cores.loads();
    let running = serve(move || cores);
    let mut clients: Vec<TcpStream> = (0..6).map(|_| served(&running)).collect();
    assert_eq!(loads.connections(), [3, 3]);
    fails.store(true, Ordering::SeqCst);
    let mut victim = running.connect();
    assert!(!is_served(&mut victim));
    let alive: Vec<bool> = clients.iter_mut().map(is_served).collect();
    assert_eq!(alive.iter().filter(|alive| **alive).count(), 3, "{alive:?}");
    until("the scheduler is made anew", || made.load(Ordering::SeqCst) == 3);
    let more: Vec<TcpStream> = (0..5).map(|_| served(&running)).collect();
    assert_eq!(loads.connections(), [4, 4]);
    drop((clients, more));
    running.drain().unwrap();
}

#[test]
fn clients_are_served_by_the_others_while_a_scheduler_waits_to_be_made_anew() {
    let (fails, made) = (Arc::default(), Arc::default());
    let cores = Cores::new(2, here(), fragile(&fails, &made)).backoff(LONG, LONG);
    let loads = cores.loads();
    let running = serve(move || cores);
    fails.store(true, Ordering::SeqCst);
    assert!(!is_served(&mut running.connect()));
    let clients: Vec<TcpStream> = (0..8).map(|_| served(&running)).collect();
    let mut counts = loads.connections();
    counts.sort_unstable();
    assert_eq!(counts, [0, 8]);
    drop(clients);
    // It does not wait for the scheduler that is to be made anew.
    let begun = Instant::now();
    running.remote.deliver(&running.server, "control", ShutdownMicroprocess::new()).unwrap();
    running.join().unwrap();
    assert!(begun.elapsed() < LONG / 2);
}

#[test]
fn a_scheduler_that_fails_too_often_ends_the_server_and_the_error_says_why() {
    let (fails, made) = (Arc::default(), Arc::default());
    let cores = Cores::new(2, here(), fragile(&fails, &made)).at_most(0, Duration::from_secs(60));
    let running = serve(move || cores);
    fails.store(true, Ordering::SeqCst);
    assert!(!is_served(&mut running.connect()));
    let error = running.join().unwrap_err();
    assert!(error.contains("more than 0 restarts") && error.contains("on purpose"), "{error}");
}

#[test]
fn a_function_that_panics_at_the_start_ends_the_server_with_an_error_that_says_so() {
    let cores = Cores::new(2, here(), |listen| {
        assert!(std::thread::current().name().is_some_and(|name| !name.ends_with("core 2")), "no luck");
        echo(listen)
    });
    let error = serve(move || cores).join().unwrap_err();
    assert!(error.contains("core 2") && error.contains("no luck"), "{error}");
}

/// Says hello to its client, and ends.
struct Greet;

impl Component for Greet {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        cx.send("outbox", "hello\n".to_owned())?;
        Ok(())
    }
}

#[test]
fn clients_that_wait_when_the_server_is_told_to_end_are_served_and_others_are_refused() {
    let greet = |listen| SimpleServer::new(|| Greet, listen);
    for cores in [Cores::new(2, here(), greet), Cores::new(2, here(), greet).reuse_port()] {
        let cores = cores.bind().unwrap();
        let address = cores.local_addr().unwrap();
        let mut clients: Vec<TcpStream> = (0..8).map(|_| connect(address)).collect();
        let mut scheduler = Scheduler::new();
        let server = scheduler.activate(cores);
        scheduler.remote().deliver(&server, "control", ProducerFinished::new()).unwrap();
        scheduler.run().unwrap();
        for client in &mut clients {
            let mut said = String::new();
            client.read_to_string(&mut said).unwrap();
            assert_eq!(said, "hello\n");
        }
        assert!(TcpStream::connect(address).is_err());
    }
}

#[test]
fn limits_hold_for_all_schedulers_together() {
    let cores = Cores::new(2, here(), |listen| echo(listen).max_connections(3));
    let running = serve(move || cores);
    let mut clients: Vec<TcpStream> = (0..3).map(|_| served(&running)).collect();
    let mut fourth = running.connect();
    fourth.write_all(b"x").unwrap();
    fourth.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    assert!(fourth.read_exact(&mut [0]).is_err(), "three are allowed");
    fourth.set_read_timeout(Some(LONG)).unwrap();
    drop(clients.pop());
    fourth.read_exact(&mut [0]).unwrap();
    drop((clients, fourth));
    running.drain().unwrap();

    let cores = Cores::new(3, here(), |listen| echo(listen).max_connections_per_peer(4)).reuse_port();
    let running = serve(move || cores);
    let clients: Vec<TcpStream> = (0..4).map(|_| served(&running)).collect();
    assert!(!is_served(&mut running.connect()), "the fifth is closed, whichever scheduler has it");
    drop(clients);
    until("their ends count", || is_served(&mut running.connect()));
    running.drain().unwrap();
}

#[test]
fn many_come_and_go_at_a_server_that_holds_few_and_all_are_served() {
    for cores in [2, 3].map(|number| Cores::new(number, here(), |listen| echo(listen).max_connections(2))) {
        let running = serve(move || cores);
        let address = running.address;
        let clients = (0..6).map(|_| {
            std::thread::spawn(move || (0..30).filter(|_| is_served(&mut connect(address))).count())
        });
        let served: usize =
            clients.collect::<Vec<_>>().into_iter().map(|client| client.join().unwrap()).sum();
        assert_eq!(served, 180);
        running.drain().unwrap();
    }
}

#[test]
fn a_limit_to_memory_is_one_for_all_schedulers() {
    /// Answers each chunk with more than the system keeps on the way.
    struct Flood;
    impl Component for Flood {
        async fn main(&mut self, cx: &Context) -> axon::Result {
            while cx.next_or_end::<Vec<u8>>("inbox").await?.is_some() {
                cx.send("outbox", vec![0_u8; MUCH])?;
            }
            Ok(())
        }
    }
    const MUCH: usize = 64 << 20;
    let cores = Cores::new(2, here(), |listen| SimpleServer::new(|| Flood, listen).memory(1 << 20));
    let loads = cores.loads();
    let running = serve(move || cores);
    let mut greedy = running.connect();
    greedy.write_all(b"x").unwrap();
    greedy.read_exact(&mut [0]).unwrap();
    until("one is there", || loads.connections().iter().sum::<usize>() == 1);
    // What the first has at one scheduler keeps the second out at the other.
    let mut second = running.connect();
    second.write_all(b"x").unwrap();
    second.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    assert!(second.read(&mut [0]).is_err());
    let reader =
        std::thread::spawn(move || std::io::copy(&mut greedy.take((MUCH as u64) - 1), &mut std::io::sink()));
    second.set_read_timeout(Some(LONG)).unwrap();
    second.read_exact(&mut [0]).unwrap();
    assert_eq!(reader.join().unwrap().unwrap(), (MUCH as u64) - 1);
    drop(second);
    running.remote.deliver(&running.server, "control", ShutdownMicroprocess::new()).unwrap();
    running.join().unwrap();
}

#[test]
fn a_scheduler_that_is_held_up_holds_up_its_own_clients_only() {
    /// Sleeps as no component may.
    #[derive(Clone, Default)]
    struct Sleeper {
        asleep: Arc<AtomicBool>,
        awake: Arc<AtomicBool>,
    }
    impl Component for Sleeper {
        async fn main(&mut self, cx: &Context) -> axon::Result {
            while let Some(bytes) = cx.next_or_end::<Vec<u8>>("inbox").await? {
                while bytes == b"sleep" && !self.awake.load(Ordering::SeqCst) {
                    self.asleep.store(true, Ordering::SeqCst);
                    std::thread::sleep(Duration::from_millis(1));
                }
                cx.send("outbox", bytes)?;
            }
            Ok(())
        }
    }
    let handler = Sleeper::default();
    let Sleeper { asleep, awake } = handler.clone();
    let cores = Cores::new(2, here(), move |listen| {
        let handler = handler.clone();
        SimpleServer::new(move || handler.clone(), listen)
    });
    let loads = cores.loads();
    let running = serve(move || cores);
    let mut sleeper = running.connect();
    sleeper.write_all(b"sleep").unwrap();
    // What came before that would still be served there.
    until("one sleeps", || asleep.load(Ordering::SeqCst));
    let mut other = served(&running);
    // Many more than may wait at one: the rest go where they are served.
    let address = running.address;
    let crowd: Vec<TcpStream> = (0..200).map(|_| connect(address)).collect();
    until("no more wait at the one that sleeps", || loads.connections().iter().sum::<usize>() == 202);
    let counts = loads.connections();
    assert!(counts.iter().min() <= Some(&65) && counts.iter().max() >= Some(&137), "{counts:?}");
    assert!(is_served(&mut other));
    awake.store(true, Ordering::SeqCst);
    let mut woken = [0; 5];
    sleeper.read_exact(&mut woken).unwrap();
    drop((crowd, sleeper, other));
    running.drain().unwrap();
}

#[test]
fn a_handler_that_stops_its_server_stops_it_on_all_schedulers() {
    struct Stop;
    impl Component for Stop {
        fn boxes(&self) -> axon::Boxes {
            axon::Boxes::standard().outbox("serversignal", "the end of the server")
        }
        async fn main(&mut self, cx: &Context) -> axon::Result {
            while let Some(bytes) = cx.next_or_end::<Vec<u8>>("inbox").await? {
                if bytes == b"stop" {
                    cx.send("serversignal", ProducerFinished::new())?;
                }
                cx.send("outbox", bytes)?;
            }
            Ok(())
        }
    }
    let cores = Cores::new(3, here(), |listen| SimpleServer::new(|| Stop, listen));
    let running = serve(move || cores);
    let clients: Vec<TcpStream> = (0..3).map(|_| served(&running)).collect();
    running.connect().write_all(b"stop").unwrap();
    let address = running.address;
    drop(clients);
    running.join().unwrap();
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn an_http_server_answers_on_every_scheduler_and_finishes_what_is_in_progress() {
    let answered = Arc::new(std::sync::Mutex::new(std::collections::BTreeSet::new()));
    let by = Arc::clone(&answered);
    let cores = Cores::new(3, here(), move |listen| {
        let by = Arc::clone(&by);
        HttpServer::responding(
            move |_| {
                by.lock().unwrap().insert(std::thread::current().name().unwrap().to_owned());
                Response::new("hello")
            },
            listen,
        )
    });
    let running = serve(move || cores);
    let mut clients: Vec<TcpStream> = (0..6).map(|_| running.connect()).collect();
    for _ in 0..2 {
        for client in &mut clients {
            client.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
            let (mut answer, mut chunk) = (String::new(), [0; 1024]);
            while !answer.ends_with("hello") {
                let length = client.read(&mut chunk).unwrap();
                assert!(length > 0, "{answer}");
                answer.push_str(std::str::from_utf8(&chunk[..length]).unwrap());
            }
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        }
    }
    assert_eq!(answered.lock().unwrap().len(), 3);
    running.drain().unwrap();
}

#[test]
#[cfg(unix)]
fn a_unix_socket_is_served_by_several_schedulers_too() {
    let folder = crate::folder::Folder::new();
    let path = folder.join("socket");
    let cores = Cores::new(2, Listen::unix(path.as_path()), echo).bind().unwrap();
    let loads = cores.loads();
    assert!(cores.unix_addr().is_some() && cores.local_addr().is_none());
    let mut scheduler = Scheduler::new();
    let server = scheduler.activate(cores);
    let remote = scheduler.remote();
    let client = std::thread::spawn(move || {
        let clients: Vec<_> = (0..4)
            .map(|_| {
                let mut client = std::os::unix::net::UnixStream::connect(&path).unwrap();
                client.write_all(b"x").unwrap();
                client.read_exact(&mut [0]).unwrap();
                client
            })
            .collect();
        let counts = loads.connections();
        drop(clients);
        remote.deliver(&server, "control", ProducerFinished::new()).unwrap();
        (counts, path)
    });
    scheduler.run().unwrap();
    let (counts, path) = client.join().unwrap();
    assert_eq!(counts, [2, 2]);
    assert!(!path.exists());
}
