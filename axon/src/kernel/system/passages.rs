//! The linkages to and from other schedulers, as far as they have to do with who can wake this one.

use std::sync::Arc;

use super::state::{Service, State};
use crate::kernel::boxes::{KnownPassage, Passage};
use crate::kernel::id::{Life, Outside, Pid};

impl State {
    /// A passage has to do with this scheduler: it begins or ends here, or somebody here has made it or waits for it.
    pub(in crate::kernel) fn know_passage(&mut self, passage: &Arc<Passage>, arrival: Option<Pid>) {
        self.passages.retain(|known| known.passage.strong_count() > 0);
        match self.passages.iter_mut().find(|known| known.passage.as_ptr() == Arc::as_ptr(passage)) {
            Some(known) => known.arrival = arrival.or(known.arrival),
            None => self.passages.push(KnownPassage { passage: Arc::downgrade(passage), arrival }),
        }
    }

    /// The schedulers that can wake somebody here by a passage. `None` if one of them is gone.
    pub(in crate::kernel) fn neighbours(&mut self) -> Option<Vec<Arc<dyn Outside>>> {
        let mut neighbours = Vec::new();
        self.passages.retain(|known| known.passage.upgrade().is_some_and(|passage| !passage.is_over()));
        for passage in self.passages.iter().filter_map(|known| known.passage.upgrade()) {
            neighbours.extend(passage.schedulers()?);
        }
        Some(neighbours)
    }

    /// A component that can be woken from outside by others than the schedulers with which it is linked, because a
    /// waker of it is alive. Services do not count: their wakers are held by what they serve. Checks `first` before all
    /// others.
    pub(in crate::kernel) fn somebody_can_be_woken(&self, first: u32) -> Option<u32> {
        let first = self.records.get(first).map(|record| (first, record));
        let found = first.into_iter().chain(self.records.iter()).find(|(_, record)| {
            let crossings = record.ties.iter().flat_map(|ties| ties.crossings.values());
            let passages = crossings.filter_map(|crossed| crossed.linkage.passage.as_ref());
            record.service == Service::No
                && record.identity.life() == Life::Active
                && record.identity.live_wakers() > passages.filter(|passage| passage.holds_maker()).count()
        });
        found.map(|(index, _)| index)
    }

    /// The name of the component elsewhere whose messages an arrival delivers.
    pub(super) fn arrives_from(&self, arrival: Pid) -> Option<String> {
        let known = self.passages.iter().find(|known| known.arrival == Some(arrival))?;
        known.passage.upgrade().map(|passage| passage.source.clone())
    }
}
