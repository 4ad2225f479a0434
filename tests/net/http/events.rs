//! Server-sent events: what browsers get, and what becomes of those that go, or never read.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use axon::util::{Backplane, SubscribeTo, WhenFull};
use axon::{Boxes, Component, Context, Ending, Scheduler};
use kamaelia_net::http::{HttpServer, RequestCut, RequestHead, ServerSentEvent, ServerSentEvents};

use crate::http::raw::{field, head, statuses, talk};
use crate::net_harness::{LONG, Running, here, play, serve, serve_on};

/// A server whose streams come from one script, which is told `Last-Event-ID`.
fn events<F>(change: fn(ServerSentEvents) -> ServerSentEvents, script: F) -> Running
where
    F: AsyncFn(&Context, Option<String>) -> axon::Result + Clone + Send + 'static,
{
    serve(move || {
        let make = move |request: &RequestHead| {
            let script = script.clone();
            let make = move |last: Option<&str>| {
                let last = last.map(str::to_owned);
                play(async move |cx: &Context| script(cx, last).await)
            };
            change(ServerSentEvents::new(request, make))
        };
        HttpServer::new(make, here())
    })
}

/// A browser that has asked, and got the head.
fn listening(server: &Running) -> TcpStream {
    let mut stream = server.connect();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    assert!(head(&mut stream).starts_with("HTTP/1.1 200 "));
    stream
}

/// Reads until this has come.
fn read_until(stream: &mut TcpStream, part: &str) {
    let (mut last, mut buffer) = (String::new(), vec![0; 65536]);
    while !last.contains(part) {
        let came = stream.read(&mut buffer).unwrap();
        assert!(came > 0, "it ended without {part:?}: {last:?}");
        // Not more than the part can reach into.
        last = last.split_off(last.len().saturating_sub(part.len()));
        last.push_str(std::str::from_utf8(&buffer[..came]).unwrap());
    }
}

/// A handler that says how it was told to end.
fn until_told(
    told: std::sync::mpsc::Sender<String>,
) -> impl AsyncFn(&Context, Option<String>) -> axon::Result + Clone {
    async move |cx: &Context, _| {
        loop {
            if let Some(message) = cx.recv("control") {
                let cut = message.view(|cut: &RequestCut| cut.why.clone());
                told.send(cut.unwrap_or_else(|| format!("{:?}", message.ending().unwrap()))).unwrap();
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

fn told(hears: &Receiver<String>) -> String {
    hears.recv_timeout(LONG).unwrap()
}

#[test]
fn a_browser_gets_text_and_events_and_the_answer_ends_with_their_handler() {
    let server = events(
        |events| events.retry(Duration::from_secs(3)),
        async |cx, _| {
            cx.send("outbox", "one\ntwo")?;
            cx.send("outbox", ServerSentEvent::new("22").event("heat")?.id("7")?)?;
            Ok(())
        },
    );
    let whole = talk(&server, "GET / HTTP/1.0\r\n\r\n");
    assert_eq!(field(&whole, "content-type"), Some("text/event-stream"));
    assert_eq!(field(&whole, "cache-control"), Some("no-store"));
    let expected = "\r\n\r\nretry: 3000\n\ndata: one\ndata: two\n\nevent: heat\ndata: 22\nid: 7\n\n";
    assert!(whole.ends_with(expected), "{whole}");
    // The connection is kept for the next request, since the chunks tell the end.
    let twice = talk(
        &server,
        "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    );
    assert_eq!(statuses(&twice), [200, 200]);
    let only_head = talk(&server, "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert!(only_head.contains("text/event-stream") && only_head.ends_with("\r\n\r\n"), "{only_head}");
    server.drain().unwrap();
}

#[test]
fn the_handler_is_told_which_event_the_browser_has_had_last() {
    let server = events(|events| events, async |cx, last| Ok(cx.send("outbox", format!("{last:?}"))?));
    let ask = |header: &str| talk(&server, format!("GET / HTTP/1.0\r\n{header}\r\n"));
    assert!(ask("").ends_with("data: None\n\n"));
    assert!(ask("Last-Event-ID: 41\r\n").ends_with("data: Some(\"41\")\n\n"));
    assert!(ask("Last-Event-ID: \u{e4}\r\n").ends_with("data: Some(\"\u{e4}\")\n\n"));
    server.drain().unwrap();
}

#[test]
fn a_comment_is_sent_when_nothing_is_told_for_long() {
    let (told_by, hears) = channel();
    let server = events(|events| events.heartbeat(Duration::from_millis(50)), until_told(told_by));
    let mut stream = listening(&server);
    let begun = Instant::now();
    read_until(&mut stream, ":\n\n\r\n3\r\n:\n\n");
    assert!(begun.elapsed() >= Duration::from_millis(95), "{:?}", begun.elapsed());
    server.drain().unwrap();
    assert_eq!(told(&hears), "ProducerFinished");
}

#[test]
fn the_handler_of_a_browser_that_has_gone_is_told_so() {
    let (told_by, hears) = channel();
    let server = events(|events| events.heartbeat(Duration::from_millis(50)), until_told(told_by));
    drop(listening(&server));
    assert_eq!(told(&hears), "the connection has ended");
    server.drain().unwrap();
}

#[test]
fn a_drain_ends_the_answer_in_order() {
    let (told_by, hears) = channel();
    let server = events(|events| events, until_told(told_by));
    let mut stream = listening(&server);
    let draining = std::thread::spawn(move || server.drain().unwrap());
    assert_eq!(told(&hears), "ProducerFinished");
    let mut rest = String::new();
    stream.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "0\r\n\r\n");
    drop(stream);
    draining.join().unwrap();
}

#[test]
fn a_browser_that_never_reads_suspends_its_handler_and_is_cut_off() {
    let (told_by, hears) = channel();
    let server = events(
        |events| events.patience(Duration::from_millis(300)),
        async move |cx, _| {
            let mut sent = 0;
            while cx.told_to_end().is_none() {
                if cx.send_when_room("outbox", "x".repeat(10_000)).await.is_err() {
                    break;
                }
                sent += 10_000;
            }
            told_by.send(sent).unwrap();
            Ok(())
        },
    );
    let mut stream = listening(&server);
    let sent: usize = hears.recv_timeout(LONG).unwrap();
    assert!(sent < 40_000_000, "{sent} bytes were sent to a browser that reads nothing");
    // It sees that it did not get all.
    let mut rest = Vec::new();
    let ended = stream.read_to_end(&mut rest);
    assert!(ended.is_err() || !rest.ends_with(b"0\r\n\r\n"));
    server.drain().unwrap();
}

/// Sends one event, and cannot be told anything.
struct Deaf(std::sync::mpsc::Sender<()>);

impl Component for Deaf {
    fn boxes(&self) -> Boxes {
        Boxes::none().outbox("outbox", "an event")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        cx.send("outbox", "hello")?;
        loop {
            cx.sleep(Duration::from_secs(3600)).await;
        }
    }
}

impl Drop for Deaf {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

#[test]
fn a_handler_without_control_outlives_neither_its_browser_nor_the_server() {
    let (dropped, hears) = channel();
    let server = serve(move || {
        let make = move |request: &RequestHead| {
            let dropped = dropped.clone();
            ServerSentEvents::new(request, |_| Deaf(dropped)).heartbeat(Duration::from_millis(50))
        };
        HttpServer::new(make, here())
    });
    let mut stream = listening(&server);
    read_until(&mut stream, "data: hello\n\n");
    drop(stream);
    hears.recv_timeout(LONG).unwrap();
    let mut stream = listening(&server);
    let draining = std::thread::spawn(move || server.drain().unwrap());
    hears.recv_timeout(LONG).unwrap();
    read_until(&mut stream, "0\r\n\r\n");
    drop(stream);
    draining.join().unwrap();
}

#[test]
fn a_handler_that_fails_or_sends_what_is_no_event_cuts_its_answer_and_no_other() {
    let server = events(
        |events| events,
        async |cx, last| match last.as_deref() {
            None => Ok(cx.send("outbox", "good")?),
            Some("type") => Ok(cx.send("outbox", 7)?),
            Some(_) => {
                cx.send("outbox", "before")?;
                // What is sent in the turn of a failure may be lost with it.
                cx.sleep(Duration::from_millis(20)).await;
                Err("as planned".into())
            }
        },
    );
    let ask =
        |last: &str| talk(&server, format!("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{last}\r\n"));
    for (last, came) in [("fails", "data: before\n\n"), ("type", "")] {
        let cut = ask(&format!("Last-Event-ID: {last}\r\n"));
        assert!(cut.contains(came) && !cut.ends_with("0\r\n\r\n"), "{cut:?}");
        assert!(ask("").ends_with("data: good\n\n\r\n0\r\n\r\n"));
    }
    server.drain().unwrap();
}

#[test]
fn if_the_handler_cannot_be_made_the_answer_is_500() {
    let server = serve(|| {
        let make = |request: &RequestHead| {
            ServerSentEvents::new(request, |last| match last {
                Some(_) => play(async |cx: &Context| Ok(cx.send("outbox", "told")?)),
                None => panic!("no events without an id"),
            })
        };
        HttpServer::new(make, here())
    });
    assert!(talk(&server, "GET / HTTP/1.0\r\n\r\n").starts_with("HTTP/1.1 500 "));
    let answer = talk(&server, "GET / HTTP/1.0\r\nLast-Event-ID: 1\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("data: told\n\n"), "{answer}");
}

#[test]
fn a_browser_that_never_reads_holds_up_no_other_of_the_same_news() {
    const MESSAGES: usize = 1000;
    let news = || {
        play(async |cx: &Context| {
            // Until both listen.
            cx.next::<()>("inbox").await?;
            for number in 0..MESSAGES {
                cx.send_when_room("outbox", format!("{number} {}", "x".repeat(16_000))).await?;
                // Who reads keeps up with this.
                cx.sleep(Duration::from_millis(4)).await;
            }
            Ok(())
        })
    };
    let (begins, begin) = channel();
    let scheduler = move || {
        let scheduler = Scheduler::new();
        scheduler.activate(Backplane::new("NEWS").when_full(WhenFull::Cut));
        let publisher = scheduler.activate(axon::pipeline![news(), axon::util::PublishTo::new("NEWS")]);
        begins.send((scheduler.remote(), publisher)).unwrap();
        scheduler
    };
    let server = serve_on(scheduler, || {
        HttpServer::new(
            |request: &RequestHead| ServerSentEvents::new(request, |_| SubscribeTo::new("NEWS")),
            here(),
        )
    });
    let (remote, publisher) = begin.recv().unwrap();
    let _deaf = listening(&server);
    let mut good = listening(&server);
    // The handlers subscribe in their first turns.
    std::thread::sleep(Duration::from_millis(100));
    remote.deliver(&publisher, "inbox", ()).unwrap();
    let begun = Instant::now();
    read_until(&mut good, &format!("data: {} ", MESSAGES - 1));
    assert!(begun.elapsed() < LONG, "{:?}", begun.elapsed());
}

#[test]
fn what_control_brings_before_the_end_ends_nobody() {
    // The end of the request's body, which a handler of requests is told at once.
    let server = events(
        |events| events,
        async |cx, _| {
            for _ in 0..3 {
                cx.yield_now().await;
                let told = cx.recv("control").and_then(|message| message.ending());
                assert_ne!(told, Some(Ending::ProducerFinished));
            }
            Ok(cx.send("outbox", "still here")?)
        },
    );
    let post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi";
    assert!(talk(&server, post).contains("data: still here\n\n"));
    server.drain().unwrap();
}
