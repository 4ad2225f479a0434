//! Time: the one place that reads a clock, and the timers that wait for it.
//!
//! *Differs from Kamaelia:* Axon has no timers; a component that waits for a time polls
//! `scheduler.time` in every turn, or sleeps in a thread (B37).

use std::cell::Cell;
use std::collections::{BTreeMap, HashSet};
use std::task::Waker;
use std::time::{Duration, Instant};
use std::{io, thread};

use crossbeam_channel::{RecvTimeoutError, Sender, unbounded};

/// A wait of at least this duration is treated as endless.
pub(in crate::kernel) const FOR_EVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// The time that is `duration` after `time`, for limits and deadlines that come from elsewhere.
///
/// A century or more counts as for ever. So `Duration::MAX` is a way to say that there is no limit, and nothing
/// overflows, whereas `time + duration` would panic. A component that waits until such a time has no timer, so that a
/// run in which all components sleep is reported as stuck.
///
/// # Examples
///
/// ```
/// use std::time::{Duration, Instant};
///
/// let now = Instant::now();
/// assert_eq!(axon::time_after(now, Duration::from_secs(5)), now + Duration::from_secs(5));
/// assert!(axon::time_after(now, Duration::MAX) > now + Duration::from_secs(1_000_000));
/// ```
#[must_use]
pub fn time_after(time: Instant, duration: Duration) -> Instant {
    // Twice as much, so that the time left still counts as for ever after a while.
    time + duration.min(2 * FOR_EVER)
}

/// The source of a scheduler's time.
pub(in crate::kernel) enum Clock {
    /// The machine's monotonic clock.
    Real,
    /// Stands still while any component can run, and jumps to the next timer when all sleep.
    Virtual(Cell<Instant>),
}

impl Clock {
    pub(in crate::kernel) fn standing_still() -> Self {
        Clock::Virtual(Cell::new(Instant::now()))
    }

    pub(in crate::kernel) fn now(&self) -> Instant {
        match self {
            Clock::Real => Instant::now(),
            Clock::Virtual(now) => now.get(),
        }
    }

    /// The time after `duration`, if this is the machine's clock.
    pub(in crate::kernel) fn real_time_in(&self, duration: Duration) -> Option<Instant> {
        match self {
            Clock::Real => Some(time_after(Instant::now(), duration)),
            Clock::Virtual(_) => None,
        }
    }

    /// Moves a virtual clock on to `time`; true if this is one.
    pub(in crate::kernel) fn jump_to(&self, time: Instant) -> bool {
        match self {
            Clock::Real => false,
            Clock::Virtual(now) => {
                now.set(now.get().max(time));
                true
            }
        }
    }

    /// Lets `duration` pass before the next pass: slow motion.
    pub(in crate::kernel) fn dawdle(&self, duration: Duration) {
        match self {
            Clock::Real => std::thread::sleep(duration),
            Clock::Virtual(now) => now.set(time_after(now.get(), duration)),
        }
    }
}

/// Measures how long a piece of work takes in real time, whatever the scheduler's clock.
pub(in crate::kernel) struct Stopwatch(Instant);

impl Stopwatch {
    pub(in crate::kernel) fn start() -> Self {
        Stopwatch(Instant::now())
    }

    pub(in crate::kernel) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// A thread that uses a waker at a given time, for a scheduler that is embedded in another loop.
pub(in crate::kernel) struct Alarm(Sender<(Instant, Waker)>);

impl Alarm {
    /// An alarm on a thread of its own.
    pub(in crate::kernel) fn new(thread: thread::Builder) -> io::Result<Self> {
        let (set, orders) = unbounded::<(Instant, Waker)>();
        thread.name("axon alarm".to_owned()).spawn(move || {
            let mut pending: Option<(Instant, Waker)> = None;
            loop {
                let order = match &pending {
                    None => orders.recv().map_err(|_| RecvTimeoutError::Disconnected),
                    Some((time, _)) => orders.recv_deadline(*time),
                };
                match order {
                    Ok(order) => pending = Some(order),
                    Err(RecvTimeoutError::Timeout) => {
                        if let Some((_, waker)) = pending.take() {
                            waker.wake();
                        }
                    }
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            }
        })?;
        Ok(Alarm(set))
    }

    /// Wakes `waker` at `time`, and forgets what was set before.
    pub(in crate::kernel) fn set(&self, time: Instant, waker: &Waker) {
        // The thread ends only with this sender.
        let _ = self.0.send((time, waker.clone()));
    }
}

/// One waiting timer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::kernel) struct TimerKey {
    at: Instant,
    /// Timers of the same time fire in the order in which they were set.
    serial: u64,
}

/// All waiting timers of a scheduler, with the place of the microprocess that each will wake.
#[derive(Default)]
pub(in crate::kernel) struct Timers {
    waiting: BTreeMap<TimerKey, u32>,
    serial: u64,
}

impl Timers {
    pub(in crate::kernel) fn set(&mut self, at: Instant, microprocess: u32) -> TimerKey {
        self.serial += 1;
        let key = TimerKey { at, serial: self.serial };
        self.waiting.insert(key, microprocess);
        key
    }

    /// Cancels a timer; nothing happens if it has fired.
    pub(in crate::kernel) fn cancel(&mut self, key: TimerKey) {
        self.waiting.remove(&key);
    }

    pub(in crate::kernel) fn is_waiting(&self, key: TimerKey) -> bool {
        self.waiting.contains_key(&key)
    }

    pub(in crate::kernel) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The microprocesses that the timers will wake.
    pub(in crate::kernel) fn whom(&self) -> HashSet<u32> {
        self.waiting.values().copied().collect()
    }

    /// When the next timer fires.
    pub(in crate::kernel) fn next(&self) -> Option<Instant> {
        self.waiting.first_key_value().map(|(key, _)| key.at)
    }

    /// Takes out one timer that is due.
    pub(in crate::kernel) fn fire(&mut self, now: Instant) -> Option<u32> {
        let first = self.waiting.first_entry()?;
        (first.key().at <= now).then(|| first.remove())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_for_which_there_is_no_thread_is_an_error_and_no_panic() {
        assert!(Alarm::new(thread::Builder::new().stack_size(usize::MAX / 2)).is_err());
    }

    #[test]
    fn timers_fire_in_the_order_of_their_times_and_then_of_their_setting() {
        let clock = Clock::standing_still();
        let now = clock.now();
        let mut timers = Timers::default();
        timers.set(now + Duration::from_secs(2), 1);
        let cancelled = timers.set(now + Duration::from_secs(1), 2);
        timers.set(now + Duration::from_secs(1), 3);
        timers.set(now + Duration::from_secs(1), 4);
        timers.cancel(cancelled);
        assert_eq!(timers.fire(clock.now()), None);
        assert!(clock.jump_to(timers.next().unwrap()));
        assert_eq!(timers.fire(clock.now()), Some(3));
        assert_eq!(timers.fire(clock.now()), Some(4));
        assert_eq!(timers.fire(clock.now()), None);
        assert!(clock.jump_to(timers.next().unwrap()));
        assert_eq!(timers.fire(clock.now()), Some(1));
        assert!(timers.is_empty());
    }
}
