//! The entries in the catalogue of files, processes and what filters as in a shell.

use std::path::PathBuf;

use super::*;
use crate::catalogue::{Argument, ArgumentError, Arguments, Carries, Entry, Kind};

/// The entries of the components of this module.
///
/// # Examples
///
/// ```
/// use axon::catalogue::Catalogue;
///
/// let catalogue = Catalogue::new().with(axon::util::catalogue()).with(axon::file::catalogue());
/// assert!(catalogue.entry("Grep").is_some());
/// ```
#[must_use]
pub fn catalogue() -> Vec<Entry> {
    let entries = [readers(), rated_readers(), writers(), filters()].into_iter().flatten();
    #[cfg(all(unix, feature = "process"))]
    let entries = entries.chain([process()]);
    #[cfg(feature = "ini")]
    let entries = entries.chain(configuration());
    entries.collect()
}

fn path(given: &Arguments) -> PathBuf {
    given.need("path")
}

fn file() -> Argument {
    Argument::path("path", "the file").positional().required().example("log.txt")
}

fn readers() -> Vec<Entry> {
    vec![
        Entry::new(
            Kind::Source,
            "axon::file::ReadFileAdaptor",
            "Sends a file, the output of a command, or standard input: in blocks, line by line, or at a bit rate.",
            |given| {
                let reader = ReadFileAdaptor::new(path(given));
                let reader = match modes(given) {
                    (true, None, None) => reader.by_line(),
                    (false, Some(size), None) => reader.by_block(size),
                    (false, None, Some(rate)) => {
                        given.set("chunkrate", reader.bitrate(rate), ReadFileAdaptor::chunkrate)
                    }
                    (false, None, None) => reader,
                    _ => return Err(ArgumentError::new("by_line", "one of by_line, by_block and bitrate is enough")),
                };
                if given.value::<u64>("bitrate").is_none() && !given.values("chunkrate").is_empty() {
                    return Err(ArgumentError::new("chunkrate", "it is for a bitrate, which is not given"));
                }
                Ok(given.set("step_time", reader, ReadFileAdaptor::step_time))
            },
        )
        .argument(file())
        .argument(Argument::flag("by_line", "sends lines"))
        .argument(Argument::size("by_block", "sends blocks of so many bytes"))
        .argument(Argument::count("bitrate", "sends so many bits a second").at_least(1))
        .argument(Argument::count("chunkrate", "in so many chunks a second").at_least(1).at_most(1_000_000))
        .argument(Argument::duration("step_time", "the time between two blocks or lines")),
        Entry::new(
            Kind::Source,
            "axon::file::IntelligentFileReader",
            "Sends a file in chunks as soon as there is something, and waits while five messages lie at its receiver: \
             for FIFOs and devices, whose data should not wait until a block is full.",
            |given| {
                let reader = IntelligentFileReader::new(path(given));
                let reader = given.set("chunk_size", reader, IntelligentFileReader::chunk_size);
                Ok(given.set("max_queue", reader, IntelligentFileReader::max_queue))
            },
        )
        .argument(file())
        .argument(Argument::size("chunk_size", "the most bytes in a chunk"))
        .argument(Argument::count("max_queue", "how many messages lie at its receiver").at_least(1))
        .sends(Carries::Bytes),
        Entry::new(
            Kind::Transformer,
            "axon::file::TriggeredFileReader",
            "Sends the whole contents of each file whose path arrives, in one message, one file after the other.",
            |given| {
                let reader = TriggeredFileReader::new();
                Ok(given.set("longest_file", reader, TriggeredFileReader::longest_file))
            },
        )
        .argument(Argument::size("longest_file", "the longest file that is taken"))
        .sends(Carries::Bytes),
        Entry::new(
            Kind::Source,
            "axon::file::Tail",
            "Sends the lines that others append to a file, as `tail -F` does: for logs that are rotated.",
            |given| {
                let tail = given.flag("from_beginning", Tail::new(path(given)), Tail::from_beginning);
                Ok(given.set("interval", tail, Tail::interval))
            },
        )
        .argument(file())
        .argument(Argument::flag("from_beginning", "sends the lines that are there already, too"))
        .argument(Argument::duration("interval", "how often it looks").at_least(1).example("1s"))
        .sends(Carries::Text),
        Entry::new(
            Kind::Source,
            "axon::file::Find",
            "Walks through a folder and all folders in it, and sends the path of each entry, as `find` does.",
            |given| {
                let find = given.flag("files", Find::new(path(given)), Find::files);
                Ok(given.flag("folders", find, Find::folders))
            },
        )
        .argument(Argument::path("path", "the folder").positional().required().example("."))
        .argument(Argument::flag("files", "only files"))
        .argument(Argument::flag("folders", "only folders"))
        .sends(Carries::Text),
    ]
}

#[cfg(feature = "ini")]
fn configuration() -> [Entry; 2] {
    const SECTIONS: Carries = Carries::Other("sections");
    [
        Entry::new(
            Kind::Source,
            "axon::file::ConfigFileReader",
            "Sends each section of a configuration file, in the order of the file.",
            |given| Ok(ConfigFileReader::new(path(given))),
        )
        .argument(file())
        .sends(SECTIONS),
        Entry::new(
            Kind::Transformer,
            "axon::file::DictFormatter",
            "Sends each section of a configuration file as a map of its options.",
            |_| Ok(DictFormatter::new()),
        )
        .takes(SECTIONS)
        .sends(Carries::Other("maps")),
    ]
}

/// How a file is read: by line, in blocks, at a bit rate.
fn modes(given: &Arguments) -> (bool, Option<usize>, Option<u64>) {
    (given.value("by_line") == Some(true), given.value("by_block"), given.value("bitrate"))
}

fn writers() -> Vec<Entry> {
    vec![
        Entry::new(
            Kind::Transformer,
            "axon::file::Append",
            "Appends each message to a file, and sends it on when it is written: a log that others can rely on.",
            |given| {
                let append = given.flag("without_forwarder", Append::new(path(given)), Append::without_forwarder);
                let append = given.flag("blat_file", append, Append::blat_file);
                let append = given.flag("reopening", append, Append::reopening);
                Ok(given.flag("durable", append, Append::durable))
            },
        )
        .argument(file())
        .argument(Argument::flag("without_forwarder", "sends nothing on"))
        .argument(Argument::flag("blat_file", "begins with an empty file"))
        .argument(Argument::flag("reopening", "opens the file anew for each message"))
        .argument(Argument::flag("durable", "sends on what is on the disk"))
        .takes(Carries::Bytes),
        Entry::new(
            Kind::Transformer,
            "axon::file::SimpleFileWriterWithOutput",
            "Writes every message to a file, which is made anew, and sends the path of the file for each message that is \
             written.",
            |given| Ok(SimpleFileWriterWithOutput::new(path(given))),
        )
        .argument(file())
        .takes(Carries::Bytes),
        Entry::new(
            Kind::Transformer,
            "axon::file::WholeFileWriter",
            "Writes whole files, one for each message, and sends the path of each when it is on the disk.",
            |_| Ok(WholeFileWriter::new()),
        )
        .takes(Carries::Other("names and contents")),
    ]
}

fn filters() -> Vec<Entry> {
    vec![
        Entry::new(
            Kind::Transformer,
            "axon::file::Grep",
            "Sends on the messages in which a pattern is found, and drops the others.",
            |given| Ok(given.flag("invert", grep(given)?, Grep::invert)),
        )
        .rust("axon::file::Grep::new({pattern})?")
        .argument(Argument::text("pattern", "what is looked for").positional().required())
        .argument(Argument::flag("invert", "sends on what does not match")),
        Entry::new(
            Kind::Transformer,
            "axon::file::Sort::<String>",
            "Gathers all messages, and when no more will come sends them in order.",
            |given| Ok(given.set("at_most", Sort::<String>::new(), Sort::at_most)),
        )
        .argument(Argument::count("at_most", "the most messages that it gathers").at_least(1))
        .takes(Carries::Text)
        .sends(Carries::Text),
    ]
}

/// What reads at a rate or on request.
fn rated_readers() -> Vec<Entry> {
    let mode =
        || Argument::choice("mode", &["bytes", "lines"], "what is counted").constructor().default("bytes");
    let rate = || Argument::float("per_second", "how many bytes or lines a second").positional().required();
    let chunk = || Argument::float("chunk_size", "how many bytes or lines make a piece").at_least(1);
    vec![
        Entry::new(
            Kind::Source,
            "axon::file::RateControlledFileReader",
            "Sends a file at a rate: so many bytes, or so many lines, a second.",
            |given| {
                let (path, rate) = (given.need::<PathBuf>("path"), per_second(given)?);
                let reader = if counts_lines(given) {
                    RateControlledFileReader::lines(path, rate)
                } else {
                    RateControlledFileReader::bytes(path, rate)
                };
                Ok(given.set("chunk_size", reader, RateControlledFileReader::chunk_size))
            },
        )
        .argument(file())
        .argument(rate())
        .argument(mode())
        .argument(chunk())
        .rust("axon::file::RateControlledFileReader::{mode}({path}, {per_second})"),
        Entry::new(
            Kind::Transformer,
            "axon::file::ReusableFileReader",
            "At each request, reads as many bytes or lines as are requested of the file that was named last.",
            |given| {
                Ok(if counts_lines(given) {
                    ReusableFileReader::lines()
                } else {
                    ReusableFileReader::bytes()
                })
            },
        )
        .argument(mode().positional())
        .takes(Carries::Other("whole numbers"))
        .rust("axon::file::ReusableFileReader::{mode}()"),
        Entry::new(
            Kind::Transformer,
            "axon::file::FixedRateControlledReusableFileReader",
            "Sends one file after another, all at one rate.",
            |given| {
                let rate = per_second(given)?;
                let reader = if counts_lines(given) {
                    FixedRateControlledReusableFileReader::lines(rate)
                } else {
                    FixedRateControlledReusableFileReader::bytes(rate)
                };
                Ok(given.set("chunk_size", reader, FixedRateControlledReusableFileReader::chunk_size))
            },
        )
        .argument(rate())
        .argument(mode())
        .argument(chunk())
        .rust("axon::file::FixedRateControlledReusableFileReader::{mode}({per_second})"),
    ]
}

fn counts_lines(given: &Arguments) -> bool {
    given.value::<String>("mode").as_deref() == Some("lines")
}

fn per_second(given: &Arguments) -> Result<f64, ArgumentError> {
    match given.need::<f64>("per_second") {
        rate if rate > 0.0 => Ok(rate),
        rate => {
            Err(ArgumentError::new("per_second", format!("{rate} a second; write a number greater than 0")))
        }
    }
}

#[cfg(feature = "regex")]
fn grep(given: &Arguments) -> Result<Grep, ArgumentError> {
    Grep::new(&given.need::<String>("pattern"))
        .map_err(|error| ArgumentError::new("pattern", error.to_string()))
}

#[cfg(not(feature = "regex"))]
fn grep(given: &Arguments) -> Result<Grep, ArgumentError> {
    Ok(Grep::containing(given.need::<String>("pattern")))
}

#[cfg(all(unix, feature = "process"))]
fn process() -> Entry {
    Entry::new(Kind::Transformer, "axon::file::UnixProcess", "Runs a program.", |given| {
        let process = UnixProcess::shell(given.need::<String>("line"));
        let process = given.set("grace", process, UnixProcess::grace);
        Ok(given.flag("own_group", process, UnixProcess::own_group))
    })
    .rust("axon::file::UnixProcess::shell({line})")
    .argument(Argument::text("line", "what a shell would run").positional().required().example("\"ls -l\""))
    .argument(Argument::duration("grace", "how long it may take to end when it is told to"))
    .argument(Argument::flag("own_group", "its children are ended with it"))
    .takes(Carries::Bytes)
    .sends(Carries::Bytes)
}
