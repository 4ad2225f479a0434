//! All linkages of a scheduler: which box leads to which, and who made it, in one table.
//!
//! An entry has numbers only. Names, and references that keep the components, are found when somebody
//! asks for a [`Linkage`](super::linkage::Linkage): nearly every linkage is made, used and cut without.

use std::collections::HashSet;
use std::ops::{Index, IndexMut};

use super::id::Pid;
use super::postbox::{BoxId, JointId};
use super::postoffice::make_room;

/// One linkage.
#[derive(Clone, Copy)]
pub(super) struct Joint {
    /// Unique within the scheduler and rising; 0 in a place that is free.
    pub(super) serial: u64,
    pub(super) maker: Pid,
    pub(super) source: BoxId,
    pub(super) sink: BoxId,
    /// Its neighbours among those that lead to the same sink, the youngest first.
    pub(super) next: JointId,
    pub(super) previous: JointId,
    /// Its neighbours among those of the same maker, the oldest first. In a place that is free, the
    /// first of the two is the next free place.
    next_made: JointId,
    previous_made: JointId,
}

/// The linkages that one component made, in the order of making.
#[derive(Clone, Copy)]
pub(super) struct MadeBy {
    pub(super) first: JointId,
    last: JointId,
}

impl Default for MadeBy {
    fn default() -> Self {
        MadeBy { first: JointId::NONE, last: JointId::NONE }
    }
}

/// All linkages of a scheduler.
pub(super) struct Joints {
    places: Vec<Joint>,
    free: JointId,
    /// Those that are lent to a child: few are.
    lent: HashSet<JointId>,
}

impl Default for Joints {
    fn default() -> Self {
        Joints { places: Vec::new(), free: JointId::NONE, lent: HashSet::new() }
    }
}

impl Index<JointId> for Joints {
    type Output = Joint;

    fn index(&self, joint: JointId) -> &Joint {
        &self.places[joint.0 as usize]
    }
}

impl IndexMut<JointId> for Joints {
    fn index_mut(&mut self, joint: JointId) -> &mut Joint {
        &mut self.places[joint.0 as usize]
    }
}

impl Joints {
    /// One more, the youngest of its maker's, in front of those that lead to the same sink.
    pub(super) fn insert(
        &mut self,
        serial: u64,
        (maker, made): (Pid, &mut MadeBy),
        (source, sink): (BoxId, BoxId),
        next: JointId,
    ) -> JointId {
        let (previous, next_made, previous_made) = (JointId::NONE, JointId::NONE, made.last);
        let joint = Joint { serial, maker, source, sink, next, previous, next_made, previous_made };
        let id = if self.free.is_none() {
            make_room(&mut self.places, 1);
            self.places.push(joint);
            JointId(self.places.len() as u32 - 1)
        } else {
            let id = self.free;
            self.free = self[id].next_made;
            self[id] = joint;
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

    /// Takes one out of the table and off its maker's list. Its neighbours at the sink are the caller's.
    pub(super) fn remove(&mut self, id: JointId, made: &mut MadeBy) {
        let Joint { next_made, previous_made, .. } = self[id];
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

    /// Marks one that is cut when the component it leads to ends.
    pub(super) fn lend(&mut self, id: JointId) {
        self.lent.insert(id);
    }

    pub(super) fn is_lent(&self, id: JointId) -> bool {
        self.lent.contains(&id)
    }

    pub(super) fn are_none_lent(&self) -> bool {
        self.lent.is_empty()
    }

    /// Those of one maker, in the order of making.
    pub(super) fn made(&self, by: MadeBy) -> impl Iterator<Item = JointId> {
        let after = |joint: JointId| (!joint.is_none()).then_some(joint);
        std::iter::successors(after(by.first), move |joint| after(self[*joint].next_made))
    }

    /// All, in the order of making.
    pub(super) fn in_order(&self) -> Vec<JointId> {
        let all = (0..self.places.len() as u32).map(JointId);
        let mut there: Vec<JointId> = all.filter(|joint| self[*joint].serial != 0).collect();
        there.sort_by_key(|joint| self[*joint].serial);
        there
    }
}
