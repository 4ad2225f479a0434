//! Sending when there is room, and whether there is a receiver.
//!
//! *Differs from Kamaelia:* there a component tries again and again, and never learns that its receiver has ended.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context as PollContext, Poll};

use super::context::Context;
use crate::kernel::error::{NotSentError, NotSentErrorKind};
use crate::kernel::message::{Message, Payload};
use crate::kernel::queue::Reasons;
use crate::kernel::system::Refusal;

impl Context {
    /// Sends a payload, and waits for room if the box that it leads to is full. A component that always finds room,
    /// or is not linked, gives the others a turn now and then, as with [`Context::next`].
    ///
    /// # Errors
    ///
    /// If the component was told to stop immediately while it waited; the notice is still in `control`, where
    /// [`Context::told_to_end`] finds it. And if the receiver has ended, before this component waited or while it
    /// did. The message is inside the error.
    ///
    /// A `main` that returns the error with `?` ends quietly: see [`NotSentError`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use axon::{Component, Context, ProducerFinished};
    /// /// Like `yes`: repeats itself until it is told to stop, or its receiver has ended.
    /// struct Yes;
    /// impl Component for Yes {
    ///     async fn main(&mut self, cx: &Context) -> axon::Result {
    ///         loop {
    ///             cx.send_when_room("outbox", "y\n").await?;
    ///             cx.yield_now().await;
    ///         }
    ///     }
    /// }
    /// ```
    #[track_caller]
    pub fn send_when_room<'a, P: Payload>(
        &'a self,
        outbox: &'a str,
        payload: P,
    ) -> impl Future<Output = Result<(), NotSentError>> + use<'a, P> {
        // Checked here, and not when it is first polled, so that a panic names the caller's line.
        self.outbox(outbox);
        SendWhenRoom { context: self, outbox, message: Some(Message::new(payload)) }
    }

    /// Whether an outbox would take a message now. If not, this component will be woken when it would.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// // Makes something only when there is room for it.
    /// if cx.has_room("outbox") {
    ///     cx.send("outbox", std::fs::read_to_string("page.html")?)?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn has_room(&self, outbox: &str) -> bool {
        self.system.has_room(self.pid(), self.outbox(outbox))
    }

    /// Whether anybody may still read what is sent out of an outbox: false once the receiver has ended. An outbox
    /// that is not linked counts as heard, since it may be linked yet.
    ///
    /// # Examples
    ///
    /// ```
    /// # use axon::{Component, Context, ProducerFinished};
    /// /// Counts, as long as there is a receiver.
    /// struct Counter;
    /// impl Component for Counter {
    ///     async fn main(&mut self, cx: &Context) -> axon::Result {
    ///         let mut number = 0u64;
    ///         while cx.is_heard("outbox") && cx.told_to_end().is_none() {
    ///             cx.send("outbox", number)?;
    ///             number += 1;
    ///             cx.yield_now().await;
    ///         }
    ///         cx.send("signal", ProducerFinished::new())?;
    ///         Ok(())
    ///     }
    /// }
    /// ```
    #[track_caller]
    #[must_use]
    pub fn is_heard(&self, outbox: &str) -> bool {
        self.unheard_at(outbox).is_none()
    }

    /// From now on this component is woken when one that it sends to ends, so that it can ask [`Context::is_heard`]
    /// immediately instead of when it sends next. For a component that may wait long before it sends, for example for
    /// a line from the console.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// cx.wake_when_unheard();
    /// while cx.is_heard("outbox") && cx.data_ready("inbox") == 0 {
    ///     cx.pause().await;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn wake_when_unheard(&self) {
        self.system.with(|state| state.watch_receivers(self.pid()));
    }

    /// Where an outbox leads, if the component there has ended.
    pub(in crate::kernel) fn unheard(&self, outbox: &str) -> Option<String> {
        self.unheard_at(outbox).map(|inbox| self.system.destination(inbox))
    }

    #[track_caller]
    fn unheard_at(&self, outbox: &str) -> Option<u32> {
        self.system.unheard_at(self.outbox(outbox))
    }

    #[cold]
    fn not_sent(&self, kind: NotSentErrorKind, outbox: &str, refusal: Refusal) -> NotSentError {
        let destination = self.system.destination(refusal.inbox);
        let sender = self.system.with(|state| state.title(self.pid().index));
        NotSentError::new(kind, format!("{sender}.{outbox}"), destination, refusal.message)
    }
}

/// Sends a message once there is room.
///
/// Not an `async fn`: it is part of every component that sends this way, and would be more than twice as large.
struct SendWhenRoom<'a> {
    context: &'a Context,
    outbox: &'a str,
    /// Until it is sent.
    message: Option<Message>,
}

impl Future for SendWhenRoom<'_> {
    type Output = Result<(), NotSentError>;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, _: &mut PollContext<'_>) -> Poll<Self::Output> {
        let system = &self.context.system;
        if !system.may_go_on() {
            system.wait_for(Reasons::AT_ONCE);
            return Poll::Pending;
        }
        system.found();
        let message = self.message.take().expect("a future that is ready is not polled again");
        // Checked first, since a soft limit would not refuse the message.
        let sent = if self.context.has_room(self.outbox) {
            self.context.try_send(self.outbox, message)
        } else {
            Err(self.context.system.refuse(self.context.pid(), self.context.outbox(self.outbox), message))
        };
        let Err(refusal) = sent else { return Poll::Ready(Ok(())) };
        if refusal.is_unheard {
            return Poll::Ready(Err(self.context.not_sent(
                NotSentErrorKind::ReceiverEnded,
                self.outbox,
                *refusal,
            )));
        }
        if self.context.is_told_to_stop() {
            return Poll::Ready(Err(self.context.not_sent(
                NotSentErrorKind::ToldToStop,
                self.outbox,
                *refusal,
            )));
        }
        self.message = Some(refusal.message);
        self.context.system.wait_for(Reasons::ROOM.and(Reasons::MESSAGE));
        Poll::Pending
    }
}
