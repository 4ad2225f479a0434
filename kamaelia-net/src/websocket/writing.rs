//! Puts messages into frames.

use super::close::Close;
use super::deflate::Deflater;
use super::frame::{COMPRESSED, FIN, MASKED, Opcode};
use super::mask::{self, Unguessable};

/// Up to this many bytes a payload is copied behind its header; a longer one is sent as it is, after it.
const COPIED: usize = 4 * 1024;

/// Makes the frames that are sent to a peer.
pub(super) struct Writer {
    /// Of a client: it masks what it sends.
    masks: Option<Unguessable>,
    /// If `permessage-deflate` was agreed on.
    deflater: Option<Deflater>,
}

/// A message to be sent.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Outgoing {
    Text(String),
    Binary(Vec<u8>),
}

impl Writer {
    pub(super) fn of_server(deflater: Option<Deflater>) -> Self {
        Writer { masks: None, deflater }
    }

    pub(super) fn of_client(deflater: Option<Deflater>) -> Self {
        Writer { masks: Some(Unguessable::new()), deflater }
    }

    /// The bytes of a message, in one piece or two.
    pub(super) fn message(&mut self, message: Outgoing) -> (Vec<u8>, Option<Vec<u8>>) {
        let (opcode, payload) = match message {
            Outgoing::Text(text) => (Opcode::Text, text.into_bytes()),
            Outgoing::Binary(bytes) => (Opcode::Binary, bytes),
        };
        match &mut self.deflater {
            Some(deflater) => {
                let payload = deflater.deflate(&payload);
                self.frame(opcode, COMPRESSED, payload)
            }
            None => self.frame(opcode, 0, payload),
        }
    }

    pub(super) fn close(&mut self, close: &Close) -> Vec<u8> {
        self.frame(Opcode::Close, 0, close.payload()).0
    }

    /// A ping. Only the first 125 bytes of its payload are sent.
    pub(super) fn ping(&mut self, payload: Vec<u8>) -> Vec<u8> {
        self.control(Opcode::Ping, payload)
    }

    pub(super) fn pong(&mut self, payload: Vec<u8>) -> Vec<u8> {
        self.control(Opcode::Pong, payload)
    }

    fn control(&mut self, opcode: Opcode, mut payload: Vec<u8>) -> Vec<u8> {
        payload.truncate(usize::from(super::frame::LONGEST_CONTROL));
        self.frame(opcode, 0, payload).0
    }

    fn frame(&mut self, opcode: Opcode, compressed: u8, mut payload: Vec<u8>) -> (Vec<u8>, Option<Vec<u8>>) {
        let is_copied = payload.len() <= COPIED;
        let mut bytes = Vec::with_capacity(14 + if is_copied { payload.len() } else { 0 });
        bytes.push(FIN | compressed | opcode.number());
        let masked = if self.masks.is_some() { MASKED } else { 0 };
        match payload.len() {
            length @ 0..126 => bytes.push(masked | length as u8),
            length @ 126..65536 => {
                bytes.push(masked | 126);
                bytes.extend_from_slice(&(length as u16).to_be_bytes());
            }
            length => {
                bytes.push(masked | 127);
                bytes.extend_from_slice(&(length as u64).to_be_bytes());
            }
        }
        if let Some(masks) = &mut self.masks {
            let mask = masks.mask();
            bytes.extend_from_slice(&mask);
            mask::apply(mask, 0, &mut payload);
        }
        if is_copied {
            bytes.extend_from_slice(&payload);
            return (bytes, None);
        }
        (bytes, Some(payload))
    }
}
