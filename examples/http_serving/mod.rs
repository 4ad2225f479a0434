//! What the examples that serve HTTP share: how they read their arguments, and how they run.

use std::time::Duration;

use axon::{Result, Scheduler};
use kamaelia_net::http::HttpServer;
use kamaelia_net::{Cores, Listen, Signals, TlsServer};

/// How long answers in progress may take after the first signal.
const DRAIN: Duration = Duration::from_secs(2);

/// The arguments of a server.
pub(crate) struct Arguments {
    /// Those that are not part of an option.
    plain: Vec<String>,
    tls: Option<TlsServer>,
    cores: usize,
}

impl Arguments {
    /// Reads those of this process. The options `--tls CERT KEY` and `--cores N` may be anywhere among them.
    pub(crate) fn read() -> Result<Self> {
        let mut plain: Vec<String> = std::env::args().skip(1).collect();
        let tls = match option(&mut plain, "--tls", "two files: the certificate and its key")? {
            Some([certificate, key]) => Some(TlsServer::from_files(certificate, key)?),
            None => None,
        };
        let cores = match option(&mut plain, "--cores", "a number")? {
            Some([number]) => match number.parse() {
                Ok(0) | Err(_) => {
                    return Err(format!("--cores needs a number from 1 on, and not {number:?}").into());
                }
                Ok(cores) => cores,
            },
            None => 1,
        };
        Ok(Arguments { plain, tls, cores })
    }

    /// The argument at this place, or else `default`.
    pub(crate) fn at<'a>(&'a self, place: usize, default: &'a str) -> &'a str {
        self.plain.get(place).map_or(default, String::as_str)
    }

    /// Prints where the server listens, and runs it until a signal comes: on one scheduler, or on as many as there
    /// are to be cores. It listens at the socket that the process was given at its start (`LISTEN_FDS`), or else at the
    /// first argument.
    pub(crate) fn serve(
        self,
        default: &str,
        make: impl Fn(Listen) -> HttpServer + Send + Sync + 'static,
    ) -> Result {
        let listen = match Listen::inherited()?.pop() {
            Some(given) => given,
            None => self.at(0, default).parse()?,
        };
        let Arguments { tls, cores, .. } = self;
        let make = move |listen| {
            let server = make(listen).server(|core| core.drain_deadline(DRAIN));
            match &tls {
                Some(tls) => server.tls(tls.clone()),
                None => server,
            }
        };
        let mut scheduler = Scheduler::new();
        let address = if cores == 1 {
            let server = make(listen).bind()?;
            let address = server.local_addr();
            scheduler.activate(server);
            address
        } else {
            let server = Cores::new(cores, listen, make).bind()?;
            let address = server.local_addr();
            scheduler.activate(server);
            address
        };
        scheduler.activate(Signals::new()?.ends_the_run_within(DRAIN));
        println!("listening on {}", address.ok_or("it listens at no IP address")?);
        Ok(scheduler.run()?)
    }
}

/// Takes an option and what follows it out of the arguments.
fn option<const N: usize>(plain: &mut Vec<String>, name: &str, needs: &str) -> Result<Option<[String; N]>> {
    let Some(at) = plain.iter().position(|argument| argument == name) else { return Ok(None) };
    if at + N >= plain.len() {
        return Err(format!("{name} needs {needs}").into());
    }
    plain.remove(at);
    let values: Vec<String> = plain.drain(at..at + N).collect();
    Ok(values.try_into().ok())
}
