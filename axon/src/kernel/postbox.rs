//! The boxes themselves: where messages wait, how many may, and which box leads to which.
//!
//! Ported from `Axon.Box`.
//!
//! A postbox does not know whose it is. It knows whom to wake.

use std::collections::{HashSet, VecDeque};

use super::id::Pid;
use super::letters::Letters;
use super::message::Payload;

/// "No box", "no target", "no limit".
pub(super) const NONE: u32 = u32::MAX;

/// The size of a box that takes nothing more, because its component has ended.
const CLOSED: u32 = NONE - 1;

/// One box, an inbox or an outbox.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct BoxId(u32);

const OUTBOX_BIT: u32 = 1 << 31;

impl BoxId {
    pub(super) const NONE: BoxId = BoxId(NONE);

    pub(super) fn inbox(index: u32) -> Self {
        BoxId(index)
    }

    pub(super) fn outbox(index: u32) -> Self {
        BoxId(index | OUTBOX_BIT)
    }

    pub(super) fn is_none(self) -> bool {
        self == BoxId::NONE
    }

    pub(super) fn is_outbox(self) -> bool {
        self.0 & OUTBOX_BIT != 0 && !self.is_none()
    }

    pub(super) fn index(self) -> u32 {
        self.0 & !OUTBOX_BIT
    }
}

/// One linkage: its place in the table of [`Joints`](super::joints::Joints).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct JointId(pub(super) u32);

impl JointId {
    pub(super) const NONE: JointId = JointId(NONE);

    #[inline(always)]
    pub(super) fn is_none(self) -> bool {
        self == JointId::NONE
    }
}

/// Where a box leads, and what leads to it.
#[derive(Clone, Copy)]
pub(super) struct Route {
    /// The linkage to the next box of the chain, if it is linked on.
    pub(super) to: JointId,
    /// The inbox at the end of the chain; [`NONE`] for an outbox that leads to none.
    ///
    /// Invariant: the target of a box is the target of the box it is linked to; an inbox that is
    /// not linked on is its own.
    pub(super) target: u32,
    /// The first of the linkages that lead here; it names the next.
    pub(super) first_source: JointId,
}

impl Route {
    fn new(target: u32) -> Self {
        Route { to: JointId::NONE, target, first_source: JointId::NONE }
    }
}

/// Those whom a collection concerns beside the sender of the message: those whom the full box refused, in
/// the order of refusal, each once; and, in the exact mode, all upstream.
///
/// One who is woken because there is room is *offered* a place. Until it has taken it, or has had a turn
/// and has not, the place is not offered to the next.
#[derive(Default)]
pub(super) struct Line {
    pub(super) order: VecDeque<Pid>,
    members: HashSet<Pid>,
    offered: Vec<Pid>,
    /// Those who sent to the box above its soft limit and get no turn until fewer messages wait in it.
    suspended: Vec<Pid>,
    /// It is there when nobody waits, too: collections wake all producers (S17).
    stays: bool,
}

impl Line {
    fn is_over(&self) -> bool {
        self.order.is_empty() && self.offered.is_empty() && self.suspended.is_empty() && !self.stays
    }

    /// Strikes somebody off the list of those with an offer; false if they had none.
    fn take_offer(&mut self, of: Pid) -> bool {
        let at = self.offered.iter().position(|offered| *offered == of);
        at.map(|at| self.offered.swap_remove(at)).is_some()
    }
}

/// Whom it concerns that a message was collected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Concerns {
    /// Nobody but its sender.
    Sender,
    /// Those who wait for the place too, or all upstream.
    Others,
}

/// A box that messages are collected from: one line of the cache.
#[repr(align(64))]
pub(super) struct Inbox {
    pub(super) route: Route,
    /// The place of the microprocess to wake when something arrives.
    pub(super) listener: u32,
    pub(super) letters: Letters,
    /// How many letters it may hold; [`NONE`] for any number. At the end of a chain it is the smallest size
    /// of any inbox of the chain.
    pub(super) size: u32,
    /// The greatest number of letters it ever held.
    pub(super) most: u32,
    /// Most boxes never refuse anybody.
    pub(super) refused: Option<Box<Line>>,
}

impl Inbox {
    pub(super) fn new(index: u32, listener: u32, size: Option<usize>, wakes_all: bool) -> Self {
        Inbox {
            route: Route::new(index),
            listener,
            letters: Letters::default(),
            size: limit(size),
            most: 0,
            refused: wakes_all.then(|| Box::new(Line { stays: true, ..Line::default() })),
        }
    }

    /// Whom a collection concerns.
    #[inline(always)]
    pub(super) fn collection_concerns(&self) -> Concerns {
        if self.refused.is_some() { Concerns::Others } else { Concerns::Sender }
    }

    #[inline(always)]
    pub(super) fn is_full(&self) -> bool {
        self.letters.len() >= self.size as usize
    }

    /// Whether there is more to ask before a letter is put: is the box full, is there a place, does anybody
    /// wait for it?
    #[inline(always)]
    pub(super) fn is_at_brim(&self) -> bool {
        self.letters.is_at_brim()
    }

    /// Puts a letter, whatever the size of the box.
    pub(super) fn put_at_once<P: Payload>(&mut self, payload: P, sender: Pid) {
        self.make_place(sender, 0);
        self.put(payload, sender);
    }

    /// Makes a place for a letter, whatever the size of the box. Up to `soft` letters, or its size, no more
    /// is asked.
    #[inline(never)]
    pub(super) fn make_place(&mut self, sender: Pid, soft: u32) {
        self.close_offer(sender);
        let asks_always = self.refused.is_some() || self.is_closed();
        self.letters.make_place(if asks_always { 0 } else { self.size.min(soft) });
    }

    /// Its component has ended: what lies in it stays, what arrives from now on is dropped. Returns those
    /// who wait for room, for whom there is nothing to wait for any more.
    pub(super) fn close(&mut self, dismissed: &mut Vec<Pid>) {
        self.size = CLOSED;
        self.letters.lower_brim();
        self.dissolve_line(dismissed);
    }

    /// Whether its component has ended, so that what arrives is dropped.
    pub(super) fn is_closed(&self) -> bool {
        self.size == CLOSED
    }

    /// This one gets no turn until fewer letters are here.
    pub(super) fn suspend(&mut self, sender: Pid) {
        self.letters.lower_brim();
        self.refused.get_or_insert_default().suspended.push(sender);
    }

    /// This one waits no longer for fewer letters.
    pub(super) fn forget_suspended(&mut self, sender: Pid) {
        if let Some(line) = &mut self.refused {
            line.suspended.retain(|suspended| *suspended != sender);
            self.end_line();
        }
    }

    /// Takes out all who are suspended.
    pub(super) fn take_suspended(&mut self) -> Vec<Pid> {
        let Some(line) = &mut self.refused else { return Vec::new() };
        let suspended = std::mem::take(&mut line.suspended);
        self.end_line();
        suspended
    }

    /// Those who are suspended since this box is above its soft limit.
    pub(super) fn suspended(&self) -> &[Pid] {
        self.refused.as_ref().map_or(&[], |line| &line.suspended)
    }

    /// Those who wait for room here, in the order of asking.
    pub(super) fn waiting_for_room(&self) -> impl Iterator<Item = Pid> {
        self.refused.iter().flat_map(|line| &line.order).copied()
    }

    /// Whether this one waits for room here.
    pub(super) fn is_awaited_by(&self, sender: Pid) -> bool {
        self.refused.as_ref().is_some_and(|line| line.members.contains(&sender))
    }

    /// Puts a letter into a place that was made for it.
    #[inline(always)]
    pub(super) fn put<P: Payload>(&mut self, payload: P, sender: Pid) {
        self.letters.push(payload, sender);
        let length = self.letters.len() as u32;
        // Not `max`: it would be written each time.
        if length > self.most {
            self.most = length;
        }
    }

    /// Remembers who is to be woken when there is room. One whose offer somebody else took is the first
    /// again.
    pub(super) fn enlist(&mut self, sender: Pid) {
        self.letters.lower_brim();
        let line = self.refused.get_or_insert_default();
        if line.take_offer(sender) {
            line.members.insert(sender);
            line.order.push_front(sender);
        } else if line.members.insert(sender) {
            line.order.push_back(sender);
        }
    }

    /// Limits the number of letters. Those that are there stay.
    pub(super) fn set_size(&mut self, size: u32) {
        if self.is_closed() {
            return;
        }
        self.size = size;
        self.letters.lower_brim();
    }

    /// Offers a place of `room` to the one who has waited longest, if there is one that nobody was offered.
    pub(super) fn offer(&mut self, room: usize) -> Option<Pid> {
        let line = self.refused.as_mut()?;
        if room <= line.offered.len() {
            return None;
        }
        let Some(first) = line.order.pop_front() else {
            self.end_line();
            return None;
        };
        line.members.remove(&first);
        line.offered.push(first);
        Some(first)
    }

    /// An offer is over: it was taken, or its time is.
    pub(super) fn close_offer(&mut self, of: Pid) {
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

    /// Sends away all who wait for room here.
    pub(super) fn dissolve_line(&mut self, dismissed: &mut Vec<Pid>) {
        if let Some(line) = &mut self.refused {
            dismissed.extend(std::mem::take(&mut line.order));
            (line.members, line.offered) = Default::default();
            self.end_line();
        }
    }

    /// How many letters it may hold, if there is a limit.
    pub(super) fn limit(&self) -> Option<usize> {
        as_limit(self.size)
    }
}

/// A stored size, if it is a limit.
pub(super) fn as_limit(size: u32) -> Option<usize> {
    (size < CLOSED).then_some(size as usize)
}

/// A size as it is stored.
pub(super) fn limit(size: Option<usize>) -> u32 {
    size.and_then(|size| u32::try_from(size).ok()).filter(|size| *size < CLOSED).unwrap_or(NONE)
}

/// A box that messages are sent from. It stores nothing.
pub(super) struct Outbox {
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
