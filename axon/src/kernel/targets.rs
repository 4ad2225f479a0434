//! Where the boxes of a chain finally lead: told to them when a chain is linked or cut.
//!
//! *Differs from Kamaelia:* there each linkage tells all boxes upstream at once, so that a chain of `n` inboxes
//! that is linked from its front costs `n` squared. Here, where many lead to an inbox that is linked on, they
//! are told when one of them sends: all at once, however many linkages were made meanwhile.

use std::collections::HashSet;

use super::postbox::{BoxId, JointId, Route};
use super::postoffice::PostOffice;

/// How many boxes are told at once that the inbox to which they lead is linked on.
const TOLD_AT_ONCE: usize = 16;

/// The inboxes that were linked on and that others may still take for the end of their way.
///
/// Invariant: such an inbox holds nothing and takes nothing without being asked (its brim is at 0), so that
/// who sends there finds out.
#[derive(Default)]
pub(super) struct Targets {
    passed: Vec<u32>,
}

impl PostOffice {
    /// The inbox at the end of the way from a box, or [`NONE`](super::postbox::NONE).
    #[inline]
    pub(super) fn end_of(&self, box_: BoxId) -> u32 {
        let mut target = self.route(box_).target;
        while let Some(inbox) = self.inboxes.get(target as usize)
            && !inbox.route.to.is_none()
        {
            target = inbox.route.target;
        }
        target
    }

    /// The same, for one who asks often: nobody is to look twice along the same long way.
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

    /// The inbox to which one that was linked on leads, for one who took it for the end.
    #[cold]
    pub(super) fn settled(&mut self, inbox: u32) -> u32 {
        self.settle();
        self.inboxes[inbox as usize].route.target
    }

    /// A box that led nowhere else leads to an inbox, and so do all that lead to it.
    pub(super) fn lead_on(&mut self, box_: BoxId, target: u32) {
        if self.route(box_).target == target {
            return;
        }
        // Outboxes that led nowhere have no end for which others could take them.
        let most = if box_.is_outbox() { usize::MAX } else { TOLD_AT_ONCE };
        if !self.retarget_up_to(most, box_, target) {
            self.inboxes[box_.index() as usize].letters.lower_brim();
            self.targets.passed.push(box_.index());
        }
    }

    /// Sets where a box, and all that lead to it, finally lead.
    pub(super) fn retarget(&mut self, box_: BoxId, target: u32) {
        if self.route(box_).target != target {
            self.retarget_up_to(usize::MAX, box_, target);
        }
    }

    /// The same for the first of them; whether that was all.
    fn retarget_up_to(&mut self, most: usize, box_: BoxId, target: u32) -> bool {
        self.route_mut(box_).target = target;
        let mut joint = self.route(box_).first_source;
        let mut branches = Vec::new();
        let mut told = 0;
        while !joint.is_none() {
            if told == most {
                return false;
            }
            told += 1;
            let source = self.joints[joint].source;
            self.route_mut(source).target = target;
            joint = self.next_upstream(joint, &mut branches);
        }
        true
    }

    /// Tells all who do not know it yet where they lead.
    pub(super) fn settle(&mut self) {
        if self.targets.passed.is_empty() {
            return;
        }
        let passed = std::mem::take(&mut self.targets.passed);
        let are_passed: HashSet<u32> = passed.iter().copied().collect();
        // The last that was linked on is the nearest to the end, where a chain was linked from its front.
        for inbox in passed.into_iter().rev() {
            let target = self.shorten(inbox);
            let mut to_tell = vec![self.inboxes[inbox as usize].route.first_source];
            while let Some(joint) = to_tell.pop() {
                if joint.is_none() {
                    continue;
                }
                to_tell.push(self.joints[joint].next);
                let source = self.joints[joint].source;
                // Such a one tells those behind it itself.
                if source.is_outbox() || !are_passed.contains(&source.index()) {
                    let Route { target: known, first_source, .. } = self.route_mut(source);
                    *known = target;
                    let first_source: JointId = *first_source;
                    to_tell.push(first_source);
                }
            }
        }
    }

    /// The end of the way from an inbox, which all on the way know from now on.
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
