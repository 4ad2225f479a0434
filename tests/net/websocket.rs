//! WebSockets between this crate's two sides, and with peers of raw bytes.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use crate::net_harness::{LONG, Running, here, play, run, serve, serve_on};
use axon::util::{Backplane, EchoProtocol, OneShot, PublishTo, SubscribeTo, WhenFull};
use axon::{Boxes, Component, Context, Message, ProducerFinished, Scheduler, pipeline};
use kamaelia_net::http::{HttpServer, RequestHead};
use kamaelia_net::websocket::{
    Close, CloseCode, ClosedBy, WebSocket, WebSocketClient, WebSocketClosed, WebSocketOptions,
    WebSocketRefused,
};

fn echo() -> Running {
    serve(|| {
        HttpServer::new(|request: &RequestHead| WebSocket::new(request, |_| EchoProtocol::new()), here())
    })
}

/// A connection that was upgraded, as the raw bytes after the answer.
fn upgraded(server: &Running, more: &str) -> (TcpStream, String) {
    let mut stream = server.connect();
    let request = format!(
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    (stream, String::from_utf8(head).unwrap())
}

/// A frame of a client whose mask is zero.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    [&[first, 0x80 | payload.len() as u8, 0, 0, 0, 0], payload].concat()
}

fn rest(mut stream: TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn a_raw_client_is_echoed_and_its_close_is_answered() {
    let server = echo();
    let (mut stream, head) = upgraded(&server, "");
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    assert!(head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{head}");
    // All at once: fragments with a ping between them, and a Close right behind.
    let parts = [
        frame(0x01, b"hel"),
        frame(0x89, b"there?"),
        frame(0x80, b"lo"),
        frame(0x82, &[0xff, 0]),
        frame(0x88, b"\x0f\xa1bye"),
    ];
    stream.write_all(&parts.concat()).unwrap();
    assert_eq!(rest(stream), b"\x8a\x06there?\x81\x05hello\x82\x02\xff\x00\x88\x02\x0f\xa1");
    server.drain().unwrap();
}

#[test]
fn a_client_that_breaks_the_protocol_is_told_how_after_the_answers_to_what_came_before() {
    let server = echo();
    for (bytes, code) in [
        (frame(0x83, b""), 1002u16),
        (b"\x81\x05plain".to_vec(), 1002),
        (frame(0x81, b"\xff"), 1007),
        (b"\x82\xff\0\0\0\0\0\x10\0\x01\0\0\0\0".to_vec(), 1009),
    ] {
        let (mut stream, _) = upgraded(&server, "");
        stream.write_all(&[frame(0x81, b"before"), bytes].concat()).unwrap();
        let bytes = rest(stream);
        assert_eq!(bytes[..8], *b"\x81\x06before");
        assert_eq!((bytes[8], u16::from_be_bytes([bytes[10], bytes[11]])), (0x88, code));
    }
    assert!(server.drain().is_ok());
}

#[test]
fn a_page_of_another_host_is_refused_and_one_of_the_same_is_not() {
    let server = echo();
    assert!(upgraded(&server, "Origin: http://a\r\n").1.starts_with("HTTP/1.1 101 "));
    assert!(upgraded(&server, "Origin: http://evil.example\r\n").1.starts_with("HTTP/1.1 403 "));
    server.drain().unwrap();
}

#[test]
fn a_server_that_drains_closes_with_going_away() {
    let server = echo();
    let (stream, _) = upgraded(&server, "");
    server.remote.deliver(&server.server, "control", ProducerFinished::new()).unwrap();
    assert_eq!(rest(stream), b"\x88\x02\x03\xe9");
    server.join().unwrap();
}

/// What a client's `signal` said last.
async fn ended(cx: &Context) -> Message {
    loop {
        if let Some(last) = cx.recv("control") {
            return last;
        }
        cx.pause().await;
    }
}

#[test]
fn a_client_sends_what_waits_gets_all_answers_and_closes() {
    let server = echo();
    let url = format!("ws://{}/", server.address);
    run(async move |cx| {
        let client = cx.activate(WebSocketClient::new(&url)?);
        cx.link((cx.me(), "outbox"), (&client, "inbox"))?;
        cx.link((&client, "outbox"), (cx.me(), "inbox"))?;
        cx.link((cx.me(), "signal"), (&client, "control"))?;
        cx.link((&client, "signal"), (cx.me(), "control"))?;
        for number in 0..100u32 {
            cx.send_when_room("outbox", number.to_string()).await?;
        }
        cx.send_when_room("outbox", vec![7u8; 300_000]).await?;
        cx.send("signal", Message::notice(Close::new(CloseCode::from(4000), "done")))?;
        for number in 0..100u32 {
            assert_eq!(cx.next::<String>("inbox").await?, number.to_string());
        }
        assert_eq!(cx.next::<Vec<u8>>("inbox").await?, vec![7u8; 300_000]);
        let closed = ended(cx).await.take::<WebSocketClosed>().expect("it was open");
        assert_eq!((closed.close.code.number(), closed.by), (4000, ClosedBy::Here));
        Ok(())
    })
    .unwrap();
    server.drain().unwrap();
}

#[test]
fn a_server_that_is_none_of_websockets_is_told_as_such() {
    let server = serve(|| HttpServer::new(|_: &RequestHead| OneShot::new("hello"), here()));
    let url = format!("ws://{}/", server.address);
    run(async move |cx| {
        let client = cx.activate(WebSocketClient::new(&url)?);
        cx.link((&client, "signal"), (cx.me(), "control"))?;
        let refused = ended(cx).await.take::<WebSocketRefused>().expect("refused");
        assert_eq!(refused.why, "the answer is 200 OK");
        Ok(())
    })
    .unwrap();
    server.drain().unwrap();
}

#[test]
fn a_failing_handler_closes_with_internal_error_and_harms_nobody_else() {
    let server = serve(|| {
        let fails = || play(async |_: &Context| Err("this handler fails".into()));
        HttpServer::new(move |request: &RequestHead| WebSocket::new(request, move |_| fails()), here())
    });
    for _ in 0..2 {
        let (stream, _) = upgraded(&server, "");
        assert_eq!(rest(stream), b"\x88\x02\x03\xf3");
    }
    server.drain().unwrap();
}

/// A handler that takes messages, and cannot be told of the end. It says when it is dropped.
struct Untold(Sender<()>);

impl Component for Untold {
    fn boxes(&self) -> Boxes {
        Boxes::none().inbox("inbox", "messages")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            while cx.recv("inbox").is_some() {}
            cx.pause().await;
        }
    }
}

impl Drop for Untold {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

#[test]
fn a_handler_without_control_does_not_outlive_its_websocket() {
    let (told, hears) = channel();
    let server = serve(move || {
        let make = move |request: &RequestHead| {
            let told = told.clone();
            WebSocket::new(request, |_| Untold(told))
        };
        HttpServer::new(make, here())
    });
    let (stream, _) = upgraded(&server, "");
    drop(stream);
    hears.recv_timeout(LONG).expect("it was stopped");
    server.drain().unwrap();
}

#[test]
fn a_client_that_does_not_answer_a_ping_is_given_up() {
    let server = serve(|| {
        let options = || WebSocketOptions::new().ping_after(Duration::from_millis(50));
        let make =
            move |request: &RequestHead| WebSocket::new(request, |_| EchoProtocol::new()).options(options());
        HttpServer::new(make, here())
    });
    let (stream, _) = upgraded(&server, "");
    assert_eq!(rest(stream), b"\x89\x00");
    server.drain().unwrap();
}

/// Reads so many bytes.
fn read(stream: &mut TcpStream, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes).unwrap();
    bytes
}

#[test]
fn members_of_a_chat_hear_each_other_and_one_that_never_reads_holds_up_nobody() {
    let scheduler = || {
        let scheduler = Scheduler::new();
        scheduler.activate(Backplane::new("CHAT").when_full(WhenFull::Cut));
        scheduler
    };
    let server = serve_on(scheduler, || {
        let chatter = |_: Option<&str>| pipeline![PublishTo::new("CHAT"), SubscribeTo::new("CHAT")];
        HttpServer::new(move |request: &RequestHead| WebSocket::new(request, chatter), here())
    });
    let mut members: Vec<TcpStream> = (0..4).map(|_| upgraded(&server, "").0).collect();
    // Each has joined when it hears itself. Until all have, some do not hear the others.
    for (number, member) in members.iter_mut().enumerate() {
        let name = [b'a' + number as u8];
        member.write_all(&frame(0x81, &name)).unwrap();
        loop {
            let heard = read(member, 3);
            assert_eq!(heard[..2], *b"\x81\x01");
            if heard[2] == name[0] {
                break;
            }
        }
    }
    // What the earlier ones have heard meanwhile of the later ones.
    for (number, member) in members.iter_mut().enumerate() {
        for later in number + 1..4 {
            assert_eq!(read(member, 3), [0x81, 1, b'a' + later as u8]);
        }
    }
    let deaf = upgraded(&server, "").0;
    let mut speaker = members.remove(0);
    let (mut heard, mut message) = (Vec::new(), vec![0x82, 0x80 | 126, 0xea, 0x60, 0, 0, 0, 0]);
    message.resize(8 + 60_000, b'x');
    for _ in 0..400 {
        speaker.write_all(&message).unwrap();
        for member in [&mut speaker].into_iter().chain(&mut members) {
            heard = read(member, 4 + 60_000);
        }
    }
    assert_eq!(heard[..4], [0x82, 126, 0xea, 0x60]);
    // One that leaves abruptly is missed by nobody.
    drop((deaf, members.pop()));
    speaker.write_all(&frame(0x81, b"still here")).unwrap();
    for member in [&mut speaker].into_iter().chain(&mut members) {
        assert_eq!(read(member, 12), b"\x81\x0astill here");
    }
}

#[test]
fn a_handler_that_sends_on_when_its_websocket_is_closed_is_told_and_ends() {
    let (told, hears) = channel();
    let server = serve(move || {
        let make = move |request: &RequestHead| {
            let told = told.clone();
            WebSocket::new(request, move |_| {
                play(async move |cx: &Context| {
                    // It does not look at `control`.
                    loop {
                        if let Err(error) = cx.send_when_room("outbox", "tick").await {
                            return Ok(told.send(error.to_string())?);
                        }
                        cx.sleep(Duration::from_millis(5)).await;
                    }
                })
            })
        };
        HttpServer::new(make, here())
    });
    let (mut stream, _) = upgraded(&server, "");
    stream.read_exact(&mut [0; 6]).unwrap();
    drop(stream);
    let error = hears.recv_timeout(LONG).expect("it is told");
    assert!(error.contains("has ended"), "{error}");
    server.drain().unwrap();
}
