//! The console linked to a connection secured by TLS: what you type goes to the server, and its answers are
//! shown.
//!
//! Run `cargo run --example tls_client -- HOST PORT [CA.pem]`. The server's certificate must be for HOST, and
//! issued by an authority that this system trusts or that is in CA.pem. It prints the TLS version and the cipher
//! to standard error. At the end of the input (Ctrl-D) it closes its sending side. It shows what still
//! arrives, and ends when the server closes the connection:
//!
//! ```text
//! printf 'HEAD / HTTP/1.0\r\n\r\n' | cargo run -q --example tls_client -- example.org 443
//! ```
//!
//! If the certificate is wrong, the server cannot be reached, or the connection breaks, it ends with an error
//! that says why.

use axon::prelude::*;
use kamaelia_net::tls::{Authorities, TlsClientOptions};
use kamaelia_net::{SocketShutdown, SslReady, TcpClient};

/// Passes everything on, prints what was agreed on, and fails if the connection did not end cleanly.
struct Judge;

impl Component for Judge {
    fn boxes(&self) -> Boxes {
        Boxes::standard().inbox("sslready", "what was agreed on")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            if let Some(Ok(session)) = cx.recv_as::<SslReady>("sslready")? {
                eprintln!("secured by {}, {}", session.version, session.cipher);
            }
            while let Some(data) = cx.recv("inbox") {
                let _ = cx.send_when_room("outbox", data).await;
            }
            if let Some(notice) = cx.told_to_end() {
                let how_died = notice.view(|shutdown: &SocketShutdown| shutdown.how_died.clone());
                if let Some(how_died) = how_died.filter(|how_died| !how_died.is_orderly()) {
                    return Err(how_died.to_string().into());
                }
                cx.send("signal", notice)?;
                return Ok(());
            }
            if !cx.is_any_ready() {
                cx.pause().await;
            }
        }
    }
}

fn main() -> axon::Result {
    env_logger::init();
    let mut arguments = std::env::args().skip(1);
    let (Some(host), Some(port)) = (arguments.next(), arguments.next()) else {
        eprintln!("tls_client HOST PORT [CA.pem]");
        std::process::exit(2);
    };
    let mut options = TlsClientOptions::new();
    if let Some(file) = arguments.next() {
        options = options.authorities(Authorities::from_file(file)?);
    }
    let client = TcpClient::new(host, port.parse()?).tls(options.build()?).wait_for_serverclose();
    let system = graphline! {
        components: {
            typed: ConsoleReader::new().prompt(""),
            client: client,
            judge: Judge,
            shown: ConsoleEchoer::new(),
        },
        linkages: {
            typed.outbox => client.inbox,
            typed.signal => client.control,
            client.outbox => judge.inbox,
            client.signal => judge.control,
            client.sslready => judge.sslready,
            judge.outbox => shown.inbox,
            judge.signal => shown.control,
        }
    };
    Ok(axon::run(system)?)
}
