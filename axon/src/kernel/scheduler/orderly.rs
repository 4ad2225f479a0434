//! An orderly stop: who is told what, and when (S28).
//!
//! 1. At once, `ProducerFinished` goes to those whom nobody else will tell: the active components that have
//!    no active parent, are no services, and whose `control` is not linked from a component of another
//!    family. The others get the ending from those, through their linkages, behind the data. Whoever comes
//!    to be without a teller later is told then. If all have tellers, in a circle, all are told.
//! 2. Those without an active parent that are left after four fifths of the time get
//!    `ShutdownMicroprocess`.
//! 3. Services are told by nobody of these. When only they are left nobody needs them any more, and they get
//!    `ShutdownMicroprocess` as at the end of every run (S10).
//! 4. Who is left at the deadline is stopped, and named in the run's result.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use super::passes::Scheduler;
use crate::kernel::boxes::CONTROL;
use crate::kernel::error::RunError;
use crate::kernel::id::{ComponentId, ComponentRef, Pid};
use crate::kernel::message::{Message, ProducerFinished, ShutdownMicroprocess};
use crate::kernel::outside::{FOR_EVER, time_after};
use crate::kernel::side::Side;
use crate::kernel::system::{Service, State};

/// An orderly stop that has begun.
pub(super) struct OrderlyStop {
    time: Duration,
    /// `None`: it may take for ever.
    deadline: Option<Instant>,
    /// When the components that are left are told to stop immediately; `None` once they were told.
    insists: Option<Instant>,
    /// The components that were told that no more will come.
    told: HashSet<ComponentId>,
    /// How many components there were, and how many there had ever been, when the components without a teller were
    /// last looked for.
    seen: (usize, u64),
}

impl OrderlyStop {
    /// When there is something to do next.
    pub(super) fn next(&self) -> Option<Instant> {
        self.insists.into_iter().chain(self.deadline).min()
    }
}

impl Scheduler {
    /// From now on components are told to end; a second order changes the time.
    pub(super) fn begin_to_end(&mut self, time: Duration) {
        let now = self.system.clock.now();
        let limit = |time| (time < FOR_EVER).then(|| time_after(now, time));
        let told = self.orderly.take().map(|stop| stop.told).unwrap_or_default();
        self.system.with(|state| state.end_all_holding());
        self.orderly = Some(OrderlyStop {
            time,
            deadline: limit(time),
            insists: limit(time).and(limit(time / 5 * 4)),
            told,
            seen: (0, 0),
        });
    }

    /// Goes on with an orderly stop, before each pass.
    pub(super) fn go_on_to_end(&mut self) -> Result<(), RunError> {
        let Some(stop) = &mut self.orderly else { return Ok(()) };
        let now = self.system.clock.now();
        let seen = (self.system.with(|state| state.active), self.activations);
        if stop.seen != seen {
            stop.seen = seen;
            for component in self.system.with(|state| state.told_by_nobody(&stop.told)) {
                stop.told.insert(component.id());
                self.system.tell(&component, Message::new(ProducerFinished::new()));
            }
        }
        if stop.insists.take_if(|time| *time <= now).is_some() {
            for component in self.system.with(|state| state.heads_of_families()) {
                self.system.tell(&component, Message::new(ShutdownMicroprocess::new()));
            }
        }
        if stop.deadline.is_none_or(|time| time > now) {
            return Ok(());
        }
        let deadline = stop.time;
        let components = self.system.with(|state| state.unfinished());
        self.stop();
        if components.is_empty() { Ok(()) } else { Err(RunError::Unfinished { components, deadline }) }
    }
}

impl State {
    /// The active components without an active parent that are no services, in the order of making.
    fn heads_of_families(&self) -> Vec<ComponentRef> {
        let heads = self.in_order(|_, record| {
            self.is_active(record.identity.pid)
                && record.service == Service::No
                && !self.families.parents(record.parents).any(|parent| self.is_active(parent))
        });
        heads.into_iter().map(|index| self.record(index).identity.reference()).collect()
    }

    /// The heads of families that nobody else will tell to end and that were not told yet.
    fn told_by_nobody(&self, told: &HashSet<ComponentId>) -> Vec<ComponentRef> {
        let heads = self.heads_of_families();
        let untold = heads.iter().filter(|head| !told.contains(&head.id()) && !self.is_told_by_others(head));
        let mut to_tell: Vec<ComponentRef> = untold.cloned().collect();
        if to_tell.is_empty() && !heads.iter().any(|head| told.contains(&head.id())) {
            to_tell = heads;
        }
        to_tell
    }

    /// Whether `control` is linked from a component of another family, which is no service.
    pub(super) fn is_told_by_others(&self, head: &ComponentRef) -> bool {
        let Some(control) = self.look_up(head, CONTROL, Side::Inbox) else { return false };
        let mut others = false;
        self.post.for_each_producer(control, &mut |sender| {
            let record = self.record(sender);
            others |= self.is_active(record.identity.pid)
                && record.service == Service::No
                && self.head_of(sender) != head.0.pid;
        });
        others
    }

    /// The head of a component's family: it, or its outermost active parent.
    fn head_of(&self, index: u32) -> Pid {
        let mut head = self.record(index).identity.pid;
        let mut known = HashSet::from([head]);
        while let Some(parent) =
            self.families.parents(self.record(head.index).parents).find(|parent| self.is_active(*parent))
            // A component may be its own grandparent.
            && known.insert(parent)
        {
            head = parent;
        }
        head
    }
}
