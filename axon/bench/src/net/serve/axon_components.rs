//! kamaelia-net: an ordinary server whose handlers are ordinary components.

use axon::{Component, Context, Scheduler};
use kamaelia_net::tls::{Certificate, TlsServerOptions};
use kamaelia_net::{ServerCore, SimpleServer};

/// Sends back what it is sent, until it is told to end.
struct Echo;

impl Component for Echo {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            while let Some(bytes) = cx.recv("inbox") {
                cx.send_when_room("outbox", bytes).await?;
            }
            if let Some(notice) = cx.told_to_end() {
                cx.send("signal", notice)?;
                return Ok(());
            }
            cx.await_arrival().await;
        }
    }
}

/// Serves until the process ends.
pub fn serve(listening: fn(&str)) -> Result<(), String> {
    run(listening, |server| server)
}

/// The same over TLS.
pub fn serve_secured(listening: fn(&str)) -> Result<(), String> {
    let identity = super::Identity::new()?;
    let certificate = Certificate::from_pem(identity.certificate, identity.key);
    let tls = certificate.and_then(|certificate| TlsServerOptions::new(certificate).build());
    let tls = tls.map_err(|e| format!("TLS: {e}"))?;
    run(listening, |server| server.tls(tls))
}

fn run(listening: fn(&str), change: impl FnOnce(ServerCore) -> ServerCore) -> Result<(), String> {
    let listen: kamaelia_net::Listen = "127.0.0.1:0".parse().map_err(|e| format!("the address: {e}"))?;
    let server = change(SimpleServer::new(|| Echo, listen)).bind().map_err(|e| format!("bind: {e}"))?;
    listening(&server.local_addr().ok_or("it is bound to nothing")?.to_string());
    let mut scheduler = Scheduler::new();
    scheduler.activate(server);
    scheduler.run().map_err(|e| format!("the scheduler: {e}"))
}
