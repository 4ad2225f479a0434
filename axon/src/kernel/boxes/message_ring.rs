//! The messages of one inbox in a ring, each with the sender to be woken when it is collected.

use crate::kernel::cold_path::cold_path;
use crate::kernel::id::Pid;
use crate::kernel::message::{Message, Payload};

/// A message in a box, and the sender to be woken when it is collected.
pub(in crate::kernel) struct Queued {
    pub(in crate::kernel) message: Message,
    pub(in crate::kernel) sender: Pid,
}

/// The messages of one inbox, first in, first out: a ring of places of which `length` from `head` on are
/// taken.
///
/// It is here, and not a `VecDeque`, because a message is as large as a line of text and a number in it
/// is not: a small payload is written into its place and read out of it, and what lies around it is
/// never moved.
///
/// Invariant: the number of places is a power of two, or none; message number `n` lies in place `n` modulo
/// that; a place that is not taken holds no payload that owns anything; `brim` is at most their number.
#[derive(Default)]
pub(in crate::kernel) struct MessageRing {
    places: Box<[Queued]>,
    /// The number of the oldest message: so many were taken out before.
    head: u64,
    length: u32,
    /// Below this length a message is put without any other check. Zero is always correct: then every check is made.
    brim: u32,
}

/// The most places that a box leaves to the next box in its place.
const KEPT: usize = 4;

/// The most places that a box keeps when all its messages were collected.
const KEPT_WHEN_EMPTY: usize = 1024;

impl MessageRing {
    #[inline(always)]
    pub(in crate::kernel) fn len(&self) -> usize {
        self.length as usize
    }

    pub(in crate::kernel) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The ring for the next box in this place, once it is empty: its places are kept if they are few.
    pub(super) fn for_the_next(self) -> MessageRing {
        debug_assert!(self.is_empty());
        let places = if self.places.len() <= KEPT { self.places } else { Box::default() };
        MessageRing { places, ..MessageRing::default() }
    }

    /// Gives back the places of a burst that is over. To be called only when no message is left.
    #[inline(always)]
    pub(in crate::kernel) fn shrink(&mut self) {
        if self.places.len() > KEPT_WHEN_EMPTY {
            cold_path();
            debug_assert!(self.is_empty());
            (self.places, self.brim) = (Box::default(), 0);
        }
    }

    /// How many messages were taken out so far.
    pub(in crate::kernel) fn taken(&self) -> u64 {
        self.head
    }

    /// What the newest message weighs.
    pub(super) fn weight_of_newest(&self) -> u32 {
        let newest = self.length.checked_sub(1).map(|nth| &self.places[self.place(nth)]);
        newest.map_or(0, |queued| queued.message.weight())
    }

    /// How many messages ever arrived.
    pub(in crate::kernel) fn arrived(&self) -> u64 {
        self.head + u64::from(self.length)
    }

    #[inline(always)]
    fn place(&self, nth: u32) -> usize {
        (self.head as usize).wrapping_add(nth as usize) & self.places.len().wrapping_sub(1)
    }

    /// Makes a free place, and lets up to `most` messages be put without any other check.
    pub(super) fn make_place(&mut self, most: u32) {
        if self.length as usize == self.places.len() {
            self.grow();
        }
        self.raise_brim(most);
    }

    /// Lets up to `most` messages be put without any other check, as far as there are places.
    pub(super) fn raise_brim(&mut self, most: u32) {
        self.brim = most.min(self.places.len() as u32);
    }

    /// Whether other checks are due before a message is put.
    #[inline(always)]
    pub(super) fn is_at_brim(&self) -> bool {
        self.length >= self.brim
    }

    /// From now on every check is made before a message is put.
    pub(in crate::kernel) fn lower_brim(&mut self) {
        self.brim = 0;
    }

    /// Writes a payload into the next free place, of which there must be one.
    #[inline(always)]
    pub(super) fn push<P: Payload>(&mut self, payload: P, sender: Pid) {
        let place = self.place(self.length);
        let queued = &mut self.places[place];
        queued.message.fill(payload);
        queued.sender = sender;
        self.length += 1;
    }

    /// The oldest message.
    #[inline(always)]
    pub(in crate::kernel) fn first(&mut self) -> Option<&mut Queued> {
        if self.length == 0 {
            return None;
        }
        let place = self.place(0);
        Some(&mut self.places[place])
    }

    /// Gives up the place of the oldest message, whose payload was taken out or owns nothing.
    #[inline(always)]
    pub(in crate::kernel) fn advance(&mut self) {
        self.head += 1;
        self.length -= 1;
    }

    /// Takes the oldest message out.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<Queued> {
        let first = self.first()?;
        let queued = Queued { message: first.message.leave(), sender: first.sender };
        self.advance();
        Some(queued)
    }

    /// The messages, oldest first.
    pub(in crate::kernel) fn iter(&self) -> impl Iterator<Item = &Queued> {
        (0..self.length).map(|nth| &self.places[self.place(nth)])
    }

    /// Forgets who sent the messages of some senders.
    pub(super) fn forget_senders(&mut self, is_to_be_forgotten: impl Fn(Pid) -> bool) {
        for nth in 0..self.length {
            let place = self.place(nth);
            let queued = &mut self.places[place];
            if is_to_be_forgotten(queued.sender) {
                queued.sender = Pid::NOBODY;
            }
        }
    }

    /// Takes all messages out, oldest first.
    pub(super) fn take_all(&mut self) -> Vec<Queued> {
        let mut all = Vec::with_capacity(self.len());
        all.extend(std::iter::from_fn(|| self.pop()));
        self.places = Box::default();
        self.brim = 0;
        all
    }

    #[cold]
    fn grow(&mut self) {
        // Doubled, so that a message is moved about once however many come. Most boxes hold one at a time: they
        // begin with one place.
        let size = (self.places.len() * 2).max(1);
        assert!(size <= 1 << 31, "more than two thousand million messages in one box");
        // The place of a message depends on the size of the ring.
        let place = |at: usize| {
            let nth = at.wrapping_sub(self.head as usize) & (size - 1);
            if nth < self.length as usize {
                let old = self.place(nth as u32);
                let Queued { message, sender } = &mut self.places[old];
                Queued { message: message.leave(), sender: *sender }
            } else {
                Queued { message: Message::new(()), sender: Pid::NOBODY }
            }
        };
        self.places = (0..size).map(place).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_out_in_the_order_in_which_they_went_in_however_the_ring_turns_and_grows() {
        let mut ring = MessageRing::default();
        let sender = Pid { index: 7, generation: 1 };
        let (mut sent, mut received) = (0u64, 0u64);
        for step in 0..200u64 {
            for _ in 0..step % 7 {
                ring.make_place(u32::MAX);
                ring.push(sent, sender);
                sent += 1;
            }
            for _ in 0..step % 5 {
                if let Some(queued) = ring.pop() {
                    assert_eq!((queued.message.take::<u64>().unwrap(), queued.sender), (received, sender));
                    received += 1;
                }
            }
            assert_eq!(ring.len() as u64, sent - received);
        }
        let rest = ring.take_all();
        assert_eq!(rest.len() as u64, sent - received);
        assert!(ring.is_empty() && ring.pop().is_none());
    }

    #[test]
    fn after_a_flood_an_empty_ring_has_given_back_its_places_and_a_small_one_keeps_them() {
        for (messages, kept) in [(100_000, 0), (10, 16)] {
            let mut ring = MessageRing::default();
            for message in 0..messages {
                ring.make_place(u32::MAX);
                ring.push(message, Pid { index: 0, generation: 0 });
            }
            while ring.pop().is_some() {}
            ring.shrink();
            assert_eq!(ring.places.len(), kept);
        }
    }

    struct Still;

    impl crate::Component for Still {
        async fn main(&mut self, _: &crate::Context) -> crate::Result {
            Ok(())
        }
    }

    #[test]
    fn whoever_collects_a_flood_and_looks_for_more_gives_its_places_back() {
        let collect: [fn(&crate::Context); 3] = [
            |cx| while cx.recv("inbox").is_some() {},
            |cx| while cx.recv_as::<u64>("inbox").unwrap().is_some() {},
            |cx| assert_eq!(cx.drain::<u64>("inbox").count(), 100_000),
        ];
        for collect in collect {
            let s = crate::Scheduler::builder().virtual_clock().build();
            let flooded = s.add(Still);
            let cx = s.context(&flooded);
            let places = || {
                s.system.with(|state| {
                    let all = state.post.all_inboxes().iter();
                    all.map(|inbox| inbox.ring().places.len()).max()
                })
            };
            for message in 0..100_000_u64 {
                cx.deliver_to(&flooded, "inbox", message).unwrap();
            }
            assert!(places() >= Some(100_000));
            collect(&cx);
            assert!(places() <= Some(KEPT_WHEN_EMPTY));
        }
    }

    #[test]
    fn a_payload_is_dropped_when_its_message_is_taken_and_not_later() {
        let mut ring = MessageRing::default();
        let witness = std::sync::Arc::new(());
        ring.make_place(u32::MAX);
        ring.push(vec![witness.clone()], Pid { index: 0, generation: 0 });
        drop(ring.pop());
        assert_eq!(std::sync::Arc::strong_count(&witness), 1);
    }
}
