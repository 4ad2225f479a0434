//! Why a component that waited for room did not send: it was told to stop, or its receiver has ended.

use std::error::Error as StdError;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::kernel::message::Message;

/// A message was not sent by `send_when_room`, and waiting longer would not help. The message is inside.
///
/// A component whose `main` returns it, as `cx.send_when_room("outbox", message).await?` does, has not failed. It
/// ends quietly, as a program in a Unix pipeline ends by `SIGPIPE`, and its ending is sent out of `signal` for it:
/// the one that it was told, or `ProducerFinished` if its receiver ended.
pub struct NotSentError(Box<Unsent>);

struct Unsent {
    kind: NotSentErrorKind,
    /// The outbox, and where it leads.
    sender: String,
    destination: String,
    /// Behind a lock, because an error is expected to be `Sync` and a payload need not be.
    message: Mutex<Message>,
}

/// Why a message was not sent.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum NotSentErrorKind {
    /// The sender was told to stop immediately while it waited for room. The notice is still in its `control`.
    ToldToStop,
    /// The component at the end of the outbox's way has ended: nobody would ever read the message.
    ReceiverEnded,
}

impl NotSentError {
    pub(in crate::kernel) fn new(
        kind: NotSentErrorKind,
        sender: String,
        destination: String,
        message: Message,
    ) -> Self {
        NotSentError(Box::new(Unsent { kind, sender, destination, message: Mutex::new(message) }))
    }

    /// Why it was not sent.
    #[must_use]
    pub fn kind(&self) -> NotSentErrorKind {
        self.0.kind
    }

    /// The message.
    pub fn into_message(self) -> Message {
        self.0.message.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for NotSentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Unsent { kind, sender, destination, .. } = &*self.0;
        match kind {
            NotSentErrorKind::ToldToStop => {
                write!(f, "{sender} was told to stop while it waited for room in {destination}")
            }
            NotSentErrorKind::ReceiverEnded => {
                write!(f, "{sender} cannot send: the component of {destination} has ended")
            }
        }
    }
}

impl fmt::Debug for NotSentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl StdError for NotSentError {}
