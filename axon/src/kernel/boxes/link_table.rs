//! All linkages of a scheduler: which box leads to which, and who made it, in one table.
//!
//! An entry has numbers only. Names, and references that keep the components, are looked up when a program asks for a
//! [`Linkage`](crate::Linkage); nearly every linkage is made, used and cut without them.

use std::collections::HashSet;
use std::ops::{Index, IndexMut};

use super::box_id::BoxId;
use super::postbox::LinkId;
use super::postoffice::make_room;
use crate::kernel::id::Pid;

/// One linkage.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct LinkEntry {
    /// Unique within the scheduler and rising; 0 in a place that is free.
    pub(in crate::kernel) serial: u64,
    pub(in crate::kernel) maker: Pid,
    pub(in crate::kernel) source: BoxId,
    pub(in crate::kernel) sink: BoxId,
    /// Its neighbours among the linkages that lead to the same sink, the youngest first.
    pub(in crate::kernel) next: LinkId,
    pub(super) previous: LinkId,
    /// Its neighbours among the linkages of the same maker, the oldest first. In a free place, the first of the two
    /// is the next free place.
    next_made: LinkId,
    previous_made: LinkId,
}

/// The linkages that one component made, in the order of making.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct MadeBy {
    first: LinkId,
    last: LinkId,
}

impl Default for MadeBy {
    fn default() -> Self {
        MadeBy { first: LinkId::NONE, last: LinkId::NONE }
    }
}

/// All linkages of a scheduler.
pub(super) struct LinkTable {
    places: Vec<LinkEntry>,
    free: LinkId,
    /// The linkages that are lent to a child: there are few of them.
    lent: HashSet<LinkId>,
}

impl Default for LinkTable {
    fn default() -> Self {
        LinkTable { places: Vec::new(), free: LinkId::NONE, lent: HashSet::new() }
    }
}

impl Index<LinkId> for LinkTable {
    type Output = LinkEntry;

    fn index(&self, link: LinkId) -> &LinkEntry {
        &self.places[link.0 as usize]
    }
}

impl IndexMut<LinkId> for LinkTable {
    fn index_mut(&mut self, link: LinkId) -> &mut LinkEntry {
        &mut self.places[link.0 as usize]
    }
}

impl LinkTable {
    #[cfg(test)]
    pub(super) fn places(&self) -> usize {
        self.places.len()
    }

    /// Adds a linkage: the youngest of its maker, and the first of those that lead to the same sink.
    #[inline]
    pub(super) fn insert(
        &mut self,
        serial: u64,
        (maker, made): (Pid, &mut MadeBy),
        (source, sink): (BoxId, BoxId),
        next: LinkId,
    ) -> LinkId {
        let (previous, next_made, previous_made) = (LinkId::NONE, LinkId::NONE, made.last);
        let link = LinkEntry { serial, maker, source, sink, next, previous, next_made, previous_made };
        let id = if self.free.is_none() {
            make_room(&mut self.places, 1);
            self.places.push(link);
            LinkId(self.places.len() as u32 - 1)
        } else {
            let id = self.free;
            self.free = self[id].next_made;
            self[id] = link;
            id
        };
        if !next.is_none() {
            self[next].previous = id;
        }
        if previous_made.is_none() {
            made.first = id;
        } else {
            self[previous_made].next_made = id;
        }
        made.last = id;
        id
    }

    /// Removes a linkage from the table and from its maker's list. The caller unlinks it from its neighbours at the
    /// sink.
    #[inline]
    pub(super) fn remove(&mut self, id: LinkId, made: &mut MadeBy) {
        let LinkEntry { next_made, previous_made, .. } = self[id];
        if previous_made.is_none() {
            made.first = next_made;
        } else {
            self[previous_made].next_made = next_made;
        }
        if next_made.is_none() {
            made.last = previous_made;
        } else {
            self[next_made].previous_made = previous_made;
        }
        (self[id].serial, self[id].next_made) = (0, self.free);
        self.free = id;
        if !self.lent.is_empty() {
            self.lent.remove(&id);
        }
    }

    /// Marks a linkage that is cut when the component it leads to ends.
    pub(super) fn lend(&mut self, id: LinkId) {
        self.lent.insert(id);
    }

    pub(super) fn is_lent(&self, id: LinkId) -> bool {
        self.lent.contains(&id)
    }

    pub(super) fn are_none_lent(&self) -> bool {
        self.lent.is_empty()
    }

    /// The linkages of one maker, in the order of making.
    pub(super) fn made(&self, by: MadeBy) -> impl Iterator<Item = LinkId> {
        let after = |link: LinkId| (!link.is_none()).then_some(link);
        std::iter::successors(after(by.first), move |link| after(self[*link].next_made))
    }

    /// All linkages, in the order of making.
    pub(super) fn in_order(&self) -> Vec<LinkId> {
        let all = (0..self.places.len() as u32).map(LinkId);
        let mut there: Vec<LinkId> = all.filter(|link| self[*link].serial != 0).collect();
        there.sort_by_key(|link| self[*link].serial);
        there
    }
}
