//! Rows of the checklist in `docs/decisions/tls.md` that need a peer who breaks the rules, or a program with an
//! environment of its own.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use axon::{Boxes, Component, Context, ProducerFinished};
use kamaelia_net::tls::{TlsClientOptions, TlsServerOptions};
use kamaelia_net::{
    CsaOptions, FastRestartServer, HowDied, SocketShutdown, SslError, SslReady, TcpClient, TlsClient,
    TlsServer,
};

use crate::certificates::Issuer;
use crate::folder::Folder;
use crate::net_harness::{LONG, here, ran_one_test, run, serve};
use crate::secured::{
    HOST, echo, end, hear, inbox_for, join, next_end, next_ready, peer, settings, talk, tls_error, witnessed,
    witnessed_with,
};

/// Reads one message, and asks for TLS when another one waits, which it does not read.
struct Hasty {
    tls: TlsServer,
    tell: Sender<(SslReady, HowDied)>,
}

impl Component for Hasty {
    fn boxes(&self) -> Boxes {
        Boxes::standard().inbox("sslready", "what was agreed on").outbox("makessl", "asks for TLS")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        assert_eq!(cx.next::<Vec<u8>>("inbox").await?, b"STARTTLS\r\n");
        cx.send("outbox", "220 go on\r\n")?;
        while cx.data_ready("inbox") == 0 {
            cx.pause().await;
        }
        cx.send("makessl", self.tls.clone())?;
        let answer = cx.next::<SslReady>("sslready").await?;
        let end = cx.next::<SocketShutdown>("control").await?;
        self.tell.send((answer, end.how_died))?;
        Ok(())
    }
}

#[test]
fn plain_text_that_a_handler_was_given_and_has_not_read_is_refused_when_it_asks_for_tls() {
    let (_, tls, _) = settings();
    let (tell, told) = channel();
    let server = serve(move || {
        FastRestartServer::new(move |_| Hasty { tls: tls.clone(), tell: tell.clone() }, here())
    });
    let mut client = server.connect();
    client.write_all(b"STARTTLS\r\n").unwrap();
    client.read_exact(&mut [0; 11]).unwrap();
    client.write_all(b"INJECTED\r\n").unwrap();
    let (answer, how_died) = told.recv_timeout(LONG).unwrap();
    assert_eq!((answer, tls_error(how_died)), (Err(SslError::PlainTextBefore), SslError::PlainTextBefore));
    server.drain().unwrap();
}

#[test]
fn plain_text_that_a_client_was_given_and_has_not_read_is_refused_when_it_asks_for_tls() {
    let (_, _, trusting) = settings();
    let (port, peer) = peer(|mut peer| {
        peer.write_all(b"220 go on\r\n").unwrap();
        peer.read_exact(&mut [0; 4]).unwrap();
        peer.write_all(b"INJECTED\r\n").unwrap();
        let mut rest = Vec::new();
        let _ = peer.read_to_end(&mut rest);
        assert_eq!(rest, b"", "no handshake begins");
    });
    run(async move |cx| {
        let client = cx.activate(TcpClient::new(HOST, port));
        let (ready, asks) = (inbox_for(cx, &client, "sslready")?, cx.add_outbox("makessl"));
        cx.link((cx.me(), &asks), (&client, "makessl"))?;
        join(cx, &client)?;
        assert_eq!(cx.next::<Vec<u8>>("inbox").await?, b"220 go on\r\n");
        cx.send("outbox", "more")?;
        while cx.data_ready("inbox") == 0 {
            cx.pause().await;
        }
        cx.send(&asks, trusting)?;
        assert_eq!(cx.next::<SslReady>(&ready).await?, Err(SslError::PlainTextBefore));
        assert_eq!(tls_error(end(cx).await), SslError::PlainTextBefore);
        Ok(())
    })
    .unwrap();
    peer.join().unwrap();
}

#[test]
fn messages_of_others_that_wait_are_no_plain_text_of_the_peer_before_it_has_sent_any() {
    let (_, tls, trusting) = settings();
    let server = echo(tls);
    let port = server.address.port();
    run(async move |cx| {
        let client = cx.activate(TcpClient::new(HOST, port));
        let connected = inbox_for(cx, &client, "connected")?;
        join(cx, &client)?;
        cx.deliver_to(cx.me(), "inbox", b"of another".to_vec())?;
        while cx.data_ready(&connected) == 0 {
            cx.pause().await;
        }
        cx.deliver_to(&client, "makessl", trusting)?;
        cx.send("outbox", "hello")?;
        assert_eq!(hear(cx, 15).await, b"of anotherhello");
        cx.send("signal", ProducerFinished::new())?;
        Ok(())
    })
    .unwrap();
    server.drain().unwrap();
}

/// What a client of ours is told on `sslready`, and how it ends, when its server does this.
fn client_meets(act: impl FnOnce(TcpStream) + Send + 'static) -> (SslReady, HowDied) {
    let issuer = Issuer::new("the issuer");
    let limit = Duration::from_millis(300);
    let trusting =
        TlsClientOptions::new().authorities(issuer.authorities()).handshake_timeout(limit).build().unwrap();
    let (port, peer) = peer(act);
    let (tell, told) = channel();
    run(async move |cx| {
        let client = cx.activate(TcpClient::new(HOST, port).tls(trusting));
        let ready = inbox_for(cx, &client, "sslready")?;
        join(cx, &client)?;
        let answer = cx.next::<SslReady>(&ready).await?;
        let how_died = end(cx).await;
        assert_eq!(cx.data_ready(&ready), 0, "it is answered once");
        tell.send((answer, how_died))?;
        Ok(())
    })
    .unwrap();
    peer.join().unwrap();
    told.recv().unwrap()
}

/// Reads the hello of a client.
fn hello(peer: &mut TcpStream) {
    let mut head = [0; 5];
    peer.read_exact(&mut head).unwrap();
    let mut body = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
    peer.read_exact(&mut body).unwrap();
}

fn reset(peer: TcpStream) {
    socket2::SockRef::from(&peer).set_linger(Some(Duration::ZERO)).unwrap();
}

#[test]
fn a_client_is_told_by_kind_what_its_server_did_in_place_of_the_handshake() {
    let (answer, how_died) = client_meets(|mut peer| hello(&mut peer));
    assert_eq!((answer, tls_error(how_died)), (Err(SslError::ClosedByPeer), SslError::ClosedByPeer));

    let (answer, how_died) = client_meets(|mut peer| {
        hello(&mut peer);
        reset(peer);
    });
    assert_eq!(answer, Err(SslError::ClosedByPeer));
    assert_eq!(how_died.io_error().map(std::io::Error::kind), Some(ErrorKind::ConnectionReset));

    // The first bytes of a record, and the end.
    let (answer, _) = client_meets(|mut peer| peer.write_all(&[0x16, 3, 3, 0, 100, 2]).unwrap());
    assert_eq!(answer, Err(SslError::ClosedByPeer));

    let (answer, how_died) = client_meets(|mut peer| {
        peer.write_all(b"220 mail.test ESMTP\r\n").unwrap();
        let _ = peer.read_to_end(&mut Vec::new());
    });
    assert_eq!((answer, tls_error(how_died)), (Err(SslError::PlainText), SslError::PlainText));

    let (answer, how_died) = client_meets(|mut peer| drop(peer.read_to_end(&mut Vec::new())));
    let late = SslError::TimedOut(Duration::from_millis(300));
    assert_eq!((answer, tls_error(how_died)), (Err(late.clone()), late));

    let (answer, how_died) = client_meets(|mut peer| {
        hello(&mut peer);
        peer.write_all(&[0x16, 3, 3, 0, 4, 2, 0, 0, 0]).unwrap();
        let mut rest = Vec::new();
        peer.read_to_end(&mut rest).unwrap();
        assert_eq!(rest[0], 0x15, "it is told by an alert: {rest:?}");
    });
    assert!(matches!(answer, Err(SslError::Protocol(_))), "{answer:?}");
    assert_eq!(Err(tls_error(how_died)), answer);
}

#[test]
fn a_server_is_told_by_kind_what_its_client_did_in_place_of_the_handshake() {
    let (_, tls, _) = settings();
    let (server, events) = witnessed(tls);
    drop(server.connect());
    assert_eq!(next_ready(&events), Err(SslError::ClosedByPeer));
    assert_eq!(tls_error(next_end(&events)), SslError::ClosedByPeer);
    let mut client = server.connect();
    client.write_all(&[0x16, 3, 1, 0, 200, 1]).unwrap();
    reset(client);
    assert_eq!(next_ready(&events), Err(SslError::ClosedByPeer));
    next_end(&events);
    // An alert is TLS, and a reason.
    let mut client = server.connect();
    client.write_all(&[0x15, 3, 1, 0, 2, 2, 40]).unwrap();
    let refused = SslError::RefusedByPeer("handshake failure".to_owned());
    assert_eq!(next_ready(&events), Err(refused.clone()));
    drop(client);
    assert_eq!(tls_error(next_end(&events)), refused);
    server.drain().unwrap();
}

#[test]
fn after_a_failed_handshake_the_alert_arrives_and_a_client_that_stays_is_given_up() {
    let (_, tls, _) = settings();
    let mut options = CsaOptions::new();
    options.linger = Duration::from_millis(200);
    let (server, events) = witnessed_with(tls, options);
    let mut client = server.connect();
    client.write_all(&[0x16, 3, 1, 0, 4, 1, 0, 0, 0]).unwrap();
    // More comes all the time, and would reset the connection if it were closed at once.
    client.write_all(&[0; 10_000]).unwrap();
    let mut heard = Vec::new();
    client.read_to_end(&mut heard).unwrap();
    assert_eq!((heard.len(), heard[0]), (7, 0x15), "{heard:?}");
    let error = next_ready(&events).unwrap_err();
    let begun = Instant::now();
    assert_eq!(tls_error(next_end(&events)), error);
    assert!(begun.elapsed() < Duration::from_secs(5));
    drop(client);
    server.drain().unwrap();
}

#[test]
fn a_request_after_the_end_of_either_side_is_answered_with_that_end() {
    for ours in [true, false] {
        let (_, _, trusting) = settings();
        let (done, is_done) = channel::<()>();
        let (port, peer) = peer(move |mut peer| {
            if !ours {
                peer.shutdown(std::net::Shutdown::Write).unwrap();
            }
            let mut heard = Vec::new();
            peer.read_to_end(&mut heard).unwrap();
            let _ = is_done.recv();
            assert_eq!(heard, b"");
        });
        run(async move |cx| {
            let client = cx.activate(TcpClient::new(HOST, port).half_open().wait_for_serverclose());
            let ready = inbox_for(cx, &client, "sslready")?;
            let connected = inbox_for(cx, &client, "connected")?;
            join(cx, &client)?;
            if ours {
                while cx.data_ready(&connected) == 0 {
                    cx.pause().await;
                }
                cx.send("signal", ProducerFinished::new())?;
                // Let the connection read that first.
                for _ in 0..10 {
                    cx.yield_now().await;
                }
            } else {
                while cx.data_ready("control") == 0 {
                    cx.pause().await;
                }
            }
            cx.deliver_to(&client, "makessl", trusting)?;
            let answer = cx.next::<SslReady>(&ready).await?;
            assert_eq!(answer, Err(if ours { SslError::ClosedHere } else { SslError::ClosedByPeer }));
            cx.send("signal", ProducerFinished::new())?;
            done.send(())?;
            Ok(())
        })
        .unwrap();
        peer.join().unwrap();
    }
}

/// What stands for "yes" in the environment of the test below.
const YES: &str = "yes";

/// The files of a server's certificate and key, and the settings of both sides, by the environment.
#[test]
#[ignore = "run by other tests, each time as a program with an environment of its own"]
fn a_conversation_by_the_environment() {
    let Ok(files) = std::env::var("TEST_CERTIFICATE") else { return };
    let (certificate, key) = files.split_once(':').unwrap();
    let is = |variable: &str| std::env::var(variable).is_ok_and(|value| value == YES);
    let certificate = kamaelia_net::tls::Certificate::from_files(certificate, key).unwrap();
    let server = TlsServerOptions::new(certificate);
    let server = if is("TEST_SERVER_LOGS") { server.key_log_by_environment() } else { server };
    let client = TlsClientOptions::new();
    let client = if is("TEST_CLIENT_LOGS") { client.key_log_by_environment() } else { client };
    let server = echo(server.build().unwrap());
    let port = server.address.port();
    if !is("TEST_BY_MESSAGE") {
        let (heard, how_died) = talk(TcpClient::new(HOST, port).tls(client.build().unwrap()), b"hello");
        println!("heard {} and {how_died}", String::from_utf8(heard).unwrap());
        return;
    }
    run(async move |cx| {
        let client = cx.activate(TcpClient::new(HOST, port));
        let ready = inbox_for(cx, &client, "sslready")?;
        join(cx, &client)?;
        // Not settings of TLS: the usual ones are meant.
        cx.deliver_to(&client, "makessl", "please")?;
        match cx.next::<SslReady>(&ready).await? {
            Ok(session) => println!("secured by {}", session.version),
            Err(error) => println!("not secured: {error}"),
        }
        cx.send("signal", ProducerFinished::new())?;
        Ok(())
    })
    .unwrap();
}

/// What that test prints as a program of its own, with these variables.
fn conversation(folder: &Folder, issuer: &Issuer, variables: &[(&str, &str)]) -> String {
    let [certificate, key] = issuer.server(HOST).files(folder, "server");
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "tls_checklist::a_conversation_by_the_environment", "--ignored", "--nocapture"]);
    command.env("TEST_CERTIFICATE", format!("{certificate}:{key}"));
    command.env_remove("SSL_CERT_DIR").env_remove("SSLKEYLOGFILE");
    let output = command.envs(variables.iter().copied()).output().unwrap();
    assert!(ran_one_test(&output), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn any_other_message_to_makessl_asks_for_the_usual_settings_by_which_this_system_trusts() {
    let (folder, issuer) = (Folder::new(), Issuer::new("the issuer"));
    let trusted = folder.file("ca.pem", issuer.pem());
    let said = conversation(&folder, &issuer, &[("SSL_CERT_FILE", &trusted), ("TEST_BY_MESSAGE", YES)]);
    assert!(said.contains("secured by TLS 1.3"), "{said}");
    let stranger = folder.file("stranger.pem", Issuer::new("a stranger").pem());
    let said = conversation(&folder, &issuer, &[("SSL_CERT_FILE", &stranger), ("TEST_BY_MESSAGE", YES)]);
    assert!(said.contains("not secured: the peer's certificate has no issuer that is trusted"), "{said}");
}

#[test]
fn keys_are_logged_only_by_the_side_that_was_told_to_and_only_where_the_environment_says() {
    let (folder, issuer) = (Folder::new(), Issuer::new("the issuer"));
    let trusted = folder.file("ca.pem", issuer.pem());
    let log = folder.path().join("keys");
    let log = log.to_str().unwrap();
    for (who, lines) in [("TEST_NOBODY_LOGS", 0), ("TEST_CLIENT_LOGS", 4), ("TEST_SERVER_LOGS", 4)] {
        let variables = [("SSL_CERT_FILE", &*trusted), ("SSLKEYLOGFILE", log), (who, YES)];
        let said = conversation(&folder, &issuer, &variables);
        assert!(said.contains("heard hello"), "{said}");
        let logged = std::fs::read_to_string(log).unwrap_or_default();
        let secrets = logged.lines().filter(|line| line.contains("_SECRET"));
        assert!(secrets.count() >= lines && (lines > 0 || logged.is_empty()), "{who}: {logged}");
        let _ = std::fs::remove_file(log);
    }
    let variables = [("SSL_CERT_FILE", &*trusted), ("TEST_CLIENT_LOGS", YES)];
    assert!(conversation(&folder, &issuer, &variables).contains("heard hello"));
    assert!(!std::path::Path::new(log).exists());
}

/// Settings of a client that trusts this issuer.
fn trusting(issuer: &Issuer) -> TlsClient {
    TlsClientOptions::new().authorities(issuer.authorities()).build().unwrap()
}

#[test]
fn the_notice_of_the_end_arrives_and_a_peer_that_does_not_close_is_given_up_after_the_deadline() {
    let (folder, issuer) = (Folder::new(), Issuer::new("the issuer"));
    let [certificate, key] = issuer.server(HOST).files(&folder, "server");
    let program = r#"
import socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
raw, _ = listener.accept()
secured = context.wrap_socket(raw, server_side=True, suppress_ragged_eofs=False)
assert secured.recv(100) == b"the last"
# Without the notice this would be an error.
assert secured.recv(100) == b""
print("ended by the notice", flush=True)
# It stays, and says nothing, until it is told.
sys.stdin.readline()
"#;
    let mut python = Command::new("python3");
    python.args(["-c", program, &certificate, &key]);
    python.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut python = python.spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(python.stdout.take().unwrap()));
    let port = lines.next().unwrap().unwrap().parse().unwrap();
    let mut options = CsaOptions::new();
    options.linger = Duration::from_millis(300);
    let begun = Instant::now();
    run(async move |cx| {
        let client = TcpClient::new(HOST, port).tls(trusting(&issuer)).options(options);
        let client = cx.activate(client);
        join(cx, &client)?;
        cx.send("outbox", "the last")?;
        cx.send("signal", ProducerFinished::new())?;
        let how_died = end(cx).await;
        assert!(matches!(how_died, HowDied::LingerOver(_)), "{how_died:?}");
        Ok(())
    })
    .unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(300));
    assert_eq!(lines.next().unwrap().unwrap(), "ended by the notice");
    python.stdin.take().unwrap().write_all(b"go\n").unwrap();
    assert!(python.wait().unwrap().success());
}
