//! kamaelia-net: an HTTP server with a function, and one with a handler for each request.

use axon::{Component, Context, Scheduler};
use kamaelia_net::Listen;
use kamaelia_net::http::{HttpServer, Request, RequestHead, Response};

/// Serves until the process ends: a function answers.
pub fn serve(listening: fn(&str)) -> Result<(), String> {
    run(|listen| HttpServer::responding(answer, listen), listening)
}

/// Serves until the process ends: a component for each request answers.
pub fn serve_with_handlers(listening: fn(&str)) -> Result<(), String> {
    run(|listen| HttpServer::new(|_: &RequestHead| Hello, listen), listening)
}

fn run(make: fn(Listen) -> HttpServer, listening: fn(&str)) -> Result<(), String> {
    let listen: Listen = "127.0.0.1:0".parse().map_err(|e| format!("the address: {e}"))?;
    let server = make(listen).bind().map_err(|e| format!("bind: {e}"))?;
    listening(&server.local_addr().ok_or("it is bound to nothing")?.to_string());
    let mut scheduler = Scheduler::new();
    scheduler.activate(server);
    scheduler.run().map_err(|e| format!("the scheduler: {e}"))
}

fn answer(_: Request<Vec<u8>>) -> Response<&'static str> {
    Response::new(super::HELLO)
}

struct Hello;

impl Component for Hello {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        cx.send("outbox", Response::new(super::HELLO))?;
        Ok(())
    }
}
