//! The target of each box, the last inbox of its chain, kept up to date when chains are linked and cut.
//!
//! *Differs from Kamaelia:* there each new linkage updates every box upstream, so that a chain of `n` inboxes that
//! is linked from its front costs `n` squared. Here a long way upstream is updated when one of its boxes next
//! sends: in one walk, however many linkages were made or cut in the meantime.

use std::collections::HashSet;
use std::ops::Range;

use super::box_id::BoxId;
use super::postbox::{LinkId, NONE, Route};
use super::postoffice::PostOffice;

/// How many boxes upstream are updated when a linkage is made or cut. If there are more, all wait for the next send.
const TOLD_AT_ONCE: usize = 16;

/// What is out of date. Making a linkage first updates what cuts have left out of date, and a cut first updates what
/// linkages have left, so that only one kind is out of date at a time.
#[derive(Default)]
pub(in crate::kernel) struct Targets {
    /// The inboxes that were linked onwards and that boxes upstream may still have as their target.
    ///
    /// Invariant: such an inbox is empty and its brim is 0, so that every message to it takes the slow path, which
    /// updates the targets.
    passed: Vec<u32>,
    /// The boxes at which chains were cut, while boxes upstream may still have an inbox beyond as their target.
    cut_off: Vec<BoxId>,
    /// The inboxes beyond those cuts, and the boxes at the cuts themselves if they are inboxes.
    ///
    /// Invariant: the brim of each is 0. A message to one may be for another, and its size may be out of date.
    misrouted: HashSet<u32>,
    /// Inboxes among these that were given back: they are not reused while messages are misrouted to them.
    withheld: Vec<Range<u32>>,
}

impl Targets {
    /// Whether a message to this inbox may be for another, since a linkage on its way was cut.
    #[inline]
    pub(in crate::kernel) fn is_misrouted(&self, inbox: u32) -> bool {
        !self.misrouted.is_empty() && self.misrouted.contains(&inbox)
    }

    /// Whether messages may be misrouted to one of these inboxes.
    #[inline]
    pub(super) fn are_misrouted(&self, inboxes: &Range<u32>) -> bool {
        !self.misrouted.is_empty() && inboxes.clone().any(|inbox| self.misrouted.contains(&inbox))
    }

    /// Keeps inboxes that were given back, if messages are misrouted to one of them. False if none is.
    pub(super) fn withhold(&mut self, inboxes: &Range<u32>) -> bool {
        let is_needed = self.are_misrouted(inboxes);
        if is_needed {
            self.withheld.push(inboxes.clone());
        }
        is_needed
    }
}

impl PostOffice {
    /// The last inbox of a box's chain, or [`NONE`](super::postbox::NONE).
    #[inline]
    pub(in crate::kernel) fn end_of(&self, box_: BoxId) -> u32 {
        let mut target = self.route(box_).target;
        while let Some(inbox) = self.inboxes.get(target as usize)
            && !inbox.route.to.is_none()
        {
            self.visit();
            target = inbox.route.target;
        }
        if self.targets.is_misrouted(target) {
            return self.end_by_linkages(box_, usize::MAX).expect("a chain has an end");
        }
        target
    }

    /// The last inbox of a chain, found from linkage to linkage, if it is not further away than `most` of them.
    #[cold]
    fn end_by_linkages(&self, mut box_: BoxId, most: usize) -> Option<u32> {
        let mut steps = 0;
        while !self.route(box_).to.is_none() {
            if steps == most {
                return None;
            }
            steps += 1;
            box_ = self.links[self.route(box_).to].sink;
        }
        Some(if box_.is_outbox() { NONE } else { box_.index() })
    }

    /// Finds the same for callers that ask often: a long chain is followed once and then shortened.
    pub(in crate::kernel) fn found_end(&mut self, box_: BoxId) -> u32 {
        let mut target = self.route(box_).target;
        for _ in 0..TOLD_AT_ONCE {
            match self.inboxes.get(target as usize) {
                Some(inbox) if !inbox.route.to.is_none() => target = inbox.route.target,
                _ if self.targets.is_misrouted(target) => break,
                _ => return target,
            }
        }
        self.settle();
        self.route(box_).target
    }

    /// The last inbox after one that was linked onwards, for a sender that had it as its target.
    #[cold]
    pub(in crate::kernel) fn settled(&mut self, inbox: u32) -> u32 {
        self.settle();
        self.inboxes[inbox as usize].route.target
    }

    /// Sets a new target for a box that was the end of its chain, and for the boxes upstream.
    pub(super) fn lead_on(&mut self, box_: BoxId, target: u32) {
        if self.route(box_).target == target {
            return;
        }
        // An outbox without a target is nobody's target, so its boxes upstream cannot be updated later.
        let most = if box_.is_outbox() { usize::MAX } else { TOLD_AT_ONCE };
        if !self.retarget_up_to(most, box_, target) {
            self.inboxes[box_.index() as usize].ring.lower_brim();
            self.targets.passed.push(box_.index());
        }
    }

    /// The last inbox of the chain that a linkage leads to, before it is cut.
    #[inline]
    pub(in crate::kernel) fn end_before_cut(&mut self, link: LinkId) -> u32 {
        self.settle_passed();
        let source = self.links[link].source;
        let target = self.route(source).target;
        if !self.targets.is_misrouted(target) {
            return target;
        }
        self.end_by_linkages(source, TOLD_AT_ONCE).unwrap_or_else(|| {
            self.settle();
            self.route(source).target
        })
    }

    /// A box has become the end of its chain, of which `target` was the end: updates the targets upstream, and the
    /// sizes of both inboxes. If the way upstream is long, that waits for the next send.
    #[inline]
    pub(super) fn end_at(&mut self, box_: BoxId, target: u32) {
        let own = if box_.is_outbox() { NONE } else { box_.index() };
        if own == target && self.targets.cut_off.is_empty() {
            return;
        }
        if self.retarget_up_to(TOLD_AT_ONCE, box_, own) {
            if own != NONE {
                self.narrow_both(own, target);
            }
            return;
        }
        self.targets.cut_off.push(box_);
        for inbox in [own, target].into_iter().filter(|inbox| *inbox != NONE) {
            self.targets.misrouted.insert(inbox);
            self.inboxes[inbox as usize].ring.lower_brim();
        }
    }

    /// Sets the target of a box and of at most `most` boxes upstream. Returns whether those were all.
    fn retarget_up_to(&mut self, most: usize, box_: BoxId, target: u32) -> bool {
        let Route { target: known, first_source, .. } = self.route_mut(box_);
        *known = target;
        let mut link: LinkId = *first_source;
        if link.is_none() {
            return true;
        }
        let mut branches = Vec::new();
        let mut told = 0;
        while !link.is_none() {
            if told == most {
                return false;
            }
            told += 1;
            let source = self.links[link].source;
            self.route_mut(source).target = target;
            link = self.next_upstream(link, &mut branches);
        }
        true
    }

    /// Updates all that is out of date.
    pub(in crate::kernel) fn settle(&mut self) {
        self.settle_passed();
        self.settle_cuts();
    }

    /// Updates what cuts have left out of date.
    #[inline]
    pub(super) fn settle_cuts(&mut self) {
        if !self.targets.cut_off.is_empty() {
            self.settle_each_cut();
        }
    }

    #[cold]
    fn settle_each_cut(&mut self) {
        for end in std::mem::take(&mut self.targets.cut_off) {
            let own = if end.is_outbox() { NONE } else { end.index() };
            self.retarget_up_to(usize::MAX, end, own);
        }
        for inbox in std::mem::take(&mut self.targets.misrouted) {
            self.narrow(inbox);
        }
        for inboxes in std::mem::take(&mut self.targets.withheld) {
            self.give_back(inboxes);
        }
    }

    /// Updates what linkages have left out of date.
    #[inline]
    fn settle_passed(&mut self) {
        if !self.targets.passed.is_empty() {
            self.settle_each_passed();
        }
    }

    #[cold]
    fn settle_each_passed(&mut self) {
        let passed = std::mem::take(&mut self.targets.passed);
        let are_passed: HashSet<u32> = passed.iter().copied().collect();
        // In a chain that was linked from its front, the last is nearest to the end.
        for inbox in passed.into_iter().rev() {
            let target = self.shorten(inbox);
            let mut to_tell = vec![self.inboxes[inbox as usize].route.first_source];
            while let Some(link) = to_tell.pop() {
                if link.is_none() {
                    continue;
                }
                to_tell.push(self.links[link].next);
                let source = self.links[link].source;
                // One of `passed` updates the boxes upstream of it itself.
                if source.is_outbox() || !are_passed.contains(&source.index()) {
                    let Route { target: known, first_source, .. } = self.route_mut(source);
                    *known = target;
                    let first_source: LinkId = *first_source;
                    to_tell.push(first_source);
                }
            }
        }
    }

    /// Finds the last inbox of a chain, and makes it the target of every inbox on the way.
    fn shorten(&mut self, inbox: u32) -> u32 {
        let end = self.end_of(BoxId::inbox(inbox));
        let mut on_the_way = inbox;
        while on_the_way != end {
            self.visit();
            let next = self.inboxes[on_the_way as usize].route.target;
            self.inboxes[on_the_way as usize].route.target = end;
            on_the_way = next;
        }
        end
    }
}
