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
    /// What is watched or holds a remote.
    Watched,
    /// Who holds the waker of a component.
    Holders,
}

impl Scheduler {
    /// Who can wake it, when all sleep.
    pub(super) fn wakers(&mut self) -> Wakers {
        let inbound = &self.system.inbound;
        if self.park.is_watching() || inbound.remotes.load(Ordering::SeqCst) > 0 {
            return Wakers::Watched;
        }
        let Some(holders) = inbound.held_by() else { return Wakers::Watched };
        let found = self.system.with(|state| state.somebody_can_be_woken(self.last_wakeable));
        self.last_wakeable = found.unwrap_or(0);
        if found.is_some() {
            return Wakers::Holders;
        }
        let Some(neighbours) = self.system.with(|state| state.neighbours()) else { return Wakers::Holders };
        let neighbours = neighbours.into_iter().filter_map(System::inbound_of);
        let mut schedulers: Vec<_> = holders.into_iter().chain(neighbours).collect();
        schedulers.retain(|other| !Arc::ptr_eq(other, &self.system.inbound));
        if schedulers.is_empty() { Wakers::Nobody } else { Wakers::Schedulers(schedulers) }
    }

    /// The error of this run, if neither this scheduler nor another of the deadlock has anything left to do.
    pub(super) fn is_in(&mut self, deadlock: &Deadlock) -> Option<RunError> {
        let report = (!self.goes_on_alone()).then(|| self.system.with(|state| state.stall_report()));
        let elsewhere = deadlock.report(report.clone())?;
        self.stop();
        Some(RunError::Stuck(StallReport { elsewhere, ..report? }))
    }
}
