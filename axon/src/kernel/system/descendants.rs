//! Which components end with another, and which are left when its `main` returns.

use std::collections::HashSet;

use super::records::Record;
use super::state::{Service, State};
use crate::kernel::id::{ComponentRef, Life};

impl State {
    /// A component and its descendants, without those that also have a parent outside. In the order of making.
    pub(in crate::kernel) fn family(&self, component: ComponentRef) -> Vec<ComponentRef> {
        let mut known = HashSet::from([component.0.pid]);
        let mut family = vec![component];
        let mut next = 0;
        while let Some(member) = family.get(next).map(|member| member.0.pid.index) {
            next += 1;
            for child in self.families.children(self.children_of(member)) {
                let record = self.record(child);
                let mut parents = self.families.parents(record.parents);
                if !known.contains(&record.identity.pid)
                    && parents.all(|parent| known.contains(&parent) || !self.is_active(parent))
                {
                    known.insert(record.identity.pid);
                    family.push(record.identity.reference());
                }
            }
        }
        family.sort_by_key(ComponentRef::id);
        family
    }

    /// The active children of a component, without services and children that have another parent, too.
    pub(in crate::kernel) fn children_to_leave(&self, index: u32) -> Vec<ComponentRef> {
        let me = self.record(index).identity.pid;
        let children = self.families.children(self.children_of(index)).map(|child| self.record(child));
        let left = children.filter(|child| {
            let mut parents = self.families.parents(child.parents);
            child.identity.life() == Life::Active
                && child.service == Service::No
                && parents.all(|parent| parent == me || !self.is_active(parent))
        });
        let mut left: Vec<ComponentRef> = left.map(|child| child.identity.reference()).collect();
        // A child that was added twice is listed once.
        left.dedup();
        left
    }

    /// Whether a component is a service, or all its parents that are active belong to services.
    pub(in crate::kernel) fn belongs_to_a_service(&self, index: u32) -> bool {
        if self.record(index).service != Service::No {
            return true;
        }
        // Asked before each sleep, and nearly always of a component without a parent.
        if self.families.parents(self.record(index).parents).next().is_none() {
            return false;
        }
        let mut known = HashSet::from([index]);
        let mut to_see = vec![index];
        let mut is_service_above = false;
        while let Some(member) = to_see.pop() {
            let parents = self.families.parents(self.record(member).parents);
            let parents: Vec<u32> =
                parents.filter(|parent| self.is_active(*parent)).map(|parent| parent.index).collect();
            if parents.is_empty() {
                return false;
            }
            for parent in parents {
                if self.record(parent).service != Service::No {
                    is_service_above = true;
                } else if known.insert(parent) {
                    to_see.push(parent);
                }
            }
        }
        is_service_above
    }

    /// An active component that belongs to no service. Checks `first` before all others.
    pub(in crate::kernel) fn one_who_is_no_service(&self, first: u32) -> Option<u32> {
        let is_user = |record: &Record, index| {
            record.identity.life() == Life::Active && !self.belongs_to_a_service(index)
        };
        if self.records.get(first).is_some_and(|record| is_user(record, first)) {
            return Some(first);
        }
        self.records.iter().find(|(index, record)| is_user(record, *index)).map(|(index, _)| index)
    }
}
