//! What becomes of a handler without `control`, which cannot be told that its client has finished or is gone.

use std::collections::VecDeque;
use std::time::Instant;

use axon::{CONTROL, ComponentRef, Context, Message, ProducerFinished, time_after};

use super::ServerCore;
use super::serving::tell;

/// Those that have until some time to end by themselves, in the order of these times.
#[derive(Default)]
pub(super) struct Untold(VecDeque<(Instant, Late)>);

/// What happens when that time is over.
enum Late {
    /// The client has finished: this connection is closed in order.
    Connection(ComponentRef),
    /// The connection has ended: this handler is stopped.
    Handler(ComponentRef),
}

impl Late {
    fn is_over(&self) -> bool {
        let (Late::Connection(component) | Late::Handler(component)) = self;
        component.is_stopped()
    }
}

impl Untold {
    /// When there is something to do.
    pub(super) fn planned(&self) -> Option<Instant> {
        self.0.front().map(|(time, _)| *time)
    }
}

impl ServerCore {
    /// The client of this connection has finished.
    pub(super) fn leave_finished(&mut self, cx: &Context, csa: &ComponentRef, handler: &ComponentRef) {
        if !cx.has_inbox(handler, CONTROL) {
            let until = time_after(cx.now(), self.drain);
            self.untold.0.push_back((until, Late::Connection(csa.clone())));
        }
    }

    /// The connection of this handler has ended.
    pub(super) fn leave_alone(&mut self, cx: &Context, handler: &ComponentRef) {
        if !handler.is_stopped() && !cx.has_inbox(handler, CONTROL) {
            let until = time_after(cx.now(), self.drain);
            self.untold.0.push_back((until, Late::Handler(handler.clone())));
        }
    }

    /// Closes and stops those whose time is over.
    pub(super) fn end_the_untold(&mut self, cx: &Context) {
        // The time may be long, and most end before.
        if self.untold.0.len() > 16 + 2 * (self.connections.len() + self.finishing.len()) {
            self.untold.0.retain(|(_, late)| !late.is_over());
        }
        let now = cx.now();
        while self.untold.planned().is_some_and(|until| until <= now) {
            let Some((_, late)) = self.untold.0.pop_front() else { break };
            match late {
                Late::Connection(csa) => tell(cx, &csa, Message::new(ProducerFinished::new())),
                Late::Handler(handler) => cx.stop(&handler),
            }
        }
    }
}
