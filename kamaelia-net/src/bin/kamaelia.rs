//! Runs, checks and shows graphs of components that are written as text: `kamaelia help`.

use std::process::ExitCode;

use axon::catalogue::Catalogue;

fn main() -> ExitCode {
    let catalogue = Catalogue::new().with(axon::chassis::catalogue()).with(axon::util::catalogue());
    kamaelia_net::command(catalogue.with(axon::file::catalogue()).with(kamaelia_net::catalogue()))
}
