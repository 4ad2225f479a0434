//! Control messages on their way to a child that another may replace: none is lost between the two.

use std::collections::VecDeque;

use crate::{CONTROL, ComponentRef, Context, Ending, Message, Result};

use super::ending::producer_finished;

/// Control messages on their way to the child.
#[derive(Default)]
pub(super) struct Control {
    /// Those that no child has got.
    waiting: VecDeque<Message>,
    /// The last ending that came.
    pub(super) ending: Option<Message>,
    /// The last ending that was handed to a child.
    handed: Option<Message>,
}

impl Control {
    /// Reads what has come. Of the endings, "stop now" is remembered before all others.
    pub(super) fn look(&mut self, cx: &Context) {
        while let Some(mut message) = cx.recv(CONTROL) {
            if message.ending().is_some() && !self.is_to_stop() {
                self.ending = Some(message.duplicate());
            }
            self.waiting.push_back(message);
        }
    }

    pub(super) fn is_to_stop(&self) -> bool {
        self.ending.as_ref().and_then(Message::ending) == Some(Ending::ShutdownMicroprocess)
    }

    /// Hands to the child, by this outbox, what there is room for. One without `control` can only be stopped.
    pub(super) fn hand_on(&mut self, cx: &Context, outbox: &str, child: &ComponentRef) {
        if !cx.has_inbox(child, CONTROL) {
            self.waiting.clear();
            if self.is_to_stop() {
                cx.stop(child);
            }
            return;
        }
        while !self.waiting.is_empty() && cx.has_room(outbox) {
            let Some(mut message) = self.waiting.pop_front() else { return };
            if message.ending().is_some() {
                self.handed = Some(message.duplicate());
            }
            let _ = cx.send(outbox, message);
        }
    }

    /// Takes back what a child that has ended did not read: it comes first, before that the ending which it
    /// did.
    pub(super) fn take_back(&mut self, cx: &Context, child: &ComponentRef) -> Result {
        self.look(cx);
        if cx.has_inbox(child, CONTROL) {
            let linkage = cx.pass_through_inbox((child, CONTROL), (cx.me(), CONTROL))?;
            cx.unlink(linkage);
        }
        let mut first: VecDeque<Message> = std::iter::from_fn(|| cx.recv(CONTROL)).collect();
        if let Some(handed) = self.handed.take()
            && first.iter().all(|message| message.ending().is_none())
        {
            first.push_front(handed);
        }
        first.append(&mut self.waiting);
        self.waiting = first;
        Ok(())
    }

    /// The ending that it was told, or else a new "no more will come" in the name of this component.
    pub(super) fn last_word(&mut self, cx: &Context) -> Message {
        self.ending.take().unwrap_or_else(|| Message::new(producer_finished(cx)))
    }

    /// Puts what was not handed on back into `control`, for the supervisor's own supervisor to find.
    pub(super) fn leave_for_the_next(&mut self, cx: &Context) {
        // The component has this box.
        let _ = cx.set_size((cx.me(), CONTROL), None);
        for message in self.waiting.drain(..) {
            let _ = cx.deliver_to(cx.me(), CONTROL, message);
        }
    }
}
