//! Finds the end of a head or of the trailers, and refuses the bytes that may stand in neither.
//!
//! Every line must end with CR LF. A CR or LF alone, a NUL or another control character is refused where it
//! stands, so that the verdict does not depend on how the bytes were cut.

use http::StatusCode;

use super::malformed::Malformed;
use crate::http::limits::HttpLimits;

/// The first byte of a TLS handshake.
const TLS_HANDSHAKE: u8 = 0x16;

/// Whether a byte may stand within a line.
fn is_text(byte: u8) -> bool {
    matches!(byte, b'\t' | b' '..=b'~' | 0x80..)
}

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
        let mut at = 0;
        while at < input.len() {
            if self.after_cr {
                if input[at] != b'\n' {
                    return Err(Malformed::bad("a CR without LF"));
                }
                at += 1;
                self.after_cr = false;
                if self.is_blank_before_a_message() {
                    self.skipped_line = true;
                    self.bytes.clear();
                    continue;
                }
                let is_last = self.bytes.len() == self.line + 1;
                self.bytes.push(b'\n');
                self.line = self.bytes.len();
                if is_last {
                    return Ok((at, true));
                }
                continue;
            }
            let rest = &input[at..];
            let text = rest.iter().position(|byte| !is_text(*byte)).unwrap_or(rest.len());
            self.check_room(text, limits)?;
            self.bytes.extend_from_slice(&rest[..text]);
            at += text;
            match rest.get(text) {
                None => {}
                Some(b'\r') => {
                    self.check_room(1, limits)?;
                    self.bytes.push(b'\r');
                    self.after_cr = true;
                    at += 1;
                }
                Some(b'\n') => return Err(Malformed::bad("an LF without CR")),
                Some(0) => return Err(Malformed::bad("a NUL")),
                Some(_) => return Err(Malformed::bad("a control character")),
            }
        }
        Ok((at, false))
    }

    fn is_blank_before_a_message(&self) -> bool {
        self.section == Section::Head && !self.skipped_line && self.bytes == b"\r"
    }

    /// Whether the line and the head may have so many more bytes. If not, the limit that is reached first is told.
    fn check_room(&self, more: usize, limits: &HttpLimits) -> Result<(), Malformed> {
        let is_first = self.line == 0 && self.section == Section::Head;
        let line = if is_first { limits.request_line } else { limits.header };
        // The CR counts no more than the LF.
        let line_ends = self.line.saturating_add(line).saturating_add(1);
        if self.bytes.len() + more <= line_ends.min(limits.head) {
            return Ok(());
        }
        Err(if limits.head < line_ends {
            let why = format!("the head has more than {} bytes", limits.head);
            Malformed::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, why)
        } else if is_first {
            let why = format!("the first line has more than {} bytes", limits.request_line);
            Malformed::new(StatusCode::URI_TOO_LONG, why)
        } else {
            let why = format!("a header has more than {} bytes", limits.header);
            Malformed::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, why)
        })
    }

    /// The whole head. The first line is without its CR LF, the rest is as it came.
    pub(super) fn split(&self) -> (&[u8], &[u8]) {
        // A CR stands only at the end of a line.
        let end = self.bytes.iter().position(|&byte| byte == b'\r').unwrap_or(self.bytes.len());
        (&self.bytes[..end], self.bytes.get(end + 2..).unwrap_or_default())
    }

    /// All lines.
    pub(super) fn lines(&self) -> &[u8] {
        &self.bytes
    }
}
