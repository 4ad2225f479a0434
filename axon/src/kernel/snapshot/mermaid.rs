//! A snapshot for Mermaid, which draws in Markdown pages.

use std::collections::HashMap;
use std::fmt::Write;

use super::{Snapshot, indentation};
use crate::kernel::boxes::LinkageKind;
use crate::kernel::side::Side;
use crate::kernel::system::BoxName;

impl Snapshot {
    /// The picture as a Mermaid flowchart: components as frames in their parents' frames, inboxes square,
    /// outboxes round, passed-through boxes with dotted arrows.
    #[must_use]
    pub fn to_mermaid(&self) -> String {
        let mut text = String::from("flowchart LR\n");
        let mut keys = HashMap::new();
        let mut open = 0;
        for (depth, component) in self.nested() {
            while open > depth {
                open -= 1;
                let _ = writeln!(text, "{}end", indentation("  ", open + 1));
            }
            let indent = indentation("  ", depth + 1);
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
            let _ = writeln!(text, "{}end", indentation("  ", depth + 1));
        }
        for linkage in &self.linkages {
            let arrow = if linkage.kind == LinkageKind::Plain { "-->" } else { "-.->" };
            if let (Some(from), Some(to)) = (keys.get(&linkage.source), keys.get(&linkage.sink)) {
                let _ = writeln!(text, "  {from} {arrow} {to}");
            }
        }
        text
    }
}

/// A label of Mermaid.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "#quot;").replace('\n', "<br/>"))
}
