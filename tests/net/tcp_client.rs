//! Clients as a program sees them: connecting, what is told when that fails, and the order of ends.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use axon::util::{DataSink, DataSource, OneShot, Received};
use axon::{Component, Context, Message, ProducerFinished, ShutdownMicroprocess, pipeline};
use kamaelia_net::{
    ConnectError, Connection, Csa, CsaOptions, HowDied, PeerFinished, Selector, SocketShutdown, TcpClient,
};

use crate::net_harness::{LONG, ran_one_test, run};

/// A server of one connection on a thread: a foreign peer, not one of ours.
fn peer<T: Send + 'static>(
    talk: impl FnOnce(std::net::TcpStream) -> T + Send + 'static,
) -> (SocketAddr, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (address, std::thread::spawn(move || talk(listener.accept().unwrap().0)))
}

fn client(address: SocketAddr) -> TcpClient {
    TcpClient::new(address.ip().to_string(), address.port())
}

/// The one ending that a client says.
async fn last_word(cx: &Context, client: TcpClient) -> axon::Result<Message> {
    let client = cx.activate(client);
    cx.link((&client, "signal"), (cx.me(), "control"))?;
    while !client.is_stopped() {
        cx.pause_for(Duration::from_millis(1)).await;
    }
    assert_eq!(cx.data_ready("control"), 1, "one ending");
    Ok(cx.recv("control").unwrap())
}

fn not_connected(message: Message) -> ConnectError {
    match message.take::<SocketShutdown>().unwrap().how_died {
        HowDied::NotConnected(error) => error,
        other => panic!("{other}"),
    }
}

#[test]
fn a_refused_connection_is_told_with_address_and_reason() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    run(async move |cx: &Context| {
        let error = not_connected(last_word(cx, client(address)).await?);
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        assert!(error.to_string().contains(&address.to_string()), "{error}");
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_name_that_does_not_exist_is_told() {
    run(async move |cx: &Context| {
        let error = not_connected(last_word(cx, TcpClient::new("x".repeat(300), 1)).await?);
        assert!(matches!(error, ConnectError::Name { .. }), "{error}");
        Ok(())
    })
    .unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_that_does_not_answer_is_given_up_in_time_and_meanwhile_others_run() {
    let listener = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap().as_socket().unwrap();
    let _fill: Vec<_> = (0..4).map(|_| mio::net::TcpStream::connect(address).unwrap()).collect();
    std::thread::sleep(Duration::from_millis(20));
    let begun = Instant::now();
    run(async move |cx: &Context| {
        let limit = Duration::from_millis(300);
        let error = not_connected(last_word(cx, client(address).connect_timeout(limit)).await?);
        assert!(matches!(error, ConnectError::TimedOut { .. }), "{error}");
        Ok(())
    })
    .unwrap();
    assert!((Duration::from_millis(300)..Duration::from_secs(2)).contains(&begun.elapsed()));
}

#[test]
fn a_name_of_both_kinds_reaches_a_server_of_one_kind() {
    let (address, peer) = peer(|mut stream| {
        let mut got = Vec::new();
        stream.read_to_end(&mut got).map(|_| got).unwrap()
    });
    axon::run(pipeline![OneShot::new("by name"), TcpClient::new("localhost", address.port())]).unwrap();
    assert_eq!(peer.join().unwrap(), b"by name");
}

#[test]
fn what_is_sent_with_producer_finished_before_the_connection_exists_arrives_whole() {
    let (address, peer) = peer(|mut stream| {
        let mut got = Vec::new();
        stream.read_to_end(&mut got).map(|_| got.len()).unwrap()
    });
    let chunks = (0..200).map(|_| vec![0_u8; 50_000]);
    axon::run(pipeline![DataSource::new(chunks), client(address).delay(Duration::from_millis(20))]).unwrap();
    assert_eq!(peer.join().unwrap(), 10_000_000);
}

#[test]
fn input_goes_on_after_producer_finished_for_who_waits_for_the_server_to_close() {
    let (address, peer) = peer(|mut stream| {
        let mut question = String::new();
        stream.read_to_string(&mut question).unwrap();
        stream.write_all(format!("{question} yourself").as_bytes()).unwrap();
    });
    let received = Received::<Vec<u8>>::new();
    axon::run(pipeline![
        OneShot::new("hello"),
        client(address).wait_for_serverclose(),
        DataSink::new(&received)
    ])
    .unwrap();
    assert_eq!(received.take().concat(), b"hello yourself");
    peer.join().unwrap();
}

#[test]
fn when_the_server_ends_first_those_behind_a_half_open_client_are_told_and_output_goes_on() {
    let (address, peer) = peer(|mut stream| {
        stream.write_all(b"bye").unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut rest = String::new();
        stream.read_to_string(&mut rest).map(|_| rest).unwrap()
    });
    run(async move |cx: &Context| {
        let client = cx.activate(client(address).half_open());
        cx.link((&client, "outbox"), (cx.me(), "inbox"))?;
        cx.link((&client, "signal"), (cx.me(), "control"))?;
        while cx.data_ready("control") == 0 {
            cx.pause().await;
        }
        assert_eq!(cx.next::<Vec<u8>>("inbox").await?, b"bye");
        assert!(cx.told_to_end().unwrap().is::<PeerFinished>());
        cx.sleep(Duration::from_millis(50)).await;
        assert!(client.is_active());
        cx.deliver_to(&client, "inbox", "still here")?;
        cx.deliver_to(&client, "control", ProducerFinished::new())?;
        while !client.is_stopped() {
            cx.pause_for(Duration::from_millis(1)).await;
        }
        assert_eq!(cx.data_ready("control"), 0, "one ending");
        Ok(())
    })
    .unwrap();
    assert_eq!(peer.join().unwrap(), "still here");
}

#[test]
fn a_client_ends_with_its_server_whether_that_closes_or_half_closes_and_whatever_the_options() {
    for half in [true, false] {
        for with in [0, 1, 2] {
            let (address, peer) = peer(move |mut stream| {
                stream.write_all(b"12:00\n").unwrap();
                if half {
                    stream.shutdown(Shutdown::Write).unwrap();
                    let mut rest = Vec::new();
                    assert_eq!(stream.read_to_end(&mut rest).unwrap(), 0, "the client closes too");
                }
            });
            let client = match with {
                0 => client(address),
                1 => client(address).options(CsaOptions::hardened()),
                _ => client(address).half_open().half_close_is_close().options(CsaOptions::new()),
            };
            let received = Received::<Vec<u8>>::new();
            axon::run(pipeline![client, DataSink::new(&received)]).unwrap();
            assert_eq!(received.take().concat(), b"12:00\n");
            peer.join().unwrap();
        }
    }
    let (address, peer) = peer(|stream| stream.shutdown(Shutdown::Write).unwrap());
    run(async move |cx: &Context| {
        let last = last_word(cx, client(address)).await?;
        assert!(matches!(last.take::<SocketShutdown>().unwrap().how_died, HowDied::PeerClosed));
        Ok(())
    })
    .unwrap();
    peer.join().unwrap();
}

#[test]
fn what_waits_when_the_server_will_send_no_more_is_sent_before_the_client_ends() {
    let (address, peer) = peer(|mut stream| {
        std::thread::sleep(Duration::from_millis(200));
        stream.shutdown(Shutdown::Write).unwrap();
        std::thread::sleep(Duration::from_millis(50));
        let mut got = Vec::new();
        stream.read_to_end(&mut got).map(|_| got.len()).unwrap()
    });
    let total = std::rc::Rc::new(std::cell::Cell::new(0));
    let sent = std::rc::Rc::clone(&total);
    run(async move |cx: &Context| {
        let client = cx.activate(client(address));
        cx.link((cx.me(), "outbox"), (&client, "inbox"))?;
        cx.link((&client, "connected"), (cx.me(), "inbox"))?;
        cx.next::<Connection>("inbox").await?;
        // As much as finds room while the peer does not read: in the system, the connection and its inbox.
        let until = cx.now() + Duration::from_millis(100);
        while cx.now() < until {
            if cx.has_room("outbox") {
                cx.send("outbox", vec![0_u8; 100_000])?;
                sent.set(sent.get() + 100_000);
            } else {
                cx.pause_until(until).await;
            }
        }
        Ok(())
    })
    .unwrap();
    assert!(total.get() > 500_000, "{}", total.get());
    assert_eq!(peer.join().unwrap(), total.get());
}

#[test]
fn in_an_orderly_stop_a_client_sends_what_waits_before_it_ends_with_a_parent_or_without() {
    for (is_child, has_teller) in [(true, true), (false, true), (false, false)] {
        let (address, peer) = peer(|mut stream| {
            let (mut got, mut buffer) = (0, vec![0; 40_000]);
            loop {
                match stream.read(&mut buffer).unwrap() {
                    0 => return got,
                    read => got += read,
                }
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        run(async move |cx: &Context| {
            let client = client(address);
            let client = if is_child { cx.add_child(client) } else { cx.add(client) };
            cx.link((cx.me(), "outbox"), (&client, "inbox"))?;
            if has_teller {
                cx.link((cx.me(), "signal"), (&client, "control"))?;
            }
            cx.link((&client, "connected"), (cx.me(), "inbox"))?;
            cx.activate(&client);
            cx.next::<Connection>("inbox").await?;
            if has_teller {
                // It is told, as the client's teller, and goes on sending.
                cx.stop_scheduler_within(LONG);
                for _ in 0..80 {
                    cx.send_when_room("outbox", vec![7_u8; 100_000]).await?;
                }
                cx.send("signal", cx.told_to_end().expect("it was told"))?;
            } else {
                // The client is told at once, when all waits in its inbox.
                (0..80).try_for_each(|_| cx.send("outbox", vec![7_u8; 100_000]))?;
                cx.stop_scheduler_within(LONG);
            }
            while !client.is_stopped() {
                cx.pause_for(Duration::from_millis(1)).await;
            }
            Ok(())
        })
        .expect("all end in order");
        assert_eq!(peer.join().unwrap(), 8_000_000, "child: {is_child}, has a teller: {has_teller}");
    }
}

#[test]
fn a_client_may_have_for_ever_to_connect_and_may_wait_for_ever_before_it_begins() {
    let (address, peer) = peer(|mut stream| stream.write_all(b"hello").unwrap());
    let received = Received::<Vec<u8>>::new();
    axon::run(pipeline![client(address).connect_timeout(Duration::MAX), DataSink::new(&received)]).unwrap();
    assert_eq!(received.take().concat(), b"hello");
    peer.join().unwrap();
    run(async move |cx: &Context| {
        let never = cx.activate(client(address).delay(Duration::MAX));
        cx.sleep(Duration::from_millis(20)).await;
        assert!(never.is_active());
        cx.deliver_to(&never, "control", ShutdownMicroprocess::new())?;
        while !never.is_stopped() {
            cx.pause_for(Duration::from_millis(1)).await;
        }
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_client_says_when_it_is_connected_before_any_data_and_not_when_it_cannot_connect() {
    let (address, peer) = peer(|mut stream| stream.write_all(b"hello").unwrap());
    run(async move |cx: &Context| {
        let client = cx.activate(client(address).delay(Duration::from_millis(10)));
        cx.link((&client, "connected"), (cx.me(), "inbox"))?;
        cx.link((&client, "outbox"), (cx.me(), "inbox"))?;
        let connection: Connection = cx.next("inbox").await?;
        assert_eq!(connection.peer, address);
        assert_ne!(connection.local, address);
        assert_eq!(cx.next::<Vec<u8>>("inbox").await?, b"hello");
        Ok(())
    })
    .unwrap();
    peer.join().unwrap();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    run(async move |cx: &Context| {
        let client = cx.activate(client(address));
        cx.link((&client, "connected"), (cx.me(), "inbox"))?;
        while !client.is_stopped() {
            cx.pause_for(Duration::from_millis(1)).await;
        }
        assert_eq!(cx.data_ready("inbox"), 0);
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_client_that_begins_late_asks_the_selector_of_that_time() {
    let (address, peer) = peer(|mut stream| stream.write_all(b"hello").unwrap());
    let begun = Instant::now();
    run(async move |cx: &Context| {
        let client = cx.activate(client(address).delay(Duration::from_millis(100)));
        cx.link((&client, "outbox"), (cx.me(), "inbox"))?;
        cx.sleep(Duration::from_millis(20)).await;
        // Somebody else needed one, and it has gone.
        let (selector, control) = Selector::services(cx)?.control;
        cx.deliver_to(&selector, &control, ShutdownMicroprocess::new())?;
        assert_eq!(cx.next::<Vec<u8>>("inbox").await?, b"hello");
        Ok(())
    })
    .unwrap();
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    peer.join().unwrap();
}

#[test]
fn shutdown_microprocess_ends_it_at_once_in_each_stage_and_is_passed_on() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    for delay in [Duration::from_secs(100), Duration::ZERO] {
        run(async move |cx: &Context| {
            let client = cx.activate(client(address).delay(delay));
            cx.link((&client, "signal"), (cx.me(), "control"))?;
            cx.sleep(Duration::from_millis(50)).await;
            cx.deliver_to(&client, "control", ShutdownMicroprocess::new())?;
            while !client.is_stopped() {
                cx.pause_for(Duration::from_millis(1)).await;
            }
            assert_eq!(cx.data_ready("control"), 1);
            assert!(cx.told_to_end().unwrap().is::<ShutdownMicroprocess>());
            Ok(())
        })
        .unwrap();
    }
}

#[test]
fn producer_finished_with_nothing_to_send_ends_a_client_that_is_not_connected() {
    run(async move |cx: &Context| {
        let client = cx.activate(TcpClient::new("127.0.0.1", 1).delay(Duration::from_secs(100)));
        cx.link((&client, "signal"), (cx.me(), "control"))?;
        cx.deliver_to(&client, "control", ProducerFinished::new())?;
        while cx.data_ready("control") == 0 {
            cx.pause().await;
        }
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_reset_is_told_once_with_its_reason() {
    let (address, peer) = peer(|mut stream| {
        stream.write_all(b"last words").unwrap();
        std::thread::sleep(Duration::from_millis(50));
        socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
    });
    run(async move |cx: &Context| {
        let last = last_word(cx, client(address)).await?;
        let how_died = last.take::<SocketShutdown>().unwrap().how_died;
        assert_eq!(how_died.io_error().unwrap().kind(), ErrorKind::ConnectionReset);
        Ok(())
    })
    .unwrap();
    peer.join().unwrap();
}

#[test]
fn a_name_that_is_still_looked_up_does_not_keep_the_run_from_ending() {
    let begun = Instant::now();
    run(async move |cx: &Context| {
        cx.activate(TcpClient::new("no.such.name.invalid", 1));
        cx.sleep(Duration::from_millis(5)).await;
        cx.stop_scheduler();
        Ok(())
    })
    .unwrap();
    assert!(begun.elapsed() < Duration::from_secs(1));
}

#[test]
fn clients_and_connections_have_the_boxes_of_kamaelia() {
    let boxes = TcpClient::new("localhost", 1).boxes();
    assert_eq!(boxes.inboxes(), ["inbox", "control", "makessl", "_socketFeedback"]);
    assert_eq!(boxes.outboxes(), ["outbox", "signal", "connected", "sslready", "_selectorSignal"]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let stream = mio::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let boxes = Csa::new(stream, CsaOptions::new()).boxes();
    assert_eq!(boxes.inboxes(), ["inbox", "control", "ReadReady", "makessl", "SendReady"]);
    let outboxes = ["outbox", "signal", "CreatorFeedback", "_selectorSignal", "sslready"];
    assert_eq!(boxes.outboxes(), outboxes);
    assert_eq!(Selector::new().unwrap().boxes().inboxes(), ["inbox", "control", "notify"]);
}

/// Runs this test again with few descriptors. `None` inside.
fn with_few_descriptors(test: &str) -> Option<()> {
    if std::env::var_os("WITH_FEW_DESCRIPTORS").is_some() {
        return None;
    }
    let me = std::env::current_exe().unwrap();
    let script = "ulimit -n 64 && exec \"$0\" --exact \"$1\" --nocapture";
    let mut command = std::process::Command::new("sh");
    command.args(["-c", script]).arg(me).arg(test).env("WITH_FEW_DESCRIPTORS", "1");
    let output = command.output().unwrap();
    assert!(ran_one_test(&output), "{output:?}");
    Some(())
}

#[test]
fn a_client_that_gets_no_descriptor_for_the_selector_tells_that_it_is_not_connected() {
    const NAME: &str =
        "tcp_client::a_client_that_gets_no_descriptor_for_the_selector_tells_that_it_is_not_connected";
    if with_few_descriptors(NAME).is_some() {
        return;
    }
    run(async |cx: &Context| {
        let mut all = Vec::new();
        while let Ok(file) = std::fs::File::open("/dev/null") {
            all.push(file);
        }
        let client = cx.activate(TcpClient::new("127.0.0.1", 1));
        cx.link((&client, "signal"), (cx.me(), "control"))?;
        while cx.data_ready("control") == 0 {
            cx.pause().await;
        }
        drop(all);
        let last: SocketShutdown = cx.recv("control").unwrap().into_value().unwrap();
        let said = last.how_died.to_string();
        assert!(said.starts_with("cannot connect to 127.0.0.1:1: a Selector cannot be made: "), "{said}");
        assert!(said.contains("os error 24"), "{said}");
        Ok(())
    })
    .unwrap();
}

/// What a run says that ended with an error.
fn error_of(run: Result<(), axon::RunError>) -> String {
    run.expect_err("it fails").to_string()
}

#[test]
fn a_client_that_is_sent_neither_bytes_nor_text_fails_with_the_run_and_says_what_to_write() {
    let (address, peer) = peer(|mut stream| {
        let mut got = Vec::new();
        let _ = stream.read_to_end(&mut got);
        got
    });
    let error = error_of(run(async move |cx: &Context| {
        let client = cx.activate(client(address));
        cx.link((cx.me(), "outbox"), (&client, "inbox"))?;
        cx.send("outbox", "what came before")?;
        cx.send("outbox", 5_u64)?;
        cx.send("outbox", "what came after")?;
        while !client.is_stopped() {
            cx.pause().await;
        }
        Ok(())
    }));
    for part in ["TcpClient_", ".inbox expected bytes or text and found u64: 5", "PureTransformer::map"] {
        assert!(error.contains(part), "{error}");
    }
    assert_eq!(peer.join().unwrap(), b"what came before");
}

#[test]
fn a_supervised_client_that_fails_so_concerns_its_supervisor_only_and_a_client_may_leave_such_messages_out() {
    let talk = |mut stream: std::net::TcpStream| {
        let mut got = String::new();
        stream.read_to_string(&mut got).map(|_| got)
    };
    let (address, first) = peer(talk);
    run(async move |cx: &Context| {
        let client = cx.add_child(client(address));
        cx.supervise(&client);
        cx.activate(&client);
        cx.deliver_to(&client, "inbox", vec![1_u32])?;
        while !client.is_stopped() {
            cx.pause().await;
        }
        let failure = cx.failure_of(&client).expect("it failed").to_string();
        assert!(failure.contains("found alloc::vec::Vec<u32>: [1]"), "{failure}");
        Ok(())
    })
    .unwrap();
    assert_eq!(first.join().unwrap().unwrap(), "");
    let (address, second) = peer(talk);
    let mut options = CsaOptions::new();
    options.bad_data = kamaelia_net::csa::BadData::Skip;
    let messages = vec![Message::new("one "), Message::new(5_u64), Message::new("two")];
    axon::run(pipeline![DataSource::new(messages), client(address).options(options)]).unwrap();
    assert_eq!(second.join().unwrap().unwrap(), "one two");
}

/// UDP, the connection of one client, and the body of a request: see also the tests of handlers.
#[test]
fn others_that_are_sent_neither_bytes_nor_text_fail_as_well() {
    use kamaelia_net::http::{Request, SingleShotHttpClient};
    use kamaelia_net::{SimplePeer, SingleServer, UdpSender};

    let wrong = || DataSource::new([5_u64]);
    let here = SocketAddr::from(([127, 0, 0, 1], 0));
    let to = TcpListener::bind(here).unwrap().local_addr().unwrap();
    for error in [
        error_of(axon::run(pipeline![wrong(), UdpSender::new(to)])),
        error_of(axon::run(pipeline![wrong(), SimplePeer::new(here, to)])),
    ] {
        assert!(error.contains("bytes or text") && error.contains("\"inbox\", not u64: 5"), "{error}");
    }
    let server = SingleServer::new(crate::net_harness::here()).bind().unwrap();
    let _client = std::net::TcpStream::connect(server.local_addr().unwrap()).unwrap();
    let error = error_of(run(async move |cx: &Context| {
        let server = cx.activate(server);
        cx.deliver_to(&server, "inbox", 5_u64)?;
        while !server.is_stopped() {
            cx.pause().await;
        }
        Ok(())
    }));
    assert!(error.contains("SingleServer_") && error.contains("found u64: 5"), "{error}");
    let (address, peer) = peer(|mut stream| stream.read_to_end(&mut Vec::new()).map(drop));
    let request = Request::post(format!("http://{address}/")).body(()).unwrap();
    let error = error_of(axon::run(pipeline![wrong(), SingleShotHttpClient::new(request).body_from_inbox()]));
    assert!(error.contains("SingleShotHttpClient_") && error.contains("found u64: 5"), "{error}");
    let _ = peer.join().unwrap();
}
