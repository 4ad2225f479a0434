//! What a component that sends the same to several does about one that has no room.
//!
//! *Differs from Kamaelia:* there a full destination ended the run.

use crate::{Context, Message};

/// How many turns one that has no room is waited for before it is passed over or cut. It may just have got a lot
/// at once.
pub(super) const TURNS_OF_GRACE: usize = 16;

/// What becomes of a message when one of those it is for has no room for it, nor a few turns later.
///
/// # Examples
///
/// A chat in which whoever does not read is not waited for:
///
/// ```
/// use axon::util::{Backplane, WhenFull};
///
/// let chat = Backplane::new("CHAT").when_full(WhenFull::Cut);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum WhenFull {
    /// All wait until there is room: nothing is lost, and the slowest sets the pace. The default.
    #[default]
    Hold,
    /// It is dropped for this one. The first is logged, and in the end how many were.
    Drop,
    /// This one gets nothing more, and is told to stop at once if it takes control messages. That is logged.
    Cut,
}

/// How many messages one of the destinations did not get.
pub(super) struct PassedOver {
    destination: String,
    messages: u64,
    /// It did not get the last one: it is not waited for until it gets another.
    is_behind: bool,
}

impl PassedOver {
    pub(super) fn new(destination: String) -> Self {
        PassedOver { destination, messages: 0, is_behind: false }
    }

    /// One more was dropped.
    pub(super) fn count(&mut self, cx: &Context) {
        self.messages += 1;
        self.is_behind = true;
        if self.messages == 1 {
            let name = cx.name();
            log::info!(
                "{name}: {} has no room: messages for it are dropped while that is so",
                self.destination
            );
        }
    }

    /// It got one.
    pub(super) fn has_caught_up(&mut self) {
        self.is_behind = false;
    }

    /// Whether it is waited for.
    pub(super) fn has_grace(&self) -> bool {
        !self.is_behind
    }

    /// How many they were, when no more will come.
    pub(super) fn tell(&self, cx: &Context) {
        if self.messages > 0 {
            log::info!("{}: {} messages for {} were dropped", cx.name(), self.messages, self.destination);
        }
    }
}

/// Sends a message if there is room for it; if not, returns it, and the component is woken when there is. A
/// component that serves several asks, and is never itself held for one of them.
pub(super) fn send_if_room(cx: &Context, outbox: &str, message: Message) -> Option<Message> {
    if cx.has_room(outbox) {
        cx.send(outbox, message).err().map(|refused| refused.into_message())
    } else {
        Some(message)
    }
}
