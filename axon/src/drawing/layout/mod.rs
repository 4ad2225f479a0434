//! Where everything stands in a picture: components from left to right by rank, those inside another in its frame.
//!
//! Each frame is laid out by itself, the inner ones first. What lies in it falls into [parts](part) that are linked,
//! and each part is laid out in the usual steps: [ranks], the [order] in each rank, the [heights], and ways for
//! linkages that lead back ([lanes]).

mod columns;
mod heights;
mod lanes;
mod level;
mod order;
mod part;
mod plan;
mod ranks;
mod way;

use std::collections::HashMap;

use super::is_signal;
use super::lettering::{shortened, width};
use crate::{
    LinkageKind, Side,
    snapshot::{BoxName, ComponentView, Snapshot},
};

/// The height of the letters of names, of those of boxes, and of a row of boxes.
pub(super) const NAME: i64 = 12;
pub(super) const LABEL: i64 = 10;
pub(super) const ROW: i64 = 16;
/// Between the outline and the letters inside.
pub(super) const INSET: i64 = 9;
/// The height of a line with a name.
pub(super) const TITLE: i64 = 22;
/// What a second line adds.
const SECOND: i64 = 13;
/// How far the mark of a box reaches out of its component.
pub(super) const MARK: i64 = 7;

/// A component's place.
pub(super) struct Item<'a> {
    pub(super) view: &'a ComponentView,
    pub(super) parent: Option<usize>,
    /// Invariant: in the order of making.
    children: Vec<usize>,
    /// Measured from the corner of the parent's frame, and at last from that of the picture.
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) width: i64,
    pub(super) height: i64,
    /// The height of the middle of each box, measured from the item's upper edge.
    pub(super) inboxes: Vec<i64>,
    pub(super) outboxes: Vec<i64>,
    pub(super) rank: usize,
}

impl Item<'_> {
    pub(super) fn is_frame(&self) -> bool {
        !self.children.is_empty()
    }

    fn boxes(&self, side: Side) -> &[i64] {
        match side {
            Side::Inbox => &self.inboxes,
            Side::Outbox => &self.outboxes,
        }
    }

    /// The height of what stands above the boxes, or above what lies inside.
    pub(super) fn head(&self) -> i64 {
        TITLE + if self.view.called.is_some() { SECOND } else { 0 }
    }
}

/// One end of a linkage: the item, the side, the number of the box.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct End {
    pub(super) item: usize,
    pub(super) side: Side,
    pub(super) nth: usize,
}

/// A linkage as a line.
pub(super) struct Wire {
    /// Its number in the snapshot.
    pub(super) linkage: usize,
    pub(super) source: End,
    pub(super) sink: End,
    /// Only these say what is left of what.
    is_data: bool,
    way: way::Way,
    /// The frame in whose measure the way is, or the whole picture.
    level: Option<usize>,
}

pub(super) struct Layout<'a> {
    pub(super) width: i64,
    pub(super) height: i64,
    /// Each after its parent.
    pub(super) items: Vec<Item<'a>>,
    pub(super) wires: Vec<Wire>,
}

/// Lays out the whole picture.
pub(super) fn laid_out(snapshot: &Snapshot) -> Layout<'_> {
    let mut items = items(snapshot);
    let mut wires = wires(snapshot, &items);
    let mut by_level: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
    for (nth, wire) in wires.iter().enumerate() {
        by_level.entry(wire.level).or_default().push(nth);
    }
    let roots: Vec<usize> = (0..items.len()).filter(|at| items[*at].parent.is_none()).collect();
    for frame in (0..items.len()).rev().filter(|at| !items[*at].children.is_empty()).collect::<Vec<_>>() {
        let children = items[frame].children.clone();
        let here = by_level.remove(&Some(frame)).unwrap_or_default();
        level::lay_out(Some(frame), &children, &here, &mut items, &mut wires);
    }
    let here = by_level.remove(&None).unwrap_or_default();
    let (width, height) = level::lay_out(None, &roots, &here, &mut items, &mut wires);
    for at in 0..items.len() {
        if let Some(parent) = items[at].parent {
            let (x, y) = (items[parent].x, items[parent].y);
            items[at].x += x;
            items[at].y += y;
        }
    }
    Layout { width, height, items, wires }
}

fn items(snapshot: &Snapshot) -> Vec<Item<'_>> {
    let mut items: Vec<Item<'_>> = Vec::new();
    let mut around: Vec<usize> = Vec::new();
    for (depth, view) in snapshot.nested() {
        around.truncate(depth);
        let (at, parent) = (items.len(), around.last().copied());
        if let Some(parent) = parent {
            items[parent].children.push(at);
        }
        around.push(at);
        let none = || (Vec::new(), Vec::new());
        let ((inboxes, outboxes), children) = (none(), Vec::new());
        items.push(Item {
            view,
            parent,
            children,
            x: 0,
            y: 0,
            width: 0,
            height: 0,
            inboxes,
            outboxes,
            rank: 0,
        });
    }
    for item in &mut items {
        measure(item);
    }
    items
}

/// The size of a component without others inside. That of a frame is known when it has been laid out.
fn measure(item: &mut Item<'_>) {
    let head = item.head();
    let rows = |count: usize| (0..count as i64).map(|row| head + row * ROW + ROW / 2).collect();
    item.inboxes = rows(item.view.inboxes.len());
    item.outboxes = rows(item.view.outboxes.len());
    let widest =
        |side| (0..item.boxes(side).len()).map(|nth| label_width(item.view, side, nth)).max().unwrap_or(0);
    let between = if item.inboxes.is_empty() || item.outboxes.is_empty() { 0 } else { 14 };
    let labels = widest(Side::Inbox) + between + widest(Side::Outbox);
    item.width = (labels.max(title_width(item.view)) + 2 * INSET).max(64);
    item.height = head + item.inboxes.len().max(item.outboxes.len()) as i64 * ROW + 6;
}

/// The lines above the boxes: what the parent calls it, and its own name.
pub(super) fn title(view: &ComponentView) -> (String, Option<String>) {
    match &view.called {
        Some(called) => (shortened(called), Some(shortened(&view.name))),
        None => (shortened(&view.name), None),
    }
}

fn title_width(view: &ComponentView) -> i64 {
    let (first, second) = title(view);
    // The first line is bold.
    let second = second.map_or(0, |second| width(&second, LABEL));
    (width(&first, NAME) * 108 / 100).max(second) / 100 + 1
}

/// What is written beside a box.
pub(super) fn label(view: &ComponentView, side: Side, nth: usize) -> String {
    match side {
        Side::Outbox => shortened(&view.outboxes[nth].name),
        Side::Inbox => {
            let inbox = &view.inboxes[nth];
            let name = shortened(&inbox.name);
            match inbox.limit {
                Some(limit) => format!("{name} {}/{limit}", inbox.length),
                None if inbox.length > 0 => format!("{name} {}", inbox.length),
                None => name,
            }
        }
    }
}

pub(super) fn label_width(view: &ComponentView, side: Side, nth: usize) -> i64 {
    width(&label(view, side, nth), LABEL) / 100 + 1
}

fn wires(snapshot: &Snapshot, items: &[Item<'_>]) -> Vec<Wire> {
    let mut ends: HashMap<BoxName, End> = HashMap::new();
    for (item, placed) in items.iter().enumerate() {
        let component = placed.view.id;
        let mut add = |side, nth, name: &str| {
            ends.insert(BoxName { component, side, name: name.to_owned() }, End { item, side, nth });
        };
        placed.view.inboxes.iter().enumerate().for_each(|(nth, inbox)| add(Side::Inbox, nth, &inbox.name));
        placed
            .view
            .outboxes
            .iter()
            .enumerate()
            .for_each(|(nth, outbox)| add(Side::Outbox, nth, &outbox.name));
    }
    let depths = depths(items);
    let mut wires = Vec::with_capacity(snapshot.linkages.len());
    for (nth, linkage) in snapshot.linkages.iter().enumerate() {
        // A box that was deleted meanwhile has no place.
        let (Some(source), Some(sink)) = (ends.get(&linkage.source), ends.get(&linkage.sink)) else {
            continue;
        };
        wires.push(Wire {
            linkage: nth,
            source: *source,
            sink: *sink,
            is_data: linkage.kind == LinkageKind::Plain && !is_signal(linkage),
            way: way::Way::default(),
            level: common_frame(items, &depths, source.item, sink.item),
        });
    }
    wires
}

fn depths(items: &[Item<'_>]) -> Vec<usize> {
    let mut depths: Vec<usize> = Vec::with_capacity(items.len());
    for item in items {
        depths.push(item.parent.map_or(0, |parent| depths[parent] + 1));
    }
    depths
}

/// The innermost frame in which both lie: one of the two if the other lies in it.
fn common_frame(items: &[Item<'_>], depths: &[usize], one: usize, other: usize) -> Option<usize> {
    if one == other {
        return items[one].parent;
    }
    let (mut one, mut other) = (one, other);
    while one != other {
        if depths[one] >= depths[other] {
            one = items[one].parent?;
        } else {
            other = items[other].parent?;
        }
    }
    Some(one)
}

impl Layout<'_> {
    /// Where the line begins or ends: beside the mark of a box, or inside a frame beside the box's name.
    fn tip(&self, end: End, wire: &Wire) -> (i64, i64) {
        let item = &self.items[end.item];
        let y = item.y + item.boxes(end.side)[end.nth];
        let inside = wire.level == Some(end.item);
        let letters = || INSET + label_width(item.view, end.side, end.nth) + 4;
        let x = match (end.side, inside) {
            (Side::Inbox, false) => item.x - MARK,
            (Side::Outbox, false) => item.x + item.width + MARK,
            (Side::Inbox, true) => item.x + letters(),
            (Side::Outbox, true) => item.x + item.width - letters(),
        };
        (x, y)
    }

    /// The line of a linkage, as the attribute `d` of a path.
    pub(super) fn path(&self, wire: &Wire) -> String {
        let corner = wire.level.map_or((0, 0), |frame| (self.items[frame].x, self.items[frame].y));
        wire.way.path(corner, self.tip(wire.source, wire), self.tip(wire.sink, wire))
    }
}
