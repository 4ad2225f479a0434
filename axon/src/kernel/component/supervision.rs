//! The failure of a component as its parent's business, instead of the end of the run.
//!
//! *Differs from Kamaelia:* there any uncaught error ends everything (B12). Here it does so by default;
//! a parent can say of a child that its failure is not the run's but the parent's.
//!
//! The rule: a failure goes up the family, from the component to its parent, until it meets one that is
//! *supervised*. That one counts as failed, with all its descendants: those that still run are stopped,
//! the youngest first, and the supervisor is woken. What lay unread in an inner box to which an inbox of
//! the failed one was passed through is put back into that inbox, in order; what lay in other boxes
//! inside is lost, and the log says how much it was. Without a supervised ancestor the run ends.

use std::collections::HashSet;

use super::context::Context;
use crate::kernel::error::{Cause, Failure};
use crate::kernel::id::{ComponentRef, Life, Pid};
use crate::kernel::safely::drop_safely;
use crate::kernel::system::{State, System};

/// How deep a family may be for its failures to be told upward; a component may be its own grandparent.
const DEEPEST: usize = 1024;

impl Context {
    /// Makes the failure of a child this component's business: it does not end the run. The child counts
    /// as ended, as does all that it had started, this component is woken, and
    /// [`Context::failure_of`] says what happened. It lasts until the child is removed or this component
    /// ends.
    ///
    /// [`Supervisor`](crate::chassis::Supervisor) is made of this.
    ///
    /// # Panics
    ///
    /// If it is no child of this component.
    ///
    /// # Examples
    ///
    /// ```
    /// use axon::{Component, Context};
    ///
    /// struct Fragile;
    /// impl Component for Fragile {
    ///     async fn main(&mut self, _: &Context) -> axon::Result {
    ///         Err("the disk is full".into())
    ///     }
    /// }
    ///
    /// struct Careful;
    /// impl Component for Careful {
    ///     async fn main(&mut self, cx: &Context) -> axon::Result {
    ///         let child = cx.add_child(Fragile);
    ///         cx.supervise(&child);
    ///         cx.activate(&child);
    ///         while !child.is_stopped() {
    ///             cx.pause().await;
    ///         }
    ///         let failure = cx.failure_of(&child).expect("it always fails");
    ///         assert!(failure.to_string().ends_with("failed: the disk is full"));
    ///         Ok(())
    ///     }
    /// }
    ///
    /// axon::run(Careful)?;
    /// # Ok::<(), axon::RunError>(())
    /// ```
    #[track_caller]
    pub fn supervise(&self, child: &ComponentRef) {
        let parents = |state: &State| state.record(self.here(child).0.pid.index).parents;
        let is_child = self.system.with(|state| state.families.supervise(parents(state), self.pid()));
        assert!(is_child, "{child} is no child of {}, who wants to supervise it", self.me);
    }

    /// How a supervised component failed; `None` if it runs, has ended in order, or was stopped.
    #[track_caller]
    pub fn failure_of(&self, component: &ComponentRef) -> Option<Failure> {
        let index = self.here(component).0.pid.index;
        self.system.with(|state| state.record(index).ties.as_ref()?.failure.clone())
    }
}

impl SupervisedChild {
    /// The supervised one.
    pub(in crate::kernel) fn component(&self) -> ComponentRef {
        self.component.clone()
    }
}

/// Who is concerned when a component fails that a supervisor watches over.
pub(in crate::kernel) struct SupervisedChild {
    /// The supervised one.
    component: ComponentRef,
    /// It and its descendants, in the order of making.
    family: Vec<ComponentRef>,
    /// Inboxes of the child, each with the inbox of a descendant that it was passed through to.
    passed_on: Vec<(u32, u32)>,
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
        if let Err(text) = drop_safely(failure) {
            log::error!(target: "axon", "the error of {supervised} panicked when it was dropped: {text}");
        }
        self.with(|state| state.wake_supervisor(&supervised));
    }
}

impl State {
    /// The component in this place or its nearest ancestor that has a living supervisor.
    pub(in crate::kernel) fn supervised(&self, index: u32) -> Option<ComponentRef> {
        let mut current = self.records.get(index as usize)?.as_ref()?;
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
    pub(in crate::kernel) fn is_supervised(&self, index: u32) -> bool {
        self.families.supervisors(self.record(index).parents).any(|supervisor| self.is_active(supervisor))
    }

    /// Whether the one with this key is there and active.
    pub(in crate::kernel) fn is_active(&self, pid: Pid) -> bool {
        let record = self.records.get(pid.index as usize).and_then(Option::as_ref);
        record.is_some_and(|record| record.identity.pid == pid && record.identity.life() == Life::Active)
    }

    fn with_family(&self, component: ComponentRef) -> SupervisedChild {
        let family = self.family(component.clone());
        let known: HashSet<u32> = family.iter().map(|member| member.0.pid.index).collect();
        let inboxes = self.names(&component, false);
        let boxes = inboxes.iter().filter_map(|name| self.find(&component, name, false).ok());
        let passed_on = boxes
            .map(|inbox| (inbox.index(), self.post.end_of(inbox)))
            .filter(|(outer, inner)| outer != inner)
            .filter(|(_, inner)| known.contains(&self.post.inboxes[*inner as usize].listener))
            .collect();
        SupervisedChild { component, family, passed_on }
    }

    /// Puts what waits in an inner inbox back into the outer one that led to it.
    fn take_back(&mut self, outer: u32, inner: u32) {
        if self.post.inboxes[outer as usize].route.to.is_none() {
            let waiting = self.post.take_all(inner);
            self.post.put_again(outer, waiting);
        }
    }

    /// How many messages lie unread in the boxes of a component.
    fn unread_in(&self, component: &ComponentRef) -> usize {
        let inboxes = self.names(component, false);
        let boxes = inboxes.iter().filter_map(|name| self.find(component, name, false).ok());
        boxes.map(|inbox| self.post.inboxes[inbox.index() as usize].ring.len()).sum()
    }

    fn wake_supervisor(&mut self, of: &ComponentRef) {
        let parents = self.record(of.0.pid.index).parents;
        let supervisors: Vec<Pid> = self.families.supervisors(parents).collect();
        for supervisor in supervisors {
            self.wake_pid(supervisor, crate::kernel::queue::Reasons::CHILD);
        }
    }
}
