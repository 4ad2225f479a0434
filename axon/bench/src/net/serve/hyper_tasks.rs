//! The peer hyper: HTTP/1.1 on tokio's `current_thread`, a task for each connection.

use std::convert::Infallible;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;

/// Serves until the process ends.
pub fn serve(listener: std::net::TcpListener) -> Result<(), String> {
    super::tokio_tasks::serve(listener, |stream| {
        http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer))
    })
}

async fn answer(_: Request<Incoming>) -> Result<Response<String>, Infallible> {
    Ok(Response::new(super::HELLO.to_owned()))
}
