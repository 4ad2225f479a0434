//! How long a connection waits for its peer: for a byte, for room, for the end.
//!
//! *Differs from Kamaelia:* there a connection waits for ever.

use std::time::{Duration, Instant};

use super::options::CsaOptions;
use crate::ipc::HowDied;

/// What happened in a turn, and what is waited for after it.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    /// Bytes that the peer's system took.
    pub sent: usize,
    /// Bytes that came from the peer.
    pub received: usize,
    /// Bytes that wait to be sent.
    pub unsent: usize,
    /// Only the peer's end is waited for.
    pub lingering: bool,
}

/// Since when something is waited for. Exists only while anything is.
#[derive(Debug, Default)]
pub struct Patience {
    /// The peer has taken nothing of what waits.
    stalled: Option<Instant>,
    /// All is sent, and the peer has not closed.
    lingering: Option<Instant>,
    /// The start, until the first byte; then the last byte in either direction.
    quiet: Option<Instant>,
    had_first_byte: bool,
}

impl Patience {
    /// Whether any limit concerns this turn: if not, no clock needs to be looked at.
    #[inline]
    pub fn is_needed(options: &CsaOptions, turn: Turn) -> bool {
        (turn.unsent > 0 && options.write_stall_timeout.is_some())
            || turn.lingering
            || options.first_byte_timeout.is_some()
            || options.idle_timeout.is_some()
    }

    /// When the next limit will be over, if nothing happens before.
    ///
    /// # Errors
    ///
    /// Why the connection is to end now.
    pub fn look(
        &mut self,
        options: &CsaOptions,
        turn: Turn,
        now: Instant,
    ) -> Result<Option<Instant>, HowDied> {
        let mut earliest: Option<Instant> = None;
        let mut is_over = |since: Instant, limit: Duration| {
            let end = since + limit;
            earliest = Some(earliest.map_or(end, |other| other.min(end)));
            end <= now
        };
        if turn.unsent == 0 || turn.sent > 0 {
            self.stalled = None;
        }
        if let Some(limit) = options.write_stall_timeout.filter(|_| turn.unsent > 0)
            && is_over(*self.stalled.get_or_insert(now), limit)
        {
            return Err(HowDied::WriteStalled(limit));
        }
        if turn.lingering && is_over(*self.lingering.get_or_insert(now), options.linger) {
            return Err(HowDied::LingerOver(options.linger));
        }
        self.had_first_byte |= turn.received > 0;
        let (quiet, how_died): (_, fn(Duration) -> HowDied) = match options.first_byte_timeout {
            Some(limit) if !self.had_first_byte => (Some(limit), HowDied::NoFirstByte),
            _ => (options.idle_timeout, HowDied::Idle),
        };
        if let Some(limit) = quiet {
            // Until the first byte came, only that one counts.
            if turn.received > 0 || turn.sent > 0 && self.had_first_byte {
                self.quiet = Some(now);
            }
            if is_over(*self.quiet.get_or_insert(now), limit) {
                return Err(how_died(limit));
            }
        }
        Ok(earliest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: Turn = Turn { sent: 0, received: 0, unsent: 0, lingering: false };
    const SECOND: Duration = Duration::from_secs(1);

    fn options() -> CsaOptions {
        let mut options = CsaOptions::new();
        options.write_stall_timeout = Some(3 * SECOND);
        options.linger = 2 * SECOND;
        options
    }

    #[test]
    fn nothing_is_limited_by_default_but_a_stall_and_the_last_wait() {
        assert!(!Patience::is_needed(&CsaOptions::new(), QUIET));
        assert!(Patience::is_needed(&CsaOptions::new(), Turn { unsent: 1, ..QUIET }));
        assert!(Patience::is_needed(&CsaOptions::new(), Turn { lingering: true, ..QUIET }));
        assert!(Patience::is_needed(&CsaOptions::hardened(), QUIET));
    }

    #[test]
    fn a_stall_is_counted_from_the_last_byte_that_was_taken() {
        let (mut patience, start) = (Patience::default(), Instant::now());
        let waiting = Turn { unsent: 5, ..QUIET };
        assert_eq!(patience.look(&options(), waiting, start).unwrap(), Some(start + 3 * SECOND));
        let progress = Turn { sent: 1, ..waiting };
        let later = start + 2 * SECOND;
        assert_eq!(patience.look(&options(), progress, later).unwrap(), Some(later + 3 * SECOND));
        assert!(patience.look(&options(), waiting, start + 4 * SECOND).is_ok());
        let over = patience.look(&options(), waiting, start + 5 * SECOND);
        assert!(matches!(over, Err(HowDied::WriteStalled(_))));
    }

    #[test]
    fn lingering_is_counted_from_its_beginning_whatever_the_peer_still_sends() {
        let (mut patience, start) = (Patience::default(), Instant::now());
        let lingering = Turn { lingering: true, ..QUIET };
        assert!(patience.look(&options(), lingering, start).is_ok());
        let chatter = Turn { received: 100, ..lingering };
        assert!(patience.look(&options(), chatter, start + SECOND).is_ok());
        let over = patience.look(&options(), chatter, start + 2 * SECOND);
        assert!(matches!(over, Err(HowDied::LingerOver(_))));
    }

    #[test]
    fn the_first_byte_and_then_silence_have_limits_of_their_own() {
        let mut options = options();
        options.first_byte_timeout = Some(SECOND);
        options.idle_timeout = Some(5 * SECOND);
        let (mut patience, start) = (Patience::default(), Instant::now());
        assert_eq!(patience.look(&options, QUIET, start).unwrap(), Some(start + SECOND));
        let greeting = Turn { sent: 10, ..QUIET };
        let over = Patience::default();
        assert!(patience.look(&options, greeting, start + SECOND / 2).is_ok());
        let mut silent = patience;
        assert!(matches!(silent.look(&options, QUIET, start + SECOND), Err(HowDied::NoFirstByte(_))));
        let mut patience = over;
        patience.look(&options, QUIET, start).unwrap();
        let byte = Turn { received: 1, ..QUIET };
        assert_eq!(
            patience.look(&options, byte, start + SECOND / 2).unwrap(),
            Some(start + SECOND / 2 + 5 * SECOND)
        );
        assert!(matches!(patience.look(&options, QUIET, start + 6 * SECOND), Err(HowDied::Idle(_))));
    }
}
