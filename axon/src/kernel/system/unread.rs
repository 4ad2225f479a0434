//! Inboxes above their [soft limit](super::backpressure) that nobody reads, though their owners could.
//!
//! That a socket or a timer could make somebody send a message does not mean that it will. So the limit of a box is
//! raised, by as much again, if nothing was collected from it for [`PATIENCE`] while its owner sleeps and any message
//! could wake it. This is slow on purpose: the owner may be a component that never reads while a peer sends as fast
//! as it can. An owner that waits for room, or whose receiver does and so on, up to one that a socket or a timer
//! wakes, is none that could read: it goes on when that one does, and its senders wait as long.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use super::standstill::{Needs, Waits};
use super::state::State;
use crate::kernel::boxes::NONE;
use crate::kernel::id::Pid;
use crate::kernel::outside::{Kind, time_after};
use crate::kernel::queue::Reasons;
use crate::kernel::side::Side;

/// How long a box whose owner sleeps and reads nothing keeps its senders waiting before its limit is raised, although
/// something else may still wake that owner.
const PATIENCE: Duration = Duration::from_secs(2);

impl State {
    /// When the next box is to be looked at again, though nothing happens before.
    pub(in crate::kernel) fn next_patience(&self) -> Option<Instant> {
        let watched = self.backpressure.watched.values();
        watched.filter_map(|watched| Some(time_after(watched.since?, PATIENCE))).min()
    }

    /// Raises the limits of boxes a little from which nothing was collected for long, though their owners, who
    /// sleep, could.
    pub(super) fn lose_patience(&mut self, could_be_read: &[u32], now: Instant) -> bool {
        let mut raised = Vec::new();
        for (inbox, watched) in &mut self.backpressure.watched {
            let taken = self.post.inbox(*inbox).ring().taken();
            let is_unread = could_be_read.contains(inbox) && watched.taken == taken;
            match watched.since {
                Some(since) if is_unread && now.saturating_duration_since(since) >= PATIENCE => {
                    watched.since = Some(now);
                    raised.push((*inbox, !std::mem::replace(&mut watched.told, true)));
                }
                Some(_) if is_unread => {}
                _ => (watched.taken, watched.since) = (taken, could_be_read.contains(inbox).then_some(now)),
            }
        }
        for (inbox, is_first) in &raised {
            if *is_first && let Some(more) = self.logs.admit(Kind::UnreadInboxes, now) {
                log::warn!(
                    target: "axon",
                    "nothing is read from {} while its senders wait: its soft limit is raised step by step; \
                     declare the inbox with `Boxes::unlimited_inbox` if it is to collect everything first{more}",
                    self.inbox_name(*inbox),
                );
            }
            let factor = self.backpressure.raised.get(inbox).copied().unwrap_or(1);
            self.raise(*inbox, factor.saturating_add(1));
        }
        !raised.is_empty()
    }
}

impl Waits<'_> {
    /// Those of these boxes whose owner sleeps until any message comes, so that it has seen those that are there; and
    /// waits for nobody who is slow because of somebody outside.
    pub(super) fn which_could_be_read(&self, boxes: Vec<u32>) -> Vec<u32> {
        let state = self.state;
        let owner = |inbox: &u32| state.post.inbox(*inbox).listener();
        let slow_because_of_outside =
            self.live_by(boxes.iter().map(owner).collect(), |index| match self.needs(index) {
                Needs::Nothing => Needs::Nothing,
                Needs::Any(_) | Needs::All(_) => Needs::Any(self.hinderers(index)),
            });
        let is_hindered =
            |index| self.hinderers(index).iter().any(|other| slow_because_of_outside.contains(other));
        let could_be_read = |inbox: &u32| {
            let index = owner(inbox);
            let wait = state.run.places[index as usize].wait;
            state.sleeps(index)
                && wait.reasons().meets(Reasons::MESSAGE)
                && (wait.inbox() == NONE || state.takes_endings(wait.inbox()))
                && !self.is_timed(index)
                && !is_hindered(index)
        };
        boxes.into_iter().filter(could_be_read).collect()
    }

    /// Who keeps a component from going on because its inbox is too full.
    fn hinderers(&self, index: u32) -> Vec<u32> {
        let state = self.state;
        let Some(record) = state.records.get(index) else { return Vec::new() };
        let me = Pid { index, generation: state.run.places[index as usize].generation };
        let suspended_at = state.backpressure.suspended.get(&index).into_iter().flat_map(|(_, boxes)| boxes);
        let targets = record.own_boxes.of_side(Side::Outbox).map(|outbox| state.post.end_of(outbox));
        let full = targets.filter(|target| *target != NONE && state.post.inbox(*target).is_awaited_by(me));
        let inboxes: HashSet<u32> = suspended_at.copied().chain(full).collect();
        inboxes.into_iter().map(|inbox| state.post.inbox(inbox).listener()).collect()
    }
}
