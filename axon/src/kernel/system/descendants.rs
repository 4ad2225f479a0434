//! Which components end with another, and which are left when its `main` returns.

use std::collections::HashSet;

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
}
