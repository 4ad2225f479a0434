//! The entries in the catalogue of what cuts, tags, lists, deals out and orders.

use super::*;
use crate::catalogue::{Argument, Carries, Entry, Kind};
use crate::catalogue::{Carries::Bytes, Carries::Text as TextOnly};

const LISTS: Carries = Carries::Other("lists of words");
const NUMBERED: Carries = Carries::Other("numbered items");
const TAGGED: Carries = Carries::Other("tagged items");

pub(super) fn entries() -> Vec<Entry> {
    [streams(), lists(), tags(), choosers()].into_iter().flatten().collect()
}

fn streams() -> Vec<Entry> {
    vec![
        Entry::new(
            Kind::Source,
            "axon::util::Chargen",
            "Sends `Hello World` in each turn, as fast as it is received.",
            |_| Ok(Chargen::new()),
        )
        .sends(TextOnly),
        Entry::new(
            Kind::Transformer,
            "axon::util::Chunkifier",
            "Cuts a stream into chunks of one size, whatever the size of the messages that come.",
            |given| {
                let chunkifier = given.set("chunk_size", Chunkifier::new(), Chunkifier::chunk_size);
                Ok(given.flag("no_delay", chunkifier, Chunkifier::no_delay))
            },
        )
        .argument(Argument::size("chunk_size", "the size of each chunk"))
        .argument(Argument::flag("no_delay", "sends what there is instead of waiting until a chunk is full"))
        .takes(Bytes)
        .sends(Bytes),
        Entry::new(
            Kind::Transformer,
            "axon::util::ChunkNamer",
            "Gives each chunk a file name with a number, for a component that writes each to a file of its own.",
            |given| Ok(ChunkNamer::new(given.need::<String>("base_path"), given.need::<String>("suffix"))),
        )
        .argument(Argument::text("base_path", "what stands before the number").positional().required())
        .argument(Argument::text("suffix", "what stands after it").positional().required().example(".bin"))
        .takes(Bytes)
        .sends(Carries::Other("names and contents")),
        Entry::new(Kind::Transformer, "axon::util::Stringify", "Sends each message as text.", |_| {
            Ok(Stringify::new())
        })
        .sends(TextOnly),
        Entry::new(
            Kind::Sink,
            "axon::util::TestResult",
            "Ends with an error, and with it the run, when a message is false.",
            |_| Ok(TestResult::new()),
        ),
    ]
}

fn lists() -> Vec<Entry> {
    vec![
        Entry::new(
            Kind::Transformer,
            "axon::util::TokenlistsToLines",
            "Sends each list of words as a line, from which a [`LinesToTokenlists`](super::LinesToTokenlists) makes the \
             same list.",
            |_| Ok(TokenlistsToLines::new()),
        )
        .named_in_python("tokenlists_to_lines")
        .takes(LISTS)
        .sends(TextOnly),
        Entry::new(
            Kind::Transformer,
            "axon::util::Entuple::<String>",
            "Puts each item into a list, between others that are always the same.",
            |given| {
                let entuple = Entuple::<String>::new().prefix(given.all::<String>("prefix"));
                Ok(entuple.postfix(given.all::<String>("postfix")))
            },
        )
        .rust("axon::util::Entuple::<String>::new().prefix({prefix}).postfix({postfix})")
        .argument(Argument::text("prefix", "what stands before it").repeated().constructor().rust("{}.to_owned()"))
        .argument(Argument::text("postfix", "what stands after it").repeated().constructor().rust("{}.to_owned()"))
        .takes(TextOnly)
        .sends(LISTS),
        Entry::new(
            Kind::Transformer,
            "axon::util::SimpleDetupler::<Vec<String>>",
            "Sends one item of each tuple of type `T`.",
            |given| Ok(SimpleDetupler::<Vec<String>>::new(given.need("index"))),
        )
        .argument(Argument::count("index", "which item, from 0 on").positional().required())
        .takes(LISTS)
        .sends(TextOnly),
        Entry::new(
            Kind::Transformer,
            "axon::util::Max::<String>",
            "Sends the greatest item of each list; if several are equal, the first of them.",
            |_| Ok(Max::<String>::new()),
        )
        .takes(LISTS)
        .sends(TextOnly),
    ]
}

fn tags() -> Vec<Entry> {
    vec![
        Entry::new(
            Kind::Transformer,
            "axon::util::UidTagger::<String>",
            "Tags each message with the name of this component, which nobody else has.",
            |_| Ok(UidTagger::<String>::new()),
        )
        .takes(TextOnly)
        .sends(TAGGED),
        Entry::new(
            Kind::Filter,
            "axon::util::FilterTag::<String>",
            "Drops the items with one tag, and takes the tag off the others.",
            |_| Ok(FilterTag::<String>::new()),
        )
        .takes(TAGGED)
        .sends(TextOnly),
        Entry::new(
            Kind::Filter,
            "axon::util::FilterButKeepTag::<String>",
            "Drops the items with one tag, and passes on the others with theirs.",
            |_| Ok(FilterButKeepTag::<String>::new()),
        )
        .takes(TAGGED)
        .sends(TAGGED),
        Entry::new(
            Kind::Filter,
            "axon::util::RecoverOrder::<String>",
            "Puts numbered items back into order, in a window, and drops repeats.",
            |given| {
                let order = given.set("window", RecoverOrder::<String>::new(), RecoverOrder::window);
                Ok(given.set("modulo", order, RecoverOrder::modulo))
            },
        )
        .argument(Argument::count("window", "how many items it holds back").at_least(1))
        .argument(Argument::count("modulo", "the number after which they begin again, plus one").at_least(2))
        .takes(NUMBERED)
        .sends(NUMBERED),
        Entry::new(
            Kind::Protocol,
            "axon::util::srm_sender",
            "Numbers text, frames it and marks where each frame begins, for a way on which messages may be lost, repeated and \
             reordered.",
            |_| Ok(srm_sender()),
        )
        .named_in_python("SRM_Sender")
        .rust("axon::util::srm_sender()")
        .sends(Bytes),
        Entry::new(
            Kind::Protocol,
            "axon::util::srm_receiver",
            "Takes what an [`srm_sender`] has sent, drops repeats and what was damaged, and puts the rest in order.",
            |_| Ok(srm_receiver()),
        )
        .named_in_python("SRM_Receiver")
        .rust("axon::util::srm_receiver()")
        .takes(Bytes)
        .sends(NUMBERED),
    ]
}

fn choosers() -> Vec<Entry> {
    vec![
        Entry::new(
            Kind::Source,
            "axon::util::ForwardIteratingChooser",
            "Sends the first item of an iterator, then another for each command.",
            |given| Ok(ForwardIteratingChooser::new(given.all::<String>("items"))),
        )
        .argument(Argument::text("items", "what it sends").positional().required().repeated())
        .takes(TextOnly)
        .sends(TextOnly),
        Entry::new(
            Kind::Splitter,
            "axon::util::TwoWayBalancer",
            "Deals messages to two destinations in turn, to share the work.",
            |_| Ok(TwoWayBalancer::new()),
        ),
    ]
}
