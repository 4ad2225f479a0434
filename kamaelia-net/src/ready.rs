//! The Selector's answer, one number: which descriptor is ready, and for what.
//!
//! *Differs from Kamaelia:* there the answer is the socket itself. A number needs no allocation in a message,
//! and sending it back repeats the request.

use std::fmt;

/// What a descriptor is ready for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Direction {
    /// Reading, or accepting.
    Read,
    /// Writing. For a connecting socket: the outcome of the attempt is known.
    Write,
    /// Reading urgent data.
    Exceptional,
}

impl Direction {
    /// All directions.
    pub const ALL: [Direction; 3] = [Direction::Read, Direction::Write, Direction::Exceptional];

    /// The bit of this direction in a set of directions.
    #[must_use]
    pub const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// How often a request to the [`Selector`](crate::Selector) is answered.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Debug)]
pub enum Answers {
    /// Once, as in Kamaelia.
    #[default]
    Once,
    /// At every change, until the request is withdrawn or the descriptor is closed. This saves a request per
    /// answer, for components that read or write until nothing is left at each answer.
    AtEveryChange,
}

/// A descriptor is ready: the [`Selector`](crate::Selector)'s answer, sent as a `u64`.
///
/// ```text
///   63        60 59         32 31          0
///   ┌──┬──┬─────┬─────────────┬─────────────┐
///   │ d│ m│ dir │ generation  │ place       │   m: there may be more than a short read shows
///   └──┴──┴─────┴─────────────┴─────────────┘   d: a repeated request: nothing was left to read or write
/// ```
///
/// # Asking again
///
/// Sending [`Ready::again`] to the Selector's `notify` box asks for the next answer to the same box.
/// If the component has read or written until the call would have blocked, [`Ready::when_changed`] does the
/// same and saves a system call.
///
/// # Examples
///
/// ```
/// use kamaelia_net::{Direction, Ready};
///
/// let ready = Ready::new(7, Direction::Read);
/// let in_message: u64 = ready.into();
/// assert_eq!(Ready::from(in_message).direction(), Direction::Read);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ready(u64);

const DIRECTION_AT: u32 = 60;
const MORE: u64 = 1 << 62;
const DRAINED: u64 = 1 << 63;

impl Ready {
    /// The highest generation in a token.
    pub const GENERATIONS: u32 = (1 << 28) - 1;

    /// The answer for a descriptor that the system cannot watch: it may be ready for anything.
    pub const UNKNOWN: Ready = Ready::new((1 << DIRECTION_AT) - 1, Direction::Read).with_more_perhaps();

    /// Whether this is [`Ready::UNKNOWN`]; a repeated request gets the same answer.
    #[must_use]
    pub const fn is_unwatched(self) -> bool {
        self.token() == Ready::UNKNOWN.token()
    }

    /// The answer for a token and a direction.
    #[must_use]
    pub const fn new(token: u64, direction: Direction) -> Self {
        Ready(token | (direction as u64) << DIRECTION_AT)
    }

    /// The same token with this direction.
    #[must_use]
    pub const fn with_direction(self, direction: Direction) -> Self {
        Ready(self.0 & !(3 << DIRECTION_AT) | (direction as u64) << DIRECTION_AT)
    }

    /// The descriptor's token.
    #[must_use]
    pub const fn token(self) -> u64 {
        self.0 & ((1 << DIRECTION_AT) - 1)
    }

    /// What the descriptor is ready for.
    #[must_use]
    pub const fn direction(self) -> Direction {
        match self.0 >> DIRECTION_AT & 3 {
            0 => Direction::Read,
            1 => Direction::Write,
            _ => Direction::Exceptional,
        }
    }

    /// Marks that an end, an error or urgent data is near: a read of fewer bytes than asked for does not
    /// prove that nothing is left; only "would block" does.
    #[must_use]
    pub const fn with_more_perhaps(self) -> Self {
        Ready(self.0 | MORE)
    }

    /// Whether a read of fewer bytes than asked for proves that nothing is left.
    #[must_use]
    pub const fn is_short_read_the_end(self) -> bool {
        self.0 & MORE == 0
    }

    /// The request for the next answer, if it is not known whether anything is left.
    #[must_use]
    pub const fn again(self) -> Self {
        Ready(self.0 & !(MORE | DRAINED))
    }

    /// The request for the next answer, if nothing is left at present.
    #[must_use]
    pub const fn when_changed(self) -> Self {
        Ready(self.0 & !MORE | DRAINED)
    }

    /// Whether this is a request made by [`Ready::when_changed`].
    #[must_use]
    pub const fn is_drained(self) -> bool {
        self.0 & DRAINED != 0
    }
}

impl From<u64> for Ready {
    fn from(word: u64) -> Self {
        Ready(word)
    }
}

impl From<Ready> for u64 {
    fn from(ready: Ready) -> u64 {
        ready.0
    }
}

impl fmt::Debug for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ready({:#x}, {:?})", self.token(), self.direction())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ready_word_keeps_all_its_parts_apart() {
        let token = u64::from(Ready::GENERATIONS) << 32 | u64::from(u32::MAX);
        for direction in Direction::ALL {
            let ready = Ready::new(token, direction).with_more_perhaps();
            assert_eq!((ready.token(), ready.direction()), (token, direction));
            assert!(!ready.is_short_read_the_end() && !ready.is_drained());
            let question = ready.when_changed();
            assert_eq!((question.token(), question.direction()), (token, direction));
            assert!(question.is_drained() && question.is_short_read_the_end());
            assert!(!question.again().is_drained());
        }
    }
}
