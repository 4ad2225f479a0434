//! Single connections in trouble: a socket that others hold too, a peer that is gone, a system that cannot
//! watch.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::channel;
use std::time::Duration;

use axon::{ComponentRef, Context, ProducerFinished, Scheduler, ShutdownMicroprocess};
use kamaelia_net::csa::boxes::{CREATOR_FEEDBACK, READ_READY, SELECTOR_SIGNAL, SEND_READY};
use kamaelia_net::{
    Csa, CsaOptions, NewCsa, NewReader, NewWriter, Ready, Selector, SimpleServer, SocketShutdown, TcpServer,
};

use crate::net_harness::{LONG, here, play, run, serve};

/// A connection of this machine: the near end for a component, the far end for the test.
fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let far = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    far.set_read_timeout(Some(LONG)).unwrap();
    let near = listener.accept().unwrap().0;
    near.set_nonblocking(true).unwrap();
    (near, far)
}

/// A component for the near end, linked with whoever makes it. What it has to say to its creator comes to
/// `control`.
fn connection(cx: &Context, near: TcpStream) -> axon::Result<ComponentRef> {
    let csa = cx.add_child(Csa::new(mio::net::TcpStream::from_std(near), CsaOptions::new()));
    cx.link((&csa, "outbox"), (cx.me(), "inbox"))?;
    cx.link((cx.me(), "outbox"), (&csa, "inbox"))?;
    cx.link((cx.me(), "signal"), (&csa, "control"))?;
    cx.link((&csa, CREATOR_FEEDBACK), (cx.me(), "control"))?;
    Ok(csa)
}

#[test]
fn a_connection_whose_socket_somebody_else_holds_too_tells_its_peer_of_its_end() {
    let (near, mut far) = pair();
    let second = near.try_clone().unwrap();
    let peer = std::thread::spawn(move || {
        far.write_all(b"hello").unwrap();
        far.shutdown(Shutdown::Write).unwrap();
        let mut echo = String::new();
        far.read_to_string(&mut echo).map(|_| echo)
    });
    run(async move |cx: &Context| {
        let csa = connection(cx, near)?;
        Selector::services(cx)?.link(cx, (&csa, SELECTOR_SIGNAL))?;
        cx.activate(&csa);
        let hello = cx.next::<Vec<u8>>("inbox").await?;
        cx.send("outbox", hello)?;
        // The peer will send no more.
        while cx.recv("control").is_none() {
            cx.pause().await;
        }
        cx.send("signal", ProducerFinished::new())?;
        while !csa.is_stopped() {
            cx.pause().await;
        }
        Ok(())
    })
    .unwrap();
    assert_eq!(peer.join().unwrap().unwrap(), "hello");
    drop(second);
}

#[test]
fn a_client_that_sends_without_reading_and_then_resets_is_let_go_of_at_once() {
    let (sender, receiver) = channel();
    let echo = move || {
        let sender = sender.clone();
        play(async move |cx: &Context| {
            loop {
                while let Some(bytes) = cx.recv("inbox") {
                    if cx.send_when_room("outbox", bytes).await.is_err() {
                        break;
                    }
                }
                if let Some(notice) = cx.told_to_end() {
                    sender.send(notice).unwrap();
                    return Ok(());
                }
                cx.await_arrival().await;
            }
        })
    };
    let server = serve(move || SimpleServer::new(echo, here()));
    let client = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    client.set_recv_buffer_size(8192).unwrap();
    client.connect(&server.address.into()).unwrap();
    let mut client = TcpStream::from(client);
    // Until all that lies between the two is full in both directions.
    client.set_write_timeout(Some(Duration::from_millis(300))).unwrap();
    while client.write(&[7; 65536]).is_ok() {}
    socket2::SockRef::from(&client).set_linger(Some(Duration::ZERO)).unwrap();
    drop(client);
    let notice =
        receiver.recv_timeout(Duration::from_secs(10)).expect("the stall timer ends it only after 60 s");
    let SocketShutdown { how_died, unsent, .. } = notice.into_value().unwrap();
    let kind = how_died.io_error().unwrap().kind();
    assert!(matches!(kind, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{how_died}");
    assert!(unsent > 0);
    server.drain().unwrap();
}

/// Plays the Selector of a system that cannot watch a connection: it is told of each request, and what the
/// connection says at its end is checked.
async fn without_watch(cx: &Context, near: TcpStream, box_: &str, output: usize) -> axon::Result {
    let csa = connection(cx, near)?;
    let requests = cx.add_inbox("requests");
    cx.link((&csa, SELECTOR_SIGNAL), (cx.me(), &requests))?;
    if output > 0 {
        cx.send("outbox", vec![0_u8; output])?;
    }
    cx.activate(&csa);
    let mut answers = 0;
    let notice = loop {
        while let Some(request) = cx.recv(&requests) {
            let asked = if request.is::<NewReader>() { READ_READY } else { SEND_READY };
            if asked == box_ {
                assert!(request.is::<NewReader>() || request.is::<NewWriter>());
                answers += 1;
                assert!(answers < 10, "it asks again and again");
                cx.deliver_to(&csa, box_, u64::from(Ready::UNKNOWN))?;
            }
        }
        if let Some(notice) = cx.recv("control") {
            break notice;
        }
        cx.pause().await;
    };
    let how_died = notice.view(|end: &SocketShutdown| end.how_died.to_string()).unwrap();
    assert_eq!(how_died, "the connection failed: the system cannot watch its socket");
    Ok(())
}

#[test]
fn a_connection_that_the_system_cannot_watch_ends_with_that_as_the_reason() {
    let (near, _far) = pair();
    run(async move |cx: &Context| without_watch(cx, near, READ_READY, 0).await).unwrap();
    let (near, _far) = pair();
    run(async move |cx: &Context| without_watch(cx, near, SEND_READY, 50_000_000).await).unwrap();
}

#[test]
fn a_message_that_is_no_answer_of_the_selector_makes_a_connection_look_and_go_on() {
    let (near, mut far) = pair();
    run(async move |cx: &Context| {
        let csa = connection(cx, near)?;
        Selector::services(cx)?.link(cx, (&csa, SELECTOR_SIGNAL))?;
        cx.activate(&csa);
        for _ in 0..3 {
            cx.deliver_to(&csa, READ_READY, "whatever")?;
            cx.yield_now().await;
            cx.yield_now().await;
        }
        far.write_all(b"hello")?;
        assert_eq!(cx.next::<Vec<u8>>("inbox").await?, b"hello");
        cx.send("signal", ShutdownMicroprocess::new())?;
        Ok(())
    })
    .unwrap();
}

/// Plays the Selector for a server that listens: makes both, and returns the server.
fn listening(cx: &Context) -> axon::Result<(ComponentRef, SocketAddr)> {
    cx.register_service("selector", (cx.me(), "inbox"))?;
    cx.register_service("selectorshutdown", (cx.me(), "control"))?;
    let server = TcpServer::new(here()).bind()?;
    let address = server.local_addr().unwrap();
    let server = cx.add_child(server);
    cx.link((&server, "protocolHandlerSignal"), (cx.me(), &cx.add_inbox("news")))?;
    cx.activate(&server);
    Ok((server, address))
}

/// Waits for the request to watch the listener.
async fn asked_to_watch(cx: &Context) {
    let request = loop {
        match cx.recv("inbox") {
            Some(request) => break request,
            None => cx.pause().await,
        }
    };
    assert!(request.is::<NewReader>(), "it asks for {request:?}");
}

#[test]
fn a_listener_that_the_system_cannot_watch_is_tried_again_by_the_clock() {
    let mut scheduler = Scheduler::builder().virtual_clock().build();
    scheduler.activate(play(async |cx: &Context| {
        let (server, address) = listening(cx)?;
        let start = cx.now();
        for _ in 0..3 {
            asked_to_watch(cx).await;
            cx.deliver_to(&server, "newconnection", u64::from(Ready::UNKNOWN))?;
        }
        assert!(cx.now() - start >= Duration::from_millis(100 + 200), "not in a busy loop");
        // Clients are served all the same.
        let _client = TcpStream::connect(address)?;
        while !std::iter::from_fn(|| cx.recv("news")).any(|news| news.is::<NewCsa>()) {
            if cx.recv("inbox").is_some() {
                cx.deliver_to(&server, "newconnection", u64::from(Ready::UNKNOWN))?;
            }
            cx.pause().await;
        }
        cx.deliver_to(&server, "control", ShutdownMicroprocess::new())?;
        Ok(())
    }));
    scheduler.run().unwrap();
}

#[test]
fn a_message_that_is_no_answer_of_the_selector_makes_a_listener_look_and_ask_again_at_once() {
    let mut scheduler = Scheduler::builder().virtual_clock().build();
    scheduler.activate(play(async |cx: &Context| {
        let (server, _) = listening(cx)?;
        let start = cx.now();
        for _ in 0..3 {
            asked_to_watch(cx).await;
            cx.deliver_to(&server, "newconnection", "whatever")?;
        }
        asked_to_watch(cx).await;
        assert_eq!(cx.now(), start);
        cx.deliver_to(&server, "control", ShutdownMicroprocess::new())?;
        Ok(())
    }));
    scheduler.run().unwrap();
}
