//! Who can wake a run in which all sleep, and what to do if those are only other schedulers.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::passes::Scheduler;
use crate::kernel::error::{RunError, StallReport};
use crate::kernel::outside::{Deadlock, Inbound};
use crate::kernel::system::System;

/// Who can wake a run in which all sleep.
pub(super) enum Wakers {
    Nobody,
    /// Only these schedulers.
    Schedulers(Vec<Arc<Inbound<System>>>),
    /// What is watched, or who holds a remote.
    Watched,
    /// Who holds the waker of a component.
    Holders,
}

impl Scheduler {
    /// Who can wake it, when all sleep.
    pub(super) fn wakers(&mut self) -> Wakers {
        if self.park.is_watching() {
            return Wakers::Watched;
        }
        if self.system.inbound.remotes.load(Ordering::SeqCst) > 0 {
            self.tell_of_remotes();
            return Wakers::Watched;
        }
        let Some(holders) = self.system.inbound.held_by() else { return Wakers::Watched };
        if self.somebody_can_be_woken() {
            return Wakers::Holders;
        }
        let Some(neighbours) = self.neighbours() else { return Wakers::Holders };
        let mut schedulers: Vec<_> = holders.into_iter().chain(neighbours).collect();
        schedulers.retain(|other| !Arc::ptr_eq(other, &self.system.inbound));
        if schedulers.is_empty() { Wakers::Nobody } else { Wakers::Schedulers(schedulers) }
    }

    /// The schedulers to which linkages lead, and from which they come. `None` if one is not known.
    fn neighbours(&self) -> Option<Vec<Arc<Inbound<System>>>> {
        let neighbours = self.system.with(|state| state.neighbours())?;
        Some(neighbours.into_iter().filter_map(System::inbound_of).collect())
    }

    fn somebody_can_be_woken(&mut self) -> bool {
        let found = self.system.with(|state| state.somebody_can_be_woken(self.last_wakeable));
        self.last_wakeable = found.unwrap_or(0);
        found.is_some()
    }

    /// Says once that nothing but a remote keeps the run from ending: who holds one only to stop it would wait for ever.
    fn tell_of_remotes(&mut self) {
        let are_alone = !self.told_of_remotes
            && !self.somebody_can_be_woken()
            && self.neighbours().is_some_and(|all| all.is_empty());
        if !are_alone {
            return;
        }
        self.told_of_remotes = true;
        log::info!(
            "all components sleep, and only a Remote can wake them. If it is kept only to stop the run, keep what \
             Scheduler::stopper returns instead: then a run that is stuck ends, and says why"
        );
    }

    /// The error of this run, if neither this scheduler nor another of the deadlock has anything left to do.
    pub(super) fn is_in(&mut self, deadlock: &Deadlock) -> Option<RunError> {
        let report = (!self.goes_on_alone()).then(|| self.system.with(|state| state.stall_report()));
        let elsewhere = deadlock.report(report.clone())?;
        self.stop();
        Some(RunError::Stuck(StallReport { elsewhere, ..report? }))
    }
}
