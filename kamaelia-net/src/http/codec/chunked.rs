//! Takes a body out of its chunks.
//!
//! ```text
//!            digits     ┌─────────── CR ─────────────┐
//!  ─► Size ──────────► Digits ──► Blank ──► Extension │
//!      ▲                └─────────────── CR ─────────┴─► SizeEnd ── LF, size 0 ──► Trailers ──► end
//!      │ LF                                                 │ LF
//!   DataLf ◄── CR ── DataCr ◄──── all of it ──── Data ◄─────┘
//! ```

use http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE,
    COOKIE, EXPECT, HOST, MAX_FORWARDS, PROXY_AUTHORIZATION, RANGE, SET_COOKIE, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderName};

use super::fields::read_fields;
use super::head::{HeadReader, Section};
use super::malformed::Malformed;
use crate::http::limits::HttpLimits;

/// How many bytes a line with a size may have, extensions included.
const LONGEST_SIZE_LINE: usize = 1024;

/// How many bytes of such lines a body may have beyond its own length, so that extensions and tiny chunks
/// cannot be most of what is read.
const MOST_OVERHEAD: u64 = 256 * 1024;

/// What frames a message or says who asks must not come after it.
const NOT_IN_TRAILERS: [HeaderName; 18] = [
    AUTHORIZATION,
    CACHE_CONTROL,
    CONNECTION,
    CONTENT_ENCODING,
    CONTENT_LENGTH,
    CONTENT_RANGE,
    CONTENT_TYPE,
    COOKIE,
    EXPECT,
    HOST,
    MAX_FORWARDS,
    PROXY_AUTHORIZATION,
    RANGE,
    SET_COOKIE,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Where in the chunks the next byte is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum At {
    Size,
    Digits,
    Blank,
    Extension,
    SizeEnd,
    Data,
    DataCr,
    DataLf,
    Trailers,
}

/// What came.
pub(super) enum Piece<'a> {
    Data(&'a [u8]),
    /// The end, with the trailers.
    End(HeaderMap),
    /// More bytes are needed.
    Nothing,
}

/// Reads chunks.
pub(super) struct Chunks {
    at: At,
    /// Of the chunk in progress: its size, and then what is left of it.
    left: u64,
    /// The length of the line with the size.
    line: usize,
    /// Bytes that were neither data nor trailers, less the data.
    overhead: u64,
    trailers: HeadReader,
}

impl Chunks {
    pub(super) fn new() -> Self {
        Chunks { at: At::Size, left: 0, line: 0, overhead: 0, trailers: HeadReader::new(Section::Trailers) }
    }

    /// Takes bytes up to the next piece. Returns how many.
    pub(super) fn read<'a>(
        &mut self,
        input: &'a [u8],
        limits: &HttpLimits,
    ) -> Result<(usize, Piece<'a>), Malformed> {
        let mut taken = 0;
        while let Some(&byte) = input.get(taken) {
            match self.at {
                At::Data => {
                    let here = &input[taken..];
                    let length = here.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
                    self.left -= length as u64;
                    self.overhead = self.overhead.saturating_sub(length as u64);
                    if self.left == 0 {
                        self.at = At::DataCr;
                    }
                    return Ok((taken + length, Piece::Data(&here[..length])));
                }
                At::Trailers => {
                    let (length, lines) = self.trailers.read(&input[taken..], limits)?;
                    taken += length;
                    if let Some(lines) = lines {
                        return Ok((taken, Piece::End(trailers(lines, limits)?)));
                    }
                }
                _ => {
                    self.step(byte)?;
                    taken += 1;
                }
            }
        }
        Ok((taken, Piece::Nothing))
    }

    /// One byte of what stands between the data.
    fn step(&mut self, byte: u8) -> Result<(), Malformed> {
        self.line += 1;
        self.overhead += 1;
        if self.line > LONGEST_SIZE_LINE {
            return Err(Malformed::bad(format!(
                "a chunk's size line has more than {LONGEST_SIZE_LINE} bytes"
            )));
        }
        if self.overhead > MOST_OVERHEAD {
            return Err(Malformed::bad("the chunks are mostly not data"));
        }
        self.at = match (self.at, byte) {
            (At::Size | At::Digits, _) if byte.is_ascii_hexdigit() => self.digit(byte)?,
            (At::Digits, b' ' | b'\t') | (At::Blank, b' ' | b'\t') => At::Blank,
            (At::Digits | At::Blank, b';') => At::Extension,
            (At::Digits | At::Extension, b'\r') => At::SizeEnd,
            (At::Extension, b'\t' | b' '..=b'~' | 0x80..) => At::Extension,
            (At::SizeEnd, b'\n') if self.left == 0 => At::Trailers,
            (At::SizeEnd, b'\n') => At::Data,
            (At::DataCr, b'\r') => At::DataLf,
            (At::DataLf, b'\n') => {
                self.line = 0;
                At::Size
            }
            (At::DataCr | At::DataLf, _) => {
                return Err(Malformed::bad("a chunk is not as long as its size says"));
            }
            (At::SizeEnd, _) => return Err(Malformed::bad("a CR without LF after a chunk's size")),
            (At::Extension, _) => return Err(Malformed::bad("a control character in a chunk's extension")),
            _ => return Err(Malformed::bad("a chunk's size is no number in hexadecimal digits")),
        };
        Ok(())
    }

    fn digit(&mut self, byte: u8) -> Result<At, Malformed> {
        let digit = (byte as char).to_digit(16).unwrap_or_default();
        let size = self.left.checked_mul(16).map(|size| size | u64::from(digit));
        self.left = size.ok_or_else(|| Malformed::bad("a chunk's size is too large"))?;
        Ok(At::Digits)
    }
}

fn trailers(lines: &[u8], limits: &HttpLimits) -> Result<HeaderMap, Malformed> {
    let mut trailers = read_fields(lines, limits)?;
    for name in NOT_IN_TRAILERS {
        trailers.remove(name);
    }
    Ok(trailers)
}
