//! A web server that counts the visits of each visitor: requests that share state.
//!
//! Run `cargo run --example http_sessions -- [ADDRESS] [--tls CERT KEY] [--cores N]`, by default 127.0.0.1:8000; port 0 takes any
//! free one. It prints `listening on ADDRESS`. The path is the name of a session:
//!
//! ```text
//! $ curl http://127.0.0.1:8000/anna
//! 1
//! $ curl http://127.0.0.1:8000/anna
//! 2
//! ```
//!
//! Ported from `SessionExample` of `Kamaelia.Protocol.HTTP.Handlers`. There each session is a component that lives on
//! between requests, and there may be any number of them; here the least recently used are forgotten. It ends as `http_server` does.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use http_serving::Arguments;
use kamaelia_net::http::{HttpServer, Request, Response};

mod http_serving;

/// How many sessions are remembered.
const SESSIONS: usize = 1000;

/// The sessions and their visits, the one that was visited last at the end.
#[derive(Default)]
struct Sessions(VecDeque<(String, u64)>);

impl Sessions {
    /// Counts a visit.
    fn visit(&mut self, name: &str) -> u64 {
        let known = self.0.iter().position(|(known, _)| known == name);
        let before = known.and_then(|at| self.0.remove(at)).map_or(0, |(_, visits)| visits);
        if self.0.len() == SESSIONS {
            self.0.pop_front();
        }
        self.0.push_back((name.to_owned(), before + 1));
        before + 1
    }
}

fn main() -> axon::Result {
    env_logger::init();
    let arguments = Arguments::read()?;
    // One store for all cores.
    let sessions = Arc::new(Mutex::new(Sessions::default()));
    arguments.serve("127.0.0.1:8000", move |listen| {
        let sessions = Arc::clone(&sessions);
        let count = move |request: Request<Vec<u8>>| {
            let mut sessions = sessions.lock().unwrap_or_else(PoisonError::into_inner);
            let mut page = Response::new(format!("{}\n", sessions.visit(request.uri().path())));
            page.headers_mut().insert("cache-control", "no-store".parse().expect("a value"));
            page
        };
        HttpServer::responding(count, listen)
    })
}
