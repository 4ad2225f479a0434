//! The target of each box, the last inbox of its chain, kept up to date when chains are linked and cut.
//!
//! *Differs from Kamaelia:* there each new linkage updates every box upstream, so that a chain of `n` inboxes that
//! is linked from its front costs `n` squared. Here a long way upstream is updated when one of its boxes next
//! sends: in one walk, however many linkages were made in the meantime.

use std::collections::HashSet;

use super::postbox::{BoxId, LinkId, Route};
use super::postoffice::PostOffice;

/// How many boxes upstream are updated when a linkage is made. If there are more, all wait for the next send.
const TOLD_AT_ONCE: usize = 16;

/// The inboxes that were linked onwards and that boxes upstream may still have as their target.
///
/// Invariant: such an inbox is empty and its brim is 0, so that every message to it takes the slow path, which
/// updates the targets.
#[derive(Default)]
pub(super) struct Targets {
    passed: Vec<u32>,
}

impl PostOffice {
    /// The last inbox of a box's chain, or [`NONE`](super::postbox::NONE).
    #[inline]
    pub(in crate::kernel) fn end_of(&self, box_: BoxId) -> u32 {
        let mut target = self.route(box_).target;
        while let Some(inbox) = self.inboxes.get(target as usize)
            && !inbox.route.to.is_none()
        {
            target = inbox.route.target;
        }
        target
    }

    /// The same for callers that ask often: a long chain is followed once and then shortened.
    pub(super) fn found_end(&mut self, box_: BoxId) -> u32 {
        let mut target = self.route(box_).target;
        for _ in 0..TOLD_AT_ONCE {
            match self.inboxes.get(target as usize) {
                Some(inbox) if !inbox.route.to.is_none() => target = inbox.route.target,
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

    /// Sets the target of a box and of all boxes upstream.
    pub(super) fn retarget(&mut self, box_: BoxId, target: u32) {
        if self.route(box_).target != target {
            self.retarget_up_to(usize::MAX, box_, target);
        }
    }

    /// The same for at most `most` boxes upstream. Returns whether those were all.
    fn retarget_up_to(&mut self, most: usize, box_: BoxId, target: u32) -> bool {
        self.route_mut(box_).target = target;
        let mut link = self.route(box_).first_source;
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

    /// Updates all targets that are out of date.
    pub(super) fn settle(&mut self) {
        if self.targets.passed.is_empty() {
            return;
        }
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
            let next = self.inboxes[on_the_way as usize].route.target;
            self.inboxes[on_the_way as usize].route.target = end;
            on_the_way = next;
        }
        end
    }
}
