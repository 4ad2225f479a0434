//! The boxes themselves: where messages wait, how many may, and which box leads to which.
//!
//! Ported from `Axon.Box`.
//!
//! A postbox does not know whose it is. It knows whom to wake.

use std::collections::{HashSet, VecDeque};

use super::id::Pid;
use super::message::{Message, Payload};

/// "No box", "no target", "no limit".
pub(super) const NONE: u32 = u32::MAX;

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
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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

/// A message in a box, and who is to be woken when it is collected.
pub(super) struct Letter {
    pub(super) message: Message,
    pub(super) sender: Pid,
}

/// The letters of one inbox, first in, first out: a ring of places of which `length` from `head` on are
/// taken.
///
/// It is here, and not a `VecDeque`, because a message is as large as a line of text and a number in it
/// is not: a small payload is written into its place and read out of it, and what lies around it is
/// never moved.
///
/// Invariant: the number of places is a power of two, or none; letter number `n` lies in place `n` modulo
/// that; a place that is not taken holds no payload that owns anything; `brim` is at most their number.
#[derive(Default)]
pub(super) struct Letters {
    places: Box<[Letter]>,
    /// The number of the oldest letter: so many were taken out before.
    head: u64,
    length: u32,
    /// Up to this length a letter is put without further questions. Zero is always right: then the
    /// questions are asked.
    brim: u32,
}

/// The most places that a box leaves behind for the next.
const KEPT: usize = 2;

impl Letters {
    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.length as usize
    }

    pub(super) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Those of the next box in this place, when all letters were taken out: a small ring is kept.
    pub(super) fn for_the_next(self) -> Letters {
        debug_assert!(self.is_empty());
        let places = if self.places.len() <= KEPT { self.places } else { Box::default() };
        Letters { places, ..Letters::default() }
    }

    /// How many there ever were.
    pub(super) fn arrived(&self) -> u64 {
        self.head + u64::from(self.length)
    }

    #[inline(always)]
    fn place(&self, nth: u32) -> usize {
        (self.head as usize).wrapping_add(nth as usize) & self.places.len().wrapping_sub(1)
    }

    /// Sees to it that there is a free place, and that no more questions are asked up to `most` letters.
    fn make_place(&mut self, most: u32) {
        if self.length as usize == self.places.len() {
            self.grow();
        }
        self.brim = most.min(self.places.len() as u32);
    }

    /// Writes a payload into the next free place, of which there must be one.
    #[inline(always)]
    fn push<P: Payload>(&mut self, payload: P, sender: Pid) {
        let place = self.place(self.length);
        let letter = &mut self.places[place];
        letter.message.fill(payload);
        letter.sender = sender;
        self.length += 1;
    }

    /// The oldest letter.
    #[inline(always)]
    pub(super) fn first(&mut self) -> Option<&mut Letter> {
        if self.length == 0 {
            return None;
        }
        let place = self.place(0);
        Some(&mut self.places[place])
    }

    /// Gives up the place of the oldest letter, whose payload was taken out or owns nothing.
    #[inline(always)]
    pub(super) fn advance(&mut self) {
        self.head += 1;
        self.length -= 1;
    }

    /// Takes the oldest letter out.
    pub(super) fn pop(&mut self) -> Option<Letter> {
        let first = self.first()?;
        let letter = Letter { message: first.message.leave(), sender: first.sender };
        self.advance();
        Some(letter)
    }

    /// The letters, oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Letter> {
        (0..self.length).map(|nth| &self.places[self.place(nth)])
    }

    /// Makes the letters of some senders letters of nobody.
    pub(super) fn forget_senders(&mut self, is_to_be_forgotten: impl Fn(Pid) -> bool) {
        for nth in 0..self.length {
            let place = self.place(nth);
            let letter = &mut self.places[place];
            if is_to_be_forgotten(letter.sender) {
                letter.sender = Pid::NOBODY;
            }
        }
    }

    /// Takes all letters out, oldest first.
    pub(super) fn take_all(&mut self) -> Vec<Letter> {
        let mut all = Vec::with_capacity(self.len());
        all.extend(std::iter::from_fn(|| self.pop()));
        self.places = Box::default();
        self.brim = 0;
        all
    }

    #[cold]
    fn grow(&mut self) {
        let size = (self.places.len() * 2).max(1);
        assert!(size <= 1 << 31, "more than two thousand million messages in one box");
        let (head, old) = (self.head, self.length);
        let mut places = self.take_all();
        places.reserve_exact(size - places.len());
        places.resize_with(size, || Letter { message: Message::new(()), sender: Pid::NOBODY });
        self.places = places.into_boxed_slice();
        (self.head, self.length) = (head, old);
        let first = self.place(0);
        self.places.rotate_right(first);
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
    /// It is there when nobody waits, too: collections wake all producers (S17).
    stays: bool,
}

impl Line {
    fn is_over(&self) -> bool {
        self.order.is_empty() && self.offered.is_empty() && !self.stays
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
    /// How many letters it may hold; [`NONE`] for any number.
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
        self.letters.length >= self.letters.brim
    }

    /// Puts a letter, whatever the size of the box.
    pub(super) fn put_at_once<P: Payload>(&mut self, payload: P, sender: Pid) {
        self.make_place(sender);
        self.put(payload, sender);
    }

    /// Makes a place for a letter, whatever the size of the box.
    #[inline(never)]
    pub(super) fn make_place(&mut self, sender: Pid) {
        self.close_offer(sender);
        self.letters.make_place(if self.refused.is_some() { 0 } else { self.size });
    }

    /// Puts a letter into a place that was made for it.
    #[inline(always)]
    pub(super) fn put<P: Payload>(&mut self, payload: P, sender: Pid) {
        self.letters.push(payload, sender);
        if self.letters.length > self.most {
            self.most = self.letters.length;
        }
    }

    /// Remembers who is to be woken when there is room. One whose offer somebody else took is the first
    /// again.
    pub(super) fn enlist(&mut self, sender: Pid) {
        self.letters.brim = 0;
        let line = self.refused.get_or_insert_default();
        if line.take_offer(sender) {
            line.members.insert(sender);
            line.order.push_front(sender);
        } else if line.members.insert(sender) {
            line.order.push_back(sender);
        }
    }

    /// Limits the number of letters. Those that are there stay.
    pub(super) fn set_size(&mut self, size: Option<usize>) {
        self.size = limit(size);
        self.letters.brim = 0;
    }

    /// Offers a free place to the one who has waited longest, if there is one that nobody was offered.
    pub(super) fn offer(&mut self) -> Option<Pid> {
        let room = self.room();
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

    pub(super) fn room(&self) -> usize {
        (self.size as usize).saturating_sub(self.letters.len())
    }
}

/// A size as it is stored.
fn limit(size: Option<usize>) -> u32 {
    size.map_or(NONE, |size| u32::try_from(size).unwrap_or(NONE))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_come_out_in_the_order_in_which_they_went_in_however_the_ring_turns_and_grows() {
        let mut letters = Letters::default();
        let sender = Pid { index: 7, generation: 1 };
        let (mut sent, mut received) = (0u64, 0u64);
        for step in 0..200u64 {
            for _ in 0..step % 7 {
                letters.make_place(NONE);
                letters.push(sent, sender);
                sent += 1;
            }
            for _ in 0..step % 5 {
                if let Some(letter) = letters.pop() {
                    assert_eq!((letter.message.take::<u64>().unwrap(), letter.sender), (received, sender));
                    received += 1;
                }
            }
            assert_eq!(letters.len() as u64, sent - received);
        }
        let rest = letters.take_all();
        assert_eq!(rest.len() as u64, sent - received);
        assert!(letters.is_empty() && letters.pop().is_none());
    }

    #[test]
    fn a_payload_is_dropped_when_its_letter_is_taken_and_not_later() {
        let mut letters = Letters::default();
        let witness = std::sync::Arc::new(());
        letters.make_place(NONE);
        letters.push(vec![witness.clone()], Pid { index: 0, generation: 0 });
        drop(letters.pop());
        assert_eq!(std::sync::Arc::strong_count(&witness), 1);
    }
}
