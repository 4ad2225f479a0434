//! Begins a file with a graph.

use std::fs::OpenOptions;
use std::io::Write;

use axon::catalogue::Catalogue;
use lexopt::{Arg, Parser, ValueExt};

use super::{Stop, Told, put, unknown};

const GRAPH: &str = "\
# kamaelia run NAME.kam
# `kamaelia list` shows the components, `kamaelia inspect DataSource` what one takes.

greetings: DataSource \"hello\\n\" \"and good bye\\n\"
copies: TwoWaySplitter

greetings -> copies
copies -> ConsoleEchoer tag=\"one: \"
copies.outbox2 -> other.inbox
copies.signal2 -> other.control
other: ConsoleEchoer tag=\"two: \"
";

/// `kamaelia new`.
pub(super) fn new(_: &Catalogue, parser: &mut Parser) -> Told {
    let mut name = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Value(value) if name.is_none() => name = Some(value.string()?),
            other => return Err(unknown("new", &other)),
        }
    }
    let Some(name) = name else { return Err(Stop::usage("what shall its name be? write kamaelia new NAME")) };
    let path = if name.ends_with(".kam") { name } else { name + ".kam" };
    let failed = |error| Stop::failed(format!("cannot begin {path}: {error}"));
    let mut file = OpenOptions::new().write(true).create_new(true).open(&path).map_err(failed)?;
    file.write_all(GRAPH.replace("NAME.kam", &path).as_bytes()).map_err(failed)?;
    put(&format!("{path} is there; try kamaelia run {path}\n"))
}
