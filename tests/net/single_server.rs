//! The server for one client at a time.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::channel;

use axon::prelude::*;
use kamaelia_net::{ServerFailed, SingleServer};

use crate::net_harness::{LONG, here, play, run};

fn connect(address: std::net::SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream
}

/// Runs a server with an echo that outlives its clients, and a peer beside it.
fn serve(peer: impl FnOnce(std::net::SocketAddr)) {
    let (sender, receiver) = channel();
    let thread = std::thread::spawn(move || {
        let server = SingleServer::new(here()).bind().unwrap();
        let address = server.local_addr().unwrap();
        let mut scheduler = Scheduler::new();
        let (server, echo) = (scheduler.activate(server), scheduler.activate(play(echo)));
        let cx = scheduler.context(&server);
        cx.link((&server, "outbox"), (&echo, "inbox")).unwrap();
        cx.link((&echo, "outbox"), (&server, "inbox")).unwrap();
        sender.send((address, scheduler.remote(), server)).unwrap();
        scheduler.run().unwrap();
    });
    let (address, remote, server) = receiver.recv().unwrap();
    peer(address);
    remote.deliver(&server, "control", ProducerFinished::new()).unwrap();
    drop(remote);
    thread.join().unwrap();
}

async fn echo(cx: &Context) -> axon::Result {
    cx.declare_service();
    loop {
        while let Some(message) = cx.recv("inbox") {
            cx.send("outbox", message)?;
        }
        cx.pause().await;
    }
}

fn echoes(client: &mut TcpStream, text: &str) {
    client.write_all(text.as_bytes()).unwrap();
    let mut answer = vec![0; text.len()];
    client.read_exact(&mut answer).unwrap();
    assert_eq!(answer, text.as_bytes());
}

#[test]
fn one_client_is_served_another_is_disconnected_and_the_next_has_its_turn() {
    serve(|address| {
        let mut first = connect(address);
        echoes(&mut first, "first");
        let mut second = connect(address);
        assert_eq!(second.read(&mut [0; 9]).unwrap(), 0);
        drop(second);
        echoes(&mut first, "still first");
        first.shutdown(Shutdown::Write).unwrap();
        assert_eq!(first.read(&mut [0; 9]).unwrap(), 0);
        // The server may not have seen yet that the first has gone.
        for attempt in 0.. {
            assert!(attempt < 100, "nobody else is served");
            let mut third = connect(address);
            let mut answer = [0; 5];
            if third.write_all(b"third").is_ok() && third.read_exact(&mut answer).is_ok() {
                assert_eq!(&answer, b"third");
                break;
            }
        }
    });
}

#[test]
fn each_client_that_goes_is_told_on_signal() {
    run(async |cx| {
        let server = SingleServer::new(here()).bind()?;
        let address = server.local_addr().unwrap();
        let server = cx.activate(server);
        cx.link((&server, "signal"), (cx.me(), "control"))?;
        cx.link((&server, "outbox"), (cx.me(), "inbox"))?;
        for _ in 0..3 {
            let mut client = TcpStream::connect(address)?;
            client.write_all(b"x")?;
            assert_eq!(cx.next::<Vec<u8>>("inbox").await?, b"x");
            drop(client);
            while cx.data_ready("control") == 0 {
                cx.pause().await;
            }
            assert!(cx.recv("control").unwrap().is::<ProducerFinished>());
        }
        cx.deliver_to(&server, "control", ShutdownMicroprocess::new())?;
        while cx.data_ready("control") == 0 {
            cx.pause().await;
        }
        assert!(cx.recv("control").unwrap().is::<ShutdownMicroprocess>());
        Ok(())
    })
    .unwrap();
}

#[test]
fn what_comes_while_nobody_is_there_waits_for_the_next_client() {
    run(async |cx| {
        let server = SingleServer::new(here()).bind()?;
        let address = server.local_addr().unwrap();
        let server = cx.activate(server);
        cx.link((cx.me(), "outbox"), (&server, "inbox"))?;
        cx.send("outbox", "early ")?;
        for _ in 0..10 {
            cx.yield_now().await;
        }
        let client = connect(address);
        cx.send("outbox", "and late")?;
        for _ in 0..100 {
            cx.pause_for(std::time::Duration::from_millis(1)).await;
        }
        cx.deliver_to(&server, "control", ProducerFinished::new())?;
        let read = std::thread::spawn(|| std::io::read_to_string(client));
        while !server.is_stopped() {
            cx.pause_for(std::time::Duration::from_millis(1)).await;
        }
        assert_eq!(read.join().unwrap()?, "early and late");
        assert_eq!(TcpStream::connect(address).unwrap_err().kind(), ErrorKind::ConnectionRefused);
        Ok(())
    })
    .unwrap();
}

#[test]
fn an_ending_sends_what_waits_to_the_client_that_is_there() {
    let server = SingleServer::new(here()).bind().unwrap();
    let mut client = connect(server.local_addr().unwrap());
    let sender = play(async |cx: &Context| {
        while cx.recv("inbox").is_none() {
            cx.pause().await;
        }
        for _ in 0..100 {
            cx.send_when_room("outbox", vec![7_u8; 10_000]).await?;
        }
        cx.send("signal", ProducerFinished::new())?;
        Ok(())
    });
    let client = std::thread::spawn(move || {
        client.write_all(b"go").unwrap();
        let mut got = Vec::new();
        client.read_to_end(&mut got).map(|_| got.len())
    });
    axon::run(pipeline![server, sender].circular()).unwrap();
    assert_eq!(client.join().unwrap().unwrap(), 1_000_000);
}

#[test]
fn an_address_that_is_taken_is_told_on_signal_and_fails_the_run() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    assert_eq!(SingleServer::new(address).bind().err().unwrap().kind(), ErrorKind::AddrInUse);
    let mut scheduler = Scheduler::builder().immortal().build();
    let server = scheduler.add(SingleServer::new(address));
    let watcher = scheduler.activate(play(async |cx: &Context| {
        while cx.data_ready("inbox") == 0 {
            cx.pause().await;
        }
        let failed = cx.recv("inbox").unwrap().take::<ServerFailed>().unwrap();
        assert!(failed.error.to_string().contains("cannot listen on 127.0.0.1:"));
        Ok(())
    }));
    scheduler.context(&server).link((&server, "signal"), (&watcher, "inbox")).unwrap();
    scheduler.activate(&server);
    let _ = scheduler.run();
    assert!(watcher.is_stopped() && server.is_stopped());
}
