//! The console joined to a connection: what is typed goes to the server, what it answers is shown.
//!
//! Run `cargo run --example netcat -- HOST PORT`. At the end of the input (Ctrl-D) it sends what is left,
//! tells the server that no more will come, shows what still arrives, and ends when the server closes:
//!
//! ```text
//! printf 'HEAD / HTTP/1.0\r\n\r\n' | cargo run -q --example netcat -- example.org 80
//! ```
//!
//! When the server closes first, it ends after the next line or Ctrl-D, like every reader of a console.

use axon::prelude::*;
use kamaelia_net::TcpClient;

fn main() -> axon::Result {
    env_logger::init();
    let mut arguments = std::env::args().skip(1);
    let (Some(host), Some(port)) = (arguments.next(), arguments.next()) else {
        eprintln!("netcat HOST PORT");
        std::process::exit(2);
    };
    let server = TcpClient::new(host, port.parse()?).wait_for_serverclose();
    Ok(axon::run(pipeline![ConsoleReader::new().prompt(""), server, ConsoleEchoer::new()])?)
}
