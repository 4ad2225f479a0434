//! Kamaelia Grey, `Apps/Kamaelia-Grey/App/greylisting.py`: a mail server that takes mail of strangers only if they try a
//! second time, some time after the first, as those do who send mail that somebody wants. It passes mail on to a real
//! server. It ran for more than ten years.
//!
//! Run `cargo run --example kamaelia_greylisting -- [CONFIG]`, by default `greylist.conf`. It prints
//! `listening on ADDRESS`, and ends at a signal. The file has lines `name = value`, and lists: a name with a colon, and
//! then indented lines.
//!
//! ```text
//! # or: listen = ADDRESS:PORT
//! port = 25
//! servername = mail.example.org
//! # the real server
//! smtp_ip = 192.168.0.25
//! smtp_port = 8025
//! # for STARTTLS (new)
//! certificate = /etc/mail/cert.pem
//! key = /etc/mail/key.pem
//! # may send to anybody
//! allowed_senders:
//!     127.0.0.1
//! allowed_sender_nets:
//!     192.168.2
//! # strangers may send to these
//! allowed_domains:
//!     example.org
//! ```
//!
//! There are also `serverid`, `inactivity_timeout`, `greylist_log`, `greylist_debuglog`, `whitelisted_triples`,
//! `whitelisted_nonstandard_triples` (three words a line) and, new, `greylist_state`, `max_grey`, `too_soon`,
//! `min_defer_time` and `max_defer_time` (seconds). A comment has a line of its own.
//!
//! *Differs:*
//! - `EHLO` and `STARTTLS` are understood. A client says hello again after it.
//! - `250` is said when the real server has the mail; there before it was asked, so that mail which it refuses is lost.
//!   What it refuses is refused with its words. A mail is passed on while it comes, and is never whole in memory.
//! - Only CR LF, a dot and CR LF end a mail; there a mail can contain a second one (SMTP smuggling).
//! - A client may send several mails in a connection.
//! - Who sends to a domain that is not ours is refused for good, and not asked to try again.
//! - All recipients have to be known; there a single one who is whitelisted admits the others. The second list of those
//!   is used; there it never reaches the handler, whose error then admits every mail.
//! - `192.168.2` is no prefix of `192.168.20.1`.
//! - The triples are kept as hashes, so that nobody reads in the file who writes to whom, and at most 100,000. The log has
//!   who sent to whom, as there. It does not have what was said; the debug log has the components, as there.
//! - Lines, recipients, mistakes, the size of a mail, clients and time are limited.

#[path = "grey/config.rs"]
mod config;
#[path = "grey/dialogue.rs"]
mod dialogue;
#[path = "grey/handler.rs"]
mod handler;
#[path = "parts/hex.rs"]
mod hex;
#[path = "grey/journals.rs"]
mod journals;
#[path = "grey/policy.rs"]
mod policy;
#[path = "grey/relay.rs"]
mod relay;
#[path = "parts/running.rs"]
mod running;
#[path = "parts/serving.rs"]
mod serving;

use std::cell::RefCell;
use std::io::ErrorKind;
use std::rc::Rc;
use std::time::Duration;

use axon::Result;
use config::Config;
use handler::MailHandler;
use kamaelia_net::{Connection, CsaOptions, FastRestartServer, Listen, TlsServer};
use policy::{GreyListingPolicy, Greylist};

/// How long a connection may exist, and how many a client may have.
const LIFETIME: Duration = Duration::from_secs(1800);
const MOST_OF_A_CLIENT: usize = 50;

fn read(path: &str) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| format!("cannot read {path}: {error}").into())
}

fn main() -> Result {
    env_logger::init();
    let path = std::env::args().nth(1).unwrap_or("greylist.conf".into());
    let config = Config::parse(&read(&path)?).map_err(|error| format!("{path}: {error}"))?;
    let config = Rc::new(config);
    let tls = match &config.tls {
        Some((certificate, key)) => Some(TlsServer::from_files(certificate, key)?),
        None => None,
    };
    let known = match std::fs::read_to_string(&config.greylist_state) {
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(format!("cannot read {}: {error}", config.greylist_state).into()),
        Ok(known) => known,
    };
    let greylist = Rc::new(RefCell::new(Greylist::parse(&known)));
    let mut options = CsaOptions::hardened();
    options.first_byte_timeout = Some(config.inactivity_timeout);
    options.idle_timeout = Some(config.inactivity_timeout);
    options.lifetime = Some(LIFETIME);
    options.linger = Duration::from_secs(1);
    let policy = GreyListingPolicy { config: Rc::clone(&config), greylist: Rc::clone(&greylist) };
    let protocol = move |client: &Connection| MailHandler::new(*client, policy.clone(), tls.clone());
    let server = FastRestartServer::new(protocol, config.listen.parse::<Listen>()?)
        .options(options)
        .max_connections_per_peer(MOST_OF_A_CLIENT);
    let mut scheduler = running::scheduler()?;
    scheduler.activate(journals::Log { path: config.greylist_log.clone() });
    scheduler.activate(journals::keeps(greylist, config.greylist_state.clone()));
    scheduler.activate(journals::logging_wakeable_introspector(&config.greylist_debuglog));
    scheduler.activate(serving::bound(server)?.0);
    Ok(scheduler.run()?)
}
