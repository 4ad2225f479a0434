//! Who is stuck and why: the report on a run in which all sleep and nothing can wake them (S10).

use std::collections::HashMap;

use super::error::{Leftover, Sleeper, StallReport};
use super::id::{ComponentRef, Life, Pid};
use super::microprocess::Microprocess;
use super::postbox::NONE;
use super::state::{Record, Service, State};

/// Handles on an active component's identity that the scheduler itself keeps: the record's, the waker's.
const OWN_HANDLES: usize = 2;

impl State {
    /// A component that somebody outside can wake, because a waker of it is alive. Services do not
    /// count: their wakers are held by what they serve. Looks at `first` before all others.
    pub(super) fn somebody_can_be_woken(&self, first: u32) -> Option<u32> {
        let all = 0..self.records.len() as u32;
        std::iter::once(first).chain(all).find(|index| {
            self.records.get(*index as usize).and_then(Option::as_ref).is_some_and(|record| {
                matches!(record.service, Service::No | Service::Crossing)
                    && record.identity.life() == Life::Active
                    && record.identity.live_wakers(OWN_HANDLES) > 0
            })
        })
    }

    pub(super) fn stall_report(&self) -> StallReport {
        let mut refused: HashMap<Pid, Vec<String>> = HashMap::new();
        for (index, inbox) in self.post.inboxes.iter().enumerate() {
            for sender in inbox.refused.iter().flat_map(|line| &line.order) {
                refused.entry(*sender).or_default().push(self.inbox_name(index as u32));
            }
        }
        let sleepers = self.in_order(|index, record| record.service == Service::No && self.sleeps(index));
        let ended = self.in_order(|_, record| record.identity.life() == Life::Ended);
        StallReport {
            sleepers: sleepers.into_iter().map(|index| self.sleeper(index, &mut refused)).collect(),
            ended: (ended.into_iter())
                .map(|index| Leftover {
                    component: self.title(index),
                    unread: self.unread(index),
                    dropped: self.dropped_at(index),
                })
                .filter(|leftover| !(leftover.unread.is_empty() && leftover.dropped.is_empty()))
                .collect(),
        }
    }

    /// The places of some components, in the order of making.
    pub(super) fn in_order(&self, is_meant: impl Fn(u32, &Record) -> bool) -> Vec<u32> {
        let mut meant: Vec<u32> = (0..self.records.len() as u32)
            .filter(|index| {
                self.records[*index as usize].as_ref().is_some_and(|record| is_meant(*index, record))
            })
            .collect();
        meant.sort_by_key(|index| self.record(*index).identity.id);
        meant
    }

    /// The inboxes of a component that hold messages.
    fn unread(&self, index: u32) -> Vec<(String, usize)> {
        let me = self.record(index).identity.reference();
        (self.names(&me, false).into_iter())
            .filter_map(|name| {
                let inbox = self.find(&me, &name, false).ok()?;
                let waiting = self.post.inboxes[inbox.index() as usize].letters.len();
                (waiting > 0).then_some((name, waiting))
            })
            .collect()
    }

    /// What a sleeper waits for, in words.
    pub(super) fn waits(&self, index: u32) -> String {
        if let Some(suspended) = self.suspended_at(index) {
            return suspended;
        }
        let Microprocess { wait, generation, .. } = self.run.places[index as usize];
        let me = Pid { index, generation };
        let mut waits = wait.reasons().to_string();
        if wait.inbox() != NONE {
            let name = self.inbox_name(wait.inbox());
            let name = name.rsplit('.').next().unwrap_or(&name);
            waits = format!("{waits} in {name:?}");
        }
        if let Some((service, _)) = self.awaited.iter().find(|(_, waiting)| *waiting == me) {
            waits = format!("{waits} of the service {service:?}");
        }
        waits
    }

    /// Those who watch and were not told yet that all others sleep for ever.
    pub(super) fn untold_watchers(&mut self) -> Vec<ComponentRef> {
        let untold = self.watchers.untold();
        let live = untold.into_iter().filter_map(|pid| {
            let record = self.records.get(pid.index as usize)?.as_ref()?;
            let is_here = record.identity.pid == pid && record.identity.life() == Life::Active;
            is_here.then(|| record.identity.reference())
        });
        live.collect()
    }

    fn sleeper(&self, index: u32, refused: &mut HashMap<Pid, Vec<String>>) -> Sleeper {
        let record = self.record(index);
        Sleeper {
            component: record.identity.to_string(),
            path: self.path(index),
            waits: self.waits(index),
            made_at: record.identity.made_at.to_string(),
            unread: self.unread(index),
            refused_by: refused.remove(&record.identity.pid).unwrap_or_default(),
        }
    }
}
