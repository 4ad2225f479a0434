//! How much lies in each inbox, and how much may: the weight of its messages, and the sizes of a chain.
//!
//! A size belongs to the way that messages take: at the end of a chain of inboxes, the smallest size of any of
//! them holds. Weight is what [`Message::weight`](crate::Message) says; it is counted aside, since most
//! inboxes never hold anything that weighs.

use super::box_id::BoxId;
use super::message_ring::Queued;
use super::postbox::{NONE, as_limit, limit};
use super::postoffice::PostOffice;
use crate::kernel::message::WEIGHT_UNIT;

impl PostOffice {
    /// The weight of the messages in an inbox.
    #[inline(always)]
    pub(in crate::kernel) fn weight(&self, inbox: u32) -> u32 {
        self.weights.get(inbox as usize).copied().unwrap_or(0)
    }

    /// The same in bytes, each message rounded down to the unit.
    pub(in crate::kernel) fn bytes(&self, inbox: u32) -> usize {
        (self.weight(inbox) as usize).saturating_mul(WEIGHT_UNIT)
    }

    /// Whether neither the newest message of an inbox weighs anything, nor anything in any inbox did before.
    #[inline]
    pub(in crate::kernel) fn weighs_nothing_with_newest(&self, inbox: u32) -> bool {
        self.weights.is_empty() && self.inboxes[inbox as usize].ring.weight_of_newest() == 0
    }

    /// Counts the weight of the newest message of an inbox.
    pub(in crate::kernel) fn weigh_newest(&mut self, inbox: u32) {
        let weight = self.inboxes[inbox as usize].ring.weight_of_newest();
        if weight == 0 {
            return;
        }
        if self.weights.len() < self.inboxes.len() {
            self.weights.resize(self.inboxes.len(), 0);
        }
        let all = &mut self.weights[inbox as usize];
        *all = all.saturating_add(weight);
    }

    /// Takes the oldest message out of an inbox.
    #[inline]
    pub(in crate::kernel) fn take(&mut self, inbox: u32) -> Option<Queued> {
        let ring = &mut self.inboxes[inbox as usize].ring;
        if let Some(all) = self.weights.get_mut(inbox as usize) {
            *all = all.saturating_sub(ring.first()?.message.weight());
        }
        ring.pop()
    }

    /// Takes all messages out of an inbox, oldest first.
    pub(in crate::kernel) fn take_all(&mut self, inbox: u32) -> Vec<Queued> {
        self.forget_weight(inbox);
        self.inboxes[inbox as usize].ring.take_all()
    }

    pub(super) fn forget_weight(&mut self, inbox: u32) {
        if let Some(all) = self.weights.get_mut(inbox as usize) {
            *all = 0;
        }
    }

    /// Puts messages that lay elsewhere, whatever the size of the box.
    pub(in crate::kernel) fn put_again(&mut self, inbox: u32, messages: Vec<Queued>) {
        for queued in messages {
            self.inboxes[inbox as usize].put_at_once(queued.message, queued.sender);
            self.weigh_newest(inbox);
        }
    }

    /// The size that was given to an inbox itself.
    pub(in crate::kernel) fn own_size(&self, inbox: u32) -> Option<usize> {
        as_limit(self.own(inbox))
    }

    fn forget_own_size(&mut self, inbox: u32) {
        if !self.own_sizes.is_empty() {
            self.own_sizes.remove(&inbox);
        }
    }

    fn own(&self, inbox: u32) -> u32 {
        self.own_sizes.get(&inbox).copied().unwrap_or(self.inboxes[inbox as usize].size)
    }

    /// Gives an inbox a size. Returns the inbox at the end of its chain, for which it holds.
    pub(in crate::kernel) fn set_size(&mut self, inbox: u32, size: u32) -> u32 {
        let end = self.end_of(BoxId::inbox(inbox));
        self.forget_own_size(inbox);
        self.inboxes[inbox as usize].set_size(size);
        self.narrow(end);
        end
    }

    /// Gives the inbox at the end of a chain the smallest size of any inbox in it. In the exact mode only its own
    /// size counts, as in Axon.
    pub(super) fn narrow(&mut self, end: u32) {
        if self.exact_waking {
            return;
        }
        let own = self.own(end);
        let mut size = own;
        let mut link = self.inboxes[end as usize].route.first_source;
        let mut branches = Vec::new();
        while !link.is_none() {
            let source = self.links[link].source;
            if !source.is_outbox() {
                size = size.min(limit(self.inboxes[source.index() as usize].limit()));
            }
            link = self.next_upstream(link, &mut branches);
        }
        self.narrow_to(end, own, size);
    }

    /// Does the same for both ends of a linkage between inboxes that was cut.
    pub(super) fn narrow_both(&mut self, source: u32, end: u32) {
        self.narrow(source);
        let size = self.inboxes[source as usize].size;
        // Otherwise the size in force there, if there is one, comes from another inbox.
        if size != NONE && size <= self.inboxes[end as usize].size {
            self.narrow(end);
        }
    }

    /// An inbox was linked on: from now on its size holds for the inbox at the end of its chain.
    pub(super) fn narrow_by(&mut self, linked: u32, end: u32) {
        let (size, own) = (limit(self.inboxes[linked as usize].limit()), self.own(linked));
        self.narrow_to(linked, own, own);
        if size < self.inboxes[end as usize].size && !self.exact_waking {
            self.narrow_to(end, self.own(end), size);
        }
    }

    fn narrow_to(&mut self, end: u32, own: u32, size: u32) {
        if size == own || self.inboxes[end as usize].is_closed() {
            self.forget_own_size(end);
        } else {
            self.own_sizes.insert(end, own);
        }
        if self.inboxes[end as usize].size != size {
            self.inboxes[end as usize].set_size(size);
        }
    }
}
