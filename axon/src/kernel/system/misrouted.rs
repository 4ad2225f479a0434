//! Messages that are sent again: an outbox still had an inbox beyond a cut linkage as its target.

use super::shared::System;
use super::transfer::Refusal;
use crate::kernel::id::Pid;
use crate::kernel::message::Message;

impl System {
    /// Sends a message that came to an inbox beyond a linkage that was cut.
    #[cold]
    pub(super) fn send_again(
        &self,
        sender: Pid,
        outbox: u32,
        misrouted: Result<(), Box<Refusal>>,
    ) -> Result<(), Box<Refusal>> {
        let Err(refusal) = misrouted else { return Ok(()) };
        self.with(|state| {
            state.post.settle();
            state.post.not_sent(outbox);
        });
        self.send(sender, outbox, refusal.message)
    }
}

/// A message that is to be sent again.
#[cold]
pub(super) fn misrouted(inbox: u32, message: Message) -> Box<Refusal> {
    Box::new(Refusal { message, inbox, is_unheard: false, is_misrouted: true, length: 0, size: 0 })
}
