//! The system's watch over descriptors: which of them became ready, each told once to who asked.
//!
//! It knows tokens and descriptors, and neither components nor messages.
//!
//! *Differs from Kamaelia:* mio's edge-triggered poll instead of `select` (any number of descriptors, and
//! no tick of 50 ms, B18). A descriptor is registered once, for every direction anybody ever asked about;
//! what became ready while nobody asked is remembered for the next who does.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Registry, Token, Waker};

use crate::descriptor::{Descriptor, Released, WeakDescriptor};
use crate::ready::{Answers, Direction, Ready};

/// How many events are taken from the system at a time; what is over comes with the next look.
///
/// Few: between reading from a connection and writing to it lies one turn of each other connection that
/// became ready with it, and what the system and the program know of so many is to stay in the processor's
/// cache meanwhile. With 128 or 1024, a request among a thousand connections costs an eighth more.
const EVENTS: usize = 32;

/// The token of the waker. No slot has it: it is too far away.
const BELL: Token = Token(usize::MAX);

/// One registered descriptor.
struct Slot {
    /// Which of the successive users of this slot is meant by a token.
    generation: u32,
    /// `None` while the slot is free.
    descriptor: Option<WeakDescriptor>,
    /// Directions registered with the system: grows with what was asked, never shrinks.
    interests: u8,
    /// Directions that somebody waits for.
    wanted: u8,
    /// Those of them whose asker waits for every change, not for one.
    standing: u8,
    /// Directions seen ready and not yet told. Never cleared but by telling, so no event is lost.
    ready: u8,
    /// Directions of which a short read does not prove that nothing is left: see [`Ready`].
    doubtful: u8,
}

/// Watches descriptors for their being ready.
///
/// ```text
///            want(direction)                 event(direction)
///   quiet ──────────────────► wanted ───────────────────────► answered once, then quiet
///     │  event(direction)                      ▲
///     └─────────────────────► ready ───────────┘ want(direction): answered at once
/// ```
pub struct Poller {
    poll: Poll,
    events: Events,
    registry: Arc<Registry>,
    waker: Arc<Waker>,
    released: Arc<Released>,
    slots: Vec<Slot>,
    free: Vec<u32>,
    /// How many directions of all slots are wanted.
    wanted: usize,
    answers: Vec<Ready>,
    /// Tokens whose descriptors are gone, for the owner to forget too.
    forgotten: Vec<u64>,
    /// Room for tokens that were released.
    emptied: Vec<u64>,
}

/// Whether the asker has seen that nothing is ready.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Seen {
    /// It has, since the last answer: the next event is news, and the system need not be asked.
    Drained,
    /// It has not: the descriptor may be ready already.
    Unknown,
}

impl Poller {
    /// A poller that watches nothing yet.
    ///
    /// # Errors
    ///
    /// When the system has no descriptor left for it.
    pub fn new() -> io::Result<Self> {
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

    /// What ends a [`Poller::look`] from another thread.
    pub fn waker(&self) -> Arc<Waker> {
        Arc::clone(&self.waker)
    }

    /// Whether anybody waits for any descriptor.
    pub fn is_asked(&self) -> bool {
        self.wanted != 0
    }

    /// How many descriptors are registered.
    pub fn registered(&mut self) -> usize {
        self.forget_released();
        self.slots.len() - self.free.len()
    }

    /// Waits for events, at most for `limit`. True if there are answers, or
    /// descriptors to forget.
    ///
    /// # Errors
    ///
    /// What the system says, but for an interruption, which counts as no event.
    pub fn look(&mut self, limit: Option<Duration>) -> io::Result<bool> {
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

    /// Takes the answers, in the order in which the descriptors became ready. Hands back `emptied` for
    /// the next ones.
    pub fn answers(&mut self, emptied: Vec<Ready>) -> Vec<Ready> {
        std::mem::replace(&mut self.answers, emptied)
    }

    /// Takes the tokens of descriptors that were dropped since the last time.
    pub fn forgotten(&mut self) -> impl Iterator<Item = u64> {
        self.forget_released();
        self.forgotten.drain(..)
    }

    /// Asks for one answer when `descriptor` is ready. Returns its token, and whether this is news:
    /// a second request for the same direction is not, until the first was answered.
    ///
    /// # Errors
    ///
    /// When the system cannot watch this descriptor.
    pub fn want(
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
                // It was answered at once.
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
    /// When the system cannot watch this descriptor.
    pub fn want_again(&mut self, token: u64, direction: Direction, seen: Seen) -> io::Result<Asked> {
        let index = token as u32;
        let Some(slot) = current(&mut self.slots, token) else { return Ok(Asked::Gone) };
        if slot.wanted & direction.bit() != 0 {
            return Ok(Asked::Before);
        }
        let widened = slot.interests | direction.bit();
        if slot.ready & direction.bit() == 0 && (seen == Seen::Unknown || widened != slot.interests) {
            // Registering anew makes the system tell again what is ready now.
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

    /// Withdraws what was asked about one direction. True if anything was.
    pub fn withdraw(&mut self, token: u64, direction: Direction) -> bool {
        let before = self.answers.len();
        self.answers.retain(|answer| answer.token() != token || answer.direction() != direction);
        let answered = self.answers.len() != before;
        let Some(slot) = current(&mut self.slots, token) else { return answered };
        if answered {
            // Taken back untold: the next who asks is to learn of it.
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
    pub fn token(&self, descriptor: &Descriptor) -> Option<u64> {
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

/// Makes room for one more, an eighth more at a time: a table of all connections is not to be half empty.
pub(super) fn make_room<T>(table: &mut Vec<T>) {
    if table.len() == table.capacity() {
        table.reserve_exact((table.len() / 8).max(16));
    }
}

/// What became of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asked {
    /// It will be answered.
    News,
    /// There is one already, which will be answered; this one will not.
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

/// Answers what is both wanted and ready.
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
    // Urgent data ends a read early, so a reader must know of it.
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
