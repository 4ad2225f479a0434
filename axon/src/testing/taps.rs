//! The inboxes that the outboxes of a component on the bench lead to.

use std::collections::{BTreeMap, VecDeque};

use crate::{Boxes, Component, ComponentRef, Context, Message, Result, Scheduler};

/// An inbox for each outbox of the component.
pub(super) struct Taps {
    /// Acts as the component of the bench to which the outboxes are linked.
    pub(super) cx: Context,
    by_outbox: BTreeMap<String, Tap>,
}

/// Where one outbox leads.
#[derive(Default)]
pub(super) struct Tap {
    /// The bench's inbox.
    pub(super) inbox: String,
    /// The messages that were collected and not taken.
    pub(super) came: VecDeque<Message>,
    /// Nothing is collected, so messages are refused when there is no room.
    pub(super) is_blocked: bool,
}

/// The component to which the outboxes are linked. It never runs.
struct Listener;

impl Component for Listener {
    fn boxes(&self) -> Boxes {
        Boxes::none()
    }

    async fn main(&mut self, _: &Context) -> Result {
        Ok(())
    }
}

impl Taps {
    pub(super) fn new(scheduler: &Scheduler) -> Self {
        let listener = scheduler.add(Listener);
        Taps { cx: scheduler.context(&listener), by_outbox: BTreeMap::new() }
    }

    /// Links the outboxes that are new, but for those that the component links itself: their names begin with `_`.
    pub(super) fn link(&mut self, component: &ComponentRef) {
        for outbox in self.cx.outboxes(component) {
            if outbox.starts_with('_') || self.by_outbox.contains_key(&outbox) {
                continue;
            }
            let inbox = self.cx.add_inbox(&outbox);
            // This fails if the component has linked the outbox itself; then there is nothing to tap.
            if self.cx.link((component, &outbox), (self.cx.me(), &inbox)).is_ok() {
                self.by_outbox.insert(outbox, Tap { inbox, ..Tap::default() });
            } else {
                let _ = self.cx.delete_inbox(&inbox);
            }
        }
    }

    /// Collects what was sent, and calls `see` for each message.
    pub(super) fn collect(&mut self, mut see: impl FnMut(&str, &Message)) {
        for (outbox, tap) in self.by_outbox.iter_mut().filter(|(_, tap)| !tap.is_blocked) {
            while let Some(message) = self.cx.recv(&tap.inbox) {
                see(outbox, &message);
                tap.came.push_back(message);
            }
        }
    }

    pub(super) fn tap(&mut self, outbox: &str) -> Option<&mut Tap> {
        self.by_outbox.get_mut(outbox)
    }
}
