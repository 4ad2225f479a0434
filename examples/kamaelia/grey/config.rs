//! The configuration file of the greylisting server, in the form that it has there.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

use axon::Result;

/// What a program without a configuration file does.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// Where to listen: an address, or a port of all addresses.
    pub(crate) listen: String,
    pub(crate) servername: String,
    pub(crate) serverid: String,
    /// The real server.
    pub(crate) smtp_ip: String,
    pub(crate) smtp_port: u16,
    pub(crate) inactivity_timeout: Duration,
    pub(crate) greylist_log: String,
    pub(crate) greylist_debuglog: String,
    /// Who was there before, so that it survives a restart.
    pub(crate) greylist_state: String,
    /// The files of a certificate and its key, for STARTTLS.
    pub(crate) tls: Option<(String, String)>,
    pub(crate) allowed_senders: Vec<String>,
    pub(crate) allowed_sender_nets: Vec<String>,
    pub(crate) allowed_domains: Vec<String>,
    /// Address of the client, sender, recipient.
    pub(crate) whitelisted_triples: Vec<[String; 3]>,
    /// What the client calls itself, network, recipient.
    pub(crate) whitelisted_nonstandard_triples: Vec<[String; 3]>,
    pub(crate) times: Times,
}

/// In seconds: when a second attempt is too early or too late.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    /// How long a triple is let through that comes no more.
    pub(crate) max_grey: f64,
    /// An attempt so soon after the last starts the time anew.
    pub(crate) too_soon: f64,
    /// How long a triple is deferred.
    pub(crate) min_defer_time: f64,
    /// After this it counts as a first attempt again.
    pub(crate) max_defer_time: f64,
}

/// The lines of the file: simple values, and lists.
#[derive(Default)]
struct Entries {
    values: BTreeMap<String, String>,
    lists: BTreeMap<String, Vec<String>>,
}

impl Entries {
    fn parse(text: &str) -> Result<Self> {
        let mut entries = Entries::default();
        let mut list = None;
        for (number, line) in text.lines().enumerate() {
            let is_indented = line.starts_with([' ', '\t']);
            let line = line.trim();
            match (line.split_once('='), line.strip_suffix(':'), &list) {
                _ if line.is_empty() || line.starts_with('#') => {}
                (_, _, Some(name)) if is_indented => {
                    entries.lists.entry(String::clone(name)).or_default().push(line.to_owned());
                }
                (Some((name, value)), _, _) if !is_indented => {
                    entries.values.insert(name.trim().to_owned(), value.trim().to_owned());
                    list = None;
                }
                (_, Some(name), _) if !is_indented => {
                    entries.lists.entry(name.to_owned()).or_default();
                    list = Some(name.to_owned());
                }
                _ => {
                    return Err(format!(
                        "line {}: {line:?}; write name = value, or a name with a colon and then indented lines",
                        number + 1
                    )
                    .into());
                }
            }
        }
        Ok(entries)
    }

    fn value(&mut self, name: &str, default: &str) -> String {
        self.values.remove(name).unwrap_or_else(|| default.to_owned())
    }

    fn number<N: FromStr>(&mut self, name: &str, default: N) -> Result<N> {
        let Some(value) = self.values.remove(name) else { return Ok(default) };
        value.parse().map_err(|_| format!("{name} = {value}: not a number that fits").into())
    }

    fn list(&mut self, name: &str, default: &[&str]) -> Vec<String> {
        let named = || default.iter().map(|item| (*item).to_owned()).collect();
        self.lists.remove(name).unwrap_or_else(named)
    }

    fn triples(&mut self, name: &str) -> Result<Vec<[String; 3]>> {
        let triple = |line: String| {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            words.try_into().map_err(|_| format!("{name}: {line:?} is not three words").into())
        };
        self.list(name, &[]).into_iter().map(triple).collect()
    }
}

impl Config {
    /// Reads the text of a file.
    ///
    /// # Errors
    ///
    /// What is not understood, and a name that means nothing here.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let mut entries = Entries::parse(text)?;
        let port = entries.value("port", "25");
        let tls = match (entries.values.remove("certificate"), entries.values.remove("key")) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            _ => return Err("certificate and key belong together".into()),
        };
        let config = Config {
            listen: entries.value("listen", &format!("0.0.0.0:{port}")),
            servername: entries.value("servername", "mail.example.com"),
            serverid: entries.value("serverid", "Kamaelia-SMTP 1.0"),
            smtp_ip: entries.value("smtp_ip", "127.0.0.1"),
            smtp_port: entries.number("smtp_port", 8025)?,
            inactivity_timeout: Duration::from_secs(
                entries.number::<u32>("inactivity_timeout", 60)?.max(1).into(),
            ),
            greylist_log: entries.value("greylist_log", "greylist.log"),
            greylist_debuglog: entries.value("greylist_debuglog", "greylist-debug.log"),
            greylist_state: entries.value("greylist_state", "greylist.state"),
            tls,
            allowed_senders: entries.list("allowed_senders", &["127.0.0.1"]),
            allowed_sender_nets: entries.list("allowed_sender_nets", &[]),
            allowed_domains: entries.list("allowed_domains", &[]),
            whitelisted_triples: entries.triples("whitelisted_triples")?,
            whitelisted_nonstandard_triples: entries.triples("whitelisted_nonstandard_triples")?,
            times: Times {
                max_grey: entries.number("max_grey", 3_000_000.0)?,
                too_soon: entries.number("too_soon", 180.0)?,
                min_defer_time: entries.number("min_defer_time", 3600.0)?,
                max_defer_time: entries.number("max_defer_time", 25_000.0)?,
            },
        };
        match entries.values.keys().chain(entries.lists.keys()).next() {
            Some(unknown) => Err(format!("{unknown}: no such setting, or one of the other form").into()),
            None => Ok(config),
        }
    }
}
