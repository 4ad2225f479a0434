//! A graph of components: each line takes two paths, and both results arrive at one component.
//!
//! ```text
//!           ┌─► shout ─┐
//! lines ─► split       ├─► console
//!           └─► count ─┘
//! ```
//!
//! `cargo run --example graphline`

use axon::prelude::*;

fn main() -> Result<(), axon::RunError> {
    let word_count = |Text(line): Text| format!("  {} words\n", line.split_whitespace().count());

    let graph = graphline! {
        components: {
            lines: DataSource::new(["to be or not to be\n", "that is the question\n"]),
            split: TwoWaySplitter::new(),
            shout: PureTransformer::map(|Text(line): Text| line.to_uppercase()),
            count: PureTransformer::map(word_count),
        },
        linkages: {
            lines.outbox => split.inbox,
            split.outbox => shout.inbox,
            split.outbox2 => count.inbox,

            // `self` is the graphline: what these two send, the graphline sends.
            shout.outbox => self.outbox,
            count.outbox => self.outbox,

            // The ending travels through all of them, so that none ends before its producers.
            lines.signal => split.control,
            split.signal => shout.control,
            shout.signal => count.control,
            count.signal => self.signal,
        },
    };

    // From outside, a graph is a component like any other.
    axon::run(pipeline![graph, ConsoleEchoer::new()])
}
