//! Components that are linked with each other, from left to right.

use std::collections::HashMap;

use super::plan::Plan;
use super::ranks::ranks;
use super::{End, Item, Wire};
use crate::Side;

pub(super) struct Part {
    pub(super) level: Option<usize>,
    /// Whether the boxes of the frame around belong to it: its inboxes are the first column, its outboxes the last.
    pub(super) has_frame_boxes: bool,
    pub(super) children: Vec<usize>,
    pub(super) wires: Vec<usize>,
}

impl Part {
    /// The child of the frame in which the item lies; `None` is the frame itself.
    pub(super) fn child(level: Option<usize>, item: usize, items: &[Item<'_>]) -> Option<usize> {
        if level == Some(item) {
            return None;
        }
        let mut child = item;
        while items[child].parent != level {
            child = items[child].parent?;
        }
        Some(child)
    }

    pub(super) fn shift(&self, by: (i64, i64), items: &mut [Item<'_>], wires: &mut [Wire]) {
        for child in &self.children {
            items[*child].x += by.0;
            items[*child].y += by.1;
        }
        self.wires.iter().for_each(|wire| wires[*wire].way.shift(by));
    }

    /// Places everything, measured from the part's corner. Returns its size.
    pub(super) fn lay_out(&self, items: &mut [Item<'_>], wires: &mut [Wire]) -> (i64, i64) {
        self.rank(items, wires);
        Plan::new(self, items).lay_out(items, wires)
    }

    fn rank(&self, items: &mut [Item<'_>], wires: &[Wire]) {
        let local: HashMap<usize, usize> =
            self.children.iter().enumerate().map(|(nth, child)| (*child, nth)).collect();
        let leads = |counts: &dyn Fn(&Wire) -> bool| {
            let mut leads: Vec<Vec<(End, usize)>> = vec![Vec::new(); self.children.len()];
            for wire in self.wires.iter().map(|wire| &wires[*wire]).filter(|wire| counts(wire)) {
                let place =
                    |end: End| Part::child(self.level, end.item, items).and_then(|child| local.get(&child));
                if let (Some(from), Some(to)) = (place(wire.source), place(wire.sink)) {
                    leads[*from].push((wire.source, *to));
                }
            }
            leads
        };
        let mut found = leads(&|wire| wire.is_data);
        if found.iter().all(Vec::is_empty) {
            found = leads(&|wire| wire.source.side == Side::Outbox && wire.sink.side == Side::Inbox);
        }
        // In the order of boxes, so that a component in the place of a linkage leads the walk the same way.
        found.iter_mut().for_each(|leads| leads.sort());
        let found: Vec<Vec<usize>> =
            found.into_iter().map(|leads| leads.into_iter().map(|(_, to)| to).collect()).collect();
        for (child, rank) in self.children.iter().zip(ranks(self.children.len(), &found)) {
            items[*child].rank = rank;
        }
    }
}
