//! Reads configuration files of sections and options, as Windows and Python have them.
//!
//! Ported from `Kamaelia.Apps.JMB.Common.ConfigFile`.
//!
//! *Differs from Kamaelia:* a file that is missing is an error; there it is as if it were empty. `%(name)s` in a value
//! stays as it is: what it stands for may stand for more, without bound.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ini::{Ini, ParseOption};

use crate::chassis::announce_end;
use crate::util::aside::Call;
use crate::util::each::{each, send_each};
use crate::util::read_ahead::about;
use crate::{Component, Context, OUTBOX, Result};

use super::triggered_file_reader::read_whole;

/// How long a file may be: 1 MiB.
const LONGEST_FILE: u64 = 1 << 20;

/// How much the defaults may take, since each section has a copy of them.
const MOST_DEFAULTS: usize = 16 << 20;

/// A section of a configuration file: its name, and its options in the order of the file.
pub type ConfigSection = (String, Vec<(String, String)>);

/// Sends each section of a configuration file, in the order of the file.
///
/// ```text
/// [section]
/// option: value
/// other = value
/// ```
///
/// Names of options are lower-cased. Lines that begin with `;` or `#` are comments; a comment has a line of its own. A
/// line that is indented continues the value before it. The options of a section `DEFAULT`
/// hold in every other section that does not set them, and are not sent by themselves. The file is read on a thread
/// beside the scheduler.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | not used |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | [`ConfigSection`]s |
/// | `signal` | an ending, and other control messages |
///
/// # Shutdown
///
/// After the last section it ends by itself with `ProducerFinished`, or with the `ProducerFinished` that it was told.
/// `ShutdownMicroprocess`: passes it on and ends immediately.
///
/// # Errors
///
/// It ends with an error that names the file if it cannot be read, is longer than 1 MiB, is not UTF-8 or not of this
/// form, has a section twice, or so many sections and defaults that their options would take more than 16 MiB.
///
/// # Examples
///
/// ```
/// use axon::file::{ConfigFileReader, ConfigSection};
/// use axon::pipeline;
/// use axon::util::{DataSink, Received};
///
/// let path = std::env::temp_dir().join(format!("axon-doc-{}.ini", std::process::id()));
/// std::fs::write(&path, "[server]\nport: 1500\n")?;
/// let received = Received::<ConfigSection>::new();
/// axon::run(pipeline![ConfigFileReader::new(&path), DataSink::new(&received)])?;
/// let server = vec![("port".to_owned(), "1500".to_owned())];
/// assert_eq!(received.take(), [("server".to_owned(), server)]);
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), axon::Error>(())
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct ConfigFileReader {
    path: PathBuf,
    defaults: Vec<(String, String)>,
}

crate::debug_by_name!(ConfigFileReader);

impl ConfigFileReader {
    /// Reads the file at `path`.
    #[doc(alias = "filename")]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        ConfigFileReader { path: path.into(), defaults: Vec::new() }
    }

    /// An option that holds in every section that does not set it.
    #[doc(alias = "defaults")]
    pub fn default_option(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        set(&mut self.defaults, &name.into(), value.into());
        self
    }
}

impl Component for ConfigFileReader {
    async fn main(&mut self, cx: &Context) -> Result {
        let (path, defaults) = (self.path.clone(), std::mem::take(&mut self.defaults));
        let call = Call::start(cx, move || {
            let bytes = read_whole(&path, LONGEST_FILE, "")?;
            sections(&bytes, defaults).map_err(|wrong| about(&path, "read", std::io::Error::other(wrong)))
        });
        if let Some(sections) = call.returned_or_stopped(cx).await {
            for section in sections? {
                send_each(cx, section).await?;
            }
        }
        announce_end(cx, None).await;
        Ok(())
    }
}

fn sections(
    bytes: &[u8],
    mut defaults: Vec<(String, String)>,
) -> std::result::Result<Vec<ConfigSection>, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let options = ParseOption {
        enabled_quote: false,
        enabled_escape: false,
        enabled_indented_mutiline_value: true,
        ..ParseOption::default()
    };
    // The parser takes a line break after a backslash for a part of the value, also where it reads no escapes.
    let text =
        text.strip_prefix('\u{feff}').unwrap_or(text).replace("\\\r\n", "\\ \r\n").replace("\\\n", "\\ \n");
    let parsed = Ini::load_from_str_opt(&text, options);
    let parsed = parsed.map_err(|error| format!("line {}: {}", error.line + 1, error.msg))?;
    let mut sections: Vec<ConfigSection> = Vec::new();
    let mut names = std::collections::HashSet::new();
    for (name, properties) in &parsed {
        match name {
            None if properties.is_empty() => {}
            None => return Err("an option stands before the first [section]".to_owned()),
            Some(name) if !names.insert(name) => {
                return Err(format!("the section [{name}] stands there twice"));
            }
            Some("DEFAULT") => {
                properties.iter().for_each(|(name, value)| set(&mut defaults, name, value.to_owned()))
            }
            Some(name) => {
                let own = properties.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
                sections.push((name.to_owned(), own.collect()));
            }
        }
    }
    let bytes: usize =
        defaults.iter().map(|(name, value)| size_of::<ConfigSection>() + name.len() + value.len()).sum();
    if sections.len().saturating_mul(bytes) > MOST_DEFAULTS {
        return Err(format!(
            "{} sections with {} defaults each are too many",
            sections.len(),
            defaults.len()
        ));
    }
    for (_, options) in &mut sections {
        let own = std::mem::replace(options, defaults.clone());
        own.into_iter().for_each(|(name, value)| set(options, &name, value));
    }
    Ok(sections)
}

/// Sets an option, whatever it was.
fn set(options: &mut Vec<(String, String)>, name: &str, value: String) {
    let name = name.to_lowercase();
    match options.iter_mut().find(|(known, _)| *known == name) {
        Some((_, old)) => *old = value,
        None => options.push((name, value)),
    }
}

/// Sends each section of a configuration file as a map of its options.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | [`ConfigSection`]s |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the name of the section and its options: a `(String, BTreeMap<String, String>)` |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends, after the sections that it has.
///
/// # Errors
///
/// A message of another type ends it with an error.
///
/// # Examples
///
/// ```
/// use axon::file::{ConfigSection, DictFormatter};
/// use axon::testing::Bench;
///
/// let mut bench = Bench::new(DictFormatter::new());
/// let section: ConfigSection = ("server".into(), vec![("port".into(), "1500".into())]);
/// bench.put("inbox", section);
/// bench.settle();
/// let sections = bench.take::<(String, std::collections::BTreeMap<String, String>)>("outbox");
/// assert_eq!(sections[0].1["port"], "1500");
/// ```
#[derive(Default)]
#[must_use = "a component does nothing until it is activated"]
pub struct DictFormatter;

crate::debug_by_name!(DictFormatter);

impl DictFormatter {
    /// A component that makes maps.
    pub fn new() -> Self {
        DictFormatter
    }
}

impl Component for DictFormatter {
    async fn main(&mut self, cx: &Context) -> Result {
        each(cx, async |(name, options): ConfigSection| {
            let options: BTreeMap<String, String> = options.into_iter().collect();
            Ok(cx.send_when_room(OUTBOX, (name, options)).await?)
        })
        .await
    }
}
