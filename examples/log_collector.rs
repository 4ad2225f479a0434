//! A log collector: lines from many clients go to files, and to whoever watches.
//!
//! Run `cargo run --example log_collector -- [ADDRESS] [OPTION...]`, by default 127.0.0.1:1514; port 0 takes any free
//! one. It prints `listening on ADDRESS`, then a line for each further address. Try it with `nc 127.0.0.1 1514`.
//!
//! | option | what it does |
//! |---|---|
//! | `--directory DIR` | where the files are, by default the current directory: `all.log`, and `errors.log` with the lines in which `ERROR` is |
//! | `--tls CERT KEY ADDRESS` | takes lines over TLS too: `tls on ADDRESS` |
//! | `--nats SERVER` | shares the lines with all other collectors at that NATS server: each writes and shows them all |
//! | `--live ADDRESS` | shows all lines to whoever connects there: `live on ADDRESS` |
//! | `--page ADDRESS` | shows the collector itself in a browser: `page at URL` |
//! | `--without TEXT` | leaves out lines in which this text is |
//! | `--rate N` | takes at most so many lines a second from each client |
//!
//! ```text
//!  clients ─► servers: lines, filter, rate ─► Backplane ─┬─► all.log
//!                                                        ├─► errors.log
//!                                                        └─► live subscribers, without those lines they are too slow for
//! ```
//!
//! A client that sends faster than the rate, or than the files are written, is held up; nothing of what it sends is
//! lost. Over NATS, lines that are on their way when the connection to the server breaks may be; the log says how many.
//! On Ctrl-C or SIGTERM the clients have two seconds, what they sent is written, and it ends. A second signal ends it
//! immediately.

use std::path::PathBuf;
use std::time::Duration;

use axon::chassis::Par;
use axon::file::Append;
use axon::prelude::*;
use axon::util::{LossyConnector, MessageRateLimit};
use kamaelia_net::nats::{NatsBackplane, NatsClient};
use kamaelia_net::{Connection, FastRestartServer, Listen, ServerCore, Signals, TlsServer, Visualiser};

/// How long clients may take to finish at the end.
const DRAIN: Duration = Duration::from_secs(2);

/// A client with a longer line is disconnected.
const LONGEST: usize = 64 * 1024;

/// What was asked for.
struct Settings {
    listen: Listen,
    directory: PathBuf,
    tls: Option<(TlsServer, Listen)>,
    nats: Option<NatsBackplane>,
    live: Option<Listen>,
    page: Option<String>,
    without: Option<String>,
    rate: Option<f64>,
}

impl Settings {
    fn read() -> axon::Result<Self> {
        let mut settings = Settings {
            listen: "127.0.0.1:1514".parse()?,
            directory: ".".into(),
            tls: None,
            nats: None,
            live: None,
            page: None,
            without: None,
            rate: None,
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--directory" => settings.directory = value()?.into(),
                "--tls" => {
                    let tls = TlsServer::from_files(value()?, value()?)?;
                    settings.tls = Some((tls, value()?.parse()?));
                }
                "--nats" => {
                    let client = NatsClient::new(&value()?)?.name("log_collector");
                    settings.nats = Some(NatsBackplane::new("LINES", client)?);
                }
                "--live" => settings.live = Some(value()?.parse()?),
                "--page" => settings.page = Some(value()?),
                "--without" => settings.without = Some(value()?),
                "--rate" => {
                    let rate = value()?.parse().ok().filter(|rate: &f64| rate.is_finite() && *rate > 0.0);
                    settings.rate = Some(rate.ok_or("--rate needs a number of lines a second, more than 0")?);
                }
                option if option.starts_with('-') => {
                    return Err(format!("there is no option {option}").into());
                }
                address => settings.listen = address.parse()?,
            }
        }
        Ok(settings)
    }

    /// A server that takes lines.
    fn server(&self, listen: Listen) -> ServerCore {
        let (without, rate) = (self.without.clone(), self.rate);
        let collect = move |client: &Connection| {
            let (name, without) = (client.peer, without.clone());
            let line = move |Text(line): Text| {
                let is_wanted = without.as_ref().is_none_or(|text| !line.contains(text.as_str()));
                is_wanted.then(|| format!("{name} {line}\n"))
            };
            let mut stages =
                Pipeline::new().then(ChunksToLines::new().keep_last_line().longest_line(LONGEST));
            if let Some(rate) = rate {
                stages = stages.then(MessageRateLimit::new(rate).buffer(1));
            }
            stages.then(PureTransformer::new(line)).then(PublishTo::new("LINES"))
        };
        FastRestartServer::new(collect, listen).drain_deadline(DRAIN)
    }
}

/// Shows a client all lines that come from now on. What it types is ignored.
fn watcher(_: &Connection) -> Pipeline {
    pipeline![
        PureTransformer::new(|_: Chunk| None::<String>),
        SubscribeTo::new("LINES"),
        LossyConnector::new(),
    ]
}

fn main() -> axon::Result {
    env_logger::init();
    let settings = Settings::read()?;
    let shown =
        |server: &ServerCore| server.local_addr().map(|address| address.to_string()).ok_or("it is bound");

    let plain = settings.server(settings.listen.clone()).bind()?;
    println!("listening on {}", shown(&plain)?);
    let mut servers = Par::new().and(plain);
    if let Some((tls, listen)) = &settings.tls {
        let server = settings.server(listen.clone()).tls(tls.clone()).bind()?;
        println!("tls on {}", shown(&server)?);
        servers = servers.and(server);
    }
    let mut live = Par::new();
    if let Some(listen) = &settings.live {
        let server = FastRestartServer::new(watcher, listen.clone()).drain_deadline(DRAIN).bind()?;
        println!("live on {}", shown(&server)?);
        live = live.and(server);
    }
    let lines = match settings.nats {
        None => Pipeline::new().then(Backplane::new("LINES")),
        Some(shared) => Pipeline::new().then(shared),
    };
    let errors = PureTransformer::new(|Text(line): Text| line.contains("ERROR").then_some(line));

    let collector = graphline! {
        components: {
            servers: servers,
            lines: lines,
            all: pipeline![SubscribeTo::new("LINES"), Append::new(settings.directory.join("all.log")).without_forwarder()],
            errors: pipeline![
                SubscribeTo::new("LINES"),
                errors,
                Append::new(settings.directory.join("errors.log")).without_forwarder(),
            ],
            live: live,
        },
        linkages: {
            // The end goes where the lines go: whoever writes them is told when no more will come, by the Backplane.
            self.control => servers.control,
            servers.signal => lines.control,
            lines.signal => live.control,
            live.signal => self.signal,
        },
    };
    let mut scheduler = Scheduler::new();
    scheduler.activate(collector);
    scheduler.activate(Signals::new()?.ends_the_run_within(2 * DRAIN));
    if let Some(address) = settings.page {
        let page = Visualiser::new(address).bind()?;
        println!("page at {}", page.url().ok_or("it is bound")?);
        scheduler.activate(page);
    }
    Ok(scheduler.run()?)
}
