//! Takes a body off a connection, whatever tells its end.

use http::{HeaderMap, StatusCode};

use super::chunked::{Chunks, Piece};
use super::framing::Framing;
use super::malformed::Malformed;
use crate::http::limits::HttpLimits;

/// A body in progress.
pub(super) struct Body {
    way: Way,
    /// How many bytes of it have come.
    received: u64,
}

enum Way {
    /// This many bytes are missing.
    Length(u64),
    Chunked(Box<Chunks>),
    UntilClose,
}

impl Body {
    pub(super) fn new(framing: Framing) -> Self {
        let way = match framing {
            Framing::Length(length) => Way::Length(length),
            Framing::Chunked => Way::Chunked(Box::new(Chunks::new())),
            Framing::UntilClose | Framing::Tunnel => Way::UntilClose,
        };
        Body { way, received: 0 }
    }

    /// Takes bytes up to the next piece. Returns how many.
    pub(super) fn read<'a>(
        &mut self,
        input: &'a [u8],
        limits: &HttpLimits,
    ) -> Result<(usize, Piece<'a>), Malformed> {
        check_length(self.received, limits)?;
        let (mut taken, mut piece) = match &mut self.way {
            Way::Length(0) => return Ok((0, Piece::End(HeaderMap::new()))),
            Way::Length(left) => {
                let length = input.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= length as u64;
                (length, Piece::Data(&input[..length]))
            }
            Way::Chunked(chunks) => chunks.read(input, limits)?,
            Way::UntilClose => (input.len(), Piece::Data(input)),
        };
        if let Piece::Data(data) = &mut piece {
            let room = limits.body.map_or(u64::MAX, |limit| limit.saturating_sub(self.received));
            let whole = data.len();
            self.received += whole as u64;
            // What is below the limit is told first, so that it does not depend on how the bytes were cut.
            *data = &data[..whole.min(usize::try_from(room).unwrap_or(usize::MAX))];
            // A piece is the end of what was taken: the rest is left, and refused when it is read.
            taken -= whole - data.len();
            if data.is_empty() {
                check_length(self.received, limits)?;
            }
        }
        Ok((taken, piece))
    }

    /// How many bytes are known to be missing.
    pub(super) fn missing(&self) -> u64 {
        match &self.way {
            Way::Length(left) => *left,
            Way::Chunked(_) | Way::UntilClose => 0,
        }
    }

    /// The connection has ended: `Ok` if that is this body's end.
    pub(super) fn is_cut(&self) -> Result<(), Malformed> {
        let missing = match &self.way {
            Way::Length(0) | Way::UntilClose => return Ok(()),
            Way::Length(left) => format!("{left} of {} bytes are missing", self.received + left),
            Way::Chunked(_) => format!("after {} bytes the last chunk is missing", self.received),
        };
        Err(Malformed::bad(format!("the body was cut: {missing}")))
    }
}

/// Whether a body may have so many bytes.
pub(super) fn check_length(bytes: u64, limits: &HttpLimits) -> Result<(), Malformed> {
    match limits.body {
        Some(limit) if bytes > limit => {
            let why = format!("the body has more than {limit} bytes");
            Err(Malformed::new(StatusCode::PAYLOAD_TOO_LARGE, why))
        }
        _ => Ok(()),
    }
}
