//! Watches descriptors with the system's poll, and answers requests about their readiness.
//!
//! It deals with tokens and descriptors only, not with components or messages. A descriptor is registered
//! with the system once, for every direction that was ever asked about. If it becomes ready while nobody
//! asks, this is remembered for the next request.
//!
//! *Differs from Kamaelia:* mio's edge-triggered poll is used instead of `select`, so there is no limit on
//! the number of descriptors, and no tick of 50 ms.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Registry, Token, Waker};

use crate::descriptor::{Descriptor, Released, WeakDescriptor};
use crate::ready::{Answers, Direction, Ready};

/// How many events are taken from the system at a time; the others follow with the next poll.
///
/// The number is small on purpose. Between the read and the write of one connection, every other connection
/// of the batch takes a turn, and the data of all of them should stay in the processor's cache. With 128 or
/// 1024 events, a request among a thousand connections costs an eighth more (`docs/decisions/batches.md`).
const EVENTS: usize = 32;

/// The token of the waker. No slot has an index this high.
const BELL: Token = Token(usize::MAX);

/// One registered descriptor.
struct Slot {
    /// Distinguishes the successive users of this slot in tokens.
    generation: u32,
    /// `None` while the slot is free.
    descriptor: Option<WeakDescriptor>,
    /// Directions registered with the system. Directions are added, never removed.
    interests: u8,
    /// Directions with a request that waits for its answer.
    wanted: u8,
    /// Those of `wanted` whose request is for every change, not for one.
    standing: u8,
    /// Directions that are ready and not answered yet. Only an answer clears a bit, so no event is lost.
    ready: u8,
    /// Directions in which a short read does not prove that nothing is left: see [`Ready`].
    doubtful: u8,
}

/// Watches descriptors. The states of one direction of a descriptor:
///
/// ```text
///            want(direction)                 event(direction)
///   quiet ──────────────────► wanted ───────────────────────► answered once, then quiet
///     │  event(direction)                      ▲
///     └─────────────────────► ready ───────────┘ want(direction): answered at once
/// ```
pub(crate) struct Poller {
    poll: Poll,
    events: Events,
    registry: Arc<Registry>,
    waker: Arc<Waker>,
    released: Arc<Released>,
    slots: Vec<Slot>,
    free: Vec<u32>,
    /// The number of `wanted` bits of all slots.
    wanted: usize,
    answers: Vec<Ready>,
    /// Tokens whose descriptors were dropped, which the owner has not taken yet.
    forgotten: Vec<u64>,
    /// An empty vector to exchange with that of [`Released`], to save the allocation.
    emptied: Vec<u64>,
}

axon::debug_by_name!(Poller);

/// Whether the asker has read or written until the call would have blocked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Seen {
    /// It has, since the last answer. The system reports the next change by itself.
    Drained,
    /// It may not have: the descriptor may be ready already, and the system must be asked.
    Unknown,
}

impl Poller {
    /// A poller that watches nothing yet.
    ///
    /// # Errors
    ///
    /// If the system has no descriptor left for it.
    pub(crate) fn new() -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), BELL)?);
        let registry = Arc::new(poll.registry().try_clone()?);
        Ok(Poller {
            poll,
            events: Events::with_capacity(EVENTS),
            registry,
            waker,
            released: Arc::default(),
            slots: Vec::new(),
            free: Vec::new(),
            wanted: 0,
            answers: Vec::new(),
            forgotten: Vec::new(),
            emptied: Vec::new(),
        })
    }

    /// Ends a [`Poller::look`] from another thread.
    #[must_use]
    pub(crate) fn waker(&self) -> Arc<Waker> {
        Arc::clone(&self.waker)
    }

    /// Whether any request waits for its answer.
    #[must_use]
    pub(crate) fn is_asked(&self) -> bool {
        self.wanted != 0
    }

    /// How many descriptors are registered.
    pub(crate) fn registered(&mut self) -> usize {
        self.forget_released();
        self.slots.len() - self.free.len()
    }

    /// Waits for events, at most for `limit`. Returns true if there are answers, or
    /// descriptors to forget.
    ///
    /// # Errors
    ///
    /// The system's error. An interruption by a signal is not an error: it counts as no event.
    pub(crate) fn look(&mut self, limit: Option<Duration>) -> io::Result<bool> {
        self.forget_released();
        let limit = if self.has_news() { Some(Duration::ZERO) } else { limit };
        match self.poll.poll(&mut self.events, limit) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(self.has_news()),
            Err(error) => return Err(error),
        }
        for event in self.events.iter() {
            if event.token() == BELL {
                continue;
            }
            let token = event.token().0 as u64;
            let Some(slot) = self.slots.get_mut(token as u32 as usize) else { continue };
            if Token(token_of(token as u32, slot.generation) as usize) != event.token() {
                continue;
            }
            let closed = event.is_error() || event.is_read_closed() || event.is_write_closed();
            let mut ready = 0;
            if event.is_readable() || event.is_read_closed() || event.is_error() {
                ready |= Direction::Read.bit();
            }
            if event.is_writable() || event.is_write_closed() || event.is_error() {
                ready |= Direction::Write.bit();
            }
            if event.is_priority() {
                ready |= Direction::Exceptional.bit();
            }
            slot.ready |= ready;
            if closed || event.is_priority() {
                slot.doubtful |= ready;
            }
            tell(token as u32, slot, &mut self.wanted, &mut self.answers);
        }
        Ok(self.has_news())
    }

    fn has_news(&self) -> bool {
        !self.answers.is_empty() || !self.forgotten.is_empty()
    }

    /// Takes the answers, in the order in which the descriptors became ready. The empty vector `emptied` is
    /// filled with the next ones.
    pub(crate) fn answers(&mut self, emptied: Vec<Ready>) -> Vec<Ready> {
        std::mem::replace(&mut self.answers, emptied)
    }

    /// Takes the tokens of descriptors that were dropped since the last call.
    pub(crate) fn forgotten(&mut self) -> impl Iterator<Item = u64> {
        self.forget_released();
        self.forgotten.drain(..)
    }

    /// Requests an answer when `descriptor` is ready. Returns its token and what became of the request: a
    /// second request for the same direction is ignored until the first has been answered.
    ///
    /// # Errors
    ///
    /// If the system cannot watch this descriptor.
    pub(crate) fn want(
        &mut self,
        descriptor: &Descriptor,
        direction: Direction,
        answers: Answers,
    ) -> io::Result<(u64, Asked)> {
        self.forget_released();
        let (token, asked) = match descriptor.token(&self.released) {
            Some(token) => (token, self.want_again(token, direction, Seen::Unknown)?),
            None => (self.register(descriptor, direction)?, Asked::News),
        };
        if asked == Asked::News
            && answers == Answers::AtEveryChange
            && let Some(slot) = current(&mut self.slots, token)
        {
            if slot.wanted & direction.bit() == 0 {
                // The request was answered immediately, which has cleared the bit.
                slot.wanted |= direction.bit();
                self.wanted += 1;
            }
            slot.standing |= direction.bit();
        }
        Ok((token, asked))
    }

    /// Like [`Poller::want`], for a descriptor whose token is known.
    ///
    /// # Errors
    ///
    /// If the system cannot watch this descriptor.
    pub(crate) fn want_again(&mut self, token: u64, direction: Direction, seen: Seen) -> io::Result<Asked> {
        let index = token as u32;
        let Some(slot) = current(&mut self.slots, token) else { return Ok(Asked::Gone) };
        if slot.wanted & direction.bit() != 0 {
            return Ok(Asked::Before);
        }
        let widened = slot.interests | direction.bit();
        if slot.ready & direction.bit() == 0 && (seen == Seen::Unknown || widened != slot.interests) {
            // Registering again makes the system report again what is ready now.
            let Some(descriptor) = slot.descriptor.as_ref().and_then(WeakDescriptor::upgrade) else {
                return Ok(Asked::Gone);
            };
            let fd = std::os::fd::AsRawFd::as_raw_fd(&descriptor);
            let again = Token(token_of(index, slot.generation) as usize);
            self.registry.reregister(&mut SourceFd(&fd), again, interests(widened))?;
            slot.interests = widened;
        }
        slot.wanted |= direction.bit();
        self.wanted += 1;
        tell(index, slot, &mut self.wanted, &mut self.answers);
        Ok(Asked::News)
    }

    /// Withdraws the request for one direction. Returns false if there was none.
    pub(crate) fn withdraw(&mut self, token: u64, direction: Direction) -> bool {
        let before = self.answers.len();
        self.answers.retain(|answer| answer.token() != token || answer.direction() != direction);
        let answered = self.answers.len() != before;
        let Some(slot) = current(&mut self.slots, token) else { return answered };
        if answered {
            // The answer was not delivered, so the next request must get it.
            slot.ready |= direction.bit();
        }
        let waiting = slot.wanted & direction.bit() != 0;
        if waiting {
            slot.wanted &= !direction.bit();
            slot.standing &= !direction.bit();
            self.wanted -= 1;
        }
        waiting || answered
    }

    /// The token of a descriptor, if it is registered here.
    #[must_use]
    pub(crate) fn token(&self, descriptor: &Descriptor) -> Option<u64> {
        descriptor.token(&self.released)
    }

    fn register(&mut self, descriptor: &Descriptor, direction: Direction) -> io::Result<u64> {
        let index = self.free.pop().unwrap_or_else(|| {
            make_room(&mut self.slots);
            self.slots.push(Slot {
                generation: 0,
                descriptor: None,
                interests: 0,
                wanted: 0,
                standing: 0,
                ready: 0,
                doubtful: 0,
            });
            (self.slots.len() - 1) as u32
        });
        let slot = &mut self.slots[index as usize];
        let token = token_of(index, slot.generation);
        let fd = std::os::fd::AsRawFd::as_raw_fd(descriptor);
        let registered =
            self.registry.register(&mut SourceFd(&fd), Token(token as usize), interests(direction.bit()));
        if let Err(error) = registered {
            self.free.push(index);
            return Err(error);
        }
        descriptor.registered(Arc::clone(&self.registry), token, Arc::clone(&self.released));
        slot.descriptor = Some(descriptor.downgrade());
        slot.interests = direction.bit();
        slot.wanted = direction.bit();
        self.wanted += 1;
        Ok(token)
    }

    /// Frees the slots of descriptors that were dropped.
    fn forget_released(&mut self) {
        let mut released = std::mem::take(&mut self.emptied);
        self.released.take(&mut released);
        let before = self.forgotten.len();
        for token in released.drain(..) {
            let Some(slot) = current(&mut self.slots, token) else { continue };
            self.wanted -= slot.wanted.count_ones() as usize;
            *slot = Slot {
                generation: slot.generation.wrapping_add(1) & Ready::GENERATIONS,
                descriptor: None,
                interests: 0,
                wanted: 0,
                standing: 0,
                ready: 0,
                doubtful: 0,
            };
            self.free.push(token as u32);
            self.forgotten.push(token);
        }
        self.emptied = released;
        if self.forgotten.len() > before && !self.answers.is_empty() {
            self.answers.retain(|answer| current(&mut self.slots, answer.token()).is_some());
        }
    }
}

/// Makes room for one more entry. The table grows by an eighth, so that a large one is never half empty.
pub(super) fn make_room<T>(table: &mut Vec<T>) {
    if table.len() == table.capacity() {
        table.reserve_exact((table.len() / 8).max(16));
    }
}

/// The result of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Asked {
    /// It will be answered.
    News,
    /// It is ignored: there is an earlier one, which will be answered.
    Before,
    /// The descriptor is closed.
    Gone,
}

fn token_of(index: u32, generation: u32) -> u64 {
    u64::from(generation) << 32 | u64::from(index)
}

fn current(slots: &mut [Slot], token: u64) -> Option<&mut Slot> {
    let slot = slots.get_mut(token as u32 as usize)?;
    (slot.generation == (token >> 32) as u32 && slot.descriptor.is_some()).then_some(slot)
}

/// Answers the directions that are both wanted and ready.
fn tell(index: u32, slot: &mut Slot, wanted: &mut usize, answers: &mut Vec<Ready>) {
    let due = slot.wanted & slot.ready;
    if due == 0 {
        return;
    }
    for direction in Direction::ALL {
        if due & direction.bit() != 0 {
            let answer = Ready::new(token_of(index, slot.generation), direction);
            let doubtful = slot.doubtful & direction.bit() != 0;
            answers.push(if doubtful { answer.with_more_perhaps() } else { answer });
            *wanted -= usize::from(slot.standing & direction.bit() == 0);
        }
    }
    slot.wanted &= !due | slot.standing;
    slot.ready &= !due;
    slot.doubtful &= !due;
}

fn interests(bits: u8) -> Interest {
    let mut interests = None;
    let mut add = |more: Interest| interests = Some(interests.map_or(more, |some: Interest| some | more));
    // Urgent data ends a read early, so a reader must be notified of it.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if bits & (Direction::Read.bit() | Direction::Exceptional.bit()) != 0 {
        add(Interest::PRIORITY);
    }
    if bits & Direction::Write.bit() != 0 {
        add(Interest::WRITABLE);
    }
    if bits & (Direction::Read.bit() | Direction::Exceptional.bit()) != 0 {
        add(Interest::READABLE);
    }
    interests.unwrap_or(Interest::READABLE)
}
