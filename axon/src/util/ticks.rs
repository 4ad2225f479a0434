//! A message every so often, or once after a while.
//!
//! Ported from `Kamaelia.Util.Clock`, `Kamaelia.Apps.SA.Time` and the `PeriodicWakeup` of
//! `Kamaelia.Internet.TimeOutCSA` and `Kamaelia.Apps.Grey`.
//!
//! *Differs from Kamaelia:* timers of the scheduler instead of a thread for each clock. The moments are computed from
//! the beginning, so that the clocks do not drift; there only `PeriodicTick` does so. All end as soon as they are
//! told to.

use std::time::{Duration, Instant};

use crate::chassis::{announce, producer_finished};
use crate::{CONTROL, Component, Context, Message, OUTBOX, Payload, Result, time_after};

/// Sends `true` at once, and then every so often: for a component that sleeps in between.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | not used |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | `true` |
/// | `signal` | control messages |
///
/// A message for which there is no room is left out, and so is one whose moment was missed.
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends. There, nothing ends it.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use axon::testing::Bench;
/// use axon::util::CheapAndCheerfulClock;
///
/// let mut bench = Bench::new(CheapAndCheerfulClock::new(Duration::from_secs(3)));
/// bench.turn_clock(Duration::from_secs(7));
/// assert_eq!(bench.take::<bool>("outbox"), [true, true, true]);
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct CheapAndCheerfulClock {
    interval: Duration,
}

impl CheapAndCheerfulClock {
    /// Sends at this interval.
    ///
    /// # Panics
    ///
    /// If the interval is zero.
    #[track_caller]
    pub fn new(interval: Duration) -> Self {
        CheapAndCheerfulClock { interval: checked(interval) }
    }
}

impl Component for CheapAndCheerfulClock {
    async fn main(&mut self, cx: &Context) -> Result {
        tick(cx, cx.now(), self.interval, &mut Message::new(true), Context::told_to_end).await
    }
}

/// Sends a message every so often, the first after one interval.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | not used |
/// | `control` | any message, to end it |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | its message: `true`, unless another is set |
/// | `signal` | the message that ended it |
///
/// A message for which there is no room is left out, and so is one whose moment was missed. There, those that were
/// missed are all sent at once.
///
/// # Shutdown
///
/// *As in Kamaelia*, any message in `control` ends it, and is passed on.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use axon::testing::Bench;
/// use axon::util::PeriodicTick;
///
/// let mut bench = Bench::new(PeriodicTick::new(Duration::from_millis(300)).message("Hello\n"));
/// bench.turn_clock(Duration::from_secs(1));
/// assert_eq!(bench.take::<&str>("outbox"), ["Hello\n", "Hello\n", "Hello\n"]);
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct PeriodicTick {
    delay: Duration,
    message: Message,
}

impl PeriodicTick {
    /// Sends at this interval.
    ///
    /// # Panics
    ///
    /// If the interval is zero.
    #[doc(alias = "check_interval")]
    #[track_caller]
    pub fn new(delay: Duration) -> Self {
        PeriodicTick { delay: checked(delay), message: Message::new(true) }
    }

    /// Sends this in place of `true`.
    #[doc(alias = "tick_mesg")]
    pub fn message(mut self, message: impl Payload) -> Self {
        self.message = Message::new(message);
        self
    }
}

impl Component for PeriodicTick {
    async fn main(&mut self, cx: &Context) -> Result {
        let first = time_after(cx.now(), self.delay);
        tick(cx, first, self.delay, &mut self.message, |cx| cx.recv(CONTROL)).await
    }
}

/// Sends a message every so often, the first after one interval.
///
/// As [`PeriodicTick`], but it follows the general rule of shutdown.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | not used |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | its message: the text `tick`, unless another is set |
/// | `signal` | control messages |
///
/// A message for which there is no room is left out, and so is one whose moment was missed.
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends; in Kamaelia only after the next message.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use axon::testing::Bench;
/// use axon::util::PeriodicWakeup;
///
/// let mut bench = Bench::new(PeriodicWakeup::new(Duration::from_secs(300)));
/// bench.turn_clock(Duration::from_secs(700));
/// assert_eq!(bench.take::<&str>("outbox"), ["tick", "tick"]);
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct PeriodicWakeup {
    interval: Duration,
    message: Message,
}

impl PeriodicWakeup {
    /// Sends at this interval. (In Kamaelia it is five minutes unless set.)
    ///
    /// # Panics
    ///
    /// If the interval is zero.
    #[track_caller]
    pub fn new(interval: Duration) -> Self {
        PeriodicWakeup { interval: checked(interval), message: Message::new("tick") }
    }

    /// Sends this in place of `tick`.
    pub fn message(mut self, message: impl Payload) -> Self {
        self.message = Message::new(message);
        self
    }
}

impl Component for PeriodicWakeup {
    async fn main(&mut self, cx: &Context) -> Result {
        let first = time_after(cx.now(), self.interval);
        tick(cx, first, self.interval, &mut self.message, Context::told_to_end).await
    }
}

/// Sends one message after a while, and ends.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | not used |
/// | `control` | any message, to end it |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | its message, once: `true`, unless another is set |
/// | `signal` | an ending, or the message that ended it |
///
/// # Shutdown
///
/// After its message it ends by itself with `ProducerFinished`. *As in Kamaelia*, any message in `control` ends it
/// before, and is passed on; then nothing is sent.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use axon::testing::Bench;
/// use axon::util::SingleTick;
///
/// let mut bench = Bench::new(SingleTick::new(Duration::from_secs(5)).message("time is up"));
/// bench.turn_clock(Duration::from_secs(4));
/// bench.expect_running();
/// bench.turn_clock(Duration::from_secs(1));
/// bench.expect_end();
/// assert_eq!(bench.take::<&str>("outbox"), ["time is up"]);
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct SingleTick {
    delay: Duration,
    message: Message,
}

impl SingleTick {
    /// Sends after so long.
    pub fn new(delay: Duration) -> Self {
        SingleTick { delay, message: Message::new(true) }
    }

    /// Sends this in place of `true`.
    #[doc(alias = "tick_mesg")]
    pub fn message(mut self, message: impl Payload) -> Self {
        self.message = Message::new(message);
        self
    }
}

impl Component for SingleTick {
    async fn main(&mut self, cx: &Context) -> Result {
        let end = time_after(cx.now(), self.delay);
        let last = loop {
            if let Some(told) = cx.recv(CONTROL) {
                break told;
            }
            if end <= cx.now() {
                cx.send_when_room(OUTBOX, self.message.duplicate()).await?;
                break Message::new(producer_finished(cx));
            }
            cx.pause_until(end).await;
        };
        announce(cx, last).await;
        Ok(())
    }
}

#[track_caller]
fn checked(interval: Duration) -> Duration {
    assert!(
        !interval.is_zero(),
        "a clock with an interval of 0s would send without end; write at least 1 ns"
    );
    interval
}

/// Sends a message at each moment, until `told` returns what it was told.
async fn tick(
    cx: &Context,
    mut next: Instant,
    interval: Duration,
    message: &mut Message,
    told: fn(&Context) -> Option<Message>,
) -> Result {
    loop {
        if let Some(notice) = told(cx) {
            announce(cx, notice).await;
            return Ok(());
        }
        if next <= cx.now() {
            if cx.has_room(OUTBOX) || !cx.is_heard(OUTBOX) {
                cx.send_when_room(OUTBOX, message.duplicate()).await?;
            }
            next = following(next, interval, cx.now());
        }
        cx.pause_until(next).await;
    }
}

/// The first moment after `now` of those that lie a whole number of intervals after `moment`, which is past.
fn following(moment: Instant, interval: Duration, now: Instant) -> Instant {
    let late = now.saturating_duration_since(moment).as_nanos() % interval.as_nanos();
    // Less than the interval, which fits.
    let late = Duration::new((late / 1_000_000_000) as u64, (late % 1_000_000_000) as u32);
    time_after(now, interval - late)
}
