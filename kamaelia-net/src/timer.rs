//! A timer that stays while a component sleeps and wakes for other reasons.

use std::pin::Pin;
use std::task::{Context as PollContext, Waker};
use std::time::Instant;

use axon::Context;

type Sleep<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// A timer that wakes the component although it does not await it: it stays from one turn to the next, since
/// a limit mostly moves on and seldom ends.
#[derive(Default)]
pub(crate) struct Timer<'a>(Option<(Instant, Sleep<'a>)>);

impl<'a> Timer<'a> {
    /// Wakes the component at `time`, or earlier.
    pub(crate) fn set(&mut self, cx: &'a Context, now: Instant, time: Instant) {
        if !self.0.as_ref().is_some_and(|(set, _)| now < *set && *set <= time) {
            let mut sleep = Box::pin(cx.sleep(time.saturating_duration_since(now)));
            // It counts from when it is polled first, and needs no waker.
            let _ = sleep.as_mut().poll(&mut PollContext::from_waker(Waker::noop()));
            self.0 = Some((time, sleep));
        }
    }

    pub(crate) fn clear(&mut self) {
        self.0 = None;
    }

    /// Sleeps until the component is woken, at `time` at the latest, if there is one.
    pub(crate) async fn pause_until(&mut self, cx: &'a Context, time: Option<Instant>) {
        match time {
            Some(time) => self.set(cx, cx.now(), time),
            None => self.clear(),
        }
        cx.pause().await;
    }
}
