//! What other folders may see of the tables of boxes and linkages.

use super::link_table::{LinkEntry, MadeBy};
use super::message_ring::{MessageRing, Queued};
use super::postbox::{Inbox, LinkId, Outbox, Route, as_limit};
use super::postoffice::PostOffice;

impl PostOffice {
    #[inline(always)]
    pub(in crate::kernel) fn inbox(&self, index: u32) -> &Inbox {
        &self.inboxes[index as usize]
    }

    #[inline(always)]
    pub(in crate::kernel) fn inbox_mut(&mut self, index: u32) -> &mut Inbox {
        &mut self.inboxes[index as usize]
    }

    /// All places for inboxes, also those that are free.
    pub(in crate::kernel) fn all_inboxes(&self) -> &[Inbox] {
        &self.inboxes
    }

    pub(in crate::kernel) fn outbox(&self, index: u32) -> &Outbox {
        &self.outboxes[index as usize]
    }

    /// How many places for linkages there are, free ones included.
    #[cfg(test)]
    pub(in crate::kernel) fn places_of_linkages(&self) -> usize {
        self.links.places()
    }

    /// Whether there is such a place for an outbox, taken or free.
    #[cfg(test)]
    pub(in crate::kernel) fn has_outbox(&self, index: u32) -> bool {
        (index as usize) < self.outboxes.len()
    }

    /// What was sent was refused: it does not count.
    pub(in crate::kernel) fn not_sent(&mut self, outbox: u32) {
        self.outboxes[outbox as usize].sent -= 1;
    }

    pub(in crate::kernel) fn link_entry(&self, link: LinkId) -> &LinkEntry {
        &self.links[link]
    }

    /// The linkages of one maker, in the order of making.
    pub(in crate::kernel) fn links_made(&self, by: MadeBy) -> impl Iterator<Item = LinkId> {
        self.links.made(by)
    }

    /// All linkages, in the order of making.
    pub(in crate::kernel) fn links_in_order(&self) -> Vec<LinkId> {
        self.links.in_order()
    }

    /// Marks a linkage that is cut when the component it leads to ends.
    pub(in crate::kernel) fn lend(&mut self, link: LinkId) {
        self.links.lend(link);
    }

    pub(in crate::kernel) fn are_none_lent(&self) -> bool {
        self.links.are_none_lent()
    }

    /// Whether collections wake all producers upstream, as in Axon (S17).
    pub(in crate::kernel) fn wakes_exactly(&self) -> bool {
        self.exact_waking
    }

    /// Everything that lies in any inbox.
    pub(in crate::kernel) fn take_everything(&mut self) -> Vec<Queued> {
        self.inboxes.iter_mut().flat_map(|inbox| inbox.ring.take_all()).collect()
    }
}

impl Inbox {
    #[inline(always)]
    pub(in crate::kernel) fn route(&self) -> &Route {
        &self.route
    }

    /// The place of the microprocess to wake when something arrives.
    #[inline(always)]
    pub(in crate::kernel) fn listener(&self) -> u32 {
        self.listener
    }

    #[inline(always)]
    pub(in crate::kernel) fn ring(&self) -> &MessageRing {
        &self.ring
    }

    #[inline(always)]
    pub(in crate::kernel) fn ring_mut(&mut self) -> &mut MessageRing {
        &mut self.ring
    }

    /// How many messages it may hold; [`NONE`](super::NONE) for any number.
    pub(in crate::kernel) fn size(&self) -> u32 {
        self.size
    }

    /// How many messages it may hold, if there is a limit.
    pub(in crate::kernel) fn limit(&self) -> Option<usize> {
        as_limit(self.size)
    }

    /// The greatest number of messages it ever held.
    pub(in crate::kernel) fn most(&self) -> usize {
        self.most as usize
    }
}

impl Outbox {
    /// The place of the microprocess that sends from it.
    pub(in crate::kernel) fn sender(&self) -> u32 {
        self.sender
    }

    /// How many messages were sent from it.
    pub(in crate::kernel) fn sent(&self) -> u64 {
        self.sent
    }
}
