//! The direction to the peer, and what is due at a time.

use std::time::Instant;

use axon::chassis::FromMessage;
use axon::util::{Chunk, Text};
use axon::{Message, ShutdownMicroprocess, time_after};

use super::super::close::{ClosedBy, WebSocketClosed};
use super::super::writing::Outgoing;
use super::{Conversation, PING, Phase};

impl Conversation<'_> {
    /// Sends what waits, as long as there is room.
    pub(super) fn write(&mut self, now: Instant) {
        while self.flush() {
            if matches!(self.phase, Phase::Closing { .. } | Phase::Closed | Phase::Over) {
                while self.cx.recv(self.ends.messages).is_some() || self.cx.recv(PING).is_some() {}
                return;
            }
            if let Some(payload) = self.cx.recv(PING) {
                let frame =
                    self.writer.ping(Chunk::from_message(payload).map_or(Vec::new(), |Chunk(bytes)| bytes));
                self.outgoing.push_back(Message::new(frame));
            } else if let Some(message) = self.cx.recv(self.ends.messages) {
                self.quiet_since = now;
                self.put(message);
            } else if let Phase::Finishing(close) = &self.phase {
                let close = close.clone();
                let frame = self.writer.close(&close);
                self.outgoing.push_back(Message::new(frame));
                self.closed.get_or_insert(WebSocketClosed { close, by: ClosedBy::Here });
                self.phase =
                    if self.peer_has_closed { Phase::Closed } else { Phase::Closing { since: None } }; // (3), (4)
            } else {
                return;
            }
        }
    }

    /// Puts a message into frames.
    pub(super) fn put(&mut self, message: Message) {
        let outgoing = match message.into_value::<Vec<u8>>() {
            Ok(bytes) => Ok(Outgoing::Binary(bytes)),
            Err(message) => match Text::from_message(message) {
                Ok(Text(text)) => Ok(Outgoing::Text(text)),
                Err(message) => Chunk::from_message(message).map(|Chunk(bytes)| Outgoing::Binary(bytes)),
            },
        };
        match outgoing {
            Ok(outgoing) => {
                let (first, second) = self.writer.message(outgoing);
                self.outgoing.push_back(Message::new(first));
                self.outgoing.extend(second.map(Message::new));
            }
            Err(message) => {
                let (name, inbox, kind) = (self.cx.name(), self.ends.messages, message.payload_type());
                self.fail(format!("{name} takes text or bytes from {inbox:?}, not {kind}").into());
            }
        }
    }

    /// Hands over what is ready, and returns whether that was all.
    pub(super) fn flush(&mut self) -> bool {
        while let Some(frame) = self.outgoing.pop_front() {
            if !self.cx.has_room(self.ends.to_peer) {
                self.outgoing.push_front(frame);
                return false;
            }
            if let Err(refused) = self.cx.send(self.ends.to_peer, frame) {
                self.outgoing.push_front(refused.into_message());
                return false;
            }
        }
        true
    }

    /// Does what is due, and says when something is due next.
    pub(super) fn look_at_the_clock(&mut self, now: Instant) -> Option<Instant> {
        match &mut self.phase {
            Phase::Open => Some(self.watch_the_peer(now)),
            Phase::Farewell { until, .. } => {
                let until = *until;
                if until <= now {
                    self.finish(None); // (2)
                }
                Some(until)
            }
            Phase::Closing { since } if self.outgoing.is_empty() => {
                let until = time_after(*since.get_or_insert(now), self.options.close_timeout);
                if until <= now {
                    self.phase = Phase::Closed; // (5)
                }
                Some(until)
            }
            _ => None,
        }
    }

    /// Asks a peer from which nothing comes whether it is there, and gives it up if it does not answer.
    fn watch_the_peer(&mut self, now: Instant) -> Instant {
        let due = time_after(self.quiet_since, self.options.ping_after);
        if due > now {
            return due;
        }
        // What was not read may be the answer; and one that takes nothing is looked after by the connection.
        if !self.has_unread() && self.outgoing.is_empty() {
            if self.is_pinged {
                let time = self.options.ping_after;
                self.broke_off(&format!("the peer did not answer a ping within {time:?}"));
                self.tell_the_connection(Message::new(ShutdownMicroprocess::new()));
                self.phase = Phase::Over; // (8)
            } else {
                let frame = self.writer.ping(Vec::new());
                self.outgoing.push_back(Message::new(frame));
                self.flush();
                self.is_pinged = true;
            }
        }
        self.quiet_since = now;
        time_after(now, self.options.ping_after)
    }
}
