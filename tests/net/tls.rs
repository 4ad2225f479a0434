//! Secured connections: clients and servers of ours with each other, and with peers that do what no TLS
//! library does.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use axon::util::EchoProtocol;
use axon::{Boxes, Component, Context, ProducerFinished, ShutdownMicroprocess};
use kamaelia_net::tls::{TlsClientOptions, TlsServerOptions};
use kamaelia_net::{
    Connection, FastRestartServer, HowDied, Security, SimpleServer, SslError, SslReady, TcpClient, TlsServer,
    TlsVersion,
};

use crate::certificates::Issuer;
use crate::net_harness::{LONG, Running, here, run, serve};
use crate::secured::{
    Event, HOST, echo, end, hear, inbox_for, join, next_end, next_ready, peer, settings, talk, tls_error,
    witnessed,
};

#[test]
fn what_is_said_comes_back_and_both_sides_end_in_order() {
    let (_, tls, trusting) = settings();
    let server = echo(tls);
    let client = TcpClient::new(HOST, server.address.port()).tls(trusting);
    let (heard, how_died) = talk(client, b"hello");
    assert_eq!(heard, b"hello");
    assert!(how_died.is_orderly(), "{how_died:?}");
    server.drain().unwrap();
}

#[test]
fn megabytes_go_both_ways_at_once() {
    let (_, tls, trusting) = settings();
    let server = echo(tls);
    let port = server.address.port();
    let all: Vec<u8> = (0..6_000_000u32).map(|i| (i % 251) as u8).collect();
    run(async move |cx| {
        let client = cx.activate(TcpClient::new(HOST, port).tls(trusting).wait_for_serverclose());
        join(cx, &client)?;
        let mut heard = Vec::new();
        for piece in all.chunks(200_000) {
            let mut piece = Some(piece.to_vec());
            while let Some(bytes) = piece.take() {
                if let Err(refused) = cx.send("outbox", bytes) {
                    piece = Some(refused.into_message().take::<Vec<u8>>().unwrap());
                    cx.pause().await;
                }
                while let Some(bytes) = cx.recv_as::<Vec<u8>>("inbox")? {
                    heard.extend(bytes);
                }
            }
        }
        cx.send("signal", ProducerFinished::new())?;
        heard.extend(hear(cx, usize::MAX).await);
        assert!(heard == all, "{} of {}", heard.len(), all.len());
        Ok(())
    })
    .unwrap();
    server.drain().unwrap();
}

#[test]
fn sslready_says_on_both_sides_what_was_agreed_on_before_any_byte() {
    let issuer = Issuer::new("the issuer");
    let tls = TlsServerOptions::new(issuer.server(HOST).certificate()).alpn(["echo"]).build().unwrap();
    let trusting =
        TlsClientOptions::new().authorities(issuer.authorities()).alpn(["echo", "x"]).build().unwrap();
    let (server, events) = witnessed(tls);
    let port = server.address.port();
    run(async move |cx| {
        let client = cx.activate(TcpClient::new(HOST, port).tls(trusting));
        let ready = inbox_for(cx, &client, "sslready")?;
        join(cx, &client)?;
        cx.send("outbox", "hello")?;
        let session = cx.next::<SslReady>(&ready).await??;
        assert_eq!((session.version, session.alpn.as_deref()), (TlsVersion::Tls13, Some("echo")));
        assert_eq!(session.peer_certificates.len(), 1);
        assert_eq!(hear(cx, 5).await, b"hello");
        assert_eq!(cx.data_ready(&ready), 0);
        cx.send("signal", ShutdownMicroprocess::new())?;
        Ok(())
    })
    .unwrap();
    let Event::Ready(Ok(session)) = events.recv_timeout(LONG).unwrap() else { panic!("not agreed first") };
    assert_eq!(session.alpn.as_deref(), Some("echo"));
    let Event::Heard(bytes) = events.recv_timeout(LONG).unwrap() else { panic!("nothing heard") };
    assert_eq!(bytes, b"hello");
    // It closed at once, in the middle of what TLS calls a stream.
    assert!(matches!(next_end(&events), HowDied::Tls(SslError::Truncated) | HowDied::Failed(_)));
    server.drain().unwrap();
}

/// How a client ends that connects to a server with this certificate.
fn refused_by_client(make: impl FnOnce(&Issuer) -> crate::certificates::Pair) -> (SslError, SslError) {
    let (issuer, _, trusting) = settings();
    let tls = TlsServerOptions::new(make(&issuer).certificate()).build().unwrap();
    let (server, events) = witnessed(tls);
    let (heard, how_died) = talk(TcpClient::new(HOST, server.address.port()).tls(trusting), b"secret");
    assert_eq!(heard, b"");
    let of_server = next_ready(&events).unwrap_err();
    assert_eq!(tls_error(next_end(&events)), of_server);
    server.drain().unwrap();
    (tls_error(how_died), of_server)
}

#[test]
fn a_server_that_is_not_who_it_should_be_gets_nothing_and_is_told_why() {
    let refused = |reason: &str| SslError::RefusedByPeer(reason.to_owned());
    let stranger = refused_by_client(|_| Issuer::new("a stranger").server(HOST));
    assert_eq!(stranger, (SslError::UnknownIssuer, refused("unknown CA")));
    let (client, server) = refused_by_client(|issuer| issuer.server("other.test"));
    let expected = SslError::WrongName { expected: HOST.into(), presented: vec!["other.test".into()] };
    assert_eq!((client, server), (expected, refused("bad certificate")));
    let (client, server) = refused_by_client(|issuer| issuer.expired(HOST));
    assert!(matches!(client, SslError::Expired { since: Some(_) }), "{client:?}");
    assert_eq!(server, refused("certificate expired"));
}

#[test]
fn a_client_is_told_on_sslready_why_it_is_not_secured() {
    let (_, tls, _) = settings();
    let nobody = TlsClientOptions::new().authorities(Issuer::new("nobody").authorities()).build().unwrap();
    let server = echo(tls);
    let port = server.address.port();
    run(async move |cx| {
        let client = cx.activate(TcpClient::new(HOST, port).tls(nobody));
        let ready = inbox_for(cx, &client, "sslready")?;
        join(cx, &client)?;
        assert_eq!(cx.next::<SslReady>(&ready).await?, Err(SslError::UnknownIssuer));
        assert_eq!(tls_error(end(cx).await), SslError::UnknownIssuer);
        assert_eq!(cx.data_ready(&ready), 0, "it is answered once");
        Ok(())
    })
    .unwrap();
    server.drain().unwrap();
}

#[test]
fn whoever_speaks_plain_text_to_a_secured_server_gets_an_alert_or_an_end_and_no_reset() {
    let (_, tls, _) = settings();
    let (server, events) = witnessed(tls);
    let mut client = server.connect();
    client.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    let mut heard = Vec::new();
    client.read_to_end(&mut heard).unwrap();
    assert!(!heard.starts_with(b"HTTP"), "{heard:?}");
    assert_eq!(next_ready(&events), Err(SslError::PlainText));
    drop(client);
    assert_eq!(tls_error(next_end(&events)), SslError::PlainText);
    server.drain().unwrap();
}

#[test]
fn a_handshake_that_does_not_go_on_ends_after_its_limit_and_holds_up_nobody() {
    let (issuer, _, trusting) = settings();
    let limit = Duration::from_millis(200);
    let certificate = issuer.server(HOST).certificate();
    let tls = TlsServerOptions::new(certificate).handshake_timeout(limit).build().unwrap();
    let (server, events) = witnessed(tls);
    let mut silent = server.connect();
    silent.write_all(&[0x16, 3, 1, 2, 0]).unwrap();
    let (heard, _) = talk(TcpClient::new(HOST, server.address.port()).tls(trusting), b"meanwhile");
    assert_eq!(heard, b"meanwhile");
    let mut rest = Vec::new();
    let _ = silent.read_to_end(&mut rest);
    let mut ends = Vec::new();
    while ends.len() < 2 {
        if let Event::Ended(how_died) = events.recv_timeout(LONG).unwrap() {
            ends.push(how_died);
        }
    }
    let late =
        |how_died: &HowDied| matches!(how_died, HowDied::Tls(SslError::TimedOut(after)) if *after == limit);
    assert_eq!(ends.iter().filter(|how_died| late(how_died)).count(), 1, "{ends:?}");
    server.drain().unwrap();
}

/// Passes bytes on between a client and a server; when told to, cuts the connection in order, as anybody on
/// the way can.
fn cutter(server: &Running) -> (u16, Sender<()>, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, address) = (listener.local_addr().unwrap().port(), server.address);
    let (cut, told) = channel();
    let thread = std::thread::spawn(move || {
        let near = listener.accept().unwrap().0;
        let far = TcpStream::connect(address).unwrap();
        let pass = |mut from: TcpStream, mut to: TcpStream| {
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut from, &mut to);
                let _ = to.shutdown(Shutdown::Write);
            })
        };
        let threads = [
            pass(near.try_clone().unwrap(), far.try_clone().unwrap()),
            pass(far.try_clone().unwrap(), near.try_clone().unwrap()),
        ];
        let _ = told.recv();
        for end in [&near, &far] {
            let _ = end.shutdown(Shutdown::Both);
        }
        for thread in threads {
            thread.join().unwrap();
        }
    });
    (port, cut, thread)
}

#[test]
fn data_that_was_cut_off_on_the_way_is_told_on_both_sides() {
    let (_, tls, trusting) = settings();
    let (server, events) = witnessed(tls);
    let (port, cut, thread) = cutter(&server);
    run(async move |cx| {
        let client = cx.activate(TcpClient::new(HOST, port).tls(trusting));
        join(cx, &client)?;
        cx.send("outbox", "half a messa")?;
        assert_eq!(hear(cx, 12).await, b"half a messa");
        cut.send(()).unwrap();
        assert_eq!(tls_error(end(cx).await), SslError::Truncated);
        Ok(())
    })
    .unwrap();
    assert_eq!(tls_error(next_end(&events)), SslError::Truncated);
    thread.join().unwrap();
    server.drain().unwrap();
}

/// Answers lines, and secures its connection on `STARTTLS`.
struct Mail;

impl Component for Mail {
    fn boxes(&self) -> Boxes {
        Boxes::standard().inbox("sslready", "what was agreed on").outbox("makessl", "asks for TLS")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        cx.send("outbox", "220 ready\r\n")?;
        let mut line = String::new();
        let mut secured = false;
        loop {
            while let Some(bytes) = cx.recv_as::<Vec<u8>>("inbox")? {
                line.push_str(std::str::from_utf8(&bytes)?);
            }
            while let Some((command, rest)) = line.split_once("\r\n") {
                let (command, rest) = (command.to_owned(), rest.to_owned());
                line = rest;
                if command == "STARTTLS" {
                    // What came with it was never secured.
                    line.clear();
                    cx.send("outbox", "220 go on\r\n")?;
                    cx.send("makessl", SERVER.with(|tls| tls.borrow().clone()).expect("set"))?;
                    cx.next::<SslReady>("sslready").await??;
                    secured = true;
                } else {
                    cx.send(
                        "outbox",
                        format!("{} {command}\r\n", if secured { "secured" } else { "plain" }),
                    )?;
                }
            }
            if let Some(notice) = cx.told_to_end() {
                cx.send("signal", notice)?;
                return Ok(());
            }
            // While it waited for the handshake, more may have come.
            if !cx.is_any_ready() {
                cx.pause().await;
            }
        }
    }
}

thread_local! {
    static SERVER: std::cell::RefCell<Option<TlsServer>> = const { std::cell::RefCell::new(None) };
}

fn mail(tls: TlsServer) -> Running {
    serve(move || {
        SERVER.set(Some(tls));
        SimpleServer::new(|| Mail, here())
    })
}

#[test]
fn a_connection_is_secured_in_mid_stream_by_message_in_both_roles() {
    let (_, tls, trusting) = settings();
    let server = mail(tls);
    let port = server.address.port();
    run(async move |cx| {
        let client = cx.activate(TcpClient::new(HOST, port));
        let (ready, asks) = (inbox_for(cx, &client, "sslready")?, cx.add_outbox("makessl"));
        cx.link((cx.me(), &asks), (&client, "makessl"))?;
        join(cx, &client)?;
        assert_eq!(hear(cx, 11).await, b"220 ready\r\n");
        cx.send("outbox", "HELO\r\n")?;
        assert_eq!(hear(cx, 12).await, b"plain HELO\r\n");
        cx.send("outbox", "STARTTLS\r\n")?;
        assert_eq!(hear(cx, 11).await, b"220 go on\r\n");
        cx.send(&asks, trusting.clone())?;
        cx.next::<SslReady>(&ready).await??;
        cx.send("outbox", "HELO\r\n")?;
        assert_eq!(hear(cx, 14).await, b"secured HELO\r\n");
        // Twice is an error, and the connection goes on.
        cx.send(&asks, trusting)?;
        assert_eq!(cx.next::<SslReady>(&ready).await?, Err(SslError::AlreadySecured));
        cx.send("outbox", "QUIT\r\n")?;
        assert_eq!(hear(cx, 14).await, b"secured QUIT\r\n");
        cx.send("signal", ProducerFinished::new())?;
        assert!(end(cx).await.is_orderly());
        Ok(())
    })
    .unwrap();
    server.drain().unwrap();
}

#[test]
fn commands_that_came_in_plain_text_with_starttls_are_not_carried_out() {
    let (_, tls, _) = settings();
    let server = mail(tls);
    let mut client = server.connect();
    client.write_all(b"STARTTLS\r\nINJECTED\r\n").unwrap();
    let mut heard = Vec::new();
    client.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    let _ = client.read_to_end(&mut heard);
    assert_eq!(String::from_utf8(heard).unwrap(), "220 ready\r\n220 go on\r\n");
    // And what comes in plain text after it is no handshake.
    client.write_all(b"INJECTED\r\n").unwrap();
    let mut heard = Vec::new();
    client.set_read_timeout(Some(LONG)).unwrap();
    client.read_to_end(&mut heard).unwrap();
    assert!(!String::from_utf8_lossy(&heard).contains("INJECTED"), "{heard:?}");
    drop(client);
    server.drain().unwrap();
}

#[test]
fn what_was_sent_before_the_request_is_plain_and_what_was_sent_after_the_answer_is_not() {
    let (_, _, trusting) = settings();
    let (port, peer) = peer(|mut peer| {
        peer.write_all(b"welcome").unwrap();
        let mut plain = [0; 30_000];
        peer.read_exact(&mut plain).unwrap();
        assert!(plain.iter().all(|&byte| byte == b'a'));
        let mut hello = [0; 6];
        peer.read_exact(&mut hello).unwrap();
        assert_eq!((hello[0], hello[5]), (0x16, 1), "a record with the hello of a client");
    });
    run(async move |cx| {
        let client = cx.activate(TcpClient::new(HOST, port));
        let (ready, asks) = (inbox_for(cx, &client, "sslready")?, cx.add_outbox("makessl"));
        cx.link((cx.me(), &asks), (&client, "makessl"))?;
        join(cx, &client)?;
        assert_eq!(hear(cx, 7).await, b"welcome");
        for _ in 0..30 {
            cx.send("outbox", vec![b'a'; 1000])?;
        }
        cx.send(&asks, trusting)?;
        let error = cx.next::<SslReady>(&ready).await?.unwrap_err();
        assert_eq!(error, SslError::ClosedByPeer);
        Ok(())
    })
    .unwrap();
    peer.join().unwrap();
}

#[test]
fn a_request_before_the_connection_exists_secures_everything() {
    let (_, tls, trusting) = settings();
    let server = echo(tls);
    let port = server.address.port();
    run(async move |cx| {
        let client = cx.activate(TcpClient::new(HOST, port));
        join(cx, &client)?;
        cx.send("outbox", "sent before")?;
        cx.deliver_to(&client, "makessl", trusting)?;
        assert_eq!(hear(cx, 11).await, b"sent before");
        cx.send("signal", ProducerFinished::new())?;
        Ok(())
    })
    .unwrap();
    server.drain().unwrap();
}

#[test]
fn a_request_that_cannot_be_met_is_answered_and_the_connection_goes_on_in_plain_text() {
    let (_, _, trusting) = settings();
    let server = serve(|| SimpleServer::new(EchoProtocol::new, here()));
    let port = server.address.port();
    run(async move |cx| {
        let client = cx.activate(TcpClient::new(HOST, port));
        let ready = inbox_for(cx, &client, "sslready")?;
        join(cx, &client)?;
        cx.send("outbox", "one")?;
        assert_eq!(hear(cx, 3).await, b"one");
        cx.deliver_to(&client, "makessl", trusting.server_name("not a name"))?;
        let error = cx.next::<SslReady>(&ready).await?.unwrap_err();
        assert!(error.goes_on() && error.to_string().contains("\"not a name\""), "{error}");
        cx.send("outbox", "two")?;
        assert_eq!(hear(cx, 3).await, b"two");
        cx.send("signal", ProducerFinished::new())?;
        Ok(())
    })
    .unwrap();
    server.drain().unwrap();
}

#[test]
fn a_connection_says_when_it_begins_whether_it_is_secured_and_which_it_is() {
    let (_, tls, trusting) = settings();
    for secured in [true, false] {
        let (tell, told) = channel();
        let (tls, trusting) = (tls.clone(), trusting.clone());
        let server = serve(move || {
            let protocol = move |client: &Connection| {
                tell.send(*client).unwrap();
                EchoProtocol::new()
            };
            let server = FastRestartServer::new(protocol, here());
            if secured { server.tls(tls) } else { server }
        });
        let port = server.address.port();
        let client = TcpClient::new(HOST, port);
        let client = if secured { client.tls(trusting) } else { client };
        run(async move |cx| {
            let client = cx.activate(client);
            let connected = inbox_for(cx, &client, "connected")?;
            join(cx, &client)?;
            let expected = if secured { Security::Tls } else { Security::Plain };
            let ours: Connection = cx.next(&connected).await?;
            assert_eq!((ours.security, ours.id.is_some()), (expected, true));
            let theirs = told.recv_timeout(LONG)?;
            assert_eq!((theirs.security, theirs.id.is_some()), (expected, true));
            assert_eq!((theirs.peer, theirs.local), (ours.local, ours.peer));
            cx.send("signal", ShutdownMicroprocess::new())?;
            Ok(())
        })
        .unwrap();
        server.drain().unwrap();
    }
}

#[test]
fn what_was_sent_and_the_end_wait_for_the_handshake() {
    let (_, tls, trusting) = settings();
    let (server, events) = witnessed(tls);
    run({
        let port = server.address.port();
        async move |cx| {
            let client = cx.activate(TcpClient::new(HOST, port).tls(trusting));
            join(cx, &client)?;
            for _ in 0..50 {
                cx.send("outbox", vec![1u8; 1000])?;
            }
            cx.send("signal", ProducerFinished::new())?;
            let how_died = end(cx).await;
            assert!(how_died.is_orderly(), "{how_died:?}");
            Ok(())
        }
    })
    .unwrap();
    let mut heard = 0;
    let how_died = loop {
        match events.recv_timeout(LONG).unwrap() {
            Event::Heard(bytes) => heard += bytes.len(),
            Event::Ended(how_died) => break how_died,
            Event::Ready(ready) => drop(ready.unwrap()),
        }
    };
    assert_eq!(heard, 50_000);
    assert!(how_died.is_orderly(), "{how_died:?}");
    server.drain().unwrap();
}

#[test]
fn a_client_without_the_certificate_that_is_required_ends_with_that_reason() {
    let (issuer, _, trusting) = settings();
    let members = Issuer::new("members");
    let tls = TlsServerOptions::new(issuer.server(HOST).certificate())
        .require_client_certificate(members.authorities())
        .build()
        .unwrap();
    let (server, events) = witnessed(tls);
    let (_, how_died) = talk(TcpClient::new(HOST, server.address.port()).tls(trusting), b"");
    assert_eq!(tls_error(how_died), SslError::CertificateRequired);
    assert_eq!(next_ready(&events), Err(SslError::CertificateRequired));
    let me = TlsClientOptions::new()
        .authorities(issuer.authorities())
        .certificate(members.client("me.test").certificate())
        .build()
        .unwrap();
    let (heard, how_died) = talk(TcpClient::new(HOST, server.address.port()).tls(me), b"me");
    assert_eq!(heard, b"me");
    assert!(how_died.is_orderly(), "{how_died:?}");
    assert_eq!(next_ready(&events).unwrap().peer_certificates.len(), 1);
    server.drain().unwrap();
}
