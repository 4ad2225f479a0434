//! No way in which a handler, a server or a client can end leaves a socket open.

#![cfg(target_os = "linux")]
#![allow(missing_docs, reason = "tests")]

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use axon::{
    Boxes, Component, ComponentRef, Context, Message, ProducerFinished, Scheduler, ShutdownMicroprocess,
};
use kamaelia_net::{AfterFailure, ResetConnection, ServerCore, SimpleServer, TcpClient};

#[path = "harness/net/mod.rs"]
mod net_harness;
use net_harness::{LONG, Running, here, play, serve};

/// One test at a time: they count the sockets of the whole program.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// How many sockets this program has open.
fn sockets() -> usize {
    let open = std::fs::read_dir("/proc/self/fd").unwrap();
    let links = open.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    links.filter(|link| link.to_string_lossy().starts_with("socket:")).count()
}

/// Waits until there are so many.
fn until_there_are(wanted: usize, what: &str) {
    let late = Instant::now() + LONG;
    while sockets() != wanted {
        assert!(Instant::now() < late, "{what}: {} sockets instead of {wanted}", sockets());
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Reads until the connection is closed or reset.
fn until_closed(mut stream: &TcpStream, what: &str) {
    stream.set_read_timeout(Some(LONG)).unwrap();
    let mut all = Vec::new();
    if let Err(error) = stream.read_to_end(&mut all) {
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{what}");
    }
}

/// How a handler ends.
#[derive(Clone, Copy, PartialEq, Debug)]
enum End {
    Returns,
    SaysProducerFinished,
    SaysShutdown,
    SaysReset,
    SaysProducerFinishedAndStays,
    Fails,
    Panics,
    Stops,
}

/// Ends in some way, once a message or an ending has come.
struct Handler {
    end: End,
    has_signal: bool,
}

impl Component for Handler {
    fn boxes(&self) -> Boxes {
        let boxes = Boxes::none().inbox("inbox", "data").inbox("control", "endings").outbox("outbox", "data");
        if self.has_signal { boxes.outbox("signal", "endings") } else { boxes }
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        cx.send("outbox", "hello")?;
        while !cx.is_any_ready() {
            cx.pause().await;
        }
        match self.end {
            End::Returns => {}
            End::SaysProducerFinished => cx.send("signal", ProducerFinished::new())?,
            End::SaysShutdown => cx.send("signal", ShutdownMicroprocess::new())?,
            End::SaysReset => cx.send("signal", Message::notice(ResetConnection))?,
            End::SaysProducerFinishedAndStays => {
                cx.send("signal", ProducerFinished::new())?;
                while cx.recv("control").is_none() {
                    cx.pause().await;
                }
            }
            End::Fails => return Err("as planned".into()),
            End::Panics => panic!("as planned"),
            End::Stops => {
                cx.stop(cx.me());
                cx.yield_now().await;
            }
        }
        Ok(())
    }
}

/// How a connection's peer behaves.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Peer {
    Sends,
    HalfCloses,
    SendsAndHalfCloses,
    Closes,
    Resets,
}

impl Peer {
    fn act(self, mut stream: TcpStream, what: &str) {
        match self {
            Peer::Sends => stream.write_all(b"go").unwrap(),
            Peer::HalfCloses => stream.shutdown(Shutdown::Write).unwrap(),
            Peer::SendsAndHalfCloses => {
                stream.write_all(b"go").unwrap();
                stream.shutdown(Shutdown::Write).unwrap();
            }
            Peer::Closes => return,
            Peer::Resets => {
                return socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
            }
        }
        until_closed(&stream, what);
    }
}

const ENDS: [End; 8] = [
    End::Returns,
    End::SaysProducerFinished,
    End::SaysShutdown,
    End::SaysReset,
    End::SaysProducerFinishedAndStays,
    End::Fails,
    End::Panics,
    End::Stops,
];
const PEERS: [Peer; 5] =
    [Peer::Sends, Peer::HalfCloses, Peer::SendsAndHalfCloses, Peer::Closes, Peer::Resets];

fn hello(server: &Running) -> TcpStream {
    let client = server.connect();
    (&client).read_exact(&mut [0; 5]).unwrap();
    client
}

#[test]
fn each_way_in_which_a_handler_ends_closes_its_connection_whatever_the_peer_does() {
    let _alone = alone();
    let before = sockets();
    for after_failure in [AfterFailure::Close, AfterFailure::Reset] {
        for has_signal in [true, false] {
            for end in ENDS {
                if !has_signal && !matches!(end, End::Returns | End::Fails | End::Panics | End::Stops) {
                    continue;
                }
                let make = move || Handler { end, has_signal };
                let server = serve(move || SimpleServer::new(make, here()).after_failure(after_failure));
                let listening = sockets();
                for peer in PEERS {
                    let what = format!("{end:?}, {peer:?}, signal: {has_signal}, {after_failure:?}");
                    peer.act(hello(&server), &what);
                    until_there_are(listening, &what);
                }
                server.drain().unwrap();
            }
        }
    }
    until_there_are(before, "at the end");
}

#[test]
fn a_handler_that_cannot_be_made_leaves_no_connection() {
    let _alone = alone();
    for after_failure in [AfterFailure::Close, AfterFailure::Reset] {
        let make = || -> Handler { panic!("as planned") };
        let server = serve(move || SimpleServer::new(make, here()).after_failure(after_failure));
        let listening = sockets();
        for peer in PEERS {
            let client = server.connect();
            if peer == Peer::Sends {
                until_closed(&client, "never made");
            }
            drop(client);
            until_there_are(listening, "never made");
        }
        server.drain().unwrap();
    }
}

/// A handler that does nothing until it is told to end.
fn quiet() -> impl Component {
    play(async |cx: &Context| {
        cx.send("outbox", "hello")?;
        while cx.told_to_end().is_none() {
            cx.pause().await;
        }
        Ok(())
    })
}

/// A handler that pays no heed to anything.
fn stubborn() -> impl Component {
    play(async |cx: &Context| {
        cx.send("outbox", "hello")?;
        loop {
            cx.pause().await;
        }
    })
}

/// How the end of a server or of a client comes about. `false`: the run is to end with it.
type Ending = (&'static str, fn(&Context, &ComponentRef, &ComponentRef), bool);

/// What can be done to a component that is the child of another.
const ENDINGS: [Ending; 8] = [
    ("producerFinished", |cx, it, _| cx.deliver_to(it, "control", ProducerFinished::new()).unwrap(), true),
    ("shutdown", |cx, it, _| cx.deliver_to(it, "control", ShutdownMicroprocess::new()).unwrap(), true),
    ("stopped", |cx, it, _| cx.stop(it), true),
    ("its parent stopped", |cx, _, parent| cx.stop(parent), true),
    ("its parent returns", |cx, _, parent| cx.deliver_to(parent, "inbox", "return").unwrap(), true),
    ("its parent fails", |cx, _, parent| cx.deliver_to(parent, "inbox", "fail").unwrap(), true),
    ("the scheduler stopped", |cx, _, _| cx.stop_scheduler(), false),
    ("the scheduler stopped in order", |cx, _, _| cx.stop_scheduler_within(LONG), false),
];

/// The parent of the component that is to end.
fn parent_of(child: impl Component, tell: std::sync::mpsc::Sender<ComponentRef>) -> impl Component {
    play(async move |cx: &Context| {
        let child = cx.add_child(child);
        cx.activate(&child);
        tell.send(child)?;
        loop {
            if let Some(word) = cx.recv_as::<&'static str>("inbox")? {
                return if word == "fail" { Err("as planned".into()) } else { Ok(()) };
            }
            if let Some(notice) = cx.told_to_end() {
                return Ok(cx.send("signal", notice)?);
            }
            cx.pause().await;
        }
    })
}

/// Lets a component be ended in one way, when `is_ready` says so; there are to be so many sockets then.
fn end_in_one_way(
    child: impl Component,
    (what, end, goes_on): Ending,
    mut is_ready: impl FnMut() -> bool + 'static,
    wanted: usize,
) {
    let (sender, receiver) = std::sync::mpsc::channel();
    let mut scheduler = Scheduler::builder().immortal().build();
    let parent = scheduler.activate(parent_of(child, sender));
    let found = std::rc::Rc::new(std::cell::Cell::new(None));
    scheduler.activate(play({
        let found = std::rc::Rc::clone(&found);
        async move |cx: &Context| {
            while !is_ready() {
                cx.sleep(Duration::from_millis(1)).await;
            }
            let it = receiver.try_recv()?;
            end(cx, &it, &parent);
            let late = cx.now() + LONG / 4;
            while goes_on && cx.now() < late && (sockets() != wanted || !it.is_stopped()) {
                cx.sleep(Duration::from_millis(1)).await;
            }
            found.set(Some((it.is_stopped(), sockets())));
            if goes_on {
                cx.stop_scheduler();
            }
            while cx.told_to_end().is_none() {
                cx.pause().await;
            }
            Ok(())
        }
    }));
    scheduler.run().unwrap_or_else(|error| panic!("{what}: {error}"));
    let (is_stopped, found) = found.get().expect("it was ready");
    assert!(!goes_on || is_stopped, "{what}: it goes on");
    assert!(!goes_on || found == wanted, "{what}: {found} sockets instead of {wanted}");
    drop(scheduler);
    // The peers are threads of this program, and close their sockets when they see the end.
    until_there_are(wanted, &format!("{what}, after the run"));
}

#[test]
fn each_way_in_which_a_server_ends_closes_its_listener_and_all_connections() {
    let _alone = alone();
    for ending in ENDINGS {
        for handler in ["quiet", "stubborn"] {
            let before = sockets();
            let server = match handler {
                "quiet" => SimpleServer::new(quiet, here()),
                _ => SimpleServer::new(stubborn, here()).drain_deadline(Duration::from_millis(50)),
            };
            let server = server.bind().unwrap();
            let address = server.local_addr().unwrap();
            let clients = std::thread::spawn(move || {
                let connect = |_| {
                    let mut client = TcpStream::connect(address).unwrap();
                    client.read_exact(&mut [0; 5]).unwrap();
                    client
                };
                [0; 3].map(connect)
            });
            let mut clients = Some(clients);
            let (sender, receiver) = std::sync::mpsc::channel();
            let is_ready = move || {
                if clients.as_ref().is_some_and(std::thread::JoinHandle::is_finished) {
                    let connected = clients.take().unwrap().join().unwrap();
                    let closed = std::thread::spawn(move || {
                        connected.iter().for_each(|client| until_closed(client, "a client"));
                    });
                    sender.send(closed).unwrap();
                    return true;
                }
                false
            };
            end_in_one_way(server, ending, is_ready, before);
            receiver.recv().unwrap().join().unwrap();
            assert!(TcpStream::connect(address).is_err(), "{}: it still listens", ending.0);
        }
    }
}

#[test]
fn a_scheduler_that_is_dropped_closes_all_sockets() {
    let _alone = alone();
    let before = sockets();
    let server: ServerCore = SimpleServer::new(quiet, here()).bind().unwrap();
    let address = server.local_addr().unwrap();
    let mut scheduler = Scheduler::new();
    scheduler.activate(server);
    scheduler.activate(TcpClient::new("127.0.0.1", address.port()));
    for _ in 0..200 {
        scheduler.run_pass().unwrap();
        std::thread::sleep(Duration::from_micros(100));
    }
    assert_eq!(sockets(), before + 3);
    drop(scheduler);
    assert_eq!(sockets(), before);
}

/// A server on a thread that keeps its connection open until it is told.
fn peer() -> (SocketAddr, std::thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let talk = move || {
        let mut stream = listener.accept().unwrap().0;
        drop(listener);
        stream.write_all(b"hello").unwrap();
        until_closed(&stream, "the client's peer");
    };
    (address, std::thread::spawn(talk))
}

#[test]
fn each_way_in_which_a_client_ends_closes_its_connection() {
    let _alone = alone();
    for ending in ENDINGS {
        let before = sockets();
        let (address, peer) = peer();
        // The client's socket and the peer's.
        let is_ready = move || sockets() == before + 2;
        let client = TcpClient::new("127.0.0.1", address.port());
        end_in_one_way(client, ending, is_ready, before);
        peer.join().unwrap();
    }
}

#[test]
fn each_way_in_which_a_client_ends_that_still_connects_leaves_nothing() {
    let _alone = alone();
    let listener = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap().as_socket().unwrap();
    let _fill: Vec<_> = (0..4).map(|_| mio::net::TcpStream::connect(address).unwrap()).collect();
    std::thread::sleep(Duration::from_millis(20));
    for ending in ENDINGS {
        let before = sockets();
        let client = TcpClient::new("127.0.0.1", address.port());
        end_in_one_way(client, ending, move || sockets() == before + 1, before);
    }
    drop(listener);
}

#[test]
fn whatever_its_server_does_a_client_without_anything_to_say_closes_its_connection() {
    let _alone = alone();
    let before = sockets();
    for peer in [Peer::HalfCloses, Peer::SendsAndHalfCloses, Peer::Closes, Peer::Resets] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = std::thread::spawn(move || {
            let stream = listener.accept().unwrap().0;
            drop(listener);
            peer.act(stream, "the server");
        });
        axon::run(TcpClient::new("127.0.0.1", port)).unwrap();
        server.join().unwrap();
        until_there_are(before, &format!("{peer:?}"));
    }
}
