//! Clients, and servers of every kind: good ones, slow ones, those that cut and those that say too much.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use axon::prelude::*;
use kamaelia_net::http::{
    HttpAnswer, HttpError, HttpFailed, HttpLimits, HttpServer, Phase, Request, RequestHead, Response,
    ResponseHead, SimpleHttpClient, SingleShotHttpClient, Uri,
};

use crate::net_harness::{LONG, here, play, run, serve};

/// A server that reads heads and answers each connection with a script, whole answers one after another; what it
/// has read is kept. An empty answer closes without a word.
struct Scripted {
    address: SocketAddr,
    read: Arc<Mutex<Vec<String>>>,
    thread: JoinHandle<()>,
}

fn scripted(connections: Vec<Vec<&'static str>>) -> Scripted {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let read = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&read);
    let thread = std::thread::spawn(move || {
        for answers in connections {
            let (mut stream, _) = listener.accept().unwrap();
            stream.set_read_timeout(Some(LONG)).unwrap();
            for answer in answers {
                let Some(head) = read_head(&mut stream) else { break };
                kept.lock().unwrap().push(head);
                stream.write_all(answer.replace("ADDRESS", &address.to_string()).as_bytes()).unwrap();
            }
        }
    });
    Scripted { address, read, thread }
}

fn read_head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    Some(String::from_utf8(head).unwrap())
}

impl Scripted {
    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn requests(self) -> Vec<String> {
        self.thread.join().unwrap();
        std::mem::take(&mut self.read.lock().unwrap())
    }
}

/// What a client answers to these requests.
fn ask_with<P: axon::Payload>(client: SimpleHttpClient, requests: Vec<P>) -> Vec<HttpAnswer> {
    let answers = Received::<HttpAnswer>::new();
    axon::run(pipeline![DataSource::new(requests), client, DataSink::new(&answers)]).unwrap();
    answers.take()
}

fn ask(urls: Vec<String>) -> Vec<HttpAnswer> {
    ask_with(SimpleHttpClient::new(), urls)
}

fn error_of(answer: &'static str) -> HttpError {
    let server = scripted(vec![vec![answer]]);
    ask(vec![server.url("/")]).remove(0).expect_err("it fails")
}

fn texts(answers: Vec<HttpAnswer>) -> Vec<String> {
    answers.into_iter().map(|answer| String::from_utf8(answer.unwrap().into_body()).unwrap()).collect()
}

#[test]
fn requests_to_one_server_use_one_connection() {
    let server = scripted(vec![vec![
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none",
        "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.0 200 OK\r\n\r\nup to the end",
    ]]);
    let urls = (0..4).map(|n| server.url(&format!("/{n}?q"))).collect();
    let answers = ask(urls);
    assert_eq!(answers[1].as_ref().unwrap().status(), 404);
    assert_eq!(texts(answers), ["one", "two", "", "up to the end"]);
    let (host, requests) = (server.address.to_string(), server.requests());
    assert!(requests[2].starts_with("GET /2?q HTTP/1.1\r\n"), "{requests:?}");
    assert!(requests[2].to_lowercase().contains(&format!("host: {host}\r\n")), "{requests:?}");
}

#[test]
fn a_body_is_sent_and_interim_answers_are_skipped() {
    let server = serve(|| {
        HttpServer::new(
            |head: &RequestHead| {
                let method = head.method().clone();
                play(async move |cx: &Context| {
                    cx.send("outbox", Response::builder().status(103).body(())?)?;
                    let mut body = format!("{method} ").into_bytes();
                    while let Some(chunk) = cx.next_or_end::<Vec<u8>>("inbox").await? {
                        body.extend(chunk);
                    }
                    Ok(cx.send("outbox", Response::new(body))?)
                })
            },
            here(),
        )
    });
    let url = format!("http://{}/", server.address);
    let body = vec![b'x'; 1_000_000];
    let requests =
        vec![Request::put(&url).body(body.clone()).unwrap(), Request::post(&url).body(Vec::new()).unwrap()];
    let answers = ask_with(SimpleHttpClient::new(), requests);
    assert_eq!(answers[0].as_ref().unwrap().body(), &[b"PUT ", &body[..]].concat());
    assert_eq!(answers[1].as_ref().unwrap().body(), b"POST ");
    server.drain().unwrap();
}

#[test]
fn redirections_are_followed_up_to_a_limit_and_who_asks_stays_with_its_origin() {
    let other = scripted(vec![vec!["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nthere"]]);
    let away = format!("HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", other.url("/new"));
    let first = scripted(vec![vec![
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: next\r\nContent-Length: 4\r\n\r\nskip",
        String::leak(away),
    ]]);
    let request = Request::get(first.url("/a/b")).header("Authorization", "me").body(()).unwrap();
    let mut answers = ask_with(SimpleHttpClient::new(), vec![request]);
    let answer = answers.remove(0).unwrap();
    assert_eq!(answer.body(), b"there");
    assert_eq!(answer.extensions().get::<Uri>().unwrap(), other.url("/new").as_str());
    let (first, other) = (first.requests(), other.requests());
    assert!(first[1].starts_with("GET /a/next "), "{first:?}");
    assert!(first[1].contains("authorization: me"), "{first:?}");
    assert!(other[0].starts_with("GET /new ") && !other[0].contains("authorization"), "{other:?}");

    let again = "HTTP/1.1 302 Found\r\nLocation: http://ADDRESS/\r\nContent-Length: 0\r\n\r\n";
    let circle = scripted(vec![vec![again; 4]]);
    let answers = ask_with(SimpleHttpClient::new().redirects(3), vec![circle.url("/")]);
    let error = answers[0].as_ref().unwrap_err();
    assert_eq!(error.phase, Phase::Redirect);
    assert!(error.to_string().ends_with("more than 3 redirections"), "{error}");
    assert_eq!(circle.requests().len(), 4);
}

#[test]
fn a_body_that_was_cut_is_an_error_that_says_how_much_is_missing() {
    let error = error_of("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    assert_eq!(error.phase, Phase::Body);
    assert!(error.to_string().contains("6 of 10 bytes are missing"), "{error}");
    let error = error_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
    assert!(error.to_string().contains("after 4 bytes the last chunk is missing"), "{error}");
}

#[test]
fn each_failure_says_how_far_the_request_came() {
    for (answer, phase, why) in [
        ("", Phase::Answer, "the peer closed the connection"),
        ("HTTP/1.1 200", Phase::Answer, "the head was cut"),
        ("SMTP ready\r\n\r\n", Phase::Answer, "no version of HTTP"),
        ("HTTP/2.0 200 OK\r\n\r\n", Phase::Answer, "only HTTP/1.0 and HTTP/1.1"),
        ("HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n", Phase::Answer, "an LF without CR"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", Phase::Answer, "more than one"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", Phase::Body, "chunk's size"),
    ] {
        let error = error_of(answer);
        assert_eq!(error.phase, phase, "{answer}: {error}");
        assert!(error.why.contains(why), "{answer}: {error}");
    }
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let answers = ask(vec![
        format!("http://{nobody}/"),
        "nonsense".into(),
        "ftp://localhost/".into(),
        "http://me@localhost/".into(),
    ]);
    let phases: Vec<Phase> = answers.iter().map(|answer| answer.as_ref().unwrap_err().phase).collect();
    assert_eq!(phases, [Phase::Connect, Phase::Request, Phase::Request, Phase::Request]);
    assert!(answers[0].as_ref().unwrap_err().why.contains("refused"));
}

#[test]
fn a_server_that_is_too_slow_or_sends_too_much_is_an_error() {
    let mut limits = HttpLimits::new();
    limits.answer_timeout = Duration::from_millis(100);
    limits.body_patience = Duration::from_millis(100);
    limits.whole_body = 10;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let client = SimpleHttpClient::new().limits(limits.clone());
    let error = ask_with(client, vec![url]).remove(0).unwrap_err();
    assert_eq!((error.phase, error.why.as_str()), (Phase::Answer, "it did not come in time"));
    let long = scripted(vec![vec!["HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n0123456789a"]]);
    let client = SimpleHttpClient::new().limits(limits.clone());
    let error = ask_with(client, vec![long.url("/")]).remove(0).unwrap_err();
    assert!(error.why.contains("more than 10 bytes"), "{error}");
    // The server keeps the connection open without sending the rest.
    let slow = scripted(vec![vec!["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", "never asked for"]]);
    let error = ask_with(SimpleHttpClient::new().limits(limits), vec![slow.url("/")]).remove(0).unwrap_err();
    assert_eq!((error.phase, error.why.as_str()), (Phase::Body, "it did not come in time"));
}

#[test]
fn a_kept_connection_that_the_server_has_closed_or_spoilt_is_not_used() {
    let good = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let closes = scripted(vec![vec![good], vec![good]]);
    assert_eq!(texts(ask(vec![closes.url("/1"), closes.url("/2")])), ["ok", "ok"]);
    // The second answer was not asked for: it must not answer the second request.
    let twice =
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
    let spoils = scripted(vec![vec![twice, good], vec![good]]);
    assert_eq!(texts(ask(vec![spoils.url("/1"), spoils.url("/2")])), ["ok", "ok"]);
}

/// What a client of one request sends, and its last word.
fn single(client: SingleShotHttpClient) -> (Option<ResponseHead>, Vec<u8>, Option<HttpError>) {
    let outcome = Arc::new(Mutex::new((None, Vec::new(), None)));
    let kept = Arc::clone(&outcome);
    run(async move |cx| {
        let client = cx.add_child(client);
        cx.link((&client, "outbox"), (cx.me(), "inbox"))?;
        cx.link((&client, "signal"), (cx.me(), "control"))?;
        cx.link((cx.me(), "outbox"), (&client, "inbox"))?;
        cx.activate(&client);
        for piece in ["one ", "two ", "three"] {
            cx.send("outbox", piece)?;
        }
        cx.deliver_to(&client, "control", ProducerFinished::new())?;
        loop {
            while let Some(message) = cx.recv("inbox") {
                match message.into_value::<ResponseHead>() {
                    Ok(head) => kept.lock().unwrap().0 = Some(head),
                    Err(message) => {
                        let chunk = message.into_value::<Vec<u8>>().map_err(|_| "bytes")?;
                        kept.lock().unwrap().1.extend(chunk);
                    }
                }
            }
            if let Some(end) = cx.recv("control") {
                kept.lock().unwrap().2 = end.view(|failed: &HttpFailed| failed.error.clone());
                return Ok(());
            }
            cx.pause().await;
        }
    })
    .unwrap();
    std::mem::take(&mut outcome.lock().unwrap())
}

#[test]
fn one_request_streams_both_bodies() {
    let server = serve(|| HttpServer::new(|_: &RequestHead| axon::util::EchoProtocol::new(), here()));
    let request = Request::post(format!("http://{}/", server.address)).body(()).unwrap();
    let (head, body, error) = single(SingleShotHttpClient::new(request).body_from_inbox());
    assert_eq!(head.unwrap().status(), 200);
    assert_eq!((body.as_slice(), error), (&b"one two three"[..], None));
    server.drain().unwrap();
}

#[test]
fn of_a_body_that_is_too_long_the_beginning_comes_before_the_error() {
    let server = scripted(vec![vec![
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nabcdefgh\r\n0\r\n\r\n",
    ]]);
    let mut limits = HttpLimits::new();
    limits.body = Some(5);
    let request = Request::get(server.url("/")).body(()).unwrap();
    let (_, body, error) = single(SingleShotHttpClient::new(request).limits(limits));
    assert_eq!(String::from_utf8(body).unwrap(), "abcde");
    assert_eq!(error.unwrap().why, "the body has more than 5 bytes");
}

#[test]
fn the_body_of_a_request_goes_on_while_its_answer_comes() {
    let server = serve(|| HttpServer::new(|_: &RequestHead| axon::util::EchoProtocol::new(), here()));
    let request = Request::post(format!("http://{}/", server.address)).body(()).unwrap();
    run(async move |cx| {
        let client = cx.add_child(SingleShotHttpClient::new(request).body_from_inbox());
        cx.link((&client, "outbox"), (cx.me(), "inbox"))?;
        cx.link((cx.me(), "outbox"), (&client, "inbox"))?;
        cx.activate(&client);
        cx.send("outbox", "first")?;
        assert_eq!(cx.next::<ResponseHead>("inbox").await?.status(), 200);
        assert_eq!(cx.next::<Vec<u8>>("inbox").await?, b"first");
        cx.send("outbox", "second")?;
        assert_eq!(cx.next::<Vec<u8>>("inbox").await?, b"second");
        cx.deliver_to(&client, "control", ProducerFinished::new())?;
        while !client.is_stopped() {
            cx.pause().await;
        }
        Ok(())
    })
    .unwrap();
    server.drain().unwrap();
}

#[test]
fn the_time_for_the_answer_begins_when_the_server_has_taken_the_body() {
    const SIZE: usize = 24_000_000;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        read_head(&mut stream).unwrap();
        let begun = Instant::now();
        let (mut left, mut piece) = (SIZE, vec![0; 100_000]);
        while left > 0 {
            let length = left.min(piece.len());
            stream.read_exact(&mut piece[..length]).unwrap();
            left -= length;
            std::thread::sleep(Duration::from_millis(15));
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").unwrap();
        begun.elapsed()
    });
    let mut limits = HttpLimits::new();
    limits.answer_timeout = Duration::from_secs(2);
    let request = Request::post(url).body(vec![b'x'; SIZE]).unwrap();
    let answer = ask_with(SimpleHttpClient::new().limits(limits.clone()), vec![request]).remove(0).unwrap();
    assert_eq!(answer.into_body(), b"ok");
    assert!(server.join().unwrap() > limits.answer_timeout);
}

#[test]
fn an_answer_before_the_end_of_the_requests_body_is_taken() {
    let server = scripted(vec![vec!["HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno"]]);
    let request = Request::post(server.url("/")).header("content-length", 1_000_000).body(()).unwrap();
    let outcome = Arc::new(Mutex::new(None));
    let kept = Arc::clone(&outcome);
    run(async move |cx| {
        let client = cx.add_child(SingleShotHttpClient::new(request).body_from_inbox());
        cx.link((&client, "outbox"), (cx.me(), "inbox"))?;
        cx.link((cx.me(), "outbox"), (&client, "inbox"))?;
        cx.activate(&client);
        cx.send("outbox", "a little")?;
        *kept.lock().unwrap() = Some(cx.next::<ResponseHead>("inbox").await?.status());
        assert_eq!(cx.next::<Vec<u8>>("inbox").await?, b"no");
        while !client.is_stopped() {
            cx.pause().await;
        }
        Ok(())
    })
    .unwrap();
    assert_eq!(outcome.lock().unwrap().unwrap(), 413);
}

#[test]
fn an_upgraded_request_is_the_connection() {
    let server = scripted(vec![vec![
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\nearly",
    ]]);
    let request =
        Request::get(server.url("/").replace("http:", "ws:")).header("Upgrade", "echo").body(()).unwrap();
    let (head, body, error) = single(SingleShotHttpClient::new(request));
    assert_eq!(head.unwrap().status(), 101);
    assert_eq!((body.as_slice(), error), (&b"early"[..], None));
    assert!(server.requests()[0].contains("\r\nconnection: upgrade\r\n"));
}

#[test]
fn what_is_no_request_is_answered_with_an_error_and_the_next_is_made() {
    let server = serve(|| HttpServer::responding(|_| Response::new("ok"), here()));
    let wrong: Message = Message::new(7u8);
    let right = Message::new(format!("http://{}/", server.address));
    let answers = ask_with(SimpleHttpClient::new(), vec![wrong, right]);
    assert_eq!(answers[0].as_ref().unwrap_err().phase, Phase::Request);
    assert_eq!(answers[1].as_ref().unwrap().body(), b"ok");
    let lies = Request::post(format!("http://{}/", server.address)).header("content-length", 3);
    let error =
        ask_with(SimpleHttpClient::new(), vec![lies.body(b"four".to_vec()).unwrap()]).remove(0).unwrap_err();
    assert_eq!(error.phase, Phase::Request);
    server.drain().unwrap();
}
