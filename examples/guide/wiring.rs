//! The program of `docs/guide/wiring.md`.

use axon::prelude::*;

/// A graph that is itself a component: each line comes out in capitals, and backwards.
pub(crate) fn both_ways() -> Graphline {
    graphline! {
        components: {
            both: Fanout::new(["up", "back"]),
            up: PureTransformer::map(|Text(line): Text| line.to_uppercase()),
            back: PureTransformer::map(|Text(line): Text| line.chars().rev().collect::<String>()),
        },
        linkages: {
            self.inbox => both.inbox,
            self.control => both.control,
            both.up => up.inbox,
            both.back => back.inbox,
            both.signal => up.control,
            up.signal => back.control,
            up.outbox => self.outbox,
            back.outbox => self.outbox,
            back.signal => self.signal,
        },
    }
}

pub(crate) fn main() -> Result<(), axon::RunError> {
    axon::run(pipeline![DataSource::new(["linkage", "outbox"]), both_ways(), ConsoleEchoer::new().lines()])
}
