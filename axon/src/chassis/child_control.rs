//! Control messages on their way to a child that may be replaced: none is lost between two children.

use std::collections::VecDeque;

use crate::{CONTROL, ComponentRef, Context, Ending, Message, Result};

use super::ending::producer_finished;

/// Control messages on their way to the child.
#[derive(Default)]
pub(super) struct Control {
    /// Messages that no child has received.
    waiting: VecDeque<Message>,
    /// The last ending that arrived.
    pub(super) ending: Option<Message>,
    /// The last ending that was handed to a child.
    handed: Option<Message>,
}

impl Control {
    /// Reads what has arrived. Of several endings, "stop now" takes precedence.
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

    /// Sends to the child, through this outbox, what there is room for. A child without `control` can only
    /// be stopped.
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

    /// Takes back what an ended child did not read. It is put first, and before it the ending that the
    /// child had read.
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

    /// The ending that was received, or else a new `ProducerFinished` in the name of this component.
    pub(super) fn last_word(&mut self, cx: &Context) -> Message {
        self.ending.take().unwrap_or_else(|| Message::new(producer_finished(cx)))
    }

    /// Puts what was not handed on back into `control`, where the supervisor's own supervisor finds it.
    pub(super) fn leave_for_the_next(&mut self, cx: &Context) {
        // The component has this box.
        let _ = cx.set_size((cx.me(), CONTROL), None);
        for message in self.waiting.drain(..) {
            let _ = cx.deliver_to(cx.me(), CONTROL, message);
        }
    }
}
