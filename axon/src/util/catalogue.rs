//! The entries of these components in the catalogue.

use super::catalogue_of_files::{self, LONGEST_LINE};
use super::*;
use super::{catalogue_of_items, catalogue_of_rates, catalogue_of_tools};
use crate::Message;
use crate::catalogue::{Argument, ArgumentError, Arguments, Carries, Entry, Kind};
use crate::catalogue::{Carries::Bytes, Carries::Text as TextOnly};

/// The entries of the components of this module.
///
/// Those that take a function, or a type for which a text has no word, are not among them.
#[must_use]
pub fn catalogue() -> Vec<Entry> {
    let own = [sources(), transformers(), filters(), splitters_and_joiners()];
    let others = [
        catalogue_of_files::entries(),
        catalogue_of_items::entries(),
        catalogue_of_rates::entries(),
        catalogue_of_tools::entries(),
    ];
    own.into_iter().chain(others).flatten().collect()
}

fn sources() -> Vec<Entry> {
    vec![
        Entry::new(
            Kind::Source,
            "axon::util::OneShot",
            "Sends one message on its first turn, and ends on the next.",
            |given| Ok(OneShot::new(given.need::<String>("message"))),
        )
        .argument(Argument::text("message", "what it sends").positional().required())
        .sends(TextOnly),
        Entry::new(
            Kind::Source,
            "axon::util::TriggeredOneShot",
            "Waits for any message, then sends one of its own and ends.",
            |given| Ok(TriggeredOneShot::new(given.need::<String>("message"))),
        )
        .argument(Argument::text("message", "what it sends").positional().required())
        .sends(TextOnly),
        Entry::new(
            Kind::Source,
            "axon::util::DataSource",
            "Sends the items of an iterator, one each turn.",
            |given| Ok(DataSource::new(given.all::<String>("items"))),
        )
        .argument(
            Argument::text("items", "what it sends, one after another").positional().required().repeated(),
        )
        .sends(TextOnly),
        Entry::new(
            Kind::Source,
            "axon::util::TriggeredSource",
            "Sends the same message for every message that it receives.",
            |given| Ok(TriggeredSource::new(given.need::<String>("message"))),
        )
        .argument(Argument::text("message", "what it sends").positional().required())
        .sends(TextOnly),
        Entry::new(
            Kind::Source,
            "axon::util::Chooser",
            "Sends the first of its items, then another for each command.",
            |given| Ok(given.flag("looping", Chooser::new(given.all::<String>("items")), Chooser::looping)),
        )
        .argument(Argument::text("items", "what it sends").positional().required().repeated())
        .argument(Argument::flag("looping", "after the last item comes the first again"))
        .takes(TextOnly)
        .sends(TextOnly),
    ]
}

fn transformers() -> Vec<Entry> {
    vec![
        Entry::new(
            Kind::Transformer,
            "axon::util::LineSplit",
            "Splits each text at its line breaks and sends the pieces, including empty ones.",
            // Whoever sees lines expects none after the last.
            |given| Ok(given.set("longest_line", LineSplit::new().ending_lines(), LineSplit::longest_line)),
        )
        .rust("axon::util::LineSplit::new().ending_lines()")
        .argument(Argument::size("longest_line", LONGEST_LINE))
        .takes(TextOnly)
        .sends(TextOnly),
        Entry::new(
            Kind::Transformer,
            "axon::util::ChunksToLines",
            "Collects chunks, and sends each line as soon as it is complete, as a `String` without its line break.",
            |given| {
                let lines = given.flag("keep_last_line", ChunksToLines::new(), ChunksToLines::keep_last_line);
                Ok(given.set("longest_line", lines, ChunksToLines::longest_line))
            },
        )
        .named_in_python("chunks_to_lines")
        .argument(Argument::flag("keep_last_line", "sends a last line without a line break too"))
        .argument(Argument::size("longest_line", LONGEST_LINE))
        .takes(Bytes)
        .sends(TextOnly),
        Entry::new(
            Kind::Transformer,
            "axon::util::LinesToTokenlists",
            "Sends the words of each line as a `Vec<String>`.",
            |_| Ok(LinesToTokenlists::new()),
        )
        .named_in_python("lines_to_tokenlists")
        .takes(TextOnly)
        .sends(Carries::Other("lists of words")),
        Entry::new(
            Kind::Transformer,
            "axon::util::TagWithSequenceNumber::<String>",
            "Sends each item together with its number, as `(u64, T)`.",
            |given| Ok(given.set("starting_at", TagWithSequenceNumber::<String>::new(), TagWithSequenceNumber::starting_at)),
        )
        .argument(Argument::count("starting_at", "the number of the first item").default("0"))
        .takes(TextOnly)
        .sends(Carries::Other("numbered items")),
        Entry::new(Kind::Transformer, "axon::util::Framer", "Makes a frame from each pair of tag and data.", |_| {
            Ok(Framer::new())
        })
        .takes(Carries::Other("numbered items"))
        .sends(TextOnly),
        Entry::new(Kind::Transformer, "axon::util::DeFramer", "Takes tag and data out of each frame.", |given| {
            Ok(given.set("longest_frame", DeFramer::new(), DeFramer::longest_frame))
        })
        .argument(Argument::size("longest_frame", "the longest frame that is taken"))
        .takes(TextOnly)
        .sends(Carries::Other("numbered items")),
        Entry::new(
            Kind::Transformer,
            "axon::util::DataChunker",
            "Marks where each message begins, so that they can be found in a stream.",
            |given| {
                let sync = sync(given)?;
                Ok(sync.map_or_else(DataChunker::new, |sync| DataChunker::new().sync(sync)))
            },
        )
        .argument(Argument::bytes("sync", SYNC).positional().example("SYNC"))
        .takes(Bytes)
        .sends(Bytes),
        Entry::new(
            Kind::Transformer,
            "axon::util::DataDeChunker",
            "Finds the messages that a [`DataChunker`] has marked in a stream.",
            |given| {
                let sync = sync(given)?;
                let chunker = sync.map_or_else(DataDeChunker::new, |sync| DataDeChunker::new().sync(sync));
                let chunker = given.flag("keep_last_chunk", chunker, DataDeChunker::keep_last_chunk);
                Ok(given.set("longest_chunk", chunker, DataDeChunker::longest_chunk))
            },
        )
        .argument(Argument::bytes("sync", SYNC).positional().example("SYNC"))
        .argument(Argument::flag("keep_last_chunk", "sends the last chunk too, after which no mark came"))
        .argument(Argument::size("longest_chunk", "the longest chunk that is taken"))
        .takes(Bytes)
        .sends(Bytes),
        Entry::new(
            Kind::Transformer,
            "axon::util::LengthFramer",
            "Makes a frame from each message: its length, and then its bytes.",
            |given| Ok(LengthFramer::new().prefix(length_prefix(given))),
        )
        .argument(length_prefix_argument())
        .takes(Bytes)
        .sends(Bytes),
        Entry::new(
            Kind::Transformer,
            "axon::util::LengthDeFramer",
            "Finds the messages of a stream before each of which stands its length, as a [`LengthFramer`] writes it.",
            |given| {
                let framer = LengthDeFramer::new().prefix(length_prefix(given));
                Ok(given.set("longest_frame", framer, LengthDeFramer::longest_frame))
            },
        )
        .argument(length_prefix_argument())
        .argument(Argument::size("longest_frame", "the longest frame that is taken"))
        .takes(Bytes)
        .sends(Bytes),
        Entry::new(
            Kind::Transformer,
            "axon::util::MaxSizePacketiser",
            "Cuts messages into packets of at most a size, for a network that loses large ones.",
            |given| Ok(given.set("max_size", MaxSizePacketiser::new(), MaxSizePacketiser::max_size)),
        )
        .argument(Argument::size("max_size", "how large a packet may be").positional())
        .takes(Bytes)
        .sends(Bytes),
    ]
}

fn length_prefix_argument() -> Argument {
    let choices = &["u8", "u16be", "u16le", "u32be", "u32le"];
    Argument::choice("prefix", choices, "how lengths are written").default("u32be").positional().rust(
        "match {} { \"u8\" => axon::util::LengthPrefix::U8, \"u16be\" => axon::util::LengthPrefix::U16Be, \
         \"u16le\" => axon::util::LengthPrefix::U16Le, \"u32le\" => axon::util::LengthPrefix::U32Le, \
         _ => axon::util::LengthPrefix::U32Be }",
    )
}

fn length_prefix(given: &Arguments) -> LengthPrefix {
    match given.value::<String>("prefix").as_deref().unwrap_or("u32be") {
        "u8" => LengthPrefix::U8,
        "u16be" => LengthPrefix::U16Be,
        "u16le" => LengthPrefix::U16Le,
        "u32le" => LengthPrefix::U32Le,
        _ => LengthPrefix::U32Be,
    }
}

const SYNC: &str = "the bytes that stand before each chunk";

/// The bytes that mark where a chunk begins.
fn sync(given: &Arguments) -> Result<Option<Vec<u8>>, ArgumentError> {
    match given.value::<Vec<u8>>("sync") {
        Some(sync) if sync.is_empty() => {
            Err(ArgumentError::new("sync", "no bytes mark nothing; give at least 1"))
        }
        Some(sync) if sync.iter().any(|byte| matches!(byte, b'%' | b'0'..=b'9' | b'a'..=b'f')) => {
            Err(ArgumentError::new("sync", "these bytes stand for others in the data: %, 0-9, a-f"))
        }
        sync => Ok(sync),
    }
}

fn filters() -> Vec<Entry> {
    vec![
        Entry::new(
            Kind::Filter,
            "axon::util::PassThrough",
            "Sends what arrives at `inbox` out of `outbox`, and what arrives at `control` out of `signal`.",
            |_| Ok(PassThrough::new()),
        ),
        Entry::new(
            Kind::Filter,
            "axon::util::FirstOnly",
            "Passes on the first message that arrives at `inbox`, and discards all others.",
            |given| Ok(given.flag("ending", FirstOnly::new(), FirstOnly::ending)),
        )
        .argument(Argument::flag("ending", "ends after the first message")),
        Entry::new(
            Kind::Filter,
            "axon::util::UnseenOnly::<String>",
            "Passes on each item the first time it comes, and discards it every other time.",
            |_| Ok(UnseenOnly::<String>::new()),
        )
        .takes(TextOnly)
        .sends(TextOnly),
        Entry::new(
            Kind::Filter,
            "axon::util::Sync",
            "Takes messages in batches of `n`, and passes on the last of each full batch.",
            |given| Ok(Sync::new(given.need("n"))),
        )
        .argument(Argument::count("n", "how many messages make a batch").positional().required().at_least(1)),
        Entry::new(
            Kind::Filter,
            "axon::util::LossyConnector",
            "Passes on what comes to `inbox`, but discards it while the destination is full.",
            |_| Ok(LossyConnector::new()),
        ),
        Entry::new(
            Kind::Sink,
            "axon::util::NullSinkComponent",
            "Discards what comes to `inbox`: for the end of a pipeline whose result is not needed.",
            |_| Ok(NullSinkComponent::new()),
        )
        .named_in_python("nullSinkComponent"),
        Entry::new(
            Kind::Protocol,
            "axon::util::EchoProtocol",
            "Sends what arrives at `inbox` out of `outbox`: the protocol of an echo server.",
            |_| Ok(EchoProtocol::new()),
        ),
    ]
}

const WHEN_FULL: &str = "what becomes of a message for a receiver that has no room";
const WHENS: &[&str] = &["hold", "drop", "cut"];

/// What an argument says about receivers that have no room.
fn when_full(given: &Arguments) -> WhenFull {
    match given.value::<String>("when_full").as_deref() {
        Some("drop") => WhenFull::Drop,
        Some("cut") => WhenFull::Cut,
        _ => WhenFull::Hold,
    }
}

fn when_full_argument() -> Argument {
    Argument::choice("when_full", WHENS, WHEN_FULL).default("hold").rust(
        "match {} { \"drop\" => axon::util::WhenFull::Drop, \"cut\" => axon::util::WhenFull::Cut, _ => \
         axon::util::WhenFull::Hold }",
    )
}

fn splitters_and_joiners() -> Vec<Entry> {
    vec![
        Entry::new(
            Kind::Splitter,
            "axon::util::TwoWaySplitter",
            "Sends what arrives at `inbox` out of `outbox` and `outbox2`, and what arrives at `control` out of \
             `signal` and `signal2`.",
            |_| Ok(TwoWaySplitter::new()),
        ),
        Entry::new(
            Kind::Splitter,
            "axon::util::PlugSplitter",
            "Copies what it receives to its `outbox` and to every *sink* that was added.",
            |given| Ok(PlugSplitter::new().when_full(when_full(given))),
        )
        .named_in_python("Splitter")
        .argument(when_full_argument()),
        Entry::new(
            Kind::Splitter,
            "axon::util::Backplane",
            "A named backplane, to which any component can publish and subscribe by name.",
            |given| Ok(Backplane::new(given.need::<String>("name")).when_full(when_full(given))),
        )
        .argument(Argument::text("name", "its name").positional().required().example("CHAT"))
        .argument(when_full_argument()),
        Entry::new(
            Kind::Sink,
            "axon::util::PublishTo",
            "Publishes what it receives to a named [`Backplane`].",
            |given| {
                Ok(given.flag(
                    "forwarder",
                    PublishTo::new(given.need::<String>("destination")),
                    PublishTo::forwarder,
                ))
            },
        )
        .argument(
            Argument::text("destination", "the name of the backplane")
                .positional()
                .required()
                .example("CHAT"),
        )
        .argument(Argument::flag("forwarder", "sends everything out of `outbox` too")),
        Entry::new(
            Kind::Source,
            "axon::util::SubscribeTo",
            "Sends what is published to a named [`Backplane`].",
            |given| Ok(SubscribeTo::new(given.need::<String>("source"))),
        )
        .argument(
            Argument::text("source", "the name of the backplane").positional().required().example("CHAT"),
        ),
        Entry::new(
            Kind::Joiner,
            "axon::util::Comparator::<String>",
            "Takes one item from each of two inboxes, and sends whether they are equal.",
            |_| Ok(Comparator::<String>::new()),
        )
        .named_in_python("comparator")
        .sends(Carries::Other("booleans")),
        Entry::new(
            Kind::Joiner,
            "axon::util::Collate::<axon::Message>",
            "Collects all items, and sends them as one `Vec<T>` when it is told to end.",
            |_| Ok(Collate::<Message>::new()),
        )
        .sends(Carries::Other("a list")),
    ]
}
