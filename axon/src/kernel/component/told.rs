//! How a component is told to end: the loop until then, and which messages are passed on.
//!
//! *Differs from Kamaelia:* there each component reads `control` in its own way, and about a third do it wrong
//! (S25a).

use std::future::Future;
use std::pin::Pin;
use std::task::{Context as PollContext, Poll};

use super::context::Context;
use super::turn::Next;
use crate::kernel::boxes::{CONTROL, SIGNAL};
use crate::kernel::error::WrongTypeError;
use crate::kernel::message::{Ending, Message, Payload};
use crate::kernel::queue::Reasons;

impl Context {
    /// Waits for the next message of an inbox, or until this component is told to end: the loop of most
    /// components.
    ///
    /// `None` means that the component has been told to end and that the loop is over: immediately after
    /// `shutdownMicroprocess`, and after `producerFinished` when the inbox is empty. Any other control message is
    /// passed on to `signal`, as [`Context::told_to_end`] does.
    ///
    /// The notice stays in `control`. When `main` returns `Ok`, it is sent out of `signal`, as the last message of
    /// the component, so there is nothing more to do about it. A component that wants to send something else instead
    /// takes the notice with [`Context::told_to_end`], or sends an ending of its own out of `signal`, before it
    /// returns.
    ///
    /// # Errors
    ///
    /// If the payload is not a `T`; the message is inside the error.
    ///
    /// # Panics
    ///
    /// If the component has no such inbox, or no `control`.
    ///
    /// # Examples
    ///
    /// ```
    /// use axon::prelude::*;
    ///
    /// struct Double;
    /// impl Component for Double {
    ///     async fn main(&mut self, cx: &Context) -> axon::Result {
    ///         while let Some(number) = cx.next_or_end::<u64>("inbox").await? {
    ///             cx.send("outbox", 2 * number)?;
    ///         }
    ///         Ok(())
    ///     }
    /// }
    ///
    /// let doubled = Received::<u64>::new();
    /// axon::run(pipeline![DataSource::new([1u64, 2]), Double, DataSink::new(&doubled)])?;
    /// assert_eq!(doubled.take(), [2, 4]);
    /// # Ok::<(), axon::RunError>(())
    /// ```
    ///
    /// What is sent after the loop comes before the notice:
    ///
    /// ```
    /// # use axon::{Component, Context};
    /// struct Sum;
    /// impl Component for Sum {
    ///     async fn main(&mut self, cx: &Context) -> axon::Result {
    ///         let mut sum = 0;
    ///         while let Some(number) = cx.next_or_end::<u64>("inbox").await? {
    ///             sum += number;
    ///         }
    ///         Ok(cx.send("outbox", sum)?)
    ///     }
    /// }
    /// ```
    #[inline(always)]
    #[track_caller]
    pub fn next_or_end<T: Payload + Clone>(
        &self,
        inbox: &str,
    ) -> impl Future<Output = Result<Option<T>, WrongTypeError>> + use<'_, T> {
        NextOrEnd { next: Next::new(self, inbox), control: self.inbox(CONTROL) }
    }

    /// Waits for the next message of any of these inboxes, or until this component is told to end: the
    /// loop of a component with several inboxes. Returns the name of the inbox with the message. If
    /// several hold messages, the first in this order comes first.
    ///
    /// It ends as [`Context::next_or_end`] does: after `producerFinished` when all of them are empty.
    ///
    /// # Panics
    ///
    /// If the component lacks one of these inboxes, or `control`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use axon::{Boxes, Component, Context};
    /// /// Sends what it was last told, as often as it is asked to.
    /// struct Repeater;
    /// impl Component for Repeater {
    ///     fn boxes(&self) -> Boxes {
    ///         Boxes::standard().inbox("next", "asks for another")
    ///     }
    ///
    ///     async fn main(&mut self, cx: &Context) -> axon::Result {
    ///         let mut last = String::new();
    ///         while let Some((inbox, message)) = cx.next_of_or_end(&["inbox", "next"]).await {
    ///             match inbox {
    ///                 "inbox" => last = message.take().map_err(|_| "not a text")?,
    ///                 _ => cx.send("outbox", last.clone())?,
    ///             }
    ///         }
    ///         Ok(())
    ///     }
    /// }
    /// ```
    #[track_caller]
    pub fn next_of_or_end<'a>(
        &'a self,
        inboxes: &'a [&'a str],
    ) -> impl Future<Output = Option<(&'a str, Message)>> {
        for inbox in inboxes {
            self.inbox(inbox);
        }
        NextOfOrEnd { context: self, inboxes, control: self.inbox(CONTROL) }
    }
    /// Reads `control`: returns the first message that ends this component, and passes any other control message on
    /// to `signal`. A component calls it when its inboxes are empty, deals with what it still holds, sends the
    /// message out of `signal`, and ends.
    ///
    /// So `producerFinished` ends the component after it has read its inboxes, because it asks only then;
    /// `shutdownMicroprocess` ends it immediately, even if the other came first; and both are passed on.
    ///
    /// # Examples
    ///
    /// ```
    /// # use axon::{Component, Context};
    /// struct Double;
    /// impl Component for Double {
    ///     async fn main(&mut self, cx: &Context) -> axon::Result {
    ///         loop {
    ///             for number in cx.drain::<u64>("inbox") {
    ///                 cx.send("outbox", 2 * number?)?;
    ///             }
    ///             if let Some(notice) = cx.told_to_end() {
    ///                 cx.send("signal", notice)?;
    ///                 return Ok(());
    ///             }
    ///             cx.pause().await;
    ///         }
    ///     }
    /// }
    /// ```
    #[inline]
    #[must_use = "the ending is to be sent out of `signal`"]
    pub fn told_to_end(&self) -> Option<Message> {
        if self.data_ready(CONTROL) == 0 { None } else { self.read_control() }
    }

    fn read_control(&self) -> Option<Message> {
        // Only as many as are there now: a message that is passed on may come back.
        for _ in 0..self.data_ready(CONTROL) {
            if !self.can_pass_on() {
                return None;
            }
            let message = self.recv(CONTROL)?;
            match message.ending() {
                // If it was told twice, to stop immediately is what counts.
                Some(Ending::ProducerFinished) if self.is_told_to_stop() => continue,
                Some(_) => return Some(message),
                None => self.pass_on(message),
            }
        }
        None
    }

    /// How the messages in `control` end this component, if one of them does; that one stays there. Any other control
    /// message before it is passed on to `signal`.
    #[inline(always)]
    fn told_by(&self, control: u32) -> Option<Ending> {
        if self.system.waiting(control) == 0 { None } else { self.look_into(control) }
    }

    fn look_into(&self, control: u32) -> Option<Ending> {
        if self.is_told_to_stop() {
            return Some(Ending::ShutdownMicroprocess);
        }
        // Only as many as are there now: a message that is passed on may come back.
        for _ in 0..self.system.waiting(control) {
            if let Some(ending) = self.system.first_ending(control) {
                return Some(ending);
            }
            if !self.can_pass_on() {
                return None;
            }
            let message = self.recv(CONTROL)?;
            self.pass_on(message);
        }
        None
    }

    /// Waits for room in `signal`, if control messages that are to be passed on are left.
    #[inline(always)]
    fn await_room_to_pass_on(&self, control: u32) {
        if self.system.waiting(control) > 0 {
            self.system.wait_for(Reasons::ROOM);
        }
    }

    fn pass_on(&self, message: Message) {
        // A message that would come back here would go round for ever.
        if self.table.outboxes.find(SIGNAL).is_some() && !self.leads_to(SIGNAL, (self.me(), CONTROL)) {
            // There is room: it was checked before the message was taken.
            let _ = self.send(SIGNAL, message);
        }
    }

    fn can_pass_on(&self) -> bool {
        self.table.outboxes.find(SIGNAL).is_none() || self.has_room(SIGNAL)
    }

    /// Whether `control` holds a message to stop immediately. It stays there, for [`Context::told_to_end`]. For a
    /// component that waits for something else, or computes for long.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// // A long computation that gives the others their turns, and can be stopped.
    /// for number in 0..1_000_000u64 {
    ///     if cx.is_told_to_stop() {
    ///         break;
    ///     }
    ///     cx.send_when_room("outbox", number * number).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn is_told_to_stop(&self) -> bool {
        (self.table.inboxes.find(CONTROL))
            .is_some_and(|at| self.system.is_told_to_stop(self.first_inbox + at as u32))
    }
}

/// Waits for a message of one inbox, or until the component is told to end.
struct NextOrEnd<'a, T> {
    next: Next<'a, T>,
    control: u32,
}

impl<T: Payload + Clone> Future for NextOrEnd<'_, T> {
    type Output = Result<Option<T>, WrongTypeError>;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, poll: &mut PollContext<'_>) -> Poll<Self::Output> {
        let NextOrEnd { next: Next { context, inbox, .. }, control } = *self;
        let told = context.told_by(control);
        if told != Some(Ending::ShutdownMicroprocess) {
            if let Poll::Ready(message) = Pin::new(&mut self.next).poll(poll) {
                return Poll::Ready(message.map(Some));
            }
            // The future may give up its turn although a message waits.
            if told.is_none() || context.system.waiting(inbox) > 0 {
                context.await_room_to_pass_on(control);
                return Poll::Pending;
            }
        }
        context.system.loop_is_over(context.pid());
        Poll::Ready(Ok(None))
    }
}

/// Waits for a message of one of several inboxes, or until the component is told to end.
struct NextOfOrEnd<'a> {
    context: &'a Context,
    inboxes: &'a [&'a str],
    control: u32,
}

impl<'a> Future for NextOfOrEnd<'a> {
    type Output = Option<(&'a str, Message)>;

    fn poll(self: Pin<&mut Self>, _: &mut PollContext<'_>) -> Poll<Self::Output> {
        let NextOfOrEnd { context, inboxes, control } = *self;
        let told = context.told_by(control);
        if told != Some(Ending::ShutdownMicroprocess) {
            let next = inboxes.iter().find_map(|inbox| Some((*inbox, context.recv(inbox)?)));
            if next.is_some() {
                return Poll::Ready(next);
            }
            if told.is_none() {
                context.system.wait_for(Reasons::MESSAGE);
                context.await_room_to_pass_on(control);
                return Poll::Pending;
            }
        }
        context.system.loop_is_over(context.pid());
        Poll::Ready(None)
    }
}
