//! The boxes of one component, by name and by number.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::rc::Rc;

use super::box_id::BoxId;
use super::declaration::{BoxTable, Declaration};
use crate::kernel::side::Side;

/// The boxes of one component: declared boxes are adjacent in the tables, boxes added at run time can be anywhere.
pub(in crate::kernel) struct ComponentBoxes {
    table: Rc<BoxTable>,
    first_inbox: u32,
    first_outbox: u32,
    added: Option<Box<Added>>,
}

impl ComponentBoxes {
    pub(super) fn new(table: Rc<BoxTable>, first_inbox: u32, first_outbox: u32) -> Self {
        ComponentBoxes { table, first_inbox, first_outbox, added: None }
    }

    /// Whether it was this that was declared.
    pub(super) fn are_of(&self, table: &Rc<BoxTable>) -> bool {
        Rc::ptr_eq(&self.table, table)
    }

    /// Forgets the boxes that were added, and returns them, inboxes before outboxes.
    #[inline]
    pub(super) fn take_added(&mut self) -> Vec<BoxId> {
        if self.added.is_none() {
            return Vec::new();
        }
        let added = self.added_boxes();
        self.added = None;
        added
    }

    /// What was declared, with the places of the first inbox and the first outbox.
    pub(in crate::kernel) fn places(&self) -> (&Rc<BoxTable>, u32, u32) {
        (&self.table, self.first_inbox, self.first_outbox)
    }

    /// The inboxes that were declared.
    pub(super) fn inboxes(&self) -> Range<u32> {
        self.first_inbox..self.first_inbox + self.table.inboxes.declarations().len() as u32
    }

    /// The outboxes that were declared.
    pub(super) fn outboxes(&self) -> Range<u32> {
        self.first_outbox..self.first_outbox + self.table.outboxes.declarations().len() as u32
    }

    /// All boxes: those declared, then those added, inboxes before outboxes.
    pub(in crate::kernel) fn boxes(&self) -> impl Iterator<Item = BoxId> + use<> {
        let declared = self.inboxes().map(BoxId::inbox).chain(self.outboxes().map(BoxId::outbox));
        declared.chain(self.added_boxes())
    }

    /// The boxes of one side: those declared, then those added.
    pub(in crate::kernel) fn of_side(&self, side: Side) -> impl Iterator<Item = BoxId> + use<> {
        let declared = match side {
            Side::Inbox => self.inboxes(),
            Side::Outbox => self.outboxes(),
        };
        let added = self.added.as_ref().map_or_else(Vec::new, |added| added.side(side).boxes());
        declared.chain(added).map(move |index| BoxId::of(side, index))
    }

    /// Those added, inboxes before outboxes.
    fn added_boxes(&self) -> Vec<BoxId> {
        self.added.as_ref().map_or_else(Vec::new, |added| added.boxes())
    }

    /// What was declared of a box, if it was declared and not added.
    pub(in crate::kernel) fn declaration(&self, box_: BoxId) -> Option<&Declaration> {
        let (table, first) = match box_.side() {
            Side::Inbox => (&self.table.inboxes, self.first_inbox),
            Side::Outbox => (&self.table.outboxes, self.first_outbox),
        };
        table.declarations().get(box_.index().checked_sub(first)? as usize)
    }

    /// A box that was declared.
    #[inline]
    pub(in crate::kernel) fn find_declared(&self, side: Side, name: &str) -> Option<BoxId> {
        let (table, first) = match side {
            Side::Inbox => (&self.table.inboxes, self.first_inbox),
            Side::Outbox => (&self.table.outboxes, self.first_outbox),
        };
        table.find_unknown(name).map(|at| BoxId::of(side, first + at as u32))
    }

    /// A box that was added.
    pub(in crate::kernel) fn find_added(&self, side: Side, name: &str) -> Option<BoxId> {
        self.added.as_ref()?.side(side).find(name).map(|index| BoxId::of(side, index))
    }

    /// The name of a box: as it was declared, or as it was added.
    pub(in crate::kernel) fn name(&self, box_: BoxId) -> Cow<'static, str> {
        match self.declaration(box_) {
            Some(declared) => Cow::Borrowed(declared.name),
            None => Cow::Owned(self.added_name(box_).unwrap_or_default().to_owned()),
        }
    }

    /// Whether that is its name.
    pub(in crate::kernel) fn is_called(&self, box_: BoxId, name: &str) -> bool {
        match self.declaration(box_) {
            Some(declared) => declared.name == name,
            None => self.added_name(box_) == Some(name),
        }
    }

    fn added_name(&self, box_: BoxId) -> Option<&str> {
        let added = self.added.as_ref()?;
        added.side(box_.side()).by_box.get(&box_.index()).map(|name| &**name)
    }

    /// The names of the boxes of one side that were added, in the order of adding.
    pub(in crate::kernel) fn added_names(&self, side: Side) -> impl Iterator<Item = &str> {
        let added = self.added.iter().flat_map(move |added| added.side(side).in_order.values());
        added.map(|(name, _)| &**name)
    }

    /// The names of all boxes of one side: those declared, then those added.
    pub(in crate::kernel) fn names(&self, side: Side) -> impl Iterator<Item = &str> {
        let table = match side {
            Side::Inbox => &self.table.inboxes,
            Side::Outbox => &self.table.outboxes,
        };
        table.declarations().iter().map(|declaration| declaration.name).chain(self.added_names(side))
    }

    /// Adds a box under `wanted`, or under a variant of it if that is taken. Returns its name.
    pub(in crate::kernel) fn add(&mut self, box_: BoxId, wanted: &str) -> String {
        let table = match box_.side() {
            Side::Inbox => &self.table.inboxes,
            Side::Outbox => &self.table.outboxes,
        };
        let added = self.added.get_or_insert_default().side_mut(box_.side());
        added.insert(wanted, |name| table.find(name).is_some(), box_.index()).to_string()
    }

    /// Removes a box that was added.
    pub(in crate::kernel) fn remove(&mut self, side: Side, name: &str) {
        if let Some(added) = &mut self.added {
            added.side_mut(side).remove(name);
        }
    }
}

/// Boxes added at run time.
#[derive(Default)]
struct Added {
    inboxes: AddedSide,
    outboxes: AddedSide,
}

impl Added {
    fn side(&self, side: Side) -> &AddedSide {
        match side {
            Side::Inbox => &self.inboxes,
            Side::Outbox => &self.outboxes,
        }
    }

    fn side_mut(&mut self, side: Side) -> &mut AddedSide {
        match side {
            Side::Inbox => &mut self.inboxes,
            Side::Outbox => &mut self.outboxes,
        }
    }

    /// All of them, inboxes before outboxes.
    fn boxes(&self) -> Vec<BoxId> {
        let inboxes = self.inboxes.boxes().into_iter().map(BoxId::inbox);
        let outboxes = self.outboxes.boxes().into_iter().map(BoxId::outbox);
        inboxes.chain(outboxes).collect()
    }
}

/// Boxes of one side added at run time, by name and in the order of adding.
#[derive(Default)]
struct AddedSide {
    by_name: HashMap<Rc<str>, (u64, u32)>,
    in_order: BTreeMap<u64, (Rc<str>, u32)>,
    by_box: HashMap<u32, Rc<str>>,
    serial: u64,
}

impl AddedSide {
    fn insert(&mut self, wanted: &str, taken: impl Fn(&str) -> bool, box_: u32) -> Rc<str> {
        self.serial += 1;
        let mut name: Rc<str> = wanted.into();
        let mut number = self.serial;
        while taken(&name) || self.by_name.contains_key(&name) {
            name = format!("{wanted}_{number}").into();
            number += 1;
        }
        self.by_name.insert(Rc::clone(&name), (self.serial, box_));
        self.in_order.insert(self.serial, (Rc::clone(&name), box_));
        self.by_box.insert(box_, Rc::clone(&name));
        name
    }

    /// All of them, in the order of adding.
    fn boxes(&self) -> Vec<u32> {
        self.in_order.values().map(|(_, box_)| *box_).collect()
    }

    fn find(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).map(|(_, box_)| *box_)
    }

    fn remove(&mut self, name: &str) {
        if let Some((serial, box_)) = self.by_name.remove(name) {
            self.in_order.remove(&serial);
            self.by_box.remove(&box_);
        }
    }
}
