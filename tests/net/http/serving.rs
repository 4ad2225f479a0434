//! What a server does with good requests, and with handlers of every kind.

use std::io::{Read, Write};
use std::time::Duration;

use axon::util::{EchoProtocol, OneShot};
use axon::{Boxes, Component, Context};
use kamaelia_net::http::{
    Draining, HttpLimits, HttpServer, Method, Request, RequestCut, RequestHead, Response, Routed, Routes,
    StatusCode,
};

use crate::http::raw::{all, answer, field, head, statuses, talk, talk_and_finish};
use crate::net_harness::{Running, here, play, serve};

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const LAST: &str = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

fn hello() -> Running {
    serve(|| HttpServer::responding(|_| Response::new("hello"), here()))
}

fn echo() -> Running {
    serve(|| HttpServer::new(|_: &RequestHead| EchoProtocol::new(), here()))
}

/// A server with one handler.
fn with<F>(script: F) -> Running
where
    F: AsyncFn(&Context, RequestHead) -> axon::Result + Copy + Send + 'static,
{
    serve(move || {
        let make = move |head: &RequestHead| {
            let head = head.clone();
            play(async move |cx: &Context| script(cx, head).await)
        };
        HttpServer::new(make, here())
    })
}

#[test]
fn a_function_answers_and_the_connection_is_kept() {
    let server = hello();
    let mut stream = server.connect();
    for _ in 0..3 {
        stream.write_all(GET.as_bytes()).unwrap();
        let (head, body) = answer(&mut stream);
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert!(field(&head, "date").is_some_and(|date| date.ends_with(" GMT")), "{head}");
        assert_eq!(field(&head, "connection"), None);
        assert_eq!(body, "hello");
    }
    drop(stream);
    server.drain().unwrap();
}

#[test]
fn requests_that_come_before_the_last_was_answered_are_answered_in_order() {
    let server = serve(|| {
        HttpServer::responding(|request: Request<Vec<u8>>| Response::new(request.uri().to_string()), here())
    });
    let many: String = (0..50).map(|n| format!("GET /{n} HTTP/1.1\r\nHost: a\r\n\r\n")).collect();
    let answers = talk(&server, many + LAST);
    let expected: Vec<String> = (0..50).map(|n| format!("/{n}")).chain(["/".to_owned()]).collect();
    let bodies: Vec<&str> =
        answers.split("HTTP/1.1 200 OK").skip(1).map(|a| a.split("\r\n\r\n").nth(1).unwrap()).collect();
    assert_eq!(bodies, expected);
}

#[test]
fn a_component_that_knows_nothing_of_http_echoes_the_body() {
    let server = echo();
    let mut stream = server.connect();
    stream.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello").unwrap();
    let head = head(&mut stream);
    assert_eq!(field(&head, "transfer-encoding"), Some("chunked"));
    let mut body = [0; 15];
    stream.read_exact(&mut body).unwrap();
    assert_eq!(&body, b"5\r\nhello\r\n0\r\n\r\n");
    let chunked = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n\
                   3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: x\r\n\r\n";
    stream.write_all(chunked.as_bytes()).unwrap();
    let answer = all(&mut stream);
    assert!(answer.contains("abc") && answer.ends_with("\r\n0\r\n\r\n"), "{answer}");
}

#[test]
fn http_1_0_gets_a_body_up_to_the_end_of_the_connection_and_is_kept_if_it_asks() {
    let server = echo();
    let answer = talk(&server, "POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi");
    assert!(answer.ends_with("connection: close\r\n\r\nhi"), "{answer}");
    let server = hello();
    let mut stream = server.connect();
    stream.write_all(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").unwrap();
    let (head, _) = crate::http::raw::answer(&mut stream);
    assert_eq!(field(&head, "connection"), Some("keep-alive"));
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    assert!(all(&mut stream).contains("connection: close"));
}

#[test]
fn an_answer_to_head_and_a_204_and_a_304_have_no_body_whatever_the_handler_sends() {
    let server = with(async |cx, head: RequestHead| {
        let status = head.uri().path()[1..].parse::<u16>()?;
        let response = Response::builder().status(status).body("not to be sent")?;
        Ok(cx.send("outbox", response)?)
    });
    for request in ["HEAD /200", "GET /204", "GET /304"] {
        let answers =
            talk(&server, format!("{request} HTTP/1.1\r\nHost: a\r\n\r\n{}", LAST.replace("/ ", "/202 ")));
        assert_eq!(answers.matches("not to be sent").count(), 1, "{request}: {answers}");
        assert_eq!(statuses(&answers), [request[request.len() - 3..].parse::<u16>().unwrap(), 202]);
    }
    let head = talk(&server, "HEAD /200 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert_eq!(field(&head, "content-length"), Some("14"));
}

#[test]
fn routes_choose_by_path_and_method() {
    let server = serve(|| {
        let routes = Routes::new()
            .on_methods([Method::POST], "/echo", |_| EchoProtocol::new())
            .on_methods([Method::GET], "/echo", |_| OneShot::new("post it"))
            .on("/files", |head: &RequestHead| {
                OneShot::new(head.extensions().get::<Routed>().unwrap().suffix.clone())
            });
        HttpServer::routing(routes, here())
    });
    let ask = |line: &str| talk(&server, format!("{line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    assert!(ask("GET /echo").contains("post it"));
    assert!(ask("GET /files/a/b").contains("/a/b"));
    assert!(ask("GET /nothing").starts_with("HTTP/1.1 404 "));
    let refused = ask("DELETE /echo");
    assert!(refused.starts_with("HTTP/1.1 405 "), "{refused}");
    assert_eq!(field(&refused, "allow"), Some("GET, HEAD, POST"));
    assert!(ask("OPTIONS *").starts_with("HTTP/1.1 204 "));
}

#[test]
fn a_handler_that_fails_or_panics_or_sends_what_is_no_answer_is_a_500_and_others_are_served() {
    let server = with(async |cx, head: RequestHead| match head.uri().path() {
        "/fails" => Err("out of order".into()),
        "/panics" => panic!("out of order"),
        "/number" => Ok(cx.send("outbox", 7)?),
        "/length" => {
            let response = Response::builder().header("Content-Length", "3").body("four")?;
            Ok(cx.send("outbox", response)?)
        }
        "/coding" => {
            let response = Response::builder().header("Transfer-Encoding", "chunked").body("four")?;
            Ok(cx.send("outbox", response)?)
        }
        "/split" => {
            let value = "x\r\nSet-Cookie: stolen";
            Ok(cx.send("outbox", Response::builder().header("X", value).body("")?)?)
        }
        "/upgrade" => Ok(cx.send("outbox", Response::builder().status(101).body(())?)?),
        _ => Ok(cx.send("outbox", "good")?),
    });
    for path in ["/fails", "/panics", "/number", "/length", "/coding", "/split", "/upgrade"] {
        let answer = talk(&server, format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n{GET}"));
        assert!(answer.starts_with("HTTP/1.1 500 "), "{path}: {answer}");
        assert_eq!(statuses(&answer), [500], "{path}");
        assert!(!answer.contains("stolen") && !answer.contains("out of order"), "{answer}");
    }
    assert!(talk(&server, LAST).contains("good"));
    server.drain().unwrap();
}

#[test]
fn an_answer_that_is_cut_is_seen_as_cut_by_the_client() {
    let server = with(async |cx, head: RequestHead| {
        let length: &[&str] = if head.uri().path() == "/length" { &["10"] } else { &[] };
        let mut response = Response::new(());
        for length in length {
            response.headers_mut().insert("content-length", length.parse()?);
        }
        cx.send("outbox", response)?;
        cx.send("outbox", "half")?;
        // What fails before its answer was taken is answered with 500.
        while cx.outbox_length("outbox") > 0 {
            cx.yield_now().await;
        }
        Err("broken".into())
    });
    let ask = |path: &str| talk(&server, format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n{GET}"));
    assert!(ask("/").ends_with("4\r\nhalf\r\n"), "no last chunk");
    assert!(ask("/length").ends_with("\r\n\r\nhalf"), "shorter than the length");
    let mut stream = server.connect();
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    assert!(stream.read_to_end(&mut Vec::new()).is_err(), "a reset");
}

#[test]
fn a_handler_shorter_than_its_length_is_cut() {
    let server = with(async |cx, _| {
        cx.send("outbox", Response::builder().header("content-length", 10).body(())?)?;
        Ok(cx.send("outbox", "half")?)
    });
    assert!(talk(&server, format!("{GET}{GET}")).ends_with("\r\n\r\nhalf"));
}

#[test]
fn the_client_is_told_to_go_on_when_the_handler_waits_for_the_body() {
    let server = echo();
    let mut stream = server.connect();
    stream
        .write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        .unwrap();
    assert_eq!(head(&mut stream), "HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"hi").unwrap();
    assert!(head(&mut stream).starts_with("HTTP/1.1 200 OK"));
}

#[test]
fn who_answers_without_the_body_that_was_announced_closes_the_connection() {
    let server = with(async |cx, _| {
        Ok(cx.send("outbox", Response::builder().status(StatusCode::FORBIDDEN).body("no")?)?)
    });
    let expects = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
    let refused = talk(&server, expects);
    assert_eq!(statuses(&refused), [403]);
    assert_eq!(field(&refused, "connection"), Some("close"));
    // A short body that comes anyway is read over, and the connection kept.
    let short = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";
    assert_eq!(statuses(&talk(&server, format!("{short}{LAST}"))), [403, 403]);
    // A long one is not waited for.
    let long =
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n".to_owned() + &"x".repeat(100_000);
    assert_eq!(statuses(&talk(&server, long)), [403]);
}

#[test]
fn a_request_for_an_upgrade_that_the_handler_does_not_know_is_answered_as_any_other() {
    for protocol in ["h2c", "websocket"] {
        let ask = format!("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: {protocol}\r\nConnection: Upgrade\r\n\r\n");
        for server in [hello(), echo()] {
            let mut stream = server.connect();
            stream.write_all(ask.as_bytes()).unwrap();
            let (head, _) = answer(&mut stream);
            assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
            stream.write_all(GET.as_bytes()).unwrap();
            let (head, _) = answer(&mut stream);
            assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        }
    }
}

#[test]
fn an_upgrade_gives_the_handler_the_connection_and_loses_no_byte() {
    let server = with(async |cx, _| {
        let head = Response::builder().status(101).header("Upgrade", "shout").body(())?;
        cx.send("outbox", head)?;
        cx.send("outbox", "ready\n")?;
        while let Some(bytes) = cx.next_or_end::<Vec<u8>>("inbox").await? {
            cx.send_when_room("outbox", bytes.to_ascii_uppercase()).await?;
        }
        Ok(())
    });
    let ask = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: shout\r\nConnection: Upgrade\r\n\r\n";
    let answer = talk_and_finish(&server, format!("{ask}early"));
    assert!(answer.starts_with("HTTP/1.1 101 Switching Protocols\r\n"), "{answer}");
    assert!(answer.contains("\r\nupgrade: shout\r\n") && answer.contains("\r\nconnection: upgrade\r\n"));
    assert!(answer.ends_with("\r\n\r\nready\nEARLY"), "{answer}");
    let mut stream = server.connect();
    stream.write_all(ask.as_bytes()).unwrap();
    head(&mut stream);
    let mut ready = [0; 6];
    stream.read_exact(&mut ready).unwrap();
    let long = "x".repeat(100_000);
    let mut writer = stream.try_clone().unwrap();
    let sent = long.clone();
    let writing = std::thread::spawn(move || writer.write_all(sent.as_bytes()).unwrap());
    let mut back = vec![0; long.len()];
    stream.read_exact(&mut back).unwrap();
    writing.join().unwrap();
    assert_eq!(back, long.to_uppercase().as_bytes());
    // The server's drain reaches the handler, who ends, and so the connection.
    let draining = std::thread::spawn(move || server.drain().unwrap());
    assert_eq!(all(&mut stream), "");
    drop(stream);
    draining.join().unwrap();
}

#[test]
fn a_drain_finishes_answers_in_progress_and_closes_idle_connections() {
    let server = with(async |cx, _| {
        cx.send("outbox", "begun ")?;
        // Until the server drains.
        while cx.recv("control").is_none_or(|message| !message.is::<Draining>()) {
            cx.pause().await;
        }
        Ok(cx.send("outbox", "and finished")?)
    });
    let mut idle = server.connect();
    let mut busy = server.connect();
    busy.write_all(GET.as_bytes()).unwrap();
    head(&mut busy);
    let draining = std::thread::spawn(move || server.drain().unwrap());
    assert_eq!(all(&mut idle), "");
    assert!(all(&mut busy).contains("and finished"));
    drop((idle, busy));
    draining.join().unwrap();
}

#[test]
fn a_handler_whose_client_goes_is_told_that_its_request_is_cut() {
    let (told, hears) = std::sync::mpsc::channel();
    let server = serve(move || {
        let make = move |_: &RequestHead| {
            let told = told.clone();
            play(async move |cx: &Context| {
                while cx.next_or_end::<Vec<u8>>("inbox").await?.is_some() {}
                let notice = cx.told_to_end().unwrap();
                told.send(notice.is::<RequestCut>()).unwrap();
                Ok(())
            })
        };
        HttpServer::new(make, here())
    });
    let mut stream = server.connect();
    stream.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf").unwrap();
    drop(stream);
    assert!(hears.recv_timeout(crate::net_harness::LONG).unwrap());
}

#[test]
fn slow_heads_and_slow_bodies_are_408_and_idle_connections_are_closed() {
    let server = serve(|| {
        let mut limits = HttpLimits::new();
        limits.head_timeout = Duration::from_millis(150);
        limits.idle_timeout = Duration::from_millis(150);
        limits.body_patience = Duration::from_millis(150);
        HttpServer::new(|_: &RequestHead| EchoProtocol::new(), here()).limits(limits)
    });
    assert_eq!(statuses(&talk(&server, "GET / HT")), [408]);
    assert_eq!(talk(&server, ""), "");
    assert_eq!(statuses(&talk(&server, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n")), [408]);
    assert_eq!(statuses(&talk(&server, GET)), [200]);
}

#[test]
fn a_connection_brings_as_many_requests_as_are_allowed() {
    let server = serve(|| {
        let mut limits = HttpLimits::new();
        limits.requests = 2;
        HttpServer::responding(|_| Response::new("hello"), here()).limits(limits)
    });
    let answers = talk(&server, [GET; 5].concat());
    assert_eq!(statuses(&answers), [200, 200]);
    assert!(answers.contains("connection: close"));
}

#[test]
fn a_handler_that_hears_nothing_keeps_neither_its_connection_nor_the_server() {
    for deadline in [Duration::ZERO, Duration::from_millis(100)] {
        let server = serve(move || {
            let make = |_: &RequestHead| {
                play(async |cx: &Context| {
                    cx.send("outbox", "begun")?;
                    loop {
                        cx.sleep(Duration::from_secs(3600)).await;
                    }
                })
            };
            HttpServer::new(make, here()).server(|core| core.drain_deadline(deadline))
        });
        let mut stream = server.connect();
        stream.write_all(GET.as_bytes()).unwrap();
        head(&mut stream);
        // It ends although the handler would sleep for an hour.
        server.drain().unwrap();
    }
}

/// Upgrades, and cannot be told that its connection has ended.
struct Untold(Alive);

impl Component for Untold {
    fn boxes(&self) -> Boxes {
        Boxes::none().outbox("outbox", "the head")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        let _alive = &self.0;
        cx.send("outbox", Response::builder().status(101).header("Upgrade", "x").body(())?)?;
        loop {
            cx.pause().await;
        }
    }
}

#[test]
fn a_handler_without_control_does_not_outlive_its_upgraded_connection() {
    let (told, hears) = std::sync::mpsc::channel();
    let server = serve(move || {
        let mut limits = HttpLimits::new();
        limits.idle_timeout = Duration::from_millis(100);
        HttpServer::new(move |_: &RequestHead| Untold(Alive(told.clone())), here()).limits(limits)
    });
    let mut stream = server.connect();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n").unwrap();
    assert!(head(&mut stream).starts_with("HTTP/1.1 101 "));
    drop(stream);
    hears.recv_timeout(crate::net_harness::LONG).unwrap();
    server.drain().unwrap();
}

/// Says when it is dropped.
struct Alive(std::sync::mpsc::Sender<()>);

impl Drop for Alive {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

#[test]
fn a_handler_that_hears_nothing_is_stopped_when_its_client_has_gone() {
    let (told, hears) = std::sync::mpsc::channel();
    let server = serve(move || {
        let make = move |_: &RequestHead| {
            let told = told.clone();
            play(async move |cx: &Context| {
                let _alive = Alive(told);
                loop {
                    cx.sleep(Duration::from_millis(10)).await;
                    cx.send("outbox", "more")?;
                }
            })
        };
        HttpServer::new(make, here())
    });
    let mut stream = server.connect();
    stream.write_all(GET.as_bytes()).unwrap();
    head(&mut stream);
    drop(stream);
    hears.recv_timeout(crate::net_harness::LONG).unwrap();
    server.drain().unwrap();
}

#[test]
fn a_handler_that_sends_on_to_a_client_that_has_gone_is_told_and_ends() {
    let (told, hears) = std::sync::mpsc::channel();
    let server = serve(move || {
        let make = move |_: &RequestHead| {
            let told = told.clone();
            play(async move |cx: &Context| {
                // It does not look at `control`.
                loop {
                    if let Err(error) = cx.send_when_room("outbox", "tick\n").await {
                        return Ok(told.send(error.to_string())?);
                    }
                    cx.sleep(Duration::from_millis(5)).await;
                }
            })
        };
        HttpServer::new(make, here())
    });
    let mut stream = server.connect();
    stream.write_all(GET.as_bytes()).unwrap();
    head(&mut stream);
    drop(stream);
    let error = hears.recv_timeout(crate::net_harness::LONG).expect("it is told");
    assert!(error.contains("has ended"), "{error}");
    server.drain().unwrap();
}
