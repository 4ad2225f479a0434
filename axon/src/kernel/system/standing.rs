//! How full a box is, where a component waits for room, and which sleepers nobody can wake: what whoever looks at a
//! running program asks.

use std::cell::RefCell;
use std::collections::HashMap;

use super::change::BoxName;
use super::standstill::Waits;
use super::state::{Service, State};
use crate::kernel::boxes::{BoxId, NONE};
use crate::kernel::id::{ComponentId, Life};
use crate::kernel::queue::Reasons;
use crate::kernel::side::Side;

impl State {
    /// How full an inbox is, in percent of the limit that is reached first; `None` if it has no limit.
    pub(in crate::kernel) fn fullness(&self, inbox: u32) -> Option<u8> {
        let (place, soft) = (self.post.inbox(inbox), self.soft_limit(inbox));
        let size = place.limit().and_then(|size| u32::try_from(size).ok());
        let messages = soft.map(|soft| soft.messages).into_iter().chain(size).min();
        let parts = [
            messages.map(|most| (place.ring().len() as u64, most)),
            soft.map(|soft| (self.post.weight(inbox).into(), soft.weight)),
        ];
        let percent = |(there, most): (u64, u32)| (there * 100 / u64::from(most.max(1))).min(100) as u8;
        parts.into_iter().flatten().map(percent).max()
    }

    /// The inboxes in which components wait for room, by the place of the component.
    pub(in crate::kernel) fn held_up(&self) -> HashMap<u32, Vec<BoxName>> {
        let mut held_up: HashMap<u32, Vec<BoxName>> = HashMap::new();
        for (inbox, place) in (0..).zip(self.post.all_inboxes()) {
            for waiting in place.suspended().iter().copied().chain(place.waiting_for_room()) {
                if self.is_active(waiting) {
                    held_up.entry(waiting.index).or_default().push(self.name_of_inbox(inbox));
                }
            }
        }
        held_up
    }

    /// The one inbox in which a sleeper waits for a message.
    pub(in crate::kernel) fn awaits(&self, index: u32) -> Option<String> {
        let wait = self.run.places[index as usize].wait;
        let waits = wait.inbox() != NONE && wait.reasons().meets(Reasons::MESSAGE);
        waits.then(|| self.record(index).own_boxes.name(BoxId::inbox(wait.inbox())).into_owned())
    }

    fn name_of_inbox(&self, inbox: u32) -> BoxName {
        let owner = self.record(self.post.inbox(inbox).listener());
        let name = owner.own_boxes.name(BoxId::inbox(inbox)).into_owned();
        BoxName { component: owner.identity.id, side: Side::Inbox, name }
    }

    /// The components that sleep and that nothing can wake: no timer, nobody outside, nobody who is awake, and none
    /// whom these could wake. Services are none of them.
    pub(in crate::kernel) fn standing_still(&self) -> Vec<ComponentId> {
        let asleep = self.in_order(|index, record| {
            record.service == Service::No && record.identity.life() == Life::Active && self.sleeps(index)
        });
        let graph = Waits { state: self, is_anybody_outside: true, timed: RefCell::default() };
        let live = graph.live_from(asleep.clone());
        let stand_still = asleep.into_iter().filter(|index| !live.contains(index));
        stand_still.map(|index| self.record(index).identity.id).collect()
    }
}
