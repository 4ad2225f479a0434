//! A forward proxy: it makes the requests of its clients, and joins them to servers with CONNECT.
//!
//! Run `cargo run --example http_proxy -- [ADDRESS] [--tls CERT KEY] [--cores N]`, by default 127.0.0.1:8080; port 0 takes any
//! free one. It prints `listening on ADDRESS`. Try it with `curl -x http://127.0.0.1:8080 http://example.org/`.
//! Whoever reaches it can use it: do not let it listen where others are.
//!
//! ```text
//!              ┌──── for each request ────┐
//!  client ◄──► │ Forward ◄──► HTTP client │ ◄──► server        GET http://...
//!  client ◄──► │ Join    ◄──► TcpClient   │ ◄──► server        CONNECT host:port
//!              └──────────────────────────┘
//! ```
//!
//! On Ctrl-C or SIGTERM it finishes the answers in progress, for two seconds, and ends. A second signal ends it
//! immediately.

use std::time::Duration;

use axon::prelude::*;
use axon::{ComponentRef, Result};
use http_serving::Arguments;
use kamaelia_net::http::{
    HeaderMap, HttpFailed, HttpServer, Method, Phase, RequestHead, Response, ResponseHead,
    SingleShotHttpClient, StatusCode, header,
};
use kamaelia_net::{Connection, TcpClient};

mod http_serving;

/// Answers one request of a client.
struct Proxy(RequestHead);

impl Component for Proxy {
    fn boxes(&self) -> Boxes {
        Boxes::standard()
            .inbox("answer", "from the server: its answer, or that it is connected")
            .inbox("ended", "the end of the exchange with the server")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        match self.0.method() {
            &Method::CONNECT => join(cx, &self.0).await,
            _ => forward(cx, &self.0).await,
        }
    }
}

fn page(status: StatusCode, why: &str) -> Result<Response<String>> {
    Ok(Response::builder().status(status).header("content-type", "text/plain").body(format!("{why}\n"))?)
}

/// Leaves out what is between two neighbours only: RFC 9110, section 7.6.1.
fn without_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<String> = (headers.get_all(header::CONNECTION).iter())
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(',').map(|name| name.trim().to_owned()))
        .collect();
    let usual = [
        "connection",
        "keep-alive",
        "proxy-connection",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "expect",
    ];
    for name in named.iter().map(String::as_str).chain(usual) {
        headers.remove(name);
    }
}

/// Makes the request, and passes on both bodies piece by piece.
async fn forward(cx: &Context, request: &RequestHead) -> Result {
    if request.uri().authority().is_none() {
        let why = "this is a proxy: ask for http://HOST/...";
        return Ok(cx.send_when_room("outbox", page(StatusCode::BAD_REQUEST, why)?).await?);
    }
    let has_body = request.headers().contains_key(header::TRANSFER_ENCODING)
        || request.headers().contains_key(header::CONTENT_LENGTH);
    let mut request = request.clone();
    without_hop_by_hop(request.headers_mut());
    let mut client = SingleShotHttpClient::new(request).redirects(0);
    if has_body {
        client = client.body_from_inbox();
    }
    let client = cx.add_child(client);
    cx.link((&client, "outbox"), (cx.me(), "answer"))?;
    cx.link((&client, "signal"), (cx.me(), "ended"))?;
    if has_body {
        cx.pass_through_inbox((cx.me(), "inbox"), (&client, "inbox"))?;
        cx.pass_through_inbox((cx.me(), "control"), (&client, "control"))?;
    }
    cx.activate(&client);
    let mut is_begun = false;
    loop {
        while let Some(message) = cx.recv("answer") {
            match message.into_value::<ResponseHead>() {
                Ok(mut head) => {
                    is_begun = true;
                    without_hop_by_hop(head.headers_mut());
                    cx.send_when_room("outbox", head).await?;
                }
                Err(message) => cx.send_when_room("outbox", message).await?,
            }
        }
        if let Some(end) = cx.recv("ended") {
            let error = end.view(|failed: &HttpFailed| failed.error.clone());
            match error {
                Some(error) if !is_begun => {
                    let status = match error.phase {
                        Phase::Request => StatusCode::BAD_REQUEST,
                        _ => StatusCode::BAD_GATEWAY,
                    };
                    cx.send_when_room("outbox", page(status, &error.to_string())?).await?;
                }
                // What was passed on is not all.
                Some(_) => cx.send("signal", ShutdownMicroprocess::new())?,
                None => {}
            }
            return Ok(());
        }
        if client.is_stopped() && cx.data_ready("ended") == 0 && cx.data_ready("answer") == 0 {
            return Ok(());
        }
        cx.pause().await;
    }
}

/// Connects to the server, and joins the client with it.
async fn join(cx: &Context, request: &RequestHead) -> Result {
    let authority = request.uri().authority().ok_or("CONNECT without a host")?;
    let host = authority.host().trim_matches(['[', ']']);
    let port = authority.port_u16().ok_or("CONNECT without a port")?;
    let server = TcpClient::new(host, port)
        .connect_timeout(Duration::from_secs(20))
        .half_open()
        .wait_for_serverclose();
    let server: ComponentRef = cx.add_child(server);
    cx.link((&server, "connected"), (cx.me(), "answer"))?;
    let ends = cx.link((&server, "signal"), (cx.me(), "ended"))?;
    cx.activate(&server);
    loop {
        if cx.recv("answer").is_some_and(|message| message.is::<Connection>()) {
            break;
        }
        if cx.data_ready("ended") > 0 || server.is_stopped() {
            let why = format!("cannot connect to {authority}");
            return Ok(cx.send_when_room("outbox", page(StatusCode::BAD_GATEWAY, &why)?).await?);
        }
        cx.pause().await;
    }
    cx.send_when_room("outbox", Response::new(())).await?;
    cx.unlink(&ends);
    cx.pass_through_outbox((&server, "outbox"), (cx.me(), "outbox"))?;
    cx.pass_through_outbox((&server, "signal"), (cx.me(), "signal"))?;
    cx.pass_through_inbox((cx.me(), "inbox"), (&server, "inbox"))?;
    cx.pass_through_inbox((cx.me(), "control"), (&server, "control"))?;
    while !server.is_stopped() {
        cx.pause().await;
    }
    Ok(())
}

fn main() -> Result {
    env_logger::init();
    let arguments = Arguments::read()?;
    arguments.serve("127.0.0.1:8080", |listen| {
        HttpServer::new(|request: &RequestHead| Proxy(request.clone()), listen)
    })
}
