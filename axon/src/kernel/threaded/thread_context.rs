//! What the thread of a component may do: the verbs of a component, each of which may block.
//!
//! Ported from the methods of `Axon.ThreadedComponent.threadedcomponent`.
//!
//! *Differs from Kamaelia:* an error says why a message was not taken: the queue is full, or the component has ended.
//! There a thread whose component is gone never learns of it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::exchange::{Exchange, Refused, Unknown};
use crate::kernel::boxes::{CONTROL, SIGNAL};
use crate::kernel::component::Context;
use crate::kernel::error::{
    Error, NotSentError, NotSentErrorKind, Result, SendError, UnknownBoxError, Way, WrongTypeError,
};
use crate::kernel::id::{ComponentRef, Outside, Pid};
use crate::kernel::message::{Ending, Message, Payload};
use crate::kernel::outside::Stopwatch;
use crate::kernel::side::Side;

/// Something that the scheduler's thread is to do.
pub(super) type Request = Box<dyn FnOnce(&Context) + Send>;

/// How the `main` of a thread ended: with a result, or with a panic.
pub(super) type Outcome = std::thread::Result<Result>;

/// What the two halves of a component share.
pub(super) type Shared = Exchange<Message, Request, Outcome>;

/// What a thread is refused by.
const QUEUE: &str = "the queue between its thread and the scheduler";

type State = super::exchange::State<Message, Request, Outcome>;

/// Everything that a component may do from a thread of its own, handed to its
/// [`main`](crate::ThreadedComponent::main).
///
/// Between the thread and each box is a queue, which the scheduler fills and empties. So a message that
/// was sent is on its way, not yet at its destination: see [`ThreadContext::sync`].
///
/// # When the component has ended
///
/// It ends before its thread if it is stopped, or the run is over. Then nothing blocks any more:
/// [`told_to_end`](ThreadContext::told_to_end) returns a [`ShutdownMicroprocess`](crate::ShutdownMicroprocess), and
/// what needs the scheduler returns an error.
///
/// # Panics
///
/// A box name that the component does not have is a mistake in the program, as with [`Context`].
pub struct ThreadContext {
    pub(super) exchange: Arc<Shared>,
    me: ComponentRef,
    /// What is in `control` has ended the loop of its `main`, and is to be passed on.
    pub(super) passes_on: AtomicBool,
    /// Dropped last.
    _final_wake: FinalWake,
}

/// Wakes the component once more when the rest of the thread's half is gone: only then can a scheduler in which all
/// components sleep be sure that nothing outside will wake it.
struct FinalWake {
    outside: Arc<dyn Outside>,
    pid: Pid,
}

impl Drop for FinalWake {
    fn drop(&mut self) {
        self.outside.wake(self.pid);
    }
}

impl ThreadContext {
    pub(super) fn new(exchange: Arc<Shared>, me: ComponentRef) -> Self {
        let final_wake = FinalWake { outside: Arc::clone(&me.0.outside), pid: me.0.pid };
        ThreadContext { exchange, me, passes_on: AtomicBool::new(false), _final_wake: final_wake }
    }

    /// The component itself.
    pub fn me(&self) -> &ComponentRef {
        &self.me
    }

    /// The component's name: its type and number, as in `Echo_7`.
    pub fn name(&self) -> String {
        self.me.name()
    }

    /// Whether the component has ended, or its run: nobody moves messages any more.
    pub fn is_over(&self) -> bool {
        self.exchange.look(|state| state.is_shut())
    }

    /// How many messages of an inbox have reached the thread.
    #[doc(alias = "dataReady")]
    #[track_caller]
    pub fn data_ready(&self, inbox: &str) -> usize {
        match self.exchange.waiting_in(inbox) {
            Ok(waiting) => waiting,
            Err(Unknown) => self.no_such_box(Side::Inbox, inbox),
        }
    }

    /// The name of an inbox of which messages have reached the thread; `control` only if there is no
    /// other.
    #[doc(alias = "anyReady")]
    pub fn any_ready(&self) -> Option<String> {
        self.exchange.any_ready().map(|name| String::from(&*name))
    }

    /// The oldest message of an inbox that has reached the thread.
    #[track_caller]
    pub fn recv(&self, inbox: &str) -> Option<Message> {
        match self.exchange.take_in(inbox) {
            Ok(message) => message,
            Err(Unknown) => self.no_such_box(Side::Inbox, inbox),
        }
    }

    /// The oldest message of an inbox, as a `T`.
    ///
    /// # Errors
    ///
    /// If its payload is of another type; the message is inside the error.
    #[track_caller]
    pub fn recv_as<T: Payload + Clone>(&self, inbox: &str) -> std::result::Result<Option<T>, WrongTypeError> {
        let message = self.recv(inbox);
        message.map(|message| self.typed(inbox, message)).transpose()
    }

    pub(super) fn typed<T: Payload + Clone>(
        &self,
        inbox: &str,
        message: Message,
    ) -> std::result::Result<T, WrongTypeError> {
        let expected = std::any::type_name::<T>();
        message
            .into_value()
            .map_err(|message| WrongTypeError::new(format!("{}.{inbox}", self.me), expected, message))
    }

    /// Collects the messages of an inbox one by one, including those that arrive meanwhile.
    #[doc(alias = "Inbox")]
    #[track_caller]
    pub fn drain<T: Payload + Clone>(
        &self,
        inbox: &str,
    ) -> impl Iterator<Item = std::result::Result<T, WrongTypeError>> {
        self.data_ready(inbox);
        std::iter::from_fn(move || self.recv_as(inbox).transpose())
    }

    /// Waits for the next message of an inbox.
    ///
    /// # Errors
    ///
    /// If its payload is not a `T` ([`WrongTypeError`], with the message), or the component has ended ([`StoppedError`]).
    #[track_caller]
    pub fn next<T: Payload + Clone>(&self, inbox: &str) -> Result<T> {
        let message = self.recv_within(inbox, None).ok_or_else(|| self.stopped())?;
        Ok(self.typed(inbox, message)?)
    }

    /// The oldest message of an inbox: waits for it until it has reached the thread, at most for `limit`
    /// if there is one. `None` if the time is over, or if the component has ended and nothing is left.
    #[track_caller]
    pub fn recv_within(&self, inbox: &str, limit: Option<Duration>) -> Option<Message> {
        let left = left(limit);
        loop {
            let is_over = self.is_over();
            if let Some(message) = self.recv(inbox) {
                return Some(message);
            }
            let has_come = |state: &State| state.messages_in(inbox).next().is_some() || state.is_shut();
            if is_over || !self.exchange.wait(&left, has_come) {
                return None;
            }
        }
    }

    /// Sends a payload out of an outbox: into the queue from which the scheduler sends it on.
    ///
    /// # Errors
    ///
    /// If the queue is full, because the scheduler has not come to it or the box that the outbox leads
    /// to is full; a [`pause`](ThreadContext::pause) ends when there is room. Also if the component has
    /// ended: see [`SendError::is_over`]. The message is inside the error.
    #[track_caller]
    pub fn send(&self, outbox: &str, payload: impl Payload) -> std::result::Result<(), SendError> {
        let sender = || format!("{}.{outbox}", self.me);
        if outbox == SIGNAL {
            // A component that sends its own ending needs no other.
            self.passes_on.store(false, Ordering::Relaxed);
        }
        match self.exchange.put_out(outbox, Message::new(payload)) {
            Ok(()) => Ok(()),
            Err(Refused::Full(message)) => {
                let length = self.exchange.limits.length;
                Err(SendError::full(Way::Thread, sender(), String::from(QUEUE), (length, length), message))
            }
            Err(Refused::Over(message)) => Err(SendError::sender_ended(sender(), message)),
            Err(Refused::Unknown) => self.no_such_box(Side::Outbox, outbox),
        }
    }

    /// Sends a payload, and waits while the queue of the outbox is full.
    ///
    /// # Errors
    ///
    /// If the component was told to stop immediately while it waited, or has ended; the notice is still in `control`,
    /// where [`ThreadContext::told_to_end`] finds it. And if the receiver has ended, which the thread learns after
    /// the first message that was dropped there. The message is inside the error.
    ///
    /// A `main` that returns the error with `?` ends quietly: see [`NotSentError`].
    #[track_caller]
    pub fn send_when_room(
        &self,
        outbox: &str,
        payload: impl Payload,
    ) -> std::result::Result<(), NotSentError> {
        let is_told = |state: &State| state.messages_in(CONTROL).any(stops_at_once);
        let mut message = Message::new(payload);
        loop {
            // What the scheduler noted when it last sent something on may be true no more.
            if self.exchange.look(|state| state.is_unheard(outbox))
                && let Some(destination) = self.unheard(outbox)
            {
                return Err(self.not_sent(NotSentErrorKind::ReceiverEnded, outbox, destination, message));
            }
            let gives_up = |state: &State| is_told(state) || state.is_unheard(outbox);
            message = match self.send_until(outbox, message, || None, gives_up) {
                Ok(()) => return Ok(()),
                Err(refused) => refused.into_message(),
            };
            if self.is_over() || self.exchange.look(is_told) {
                let queue = String::from(QUEUE);
                return Err(self.not_sent(NotSentErrorKind::ToldToStop, outbox, queue, message));
            }
        }
    }

    fn not_sent(
        &self,
        kind: NotSentErrorKind,
        outbox: &str,
        destination: String,
        message: Message,
    ) -> NotSentError {
        NotSentError::new(kind, format!("{}.{outbox}", self.me), destination, message)
    }

    /// Where an outbox leads, if the component there has ended.
    fn unheard(&self, outbox: &str) -> Option<String> {
        let outbox = outbox.to_owned();
        self.on_scheduler(move |cx| cx.unheard(&outbox)).ok().flatten()
    }

    /// Sends a payload, and waits while the queue of the outbox is full, at most for `limit` if there is
    /// one. What arrives in `control` does not end the wait.
    ///
    /// # Errors
    ///
    /// As [`ThreadContext::send`], when the time is over or the component has ended.
    #[track_caller]
    pub fn send_within(
        &self,
        outbox: &str,
        payload: impl Payload,
        limit: Option<Duration>,
    ) -> std::result::Result<(), SendError> {
        self.send_until(outbox, Message::new(payload), left(limit), |_| false)
    }

    #[track_caller]
    fn send_until(
        &self,
        outbox: &str,
        mut message: Message,
        left: impl Fn() -> Option<Duration>,
        gives_up: impl Fn(&State) -> bool,
    ) -> std::result::Result<(), SendError> {
        let limits = &self.exchange.limits;
        loop {
            let refused = match self.send(outbox, message) {
                Ok(()) => return Ok(()),
                Err(refused) => refused,
            };
            let may_try = |state: &State| state.has_room(outbox, limits) || state.is_shut();
            let in_time = self.exchange.wait(&left, |state| may_try(state) || gives_up(state));
            if refused.is_over() || !in_time || self.exchange.look(&gives_up) {
                return Err(refused);
            }
            message = refused.into_message();
        }
    }

    /// Whether the queue of an outbox would take a message now. If not, a pause ends when it would.
    #[track_caller]
    pub fn has_room(&self, outbox: &str) -> bool {
        match self.exchange.has_room(outbox) {
            Ok(has_room) => has_room,
            Err(Unknown) => self.no_such_box(Side::Outbox, outbox),
        }
    }

    /// Waits until something has happened since the last pause: a message arrived, there is room in a queue that
    /// refused one, a child ended, the component ended. It may return with nothing to do.
    pub fn pause(&self) {
        self.exchange.pause(|| None);
    }

    /// As [`ThreadContext::pause`], for at most `time`. This is real time, also on a scheduler with a
    /// virtual clock.
    #[doc(alias = "pause")]
    pub fn pause_for(&self, time: Duration) {
        self.exchange.pause(left(Some(time)));
    }

    /// Waits for the whole of `time`; messages do not end it, the end of the component does.
    pub fn sleep(&self, time: Duration) {
        self.exchange.wait(left(Some(time)), |state| state.is_shut());
    }

    pub(super) fn stopped(&self) -> Error {
        Box::new(StoppedError { component: self.name() })
    }

    #[track_caller]
    fn no_such_box(&self, side: Side, name: &str) -> ! {
        let is_outbox = side == Side::Outbox;
        let (known, others) = self.exchange.look(|state| (state.names(is_outbox), state.names(!is_outbox)));
        let unknown = UnknownBoxError::new(self.name(), side, name, known, &others);
        panic!("{unknown}")
    }
}

impl Drop for ThreadContext {
    fn drop(&mut self) {
        // A thread that was not started by the scheduler ends in order; of others the outcome is known.
        let _ = self.finish(Ok(Ok(())));
    }
}

pub(super) fn stops_at_once(message: &Message) -> bool {
    message.ending() == Some(Ending::ShutdownMicroprocess)
}

/// A function that says how much is left of a time that begins now.
fn left(limit: Option<Duration>) -> impl Fn() -> Option<Duration> {
    let watch = Stopwatch::start();
    move || limit.map(|limit| limit.saturating_sub(watch.elapsed()))
}

/// What a thread asked for was not done: its component has ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoppedError {
    component: String,
}

impl fmt::Display for StoppedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was stopped, or its run is over", self.component)
    }
}

impl std::error::Error for StoppedError {}

impl fmt::Debug for ThreadContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ThreadContext({})", self.me)
    }
}
