//! Servers as a program sees them: handlers, ends, limits, and what clients may do to them.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use axon::util::EchoProtocol;
use axon::{
    Boxes, Component, Context, Message, ProducerFinished, Scheduler, ShutdownMicroprocess,
    error::SendErrorKind,
};
use kamaelia_net::websocket::WebSocketClient;
use kamaelia_net::{
    Connection, Csa, CsaOptions, FastRestartServer, HowDied, Listen, NewServer, PeerFinished, ServerCore,
    ServerFailed, ServerShutdown, SimpleServer, SingleServer, SocketShutdown, TcpClient, TcpServer,
};

use crate::net_harness::{LONG, here, play, run, serve, serve_on};

fn read_all(mut stream: &TcpStream) -> std::io::Result<Vec<u8>> {
    let mut all = Vec::new();
    stream.read_to_end(&mut all).map(|_| all)
}

/// Reads until the peer has closed or reset; what it was does not matter.
fn wait_for_the_end(stream: &TcpStream) {
    match read_all(stream) {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
    }
}

#[test]
fn a_client_that_sends_a_megabyte_and_half_closes_gets_all_of_it_back() {
    let server = serve(|| SimpleServer::new(EchoProtocol::new, here()));
    let client = server.connect();
    let sent: Vec<u8> = (0..1_000_000_u32).map(|i| (i % 251) as u8).collect();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            (&client).write_all(&sent).unwrap();
            client.shutdown(Shutdown::Write).unwrap();
        });
        assert!(read_all(&client).unwrap() == sent);
    });
    server.drain().unwrap();
}

#[test]
fn a_client_that_half_closes_before_it_reads_anything_gets_all_back_too() {
    let server = serve(|| SimpleServer::new(EchoProtocol::new, here()));
    let client = server.connect();
    (&client).write_all(&[7; 100_000]).unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(read_all(&client).unwrap().len(), 100_000);
    server.drain().unwrap();
}

#[test]
fn a_thousand_connections_at_once_are_served() {
    let server = serve(|| SimpleServer::new(EchoProtocol::new, here()));
    let clients: Vec<_> = (0..1000).map(|_| server.connect()).collect();
    for round in 0..3_u8 {
        for mut client in &clients {
            client.write_all(&[round; 64]).unwrap();
        }
        for mut client in &clients {
            let mut echo = [0; 64];
            client.read_exact(&mut echo).unwrap();
            assert_eq!(echo, [round; 64]);
        }
    }
    drop(clients);
    server.drain().unwrap();
}

#[test]
fn all_that_was_sent_before_producer_finished_arrives_at_a_slow_reader() {
    let server = serve(|| {
        SimpleServer::new(
            || {
                play(async |cx: &Context| {
                    for _ in 0..100 {
                        cx.send_when_room("outbox", vec![1_u8; 100_000]).await.unwrap();
                    }
                    cx.send("signal", ProducerFinished::new())?;
                    Ok(())
                })
            },
            here(),
        )
    });
    let mut client = server.connect();
    let mut got = 0;
    let mut buffer = vec![0; 200_000];
    loop {
        match client.read(&mut buffer).unwrap() {
            0 => break,
            read => got += read,
        }
        // What is unread at the closing side's end makes many systems drop what it has sent.
        let _ = client.write(b"unwanted");
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(got, 10_000_000);
    drop(client);
    server.drain().unwrap();
}

#[test]
fn the_end_of_a_handler_without_a_word_closes_its_connection() {
    let server = serve(|| {
        ServerCore::new(
            |client: &Connection| {
                let name = client.peer.ip().to_string();
                play(async move |cx: &Context| Ok(cx.send("outbox", name)?))
            },
            here(),
        )
    });
    let client = server.connect();
    let begun = Instant::now();
    assert_eq!(read_all(&client).unwrap(), b"127.0.0.1");
    assert!(begun.elapsed() < Duration::from_secs(2));
    drop(client);
    server.drain().unwrap();
}

#[test]
fn a_handler_that_panics_or_is_stopped_takes_only_its_own_connection_with_it() {
    let immortal = || Scheduler::builder().immortal().build();
    let server = serve_on(immortal, || {
        SimpleServer::new(
            || {
                play(async |cx: &Context| {
                    match cx.next::<Vec<u8>>("inbox").await?.as_slice() {
                        b"panic" => panic!("as asked"),
                        b"fail" => return Err("as asked".into()),
                        b"stop" => cx.stop(&cx.me().clone()),
                        other => cx.send("outbox", other.to_vec())?,
                    }
                    cx.pause().await;
                    Ok(())
                })
            },
            here(),
        )
    });
    let good = server.connect();
    for word in ["panic", "fail", "stop"] {
        let client = server.connect();
        (&client).write_all(word.as_bytes()).unwrap();
        let begun = Instant::now();
        wait_for_the_end(&client);
        assert!(begun.elapsed() < Duration::from_secs(2), "{word}");
    }
    (&good).write_all(b"good").unwrap();
    let mut echo = [0; 4];
    (&good).read_exact(&mut echo).unwrap();
    assert_eq!(&echo, b"good");
    drop(good);
    server.drain().unwrap();
}

/// Reports how its connection died, and echoes nothing.
struct Reporter(Sender<(usize, Message)>);

impl Component for Reporter {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let mut bytes = 0;
        loop {
            for chunk in cx.drain::<Vec<u8>>("inbox") {
                bytes += chunk?.len();
            }
            if let Some(mut notice) = cx.told_to_end() {
                self.0.send((bytes, notice.duplicate())).unwrap();
                cx.send("signal", notice)?;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

#[test]
fn after_a_reset_the_handler_has_all_data_and_one_notice_with_the_reason() {
    let (sender, receiver) = channel();
    let server = serve(move || SimpleServer::new(move || Reporter(sender.clone()), here()));
    let client = server.connect();
    (&client).write_all(&[1; 50_000]).unwrap();
    std::thread::sleep(Duration::from_millis(50));
    socket2::SockRef::from(&client).set_linger(Some(Duration::ZERO)).unwrap();
    drop(client);
    let (bytes, notice) = receiver.recv_timeout(LONG).unwrap();
    assert_eq!(bytes, 50_000);
    let SocketShutdown { how_died, .. } = notice.into_value::<SocketShutdown>().unwrap();
    assert_eq!(how_died.io_error().unwrap().kind(), ErrorKind::ConnectionReset);
    server.drain().unwrap();
    assert!(receiver.recv().is_err(), "only one notice");
}

#[test]
fn thirty_resets_at_the_wrong_moment_do_not_end_the_server() {
    let server = serve(|| SimpleServer::new(EchoProtocol::new, here()));
    for i in 0..30 {
        let client = server.connect();
        let _ = (&client).write_all(&vec![1; 10_000 * i]);
        socket2::SockRef::from(&client).set_linger(Some(Duration::ZERO)).unwrap();
    }
    let client = server.connect();
    (&client).write_all(b"still there").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_all(&client).unwrap(), b"still there");
    server.drain().unwrap();
}

#[test]
fn a_port_that_is_taken_is_an_error_that_names_it_early_or_late() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let early = SimpleServer::new(EchoProtocol::new, Listen::from(address)).bind();
    let text = early.expect_err("taken").to_string();
    assert!(text.contains(&address.to_string()) && text.contains("in use"), "{text}");
    let late =
        axon::run(SimpleServer::new(EchoProtocol::new, Listen::from(address))).unwrap_err().to_string();
    assert!(late.contains(&address.to_string()) && late.contains("TcpServer"), "{late}");
}

#[test]
fn a_server_that_cannot_listen_says_so_on_signal_and_ends() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let mut scheduler = Scheduler::builder().immortal().build();
    scheduler.activate(play(async move |cx: &Context| {
        let server = cx.activate(SimpleServer::new(EchoProtocol::new, Listen::from(address)));
        cx.link((&server, "signal"), (cx.me(), "inbox"))?;
        while cx.data_ready("inbox") == 0 {
            cx.pause().await;
        }
        let failed = cx.recv("inbox").unwrap().take::<ServerFailed>().unwrap();
        assert_eq!(failed.error.kind(), ErrorKind::AddrInUse);
        while !server.is_stopped() {
            cx.pause_for(Duration::from_millis(1)).await;
        }
        Ok(())
    }));
    scheduler.run().unwrap();
}

#[test]
fn a_server_that_binds_in_its_first_turn_tells_the_port_that_it_got() {
    run(async |cx: &Context| {
        let server = cx.activate(SimpleServer::new(EchoProtocol::new, here()));
        cx.link((&server, "outbox"), (cx.me(), "inbox"))?;
        let NewServer { address, .. } = cx.next("inbox").await?;
        TcpStream::connect(address)?;
        cx.deliver_to(&server, "control", ProducerFinished::new())?;
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_dual_stack_server_shows_ipv4_clients_as_ipv4() {
    let (sender, receiver) = channel();
    let protocol = move |client: &Connection| {
        sender.send(*client).unwrap();
        EchoProtocol::new()
    };
    let server = serve(move || ServerCore::new(protocol, 0));
    let port = server.address.port();
    let four = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let client = receiver.recv_timeout(LONG).unwrap();
    assert_eq!(
        (client.peer.ip(), client.local),
        ("127.0.0.1".parse().unwrap(), ([127, 0, 0, 1], port).into())
    );
    if let Ok(_six) = TcpStream::connect(("::1", port)) {
        let client = receiver.recv_timeout(LONG).unwrap();
        assert_eq!(client.peer.ip(), "::1".parse::<std::net::IpAddr>().unwrap());
    }
    drop(four);
    server.drain().unwrap();
}

#[test]
fn every_server_takes_its_port_again_at_once() {
    fn simple(listen: Listen) -> ServerCore {
        SimpleServer::new(EchoProtocol::new, listen)
    }
    fn fast(listen: Listen) -> ServerCore {
        FastRestartServer::new(|_| EchoProtocol::new(), listen)
    }
    for make in [simple, fast] {
        let server = serve(move || make(here()));
        let address = server.address;
        // The server closes first, so its side of the connection stays in TIME_WAIT.
        let mut client = server.connect();
        client.write_all(b"x").unwrap();
        client.read_exact(&mut [0]).unwrap();
        server.remote.deliver(&server.server, "control", Message::notice(ServerShutdown)).unwrap();
        wait_for_the_end(&client);
        server.join().unwrap();
        drop(client);
        serve(move || make(Listen::from(address))).drain().unwrap();
    }
}

#[test]
fn a_handler_can_stop_its_server() {
    struct Stopper;
    impl Component for Stopper {
        fn boxes(&self) -> Boxes {
            Boxes::standard().outbox("serversignal", "stops the server")
        }
        async fn main(&mut self, cx: &Context) -> axon::Result {
            loop {
                if cx.recv("inbox").is_some() {
                    cx.send("serversignal", Message::notice(ServerShutdown))?;
                }
                if cx.told_to_end().is_some() {
                    return Ok(());
                }
                cx.pause().await;
            }
        }
    }
    let server = serve(|| SimpleServer::new(|| Stopper, here()));
    let (other, client) = (server.connect(), server.connect());
    (&client).write_all(b"stop").unwrap();
    wait_for_the_end(&client);
    wait_for_the_end(&other);
    server.join().unwrap();
}

#[test]
fn a_drained_server_lets_its_connections_finish() {
    let slow = || {
        play(async |cx: &Context| {
            cx.send("outbox", "begun ")?;
            while cx.told_to_end().is_none() {
                cx.pause().await;
            }
            cx.sleep(Duration::from_millis(100)).await;
            cx.send("outbox", "finished")?;
            Ok(())
        })
    };
    let server = serve(move || SimpleServer::new(slow, here()));
    let client = server.connect();
    (&client).read_exact(&mut [0; 6]).unwrap();
    server.remote.deliver(&server.server, "control", ProducerFinished::new()).unwrap();
    assert_eq!(read_all(&client).unwrap(), b"finished");
    drop(client);
    let address = server.address;
    server.join().unwrap();
    assert!(TcpStream::connect(address).is_err(), "it listens no more");
}

#[test]
fn connections_that_do_not_finish_are_cut_at_the_deadline_and_reported() {
    let (sender, receiver) = channel();
    let stubborn = || {
        play(async |cx: &Context| {
            loop {
                cx.pause().await;
            }
        })
    };
    let thread = std::thread::spawn(move || {
        run(async move |cx: &Context| {
            let server =
                SimpleServer::new(stubborn, here()).drain_deadline(Duration::from_millis(200)).bind()?;
            sender.send(server.local_addr().unwrap())?;
            let server = cx.activate(server);
            cx.link((&server, "signal"), (cx.me(), "inbox"))?;
            cx.sleep(Duration::from_millis(50)).await;
            cx.deliver_to(&server, "control", ProducerFinished::new())?;
            let last: ProducerFinished = cx.next("inbox").await?;
            let report = last.message.expect("a report");
            assert!(report.starts_with("1 connections had not ended after 200ms"), "{report}");
            cx.stop_scheduler();
            Ok(())
        })
    });
    let address: SocketAddr = receiver.recv_timeout(LONG).unwrap();
    let client = TcpStream::connect(address).unwrap();
    wait_for_the_end(&client);
    thread.join().unwrap().unwrap();
}

#[test]
fn a_server_whose_drain_may_take_for_ever_waits_until_the_last_connection_has_ended() {
    let server = serve(|| SimpleServer::new(EchoProtocol::new, here()).drain_deadline(Duration::MAX));
    let mut client = server.connect();
    client.write_all(b"x").unwrap();
    client.read_exact(&mut [0; 1]).unwrap();
    server.remote.deliver(&server.server, "control", ProducerFinished::new()).unwrap();
    wait_for_the_end(&client);
    drop(client);
    server.join().unwrap();
}

#[test]
fn beyond_the_greatest_number_of_connections_clients_wait() {
    let server = serve(|| SimpleServer::new(EchoProtocol::new, here()).max_connections(2));
    let [first, second, third] = [server.connect(), server.connect(), server.connect()];
    for mut client in [&first, &second, &third] {
        client.write_all(b"x").unwrap();
    }
    (&first).read_exact(&mut [0]).unwrap();
    (&second).read_exact(&mut [0]).unwrap();
    third.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    assert_eq!((&third).read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    drop(first);
    third.set_read_timeout(Some(LONG)).unwrap();
    (&third).read_exact(&mut [0]).unwrap();
    drop((second, third));
    server.drain().unwrap();
}

/// What a handler is told when its connection has one of these options and its client does nothing.
fn told_by(options: CsaOptions, client: impl FnOnce(&TcpStream)) -> HowDied {
    let (sender, receiver) = channel();
    let server = serve(move || SimpleServer::new(move || Reporter(sender.clone()), here()).options(options));
    let stream = server.connect();
    client(&stream);
    let (_, notice) = receiver.recv_timeout(LONG).unwrap();
    wait_for_the_end(&stream);
    server.drain().unwrap();
    notice.into_value::<SocketShutdown>().unwrap().how_died
}

#[test]
fn who_sends_nothing_and_who_falls_silent_is_disconnected_when_that_is_limited() {
    let mut options = CsaOptions::hardened();
    options.first_byte_timeout = Some(Duration::from_millis(100));
    assert!(matches!(told_by(options.clone(), |_| ()), HowDied::NoFirstByte(_)));
    options.idle_timeout = Some(Duration::from_millis(150));
    let talk = |mut stream: &TcpStream| {
        for _ in 0..4 {
            stream.write_all(b"x").unwrap();
            std::thread::sleep(Duration::from_millis(60));
        }
    };
    assert!(matches!(told_by(options, talk), HowDied::Idle(_)));
    let usual = CsaOptions::default();
    assert!(usual.first_byte_timeout.is_none() && usual.idle_timeout.is_none());
}

#[test]
fn a_peer_that_takes_nothing_is_given_up_and_the_sender_was_refused_meanwhile() {
    let (sender, receiver) = channel();
    let flood = move || {
        let sender = sender.clone();
        play(async move |cx: &Context| {
            let mut accepted = 0;
            loop {
                match cx.send("outbox", vec![0_u8; 1_000]) {
                    Ok(()) => accepted += 1_000,
                    Err(refused) => {
                        let was_full = refused.kind() == SendErrorKind::Full;
                        assert_eq!(refused.size(), if was_full { 64 } else { 0 });
                        cx.pause().await;
                    }
                }
                if let Some(notice) = cx.told_to_end() {
                    sender.send((accepted, notice)).unwrap();
                    return Ok(());
                }
            }
        })
    };
    let server = serve(move || {
        let mut options = CsaOptions::default();
        options.write_stall_timeout = Some(Duration::from_millis(300));
        options.inbox_size = Some(64);
        SimpleServer::new(flood, here()).options(options)
    });
    let client = server.connect();
    let (accepted, notice) = receiver.recv_timeout(LONG).unwrap();
    // The system's own buffers at both ends take some megabytes.
    assert!(accepted < 20_000_000, "{accepted}");
    let SocketShutdown { how_died, unsent, .. } = notice.into_value().unwrap();
    assert!(matches!(how_died, HowDied::WriteStalled(_)), "{how_died}");
    // 256 KiB in the connection, and 64 messages in its inbox.
    assert!((64_000..64_000 + 256 * 1024 + 1_000).contains(&unsent), "{unsent}");
    drop(client);
    server.drain().unwrap();
}

#[test]
fn who_only_sends_is_not_refused_however_slow_its_peer_and_holds_little() {
    const PIECES: usize = 20_000;
    let (sender, receiver) = channel();
    let flood = move || {
        let sender = sender.clone();
        play(async move |cx: &Context| {
            for number in 0..PIECES {
                cx.send("outbox", vec![number as u8; 1_000])?;
                // What waits behind the outbox was sent in few steps.
                assert!(cx.outbox_length("outbox") <= 512, "{} wait", cx.outbox_length("outbox"));
                cx.yield_now().await;
            }
            Ok(sender.send(())?)
        })
    };
    let server = serve(move || SimpleServer::new(flood, here()));
    let mut client = server.connect();
    // The peer takes nothing: the handler neither ends nor fails.
    assert!(receiver.recv_timeout(Duration::from_millis(300)).is_err());
    let mut all = Vec::new();
    client.read_to_end(&mut all).unwrap();
    assert_eq!(all.len(), PIECES * 1_000);
    assert!(
        all.chunks(1_000).enumerate().all(|(number, piece)| piece.iter().all(|byte| *byte == number as u8))
    );
    receiver.recv_timeout(LONG).unwrap();
    server.drain().unwrap();
}

/// How many pieces of 64 KiB make a large transfer, and how long its receiver reads nothing: longer than the
/// scheduler waits for one that could read and does not.
const LARGE: (usize, Duration) = (3_200, Duration::from_millis(2_500));

/// Sends a large transfer in a way that heeds nothing, and says how many pieces waited at most.
async fn send_heedlessly(cx: &Context) -> axon::Result<usize> {
    let mut most = 0;
    for number in 0..LARGE.0 {
        cx.send("outbox", vec![number as u8; 64 * 1024])?;
        most = most.max(cx.outbox_length("outbox"));
        cx.yield_now().await;
    }
    Ok(most)
}

/// Reads nothing for long, and then all of a large transfer.
fn read_slowly(peer: &mut TcpStream) {
    std::thread::sleep(LARGE.1);
    let mut piece = vec![0; 64 * 1024];
    for number in 0..LARGE.0 {
        peer.read_exact(&mut piece).unwrap();
        assert!(piece.iter().all(|byte| *byte == number as u8), "piece {number}");
    }
    assert_eq!(peer.read(&mut piece).unwrap(), 0);
}

/// Options with which a peer may read nothing for as long as it likes.
fn patient() -> CsaOptions {
    let mut options = CsaOptions::default();
    options.write_stall_timeout = None;
    options
}

#[test]
fn a_drain_without_a_deadline_waits_for_the_last_connection() {
    let server = serve(|| SimpleServer::new(EchoProtocol::new, here()).drain_deadline(Duration::MAX));
    let mut client = server.connect();
    client.write_all(b"x").unwrap();
    client.read_exact(&mut [0]).unwrap();
    let closer = std::thread::spawn(move || read_all(&client).unwrap());
    server.drain().unwrap();
    assert!(closer.join().unwrap().is_empty());
    // One that is ended at once has no deadline either.
    let server = serve(|| SimpleServer::new(EchoProtocol::new, here()).drain_deadline(Duration::MAX));
    server.remote.deliver(&server.server, "control", ShutdownMicroprocess::new()).unwrap();
    server.join().unwrap();
}

#[test]
fn a_large_transfer_that_heeds_nothing_reaches_a_slow_client_whole_and_little_waits() {
    let (sender, receiver) = channel();
    let server = serve(move || {
        let flood = move || {
            let sender = sender.clone();
            play(async move |cx: &Context| Ok(sender.send(send_heedlessly(cx).await?)?))
        };
        SimpleServer::new(flood, here()).options(patient())
    });
    read_slowly(&mut server.connect());
    let most = receiver.recv_timeout(LONG).unwrap();
    assert!(most <= 5, "{most} pieces of 64 KiB waited");
    server.drain().unwrap();
}

#[test]
fn a_large_transfer_that_heeds_nothing_reaches_a_slow_server_whole_and_little_waits() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let peer = std::thread::spawn(move || read_slowly(&mut listener.accept().unwrap().0));
    run(async move |cx: &Context| {
        let client = cx.add_child(TcpClient::new("127.0.0.1", port).options(patient()));
        cx.link((cx.me(), "outbox"), (&client, "inbox"))?;
        cx.link((cx.me(), "signal"), (&client, "control"))?;
        cx.activate(&client);
        let most = send_heedlessly(cx).await?;
        // Until it is connected, they wait in a box of the client, and then in one of its connection.
        assert!(most <= 10, "{most} pieces of 64 KiB waited");
        cx.send("signal", ProducerFinished::new())?;
        while !client.is_stopped() {
            cx.pause().await;
        }
        Ok(())
    })
    .unwrap();
    peer.join().unwrap();
}

#[test]
fn a_handler_hears_that_its_client_finished_and_then_that_the_connection_has_ended() {
    let (sender, receiver) = channel();
    let listens = move || {
        let sender = sender.clone();
        play(async move |cx: &Context| {
            loop {
                while let Some(news) = cx.recv("control") {
                    sender.send((news.is::<PeerFinished>(), news.is::<SocketShutdown>()))?;
                    if news.is::<SocketShutdown>() {
                        return Ok(());
                    }
                }
                cx.pause().await;
            }
        })
    };
    let server = serve(move || SimpleServer::new(listens, here()));
    let client = server.connect();
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(receiver.recv_timeout(LONG).unwrap(), (true, false));
    socket2::SockRef::from(&client).set_linger(Some(Duration::ZERO)).unwrap();
    drop(client);
    assert_eq!(receiver.recv_timeout(LONG).unwrap(), (false, true));
    server.drain().unwrap();
}

#[test]
fn one_step_that_sends_without_end_to_a_slow_peer_is_refused() {
    let (sender, receiver) = channel();
    let flood = move || {
        let sender = sender.clone();
        play(async move |cx: &Context| {
            let refused = loop {
                if let Err(refused) = cx.send("outbox", vec![0_u8; 1_000]) {
                    break refused;
                }
            };
            sender.send((refused.kind(), refused.size()))?;
            cx.send("signal", ShutdownMicroprocess::new())?;
            Ok(())
        })
    };
    let server = serve(move || SimpleServer::new(flood, here()));
    let client = server.connect();
    assert_eq!(receiver.recv_timeout(LONG).unwrap(), (SendErrorKind::Full, 16 * 1024));
    drop(client);
    server.drain().unwrap();
}

#[test]
fn a_slow_handler_slows_its_client_down() {
    let (sender, receiver) = channel::<()>();
    let mut receiver = Some(receiver);
    let patient = move || {
        let receiver = receiver.take().unwrap();
        play(async move |cx: &Context| {
            while receiver.try_recv().is_err() {
                cx.sleep(Duration::from_millis(10)).await;
            }
            let mut bytes = 0;
            loop {
                for chunk in cx.drain::<Vec<u8>>("inbox") {
                    bytes += chunk?.len();
                }
                if cx.told_to_end().is_some() {
                    return Ok(cx.send("outbox", bytes.to_string())?);
                }
                cx.pause().await;
            }
        })
    };
    let server = serve(move || SimpleServer::new(patient, here()));
    let client = server.connect();
    client.set_write_timeout(Some(Duration::from_millis(300))).unwrap();
    let mut sent = 0;
    while let Ok(written) = (&client).write(&[0; 100_000]) {
        sent += written;
        assert!(sent < 30_000_000, "the client is never slowed down");
    }
    sender.send(()).unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_all(&client).unwrap(), sent.to_string().as_bytes());
    server.drain().unwrap();
}

#[test]
fn a_half_close_is_a_close_for_programs_that_ask_for_it() {
    let greedy = || {
        play(async |cx: &Context| {
            cx.send("outbox", "hello")?;
            let mut last = false;
            while !last {
                cx.pause().await;
                let told = cx.told_to_end().map(|notice| notice.is::<SocketShutdown>());
                assert_ne!(told, Some(false), "the connection is to end, not one direction");
                last = told.is_some();
            }
            Ok(())
        })
    };
    let server =
        serve(move || SimpleServer::new(greedy, here()).options(CsaOptions::new().half_close_is_close()));
    let client = server.connect();
    (&client).read_exact(&mut [0; 5]).unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_all(&client).unwrap(), b"");
    server.drain().unwrap();
}

#[test]
fn a_message_that_is_no_data_ends_the_connection_with_a_reason_that_names_the_box() {
    let (sender, receiver) = channel();
    let confused = move || {
        let sender = sender.clone();
        play(async move |cx: &Context| {
            cx.send("outbox", "text ")?;
            cx.send("outbox", String::from("and "))?;
            cx.send("outbox", b"bytes".to_vec())?;
            cx.send("outbox", 5_u64)?;
            while cx.data_ready("control") == 0 {
                cx.pause().await;
            }
            sender.send(cx.told_to_end().unwrap()).unwrap();
            Ok(())
        })
    };
    let server = serve(move || SimpleServer::new(confused, here()));
    let client = server.connect();
    let notice = receiver.recv_timeout(LONG).unwrap();
    let HowDied::BadData(text) = notice.into_value::<SocketShutdown>().unwrap().how_died else { panic!() };
    assert!(
        text.contains("ConnectedSocketAdapter") && text.contains(".inbox") && text.contains("u64"),
        "{text}"
    );
    wait_for_the_end(&client);
    server.drain().unwrap();
}

#[test]
fn options_with_which_nothing_would_ever_happen_are_refused_where_they_are_given() {
    fn connected() -> mio::net::TcpStream {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        mio::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap()
    }
    let given: [fn(CsaOptions); 6] = [
        |options| drop(SimpleServer::new(EchoProtocol::new, here()).options(options)),
        |options| drop(TcpServer::new(here()).options(options)),
        |options| drop(SingleServer::new(here()).options(options)),
        |options| drop(TcpClient::new("127.0.0.1", 1).options(options)),
        |options| drop(Csa::new(connected(), options)),
        |options| drop(WebSocketClient::new("ws://127.0.0.1/").unwrap().connection(options)),
    ];
    for (number, give) in given.into_iter().enumerate() {
        let mut useless = CsaOptions::new();
        useless.read_budget.reads = 0;
        let refused = std::panic::catch_unwind(|| give(useless)).expect_err(&format!("number {number}"));
        let complaint = refused.downcast_ref::<String>().unwrap();
        assert!(complaint.starts_with("CsaOptions::read_budget.reads = 0"), "{complaint}");
        give(CsaOptions::new());
    }
}

#[test]
fn beside_a_component_that_computes_in_slices_an_echo_takes_a_few_of_them() {
    let slices = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&slices);
    let with_slices = move || {
        let scheduler = Scheduler::new();
        scheduler.activate(play(async move |cx: &Context| {
            while cx.told_to_end().is_none() {
                let begun = Instant::now();
                while begun.elapsed() < Duration::from_millis(10) {}
                count.fetch_add(1, Ordering::Relaxed);
                cx.yield_now().await;
            }
            Ok(())
        }));
        scheduler
    };
    let server = serve_on(with_slices, || SimpleServer::new(EchoProtocol::new, here()));
    let mut client = server.connect();
    let echo = |_| {
        let before = slices.load(Ordering::Relaxed);
        client.write_all(b"x").unwrap();
        client.read_exact(&mut [0]).unwrap();
        slices.load(Ordering::Relaxed) - before
    };
    // The first one is of a connection that is being accepted; and of the rest one may be late because this
    // thread was.
    let mut taken: Vec<_> = (0..8).map(echo).skip(1).collect();
    taken.sort_unstable();
    assert!(taken[taken.len() / 2] <= 10, "echoes took so many slices: {taken:?}");
    drop(client);
    server.remote.stop_within(LONG).unwrap();
    server.join().unwrap();
}

#[test]
fn servers_have_the_boxes_of_kamaelia() {
    let boxes = TcpServer::new(0).boxes();
    assert_eq!(boxes.inboxes(), ["newconnection", "control", "_feedbackFromCSA"]);
    let outboxes = ["protocolHandlerSignal", "signal", "_selectorSignal", "_selectorShutdownSignal"];
    assert_eq!(boxes.outboxes(), outboxes);
    let boxes = SimpleServer::new(EchoProtocol::new, 0).boxes();
    assert_eq!(boxes.inboxes(), ["inbox", "control", "_socketactivity"]);
    assert_eq!(boxes.outboxes(), ["outbox", "signal", "_serversignal"]);
}
