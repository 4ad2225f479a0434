//! A graph as a picture, or as a program.

use axon::catalogue::Catalogue;
use lexopt::{Arg, Parser, ValueExt};

use super::{Stop, Told, put, source, unknown};

pub(super) const OPTIONS: &[(&str, &str)] = &[
    ("--dot", "for Graphviz"),
    ("--mermaid", "for Mermaid"),
    ("--text", "as text in the usual form"),
    ("--rust", "as a program in Rust"),
];

/// `kamaelia graph`.
pub(super) fn graph(catalogue: &Catalogue, parser: &mut Parser) -> Told {
    let (mut text, mut form) = (None, None);
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long(name @ ("dot" | "mermaid" | "text" | "rust")) => form = Some(name.to_owned()),
            Arg::Value(value) if text.is_none() => text = Some(value.string()?),
            other => return Err(unknown("graph", &other)),
        }
    }
    let argument = text.ok_or_else(|| Stop::usage("which graph? write kamaelia graph 'TEXT', or a file"))?;
    let text = source::read(&argument)?;
    let graph = text.load(catalogue)?;
    let still = || graph.still().map_err(|error| Stop::failed(error.to_string()));
    put(&match form.as_deref() {
        Some("dot") => still()?.0.to_dot(),
        Some("mermaid") => still()?.0.to_mermaid(),
        Some("rust") => graph.to_rust(),
        _ => text.formatted()?,
    })
}
