//! Control messages on their way to a child that another may replace: none is lost between the two.

use std::collections::VecDeque;

use crate::{CONTROL, ComponentRef, Context, Ending, Message};

/// For control messages to the child.
pub(super) const TELLS: &str = "_control";

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

    /// Hands to the child what there is room for. One without `control` can only be stopped.
    pub(super) fn hand_on(&mut self, cx: &Context, child: &ComponentRef) {
        if !cx.has_inbox(child, CONTROL) {
            self.waiting.clear();
            if self.is_to_stop() {
                cx.stop(child);
            }
            return;
        }
        while !self.waiting.is_empty() && cx.has_room(TELLS) {
            let Some(mut message) = self.waiting.pop_front() else { return };
            if message.ending().is_some() {
                self.handed = Some(message.duplicate());
            }
            let _ = cx.send(TELLS, message);
        }
    }

    /// What the last child did not read comes first, before that the ending which it did.
    pub(super) fn take_back(&mut self, cx: &Context) {
        let mut first: VecDeque<Message> = std::iter::from_fn(|| cx.recv(CONTROL)).collect();
        if let Some(handed) = self.handed.take()
            && first.iter().all(|message| message.ending().is_none())
        {
            first.push_front(handed);
        }
        first.append(&mut self.waiting);
        self.waiting = first;
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
