//! How the thread of a component is told to end: the loop until then, and what is passed on.

use std::sync::atomic::Ordering;

use super::thread_context::{Outcome, ThreadContext, stops_at_once};
use crate::kernel::boxes::{CONTROL, SIGNAL};
use crate::kernel::error::WrongTypeError;
use crate::kernel::message::{Ending, Message, Payload, ShutdownMicroprocess};

impl ThreadContext {
    /// Reads `control`: returns the first message that ends this component, and passes any other control message on
    /// to `signal`, as [`Context::told_to_end`](crate::Context::told_to_end) does.
    ///
    /// "No more will come" is held back while messages that came before it have not been collected: if any wait, the
    /// next pause ends immediately. A thread that does not collect them is told the next time.
    pub fn told_to_end(&self) -> Option<Message> {
        loop {
            let first = |message: Option<&Message>| message.map(Message::ending);
            match self.exchange.look(|state| first(state.messages_in(CONTROL).next())) {
                None if self.is_over() => return Some(Message::new(ShutdownMicroprocess::new())),
                None => return None,
                Some(Some(Ending::ProducerFinished)) if !self.exchange.may_end(CONTROL) => return None,
                Some(Some(_)) => return self.recv(CONTROL),
                Some(None) => self.pass_on_first()?,
            }
        }
    }

    /// Waits for the next message of an inbox, or until this component is told to end: the loop of most
    /// components, as [`Context::next_or_end`](crate::Context::next_or_end).
    ///
    /// `None` means that the component has been told to end, or has ended, and that the loop is over. When
    /// `main` returns `Ok`, the notice is sent out of `signal`, as the last thing.
    ///
    /// # Errors
    ///
    /// If the payload is not a `T`; the message is inside the error.
    ///
    /// # Examples
    ///
    /// ```
    /// use axon::prelude::*;
    ///
    /// struct Double;
    /// impl ThreadedComponent for Double {
    ///     fn main(&mut self, cx: &ThreadContext) -> axon::Result {
    ///         while let Some(number) = cx.next_or_end::<u64>("inbox")? {
    ///             cx.send("outbox", 2 * number)?;
    ///         }
    ///         Ok(())
    ///     }
    /// }
    ///
    /// let doubled = Received::<u64>::new();
    /// axon::run(pipeline![DataSource::new([1u64, 2]), Threaded::new(Double), DataSink::new(&doubled)])?;
    /// assert_eq!(doubled.take(), [2, 4]);
    /// # Ok::<(), axon::RunError>(())
    /// ```
    #[track_caller]
    pub fn next_or_end<T: Payload + Clone>(
        &self,
        inbox: &str,
    ) -> std::result::Result<Option<T>, WrongTypeError> {
        self.data_ready(CONTROL);
        loop {
            let told = self.told();
            if told != Some(Ending::ShutdownMicroprocess) {
                if let Some(message) = self.recv(inbox) {
                    return self.typed(inbox, message).map(Some);
                }
                if told.is_none() {
                    self.pause();
                    continue;
                }
            }
            self.passes_on.store(true, Ordering::Relaxed);
            return Ok(None);
        }
    }

    /// How the messages in `control` end this component, if one of them does and nothing that came before it is on
    /// its way; that one stays there. Any other control message before it is passed on.
    fn told(&self) -> Option<Ending> {
        loop {
            if self.is_over() || self.exchange.look(|state| state.messages_in(CONTROL).any(stops_at_once)) {
                return Some(Ending::ShutdownMicroprocess);
            }
            match self.exchange.look(|state| state.messages_in(CONTROL).next().map(Message::ending)) {
                None => return None,
                Some(Some(ending)) => return self.exchange.may_end(CONTROL).then_some(ending),
                Some(None) => self.pass_on_first()?,
            }
        }
    }

    /// Passes the first message of `control` on, if there is room; `None` if there is not.
    fn pass_on_first(&self) -> Option<()> {
        let has_signal = self.exchange.has_room(SIGNAL);
        if matches!(has_signal, Ok(false)) && !self.is_over() {
            return None;
        }
        let message = self.recv(CONTROL)?;
        if has_signal.is_ok() {
            // There is room: it was checked before the message was taken.
            let _ = self.send(SIGNAL, message);
        }
        Some(())
    }

    /// The thread's `main` has ended. Passes on what ended its loop, if it has returned in order and has
    /// sent nothing out of `signal` since.
    pub(super) fn finish(&self, outcome: Outcome) -> std::result::Result<(), Outcome> {
        if matches!(outcome, Ok(Ok(()))) && self.passes_on.load(Ordering::Relaxed) {
            let stops = self.exchange.look(|state| state.messages_in(CONTROL).any(stops_at_once));
            while let Some(message) = self.recv(CONTROL) {
                let ending = message.ending();
                // If it was told twice, to stop immediately is what counts.
                if stops && ending == Some(Ending::ProducerFinished) {
                    continue;
                }
                if self.exchange.has_room(SIGNAL).is_ok() {
                    // Fails if nobody is there to receive it, which is no error here.
                    let _ = self.send_within(SIGNAL, message, None);
                }
                if ending.is_some() {
                    break;
                }
            }
        }
        self.exchange.finish(outcome)
    }
}
