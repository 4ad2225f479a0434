//! Outboxes that led to another scheduler whose run is over: nobody receives what they send.

use std::sync::Arc;

use super::box_id::BoxId;
use super::passage::Passage;
use super::postoffice::PostOffice;

/// An outbox that led to another scheduler whose run is over.
pub(in crate::kernel) struct Deserted {
    pub(in crate::kernel) passage: Arc<Passage>,
    /// How many messages were dropped since then.
    pub(in crate::kernel) dropped: u64,
}

impl PostOffice {
    /// The outbox at the end of a chain of outboxes that leads nowhere.
    pub(in crate::kernel) fn last_outbox(&self, outbox: u32) -> u32 {
        let mut last = BoxId::outbox(outbox);
        while !self.route(last).to.is_none() {
            last = self.links[self.route(last).to].sink;
        }
        last.index()
    }

    /// Whether an outbox that leads nowhere has led to another scheduler whose run is over.
    pub(in crate::kernel) fn is_deserted(&self, outbox: u32) -> bool {
        !self.deserted.is_empty() && self.deserted.contains_key(&self.last_outbox(outbox))
    }

    /// From now on nobody receives what is sent from the outboxes that lead straight to an inbox, until they are
    /// linked again.
    pub(in crate::kernel) fn desert(&mut self, inbox: u32, passage: &Arc<Passage>) {
        let mut link = self.route(BoxId::inbox(inbox)).first_source;
        while !link.is_none() {
            let source = self.links[link].source;
            if source.is_outbox() {
                let passage = Arc::clone(passage);
                self.deserted.insert(source.index(), Deserted { passage, dropped: 0 });
            }
            link = self.links[link].next;
        }
    }
}
