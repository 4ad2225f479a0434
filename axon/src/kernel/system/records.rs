//! The records of all components, by the place of the microprocess.
//!
//! What a component leaves once nothing refers to it any more stays in its place for the next one there: the record,
//! the boxes if the next one declares the same, and the identity if nobody holds it. A record without a component
//! is *vacant*, and nobody finds it.

use std::sync::Arc;

use super::families::Parents;
use super::starter::Starter;
use super::state::{Service, TaskSlot, Ties};
use crate::kernel::boxes::{ComponentBoxes, make_room};
use crate::kernel::id::{Identity, Pid};

/// All records.
#[derive(Default)]
pub(in crate::kernel) struct Records(Vec<Record>);

impl Records {
    /// The record of the component in a place, if there is one.
    #[inline]
    pub(in crate::kernel) fn get(&self, index: u32) -> Option<&Record> {
        self.0.get(index as usize).filter(|record| !record.is_vacant)
    }

    #[inline]
    pub(in crate::kernel) fn get_mut(&mut self, index: u32) -> Option<&mut Record> {
        self.0.get_mut(index as usize).filter(|record| !record.is_vacant)
    }

    /// The record of the component with this key, if it still exists.
    pub(in crate::kernel) fn find(&self, pid: Pid) -> Option<&Record> {
        self.get(pid.index).filter(|record| record.identity.pid == pid)
    }

    /// The records of all components, with their places.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &Record)> {
        (0..).zip(&self.0).filter(|(_, record)| !record.is_vacant)
    }

    pub(in crate::kernel) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Record> {
        self.0.iter_mut().filter(|record| !record.is_vacant)
    }

    /// What the last component in a place has left; `None` if there was none.
    pub(super) fn left_in(&mut self, index: u32) -> Option<&mut Record> {
        self.0.get_mut(index as usize)
    }

    /// Adds a record, in the next place.
    pub(super) fn push(&mut self, record: Record) -> &mut Record {
        make_room(&mut self.0, 1);
        self.0.push(record);
        self.0.last_mut().expect("one was pushed")
    }

    /// How many records there are, vacant ones included.
    #[cfg(test)]
    pub(in crate::kernel) fn places(&self) -> usize {
        self.0.len()
    }

    /// All records, when the scheduler is gone.
    pub(super) fn into_all(self) -> impl Iterator<Item = Record> {
        self.0.into_iter()
    }
}

/// What is known of one component beside its boxes' contents and its state.
pub(in crate::kernel) struct Record {
    pub(in crate::kernel) identity: Arc<Identity>,
    pub(in crate::kernel) own_boxes: ComponentBoxes,
    pub(in crate::kernel) code: TaskSlot,
    pub(in crate::kernel) ties: Option<Box<Ties>>,
    pub(in crate::kernel) parents: Parents,
    /// What of the tables keeps it, beside references: ends of linkages, and living parents.
    pub(super) holds: u32,
    pub(in crate::kernel) service: Service,
    /// It offers a service in the tracker.
    pub(in crate::kernel) registered: bool,
    /// The component is forgotten, and the record is what it has left.
    is_vacant: bool,
    /// It was reported for holding the processor too long.
    pub(in crate::kernel) reported: bool,
}

impl Record {
    /// A component that was just made.
    pub(super) fn new(identity: Arc<Identity>, own_boxes: ComponentBoxes) -> Self {
        Record {
            identity,
            own_boxes,
            code: TaskSlot::Given(0),
            ties: None,
            parents: Parents::NONE,
            holds: 0,
            service: Service::No,
            registered: false,
            reported: false,
            is_vacant: false,
        }
    }

    /// Leaves the record to the next component in its place.
    pub(super) fn vacate(&mut self) {
        (self.service, self.registered, self.reported) = (Service::No, false, false);
        (self.parents, self.is_vacant) = (Parents::NONE, true);
    }

    /// A component has taken the place, with boxes and an identity of its own.
    pub(super) fn occupy(&mut self) {
        debug_assert!(self.ties.is_none() && self.holds == 0);
        (self.code, self.is_vacant) = (TaskSlot::Given(0), false);
    }

    /// The code of one that was not activated yet.
    pub(super) fn take_starter(&mut self) -> Option<Starter> {
        match std::mem::replace(&mut self.code, TaskSlot::Given(0)) {
            TaskSlot::Waits(starter) => Some(starter),
            given => {
                self.code = given;
                None
            }
        }
    }

    /// Its number in the order of activation.
    pub(in crate::kernel) fn activation(&self) -> u64 {
        match self.code {
            TaskSlot::Waits(_) => 0,
            TaskSlot::Given(number) => number,
        }
    }

    /// Whether a linkage touches it or a living parent has it.
    pub(super) fn is_tied(&self) -> bool {
        self.holds != 0
    }

    /// Whether its boxes are to be kept, though it may have ended.
    pub(super) fn is_held(&self) -> bool {
        self.is_tied() || self.identity.is_referenced()
    }
}
