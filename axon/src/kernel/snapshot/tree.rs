//! A snapshot as text: the tree of components, each with its boxes and where they lead.

use std::fmt;

use super::{ComponentView, InboxView, Snapshot};
use crate::kernel::change::{BoxName, Side};

impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, (depth, component)) in self.nested().into_iter().enumerate() {
            if nth > 0 {
                writeln!(f)?;
            }
            self.write_component(f, depth, component)?;
        }
        Ok(())
    }
}

impl Snapshot {
    fn write_component(
        &self,
        f: &mut fmt::Formatter<'_>,
        depth: usize,
        component: &ComponentView,
    ) -> fmt::Result {
        let indent = "    ".repeat(depth);
        write!(f, "{indent}{}: {}", component.name, component.standing())?;
        for inbox in &component.inboxes {
            write!(f, "\n{indent}  > {}, {inbox}", inbox.name)?;
            self.write_onward(f, component, Side::Inbox, &inbox.name)?;
        }
        for outbox in &component.outboxes {
            write!(f, "\n{indent}  < {}, {} sent", outbox.name, outbox.sent)?;
            self.write_onward(f, component, Side::Outbox, &outbox.name)?;
        }
        Ok(())
    }

    fn write_onward(
        &self,
        f: &mut fmt::Formatter<'_>,
        component: &ComponentView,
        side: Side,
        name: &str,
    ) -> fmt::Result {
        let source = BoxName { component: component.id, side, name: name.to_owned() };
        match self.linkage_from(&source) {
            Some(linkage) => write!(f, " -> {}", self.label(&linkage.sink)),
            None => Ok(()),
        }
    }
}

/// What waits in it, and what has: `2 of 10 waiting, 7 arrived, 3 at most`.
impl fmt::Display for InboxView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.length)?;
        if let Some(limit) = self.limit {
            write!(f, " of {limit}")?;
        }
        write!(f, " waiting")?;
        if self.arrived > 0 {
            write!(f, ", {} arrived, {} at most", self.arrived, self.most)?;
        }
        Ok(())
    }
}
