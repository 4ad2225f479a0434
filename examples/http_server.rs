//! A web server: the files below a directory, and some paths that are components.
//!
//! Run `cargo run --example http_server -- [ADDRESS] [DIRECTORY] [--tls CERT KEY]`, by default 127.0.0.1:8000 and
//! the current directory; port 0 takes any free one. It prints `listening on ADDRESS`. Try it with
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
//! On Ctrl-C or SIGTERM it finishes the answers in progress, for two seconds, and ends. A second signal ends it
//! immediately.

use std::time::Duration;

use axon::util::{EchoProtocol, OneShot};
use axon::{Component, Context, Ending, Result};
use http_serving::Arguments;
use kamaelia_net::Listen;
use kamaelia_net::http::{HttpServer, Method, MinimalFactory, Response, Routes};
use kamaelia_net::websocket::WebSocket;

mod http_serving;

fn routes(directory: &str) -> Routes {
    let files = MinimalFactory::new(directory);
    let routes = Routes::new().on_methods([Method::GET], "/hello", |_| OneShot::new(hello())).on_methods(
        [Method::POST, Method::PUT],
        "/echo",
        |_| EchoProtocol::new(),
    );
    let routes =
        routes
            .on_methods([Method::GET], "/events", |_| Events)
            .on_methods([Method::GET], "/ws", |request| WebSocket::new(request, |_| EchoProtocol::new()));
    // The first that matches is taken, and this matches all.
    routes.on("/", move |request| files.make(request))
}

/// Sends an event each second, until the client goes.
struct Events;

impl Component for Events {
    async fn main(&mut self, cx: &Context) -> Result {
        let head = Response::builder()
            .header("content-type", "text/event-stream")
            .header("cache-control", "no-store");
        cx.send_when_room("outbox", head.body(())?).await?;
        for number in 1_u64.. {
            cx.send_when_room("outbox", format!("data: {number}\n\n")).await?;
            let next = cx.now() + Duration::from_secs(1);
            while cx.now() < next {
                // That the request has no body is no reason to end; that the client goes, or the server stops, is.
                while let Some(notice) = cx.recv("control") {
                    if notice.ending() != Some(Ending::ProducerFinished) {
                        return Ok(());
                    }
                }
                cx.pause_until(next).await;
            }
        }
        Ok(())
    }
}

fn hello() -> Response<&'static str> {
    let mut hello = Response::new("hello\n");
    hello.headers_mut().insert("content-type", "text/plain".parse().expect("a type"));
    hello
}

fn main() -> Result {
    env_logger::init();
    let arguments = Arguments::read()?;
    let listen = arguments.at(0, "127.0.0.1:8000").parse::<Listen>()?;
    let routes = routes(arguments.at(1, "."));
    arguments.serve(HttpServer::routing(routes, listen))
}
