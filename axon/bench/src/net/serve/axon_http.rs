//! kamaelia-net: an HTTP server with a function.

use axon::Scheduler;
use kamaelia_net::http::{HttpServer, Request, Response};

/// Serves until the process ends.
pub fn serve(listening: fn(&str)) -> Result<(), String> {
    let listen: kamaelia_net::Listen = "127.0.0.1:0".parse().map_err(|e| format!("the address: {e}"))?;
    let server = HttpServer::responding(answer, listen).bind().map_err(|e| format!("bind: {e}"))?;
    listening(&server.local_addr().ok_or("it is bound to nothing")?.to_string());
    let mut scheduler = Scheduler::new();
    scheduler.activate(server);
    scheduler.run().map_err(|e| format!("the scheduler: {e}"))
}

fn answer(_: Request<Vec<u8>>) -> Response<&'static str> {
    Response::new(super::HELLO)
}
