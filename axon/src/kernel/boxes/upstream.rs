//! Walks upstream: all boxes that lead to a box, and their senders.

use super::box_id::BoxId;
use super::link_table::LinkEntry;
use super::postbox::LinkId;
use super::postoffice::PostOffice;

impl PostOffice {
    /// Calls `see` with the sender of every outbox upstream of `box_`, through all pass-throughs, each
    /// source before those that lead to it.
    pub(in crate::kernel) fn for_each_producer(&self, box_: BoxId, see: &mut impl FnMut(u32)) {
        let mut link = self.route(box_).first_source;
        let mut branches = Vec::new();
        while !link.is_none() {
            let source = self.links[link].source;
            if source.is_outbox() {
                see(self.outboxes[source.index() as usize].sender);
            }
            link = self.next_upstream(link, &mut branches);
        }
    }

    /// The senders of all outboxes upstream of `box_`, in the order in which linking joined them to it. This is
    /// Axon's order: there a linkage appends all senders that it joins to a list, in the order in which they were
    /// joined to its source.
    pub(in crate::kernel) fn producers_in_order(&self, box_: BoxId) -> Vec<u32> {
        // Ordered by when a way was joined: by its youngest linkage, then by the youngest before that, and so on.
        let mut found: Vec<(Vec<u64>, u32)> = Vec::new();
        let mut to_see = vec![(self.route(box_).first_source, Vec::new())];
        while let Some((link, ages)) = to_see.pop() {
            if link.is_none() {
                continue;
            }
            let LinkEntry { serial, source, next, .. } = self.links[link];
            to_see.push((next, ages.clone()));
            let mut ages: Vec<u64> = ages.into_iter().take_while(|age| *age > serial).collect();
            ages.push(serial);
            to_see.push((self.route(source).first_source, ages.clone()));
            if source.is_outbox() {
                found.push((ages, self.outboxes[source.index() as usize].sender));
            }
        }
        found.sort();
        found.into_iter().map(|(_, sender)| sender).collect()
    }

    /// The linkage after `link` on a walk through all that lead to a box, each before those that lead to its source.
    /// A list of branches instead of recursion, since a chain may have any length.
    pub(super) fn next_upstream(&self, link: LinkId, branches: &mut Vec<LinkId>) -> LinkId {
        let LinkEntry { source, next, .. } = self.links[link];
        let first_source = self.route(source).first_source;
        if first_source.is_none() {
            return if next.is_none() { branches.pop().unwrap_or(LinkId::NONE) } else { next };
        }
        if !next.is_none() {
            branches.push(next);
        }
        first_source
    }

    /// The boxes at which the ways to an inbox begin: those that lead to it, through all pass-throughs, and
    /// to which nothing leads; of those that lead to the same box the one that was linked first.
    pub(in crate::kernel) fn sources_of(&self, box_: BoxId) -> Vec<BoxId> {
        let (mut sources, mut branches) = (Vec::new(), Vec::new());
        let mut link = self.route(box_).first_source;
        while !link.is_none() {
            let source = self.links[link].source;
            if self.route(source).first_source.is_none() {
                sources.push(source);
            }
            link = self.next_upstream(link, &mut branches);
        }
        sources.reverse();
        sources
    }

    /// The linkages by which another inbox is lent to this one.
    pub(in crate::kernel) fn lent_to(&self, inbox: BoxId) -> Vec<LinkId> {
        let after = |link: LinkId| (!link.is_none()).then_some(link);
        let first = after(self.route(inbox).first_source);
        let sources = std::iter::successors(first, |link| after(self.links[*link].next));
        sources.filter(|link| self.links.is_lent(*link)).collect()
    }

    /// Whether some inbox whose messages come to this one is lent, so that it gets back what lies here.
    pub(in crate::kernel) fn is_on_loan(&self, inbox: BoxId) -> bool {
        let mut link = if self.links.are_none_lent() { LinkId::NONE } else { self.route(inbox).first_source };
        let mut branches = Vec::new();
        while !link.is_none() {
            if self.links.is_lent(link) {
                return true;
            }
            link = self.next_upstream(link, &mut branches);
        }
        false
    }
}
