//! The peer hyper: HTTP/1.1 on tokio's `current_thread`, a task for each connection.

use std::convert::Infallible;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// Serves until the process ends.
pub fn serve(listener: std::net::TcpListener) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
    let served: std::io::Result<()> = runtime.map_err(|e| e.to_string())?.block_on(async {
        let listener = TcpListener::from_std(listener)?;
        let accepting: tokio::task::JoinHandle<std::io::Result<()>> = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                tokio::spawn(
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer)),
                );
            }
        });
        accepting.await?
    });
    served.map_err(|e| format!("tokio: {e}"))
}

async fn answer(_: Request<Incoming>) -> Result<Response<String>, Infallible> {
    Ok(Response::new(super::HELLO.to_owned()))
}
