//! What has arrived for a client goes to its receiver, or waits for room there.

use axon::{Context, OUTBOX};

use super::client::{Delivers, NatsClient};
use super::message::NatsMessage;
use super::status::NatsStatus;

impl NatsClient {
    pub(super) fn deliver(&mut self, cx: &Context, message: NatsMessage) {
        if self.waiting.is_empty() && cx.has_room(OUTBOX) {
            self.send_on(cx, message);
        } else if self.waiting_bytes + weight(&message) <= self.settings.pending {
            self.waiting_bytes += weight(&message);
            self.waiting.push_back(message);
        } else {
            self.dropped += 1;
        }
    }

    pub(super) fn deliver_waiting(&mut self, cx: &Context) {
        let waited = self.waiting.len();
        while !self.waiting.is_empty() && cx.has_room(OUTBOX) {
            if let Some(message) = self.waiting.pop_front() {
                self.waiting_bytes -= weight(&message);
                self.send_on(cx, message);
            }
        }
        if self.waiting.is_empty() {
            self.waiting.shrink_to(64);
        }
        // A receiver that is always too slow never empties what waits, and is to be told too.
        if self.dropped > 0 && self.waiting.len() < waited {
            let messages = std::mem::take(&mut self.dropped);
            self.tell(cx, NatsStatus::Dropped { messages });
        }
    }

    fn send_on(&self, cx: &Context, message: NatsMessage) {
        let _ = match self.delivers {
            Delivers::Messages => cx.send(OUTBOX, message),
            Delivers::Payloads => cx.send(OUTBOX, message.into_payload()),
        };
    }
}

/// What a waiting message counts.
fn weight(message: &NatsMessage) -> usize {
    let headers: usize = message.headers().map(|(name, value)| name.len() + value.len() + 48).sum();
    size_of::<NatsMessage>() + message.subject().len() + headers + message.payload().len()
}
