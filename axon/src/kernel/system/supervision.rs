//! What a failure ends: the nearest supervised ancestor, or the run.

use std::collections::HashSet;

use super::shared::System;
use super::state::State;
use crate::kernel::error::{Cause, Failure};
use crate::kernel::id::{ComponentRef, Life, Pid};
use crate::kernel::queue::Reasons;
use crate::kernel::side::Side;

/// How many generations a failure is followed upwards; a component may be its own grandparent.
const DEEPEST: usize = 1024;

/// The components concerned when a supervised component fails.
pub(in crate::kernel) struct SupervisedChild {
    /// The supervised one.
    component: ComponentRef,
    /// It and its descendants, in the order of making.
    family: Vec<ComponentRef>,
    /// Inboxes of the child, each with the inbox of a descendant that it was passed through to.
    passed_on: Vec<(u32, u32)>,
}

impl SupervisedChild {
    /// The supervised one.
    pub(in crate::kernel) fn component(&self) -> ComponentRef {
        self.component.clone()
    }
}

impl System {
    /// The supervised component that fails if the one in this place does: itself or the nearest ancestor.
    pub(in crate::kernel) fn supervised(&self, index: u32) -> Option<SupervisedChild> {
        self.with(|state| {
            let supervised = state.supervised(index)?;
            Some(state.with_family(supervised))
        })
    }

    /// The same for one that has ended meanwhile: only the reference was kept.
    pub(in crate::kernel) fn supervised_again(&self, component: ComponentRef) -> SupervisedChild {
        self.with(|state| state.with_family(component))
    }

    /// Tells a supervisor of a failure in a supervised child, after the failed component has ended.
    pub(in crate::kernel) fn entrust(
        &self,
        supervised: SupervisedChild,
        who: (String, String),
        cause: Cause,
    ) {
        let SupervisedChild { component: supervised, family, passed_on } = supervised;
        for member in family.iter().rev() {
            self.stop_component(member);
        }
        let unread = self.with(|state| {
            for (outer, inner) in passed_on {
                state.take_back(outer, inner);
            }
            let inside = family.iter().filter(|member| **member != supervised);
            inside.map(|member| state.unread_in(member)).sum::<usize>()
        });
        let failure = Failure::new(who, cause, unread);
        self.with(|state| {
            let slot = &mut state.ties_mut(supervised.0.pid.index).failure;
            slot.get_or_insert_with(|| failure.clone());
        });
        self.drop_error(format_args!("the error of {supervised}"), failure);
        self.with(|state| state.wake_supervisor(&supervised));
    }
}

impl State {
    /// The component in this place or its nearest ancestor that has a living supervisor.
    pub(super) fn supervised(&self, index: u32) -> Option<ComponentRef> {
        let mut current = self.records.get(index)?;
        for _ in 0..DEEPEST {
            if self.is_supervised(current.identity.pid.index) {
                return Some(current.identity.reference());
            }
            current = self.parent(current)?;
        }
        None
    }

    /// Whether a living parent supervises it. What it leaves unread when it ends, and what comes after, is
    /// then its successor's.
    pub(super) fn is_supervised(&self, index: u32) -> bool {
        self.families.supervisors(self.record(index).parents).any(|supervisor| self.is_active(supervisor))
    }

    /// Whether the one with this key is there and active.
    pub(in crate::kernel) fn is_active(&self, pid: Pid) -> bool {
        self.records.find(pid).is_some_and(|record| record.identity.life() == Life::Active)
    }

    fn with_family(&self, component: ComponentRef) -> SupervisedChild {
        let family = self.family(component.clone());
        let known: HashSet<u32> = family.iter().map(|member| member.0.pid.index).collect();
        let inboxes = self.names(&component, Side::Inbox);
        let boxes = inboxes.iter().filter_map(|name| self.find(&component, name, Side::Inbox).ok());
        let passed_on = boxes
            .map(|inbox| (inbox.index(), self.post.end_of(inbox)))
            .filter(|(outer, inner)| outer != inner)
            .filter(|(_, inner)| known.contains(&self.post.inbox(*inner).listener()))
            .collect();
        SupervisedChild { component, family, passed_on }
    }

    /// Puts what waits in an inner inbox back into the outer one that led to it.
    fn take_back(&mut self, outer: u32, inner: u32) {
        if self.post.inbox(outer).route().to.is_none() {
            let waiting = self.post.take_all(inner);
            self.post.put_again(outer, waiting);
        }
    }

    /// How many messages lie unread in the boxes of a component.
    fn unread_in(&self, component: &ComponentRef) -> usize {
        let inboxes = self.names(component, Side::Inbox);
        let boxes = inboxes.iter().filter_map(|name| self.find(component, name, Side::Inbox).ok());
        boxes.map(|inbox| self.post.inbox(inbox.index()).ring().len()).sum()
    }

    fn wake_supervisor(&mut self, of: &ComponentRef) {
        let parents = self.record(of.0.pid.index).parents;
        let supervisors: Vec<Pid> = self.families.supervisors(parents).collect();
        for supervisor in supervisors {
            self.wake_pid(supervisor, Reasons::CHILD);
        }
    }
}
