//! A snapshot for Graphviz: components as frames in their parents' frames, boxes, linkages as arrows.

use std::fmt::Write;

use super::{indentation, is_signal};
use crate::{
    LinkageKind, Side,
    snapshot::{BoxName, ComponentState, ComponentView, InboxView, Snapshot},
};

pub(super) fn written(snapshot: &Snapshot) -> String {
    let mut dot = String::from(
        "digraph axon {\n  rankdir=LR;\n  node [shape=box, style=\"filled,rounded\", fillcolor=white, \
         fontname=\"sans-serif\", fontsize=10, height=0.3];\n  \
         graph [fontname=\"sans-serif\", fontsize=11];\n",
    );
    let mut open = 0;
    for (depth, component) in snapshot.nested() {
        while open > depth {
            open -= 1;
            dot.push_str(&format!("{}}}\n", indentation(open + 1)));
        }
        open_frame(&mut dot, depth, component);
        open += 1;
    }
    for depth in (0..open).rev() {
        dot.push_str(&format!("{}}}\n", indentation(depth + 1)));
    }
    let names = snapshot.titles();
    for linkage in &snapshot.linkages {
        let style = match (linkage.kind, is_signal(linkage)) {
            (LinkageKind::Plain, false) => "style=solid",
            (LinkageKind::Plain, true) => "style=dotted, color=gray40",
            (_, false) => "style=dashed",
            (_, true) => "style=dashed, color=gray70",
        };
        let maker = names.get(&linkage.maker).map_or("?", String::as_str);
        let tooltip = quoted(&format!("made by {maker}"));
        let (from, to) = (key(&linkage.source), key(&linkage.sink));
        let _ = writeln!(dot, "  {from} -> {to} [{style}, tooltip={tooltip}];");
    }
    dot.push_str("}\n");
    dot
}

/// The frame of a component with its boxes; it is left open for the children.
fn open_frame(dot: &mut String, depth: usize, component: &ComponentView) {
    let indent = indentation(depth + 1);
    let look = match component.state {
        ComponentState::Made => "style=\"rounded,dashed\", color=gray40",
        ComponentState::Awake => "style=\"rounded,filled\", color=gray40, fillcolor=\"#e3f6e3\"",
        ComponentState::Paused => "style=\"rounded,filled\", color=gray40, fillcolor=white",
        ComponentState::Ended => "style=\"rounded,filled\", color=gray60, fillcolor=gray92",
    };
    let label = quoted(&format!("{}\n{}", component.title(), component.standing()));
    let _ = writeln!(dot, "{indent}subgraph cluster_{} {{", component.id);
    let _ = writeln!(dot, "{indent}  graph [label={label}, {look}];");
    let name = |side, name: &str| BoxName { component: component.id, side, name: name.to_owned() };
    for inbox in &component.inboxes {
        let (key, label) = (key(&name(Side::Inbox, &inbox.name)), quoted(&inbox_label(inbox)));
        let fill = match inbox.length {
            0 => "white",
            length if inbox.limit.is_some_and(|limit| length >= limit) => "\"#f6b3a8\"",
            _ => "\"#fff2a8\"",
        };
        let tooltip = quoted(inbox.doc);
        let _ = writeln!(dot, "{indent}  {key} [label={label}, fillcolor={fill}, tooltip={tooltip}];");
    }
    for outbox in &component.outboxes {
        let key = key(&name(Side::Outbox, &outbox.name));
        let label = match outbox.sent {
            0 => quoted(&outbox.name),
            sent => quoted(&format!("{}\n{sent} sent", outbox.name)),
        };
        let tooltip = quoted(outbox.doc);
        let _ = writeln!(dot, "{indent}  {key} [label={label}, shape=cds, style=filled, tooltip={tooltip}];");
    }
    if component.inboxes.is_empty() && component.outboxes.is_empty() {
        let _ = writeln!(dot, "{indent}  \"{}\" [style=invis, label=\"\", width=0];", component.id);
    }
    // Inboxes left of outboxes, so that what flows, flows to the right.
    for (inbox, outbox) in component.inboxes.iter().zip(&component.outboxes) {
        let (from, to) = (key(&name(Side::Inbox, &inbox.name)), key(&name(Side::Outbox, &outbox.name)));
        let _ = writeln!(dot, "{indent}  {from} -> {to} [style=invis];");
    }
}

fn inbox_label(inbox: &InboxView) -> String {
    match (inbox.arrived, inbox.limit) {
        (0, None) => inbox.name.clone(),
        _ => format!("{}\n{}", inbox.name, inbox.to_string().replacen(", ", "\n", 1)),
    }
}

/// The name by which the drawing knows a box.
fn key(end: &BoxName) -> String {
    quoted(&format!("{}.{}.{}", end.component, end.side, end.name))
}

/// A string of DOT.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
