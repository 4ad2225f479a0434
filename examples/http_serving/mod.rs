//! What the examples that serve HTTP share: how they read their arguments, and how they run.

use std::time::Duration;

use axon::{Result, Scheduler};
use kamaelia_net::http::HttpServer;
use kamaelia_net::{Signals, TlsServer};

/// How long answers in progress may take after the first signal.
const DRAIN: Duration = Duration::from_secs(2);

/// The arguments of a server.
pub(crate) struct Arguments {
    /// Those that are not part of an option.
    plain: Vec<String>,
    tls: Option<TlsServer>,
}

impl Arguments {
    /// Reads those of this process. The option `--tls CERT KEY` may be anywhere among them.
    pub(crate) fn read() -> Result<Self> {
        let mut plain: Vec<String> = std::env::args().skip(1).collect();
        let tls = match plain.iter().position(|argument| argument == "--tls") {
            Some(at) if at + 2 < plain.len() => {
                let files: Vec<String> = plain.drain(at..at + 3).collect();
                Some(TlsServer::from_files(&files[1], &files[2])?)
            }
            Some(_) => return Err("--tls needs two files: the certificate and its key".into()),
            None => None,
        };
        Ok(Arguments { plain, tls })
    }

    /// The argument at this place, or else `default`.
    pub(crate) fn at<'a>(&'a self, place: usize, default: &'a str) -> &'a str {
        self.plain.get(place).map_or(default, String::as_str)
    }

    /// Prints where the server listens, and runs it until a signal comes.
    pub(crate) fn serve(self, server: HttpServer) -> Result {
        let mut server = server.server(|core| core.drain_deadline(DRAIN));
        if let Some(tls) = self.tls {
            server = server.tls(tls);
        }
        let server = server.bind()?;
        let address = server.local_addr().expect("it is bound");
        let mut scheduler = Scheduler::new();
        scheduler.activate(server);
        scheduler.activate(Signals::new()?.ends_the_run_within(DRAIN));
        println!("listening on {address}");
        Ok(scheduler.run()?)
    }
}
