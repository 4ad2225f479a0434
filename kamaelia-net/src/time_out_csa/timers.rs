//! A message after a while without any, and a message every so often.

use std::time::Duration;

use axon::chassis::announce;
use axon::{Component, Context, INBOX, Message, OUTBOX, Payload, Result, time_after};

/// Sends one message when nothing has come to `inbox` for so long, and ends.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | anything, to begin again |
/// | `control` | endings, see below |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | its message, once: the text `NEXT`, unless another is set |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// When it has sent its message it ends, *as in Kamaelia* without a word on `signal`. Both endings end it before,
/// and are passed on; there it does not read `control`.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use axon::pipeline;
/// use axon::util::{DataSink, Received};
/// use kamaelia_net::ResettableSender;
///
/// let received = Received::<&str>::new();
/// let mut scheduler = axon::Scheduler::builder().virtual_clock().build();
/// scheduler.activate(pipeline![
///     ResettableSender::new(Duration::from_secs(5)),
///     DataSink::new(&received),
/// ]);
/// # let start = scheduler.turn_clock(Duration::ZERO);
/// # let _ = start;
/// while scheduler.run_pass()? {}
/// scheduler.turn_clock(Duration::from_secs(5));
/// while scheduler.run_pass()? {}
/// assert_eq!(received.take(), ["NEXT"]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct ResettableSender {
    timeout: Duration,
    message: Message,
}

impl ResettableSender {
    /// One that sends after so long.
    pub fn new(timeout: Duration) -> Self {
        ResettableSender { timeout, message: Message::new("NEXT") }
    }

    /// Sends this in place of `NEXT`.
    pub fn message(mut self, message: impl Payload) -> Self {
        self.message = Message::new(message);
        self
    }
}

impl Component for ResettableSender {
    async fn main(&mut self, cx: &Context) -> Result {
        let mut end = time_after(cx.now(), self.timeout);
        loop {
            while cx.recv(INBOX).is_some() {
                end = time_after(cx.now(), self.timeout);
            }
            if let Some(notice) = cx.told_to_end() {
                announce(cx, notice).await;
                return Ok(());
            }
            if end <= cx.now() {
                let message = self.message.duplicate();
                return Ok(cx.send_when_room(OUTBOX, message).await?);
            }
            cx.pause_until(end).await;
        }
    }
}

/// Sends a message every so often.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | not used |
/// | `control` | endings, see below |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | its message: the text `tick`, unless another is set |
/// | `signal` | control messages |
///
/// A message for which there is no room is left out.
///
/// # Shutdown
///
/// Both endings end it at once, and are passed on; in Kamaelia only after the next message.
///
/// # Examples
///
/// ```no_run
/// use std::time::Duration;
///
/// use axon::prelude::*;
/// use kamaelia_net::PeriodicWakeup;
///
/// axon::run(pipeline![PeriodicWakeup::new(Duration::from_secs(1)), ConsoleEchoer::new()])?;
/// # Ok::<(), axon::RunError>(())
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct PeriodicWakeup {
    interval: Duration,
    message: Message,
}

impl PeriodicWakeup {
    /// One that sends at this interval, first after one. (In Kamaelia it is five minutes unless set.)
    ///
    /// # Panics
    ///
    /// If the interval is zero.
    #[track_caller]
    pub fn new(interval: Duration) -> Self {
        assert!(
            !interval.is_zero(),
            "PeriodicWakeup::new(0s): it would send without end; write at least 1 ns"
        );
        PeriodicWakeup { interval, message: Message::new("tick") }
    }

    /// Sends this in place of `tick`.
    pub fn message(mut self, message: impl Payload) -> Self {
        self.message = Message::new(message);
        self
    }
}

impl Component for PeriodicWakeup {
    async fn main(&mut self, cx: &Context) -> Result {
        let mut next = time_after(cx.now(), self.interval);
        loop {
            if let Some(notice) = cx.told_to_end() {
                announce(cx, notice).await;
                return Ok(());
            }
            if next <= cx.now() {
                if cx.has_room(OUTBOX) {
                    let _ = cx.send(OUTBOX, self.message.duplicate());
                }
                // One that was held up does not make up for what it missed.
                next = time_after(next, self.interval).max(cx.now());
            }
            cx.pause_until(next).await;
        }
    }
}
