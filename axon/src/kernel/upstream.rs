//! Walks against the current: all that lead to a box, and whose they are.

use super::joints::Joint;
use super::postbox::{BoxId, JointId};
use super::postoffice::PostOffice;

impl PostOffice {
    /// Calls `see` with the sender of every outbox upstream of `box_`, through all pass-throughs, each
    /// source before those that lead to it.
    pub(super) fn for_each_producer(&self, box_: BoxId, see: &mut impl FnMut(u32)) {
        let mut joint = self.route(box_).first_source;
        let mut branches = Vec::new();
        while !joint.is_none() {
            let source = self.joints[joint].source;
            if source.is_outbox() {
                see(self.outboxes[source.index() as usize].sender);
            }
            joint = self.next_upstream(joint, &mut branches);
        }
    }

    /// The senders of all outboxes upstream of `box_`, in the order in which linking joined them to it. That
    /// is Axon's: there a linkage adds all whom it joins to the end of a list, in the order in which they
    /// were joined to its source.
    pub(super) fn producers_in_order(&self, box_: BoxId) -> Vec<u32> {
        // By when a way was joined: by its youngest linkage, then by the youngest behind that, and so on.
        let mut found: Vec<(Vec<u64>, u32)> = Vec::new();
        let mut to_see = vec![(self.route(box_).first_source, Vec::new())];
        while let Some((joint, ages)) = to_see.pop() {
            if joint.is_none() {
                continue;
            }
            let Joint { serial, source, next, .. } = self.joints[joint];
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

    /// The linkage after `joint` on a walk through all that lead to a box, each before those that lead to
    /// its source. A list of branches instead of recursion: a chain may be as long as one likes.
    pub(super) fn next_upstream(&self, joint: JointId, branches: &mut Vec<JointId>) -> JointId {
        let Joint { source, next, .. } = self.joints[joint];
        let first_source = self.route(source).first_source;
        if first_source.is_none() {
            return if next.is_none() { branches.pop().unwrap_or(JointId::NONE) } else { next };
        }
        if !next.is_none() {
            branches.push(next);
        }
        first_source
    }

    /// The boxes at which the ways to an inbox begin: those that lead to it, through all pass-throughs, and
    /// to which nothing leads; of those that lead to the same box the one that was linked first.
    pub(super) fn sources_of(&self, box_: BoxId) -> Vec<BoxId> {
        let (mut sources, mut branches) = (Vec::new(), Vec::new());
        let mut joint = self.route(box_).first_source;
        while !joint.is_none() {
            let source = self.joints[joint].source;
            if self.route(source).first_source.is_none() {
                sources.push(source);
            }
            joint = self.next_upstream(joint, &mut branches);
        }
        sources.reverse();
        sources
    }

    /// The linkages by which another inbox is lent to this one.
    pub(super) fn lent_to(&self, inbox: BoxId) -> Vec<JointId> {
        let after = |joint: JointId| (!joint.is_none()).then_some(joint);
        let first = after(self.route(inbox).first_source);
        let sources = std::iter::successors(first, |joint| after(self.joints[*joint].next));
        sources.filter(|joint| self.joints.is_lent(*joint)).collect()
    }

    /// Whether some inbox whose messages come to this one is lent, so that it gets back what lies here.
    pub(super) fn is_on_loan(&self, inbox: BoxId) -> bool {
        let mut joint =
            if self.joints.are_none_lent() { JointId::NONE } else { self.route(inbox).first_source };
        let mut branches = Vec::new();
        while !joint.is_none() {
            if self.joints.is_lent(joint) {
                return true;
            }
            joint = self.next_upstream(joint, &mut branches);
        }
        false
    }
}
