//! Compresses messages, and decompresses them within a limit.

use zlib_rs::{Deflate, DeflateFlush, Inflate, InflateFlush, Status};

use super::super::frame::Fault;

/// What ends every message, and is therefore not sent.
const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

/// The compression level that is commonly thought a good compromise.
const LEVEL: i32 = 6;

/// The smallest window that the library has. It refers back no further than 250 bytes, so it will do for a peer
/// with a window of 8 bits as well.
const SMALLEST: u8 = 9;

/// How much output is made room for at once: at least, and at most.
const STEP: (usize, usize) = (4 * 1024, 256 * 1024);

const NOT_DEFLATED: Fault = Fault::payload("a message cannot be decompressed");

/// Decompresses what the peer sends.
pub(in super::super) struct Inflater {
    window_bits: u8,
    keeps_context: bool,
    /// `None` if there is nothing to be remembered.
    stream: Option<Inflate>,
}

impl Inflater {
    pub(super) fn new(window_bits: u8, keeps_context: bool) -> Self {
        Inflater { window_bits: window_bits.max(SMALLEST), keeps_context, stream: None }
    }

    /// Decompresses a piece of a message to the end of `into`.
    ///
    /// # Errors
    ///
    /// If the message would become longer than `limit`, or the piece is not what deflate makes.
    pub(in super::super) fn inflate(
        &mut self,
        mut piece: &[u8],
        into: &mut Vec<u8>,
        limit: usize,
    ) -> Result<(), Fault> {
        let window_bits = self.window_bits;
        loop {
            let stream = self.stream.get_or_insert_with(|| Inflate::new(false, window_bits));
            let before = into.len();
            // One byte more than is allowed shows that there is more.
            let room = before.clamp(STEP.0, STEP.1).min(limit - before + 1);
            into.resize(before + room, 0);
            let (read, made) = (stream.total_in(), stream.total_out());
            let status = stream.decompress(piece, &mut into[before..], InflateFlush::NoFlush);
            let made = usize::try_from(stream.total_out() - made).expect("within a buffer");
            piece = &piece[usize::try_from(stream.total_in() - read).expect("within a buffer")..];
            into.truncate(before + made);
            if into.len() > limit {
                return Err(Fault::too_big("a message is too long when decompressed"));
            }
            match status {
                Err(_) => return Err(NOT_DEFLATED),
                // The last block of a stream: what follows is another stream.
                Ok(Status::StreamEnd) => self.stream = None,
                Ok(Status::Ok | Status::BufError) if made < room => {
                    return if piece.is_empty() { Ok(()) } else { Err(NOT_DEFLATED) };
                }
                Ok(_) => {}
            }
            if piece.is_empty() && self.stream.is_none() {
                return Ok(());
            }
        }
    }

    /// Decompresses the end of a message, which is not sent.
    ///
    /// # Errors
    ///
    /// As of [`Inflater::inflate`].
    pub(in super::super) fn finish(&mut self, into: &mut Vec<u8>, limit: usize) -> Result<(), Fault> {
        self.inflate(&TAIL, into, limit)?;
        if !self.keeps_context {
            self.stream = None;
        }
        Ok(())
    }
}

/// Compresses what is sent to the peer.
pub(in super::super) struct Deflater {
    window_bits: u8,
    keeps_context: bool,
    /// `None` if there is nothing to be remembered.
    stream: Option<Deflate>,
}

impl Deflater {
    pub(super) fn new(window_bits: u8, keeps_context: bool) -> Self {
        Deflater { window_bits: window_bits.max(SMALLEST), keeps_context, stream: None }
    }

    /// The payload of a message, compressed.
    pub(in super::super) fn deflate(&mut self, mut message: &[u8]) -> Vec<u8> {
        if message.is_empty() {
            return vec![0];
        }
        let window_bits = self.window_bits;
        let stream = self.stream.get_or_insert_with(|| Deflate::new(LEVEL, false, window_bits));
        let mut payload = Vec::new();
        loop {
            let before = payload.len();
            payload.resize(before + (message.len() / 2).clamp(256, STEP.1), 0);
            let (read, made) = (stream.total_in(), stream.total_out());
            let status = stream.compress(message, &mut payload[before..], DeflateFlush::SyncFlush);
            status.expect("the settings are right");
            message = &message[usize::try_from(stream.total_in() - read).expect("within a buffer")..];
            let is_all = ((stream.total_out() - made) as usize) < payload.len() - before;
            payload.truncate(before + (stream.total_out() - made) as usize);
            if is_all && message.is_empty() {
                break;
            }
        }
        debug_assert!(payload.ends_with(&TAIL));
        payload.truncate(payload.len() - TAIL.len());
        if !self.keeps_context {
            self.stream = None;
        }
        payload
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 1 << 20;

    fn inflated(inflater: &mut Inflater, payload: &[u8], limit: usize) -> Result<Vec<u8>, Fault> {
        let mut message = Vec::new();
        inflater.inflate(payload, &mut message, limit)?;
        inflater.finish(&mut message, limit)?;
        Ok(message)
    }

    #[test]
    fn the_examples_of_the_rfc_are_decompressed() {
        let mut inflater = Inflater::new(15, true);
        for payload in [
            &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00][..],
            &[0xf2, 0x00, 0x11, 0x00, 0x00],
            // Not compressed at all, a block that is the last of its stream, and two blocks.
            &[0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00],
            &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00],
            &[0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00],
        ] {
            assert_eq!(inflated(&mut inflater, payload, LIMIT).as_deref(), Ok(&b"Hello"[..]), "{payload:x?}");
        }
    }

    #[test]
    fn a_message_comes_back_and_the_next_is_shorter_if_the_context_is_kept() {
        for (keeps, bits) in [(true, 15), (false, 15), (true, 9), (false, 9), (true, 8)] {
            let (mut deflater, mut inflater) = (Deflater::new(bits, keeps), Inflater::new(bits, keeps));
            let message = b"as often as not, twice".repeat(5);
            let (first, second) = (deflater.deflate(&message), deflater.deflate(&message));
            assert_eq!(second.len() < first.len(), keeps, "{bits}");
            for payload in [first, deflater.deflate(b""), second] {
                let message = inflated(&mut inflater, &payload, LIMIT).unwrap();
                assert!(message.is_empty() || message.starts_with(b"as often"), "{bits}");
            }
        }
    }

    #[test]
    fn a_window_of_eight_bits_is_not_exceeded() {
        // Repeats at every distance; whoever refers back by more than 256 bytes is found out by a window of that
        // size whose output is taken in small pieces.
        let message: Vec<u8> = (0..20_000u32).map(|at| (at * at / 700 % 251) as u8).collect();
        let payload = Deflater::new(8, true).deflate(&message);
        let mut stream = Inflate::new(false, 8);
        let (mut piece, mut made) = (&payload[..], Vec::new());
        while made.len() < message.len() {
            let (read, before) = (stream.total_in(), stream.total_out());
            let mut buffer = [0; 16];
            stream.decompress(piece, &mut buffer, InflateFlush::NoFlush).unwrap();
            piece = &piece[(stream.total_in() - read) as usize..];
            let part = &buffer[..(stream.total_out() - before) as usize];
            assert!(!part.is_empty());
            made.extend_from_slice(part);
        }
        assert_eq!(made, message);
    }

    #[test]
    fn a_bomb_is_noticed_when_one_byte_too_many_has_come_out() {
        let payload = Deflater::new(15, true).deflate(&vec![0; 50 << 20]);
        assert!(payload.len() < 100_000);
        let mut message = Vec::new();
        let fault = Inflater::new(15, true).inflate(&payload, &mut message, 10_000).unwrap_err();
        assert_eq!(fault.code.number(), 1009);
        assert_eq!(message.len(), 10_001);
        assert!(message.capacity() < 40_000);
    }

    #[test]
    fn what_deflate_never_makes_is_a_fault() {
        for payload in [&[0xff, 0xff, 0xff][..], b"Hello, this is plain text", &[0x06, 0x01, 0x02]] {
            let outcome = inflated(&mut Inflater::new(15, true), payload, LIMIT);
            assert_eq!(outcome.unwrap_err().code.number(), 1007, "{payload:x?}");
        }
    }
}
