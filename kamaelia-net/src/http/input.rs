//! Bytes between a connection and its codec: what has come and was not read yet, and what is to be sent.

use std::collections::VecDeque;

use axon::Context;

/// Bytes of a connection, one message of them at a time: the rest waits in the inbox, and holds the client up.
#[derive(Default)]
pub(super) struct Input {
    bytes: Vec<u8>,
    at: usize,
}

impl Input {
    /// The bytes at hand.
    pub(super) fn rest(&self) -> &[u8] {
        &self.bytes[self.at..]
    }

    /// The next so many bytes were read.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// The last so many bytes that were read, as their own.
    pub(super) fn last(&mut self, length: usize) -> Vec<u8> {
        if length == self.bytes.len() {
            self.at = 0;
            return std::mem::take(&mut self.bytes);
        }
        self.bytes[self.at - length..self.at].to_vec()
    }

    /// Takes the next message, if all of the last was read. Returns whether there are bytes.
    #[inline]
    pub(super) fn pull(&mut self, cx: &Context, inbox: &str) -> axon::Result<bool> {
        while self.at == self.bytes.len() {
            let Some(bytes) = cx.recv_as::<Vec<u8>>(inbox)? else { return Ok(false) };
            (self.bytes, self.at) = (bytes, 0);
        }
        Ok(true)
    }

    /// An empty buffer: that of the last message, if all of it was read, or one that has no memory yet. It has no more
    /// than this.
    pub(super) fn spare(&mut self, most: usize) -> Vec<u8> {
        if self.at < self.bytes.len() || self.bytes.capacity() > most {
            return Vec::new();
        }
        self.at = 0;
        let mut spare = std::mem::take(&mut self.bytes);
        spare.clear();
        spare
    }

    /// All that is at hand, as its own.
    pub(super) fn take_rest(&mut self) -> Vec<u8> {
        let rest = self.bytes.split_off(self.at);
        *self = Input::default();
        rest
    }
}

/// What is to be sent.
#[derive(Default)]
pub(super) struct Output(pub(super) VecDeque<Vec<u8>>);

impl Output {
    /// How many bytes wait.
    pub(super) fn bytes(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
    }

    /// Sends what there is room for. Returns whether that was all.
    #[inline]
    pub(super) fn flush(&mut self, cx: &Context, outbox: &str) -> bool {
        while let Some(bytes) = self.0.pop_front() {
            if !cx.has_room(outbox) {
                self.0.push_front(bytes);
                return false;
            }
            if let Err(refused) = cx.send(outbox, bytes) {
                if cx.is_heard(outbox)
                    && let Ok(bytes) = refused.into_message().take()
                {
                    self.0.push_front(bytes);
                }
                return false;
            }
        }
        true
    }
}
