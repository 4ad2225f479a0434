//! Giving up control: until the next pass, until woken, for a time, until there is a message or room.
//!
//! Ported from `yield` and `pause` of Axon.
//!
//! *Differs from Kamaelia:* timers, and waiting for one box or for room, are additions; there everything is built
//! from `pause`.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context as PollContext, Poll};
use std::time::{Duration, Instant};

use super::context::Context;
use crate::kernel::error::WrongTypeError;
use crate::kernel::message::Payload;
use crate::kernel::outside::{FOR_EVER, TimerKey, time_after};
use crate::kernel::queue::Reasons;

impl Context {
    /// Gives the others a turn, and goes on in the next pass; or once woken, if [`Context::request_pause`] was called
    /// in this turn. Python's `yield 1`.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// for part in [1u64, 2, 3] {
    ///     cx.send("outbox", part)?;
    ///     cx.yield_now().await;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[inline(always)]
    pub fn yield_now(&self) -> impl Future<Output = ()> + '_ {
        GiveUp { context: self, until: || self.until_requested(), given: false }
    }

    /// Sleeps until woken: by a message, by the collection of one it sent, by room in a box that refused
    /// it, by a child's end, by [`Context::unpause`], by a waker. It may be woken with nothing to do.
    /// Python's `self.pause(); yield 1`.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// while !cx.is_any_ready() {
    ///     cx.pause().await;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[inline(always)]
    pub fn pause(&self) -> impl Future<Output = ()> + '_ {
        GiveUp { context: self, until: || Reasons::ANY, given: false }
    }

    /// Sleeps until something arrives: a message, room, a child's end, [`Context::unpause`], a waker. Unlike
    /// [`Context::pause`], it is not ended when a message of this component is collected, for which most components
    /// have no use.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// // Is not woken each time that its receiver collects a message.
    /// while cx.data_ready("inbox") == 0 {
    ///     cx.await_arrival().await;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[inline(always)]
    pub fn await_arrival(&self) -> impl Future<Output = ()> + '_ {
        GiveUp { context: self, until: || Reasons::ARRIVAL, given: false }
    }

    /// Asks to sleep from the end of this turn on, which runs on until its next `.await`. For components written as
    /// `main_body`, and for code that does something between Python's `pause` and `yield`.
    ///
    /// # Examples
    ///
    /// ```
    /// use axon::{Component, Context};
    ///
    /// struct Copy;
    /// impl Component for Copy {
    ///     fn main_body(&mut self, cx: &Context) -> axon::Result<bool> {
    ///         match cx.recv("inbox") {
    ///             Some(message) => cx.send("outbox", message)?,
    ///             None => cx.request_pause(),
    ///         }
    ///         Ok(cx.told_to_end().is_none())
    ///     }
    /// }
    /// ```
    #[doc(alias = "pause")]
    pub fn request_pause(&self) {
        self.system.wait_for(Reasons::PAUSE_REQUESTED);
    }

    /// Until when `yield_now` gives up control.
    #[inline(always)]
    fn until_requested(&self) -> Reasons {
        if self.system.wait.get().reasons().meets(Reasons::PAUSE_REQUESTED) {
            Reasons::ANY
        } else {
            Reasons::AT_ONCE
        }
    }

    /// Sleeps as [`Context::pause`] does, for at most `time`.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// // Something arrives within a second, or it goes on without.
    /// cx.pause_for(std::time::Duration::from_secs(1)).await;
    /// let answer = cx.recv("inbox");
    /// # Ok(())
    /// # }
    /// ```
    pub fn pause_for(&self, time: Duration) -> impl Future<Output = ()> + '_ {
        self.timed(time, Reasons::ANY)
    }

    /// Sleeps as [`Context::pause`] does, until `time` at the latest.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// let deadline = axon::time_after(cx.now(), std::time::Duration::from_secs(10));
    /// while cx.data_ready("inbox") == 0 && cx.now() < deadline {
    ///     cx.pause_until(deadline).await;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn pause_until(&self, time: Instant) {
        self.pause_for(time.saturating_duration_since(self.now())).await;
    }

    /// Sleeps for the whole of `time`; messages do not end it.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// loop {
    ///     cx.send("outbox", "tick")?;
    ///     cx.sleep(std::time::Duration::from_secs(1)).await;
    /// }
    /// # }
    /// ```
    pub fn sleep(&self, time: Duration) -> impl Future<Output = ()> + '_ {
        self.timed(time, Reasons::TIMER)
    }

    fn timed(&self, time: Duration, wakes_for: Reasons) -> Timed<'_> {
        Timed { context: self, time, wakes_for, timer: Timer::Unset }
    }

    /// Waits for the next message of an inbox. A component that always finds one gives the others a turn now and
    /// then: after 1024 in one step, and after a millisecond while steps are long.
    ///
    /// # Errors
    ///
    /// If its payload is not a `T`; the message is inside the error.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// let name = cx.next::<String>("inbox").await?;
    /// cx.send("outbox", format!("hello, {name}"))?;
    /// # Ok(())
    /// # }
    /// ```
    #[inline(always)]
    #[track_caller]
    pub fn next<T: Payload + Clone>(
        &self,
        inbox: &str,
    ) -> impl Future<Output = Result<T, WrongTypeError>> + use<'_, T> {
        Next::new(self, inbox)
    }
}

/// Gives up control once, until one of these reasons.
struct GiveUp<'a, F> {
    context: &'a Context,
    until: F,
    given: bool,
}

impl<F: Fn() -> Reasons + Unpin> Future for GiveUp<'_, F> {
    type Output = ();

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, _: &mut PollContext<'_>) -> Poll<()> {
        if self.given {
            return Poll::Ready(());
        }
        self.given = true;
        self.context.system.wait_for((self.until)());
        Poll::Pending
    }
}

/// A sleep with a timer.
struct Timed<'a> {
    context: &'a Context,
    time: Duration,
    /// What ends it beside the timer.
    wakes_for: Reasons,
    timer: Timer,
}

/// What a sleep waits for.
#[derive(Clone, Copy)]
enum Timer {
    /// Nothing yet: it has not begun.
    Unset,
    Set(TimerKey),
    /// No timer: it is for ever.
    None,
}

impl Future for Timed<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut PollContext<'_>) -> Poll<()> {
        let system = &self.context.system;
        match self.timer {
            Timer::Unset if self.time >= FOR_EVER => self.timer = Timer::None,
            Timer::Unset => {
                let at = time_after(system.clock.now(), self.time);
                let index = self.context.pid().index;
                self.timer = Timer::Set(system.with(|state| {
                    state.is_busy = true;
                    state.timers.set(at, index)
                }));
            }
            Timer::Set(_) | Timer::None if self.wakes_for == Reasons::ANY => return Poll::Ready(()),
            Timer::Set(timer) if !system.with(|state| state.timers.is_waiting(timer)) => {
                return Poll::Ready(());
            }
            Timer::Set(_) | Timer::None => {}
        }
        self.context.system.wait_for(self.wakes_for.and(Reasons::TIMER));
        Poll::Pending
    }
}

impl Drop for Timed<'_> {
    fn drop(&mut self) {
        if let Timer::Set(timer) = self.timer {
            self.context.system.with(|state| state.timers.cancel(timer));
        }
    }
}

/// Waits for a message of one inbox.
pub(super) struct Next<'a, T> {
    pub(super) context: &'a Context,
    pub(super) inbox: u32,
    of: PhantomData<fn() -> T>,
}

impl<'a, T> Next<'a, T> {
    #[inline(always)]
    #[track_caller]
    pub(super) fn new(context: &'a Context, inbox: &str) -> Self {
        Next { context, inbox: context.inbox(inbox), of: PhantomData }
    }
}

impl<T: Payload + Clone> Future for Next<'_, T> {
    type Output = Result<T, WrongTypeError>;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, _: &mut PollContext<'_>) -> Poll<Self::Output> {
        let system = &self.context.system;
        if !system.may_go_on() && system.waiting(self.inbox) > 0 {
            system.wait_for(Reasons::AT_ONCE);
            return Poll::Pending;
        }
        match self.context.collect_value(self.inbox) {
            Some(value) => {
                system.found();
                Poll::Ready(value)
            }
            None => {
                system.wait.set(system.wait.get().at(self.inbox));
                Poll::Pending
            }
        }
    }
}
