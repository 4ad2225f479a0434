//! The boxes of one component, by name and by number.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::rc::Rc;

use super::declaration::{BoxTable, Declaration};
use super::postbox::BoxId;

/// The boxes of one component: those declared lie side by side, those added at run time anywhere.
pub(in crate::kernel) struct ComponentBoxes {
    pub(in crate::kernel) table: Rc<BoxTable>,
    pub(in crate::kernel) first_inbox: u32,
    pub(in crate::kernel) first_outbox: u32,
    pub(in crate::kernel) added: Option<Box<Added>>,
}

impl ComponentBoxes {
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
        declared.chain(self.added.as_ref().map_or_else(Vec::new, |added| added.boxes()))
    }

    /// What was declared of a box, if it was declared and not added.
    pub(in crate::kernel) fn declaration(&self, box_: BoxId) -> Option<&Declaration> {
        let (table, first) = if box_.is_outbox() {
            (&self.table.outboxes, self.first_outbox)
        } else {
            (&self.table.inboxes, self.first_inbox)
        };
        table.declarations().get(box_.index().checked_sub(first)? as usize)
    }

    /// The name of a box: as it was declared, or as it was added.
    pub(in crate::kernel) fn name(&self, box_: BoxId) -> Cow<'static, str> {
        if let Some(declared) = self.declaration(box_) {
            return Cow::Borrowed(declared.name);
        }
        let name =
            self.added.as_ref().and_then(|added| added.side(box_.is_outbox()).by_box.get(&box_.index()));
        Cow::Owned(name.map_or_else(String::new, |name| (**name).to_owned()))
    }
}

/// Boxes added at run time.
#[derive(Default)]
pub(in crate::kernel) struct Added {
    pub(in crate::kernel) inboxes: AddedSide,
    pub(in crate::kernel) outboxes: AddedSide,
}

impl Added {
    pub(in crate::kernel) fn side(&self, outbox: bool) -> &AddedSide {
        if outbox { &self.outboxes } else { &self.inboxes }
    }

    pub(in crate::kernel) fn side_mut(&mut self, outbox: bool) -> &mut AddedSide {
        if outbox { &mut self.outboxes } else { &mut self.inboxes }
    }

    /// All of them, inboxes before outboxes.
    pub(super) fn boxes(&self) -> Vec<BoxId> {
        let inboxes = self.inboxes.in_order.values().map(|(_, index)| BoxId::inbox(*index));
        let outboxes = self.outboxes.in_order.values().map(|(_, index)| BoxId::outbox(*index));
        inboxes.chain(outboxes).collect()
    }
}

/// Boxes of one side added at run time, by name and in the order of adding.
#[derive(Default)]
pub(in crate::kernel) struct AddedSide {
    by_name: HashMap<Rc<str>, (u64, u32)>,
    pub(in crate::kernel) in_order: BTreeMap<u64, (Rc<str>, u32)>,
    by_box: HashMap<u32, Rc<str>>,
    serial: u64,
}

impl AddedSide {
    /// Adds a box under `wanted`, or under a variant of it if that is taken.
    pub(in crate::kernel) fn insert(
        &mut self,
        wanted: &str,
        taken: impl Fn(&str) -> bool,
        box_: u32,
    ) -> Rc<str> {
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

    pub(in crate::kernel) fn find(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).map(|(_, box_)| *box_)
    }

    pub(in crate::kernel) fn remove(&mut self, name: &str) {
        if let Some((serial, box_)) = self.by_name.remove(name) {
            self.in_order.remove(&serial);
            self.by_box.remove(&box_);
        }
    }
}
