//! What a component that sends the same message to several receivers does when one has no room.
//!
//! *Differs from Kamaelia:* there a full receiver ends the run.

use crate::{Context, Message};

/// How many turns to wait for a receiver that has no room, before its message is dropped or it is cut off. It may
/// only have received many messages in a short time.
pub(super) const TURNS_OF_GRACE: usize = 16;

/// What to do with a message for a receiver that has no room, and still has none a few turns later.
///
/// # Examples
///
/// A chat that does not wait for members who do not read:
///
/// ```
/// use axon::util::{Backplane, WhenFull};
///
/// let chat = Backplane::new("CHAT").when_full(WhenFull::Cut);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum WhenFull {
    /// Wait until there is room, which is the default: nothing is lost, and the slowest receiver sets the pace.
    #[default]
    Hold,
    /// Drop the message for this receiver. The first one is logged, and at the end their number.
    Drop,
    /// Send this receiver nothing more, and tell it to stop immediately, if it takes control messages. This is
    /// logged.
    Cut,
}

/// Counts the messages that one of the receivers did not get.
#[derive(Debug)]
pub(super) struct PassedOver {
    destination: String,
    messages: u64,
    /// Whether it did not get the last message. Until it gets one again, it is not waited for.
    is_behind: bool,
}

impl PassedOver {
    pub(super) fn new(destination: String) -> Self {
        PassedOver { destination, messages: 0, is_behind: false }
    }

    /// Counts a message that was dropped.
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

    /// Records that the receiver got a message.
    pub(super) fn has_caught_up(&mut self) {
        self.is_behind = false;
    }

    /// Whether to wait for this receiver.
    pub(super) fn has_grace(&self) -> bool {
        !self.is_behind
    }

    /// Logs the number at the end.
    pub(super) fn tell(&self, cx: &Context) {
        if self.messages > 0 {
            log::info!("{}: {} messages for {} were dropped", cx.name(), self.messages, self.destination);
        }
    }
}

/// Sends a message if there is room for it. If not, returns it, and the component is woken when there is room.
/// Since it asks first, the component is never suspended because of one of its receivers.
pub(super) fn send_if_room(cx: &Context, outbox: &str, message: Message) -> Option<Message> {
    if cx.has_room(outbox) {
        cx.send(outbox, message).err().map(|refused| refused.into_message())
    } else {
        Some(message)
    }
}
