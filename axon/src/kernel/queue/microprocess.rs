//! One line of execution: whether it is awake, and what can wake it.
//!
//! Ported from `Axon.Microprocess` and the thread states of `Axon.Scheduler`.

use std::fmt;

/// The pass that never comes.
pub(super) const NEVER: u64 = u64::MAX;

/// Where a microprocess stands.
///
/// ```text
///            (1) activate            (2) its step ends, it asked to sleep
///   Made ───────────────► Awake ──────────────────────────────► Paused
///     │                   ▲  │                                  │   │
///     │                   │  │     (3) woken in the same pass:  │   │
///     │                   ├──┼──────── it keeps its place ──────┘   │
///     │                   │  │     (4) woken later: it joins the    │
///     │                   └──┼──────── end of the queue ────────────┘
///     │ (6) stopped          │ (5) its main returns, fails, or it is stopped
///     └──────────► Ended ◄───┴───────── (5) stopped while it sleeps ────
/// ```
///
/// A microprocess that has sent to a box above its soft limit is *suspended* after its step (7), whether awake or
/// paused; so is one that another component holds. It counts as paused until it is resumed (8): then it takes the turn
/// that is due, or goes on sleeping.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::kernel) enum State {
    /// No microprocess lives in this place.
    Vacant,
    /// Made and not activated.
    Made,
    /// In the queue, or running.
    Awake,
    /// Asleep since the pass that its `stamp` names.
    Paused,
    /// Ended; the place is kept while references to its boxes exist.
    Ended,
}

/// The part of its state that changes seldom. Whether it is awake or paused follows from `runs_from`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::kernel) enum Stage {
    Vacant,
    Made,
    Active,
    Ended,
}

/// What can wake a sleeper: a set of reasons.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::kernel) struct Reasons(u16);

impl Reasons {
    const NONE: Reasons = Reasons(0);
    /// A message arrived at one of its inboxes.
    pub(in crate::kernel) const MESSAGE: Reasons = Reasons(1);
    /// A message that it sent was collected.
    pub(in crate::kernel) const COLLECTED: Reasons = Reasons(1 << 1);
    /// There is room in a box that refused it.
    pub(in crate::kernel) const ROOM: Reasons = Reasons(1 << 2);
    /// A child ended.
    pub(in crate::kernel) const CHILD: Reasons = Reasons(1 << 3);
    /// Another component called `unpause`.
    pub(in crate::kernel) const UNPAUSED: Reasons = Reasons(1 << 4);
    /// A timer of its own ran out.
    pub(in crate::kernel) const TIMER: Reasons = Reasons(1 << 5);
    /// A waker was used.
    pub(in crate::kernel) const WAKER: Reasons = Reasons(1 << 6);
    /// It does not sleep at all: it gave up the rest of its step.
    pub(in crate::kernel) const AT_ONCE: Reasons = Reasons(1 << 7);
    /// A service that it waits for was registered.
    pub(in crate::kernel) const SERVICE: Reasons = Reasons(1 << 10);
    /// Everything that wakes a component which called `pause`.
    pub(in crate::kernel) const ANY: Reasons = Reasons(0x7f);
    /// All of these except the collection of its own messages.
    pub(in crate::kernel) const ARRIVAL: Reasons = Reasons(0x7f & !(1 << 1));
    /// It asked in this step to sleep at its next `yield_now`.
    pub(in crate::kernel) const PAUSE_REQUESTED: Reasons = Reasons(1 << 9);
    /// It awaits a future from elsewhere: any wake may be the one it waits for.
    const FOREIGN: Reasons = Reasons(0x7f | 1 << 8);

    #[inline(always)]
    pub(in crate::kernel) fn meets(self, other: Reasons) -> bool {
        self.0 & other.0 != 0
    }

    #[inline(always)]
    pub(in crate::kernel) fn and(self, other: Reasons) -> Reasons {
        Reasons(self.0 | other.0)
    }
}

/// What a step declared about its sleep, and the inbox that it waits at, if it waits at one. Both are packed into one
/// number, since every step writes and reads it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::kernel) struct Wait(u64);

impl Wait {
    pub(in crate::kernel) const NOTHING: Wait = Wait::new(Reasons::NONE, crate::kernel::boxes::NONE);

    const fn new(reasons: Reasons, inbox: u32) -> Self {
        Wait((inbox as u64) << 32 | reasons.0 as u64)
    }

    #[inline(always)]
    pub(in crate::kernel) fn reasons(self) -> Reasons {
        Reasons(self.0 as u16)
    }

    pub(in crate::kernel) fn inbox(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// How many messages the step may still receive before it must ask whether it may go on: this number is packed
    /// between the reasons and the inbox.
    #[inline(always)]
    pub(in crate::kernel) fn left(self) -> u16 {
        (self.0 >> 16) as u16
    }

    /// With this number of messages.
    pub(in crate::kernel) fn with_left(self, left: u16) -> Self {
        Wait(self.0 & !(0xffff << 16) | u64::from(left) << 16)
    }

    /// With one message less.
    #[inline(always)]
    pub(in crate::kernel) fn less_one(self) -> Self {
        debug_assert!(self.left() > 0);
        Wait(self.0 - (1 << 16))
    }

    #[inline(always)]
    pub(in crate::kernel) fn and(self, reasons: Reasons) -> Self {
        Wait(self.0 | reasons.0 as u64)
    }

    #[inline(always)]
    pub(in crate::kernel) fn at(self, inbox: u32) -> Self {
        Wait::new(self.reasons().and(Reasons::MESSAGE), inbox)
    }

    /// Adds what wakes it in any case: a waker, since it may also await a future from elsewhere; and everything, if
    /// it declared nothing.
    #[inline(always)]
    pub(super) fn completed(self) -> Self {
        let nothing = self.0 as u16 == 0;
        self.and(if nothing { Reasons::FOREIGN } else { Reasons::WAKER })
    }
}

/// What a sleeper waits for, in words for the stall report.
impl fmt::Display for Reasons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let says = match *self {
            foreign if foreign.0 & Reasons::FOREIGN.0 == Reasons::FOREIGN.0 => {
                "awaits a future that is not axon's"
            }
            any if any.0 & Reasons::ANY.0 == Reasons::ANY.0 => "is paused",
            some if some.0 & Reasons::ARRIVAL.0 == Reasons::ARRIVAL.0 => "waits for anything to arrive",
            some if some.meets(Reasons::ROOM) => "waits for room",
            some if some.meets(Reasons::MESSAGE) => "waits for a message",
            some if some.meets(Reasons::SERVICE) => "waits for the registration",
            some if some.meets(Reasons::TIMER) => "waits for a timer",
            _ => "sleeps",
        };
        f.write_str(says)
    }
}

/// The record of one microprocess. It is kept small, since every wake reads it.
#[derive(Clone, Copy, Debug)]
pub(in crate::kernel) struct Microprocess {
    /// While awake, the pass in which it was last woken (S4, S6); while paused, the pass in which it paused.
    pub(super) stamp: u64,
    /// The first pass in which it runs: older entries in the queue are stale. [`NEVER`] unless it is awake.
    pub(super) runs_from: u64,
    /// Which of the successive occupants of this place it is.
    pub(in crate::kernel) generation: u32,
    pub(in crate::kernel) stage: Stage,
    /// It has ended or is suspended. A wake checks this only after it found that the microprocess is neither awake
    /// nor waiting for the reason.
    pub(super) is_deaf: bool,
    /// What can wake it. Invariant: nothing, unless it is paused.
    pub(in crate::kernel) wait: Wait,
}

impl Microprocess {
    pub(super) fn vacant() -> Self {
        Microprocess {
            stamp: 0,
            runs_from: NEVER,
            generation: 0,
            stage: Stage::Vacant,
            is_deaf: false,
            wait: Wait::NOTHING,
        }
    }

    pub(in crate::kernel) fn state(&self) -> State {
        match self.stage {
            Stage::Vacant => State::Vacant,
            Stage::Made => State::Made,
            Stage::Active if self.runs_from == NEVER => State::Paused,
            Stage::Active => State::Awake,
            Stage::Ended => State::Ended,
        }
    }
}
