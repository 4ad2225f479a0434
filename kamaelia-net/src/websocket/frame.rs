//! What the codec for both directions shares: roles, kinds of frames, limits, and what breaks the protocol.

use super::close::{Close, CloseCode};

/// Which side of a WebSocket this is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    Server,
    Client,
}

/// What a frame is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Opcode {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

impl Opcode {
    /// From the first byte of a frame. `None` for those that have no meaning.
    pub(super) fn of(byte: u8) -> Option<Self> {
        Some(match byte & 0x0f {
            0x0 => Opcode::Continuation,
            0x1 => Opcode::Text,
            0x2 => Opcode::Binary,
            0x8 => Opcode::Close,
            0x9 => Opcode::Ping,
            0xa => Opcode::Pong,
            _ => return None,
        })
    }

    pub(super) fn number(self) -> u8 {
        match self {
            Opcode::Continuation => 0x0,
            Opcode::Text => 0x1,
            Opcode::Binary => 0x2,
            Opcode::Close => 0x8,
            Opcode::Ping => 0x9,
            Opcode::Pong => 0xa,
        }
    }

    pub(super) fn is_control(self) -> bool {
        matches!(self, Opcode::Close | Opcode::Ping | Opcode::Pong)
    }
}

/// The bit of the first byte that says that this frame is the last of its message.
pub(super) const FIN: u8 = 0x80;

/// The bit of the first byte that says that the message is compressed.
pub(super) const COMPRESSED: u8 = 0x40;

/// The bit of the second byte that says that the payload is masked.
pub(super) const MASKED: u8 = 0x80;

/// How many bytes a control frame may have.
pub(super) const LONGEST_CONTROL: u8 = 125;

/// How long frames and messages may be, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Limits {
    pub(super) frame: usize,
    /// After decompression.
    pub(super) message: usize,
}

/// The peer did what it must not do. It is told so, and nothing more is read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Fault {
    pub(super) code: CloseCode,
    pub(super) why: &'static str,
}

impl Fault {
    pub(super) fn protocol(why: &'static str) -> Self {
        Fault { code: CloseCode::PROTOCOL_ERROR, why }
    }

    pub(super) const fn payload(why: &'static str) -> Self {
        Fault { code: CloseCode::INVALID_PAYLOAD, why }
    }

    pub(super) fn too_big(why: &'static str) -> Self {
        Fault { code: CloseCode::TOO_BIG, why }
    }

    /// What the peer is told.
    pub(super) fn close(&self) -> Close {
        Close::new(self.code, self.why)
    }
}
