//! The letters of one inbox: messages in a ring, each with who is to be woken when it is collected.

use super::hint::seldom;
use super::id::Pid;
use super::message::{Message, Payload};

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

/// The most places that a box keeps when all its letters were collected.
const KEPT_WHEN_EMPTY: usize = 1024;

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

    /// Gives back the places of a flood that is over: only to be called when no letter is left.
    #[inline(always)]
    pub(super) fn shrink(&mut self) {
        if self.places.len() > KEPT_WHEN_EMPTY {
            seldom();
            debug_assert!(self.is_empty());
            (self.places, self.brim) = (Box::default(), 0);
        }
    }

    /// How many letters were taken out so far.
    pub(super) fn taken(&self) -> u64 {
        self.head
    }

    /// What the newest letter weighs.
    pub(super) fn weight_of_newest(&self) -> u32 {
        let newest = self.length.checked_sub(1).map(|nth| &self.places[self.place(nth)]);
        newest.map_or(0, |letter| letter.message.weight())
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
    pub(super) fn make_place(&mut self, most: u32) {
        if self.length as usize == self.places.len() {
            self.grow();
        }
        self.brim = most.min(self.places.len() as u32);
    }

    /// Whether there is more to ask before a letter is put.
    #[inline(always)]
    pub(super) fn is_at_brim(&self) -> bool {
        self.length >= self.brim
    }

    /// From now on all is asked before a letter is put.
    pub(super) fn lower_brim(&mut self) {
        self.brim = 0;
    }

    /// Writes a payload into the next free place, of which there must be one.
    #[inline(always)]
    pub(super) fn push<P: Payload>(&mut self, payload: P, sender: Pid) {
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
                letters.make_place(u32::MAX);
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
        letters.make_place(u32::MAX);
        letters.push(vec![witness.clone()], Pid { index: 0, generation: 0 });
        drop(letters.pop());
        assert_eq!(std::sync::Arc::strong_count(&witness), 1);
    }
}
