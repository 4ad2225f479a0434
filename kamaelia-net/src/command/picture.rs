//! A graph as a picture, or as a program.

use std::io::{self, Write};

use axon::catalogue::{Catalogue, nearest};
use axon::drawing::Drawing;
use axon::{
    ComponentId,
    snapshot::{ComponentView, Snapshot},
};
use lexopt::{Arg, Parser};

use super::{Stop, Told, only_text, put, source, unknown, value};

pub(super) const OPTIONS: &[(&str, &str)] = &[
    ("--svg", "as a picture"),
    ("--dot", "for Graphviz"),
    ("--mermaid", "for Mermaid"),
    ("--text", "as text in the usual form"),
    ("--rust", "as a program in Rust"),
    ("--no-signals", "a picture without the boxes signal and control"),
    ("--no-unlinked", "a picture without boxes that are not linked"),
    ("--no-services", "a picture without services"),
    ("--plain NAME", "a picture in which the component NAME is a box without others inside"),
    ("--near NAME", "a picture of the component NAME and of those at most two linkages away"),
];

/// How many linkages away from a component `--near` shows others.
const NEAR: usize = 2;

/// From how many components on a picture is large.
const LARGE: usize = 200;

/// `kamaelia graph`.
pub(super) fn graph(catalogue: &Catalogue, parser: &mut Parser) -> Told {
    let (mut text, mut form) = (None, None);
    let (mut drawing, mut plain, mut near) = (Drawing::new(), Vec::new(), None);
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("no-signals") => drawing = drawing.without_signals(),
            Arg::Long("no-unlinked") => drawing = drawing.without_unlinked_boxes(),
            Arg::Long("no-services") => drawing = drawing.without_services(),
            Arg::Long("plain") => plain.push(value("graph", "--plain", parser)?),
            Arg::Long("near") => near = Some(value("graph", "--near", parser)?),
            Arg::Long(name @ ("svg" | "dot" | "mermaid" | "text" | "rust")) => form = Some(name.to_owned()),
            Arg::Value(word) => text = Some(only_text("graph", &text, &word, parser)?),
            other => return Err(unknown("graph", &other)),
        }
    }
    let argument = text.ok_or_else(|| Stop::usage("which graph? write kamaelia graph 'TEXT', or a file"))?;
    let text = source::read(&argument)?;
    let graph = text.load(catalogue)?;
    match form.as_deref() {
        Some("rust") => return put(&graph.to_rust()),
        Some("svg" | "dot" | "mermaid") => {}
        _ => return put(&text.formatted()?),
    }
    let (snapshot, _) = graph.still().map_err(|error| Stop::failed(error.to_string()))?;
    for name in plain {
        drawing = drawing.as_plain_box(named(&snapshot, "--plain", &name)?);
    }
    match near {
        Some(name) => drawing = drawing.near(named(&snapshot, "--near", &name)?, NEAR),
        None if snapshot.components.len() > LARGE => {
            // If nobody reads standard error, that is no failure.
            let _ = writeln!(
                io::stderr(),
                "kamaelia: a picture of {} components is large; --near NAME shows one with its neighbours, --plain NAME \
                 leaves out what a component holds, and kamaelia run --visualise has a search",
                snapshot.components.len()
            );
        }
        None => {}
    }
    put(&match form.as_deref() {
        Some("svg") => drawing.to_svg(&snapshot),
        Some("dot") => drawing.to_dot(&snapshot),
        _ => drawing.to_mermaid(&snapshot),
    })
}

/// The first component that the text calls so, or that has this name.
fn named(snapshot: &Snapshot, option: &str, name: &str) -> Told<ComponentId> {
    let is_meant = |view: &&ComponentView| view.called.as_deref() == Some(name) || view.name == name;
    if let Some(view) = snapshot.components.iter().find(is_meant) {
        return Ok(view.id);
    }
    let names = snapshot.components.iter().map(|view| view.called.as_deref().unwrap_or(&view.name));
    let meant = nearest(name, names.clone()).map_or_else(
        || format!("it has {}", names.collect::<Vec<_>>().join(", ")),
        |nearest| format!("did you mean {nearest}?"),
    );
    Err(Stop::usage(format!("{option} {name}: no component of the graph has this name; {meant}")))
}
