//! Servers whose requests are answered by a function.

use std::io::{Read, Write};
use std::sync::mpsc;

use kamaelia_net::http::{HttpLimits, HttpServer, Request, Response};

use crate::http::raw::{all, answer, field, head, statuses, talk};
use crate::net_harness::{Running, here, serve};

const LAST: &str = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// Answers with the body of the request.
fn echo(limits: HttpLimits) -> Running {
    let respond = |request: Request<Vec<u8>>| Response::new(request.into_body());
    serve(move || HttpServer::responding(respond, here()).limits(limits))
}

#[test]
fn a_function_that_panics_or_returns_what_cannot_be_sent_is_a_500_which_is_counted_and_others_are_served() {
    let (sender, receiver) = mpsc::channel();
    let server = serve(move || {
        let respond = |request: Request<Vec<u8>>| match request.uri().path() {
            "/panics" => panic!("out of order"),
            "/length" => Response::builder().header("Content-Length", "3").body("four").unwrap(),
            "/coding" => Response::builder().header("Transfer-Encoding", "chunked").body("four").unwrap(),
            _ => Response::new("good"),
        };
        let server = HttpServer::responding(respond, here());
        sender.send(server.failures()).unwrap();
        server
    });
    let failures = receiver.recv().unwrap();
    let mut good = server.connect();
    for (count, path) in (1..).zip(["/panics", "/length", "/coding", "/panics"]) {
        let answers = talk(&server, format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n{LAST}"));
        assert_eq!(statuses(&answers), [500], "{path}: the connection is closed");
        assert!(!answers.contains("out of order"), "{answers}");
        assert_eq!(failures.count(), count, "{path}");
        good.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        assert_eq!(answer(&mut good).1, "good");
    }
    drop(good);
    server.drain().unwrap();
}

#[test]
fn a_function_gets_the_whole_body_however_it_comes() {
    let server = echo(HttpLimits::new());
    let mut stream = server.connect();
    stream
        .write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        .unwrap();
    assert_eq!(head(&mut stream), "HTTP/1.1 100 Continue\r\n\r\n");
    for part in ["he", "l", "lo"] {
        stream.write_all(part.as_bytes()).unwrap();
    }
    assert_eq!(answer(&mut stream).1, "hello");
    let chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
                   3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: x\r\n\r\n";
    stream.write_all(chunked.as_bytes()).unwrap();
    assert_eq!(answer(&mut stream).1, "abcde");
    let long = "x".repeat(300_000);
    stream
        .write_all(format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n{long}").as_bytes())
        .unwrap();
    assert_eq!(answer(&mut stream).1, long);
}

#[test]
fn a_body_that_is_too_large_to_be_held_is_413_before_any_of_it_is_asked_for() {
    let mut limits = HttpLimits::new();
    limits.whole_body = 10;
    let server = echo(limits);
    let expects = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n";
    let refused = talk(&server, expects);
    assert_eq!(statuses(&refused), [413], "and no 100");
    assert_eq!(field(&refused, "connection"), Some("close"));
    let fits = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789";
    let longer = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n0123456789a";
    let chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
                   6\r\n012345\r\n5\r\n6789a\r\n0\r\n\r\n";
    // What is short is read over, and the connection kept.
    let answers = talk(&server, format!("{longer}{fits}{chunked}{LAST}"));
    assert_eq!(statuses(&answers), [413, 200, 413, 200], "{answers}");
}

#[test]
fn who_sends_many_requests_at_once_lets_others_have_answers_between_them() {
    const MANY: usize = 500;
    let (arrived, may_go_on) = mpsc::channel();
    let (tell, order) = mpsc::channel();
    let server = serve(move || {
        let respond = move |request: Request<Vec<u8>>| {
            let path = request.uri().path();
            if path == "/first" {
                // The rest has arrived in the system when the first is answered.
                may_go_on.recv().unwrap();
            }
            tell.send(path.to_owned()).unwrap();
            Response::new("")
        };
        HttpServer::responding(respond, here())
    });
    let (mut greedy, mut other) = (server.connect(), server.connect());
    let many: String = (0..MANY).map(|_| "GET /many HTTP/1.1\r\nHost: a\r\n\r\n").collect();
    greedy.write_all(format!("GET /first HTTP/1.1\r\nHost: a\r\n\r\n{many}").as_bytes()).unwrap();
    other.write_all(b"GET /other HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    arrived.send(()).unwrap();
    answer(&mut other);
    for _ in 0..=MANY {
        answer(&mut greedy);
    }
    let order: Vec<String> = order.try_iter().collect();
    let place = order.iter().position(|path| path == "/other").unwrap();
    assert!(place < MANY / 2, "{place} of {} were answered before it", order.len());
}

#[test]
fn a_function_that_agrees_to_another_protocol_ends_the_connection_since_it_cannot_speak_it() {
    let server = serve(|| {
        let respond = |request: Request<Vec<u8>>| match request.uri().path() {
            "/shout" => Response::builder().status(101).header("Upgrade", "shout").body("").unwrap(),
            _ => Response::new(""),
        };
        HttpServer::responding(respond, here())
    });
    assert_eq!(statuses(&talk(&server, format!("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n{LAST}"))), [200]);
    let ask = "GET /shout HTTP/1.1\r\nHost: a\r\nUpgrade: shout\r\nConnection: Upgrade\r\n\r\n";
    assert_eq!(statuses(&talk(&server, format!("{ask}{LAST}"))), [101]);
}

#[test]
fn a_request_whose_client_goes_before_its_body_has_come_is_not_answered() {
    let (tell, told) = mpsc::channel();
    let server = serve(move || {
        let respond = move |request: Request<Vec<u8>>| {
            tell.send(request.uri().path().to_owned()).unwrap();
            Response::new("")
        };
        HttpServer::responding(respond, here())
    });
    let mut gone = server.connect();
    gone.write_all(b"POST /cut HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf").unwrap();
    gone.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(statuses(&all(&mut gone)), [400]);
    let mut stream = server.connect();
    stream.write_all(LAST.as_bytes()).unwrap();
    stream.read_to_end(&mut Vec::new()).unwrap();
    assert_eq!(told.try_iter().collect::<Vec<_>>(), ["/"]);
    server.drain().unwrap();
}
