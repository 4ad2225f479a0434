//! All boxes of a scheduler and the ways between them: delivery, collection, linking.
//!
//! Ported from `Axon.Postoffice` and the retargeting of `Axon.Box`.
//!
//! *Differs from Kamaelia:* in Python every box object holds its target and calls it. Here all boxes are in two
//! tables and refer to each other by number, so that a delivery follows one number, and a box costs no allocation.
//! What a component's own post office does there (list, make and cut its linkages) follows here from the maker that
//! is recorded with each linkage.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::rc::Rc;

use super::box_id::BoxId;
use super::component_boxes::ComponentBoxes;
use super::declaration::{BoxTable, Declaration};
use super::deserted::Deserted;
use super::link_table::{LinkEntry, LinkTable, MadeBy};
use super::message_ring::Queued;
use super::pending::PendingWakes;
use super::postbox::{Inbox, LinkId, NONE, Outbox, Route};
use super::targets::Targets;
use crate::kernel::id::Pid;

/// All boxes and linkages of one scheduler.
#[derive(Default)]
pub(in crate::kernel) struct PostOffice {
    /// Collections wake all producers upstream, as in Axon (S17).
    pub(super) exact_waking: bool,
    pub(super) inboxes: Vec<Inbox>,
    pub(super) outboxes: Vec<Outbox>,
    /// The weight of what lies in each inbox, as far as any ever held something that weighs anything.
    pub(super) weights: Vec<u32>,
    /// The sizes that were given to inboxes at the end of a chain in which another has a smaller one.
    pub(super) own_sizes: HashMap<u32, u32>,
    free_inboxes: FreeRuns,
    free_outboxes: FreeRuns,
    pub(super) links: LinkTable,
    pub(in crate::kernel) targets: Targets,
    /// Who is to be woken because of what was linked and unlinked last.
    pub(in crate::kernel) pending: PendingWakes,
    /// The outboxes that led to another scheduler whose run is over, until they are linked again.
    pub(in crate::kernel) deserted: BTreeMap<u32, Deserted>,
    /// How many boxes were looked at on walks along chains.
    #[cfg(test)]
    pub(in crate::kernel) visits: std::cell::Cell<usize>,
}

/// Groups of adjacent boxes that were given back, by their length.
#[derive(Default)]
struct FreeRuns(Vec<Vec<u32>>);

impl FreeRuns {
    fn take(&mut self, length: usize) -> Option<u32> {
        self.0.get_mut(length)?.pop()
    }

    fn give(&mut self, run: Range<u32>) {
        let length = run.len();
        if self.0.len() <= length {
            self.0.resize_with(length + 1, Vec::new);
        }
        if length > 0 {
            self.0[length].push(run.start);
        }
    }
}

/// Makes room for `more` entries, an eighth at a time: a table of all boxes should not be half empty.
pub(in crate::kernel) fn make_room<T>(table: &mut Vec<T>, more: usize) {
    if table.capacity() - table.len() < more {
        table.reserve_exact(more.max(table.len() / 8).max(16));
    }
}

/// A linkage that was taken out, and the inbox at the end of its chain.
pub(in crate::kernel) struct Cut {
    pub(in crate::kernel) link: LinkEntry,
    pub(in crate::kernel) target: u32,
}

/// Why a linkage was not made.
pub(in crate::kernel) enum Refused {
    Linked(LinkId),
    Circle,
}

impl PostOffice {
    pub(in crate::kernel) fn new(exact_waking: bool) -> Self {
        PostOffice { exact_waking, ..PostOffice::default() }
    }

    /// Boxes for one component, of which `microprocess` is the place to wake. No soft limit is below `soft` messages.
    pub(in crate::kernel) fn open_boxes(
        &mut self,
        table: &Rc<BoxTable>,
        microprocess: u32,
        soft: u32,
    ) -> ComponentBoxes {
        let inboxes = table.inboxes.declarations();
        let first_inbox = match self.free_inboxes.take(inboxes.len()) {
            Some(first) => {
                self.open_inboxes(first, inboxes, microprocess, soft);
                first
            }
            None => {
                let first = self.inboxes.len() as u32;
                make_room(&mut self.inboxes, inboxes.len());
                for (index, declared) in (first..).zip(inboxes) {
                    self.inboxes.push(Inbox::new(index, microprocess, declared.size, self.exact_waking));
                }
                first
            }
        };
        let outboxes = table.outboxes.declarations().len();
        let first_outbox = match self.free_outboxes.take(outboxes) {
            Some(first) => {
                self.open_outboxes(first..first + outboxes as u32, microprocess);
                first
            }
            None => {
                let first = self.outboxes.len();
                make_room(&mut self.outboxes, outboxes);
                self.outboxes.resize_with(first + outboxes, || Outbox::new(microprocess));
                first as u32
            }
        };
        ComponentBoxes::new(Rc::clone(table), first_inbox, first_outbox)
    }

    /// Boxes for the next component in a place: those that the last one has left, if both have declared the same.
    pub(in crate::kernel) fn open_again(
        &mut self,
        left: &mut ComponentBoxes,
        table: &Rc<BoxTable>,
        microprocess: u32,
        soft: u32,
    ) {
        let (inboxes, outboxes) = (left.inboxes(), left.outboxes());
        if left.are_of(table) && !self.targets.are_misrouted(&inboxes) {
            self.open_inboxes(inboxes.start, table.inboxes.declarations(), microprocess, soft);
            self.open_outboxes(outboxes, microprocess);
        } else {
            self.give_back(inboxes);
            self.free_outboxes.give(outboxes);
            *left = self.open_boxes(table, microprocess, soft);
        }
    }

    /// Makes new inboxes of adjacent ones that are free.
    fn open_inboxes(&mut self, first: u32, declared: &[Declaration], microprocess: u32, soft: u32) {
        let free = &mut self.inboxes[first as usize..];
        for ((index, declared), place) in (first..).zip(declared).zip(free) {
            place.open(index, microprocess, declared.size, soft, self.exact_waking);
        }
    }

    /// Makes new outboxes of adjacent ones that are free.
    fn open_outboxes(&mut self, free: Range<u32>, microprocess: u32) {
        for place in &mut self.outboxes[free.start as usize..free.end as usize] {
            *place = Outbox::new(microprocess);
        }
    }

    /// One more inbox.
    pub(in crate::kernel) fn new_inbox(&mut self, microprocess: u32) -> u32 {
        let index = self.free_inboxes.take(1).unwrap_or(self.inboxes.len() as u32);
        let inbox = Inbox::new(index, microprocess, None, self.exact_waking);
        match self.inboxes.get_mut(index as usize) {
            Some(place) => *place = inbox,
            None => self.inboxes.push(inbox),
        }
        index
    }

    /// One more outbox.
    pub(in crate::kernel) fn new_outbox(&mut self, microprocess: u32) -> u32 {
        let index = self.free_outboxes.take(1).unwrap_or(self.outboxes.len() as u32);
        let outbox = Outbox::new(microprocess);
        match self.outboxes.get_mut(index as usize) {
            Some(place) => *place = outbox,
            None => self.outboxes.push(outbox),
        }
        index
    }

    /// Gives a box back that nothing is linked to any more. Returns what lay in it.
    pub(in crate::kernel) fn free_box(&mut self, box_: BoxId) -> Vec<Queued> {
        debug_assert!(self.is_untouched(box_));
        if box_.is_outbox() {
            self.free_outboxes.give(box_.index()..box_.index() + 1);
            self.deserted.remove(&box_.index());
            return Vec::new();
        }
        self.give_back(box_.index()..box_.index() + 1);
        self.take_all(box_.index())
    }

    /// Gives back inboxes to which nothing is linked any more.
    pub(super) fn give_back(&mut self, inboxes: Range<u32>) {
        if !self.targets.withhold(&inboxes) {
            self.free_inboxes.give(inboxes);
        }
    }

    /// Empties the boxes of a component, to which nothing is linked any more, and gives back those that were added.
    /// Returns the messages in them; the caller drops them when no table is borrowed, since destructors are user code.
    pub(in crate::kernel) fn close_boxes(&mut self, own_boxes: &mut ComponentBoxes) -> Vec<Queued> {
        let mut left = Vec::new();
        let inboxes = own_boxes.inboxes();
        if !self.weights.is_empty() {
            inboxes.clone().for_each(|inbox| self.forget_weight(inbox));
        }
        for inbox in &mut self.inboxes[inboxes.start as usize..inboxes.end as usize] {
            if inbox.ring.arrived() > 0 {
                left.extend(std::iter::from_fn(|| inbox.ring.pop()));
                inbox.ring = std::mem::take(&mut inbox.ring).for_the_next();
            }
            if inbox.refused.is_some() {
                inbox.refused = None;
            }
        }
        if !self.deserted.is_empty() {
            let outboxes = own_boxes.outboxes();
            self.deserted.retain(|outbox, _| !outboxes.contains(outbox));
        }
        for added in own_boxes.take_added() {
            left.extend(self.free_box(added));
        }
        left
    }

    /// Sends away all who wait for room in an inbox: they are woken with the others.
    pub(in crate::kernel) fn dissolve_line(&mut self, inbox: u32) {
        self.inboxes[inbox as usize].dissolve_line(&mut self.pending.senders);
    }

    /// The final inbox that an outbox leads to, or [`NONE`]. Counts the sending.
    #[inline(always)]
    pub(in crate::kernel) fn dispatch(&mut self, outbox: u32) -> u32 {
        let outbox = &mut self.outboxes[outbox as usize];
        outbox.sent += 1;
        outbox.route.target
    }

    pub(in crate::kernel) fn route(&self, box_: BoxId) -> &Route {
        self.visit();
        if box_.is_outbox() {
            &self.outboxes[box_.index() as usize].route
        } else {
            &self.inboxes[box_.index() as usize].route
        }
    }

    /// Counts a box that is looked at on a walk: in tests only.
    #[inline(always)]
    pub(super) fn visit(&self) {
        #[cfg(test)]
        self.visits.set(self.visits.get() + 1);
    }

    /// The place of the component whose box it is.
    pub(in crate::kernel) fn owner(&self, box_: BoxId) -> u32 {
        if box_.is_outbox() {
            self.outboxes[box_.index() as usize].sender
        } else {
            self.inboxes[box_.index() as usize].listener
        }
    }

    pub(super) fn route_mut(&mut self, box_: BoxId) -> &mut Route {
        self.visit();
        if box_.is_outbox() {
            &mut self.outboxes[box_.index() as usize].route
        } else {
            &mut self.inboxes[box_.index() as usize].route
        }
    }

    /// Whether no linkage leads to or from a box.
    #[inline]
    pub(in crate::kernel) fn is_untouched(&self, box_: BoxId) -> bool {
        let Route { to, first_source, .. } = self.route(box_);
        to.is_none() && first_source.is_none()
    }

    /// Whether a new linkage between the two boxes is possible, and what would have to move.
    #[inline]
    pub(in crate::kernel) fn check(&self, source: BoxId, sink: BoxId) -> Result<(), Refused> {
        let existing = self.route(source).to;
        if !existing.is_none() {
            return Err(Refused::Linked(existing));
        }
        if self.leads_back(source, sink) {
            return Err(Refused::Circle);
        }
        Ok(())
    }

    /// Whether the chain that begins at `sink` comes to `source`.
    fn leads_back(&self, source: BoxId, sink: BoxId) -> bool {
        if !source.is_outbox() {
            // The source is not linked on, so it is the end of every chain that comes to it.
            return self.end_of(sink) == source.index();
        }
        if self.route(sink).target != NONE {
            // It ends at an inbox.
            return false;
        }
        // Searched from both ends by turns, until one search is complete: a chain may be long, and may be built from
        // either end.
        let (mut further, mut back) = (sink, self.route(source).first_source);
        let mut branches = Vec::new();
        loop {
            if further == source {
                return true;
            }
            let to = self.route(further).to;
            if to.is_none() || back.is_none() {
                return false;
            }
            further = self.links[to].sink;
            if self.links[back].source == sink {
                return true;
            }
            back = self.next_upstream(back, &mut branches);
        }
    }

    /// Links two boxes that were checked, and moves on what waits in the source, whatever the size of the box
    /// that it moves to: who sends there next finds it full.
    #[inline]
    pub(in crate::kernel) fn link(
        &mut self,
        serial: u64,
        maker: (Pid, &mut MadeBy),
        (source, sink): (BoxId, BoxId),
    ) -> LinkId {
        self.settle_cuts();
        let target = self.found_end(sink);
        let link = self.links.insert(serial, maker, (source, sink), self.route(sink).first_source);
        self.route_mut(source).to = link;
        self.route_mut(sink).first_source = link;
        self.lead_on(source, target);
        if source.is_outbox() {
            if !self.deserted.is_empty() {
                self.deserted.remove(&source.index());
            }
        } else {
            let moved = source.index();
            self.dissolve_line(moved);
            self.pending.emptied.push(moved);
            self.narrow_by(moved, target);
            let waiting = self.take_all(moved);
            if !waiting.is_empty() {
                self.pending.listeners.push(self.inboxes[target as usize].listener);
                self.pending.senders.extend(waiting.iter().map(|queued| queued.sender));
                self.put_again(target, waiting);
            }
        }
        link
    }

    /// Removes a linkage from the table and from its maker's list. What was delivered stays delivered. The caller
    /// then calls [`PostOffice::part`], which updates the targets. `target` is the end of its chain
    /// ([`PostOffice::end_before_cut`]).
    #[inline]
    pub(in crate::kernel) fn unlink(&mut self, link: LinkId, made: &mut MadeBy, target: u32) -> Cut {
        let cut = self.links[link];
        let LinkEntry { source, sink, next, previous, .. } = cut;
        // The list of linkages to a sink begins at the sink itself.
        if previous.is_none() {
            self.route_mut(sink).first_source = next;
        } else {
            self.links[previous].next = next;
        }
        if !next.is_none() {
            self.links[next].previous = previous;
        }
        self.links.remove(link, made);
        // The targets upstream stay until `part`: whoever cuts many linkages takes all of them out first.
        self.route_mut(source).to = LinkId::NONE;
        Cut { link: cut, target }
    }

    /// Updates the source of a linkage that was taken out, and all boxes that lead to it: their chain ends there now.
    #[inline]
    pub(in crate::kernel) fn part(&mut self, Cut { link, target }: &Cut) {
        let (source, target) = (link.source, *target);
        self.end_at(source, target);
        if target != NONE {
            self.dismiss(source, target);
        }
    }

    /// Detaches the senders of a linkage that was cut from the box that it led to. Those that were refused there are
    /// woken, since they may now send elsewhere; and when one of their messages is collected, nobody is woken.
    fn dismiss(&mut self, source: BoxId, target: u32) {
        let inbox = &self.inboxes[target as usize];
        if inbox.refused.is_none() {
            if inbox.ring.is_empty() {
                return;
            }
            // Mostly the messages have to be dealt with, and one sender.
            if source.is_outbox() && self.route(source).first_source.is_none() {
                let sender = self.outboxes[source.index() as usize].sender;
                self.inboxes[target as usize].ring.forget_senders(|of| of.index == sender);
                return;
            }
        }
        let mut senders = Vec::new();
        if source.is_outbox() {
            senders.push(self.outboxes[source.index() as usize].sender);
        }
        self.for_each_producer(source, &mut |sender| senders.push(sender));
        senders.sort_unstable();
        let inbox = &mut self.inboxes[target as usize];
        inbox.leave_line(&senders, &mut self.pending.senders);
        inbox.ring.forget_senders(|sender| senders.binary_search(&sender.index).is_ok());
        self.pending.parted.push((target, senders));
    }
}
