//! The entries in the catalogue of what reads and writes the console and files.

use std::path::PathBuf;

use super::*;
use crate::catalogue::{Argument, ArgumentError, Arguments, Carries, Entry, Kind};

/// What is said of the longest line everywhere.
pub(super) const LONGEST_LINE: &str = "the longest line that is taken";
const LOSSY: &str = "replaces what is not UTF-8 instead of failing";
const AS_BYTES: &str = "sends lines as bytes, whatever is in them";

/// The entries of what reads and writes the console and files.
pub(super) fn entries() -> Vec<Entry> {
    vec![
        Entry::new(
            Kind::Source,
            "axon::util::ConsoleReader",
            "Sends each line of standard input, as a `String`, with a line break at its end.",
            |given| {
                let reader =
                    given.set("prompt", ConsoleReader::new(), |reader, prompt: String| reader.prompt(prompt));
                let reader = given.set("eol", reader, |reader, eol: String| reader.eol(eol));
                let reader = given.set("longest_line", reader, ConsoleReader::longest_line);
                let reader = given.flag("lossy", reader, ConsoleReader::lossy);
                Ok(given.flag("as_bytes", reader, ConsoleReader::as_bytes))
            },
        )
        .argument(Argument::text("prompt", "what is shown before each line").positional().default("\">>> \""))
        .argument(Argument::text("eol", "what ends each line that is sent"))
        .argument(Argument::size("longest_line", LONGEST_LINE))
        .argument(Argument::flag("lossy", LOSSY))
        .argument(Argument::flag("as_bytes", AS_BYTES)),
        Entry::new(
            Kind::Sink,
            "axon::util::ConsoleEchoer",
            "Writes everything that arrives at `inbox` to standard output, without adding line breaks.",
            |given| {
                // Whoever tries something at a console expects lines.
                let echoer = given.flag("as_it_is", ConsoleEchoer::new().lines(), ConsoleEchoer::as_it_is);
                let echoer = given.set("tag", echoer, |echoer, tag: String| echoer.tag(tag));
                let echoer = given.flag("use_debug", echoer, ConsoleEchoer::use_debug);
                Ok(given.flag("forwarder", echoer, ConsoleEchoer::forwarder))
            },
        )
        .rust("axon::util::ConsoleEchoer::new().lines()")
        .argument(Argument::flag("as_it_is", "adds no line break to a message without one"))
        .argument(Argument::text("tag", "what stands before each message"))
        .argument(Argument::flag("use_debug", "shows messages as a program has them: texts in quotes"))
        .argument(Argument::flag("forwarder", "sends everything out of `outbox` too")),
        Entry::new(
            Kind::Source,
            "axon::util::ConsoleLine",
            "Writes one line to standard output, and ends.",
            |given| Ok(ConsoleLine::new(given.need::<String>("line"))),
        )
        .argument(Argument::text("line", "the line").positional().required()),
        Entry::new(
            Kind::Source,
            "axon::util::SimpleReader",
            "Sends a text file line by line, each line a `String` with its line break.",
            |given| {
                let reader = SimpleReader::new(given.need::<PathBuf>("path"));
                let reader = given.set("longest_line", reader, SimpleReader::longest_line);
                let reader = given.flag("lossy", reader, SimpleReader::lossy);
                Ok(given.flag("as_bytes", reader, SimpleReader::as_bytes))
            },
        )
        .argument(Argument::path("path", "the file").positional().required())
        .argument(Argument::size("longest_line", LONGEST_LINE))
        .argument(Argument::flag("lossy", LOSSY))
        .argument(Argument::flag("as_bytes", AS_BYTES)),
        Entry::new(
            Kind::Source,
            "axon::util::MaxSpeedFileReader",
            "Sends a file block by block, each a `Vec<u8>`, as fast as its receiver takes them.",
            |given| {
                let reader = MaxSpeedFileReader::new(given.need::<PathBuf>("path"));
                Ok(given.set("chunk_size", reader, MaxSpeedFileReader::chunk_size))
            },
        )
        .argument(Argument::path("path", "the file").positional().required())
        .argument(Argument::size("chunk_size", "how large a block is").at_most(1 << 30))
        .sends(Carries::Bytes),
        Entry::new(
            Kind::Source,
            "axon::util::PromptedFileReader",
            "At each request, reads as many bytes or lines of a file as are requested.",
            prompted_file_reader,
        )
        .argument(Argument::path("path", "the file").positional().required())
        .argument(
            Argument::choice("mode", &["bytes", "lines"], "what is counted").constructor().default("bytes"),
        )
        .argument(Argument::size("longest_line", LONGEST_LINE))
        .argument(Argument::flag("lossy", LOSSY))
        .argument(Argument::flag("as_bytes", AS_BYTES))
        .takes(Carries::Other("whole numbers"))
        .rust("axon::util::PromptedFileReader::{mode}({path})"),
        Entry::new(Kind::Sink, "axon::util::SimpleFileWriter", "Writes every message to a file.", |given| {
            let writer = SimpleFileWriter::new(given.need::<PathBuf>("path"));
            Ok(given.flag("append", writer, SimpleFileWriter::append))
        })
        .argument(Argument::path("path", "the file").positional().required())
        .argument(Argument::flag("append", "keeps what is in the file"))
        .takes(Carries::Bytes),
    ]
}

fn prompted_file_reader(given: &Arguments) -> Result<PromptedFileReader, ArgumentError> {
    let path: PathBuf = given.need("path");
    let reader = match given.value::<String>("mode").as_deref() {
        Some("lines") => PromptedFileReader::lines(path),
        _ => PromptedFileReader::bytes(path),
    };
    let reader = given.set("longest_line", reader, PromptedFileReader::longest_line);
    let reader = given.flag("lossy", reader, PromptedFileReader::lossy);
    Ok(given.flag("as_bytes", reader, PromptedFileReader::as_bytes))
}
