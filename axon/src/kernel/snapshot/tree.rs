//! A snapshot as text: the tree of components, each with its boxes and where they lead.

use std::collections::HashMap;
use std::fmt;

use super::{ComponentView, DEEPEST_INDENTED, InboxView, Snapshot, indentation};
use crate::kernel::side::Side;
use crate::kernel::system::BoxName;

impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.titles();
        let mut onward = HashMap::new();
        for linkage in &self.linkages {
            let sink = &linkage.sink;
            let name = names.get(&sink.component).map_or("?", String::as_str);
            onward.insert(&linkage.source, format!(" -> {name}.{}", sink.name));
        }
        for (nth, (depth, component)) in self.nested().into_iter().enumerate() {
            if nth > 0 {
                writeln!(f)?;
            }
            write_component(f, depth, component, &onward)?;
        }
        Ok(())
    }
}

fn write_component(
    f: &mut fmt::Formatter<'_>,
    depth: usize,
    component: &ComponentView,
    onward: &HashMap<&BoxName, String>,
) -> fmt::Result {
    let indent = indentation("    ", depth);
    let leads = |side, name: &str| {
        let source = BoxName { component: component.id, side, name: name.to_owned() };
        onward.get(&source).map_or("", String::as_str)
    };
    write!(f, "{indent}")?;
    if depth > DEEPEST_INDENTED {
        write!(f, "[{depth}] ")?;
    }
    write!(f, "{}: {}", component.title(), component.standing())?;
    for inbox in &component.inboxes {
        write!(f, "\n{indent}  > {}, {inbox}{}", inbox.name, leads(Side::Inbox, &inbox.name))?;
    }
    for outbox in &component.outboxes {
        let (name, sent) = (&outbox.name, outbox.sent);
        write!(f, "\n{indent}  < {name}, {sent} sent{}", leads(Side::Outbox, name))?;
    }
    Ok(())
}

/// What waits in it, and what has: `2 of 10 waiting, 7 arrived, never more than 3 at once`.
impl fmt::Display for InboxView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.length)?;
        if let Some(limit) = self.limit {
            write!(f, " of {limit}")?;
        }
        write!(f, " waiting")?;
        if self.arrived > 0 {
            write!(f, ", {} arrived, never more than {} at once", self.arrived, self.most)?;
        }
        if self.dropped > 0 {
            write!(f, ", {} dropped", self.dropped)?;
        }
        Ok(())
    }
}
