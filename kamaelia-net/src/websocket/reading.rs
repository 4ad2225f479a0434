//! Takes frames apart: bytes in, cut anywhere; whole messages and control frames out.
//!
//! ```text
//!             (1) a header is complete
//!   ┌────────┐ ───────────────────────► ┌─────────┐
//!   │ Header │                          │ Payload │
//!   └────────┘ ◄─────────────────────── └─────────┘
//!        ▲       (2) the payload is complete │
//!        │                                   │ (3) it was a Close, or a fault was found
//!        │                                   ▼
//!        │                               ┌──────┐
//!        └── never again ─────────────── │ Over │  all that follows is skipped
//!                                        └──────┘
//! ```
//!
//! What breaks the protocol is found with the first byte that does, not at the end of its frame or message.

use super::close::{Close, CloseCode};
use super::deflate::Inflater;
use super::frame::{COMPRESSED, FIN, Fault, LONGEST_CONTROL, Limits, MASKED, Opcode, Role};
use super::mask;

/// The most that is reserved for a frame because its header says that so much will come.
const RESERVED_UNSEEN: usize = 64 * 1024;

/// What came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Event {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    /// The peer closes; nothing comes after it.
    Close(Close),
}

/// Reads what a peer sends.
pub(super) struct Reader {
    role: Role,
    limits: Limits,
    /// If `permessage-deflate` was agreed on.
    inflater: Option<Inflater>,
    state: State,
    /// The bytes of a header that has not come whole.
    header: Vec<u8>,
    /// The message of which some frame has come.
    message: Option<Unfinished>,
    /// The payload of a control frame, which may come between the frames of a message.
    control: Vec<u8>,
    /// The compressed bytes of one piece without their mask.
    unmasked: Vec<u8>,
}

enum State {
    Header,
    Payload(Frame),
    Over,
}

/// A frame whose payload comes.
struct Frame {
    opcode: Opcode,
    is_last: bool,
    mask: Option<[u8; 4]>,
    /// How many bytes of the payload have come, and how many will.
    done: usize,
    left: usize,
}

/// A message of which some frame has come.
struct Unfinished {
    is_text: bool,
    is_compressed: bool,
    bytes: Vec<u8>,
    /// Invariant: so many bytes of a text are whole characters.
    checked: usize,
}

impl Reader {
    pub(super) fn new(role: Role, limits: Limits, inflater: Option<Inflater>) -> Self {
        Reader {
            role,
            limits,
            inflater,
            state: State::Header,
            header: Vec::with_capacity(14),
            message: None,
            control: Vec::new(),
            unmasked: Vec::new(),
        }
    }

    /// Reads up to the next event. `None` when all of `input` was read.
    ///
    /// # Errors
    ///
    /// What the peer did wrong. Whatever follows is skipped.
    pub(super) fn next(&mut self, input: &mut &[u8]) -> Result<Option<Event>, Fault> {
        let outcome = self.read(input);
        if matches!(outcome, Err(_) | Ok(Some(Event::Close(_)))) {
            self.state = State::Over; // (3)
            *input = &[];
        }
        outcome
    }

    /// How much memory the message takes of which a part has come.
    #[cfg(test)]
    pub(super) fn reserved(&self) -> usize {
        self.message.as_ref().map_or(0, |message| message.bytes.capacity())
    }

    fn read(&mut self, input: &mut &[u8]) -> Result<Option<Event>, Fault> {
        loop {
            match &mut self.state {
                State::Over => {
                    *input = &[];
                    return Ok(None);
                }
                State::Header => match self.read_header(input)? {
                    Some(frame) => self.state = State::Payload(frame), // (1)
                    None => return Ok(None),
                },
                State::Payload(frame) => {
                    let (bytes, rest) = input.split_at(frame.left.min(input.len()));
                    *input = rest;
                    let at = frame.done;
                    frame.done += bytes.len();
                    frame.left -= bytes.len();
                    let (opcode, mask, left) = (frame.opcode, frame.mask, frame.left);
                    let is_last = frame.is_last;
                    self.take(opcode, mask, at, bytes, left)?;
                    if left > 0 {
                        return Ok(None);
                    }
                    self.state = State::Header; // (2)
                    if let Some(event) = self.end_of_frame(opcode, is_last)? {
                        return Ok(Some(event));
                    }
                }
            }
        }
    }

    fn read_header(&mut self, input: &mut &[u8]) -> Result<Option<Frame>, Fault> {
        while self.header.len() < header_size(&self.header) {
            let Some((&byte, rest)) = input.split_first() else { return Ok(None) };
            *input = rest;
            self.header.push(byte);
            match self.header.len() {
                1 => self.check_first(byte)?,
                2 => self.check_second(byte)?,
                _ => {}
            }
        }
        let (first, second) = (self.header[0], self.header[1]);
        let opcode = Opcode::of(first).expect("checked");
        let (extended, mask) = self.header[2..].split_at(extended_size(second));
        let length = match *extended {
            [] => u64::from(second & !MASKED),
            [high, low] => minimal(u64::from(u16::from_be_bytes([high, low])), 126)?,
            _ => minimal(u64::from_be_bytes(extended.try_into().expect("eight bytes")), 65536)?,
        };
        let mask = (!mask.is_empty()).then(|| mask.try_into().expect("four bytes"));
        self.header.clear();
        let left = self.begin(opcode, first & COMPRESSED != 0, length)?;
        Ok(Some(Frame { opcode, is_last: first & FIN != 0, mask, done: 0, left }))
    }

    fn check_first(&self, first: u8) -> Result<(), Fault> {
        let opcode = Opcode::of(first).ok_or(Fault::protocol("an opcode that has no meaning"))?;
        let is_first_of_message = matches!(opcode, Opcode::Text | Opcode::Binary);
        let compression = if self.inflater.is_some() && is_first_of_message { COMPRESSED } else { 0 };
        if first & 0x70 & !compression != 0 {
            return Err(Fault::protocol("a reserved bit is set that nothing was agreed about"));
        }
        if opcode.is_control() && first & FIN == 0 {
            return Err(Fault::protocol("a control frame in fragments"));
        }
        match (opcode, &self.message) {
            (Opcode::Continuation, None) => Err(Fault::protocol("a continuation of no message")),
            (Opcode::Text | Opcode::Binary, Some(_)) => {
                Err(Fault::protocol("a message within the fragments of another"))
            }
            _ => Ok(()),
        }
    }

    fn check_second(&self, second: u8) -> Result<(), Fault> {
        match (self.role, second & MASKED != 0) {
            (Role::Server, false) => return Err(Fault::protocol("a client masks its frames")),
            (Role::Client, true) => return Err(Fault::protocol("a server does not mask its frames")),
            _ => {}
        }
        let opcode = Opcode::of(self.header[0]).expect("checked");
        if opcode.is_control() && second & !MASKED > LONGEST_CONTROL {
            return Err(Fault::protocol("a control frame of more than 125 bytes"));
        }
        Ok(())
    }

    /// Makes room for a frame, unless it is too long. Returns its length.
    fn begin(&mut self, opcode: Opcode, is_compressed: bool, length: u64) -> Result<usize, Fault> {
        if opcode.is_control() {
            self.control.clear();
            return Ok(usize::try_from(length).expect("at most 125"));
        }
        let length = usize::try_from(length).ok().filter(|length| *length <= self.limits.frame);
        let length = length.ok_or(Fault::too_big("a frame is too long"))?;
        let is_text = opcode == Opcode::Text;
        let message = self.message.get_or_insert_with(|| Unfinished {
            is_text,
            is_compressed,
            bytes: Vec::new(),
            checked: 0,
        });
        if !message.is_compressed {
            if length > self.limits.message - message.bytes.len() {
                return Err(Fault::too_big("a message is too long"));
            }
            message.bytes.reserve_exact(length.min(RESERVED_UNSEEN));
        }
        Ok(length)
    }

    /// Takes a piece of a payload. `at` says how much of it came before, `left` how much comes after.
    fn take(
        &mut self,
        opcode: Opcode,
        mask: Option<[u8; 4]>,
        at: usize,
        bytes: &[u8],
        left: usize,
    ) -> Result<(), Fault> {
        let unmask = |bytes: &mut [u8]| mask.into_iter().for_each(|mask| mask::apply(mask, at, bytes));
        if opcode.is_control() {
            let before = self.control.len();
            self.control.extend_from_slice(bytes);
            unmask(&mut self.control[before..]);
            return Ok(());
        }
        let message = self.message.as_mut().expect("begun");
        if message.is_compressed {
            self.unmasked.clear();
            self.unmasked.extend_from_slice(bytes);
            unmask(&mut self.unmasked);
            let inflater = self.inflater.as_mut().expect("agreed on");
            inflater.inflate(&self.unmasked, &mut message.bytes, self.limits.message)?;
        } else {
            let before = message.bytes.len();
            if message.bytes.capacity() - before < bytes.len() {
                // Doubled, but not beyond what this frame will need.
                let doubled = bytes.len().max(before.min(bytes.len() + left));
                message.bytes.reserve_exact(doubled);
            }
            message.bytes.extend_from_slice(bytes);
            unmask(&mut message.bytes[before..]);
        }
        message.check()
    }

    fn end_of_frame(&mut self, opcode: Opcode, is_last: bool) -> Result<Option<Event>, Fault> {
        match opcode {
            Opcode::Ping => Ok(Some(Event::Ping(std::mem::take(&mut self.control)))),
            Opcode::Pong => Ok(Some(Event::Pong(std::mem::take(&mut self.control)))),
            Opcode::Close => close(&self.control).map(|close| Some(Event::Close(close))),
            _ if !is_last => Ok(None),
            _ => self.end_of_message().map(Some),
        }
    }

    fn end_of_message(&mut self) -> Result<Event, Fault> {
        let mut message = self.message.take().expect("begun");
        if message.is_compressed {
            let inflater = self.inflater.as_mut().expect("agreed on");
            inflater.finish(&mut message.bytes, self.limits.message)?;
            message.check()?;
        }
        if !message.is_text {
            return Ok(Event::Binary(message.bytes));
        }
        match String::from_utf8(message.bytes) {
            Ok(text) => Ok(Event::Text(text)),
            Err(_) => Err(NOT_UTF8),
        }
    }
}

const NOT_UTF8: Fault = Fault::payload("a text is not UTF-8");

impl Unfinished {
    /// Checks what has come of a text since the last time. A character of which the rest may still come is well.
    fn check(&mut self) -> Result<(), Fault> {
        if !self.is_text {
            return Ok(());
        }
        match std::str::from_utf8(&self.bytes[self.checked..]) {
            Ok(_) => self.checked = self.bytes.len(),
            Err(error) if error.error_len().is_some() => return Err(NOT_UTF8),
            Err(error) => self.checked += error.valid_up_to(),
        }
        Ok(())
    }
}

/// How long a header is, as far as the part of it that has come tells.
fn header_size(header: &[u8]) -> usize {
    match header.get(1) {
        Some(&second) => 2 + extended_size(second) + if second & MASKED != 0 { 4 } else { 0 },
        None => 2,
    }
}

/// How many bytes the length has beyond the second byte.
fn extended_size(second: u8) -> usize {
    match second & !MASKED {
        126 => 2,
        127 => 8,
        _ => 0,
    }
}

/// A length in the longer form, which must have needed it.
fn minimal(length: u64, least: u64) -> Result<u64, Fault> {
    if length >> 63 != 0 {
        Err(Fault::protocol("a length whose first bit is set"))
    } else if length < least {
        Err(Fault::protocol("a length in a longer form than it needs"))
    } else {
        Ok(length)
    }
}

fn close(payload: &[u8]) -> Result<Close, Fault> {
    let (code, reason) = match payload {
        [] => return Ok(Close::without_code()),
        [_] => return Err(Fault::protocol("half a close code")),
        [high, low, reason @ ..] => (CloseCode::from(u16::from_be_bytes([*high, *low])), reason),
    };
    if !code.may_be_sent() {
        return Err(Fault::protocol("a close code that must not be sent"));
    }
    let reason = std::str::from_utf8(reason).map_err(|_| Fault::payload("a close reason is not UTF-8"))?;
    Ok(Close::new(code, reason))
}
