//! A web server: the files below a directory, and some paths that are components.
//!
//! Run `cargo run --example http_server -- [ADDRESS] [DIRECTORY] [--tls CERT KEY] [--cores N]`, by default
//! 127.0.0.1:8000, the current directory and one core; port 0 takes any free one. It prints `listening on ADDRESS`. If
//! the process is given a socket that listens (`LISTEN_FDS`), it listens there. Try it with
//!
//! ```text
//! curl http://127.0.0.1:8000/hello
//! curl -T README.md http://127.0.0.1:8000/echo
//! ```
//!
//! | path | what answers |
//! |---|---|
//! | `/hello` | a text |
//! | `/echo` | the request's body, as it comes |
//! | `/events` | a server-sent event each second: `data: 1`, `data: 2`, ... |
//! | `/ws` | a WebSocket that sends each message back |
//! | any other | the file below the directory; for a directory, its `index.html` |
//!
//! `RUST_LOG=kamaelia_net::http::access=info` shows a line for each answer.
//!
//! On Ctrl-C or SIGTERM it finishes the answers in progress, for two seconds, and ends. A second signal ends it
//! immediately.

use std::time::Duration;

use axon::chassis::Pipeline;
use axon::util::{CheapAndCheerfulClock, EchoProtocol, OneShot, PureTransformer};
use axon::{Result, pipeline};
use http_serving::Arguments;
use kamaelia_net::http::{
    AccessLog, HttpServer, Method, MinimalFactory, Response, Routes, ServerSentEvent, ServerSentEvents,
};
use kamaelia_net::websocket::WebSocket;

mod http_serving;

fn routes(directory: &str) -> Routes {
    let files = MinimalFactory::new(directory);
    let routes = Routes::new().on_methods([Method::GET], "/hello", |_| OneShot::new(hello())).on_methods(
        [Method::POST, Method::PUT],
        "/echo",
        |_| EchoProtocol::new(),
    );
    let routes = routes
        .on_methods([Method::GET], "/events", |request| ServerSentEvents::new(request, numbers))
        .on_methods([Method::GET], "/ws", |request| WebSocket::new(request, |_| EchoProtocol::new()));
    // The first that matches is taken, and this matches all.
    routes.on("/", move |request| files.make(request))
}

/// The next number each second. A browser that connects again goes on where it was.
fn numbers(last_event_id: Option<&str>) -> Pipeline {
    let mut number: u64 = last_event_id.and_then(|id| id.parse().ok()).unwrap_or(0);
    pipeline![
        CheapAndCheerfulClock::new(Duration::from_secs(1)),
        PureTransformer::map(move |_: bool| {
            number = number.wrapping_add(1);
            ServerSentEvent::new(number.to_string()).id(number.to_string()).expect("digits")
        }),
    ]
}

fn hello() -> Response<&'static str> {
    let mut hello = Response::new("hello\n");
    hello.headers_mut().insert("content-type", "text/plain".parse().expect("a type"));
    hello
}

fn main() -> Result {
    env_logger::init();
    let arguments = Arguments::read()?;
    let directory = arguments.at(1, ".").to_owned();
    arguments.serve("127.0.0.1:8000", move |listen| {
        HttpServer::routing(routes(&directory), listen).access_log(AccessLog::Combined)
    })
}
