//! An echo server whose connections are secured by TLS: every client gets back what it sends.
//!
//! Run `cargo run --example tls_echo_server -- [ADDRESS] [CERT.pem KEY.pem]`, by default 127.0.0.1:4433;
//! port 0 takes any free one. Without a certificate it makes one for this machine and prints
//! `certificate PATH`; with that file a client can check it. It prints `listening on ADDRESS`. Try it with
//! `openssl s_client -connect 127.0.0.1:4433 -CAfile PATH`. On Ctrl-C or SIGTERM it gives the connections
//! two seconds to finish, and ends. A second signal ends it immediately.

use std::time::Duration;

use axon::{Result, Scheduler, util::EchoProtocol};
use kamaelia_net::{FastRestartServer, Listen, Signals};

mod self_signed;

fn main() -> Result {
    env_logger::init();
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or("127.0.0.1:4433".into());
    let identity = self_signed::Identity::new(arguments.next(), arguments.next())?;
    let server = FastRestartServer::new(|_| EchoProtocol::new(), address.parse::<Listen>()?)
        .tls(identity.tls.clone())
        .drain_deadline(Duration::from_secs(2))
        .bind()?;
    let address = server.local_addr().expect("it is bound");
    let mut scheduler = Scheduler::new();
    scheduler.activate(server);
    scheduler.activate(Signals::new()?.ends_the_run_within(Duration::from_secs(2)));
    println!("listening on {address}");
    Ok(scheduler.run()?)
}
