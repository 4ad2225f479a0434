//! What a scheduler does when no component is awake, and how a run ends.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::orderly::OrderlyStop;
use super::others::Wakers;
use super::passes::Scheduler;
use crate::kernel::error::RunError;
use crate::kernel::message::{Message, ShutdownMicroprocess};
use crate::kernel::outside::{Inbound, time_after};
use crate::kernel::system::{Service, System};

/// What there is to do when no component is awake.
pub(super) enum Idle {
    /// Nothing: all have ended.
    Done,
    /// A component was woken.
    Again,
    /// Wait for something outside, at most until then.
    Until(Option<Instant>),
    /// Wait for other schedulers: nothing else can wake a component.
    Among(Vec<Arc<Inbound<System>>>),
}

/// The time after which the scheduler checks again whether any component can still be woken by a waker.
const SECOND_LOOK: Duration = Duration::from_secs(1);

impl Scheduler {
    /// What there is to do when no component is awake.
    pub(super) fn rest(&mut self) -> Result<Idle, RunError> {
        self.drop_doomed()?;
        let offered = self.system.with(|state| state.close_offers(true));
        if offered || self.system.attention.get() || self.system.with(|state| state.run.has_awake()) {
            return Ok(Idle::Again);
        }
        let now = self.system.clock.now();
        if self.system.with(|state| state.look_at_suspended(now, true)) {
            return Ok(Idle::Again);
        }
        let (active, services, next_timer, next_patience) = self
            .system
            .with(|state| (state.active, state.services, state.timers.next(), state.next_patience()));
        // A thread that dropped its remote before the check below left its last call before that.
        if self.system.inbound.is_rung() {
            return Ok(Idle::Again);
        }
        if active == 0 {
            self.orderly = None;
            self.system.tell_what_was_left_out();
            return Ok(Idle::Done);
        }
        if active == services {
            if !self.tell_services() {
                self.stop();
            }
            return Ok(Idle::Again);
        }
        let only_services = services > 0 && self.are_only_services_left();
        // What a service holds may still have something to finish.
        if only_services && self.tell_services() {
            return Ok(Idle::Again);
        }
        let orderly = self.orderly.as_ref().and_then(OrderlyStop::next);
        if let Some(time) = [next_timer, orderly].into_iter().flatten().min() {
            let time = next_patience.map_or(time, |patience| time.min(patience));
            return Ok(if self.system.clock.jump_to(time) { Idle::Again } else { Idle::Until(Some(time)) });
        }
        let wakers = self.wakers();
        let outside = !matches!(wakers, Wakers::Nobody);
        if outside && next_patience.is_some_and(|patience| self.system.clock.jump_to(patience)) {
            return Ok(Idle::Again);
        }
        match wakers {
            Wakers::Nobody => {}
            Wakers::Schedulers(others) if next_patience.is_none() => return Ok(Idle::Among(others)),
            Wakers::Schedulers(_) | Wakers::Watched => return Ok(Idle::Until(next_patience)),
            Wakers::Holders => {
                // A thread that is just dropping its last handle is counted once too often.
                let second_look = self.system.clock.real_time_in(SECOND_LOOK);
                return Ok(Idle::Until([second_look, next_patience].into_iter().flatten().min()));
            }
        }
        // A thread that dropped its waker before this check used it before that.
        if self.system.inbound.is_rung() {
            return Ok(Idle::Again);
        }
        if self.goes_on_alone() {
            return Ok(Idle::Again);
        }
        let report = self.system.with(|state| state.stall_report());
        self.stop();
        Err(RunError::Stuck(report))
    }

    /// When the next timer of a component fires, if any waits.
    #[must_use]
    pub fn next_timer(&self) -> Option<Instant> {
        self.system.with(|state| state.timers.next())
    }

    /// Moves a virtual clock on by this time; timers that are due fire in the next pass. False with the machine's
    /// clock, which cannot be moved.
    pub fn turn_clock(&self, by: Duration) -> bool {
        self.system.clock.jump_to(time_after(self.system.clock.now(), by))
    }

    /// Nothing can wake those who sleep: does what there is to do then. False if there is nothing.
    pub(super) fn goes_on_alone(&mut self) -> bool {
        let now = self.system.clock.now();
        if self.system.with(|state| state.look_at_suspended(now, false)) || self.tell_watchers() {
            return true;
        }
        let is_over = self.system.with(|state| state.services) > 0 && self.are_only_services_left();
        if is_over {
            self.stop();
        }
        is_over
    }

    /// Whether all components that are left are services, or belong to services.
    fn are_only_services_left(&mut self) -> bool {
        let other = self.system.with(|state| state.one_who_is_no_service(self.last_user));
        self.last_user = other.unwrap_or(0);
        other.is_none()
    }

    /// No component is left: waits for the threads of those that were stopped.
    pub(super) fn wait_for_threads(&self) -> Result<(), RunError> {
        let threads = &self.system.threads;
        threads.dismiss();
        let components = threads.take_late();
        if components.is_empty() {
            Ok(())
        } else {
            Err(RunError::Unfinished { components, deadline: threads.patience })
        }
    }

    /// Tells the services that only services are left. False if all had been told before.
    fn tell_services(&mut self) -> bool {
        let untold: Vec<_> = self.system.with(|state| {
            let records = state.records.iter_mut();
            records
                .filter(|record| {
                    matches!(record.service, Service::Yes | Service::Crossing)
                        && record.identity.reference().is_active()
                })
                .map(|record| {
                    record.service = Service::Told;
                    record.identity.reference()
                })
                .collect()
        });
        for service in &untold {
            self.system.tell(service, Message::new(ShutdownMicroprocess::new()));
        }
        !untold.is_empty()
    }

    /// Tells the watchers that nothing more will happen. False if all had been told before.
    fn tell_watchers(&mut self) -> bool {
        let untold = self.system.with(|state| state.untold_watchers());
        for watcher in &untold {
            self.system.tell(watcher, Message::new(ShutdownMicroprocess::new()));
        }
        !untold.is_empty()
    }
}
