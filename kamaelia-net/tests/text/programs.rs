//! A graph as a program compiles: the programs stand in `written.rs`, which is compiled with these tests.
//!
//! `AXON_BLESS=1 cargo test --test text` writes them anew.

use std::fs;

use axon::catalogue::{Argument, ArgumentType, Catalogue, Entry};
use axon::text::{parse, usage};

use super::{everything, loaded};

/// Graphs with everything that the language has.
const GRAPHS: [(&str, &str); 7] = [
    ("a_row", "SimpleReader access.log ! LineSplit ! Grep \" 500 \" ! ConsoleEchoer tag='> '"),
    (
        "names",
        "a: OneShot \"x\\n\"; b: TwoWaySplitter; a -> b; b.outbox2 -> c.inbox; b.signal2 -> c.control; c: ConsoleEchoer",
    ),
    ("a_limit", "a: DataSource 1 2; a -> b; b: PassThrough; b.inbox[10]; b -> NullSinkComponent"),
    (
        "others_inside",
        "a: OneShot x; g: ( p: PassThrough; self.inbox -> p.inbox; p.outbox -> self.outbox; self.control -> \
     p.control; p.signal -> self.signal ); a -> g; g -> ConsoleEchoer",
    ),
    ("a_server", "SimpleServer 127.0.0.1:1500 ( ChunksToLines ! PassThrough )"),
    ("chassis", "a: Seq (OneShot x) (OneShot y); b: Par PassThrough PassThrough; a -> b"),
    ("bytes", "DataChunker \"\\xff\\0\" ! DataDeChunker \"\\xff\\0\""),
];

/// A component with all that it needs, and then with each of its other arguments that it takes alone.
fn ways(entry: &Entry, catalogue: &Catalogue) -> Vec<String> {
    let needs = entry.arguments().iter().filter(|argument| argument.is_required());
    let needs = needs.map(|argument| format!(" {}={}", argument.name(), argument.example_value()));
    let alone = format!("{}{}", entry.name(), needs.collect::<String>());
    let more = entry.arguments().iter().filter(|argument| !argument.is_required()).filter_map(|argument| {
        let text = format!("{alone} {}={}", argument.name(), value(argument));
        parse(&text).load(catalogue).is_ok().then_some(text)
    });
    let mut ways: Vec<String> = more.collect();
    ways.insert(0, usage(entry));
    ways
}

fn value(argument: &Argument) -> &str {
    match argument.kind() {
        ArgumentType::Boolean => "true",
        _ => argument.example_value(),
    }
}

/// All programs, each in a module of its own.
fn written() -> String {
    let catalogue = everything();
    let mut text = String::from("//! Written by `programs.rs`: graphs as programs.\n");
    let mut add =
        |name: &str, graph: &str| text += &format!("\nmod {name} {{\n{}}}\n", loaded(graph).to_rust());
    for (name, graph) in GRAPHS {
        add(name, graph);
    }
    for entry in catalogue.entries() {
        let ways = ways(entry, &catalogue);
        let graph: Vec<String> =
            ways.iter().enumerate().map(|(nth, way)| format!("c{nth}: {way}\n")).collect();
        add(&format!("each_{}", entry.name()), &graph.concat());
    }
    text
}

#[test]
fn programs_are_those_that_were_compiled() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/text/written.rs");
    let written = written();
    if std::env::var_os("AXON_BLESS").is_some() {
        fs::write(path, &written).expect("it can be written");
    }
    let compiled = fs::read_to_string(path).unwrap_or_default();
    let differ = written.lines().zip(compiled.lines()).find(|(now, then)| now != then);
    assert!(written == compiled, "AXON_BLESS=1 writes {path} anew; the first that differs: {differ:?}");
}
