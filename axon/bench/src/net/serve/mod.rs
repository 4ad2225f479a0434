//! The servers: each echoes what it is sent, in a process of its own, on one core.

mod axon_components;
mod axon_http;
mod hyper_tasks;
mod mio_loop;
mod plain_loop;
mod rustls_loop;
mod smol_tasks;
mod tokio_tasks;

use std::io::{BufRead, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use crate::{alloc, machine};

/// Takes what a server says: first of all where it listens.
type Say = fn(&str);

/// How a server is started.
#[derive(Clone, Copy)]
pub enum Serve {
    /// It takes over a listener and serves until its process ends.
    From(fn(TcpListener) -> Result<(), String>),
    /// It listens by itself and tells where.
    Telling(fn(Say) -> Result<(), String>),
}

/// The servers by name, the floor first.
pub const SERVERS: [(&str, Serve); 6] = [
    ("plain mio loop", Serve::From(mio_loop::serve)),
    (SLOWER, Serve::From(mio_loop::serve_with_delay)),
    ("kamaelia-net, SimpleServer", Serve::Telling(axon_components::serve)),
    ("tokio current_thread, 4 KiB each", Serve::From(tokio_tasks::serve_with_own_buffers)),
    ("tokio current_thread, shared buffer", Serve::From(tokio_tasks::serve_with_shared_buffer)),
    ("smol, 4 KiB each", Serve::From(smol_tasks::serve)),
];

/// The servers of N5, over TLS, the floor first.
pub const SECURED: [(&str, Serve); 2] = [
    ("plain loop over rustls and mio", Serve::From(rustls_loop::serve)),
    ("kamaelia-net, SimpleServer over TLS", Serve::Telling(axon_components::serve_secured)),
];

/// The servers of N6, over HTTP, the peer first, and then the one that is to reach it.
pub const HTTP: [(&str, Serve); 3] = [
    ("hyper on tokio current_thread", Serve::From(hyper_tasks::serve)),
    ("kamaelia-net, HttpServer", Serve::Telling(axon_http::serve)),
    ("the same, a handler each", Serve::Telling(axon_http::serve_with_handlers)),
];

/// A short answer.
const HELLO: &str = "Hello, World!";

/// The server that shows that servers, and not the client, are what is measured.
pub const SLOWER: &str = "the same, 0.5 µs slower";

/// What the plain servers read into.
pub const SHARED_BUFFER: usize = 64 * 1024;
/// What each connection of the others reads into.
pub const OWN_BUFFER: usize = 4 * 1024;

/// Runs the server `name` in this process until its standard input is closed.
///
/// # Errors
///
/// When there is no such server, or it cannot listen.
pub fn run(name: &str, core: usize, count: bool) -> Result<(), String> {
    let serve = SERVERS.iter().chain(&SECURED).chain(&HTTP).find(|(known, _)| *known == name);
    let (_, serve) = serve.ok_or_else(|| format!("there is no server `{name}`"))?;
    machine::pin(core)?;
    machine::raise_open_files();
    if count {
        alloc::count();
    }
    std::thread::spawn(answer_questions);
    match *serve {
        Serve::Telling(serve) => serve(say),
        Serve::From(serve) => {
            let listener = listen().map_err(|e| format!("cannot listen: {e}"))?;
            say(&listener.local_addr().map_err(|e| e.to_string())?.to_string());
            serve(listener)
        }
    }
}

/// A listener on a free port of 127.0.0.1 with room for a thousand who wait.
fn listen() -> std::io::Result<TcpListener> {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    socket.listen(1024)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// A certificate that nobody has issued, and its key, in PEM.
struct Identity {
    certificate: String,
    key: String,
}

impl Identity {
    fn new() -> Result<Self, String> {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]);
        let rcgen::CertifiedKey { cert, signing_key } = made.map_err(|e| format!("the certificate: {e}"))?;
        Ok(Identity { certificate: cert.pem(), key: signing_key.serialize_pem() })
    }
}

fn say(line: &str) {
    println!("{line}");
    std::io::stdout().flush().expect("whoever started this server reads what it says");
}

/// Answers what the generator of the load wants to know, and ends the process with it.
fn answer_questions() {
    for line in std::io::stdin().lock().lines() {
        match line.as_deref() {
            Ok("live") => say(&alloc::live().to_string()),
            _ => break,
        }
    }
    std::process::exit(0);
}
