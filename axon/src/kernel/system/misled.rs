//! Messages that come to an inbox beyond a linkage that was cut, since the way there was not updated yet.

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
        misled: Result<(), Box<Refusal>>,
    ) -> Result<(), Box<Refusal>> {
        let Err(refusal) = misled else { return Ok(()) };
        self.with(|state| {
            state.post.settle();
            state.post.not_sent(outbox);
        });
        self.send(sender, outbox, refusal.message)
    }
}

/// A message that is to be sent again.
#[cold]
pub(super) fn misled(inbox: u32, message: Message) -> Box<Refusal> {
    Box::new(Refusal { message, inbox, is_unheard: false, is_misled: true, length: 0, size: 0 })
}
