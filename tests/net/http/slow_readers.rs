//! Clients that ask for much and do not read.

use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axon::Context;
use axon::util::OneShot;
use kamaelia_net::http::{HttpServer, RequestHead, Response, Routes};
use socket2::{Domain, Socket, Type};

use crate::http::raw::talk;
use crate::net_harness::{Running, here, play, serve};

const READERS: usize = 40;
const BLOCK: usize = 64 * 1024;

/// A connection with the smallest window there is.
fn narrow(server: &Running) -> TcpStream {
    let socket = Socket::new(Domain::for_address(server.address), Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(1).unwrap();
    socket.connect(&server.address.into()).unwrap();
    socket.into()
}

/// What `count` is when it has stayed the same for a while.
fn settled(count: &AtomicUsize) -> usize {
    let mut last = 0;
    for _ in 0..200 {
        std::thread::sleep(Duration::from_millis(300));
        let now = count.load(Ordering::SeqCst);
        if now > 0 && now == last {
            return now;
        }
        last = now;
    }
    panic!("{last} and still growing");
}

/// Counted in bytes that the handlers have sent: what they do is work that good clients wait for.
#[test]
#[cfg(target_os = "linux")]
fn a_client_that_asks_for_much_and_does_not_read_costs_as_much_as_one_that_asks_for_little() {
    let sent = Arc::new(AtomicUsize::new(0));
    let sending = Arc::clone(&sent);
    let server = serve(move || {
        let endless = move |_: &RequestHead| {
            let sent = Arc::clone(&sending);
            play(async move |cx: &Context| {
                loop {
                    cx.send_when_room("outbox", vec![0_u8; BLOCK]).await?;
                    sent.fetch_add(BLOCK, Ordering::SeqCst);
                }
            })
        };
        let routes = Routes::new().on("/endless", endless).on("/", |_| OneShot::new(Response::new("hello")));
        HttpServer::routing(routes, here())
    });
    let mut readers: Vec<TcpStream> = (0..READERS).map(|_| narrow(&server)).collect();
    for reader in &mut readers {
        reader.write_all(b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    }
    let each = settled(&sent) / READERS;
    // The system takes 128 KiB; the connection, its inbox and that for the answer 256 KiB each.
    assert!((BLOCK..1536 * 1024).contains(&each), "{each} bytes for each");
    let answer = talk(&server, "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert!(answer.ends_with("hello"), "{answer}");
    assert_eq!(sent.load(Ordering::SeqCst) / READERS, each, "they go on only when somebody reads");
    drop(readers);
    server.drain().unwrap();
}
