//! A snapshot for Mermaid, which draws in Markdown pages.

use std::collections::HashMap;
use std::fmt::Write;

use super::{indentation, is_signal};
use crate::{
    LinkageKind, Side,
    snapshot::{BoxName, Snapshot},
};

pub(super) fn written(snapshot: &Snapshot) -> String {
    let mut text = String::from("flowchart LR\n");
    let mut keys = HashMap::new();
    let mut open = 0;
    for (depth, component) in snapshot.nested() {
        while open > depth {
            open -= 1;
            let _ = writeln!(text, "{}end", indentation(open + 1));
        }
        let indent = indentation(depth + 1);
        let label = quoted(&format!("{}\n{}", component.title(), component.standing()));
        let _ = writeln!(text, "{indent}subgraph c{}[{label}]", component.id);
        for (nth, inbox) in component.inboxes.iter().enumerate() {
            let key = format!("c{}i{nth}", component.id);
            let label = quoted(&format!("{}\n{inbox}", inbox.name));
            let _ = writeln!(text, "{indent}  {key}[{label}]");
            let name = inbox.name.clone();
            keys.insert(BoxName { component: component.id, side: Side::Inbox, name }, key);
        }
        for (nth, outbox) in component.outboxes.iter().enumerate() {
            let key = format!("c{}o{nth}", component.id);
            let label = quoted(&format!("{}\n{} sent", outbox.name, outbox.sent));
            let _ = writeln!(text, "{indent}  {key}([{label}])");
            let name = outbox.name.clone();
            keys.insert(BoxName { component: component.id, side: Side::Outbox, name }, key);
        }
        open += 1;
    }
    for depth in (0..open).rev() {
        let _ = writeln!(text, "{}end", indentation(depth + 1));
    }
    for linkage in &snapshot.linkages {
        let arrow = if linkage.kind == LinkageKind::Plain && !is_signal(linkage) { "-->" } else { "-.->" };
        if let (Some(from), Some(to)) = (keys.get(&linkage.source), keys.get(&linkage.sink)) {
            let _ = writeln!(text, "  {from} {arrow} {to}");
        }
    }
    text
}

/// A label of Mermaid.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '\n' => quoted.push_str("<br/>"),
            // A label is read as HTML and as Markdown.
            '"' => quoted.push_str("#quot;"),
            '#' | '&' | '<' | '>' | '`' | '*' | '\\' => {
                let _ = write!(quoted, "#{};", u32::from(letter));
            }
            letter => quoted.push(letter),
        }
    }
    quoted + "\""
}
