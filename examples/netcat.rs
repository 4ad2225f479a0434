//! The console linked to a connection: what you type goes to the server, and its answers are shown.
//!
//! Run `cargo run --example netcat -- HOST PORT`. At the end of the input (Ctrl-D) it sends what is left
//! and closes its sending side. It shows what still arrives, and ends when the server closes the connection:
//!
//! ```text
//! printf 'HEAD / HTTP/1.0\r\n\r\n' | cargo run -q --example netcat -- example.org 80
//! ```
//!
//! If the server cannot be reached or the connection breaks, it ends with an error that says why.

use axon::prelude::*;
use kamaelia_net::{SocketShutdown, TcpClient};

/// Passes everything on, and fails if the connection did not end cleanly.
struct Judge;

impl Component for Judge {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            while let Some(data) = cx.recv("inbox") {
                cx.send("outbox", data)?;
            }
            if let Some(notice) = cx.told_to_end() {
                let how_died = notice.view(|shutdown: &SocketShutdown| shutdown.how_died.clone());
                if let Some(how_died) = how_died.filter(|how_died| !how_died.is_orderly()) {
                    return Err(how_died.to_string().into());
                }
                cx.send("signal", notice)?;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

fn main() -> axon::Result {
    env_logger::init();
    let mut arguments = std::env::args().skip(1);
    let (Some(host), Some(port)) = (arguments.next(), arguments.next()) else {
        eprintln!("netcat HOST PORT");
        std::process::exit(2);
    };
    let server = TcpClient::new(host, port.parse()?).wait_for_serverclose();
    Ok(axon::run(pipeline![ConsoleReader::new().prompt(""), server, Judge, ConsoleEchoer::new()])?)
}
