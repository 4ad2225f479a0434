//! A message was refused: by whom, why, and what to write instead.

use std::error::Error;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::kernel::message::Message;

/// A message was refused because the box that it leads to is full. The message is inside.
///
/// The sender is woken when there is room. To wait for it there and then, send with
/// [`send_when_room`](crate::Context::send_when_room).
#[doc(alias = "noSpaceInBox")]
pub struct SendError(Box<Refused>);

/// Why a message was refused.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum SendErrorKind {
    /// The box that it leads to is full.
    Full,
    /// The component whose thread sent it has ended.
    SenderEnded,
    /// The receiver has ended, and the sender has gone on sending to it in one step. A `main` that returns this error
    /// with `?` ends quietly.
    ReceiverEnded,
}

/// How a message was to be sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::kernel) enum Way {
    /// Out of an outbox.
    Outbox,
    /// Straight into an inbox.
    Directly,
    /// From a thread, through the queue to the scheduler.
    Thread,
}

struct Refused {
    kind: SendErrorKind,
    way: Way,
    sender: String,
    destination: String,
    length: usize,
    size: usize,
    /// Behind a lock, because an error is expected to be `Sync` and a payload need not be.
    message: Mutex<Message>,
}

impl SendError {
    /// The box `destination` is full: it holds `length` messages, and `size` would be too many.
    pub(in crate::kernel) fn full(
        way: Way,
        sender: String,
        destination: String,
        (length, size): (usize, usize),
        message: Message,
    ) -> Self {
        let message = Mutex::new(message);
        let kind = SendErrorKind::Full;
        SendError(Box::new(Refused { kind, way, sender, destination, length, size, message }))
    }

    /// The sender's component has ended.
    pub(in crate::kernel) fn sender_ended(sender: String, message: Message) -> Self {
        let mut error = SendError::full(Way::Thread, sender, String::new(), (0, 0), message);
        error.0.kind = SendErrorKind::SenderEnded;
        error
    }

    /// The component of the box `destination` has ended, and much was sent to it.
    pub(in crate::kernel) fn receiver_ended(sender: String, destination: String, message: Message) -> Self {
        let mut error = SendError::full(Way::Outbox, sender, destination, (0, 0), message);
        error.0.kind = SendErrorKind::ReceiverEnded;
        error
    }

    /// Why it was refused.
    #[must_use]
    pub fn kind(&self) -> SendErrorKind {
        self.0.kind
    }

    /// Whether a thread could not send because its component has ended, and not for want of room.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.kind() == SendErrorKind::SenderEnded
    }

    /// The refused message.
    pub fn into_message(self) -> Message {
        self.0.message.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many messages the full box holds.
    #[must_use]
    pub fn length(&self) -> usize {
        self.0.length
    }

    /// How many it may hold.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.size
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Refused { kind, way, sender, destination, length, size, .. } = &*self.0;
        if *kind == SendErrorKind::SenderEnded {
            return write!(f, "{sender} cannot send: its component was stopped, or its run is over");
        }
        if *kind == SendErrorKind::ReceiverEnded {
            return write!(
                f,
                "{sender} goes on sending to {destination}, whose component has ended: check is_heard(..), or use \
                 send_when_room(..).await?, which ends the sender"
            );
        }
        write!(f, "{sender} cannot send: {destination} is full ({length} of {size} messages")?;
        let is_kept = length < size;
        f.write_str(if is_kept { ", a free place is kept for who was refused before)" } else { ")" })?;
        f.write_str(match way {
            Way::Outbox => {
                "; send_when_room(..).await waits for room, and inbox_size or set_size gives the box more"
            }
            Way::Directly => {
                "; a pause ends when there is room, and inbox_size or set_size gives the box more"
            }
            Way::Thread => {
                "; send_when_room(..) waits for room, and Threaded::queue_length gives the queue more"
            }
        })
    }
}

impl fmt::Debug for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for SendError {}
