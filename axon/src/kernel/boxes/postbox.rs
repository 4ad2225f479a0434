//! The boxes themselves: where messages wait, how many may, and which box leads to which.
//!
//! Ported from `Axon.Box`.
//!
//! A postbox does not know its component. It knows which microprocess to wake.

use std::collections::{BTreeMap, HashMap};

use super::message_ring::MessageRing;
use crate::kernel::id::Pid;
use crate::kernel::message::Payload;

/// "No box", "no target", "no limit".
pub(in crate::kernel) const NONE: u32 = u32::MAX;

/// The size of a box that takes nothing more, because its component has ended.
const CLOSED: u32 = NONE - 1;

/// One linkage: its place in the table of [`LinkTable`](super::link_table::LinkTable).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(in crate::kernel) struct LinkId(pub(super) u32);

impl LinkId {
    pub(super) const NONE: LinkId = LinkId(NONE);

    #[inline(always)]
    pub(in crate::kernel) fn is_none(self) -> bool {
        self == LinkId::NONE
    }
}

/// Where a box leads, and what leads to it.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct Route {
    /// The linkage to the next box of the chain, if it is linked on.
    pub(in crate::kernel) to: LinkId,
    /// The inbox at the end of the chain; [`NONE`] for an outbox that leads to none.
    ///
    /// Invariant: an inbox that is not linked on is its own target. The target of any other box is the target
    /// of the box it is linked to, or an inbox on the way there that was linked on since
    /// ([`Targets`](super::targets::Targets)).
    pub(in crate::kernel) target: u32,
    /// The first of the linkages that lead here; it names the next.
    pub(in crate::kernel) first_source: LinkId,
}

impl Route {
    fn new(target: u32) -> Self {
        Route { to: LinkId::NONE, target, first_source: LinkId::NONE }
    }
}

/// The components to be woken by a collection, beside the sender of the message: those that the full box refused, in
/// the order of refusal, each once; and, in the exact mode, all senders upstream.
///
/// A component that is woken because there is room is *offered* a place. The place is not offered to the next until
/// the first has taken it, or has had a turn without taking it.
#[derive(Default)]
pub(super) struct Line {
    /// By ticket, so that a component that leaves the line is found immediately, wherever it stands.
    pub(super) order: BTreeMap<i64, Pid>,
    /// By the place of the microprocess.
    tickets: HashMap<u32, i64>,
    offered: HashMap<u32, Pid>,
    /// The components that sent to the box above its soft limit. They get no turn until fewer messages wait in it.
    suspended: Vec<Pid>,
    /// It also exists when nobody waits, because collections wake all producers (S17).
    stays: bool,
}

impl Line {
    fn is_over(&self) -> bool {
        self.order.is_empty() && self.offered.is_empty() && self.suspended.is_empty() && !self.stays
    }

    /// Puts a component at the end of the line, or leaves it where it is if it stands in the line already. A
    /// component whose offered place was taken by another becomes the first again.
    fn insert(&mut self, sender: Pid) {
        let ticket = if self.take_offer(sender) {
            self.order.first_key_value().map_or(0, |(first, _)| first - 1)
        } else {
            let next = self.order.last_key_value().map_or(0, |(last, _)| last + 1);
            *self.tickets.entry(sender.index).or_insert(next)
        };
        self.order.insert(ticket, sender);
        self.tickets.insert(sender.index, ticket);
    }

    fn has_ticket(&self, sender: Pid) -> bool {
        self.tickets.get(&sender.index).is_some_and(|ticket| self.order.get(ticket) == Some(&sender))
    }

    fn has_offer(&self, sender: Pid) -> bool {
        self.offered.get(&sender.index) == Some(&sender)
    }

    /// Withdraws an offer. False if there was none.
    fn take_offer(&mut self, from: Pid) -> bool {
        self.has_offer(from) && self.offered.remove(&from.index).is_some()
    }

    /// Takes the component in this place out of the line, or withdraws its offer. Returns it with its ticket; an
    /// offer comes before all tickets.
    fn remove(&mut self, index: u32) -> Option<(i64, Pid)> {
        let ticket = self.tickets.remove(&index);
        let waiting = ticket.and_then(|ticket| Some((ticket, self.order.remove(&ticket)?)));
        waiting.or_else(|| Some((i64::MIN, self.offered.remove(&index)?)))
    }
}

/// Who must be woken after a message was collected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::kernel) enum Concerns {
    /// Nobody but its sender.
    Sender,
    /// The components that wait for the place too, or all senders upstream.
    Others,
}

/// A box that messages are collected from: one line of the cache.
#[repr(align(64))]
pub(in crate::kernel) struct Inbox {
    pub(super) route: Route,
    /// The place of the microprocess to wake when something arrives.
    pub(super) listener: u32,
    pub(super) ring: MessageRing,
    /// How many messages it may hold; [`NONE`] for any number. At the end of a chain it is the smallest size
    /// of any inbox of the chain.
    pub(super) size: u32,
    /// The greatest number of messages it ever held.
    pub(super) most: u32,
    /// `None` for most boxes, which never refuse a message.
    pub(super) refused: Option<Box<Line>>,
}

impl Inbox {
    pub(super) fn new(index: u32, listener: u32, size: Option<usize>, wakes_all: bool) -> Self {
        Inbox {
            route: Route::new(index),
            listener,
            ring: MessageRing::default(),
            size: limit(size),
            most: 0,
            refused: Self::first_line(wakes_all),
        }
    }

    /// Makes a new inbox of one that was given back empty: in the same place, with the same ring. Up to `soft` messages,
    /// or its size, no check is made.
    #[inline]
    pub(super) fn open(
        &mut self,
        index: u32,
        listener: u32,
        size: Option<usize>,
        soft: u32,
        wakes_all: bool,
    ) {
        debug_assert!(self.ring.is_empty() && self.refused.is_none());
        (self.route, self.listener, self.size, self.most) = (Route::new(index), listener, limit(size), 0);
        if wakes_all {
            self.refused = Self::first_line(wakes_all);
        } else {
            self.ring.raise_brim(self.size.min(soft));
        }
    }

    /// The line that exists from the beginning, when collections wake all senders.
    fn first_line(wakes_all: bool) -> Option<Box<Line>> {
        wakes_all.then(|| Box::new(Line { stays: true, ..Line::default() }))
    }

    /// Who must be woken after a collection.
    #[inline(always)]
    pub(in crate::kernel) fn collection_concerns(&self) -> Concerns {
        if self.refused.is_some() { Concerns::Others } else { Concerns::Sender }
    }

    /// How many places were offered to others than this component. None in the exact mode: there, as in Axon, whoever
    /// comes first gets the place.
    #[inline]
    pub(in crate::kernel) fn offered_to_others(&self, sender: Pid) -> usize {
        let Some(line) = self.refused.as_ref().filter(|line| !line.stays) else { return 0 };
        line.offered.len() - usize::from(line.has_offer(sender))
    }

    /// Whether there is no place for a message of this sender.
    pub(in crate::kernel) fn is_full_for(&self, sender: Pid) -> bool {
        (self.size as usize).saturating_sub(self.ring.len()) <= self.offered_to_others(sender)
    }

    /// Whether other checks are due before a message is put: is the box full, is there a place, does anybody wait for
    /// it?
    #[inline(always)]
    pub(in crate::kernel) fn is_at_brim(&self) -> bool {
        self.ring.is_at_brim()
    }

    /// Puts a message, whatever the size of the box.
    pub(in crate::kernel) fn put_at_once<P: Payload>(&mut self, payload: P, sender: Pid) {
        self.make_place(sender, 0);
        self.put(payload, sender);
    }

    /// Makes a place for a message, whatever the size of the box. Up to `soft` messages, or its size, no other check
    /// is made.
    #[inline(never)]
    pub(in crate::kernel) fn make_place(&mut self, sender: Pid, soft: u32) {
        self.close_offer(sender);
        let asks_always = self.refused.is_some() || self.is_closed();
        self.ring.make_place(if asks_always { 0 } else { self.size.min(soft) });
    }

    /// The component has ended: messages in the box stay, and those that arrive from now on are dropped. Returns the
    /// components that wait for room, which there will never be.
    pub(in crate::kernel) fn close(&mut self, dismissed: &mut Vec<Pid>) {
        self.size = CLOSED;
        self.ring.lower_brim();
        self.dissolve_line(dismissed);
    }

    /// Whether its component has ended, so that what arrives is dropped.
    pub(in crate::kernel) fn is_closed(&self) -> bool {
        self.size == CLOSED
    }

    /// The box is read again. The caller sets its size.
    pub(in crate::kernel) fn reopen(&mut self) {
        self.size = NONE;
        self.ring.lower_brim();
    }

    /// This sender gets no turn until fewer messages wait here.
    pub(in crate::kernel) fn suspend(&mut self, sender: Pid) {
        self.ring.lower_brim();
        self.refused.get_or_insert_default().suspended.push(sender);
    }

    /// This sender no longer waits for fewer messages.
    pub(in crate::kernel) fn forget_suspended(&mut self, sender: Pid) {
        if let Some(line) = &mut self.refused {
            line.suspended.retain(|suspended| *suspended != sender);
            self.end_line();
        }
    }

    /// Removes and returns all suspended senders.
    pub(in crate::kernel) fn take_suspended(&mut self) -> Vec<Pid> {
        let Some(line) = &mut self.refused else { return Vec::new() };
        let suspended = std::mem::take(&mut line.suspended);
        self.end_line();
        suspended
    }

    /// The senders that are suspended because this box is above its soft limit.
    pub(in crate::kernel) fn suspended(&self) -> &[Pid] {
        self.refused.as_ref().map_or(&[], |line| &line.suspended)
    }

    /// The components that wait for room here, in the order of asking.
    pub(in crate::kernel) fn waiting_for_room(&self) -> impl Iterator<Item = Pid> {
        self.refused.iter().flat_map(|line| line.order.values()).copied()
    }

    /// Whether this one waits for room here.
    pub(in crate::kernel) fn is_awaited_by(&self, sender: Pid) -> bool {
        self.refused.as_ref().is_some_and(|line| line.has_ticket(sender))
    }

    /// Puts a message into a place that was made for it.
    #[inline(always)]
    pub(in crate::kernel) fn put<P: Payload>(&mut self, payload: P, sender: Pid) {
        self.ring.push(payload, sender);
        let length = self.ring.len() as u32;
        // Not `max`: it would be written each time.
        if length > self.most {
            self.most = length;
        }
    }

    /// Remembers a component to be woken when there is room.
    pub(in crate::kernel) fn enlist(&mut self, sender: Pid) {
        self.ring.lower_brim();
        self.refused.get_or_insert_default().insert(sender);
    }

    /// Limits the number of messages. Messages that are in the box stay.
    pub(super) fn set_size(&mut self, size: u32) {
        if self.is_closed() {
            return;
        }
        self.size = size;
        self.ring.lower_brim();
    }

    /// Offers one of the `room` places to the component that has waited longest, if there is a place that was not
    /// offered yet.
    pub(in crate::kernel) fn offer(&mut self, room: usize) -> Option<Pid> {
        let line = self.refused.as_mut()?;
        if room <= line.offered.len() {
            return None;
        }
        let Some((_, first)) = line.order.pop_first() else {
            self.end_line();
            return None;
        };
        line.tickets.remove(&first.index);
        line.offered.insert(first.index, first);
        Some(first)
    }

    /// An offer is over: the place was taken, or its time has passed.
    pub(in crate::kernel) fn close_offer(&mut self, of: Pid) {
        if let Some(line) = &mut self.refused {
            line.take_offer(of);
            self.end_line();
        }
    }

    /// Forgets the line when it is over.
    fn end_line(&mut self) {
        if self.refused.as_ref().is_some_and(|line| line.is_over()) {
            self.refused = None;
        }
    }

    /// Removes all components that wait for room here.
    pub(in crate::kernel) fn dissolve_line(&mut self, dismissed: &mut Vec<Pid>) {
        if let Some(line) = &mut self.refused {
            dismissed.extend(std::mem::take(&mut line.order).into_values());
            (line.tickets, line.offered) = Default::default();
            self.end_line();
        }
    }

    /// Removes the components that wait for room here and whose place is among these.
    pub(super) fn leave_line(&mut self, leaving: &[u32], dismissed: &mut Vec<Pid>) {
        if let Some(line) = &mut self.refused {
            let mut gone: Vec<_> = leaving.iter().filter_map(|index| line.remove(*index)).collect();
            gone.sort_unstable_by_key(|(ticket, _)| *ticket);
            dismissed.extend(gone.into_iter().map(|(_, sender)| sender));
            self.end_line();
        }
    }
}

/// A stored size, if it is a limit.
pub(super) fn as_limit(size: u32) -> Option<usize> {
    (size < CLOSED).then_some(size as usize)
}

/// A size as it is stored.
pub(in crate::kernel) fn limit(size: Option<usize>) -> u32 {
    size.and_then(|size| u32::try_from(size).ok()).filter(|size| *size < CLOSED).unwrap_or(NONE)
}

/// A box that messages are sent from. It stores nothing.
pub(in crate::kernel) struct Outbox {
    pub(super) route: Route,
    /// The place of the microprocess that sends, to wake at collections in the exact mode.
    pub(super) sender: u32,
    /// How many messages were sent, wherever they went.
    pub(super) sent: u64,
}

impl Outbox {
    pub(super) fn new(sender: u32) -> Self {
        Outbox { route: Route::new(NONE), sender, sent: 0 }
    }
}
