//! Finds the end of a head or of the trailers, and refuses the bytes that may stand in neither.
//!
//! Every line must end with CR LF. A CR or LF alone, a NUL or another control character is refused where it
//! stands, so that the verdict does not depend on how the bytes were cut.

use http::StatusCode;

use super::malformed::Malformed;
use crate::http::limits::HttpLimits;

/// The first byte of a TLS handshake.
const TLS_HANDSHAKE: u8 = 0x16;

/// Gathers the lines of one head.
#[derive(Default)]
pub(super) struct HeadReader {
    /// Whole lines, and the beginning of one.
    bytes: Vec<u8>,
    /// Where the line in progress begins.
    line: usize,
    after_cr: bool,
    /// One empty line before a message is skipped.
    skipped_line: bool,
    section: Section,
}

/// Which lines are read.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Section {
    /// A request line or status line, and fields.
    #[default]
    Head,
    /// Only fields, perhaps none.
    Trailers,
}

impl HeadReader {
    pub(super) fn new(section: Section) -> Self {
        HeadReader { section, ..HeadReader::default() }
    }

    /// Whether nothing of a head has come yet.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty() && !self.after_cr
    }

    /// Takes bytes up to the end of the head. Returns how many, and whether this was the end.
    pub(super) fn read(&mut self, input: &[u8], limits: &HttpLimits) -> Result<(usize, bool), Malformed> {
        if self.is_empty() && self.section == Section::Head && input.first() == Some(&TLS_HANDSHAKE) {
            return Err(Malformed::bad("this is the beginning of TLS, and no TLS is spoken here"));
        }
        for (at, &byte) in input.iter().enumerate() {
            if self.after_cr {
                if byte != b'\n' {
                    return Err(Malformed::bad("a CR without LF"));
                }
                self.after_cr = false;
                if self.is_blank_before_a_message() {
                    self.skipped_line = true;
                    self.bytes.clear();
                    continue;
                }
                let is_last = self.bytes.len() == self.line + 1;
                self.bytes.push(byte);
                self.line = self.bytes.len();
                if is_last {
                    return Ok((at + 1, true));
                }
                continue;
            }
            match byte {
                b'\r' => self.after_cr = true,
                b'\n' => return Err(Malformed::bad("an LF without CR")),
                b'\t' | b' '..=b'~' | 0x80.. => {}
                0 => return Err(Malformed::bad("a NUL")),
                _ => return Err(Malformed::bad("a control character")),
            }
            self.bytes.push(byte);
            self.check_size(limits)?;
        }
        Ok((input.len(), false))
    }

    fn is_blank_before_a_message(&self) -> bool {
        self.section == Section::Head && !self.skipped_line && self.bytes == b"\r"
    }

    fn check_size(&self, limits: &HttpLimits) -> Result<(), Malformed> {
        let is_first = self.line == 0 && self.section == Section::Head;
        // The CR counts no more than the LF.
        if is_first && self.bytes.len() > limits.request_line + 1 {
            let why = format!("the first line has more than {} bytes", limits.request_line);
            return Err(Malformed::new(StatusCode::URI_TOO_LONG, why));
        }
        if !is_first && self.bytes.len() - self.line > limits.header + 1 {
            let why = format!("a header has more than {} bytes", limits.header);
            return Err(Malformed::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, why));
        }
        if self.bytes.len() > limits.head {
            let why = format!("the head has more than {} bytes", limits.head);
            return Err(Malformed::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, why));
        }
        Ok(())
    }

    /// The whole head. The first line is without its CR LF, the rest is as it came.
    pub(super) fn split(&self) -> (&[u8], &[u8]) {
        let end = self.bytes.windows(2).position(|pair| pair == b"\r\n").unwrap_or(self.bytes.len());
        (&self.bytes[..end], self.bytes.get(end + 2..).unwrap_or_default())
    }

    /// All lines.
    pub(super) fn lines(&self) -> &[u8] {
        &self.bytes
    }
}
