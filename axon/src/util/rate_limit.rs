//! Limits how many messages a second pass, after a buffer has filled.
//!
//! Ported from `MessageRateLimit` of `Kamaelia.Util.RateFilter`.
//!
//! *Differs from Kamaelia:* the rate is the one that is asked for; there it is about a tenth more. It sleeps between
//! two messages. `ProducerFinished` while the buffer fills sends what it holds; there it is lost.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::chassis::{Told, announce};
use crate::{Component, Context, INBOX, Message, OUTBOX, Result, time_after};

use super::requests::seconds;

/// The buffer of Kamaelia's default.
const BUFFER: usize = 60;

/// How late a message may be for the next ones to make up for it.
const CATCHES_UP: Duration = Duration::from_millis(100);

/// Sends on what it receives, at most so many messages a second.
///
/// At first it fills a buffer, of 60 messages unless you say otherwise. Then it sends at the rate as long as there
/// are messages, and as they come when there are too few. It takes no more than the buffer holds, so that a sender
/// that is faster is held up.
///
/// The moments are computed from the first message, so that no error adds up, however long it runs. When it was held
/// up for less than a tenth of a second, it makes up for that. After a longer time, or when it had nothing to send,
/// it begins anew.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | anything |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the same, at the rate |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished`: it sends all that it has at the rate, passes that message on and ends.
/// `ShutdownMicroprocess`: passes it on and ends immediately.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use axon::testing::Bench;
/// use axon::util::MessageRateLimit;
///
/// let mut bench = Bench::new(MessageRateLimit::new(2.0).buffer(3));
/// bench.put("inbox", 1);
/// bench.put("inbox", 2);
/// bench.turn_clock(Duration::from_secs(5));
/// assert!(bench.take::<i32>("outbox").is_empty());
/// bench.put("inbox", 3);
/// bench.turn_clock(Duration::from_millis(500));
/// assert_eq!(bench.take::<i32>("outbox"), [1, 2]);
/// ```
///
/// The inbox can be limited too, as every inbox; with the `hardlimit` of Kamaelia:
///
/// ```
/// use axon::prelude::*;
/// use axon::util::MessageRateLimit;
///
/// let limit = MessageRateLimit::new(25.0).inbox_size("inbox", 50);
/// # let _ = limit;
/// ```
#[doc(alias = "hardlimit")]
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct MessageRateLimit {
    per_second: f64,
    buffer: usize,
}

impl MessageRateLimit {
    /// At most so many messages a second.
    ///
    /// # Panics
    ///
    /// If it is not greater than zero.
    #[doc(alias = "messages_per_second")]
    #[track_caller]
    pub fn new(messages_per_second: f64) -> Self {
        assert!(
            messages_per_second.is_finite() && messages_per_second > 0.0,
            "a limit of {messages_per_second} messages a second; write a number greater than 0"
        );
        MessageRateLimit { per_second: messages_per_second, buffer: BUFFER }
    }

    /// How many messages must have come before the first is sent; zero or one for no buffer.
    pub fn buffer(mut self, messages: usize) -> Self {
        self.buffer = messages;
        self
    }
}

impl Component for MessageRateLimit {
    async fn main(&mut self, cx: &Context) -> Result {
        let most = self.buffer.max(1);
        let mut held = VecDeque::<Message>::new();
        let mut pace = Pace { per_second: self.per_second, since: None, sent: 0, last: cx.now() };
        let mut told = Told::default();
        let mut is_finishing = false;
        let mut is_filling = true;
        let mut was_idle = true;
        loop {
            while held.len() < most
                && let Some(message) = cx.recv(INBOX)
            {
                held.push_back(message);
            }
            while let Some(mut notice) = cx.told_to_end() {
                told.note(&mut notice);
                is_finishing = true;
            }
            is_filling &= held.len() < most && !is_finishing;
            if told.to_stop() || (is_finishing && held.is_empty() && cx.data_ready(INBOX) == 0) {
                announce(cx, told.or_producer_finished(cx)).await;
                return Ok(());
            }
            if is_filling || held.is_empty() {
                was_idle = true;
                cx.pause().await;
                continue;
            }
            let due = pace.due(cx.now(), std::mem::take(&mut was_idle));
            if due > cx.now() {
                cx.pause_until(due).await;
            } else if let Some(message) = held.pop_front() {
                cx.send_when_room(OUTBOX, message).await?;
                pace.has_sent(cx.now());
            }
        }
    }
}

/// When the next message may go.
struct Pace {
    per_second: f64,
    /// When the first of this series may go; `None` before the first of all.
    since: Option<Instant>,
    /// How many of this series have gone.
    sent: u64,
    /// When the last one went.
    last: Instant,
}

impl Pace {
    /// When the next message may go. A series that is over begins anew, an interval after the last message.
    fn due(&mut self, now: Instant, was_idle: bool) -> Instant {
        let interval = seconds(1.0 / self.per_second);
        let allowance = if was_idle { Duration::ZERO } else { CATCHES_UP.max(interval) };
        let begin = match self.since {
            None => now,
            Some(since) => {
                let next = time_after(since, seconds(self.sent as f64 / self.per_second));
                if now <= time_after(next, allowance) {
                    return next;
                }
                now.max(time_after(self.last, interval))
            }
        };
        (self.since, self.sent) = (Some(begin), 0);
        begin
    }

    fn has_sent(&mut self, now: Instant) {
        self.sent += 1;
        self.last = now;
    }
}
