//! What waits in a connection and in the boxes at both of its sides, and who takes what was read.

use std::rc::Rc;

use axon::{Context, INBOX, Message, OUTBOX};

use super::ConnectedSocketAdapter;
use super::boxes::CREATOR_FEEDBACK;
use super::ends::Receiver;
use crate::memory::{Memory, Share, Told};

/// What a message in a box holds at most beside the multiple of 256 bytes that its length is counted as: the rest of
/// its length, or its place in the box.
const REST: usize = 256;

/// The notice to a server that its connections hold less than its limit again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MemoryFreed;

/// The component's `outbox`, as the flow sees it.
pub(super) struct Outbox<'a> {
    pub(super) cx: &'a Context,
    pub(super) share: Option<&'a Share>,
    /// What was delivered in this turn.
    pub(super) delivered: usize,
    /// Whether less may be read at a time than a buffer holds.
    pub(super) reads_less: bool,
}

impl Receiver for Outbox<'_> {
    fn room(&mut self) -> usize {
        let Some(share) = self.share else { return usize::MAX };
        match share.room(self.delivered) {
            0 => 0,
            room if self.reads_less => room,
            _ => usize::MAX,
        }
    }

    fn has_room(&mut self) -> bool {
        self.cx.has_room(OUTBOX)
    }

    fn deliver(&mut self, chunk: Vec<u8>) -> Result<(), Vec<u8>> {
        // A box above its soft limit takes a message and suspends its sender, which carries both directions.
        if !self.cx.has_room(OUTBOX) {
            return Err(chunk);
        }
        self.delivered += chunk.len();
        self.cx
            .send(OUTBOX, chunk)
            .map_err(|refused| refused.into_message().take().unwrap_or_else(|_| unreachable!("it was bytes")))
    }
}

impl ConnectedSocketAdapter {
    /// Takes part in a server's limit.
    pub(crate) fn within(mut self, memory: Rc<Memory>) -> Self {
        self.share = Some(Box::new(Share::new(memory)));
        self
    }

    /// Says what waits, if there is a limit. True if some of it waits behind `outbox`.
    pub(super) fn tell_what_waits(&mut self, cx: &Context) -> bool {
        let Some(share) = &mut self.share else { return false };
        let behind = cx.outbox_bytes(OUTBOX) + cx.outbox_length(OUTBOX) * REST;
        let before = cx.inbox_bytes(INBOX) + cx.data_ready(INBOX) * REST;
        let own = self.flow.bytes() + self.secured.as_ref().map_or(0, |secured| secured.waiting());
        if share.tell(cx, own + before + behind) == Told::BelowAgain {
            let _ = cx.send(CREATOR_FEEDBACK, Message::new(MemoryFreed));
        }
        behind > 0
    }

    /// Nothing waits any more: it is the end.
    pub(super) fn tell_that_nothing_waits(&mut self, cx: &Context) {
        if let Some(share) = &mut self.share {
            // What is told at the end wakes the server too.
            let _ = share.tell(cx, 0);
        }
    }

    /// Whether what the peer sends is left where it is, since too much waits.
    pub(super) fn is_over_its_share(&mut self, cx: &Context) -> bool {
        self.tell_what_waits(cx);
        self.share.as_ref().is_some_and(|share| self.flow.keeps() && share.is_used_up(cx.me()))
    }
}
