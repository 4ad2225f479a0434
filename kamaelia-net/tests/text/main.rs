//! The catalogue of components, and graphs that are written as text.

#[path = "../../../tests/harness/folder.rs"]
mod folder;

mod catalogue;

#[path = "../../../tests/harness/pictures.rs"]
mod harness;

mod mistakes;

mod pictures;

mod programs;

mod round_trip;

mod running;

/// Compiled, and never run.
#[allow(dead_code, non_snake_case, unused, clippy::all)]
#[rustfmt::skip]
mod written;

use axon::catalogue::Catalogue;
use axon::text::{Graph, parse};

/// Everything that the two libraries have.
fn everything() -> Catalogue {
    let axon = Catalogue::new()
        .with(axon::chassis::catalogue())
        .with(axon::util::catalogue())
        .with(axon::file::catalogue());
    axon.with(kamaelia_net::catalogue())
}

fn loaded(text: &str) -> Graph {
    parse(text).load(&everything()).unwrap_or_else(|error| panic!("{error}"))
}
