//! How long a connection waits for its peer: for a byte, for room, for the end.
//!
//! *Differs from Kamaelia:* there a connection waits for ever.

use std::time::{Duration, Instant};

use axon::time_after;

use super::acknowledged::Acknowledged;
use super::options::CsaOptions;
use crate::ipc::HowDied;
use crate::limit::Limit;
use crate::ssl::SslError;

/// What happened in a turn, and what is waited for after it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn {
    /// Bytes that the system took.
    pub(crate) sent: usize,
    /// Bytes that came from the peer.
    pub(crate) received: usize,
    /// Bytes that wait to be handed to the system.
    pub(crate) unsent: usize,
    /// Only the peer's end is waited for.
    pub(crate) lingering: bool,
    /// Whether this side reads: while it does not, the peer's silence proves nothing.
    pub(crate) reading: bool,
    /// A TLS handshake goes on, and may take this long.
    pub(crate) handshake: Option<Duration>,
}

/// What follows from the limits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    /// Nothing is over before this time.
    Until(Option<Instant>),
    /// A limit seems to be over: the socket is to be tried, and then this asked again.
    TryTheSocket,
}

/// Since when something is waited for. Exists only while anything is.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    /// Runs while not all is acknowledged that was handed to the system, or waits for it.
    outstanding: Option<Outstanding>,
    /// The other limits, while one of them runs. By default none does before the end of a connection, and each
    /// connection that has sent something has the rest of this.
    others: Option<Box<Others>>,
    had_first_byte: bool,
    /// The last wait has begun, though perhaps the peer has not all yet.
    lingers: bool,
    /// The socket was tried since a limit seemed to be over.
    tried: bool,
}

#[derive(Debug, Default)]
struct Others {
    /// All is sent, and the peer has not closed.
    lingering: Option<Limit>,
    /// The start, until the first byte; then the last byte in either direction.
    quiet: Option<Limit>,
    /// Since the last byte from the peer, and since the last to it; and since the beginning.
    unreceived: Option<Limit>,
    unsent: Option<Limit>,
    life: Option<Limit>,
    /// A TLS handshake goes on.
    handshake: Option<Limit>,
}

/// What the peer has not acknowledged yet.
#[derive(Debug)]
struct Outstanding {
    /// How many bytes it had when the limit began, unless nobody has asked yet.
    bytes: Option<u64>,
    limit: Limit,
    /// When the system is asked again. That costs a call, so progress is not looked for all the time.
    look: Instant,
}

/// How often within a limit the system is asked what the peer has acknowledged.
const LOOKS: u32 = 4;

impl Outstanding {
    fn new(bytes: Option<u64>, limit: Duration, now: Instant, pace: Duration) -> Self {
        Outstanding { bytes, limit: Limit::new(now, limit), look: time_after(now, pace) }
    }
}

impl Patience {
    /// Whether any limit concerns what happened in this turn: if not, and none did before, no clock needs to
    /// be looked at.
    #[inline]
    pub(crate) fn is_needed(options: &CsaOptions, turn: Turn) -> bool {
        ((turn.sent > 0 || turn.unsent > 0) && options.write_stall_timeout.is_some())
            || Self::needs_others(options, turn)
    }

    fn needs_others(options: &CsaOptions, turn: Turn) -> bool {
        turn.lingering
            || turn.handshake.is_some()
            || options.first_byte_timeout.is_some()
            || options.idle_timeout.is_some()
            || options.receive_idle_timeout.is_some()
            || options.send_idle_timeout.is_some()
            || options.lifetime.is_some()
    }

    /// Whether anything is waited for.
    #[must_use]
    pub(crate) fn waits(&self) -> bool {
        self.outstanding.is_some() || self.others.is_some()
    }

    /// When the next limit will be over, if nothing happens before.
    ///
    /// # Errors
    ///
    /// Why the connection is to end now.
    pub(crate) fn look(
        &mut self,
        options: &CsaOptions,
        turn: Turn,
        now: Instant,
        mut acknowledged: impl FnMut() -> Acknowledged,
    ) -> Result<Verdict, HowDied> {
        let stalled = self.look_at_outstanding(options, turn, now, &mut acknowledged)?;
        self.had_first_byte |= turn.received > 0;
        match stalled.or(self.look_at_others(options, turn, now)) {
            Some(how_died) if std::mem::replace(&mut self.tried, true) => Err(how_died),
            Some(_) => Ok(Verdict::TryTheSocket),
            None => {
                self.tried = false;
                Ok(Verdict::Until(self.next_look()))
            }
        }
    }

    fn next_look(&self) -> Option<Instant> {
        let outstanding =
            self.outstanding.as_ref().map(|outstanding| outstanding.look.min(outstanding.limit.end()));
        outstanding.into_iter().chain(self.others.as_ref().and_then(|others| others.next_end())).min()
    }

    /// Why the connection ends by one of the other limits, of which all are looked at.
    fn look_at_others(&mut self, options: &CsaOptions, turn: Turn, now: Instant) -> Option<HowDied> {
        if self.others.is_none() && !Self::needs_others(options, turn) {
            return None;
        }
        let mut others = self.others.take().unwrap_or_default();
        // Until the peer has all, it cannot close in order.
        let lingers = turn.lingering && self.outstanding.is_none();
        let lingered = others.look_at_lingering(lingers.then_some(options.linger), now);
        let silent = others.look_at_silence(options, turn, self.had_first_byte, now);
        let one_way = others.look_at_each_direction(options, turn, self.had_first_byte, now);
        let in_handshake = others.look_at_handshake(turn, now);
        if others.next_end().is_some() {
            self.others = Some(others);
        }
        lingered.or(silent).or(one_way).or(in_handshake)
    }

    /// Why the connection ends, if the peer has acknowledged nothing for too long. Perhaps: where the system
    /// does not tell what was acknowledged, only that it takes no more proves anything.
    fn look_at_outstanding(
        &mut self,
        options: &CsaOptions,
        turn: Turn,
        now: Instant,
        acknowledged: &mut impl FnMut() -> Acknowledged,
    ) -> Result<Option<HowDied>, HowDied> {
        let linger = turn.lingering.then_some(options.linger);
        let Some(length) = options.write_stall_timeout.or(linger) else { return Ok(None) };
        let pace = linger.map_or(length, |linger| linger.min(length)) / LOOKS;
        let begins_to_linger = turn.lingering && !std::mem::replace(&mut self.lingers, turn.lingering);
        if self.outstanding.is_none() && (turn.sent > 0 || turn.unsent > 0 || begins_to_linger) {
            self.outstanding = Some(Outstanding::new(None, length, now, pace));
        }
        let Some(outstanding) = &mut self.outstanding else { return Ok(None) };
        if !begins_to_linger && now < outstanding.look {
            return Ok(None);
        }
        let Acknowledged { bytes, all } = acknowledged();
        if turn.unsent == 0 && all {
            self.outstanding = None;
        } else if outstanding.bytes != Some(bytes) {
            *outstanding = Outstanding::new(Some(bytes), length, now, pace);
            let quiet = self.others.as_mut().and_then(|others| others.quiet.as_mut());
            if let Some(quiet) = quiet.filter(|_| self.had_first_byte) {
                *quiet = Limit::new(now, quiet.length());
            }
        } else if outstanding.limit.is_over(now) {
            let how_died =
                options.write_stall_timeout.map_or(HowDied::LingerOver(length), HowDied::WriteStalled);
            return if all { Ok(Some(how_died)) } else { Err(how_died) };
        } else {
            outstanding.look = time_after(now, pace);
        }
        Ok(None)
    }
}

impl Others {
    /// When the first of them will be over, if one runs.
    fn next_end(&self) -> Option<Instant> {
        let limits =
            [&self.lingering, &self.quiet, &self.handshake, &self.unreceived, &self.unsent, &self.life];
        limits.into_iter().flatten().map(Limit::end).min()
    }

    /// Why the connection ends if the peer has not closed for so long.
    fn look_at_lingering(&mut self, length: Option<Duration>, now: Instant) -> Option<HowDied> {
        if length.is_none() {
            self.lingering = None;
        }
        is_over(&mut self.lingering, length, now).map(HowDied::LingerOver)
    }

    /// Why the connection ends because nothing went in one direction, or it is too old.
    fn look_at_each_direction(
        &mut self,
        options: &CsaOptions,
        turn: Turn,
        had_first_byte: bool,
        now: Instant,
    ) -> Option<HowDied> {
        let awaits_first_byte = options.first_byte_timeout.is_some() && !had_first_byte;
        if turn.received > 0 || !turn.reading {
            self.unreceived = None;
        }
        if turn.sent > 0 {
            self.unsent = None;
        }
        let length = options.receive_idle_timeout.filter(|_| turn.reading && !awaits_first_byte);
        is_over(&mut self.unreceived, length, now)
            .map(HowDied::ReceiveIdle)
            .or_else(|| is_over(&mut self.unsent, options.send_idle_timeout, now).map(HowDied::SendIdle))
            .or_else(|| is_over(&mut self.life, options.lifetime, now).map(HowDied::LifeOver))
    }

    /// Why the connection ends if the TLS handshake took too long.
    fn look_at_handshake(&mut self, turn: Turn, now: Instant) -> Option<HowDied> {
        let Some(length) = turn.handshake else {
            self.handshake = None;
            return None;
        };
        let limit = self.handshake.get_or_insert_with(|| Limit::new(now, length));
        limit.is_over(now).then_some(HowDied::Tls(SslError::TimedOut(length)))
    }

    /// Why the connection ends because the peer was silent for too long, if it was.
    fn look_at_silence(
        &mut self,
        options: &CsaOptions,
        turn: Turn,
        had_first_byte: bool,
        now: Instant,
    ) -> Option<HowDied> {
        let (length, how_died): (_, fn(Duration) -> HowDied) = match options.first_byte_timeout {
            Some(length) if !had_first_byte => (Some(length), HowDied::NoFirstByte),
            _ => (options.idle_timeout, HowDied::Idle),
        };
        // Until the first byte came, only that one counts.
        if !turn.reading || turn.received > 0 || turn.sent > 0 && had_first_byte {
            self.quiet = None;
        }
        let length = length.filter(|_| turn.reading)?;
        let quiet = self.quiet.get_or_insert_with(|| Limit::new(now, length));
        quiet.is_over(now).then(|| how_died(length))
    }
}

/// How long a limit was, if it is over; one that does not run yet begins.
fn is_over(limit: &mut Option<Limit>, length: Option<Duration>, now: Instant) -> Option<Duration> {
    let length = length?;
    limit.get_or_insert_with(|| Limit::new(now, length)).is_over(now).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: Turn =
        Turn { sent: 0, received: 0, unsent: 0, lingering: false, reading: true, handshake: None };
    const SECOND: Duration = Duration::from_secs(1);

    fn options() -> CsaOptions {
        let mut options = CsaOptions::new();
        options.write_stall_timeout = Some(4 * SECOND);
        options.linger = 2 * SECOND;
        options
    }

    fn all() -> Acknowledged {
        Acknowledged { bytes: 0, all: true }
    }

    fn some(bytes: u64) -> impl Fn() -> Acknowledged {
        move || Acknowledged { bytes, all: false }
    }

    /// What it says when the socket was tried, and nothing came of it.
    fn judged(patience: &mut Patience, options: &CsaOptions, turn: Turn, now: Instant) -> String {
        assert_eq!(patience.look(options, turn, now, some(0)).unwrap(), Verdict::TryTheSocket);
        patience.look(options, turn, now, some(0)).unwrap_err().to_string()
    }

    #[test]
    fn nothing_is_limited_by_default_but_a_stall_and_the_last_wait() {
        assert!(!Patience::is_needed(&CsaOptions::new(), QUIET));
        assert!(!Patience::is_needed(&CsaOptions::new(), Turn { received: 1, ..QUIET }));
        assert!(Patience::is_needed(&CsaOptions::new(), Turn { sent: 1, ..QUIET }));
        assert!(Patience::is_needed(&CsaOptions::new(), Turn { unsent: 1, ..QUIET }));
        assert!(Patience::is_needed(&CsaOptions::new(), Turn { lingering: true, ..QUIET }));
        assert!(Patience::is_needed(&CsaOptions::hardened(), QUIET));
    }

    #[test]
    fn a_stall_is_counted_from_the_last_byte_that_the_peer_acknowledged() {
        let (mut patience, start) = (Patience::default(), Instant::now());
        let waiting = Turn { unsent: 5, ..QUIET };
        let mut look = |turn, seconds: u32, bytes| {
            let verdict = patience.look(&options(), turn, start + seconds * SECOND, some(bytes));
            verdict.map(|verdict| match verdict {
                Verdict::Until(time) => (time.unwrap() - start).as_secs(),
                Verdict::TryTheSocket => panic!("the system has told what the peer has"),
            })
        };
        assert_eq!(look(waiting, 0, 1).unwrap(), 1);
        assert_eq!(look(waiting, 1, 1).unwrap(), 2);
        assert_eq!(look(waiting, 4, 2).unwrap(), 5);
        // That this side's system took more is no progress.
        let taken = Turn { sent: 1, ..waiting };
        for seconds in 5..8 {
            assert_eq!(look(taken, seconds, 2).unwrap(), u64::from(seconds) + 1);
        }
        assert!(matches!(look(waiting, 8, 2), Err(HowDied::WriteStalled(_))));
    }

    #[test]
    fn what_the_system_took_and_the_peer_did_not_acknowledge_is_a_stall_too() {
        let (mut patience, start) = (Patience::default(), Instant::now());
        patience.look(&options(), Turn { sent: 5, ..QUIET }, start, some(0)).unwrap();
        for seconds in 1..5 {
            patience.look(&options(), QUIET, start + seconds * SECOND, some(0)).unwrap();
        }
        // The first look, a quarter of the limit after the bytes, found where the peer stood.
        let over = patience.look(&options(), QUIET, start + 5 * SECOND, some(0)).unwrap_err();
        assert_eq!(over.to_string(), "the peer acknowledged no data for 4s");
        let mut patience = Patience::default();
        patience.look(&options(), Turn { sent: 5, ..QUIET }, start, some(0)).unwrap();
        assert_eq!(patience.look(&options(), QUIET, start + SECOND, all).unwrap(), Verdict::Until(None));
        assert!(!patience.waits());
    }

    #[test]
    fn lingering_is_counted_from_its_beginning_whatever_the_peer_still_sends() {
        let (mut patience, start) = (Patience::default(), Instant::now());
        let lingering = Turn { lingering: true, ..QUIET };
        assert!(patience.look(&options(), lingering, start, all).is_ok());
        let chatter = Turn { received: 100, ..lingering };
        assert!(patience.look(&options(), chatter, start + SECOND, all).is_ok());
        assert_eq!(
            patience.look(&options(), chatter, start + 2 * SECOND, all).unwrap(),
            Verdict::TryTheSocket
        );
        let over = patience.look(&options(), chatter, start + 2 * SECOND, all);
        assert!(matches!(over, Err(HowDied::LingerOver(_))));
    }

    #[test]
    fn lingering_begins_when_the_peer_has_all() {
        let (mut patience, start) = (Patience::default(), Instant::now());
        let lingering = Turn { lingering: true, ..QUIET };
        for seconds in 0..9 {
            let now = start + seconds * SECOND;
            patience.look(&options(), lingering, now, some(u64::from(seconds))).unwrap();
        }
        let has_all = start + 9 * SECOND;
        let until = patience.look(&options(), lingering, has_all, all).unwrap();
        assert_eq!(until, Verdict::Until(Some(has_all + 2 * SECOND)));
    }

    #[test]
    fn the_first_byte_and_then_silence_have_limits_of_their_own() {
        let mut options = options();
        options.first_byte_timeout = Some(SECOND);
        options.idle_timeout = Some(5 * SECOND);
        let (mut silent, start) = (Patience::default(), Instant::now());
        let until = |time| Verdict::Until(Some(time));
        assert_eq!(silent.look(&options, QUIET, start, all).unwrap(), until(start + SECOND));
        let greeting = Turn { sent: 10, ..QUIET };
        assert!(silent.look(&options, greeting, start + SECOND / 2, all).is_ok());
        let over = judged(&mut silent, &options, QUIET, start + SECOND);
        assert_eq!(over, "the peer sent nothing for 1s");
        let mut patience = Patience::default();
        patience.look(&options, QUIET, start, all).unwrap();
        let byte = Turn { received: 1, ..QUIET };
        assert_eq!(
            patience.look(&options, byte, start + SECOND / 2, all).unwrap(),
            until(start + SECOND / 2 + 5 * SECOND)
        );
        let over = judged(&mut patience, &options, QUIET, start + SECOND / 2 + 5 * SECOND);
        assert_eq!(over, "the connection was idle for 5s");
    }

    #[test]
    fn what_comes_when_the_socket_is_tried_at_the_last_moment_counts() {
        let mut options = options();
        options.idle_timeout = Some(SECOND);
        let (mut patience, start) = (Patience::default(), Instant::now());
        patience.look(&options, QUIET, start, all).unwrap();
        let now = start + SECOND;
        assert_eq!(patience.look(&options, QUIET, now, all).unwrap(), Verdict::TryTheSocket);
        let byte = Turn { received: 1, ..QUIET };
        let until = patience.look(&options, byte, now, all).unwrap();
        assert_eq!(until, Verdict::Until(Some(now + SECOND)));
    }

    #[test]
    fn a_peer_that_this_side_does_not_read_is_not_called_silent() {
        let mut options = options();
        options.idle_timeout = Some(SECOND);
        let (mut patience, start) = (Patience::default(), Instant::now());
        patience.look(&options, Turn { received: 1, ..QUIET }, start, all).unwrap();
        let unread = Turn { reading: false, ..QUIET };
        let look = patience.look(&options, unread, start + 9 * SECOND, all).unwrap();
        assert_eq!(look, Verdict::Until(None));
        let now = start + 10 * SECOND;
        assert_eq!(patience.look(&options, QUIET, now, all).unwrap(), Verdict::Until(Some(now + SECOND)));
    }

    #[test]
    fn who_takes_slowly_what_is_sent_is_not_idle() {
        let mut options = options();
        options.idle_timeout = Some(3 * SECOND);
        let (mut patience, start) = (Patience::default(), Instant::now());
        patience.look(&options, Turn { received: 1, sent: 9, unsent: 9, ..QUIET }, start, some(0)).unwrap();
        for seconds in 1..20 {
            let turn = Turn { unsent: 9, ..QUIET };
            let look = patience.look(&options, turn, start + seconds * SECOND, some(u64::from(seconds)));
            assert!(look.is_ok_and(|verdict| verdict != Verdict::TryTheSocket));
        }
    }

    #[test]
    fn each_direction_and_the_whole_life_have_limits_of_their_own() {
        let start = Instant::now();
        let (received, sent) = (Turn { received: 1, ..QUIET }, Turn { sent: 1, ..QUIET });
        for (other, set, expected) in [
            (sent, 0, "the peer sent nothing more for 3s"),
            (received, 1, "nothing was sent to the peer for 3s"),
            (Turn { sent: 1, ..received }, 2, "the connection had existed for 3s"),
        ] {
            let mut options = options();
            let limits =
                [&mut options.receive_idle_timeout, &mut options.send_idle_timeout, &mut options.lifetime];
            *limits.into_iter().nth(set).unwrap() = Some(3 * SECOND);
            assert!(Patience::is_needed(&options, QUIET));
            let mut patience = Patience::default();
            for seconds in 0..3 {
                patience.look(&options, other, start + seconds * SECOND, all).unwrap();
            }
            assert_eq!(
                patience.look(&options, other, start + 3 * SECOND, all).unwrap(),
                Verdict::TryTheSocket
            );
            let over = patience.look(&options, other, start + 3 * SECOND, all).unwrap_err();
            assert_eq!(over.to_string(), expected);
        }
    }

    #[test]
    fn a_direction_in_which_something_goes_is_not_idle_and_nor_is_one_that_is_not_read() {
        let mut options = options();
        (options.receive_idle_timeout, options.send_idle_timeout) = (Some(2 * SECOND), Some(2 * SECOND));
        let (mut patience, start) = (Patience::default(), Instant::now());
        for seconds in 0..20 {
            let turn = Turn { received: 1, sent: 1, ..QUIET };
            patience.look(&options, turn, start + seconds * SECOND, all).unwrap();
        }
        for seconds in 20..40 {
            let turn = Turn { sent: 1, reading: false, ..QUIET };
            let look = patience.look(&options, turn, start + seconds * SECOND, all).unwrap();
            assert_ne!(look, Verdict::TryTheSocket);
        }
    }

    #[test]
    fn limits_longer_than_the_clock_can_tell_are_never_over() {
        let mut options = options();
        (options.write_stall_timeout, options.idle_timeout) = (Some(Duration::MAX), Some(Duration::MAX));
        options.linger = Duration::MAX;
        let now = Instant::now();
        for turn in [Turn { unsent: 1, ..QUIET }, Turn { lingering: true, ..QUIET }, QUIET] {
            let mut patience = Patience::default();
            patience.look(&options, turn, now, all).unwrap();
            let look = patience.look(&options, turn, now + 9 * SECOND, all).unwrap();
            assert_ne!(look, Verdict::TryTheSocket);
        }
    }
}
