//! Backpressure for components that only ever call `send`: soft limits, and how senders are suspended and resumed
//! because of them.
//!
//! A message that arrives in an inbox at or above its soft limit is taken, and its sender is *suspended*: after its
//! step it gets no turn until the inbox is below half of the limit. So memory stays bounded and nothing is refused.
//! Wakes that come meanwhile are remembered and give it one turn.
//!
//! Nobody is suspended at `control` or `signal`, at a box of its own, at a box declared
//! [unlimited](crate::Boxes::unlimited_inbox), or at one whose component does not run. A suspended component is resumed when a
//! `shutdownMicroprocess` lies in its `control`, when the receiver ends, and when the linkage is cut.
//!
//! **No program stands still because of it.** Components may wait for each other in a circle that exists only
//! because some are suspended: a join that reads one inbox first, while the sender of both is suspended at the
//! other. `standstill` finds such circles. `docs/decisions/backpressure.md` has the reasons.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Instant;

use super::state::State;
use crate::kernel::boxes::{BoxId, CONTROL, ComponentBoxes, Declaration, NONE, SIGNAL, Suspends};
use crate::kernel::id::Pid;
use crate::kernel::message::{Ending, WEIGHT_UNIT};
use crate::kernel::side::Side;

/// How many messages an inbox holds before its senders are suspended, unless the scheduler is told otherwise.
const MESSAGES: u32 = 256;

/// The same in bytes of text and bytes.
const BYTES: usize = 256 * 1024;

/// How many times the soft limit in bytes one step may send to a box with a size for bursts.
const BURST: u32 = 64;

/// The soft limits of a scheduler, and what they have brought about.
pub(in crate::kernel) struct Backpressure {
    /// The limit of every box. `None` in the exact mode, which has none.
    limit: Option<SoftLimit>,
    /// The lowest limit in messages that any box has: below it, the limit of a box need not be looked up.
    pub(super) lowest: u32,
    /// Boxes whose limit was raised: how many times the usual one it is.
    pub(super) raised: HashMap<u32, u32>,
    /// Boxes above their limit that the running step has sent to, and the senders.
    asked: Vec<(u32, Pid)>,
    /// The suspended components, by place, each with the boxes that it waits for.
    pub(super) suspended: HashMap<u32, (Pid, Vec<u32>)>,
    /// Boxes at which somebody is suspended, or waits for room that a soft limit denies.
    pub(super) watched: BTreeMap<u32, Watched>,
    /// Boxes of a size at which somebody has begun to wait for room since circles were looked for.
    pub(super) full: BTreeSet<u32>,
    /// Boxes of circles that were named in the log.
    pub(super) told: BTreeSet<u32>,
    /// The pass in which circles are looked for next, and the number of passes until the time after that.
    pub(super) next_look: u64,
    pub(super) interval: u64,
}

/// What was seen of a box at the last look.
#[derive(Default)]
pub(in crate::kernel) struct Watched {
    /// How many messages had been collected from it.
    pub(super) taken: u64,
    /// Since when none has been collected, though its owner could.
    pub(super) since: Option<Instant>,
    /// It was named in the log.
    pub(super) told: bool,
}

/// Above how many messages, or above which weight, the senders to a box are suspended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::kernel) struct SoftLimit {
    pub(super) messages: u32,
    pub(super) weight: u32,
}

impl SoftLimit {
    /// A limit in messages and in bytes; the usual one where nothing is said.
    pub(in crate::kernel) fn new(messages: Option<usize>, bytes: Option<usize>) -> Self {
        let messages = messages.map_or(MESSAGES, |messages| u32::try_from(messages).unwrap_or(NONE));
        let weight = u32::try_from(bytes.unwrap_or(BYTES) / WEIGHT_UNIT).unwrap_or(NONE);
        SoftLimit { messages, weight: weight.max(1) }
    }

    fn times(self, factor: u32) -> Self {
        SoftLimit {
            messages: self.messages.saturating_mul(factor),
            weight: self.weight.saturating_mul(factor),
        }
    }

    fn is_reached(self, messages: usize, weight: u32) -> bool {
        messages >= self.messages as usize || weight >= self.weight
    }

    fn half(self) -> Self {
        SoftLimit { messages: self.messages.div_ceil(2), weight: self.weight.div_ceil(2) }
    }
}

impl Backpressure {
    pub(super) fn new(limit: Option<SoftLimit>) -> Self {
        Backpressure {
            lowest: limit.map_or(NONE, |limit| limit.messages),
            limit,
            raised: HashMap::new(),
            asked: Vec::new(),
            suspended: HashMap::new(),
            watched: BTreeMap::new(),
            full: BTreeSet::new(),
            told: BTreeSet::new(),
            next_look: 0,
            interval: 0,
        }
    }

    /// Boxes were declared, perhaps with limits of their own.
    pub(super) fn take_note_of(&mut self, declared: &[Declaration]) {
        let lowest = declared.iter().filter_map(|declaration| declaration.soft_limit).min();
        self.lowest = self.lowest.min(lowest.unwrap_or(NONE));
    }

    /// Whether there is nothing to look at.
    pub(in crate::kernel) fn is_idle(&self) -> bool {
        self.watched.is_empty() && self.full.is_empty()
    }

    /// The boxes of a component were given back.
    #[inline]
    pub(super) fn forget_boxes(&mut self, own_boxes: &ComponentBoxes) {
        if !(self.raised.is_empty() && self.is_idle() && self.told.is_empty()) {
            own_boxes.of_side(Side::Inbox).for_each(|inbox| self.forget_box(inbox.index()));
        }
    }

    /// A box was given back: what is known of it is not true of the next one in its place.
    pub(super) fn forget_box(&mut self, inbox: u32) {
        self.raised.remove(&inbox);
        self.watched.remove(&inbox);
        self.full.remove(&inbox);
        self.told.remove(&inbox);
    }
}

impl State {
    /// The soft limit of a box, if it has one.
    pub(super) fn soft_limit(&self, inbox: u32) -> Option<SoftLimit> {
        let limit = self.backpressure.limit?;
        let place = self.post.inbox(inbox);
        let declared = self.declared(inbox);
        let suspends = declared.map_or(Suspends::Usually, |declared| declared.suspends);
        let own = declared.and_then(|declared| declared.soft_limit).unwrap_or(NONE);
        if self.takes_endings(inbox) || suspends == Suspends::Never || !self.run.is_active(place.listener()) {
            return None;
        }
        let mut limit = SoftLimit { messages: limit.messages.min(own), ..limit }
            .times(self.backpressure.raised.get(&inbox).copied().unwrap_or(1));
        if place.size() != NONE && suspends == Suspends::Usually {
            // Its own size is the limit, beyond which it refuses.
            limit.messages = NONE;
        }
        Some(limit)
    }

    /// Whether a box is one of those at which nobody is ever suspended.
    pub(super) fn takes_endings(&self, inbox: u32) -> bool {
        let own_boxes = &self.record(self.post.inbox(inbox).listener()).own_boxes;
        let box_ = BoxId::inbox(inbox);
        own_boxes.is_called(box_, CONTROL) || own_boxes.is_called(box_, SIGNAL)
    }

    /// Whether a box is at its soft limit or above.
    fn is_above_soft_limit(&self, inbox: u32) -> bool {
        let Some(usual) = self.backpressure.limit else { return false };
        let (messages, weight) = (self.post.inbox(inbox).ring().len(), self.post.weight(inbox));
        // This decides nearly always; the rest looks names up.
        SoftLimit { messages: self.backpressure.lowest, ..usual }.is_reached(messages, weight)
            && self.soft_limit(inbox).is_some_and(|limit| limit.is_reached(messages, weight))
    }

    /// How many messages a box would take now without being above its limits.
    pub(in crate::kernel) fn room(&self, inbox: u32) -> usize {
        let place = self.post.inbox(inbox);
        let waiting = place.ring().len();
        let room = (place.size() as usize).saturating_sub(waiting);
        match self.soft_limit(inbox) {
            Some(limit) if self.post.weight(inbox) >= limit.weight => 0,
            Some(limit) => room.min((limit.messages as usize).saturating_sub(waiting)),
            None => room,
        }
    }

    /// Whether a box has room for a message of `asker`; if not, the asker is woken when it has.
    pub(super) fn has_room_for(&mut self, asker: Pid, inbox: u32) -> bool {
        let place = self.post.inbox(inbox);
        let is_full = place.is_full_for(asker) || self.is_offered_away(asker, inbox);
        // A component that waited for room in a box of its own would wait for ever.
        let is_above = place.listener() != asker.index && self.is_above_soft_limit(inbox);
        if is_above {
            self.backpressure.watched.entry(inbox).or_default();
        } else if is_full {
            self.backpressure.full.insert(inbox);
        }
        if is_full || is_above {
            self.post.inbox_mut(inbox).enlist(asker);
        }
        !(is_full || is_above)
    }

    /// Whether all places of a box, up to its soft limit, were offered to others.
    fn is_offered_away(&self, asker: Pid, inbox: u32) -> bool {
        let offered = self.post.inbox(inbox).offered_to_others(asker);
        offered > 0 && self.room(inbox) <= offered
    }

    /// All checks before a message is put into a box that is at its brim. True if the box refuses.
    #[inline(never)]
    pub(super) fn refuses_at_brim(&mut self, target: u32, sender: Pid) -> bool {
        let inbox = self.post.inbox_mut(target);
        if inbox.is_full_for(sender) {
            return true;
        }
        if self.is_at_burst_limit(target) {
            return true;
        }
        let inbox = self.post.inbox_mut(target);
        let lowest = self.backpressure.lowest;
        if (inbox.ring().len() as u32) < lowest / 2 {
            inbox.make_place(sender, lowest);
            return false;
        }
        let limit = self.soft_limit(target).map_or(NONE, |limit| limit.messages);
        let inbox = self.post.inbox_mut(target);
        inbox.make_place(sender, limit);
        if inbox.ring().len() as u32 >= limit {
            self.ask_to_suspend(target, sender);
        }
        false
    }

    /// A message was put that may weigh something.
    #[inline(never)]
    pub(super) fn weigh_newest(&mut self, target: u32, sender: Pid) {
        if self.post.weighs_nothing_with_newest(target) {
            return;
        }
        let weight = self.post.weight(target);
        self.post.weigh_newest(target);
        if self.backpressure.limit.is_some_and(|usual| weight >= usual.weight)
            && self.soft_limit(target).is_some_and(|limit| weight >= limit.weight)
        {
            self.ask_to_suspend(target, sender);
            if self.is_at_burst_limit(target) {
                // The next one is refused.
                self.post.inbox_mut(target).ring_mut().lower_brim();
            }
        }
    }

    /// Whether a box with a size for bursts holds more bytes than one step may send it.
    pub(super) fn is_at_burst_limit(&self, inbox: u32) -> bool {
        let weight = self.post.weight(inbox);
        self.backpressure.limit.is_some_and(|usual| weight >= usual.weight.saturating_mul(BURST))
            && self.declared(inbox).is_some_and(|declared| declared.suspends == Suspends::BelowItsSize)
    }

    /// What was declared of a box, if it was not added at run time.
    fn declared(&self, inbox: u32) -> Option<&Declaration> {
        self.record(self.post.inbox(inbox).listener()).own_boxes.declaration(BoxId::inbox(inbox))
    }

    /// The running component has sent to a box that is now above its limit: it is suspended after its step.
    fn ask_to_suspend(&mut self, target: u32, sender: Pid) {
        let listener = self.post.inbox(target).listener();
        let is_new = self.backpressure.asked.last() != Some(&(target, sender));
        if is_new && sender.index != listener {
            self.backpressure.asked.push((target, sender));
            self.interrupted = true;
        }
    }

    /// The step of a component is over: suspends it, if a box that it sent to is still above its limit.
    pub(in crate::kernel) fn suspend_if_asked(&mut self, index: u32) {
        let me = Pid { index, generation: self.run.places[index as usize].generation };
        let asked = std::mem::take(&mut self.backpressure.asked);
        // Messages of other senders came from a step that failed, or from outside any step.
        let mut boxes: Vec<u32> = (asked.into_iter())
            .filter(|(inbox, sender)| *sender == me && self.is_above_soft_limit(*inbox))
            .map(|(inbox, _)| inbox)
            .collect();
        boxes.sort_unstable();
        boxes.dedup();
        if boxes.is_empty() || !self.run.is_active(index) || self.is_told_to_stop(index) {
            return;
        }
        for inbox in &boxes {
            self.post.inbox_mut(*inbox).suspend(me);
            self.backpressure.watched.entry(*inbox).or_default();
        }
        self.backpressure.suspended.insert(index, (me, boxes));
        self.run.suspend(index);
    }

    /// Whether a component's `control` holds a notice to stop immediately.
    fn is_told_to_stop(&self, index: u32) -> bool {
        let own_boxes = &self.record(index).own_boxes;
        own_boxes.find_declared(Side::Inbox, CONTROL).is_some_and(|control| {
            let inbox = self.post.inbox(control.index());
            inbox.ring().iter().any(|queued| queued.message.ending() == Some(Ending::ShutdownMicroprocess))
        })
    }

    /// A message arrived at a suspended component.
    #[cold]
    pub(super) fn resume_if_told(&mut self, index: u32) {
        if self.is_told_to_stop(index) {
            self.resume(index);
        }
    }

    /// Resumes a suspended component, whatever it waits for.
    fn resume(&mut self, index: u32) {
        if let Some((me, boxes)) = self.backpressure.suspended.remove(&index) {
            for inbox in boxes {
                self.post.inbox_mut(inbox).forget_suspended(me);
            }
            self.run.resume(index);
        }
    }

    /// Resumes a component if it is suspended at this box.
    pub(super) fn resume_one_at(&mut self, index: u32, inbox: u32) {
        if self.backpressure.suspended.get(&index).is_some_and(|(_, boxes)| boxes.contains(&inbox)) {
            self.resume(index);
        }
    }

    /// Resumes all components that are suspended at a box, unless they are suspended at another, too.
    pub(super) fn resume_all_at(&mut self, inbox: u32) {
        for sender in self.post.inbox_mut(inbox).take_suspended() {
            if let Some((me, boxes)) = self.backpressure.suspended.get_mut(&sender.index)
                && *me == sender
            {
                boxes.retain(|other| *other != inbox);
                if boxes.is_empty() {
                    self.backpressure.suspended.remove(&sender.index);
                    self.run.resume(sender.index);
                }
            }
        }
    }

    /// A component has ended: it is no longer suspended, and neither is anyone at its boxes.
    #[inline(always)]
    pub(super) fn end_suspensions(&mut self, index: u32) {
        if !self.backpressure.watched.is_empty() {
            self.end_suspensions_of(index);
        }
    }

    #[cold]
    fn end_suspensions_of(&mut self, index: u32) {
        self.resume(index);
        let inboxes = self.record(index).own_boxes.of_side(Side::Inbox);
        for inbox in inboxes.map(BoxId::index) {
            self.resume_all_at(inbox);
        }
    }

    /// A message was collected from a box at which components may be suspended.
    pub(super) fn resume_if_drained(&mut self, inbox: u32) {
        if self.post.inbox(inbox).suspended().is_empty() {
            return;
        }
        let (messages, weight) = (self.post.inbox(inbox).ring().len(), self.post.weight(inbox));
        if !self.soft_limit(inbox).is_some_and(|limit| limit.half().is_reached(messages, weight)) {
            self.resume_all_at(inbox);
        }
    }

    /// What a suspended component waits for, in words.
    pub(super) fn suspended_at(&self, index: u32) -> Option<String> {
        let (_, boxes) = self.backpressure.suspended.get(&index)?;
        let inbox = *boxes.first()?;
        let waiting = self.post.inbox(inbox).ring().len();
        Some(format!("is suspended until {} is emptier, where {waiting} wait", self.inbox_name(inbox)))
    }

    /// Raises the limit of a box to this many times the usual one, and lets its senders go on.
    pub(super) fn raise(&mut self, inbox: u32, factor: u32) {
        self.backpressure.raised.insert(inbox, factor);
        self.resume_all_at(inbox);
        self.offer_room(inbox);
    }
}
