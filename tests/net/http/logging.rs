//! The access log, and error pages.

use std::io::Write;
use std::sync::{Mutex, Once};
use std::time::{Duration, Instant};

use axon::util::EchoProtocol;
use kamaelia_net::http::{
    AccessLog, HttpServer, Method, RequestHead, Routes, StatusCode, error_page_handler,
};

use crate::http::raw::{statuses, talk};
use crate::net_harness::{LONG, Running, here, play, serve};

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Keeps the lines of access logs.
struct Recorder;

impl log::Log for Recorder {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        if record.target() == "kamaelia_net::http::access" {
            LINES.lock().unwrap().push(record.args().to_string());
        }
    }

    fn flush(&self) {}
}

/// The line that has this in it, when it comes. There must be one only.
fn line(part: &str) -> String {
    let late = Instant::now() + LONG;
    loop {
        let lines = LINES.lock().unwrap();
        let found: Vec<&String> = lines.iter().filter(|line| line.contains(part)).collect();
        match found[..] {
            [line] => return line.clone(),
            [] => assert!(Instant::now() < late, "no line with {part:?} in {lines:#?}"),
            _ => panic!("{found:#?}"),
        }
        drop(lines);
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A server whose log is kept.
fn logging() -> Running {
    static RECORDS: Once = Once::new();
    RECORDS.call_once(|| {
        log::set_logger(&Recorder).unwrap();
        log::set_max_level(log::LevelFilter::Info);
    });
    serve(|| {
        let routes = Routes::new()
            .on_methods([Method::POST], "/echo", |_: &RequestHead| EchoProtocol::new())
            .on("/gone", |_: &RequestHead| error_page_handler(StatusCode::GONE, "moved <away>"))
            .on("/fails", |_: &RequestHead| play(async |_| Err("as planned".into())))
            .on("/waits", |_: &RequestHead| {
                play(async |cx| {
                    while cx.told_to_end().is_none() {
                        cx.pause().await
                    }
                    Ok(())
                })
            });
        HttpServer::routing(routes, here()).access_log(AccessLog::Combined)
    })
}

#[test]
fn each_answer_and_each_refusal_has_a_line_in_the_access_log() {
    let server = logging();
    let ask = |first: &str, more: &str| {
        talk(&server, format!("{first} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{more}"))
    };
    ask("POST /echo/1?a=b", "Referer: http://b/\"\r\nUser-Agent: me\r\nContent-Length: 5\r\n\r\nhello");
    let echoed = line("/echo/1");
    assert!(echoed.starts_with("127.0.0.1 - - ["), "{echoed}");
    let end = "+0000] \"POST /echo/1?a=b HTTP/1.1\" 200 5 \"http://b/\\x22\" \"me\"";
    assert!(echoed.ends_with(end), "{echoed}");
    ask("HEAD /gone/2", "\r\n");
    assert!(line("/gone/2").ends_with("\"HEAD /gone/2 HTTP/1.1\" 410 - \"-\" \"-\""));
    ask("GET /none", "\r\n");
    assert!(line("/none").contains("\"GET /none HTTP/1.1\" 404 14 "), "{}", line("/none"));
    ask("GET /fails", "\r\n");
    assert!(line("GET /fails").contains("\" 500 "));
    // One that is no request, and one whose client goes before it is answered.
    assert_eq!(statuses(&talk(&server, "nonsense\r\n\r\n")), [400]);
    assert!(line("] \"-\" ").contains("] \"-\" 400 "));
    let mut stream = server.connect();
    stream.write_all(b"POST /waits HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf").unwrap();
    drop(stream);
    let gone = line("/waits");
    assert!(
        gone.contains("\"POST /waits HTTP/1.1\" 400 ") || gone.contains("\"POST /waits HTTP/1.1\" - -"),
        "{gone}"
    );
    server.drain().unwrap();
}

#[test]
fn an_error_page_says_its_status_and_nothing_in_it_is_html() {
    let server = logging();
    let page = talk(&server, "GET /gone/3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert!(page.starts_with("HTTP/1.1 410 Gone\r\n") && page.ends_with("\r\n\r\n410 Gone\nmoved <away>\n"));
    assert!(page.contains("content-type: text/plain; charset=utf-8\r\n"));
    server.drain().unwrap();
}
