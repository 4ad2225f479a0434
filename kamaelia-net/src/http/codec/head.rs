//! Finds the end of a head or of the trailers, and refuses the bytes that may stand in neither.
//!
//! Every line must end with CR LF. A CR or LF alone, a NUL or another control character is refused where it
//! stands, so that the verdict does not depend on how the bytes were cut.

use http::StatusCode;

use super::malformed::Malformed;
use crate::http::limits::HttpLimits;

/// The first byte of a TLS handshake.
const TLS_HANDSHAKE: u8 = 0x16;

/// How many bytes from the first on may stand within a line.
fn text_length(bytes: &[u8]) -> usize {
    let is_text = |byte: &u8| matches!(byte, b'\t' | b' '..=b'~' | 0x80..);
    // Without a branch for each byte, eight are compared at once.
    let are_text = |eight: &&[u8]| eight.iter().fold(true, |all, byte| all & is_text(byte));
    let begin = 8 * bytes.chunks_exact(8).take_while(are_text).count();
    let rest = &bytes[begin..];
    begin + rest.iter().position(|byte| !is_text(byte)).unwrap_or(rest.len())
}

/// Finds the end of one head.
#[derive(Default)]
pub(super) struct HeadReader {
    /// What came in earlier reads.
    bytes: Vec<u8>,
    /// Where the line in progress begins in the head.
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

    /// Takes bytes up to the end of the head. Returns how many, and the whole head once it has come.
    pub(super) fn read<'a>(
        &'a mut self,
        input: &'a [u8],
        limits: &HttpLimits,
    ) -> Result<(usize, Option<&'a [u8]>), Malformed> {
        if self.is_empty() && self.section == Section::Head && input.first() == Some(&TLS_HANDSHAKE) {
            return Err(Malformed::bad("this is the beginning of TLS, and no TLS is spoken here"));
        }
        // Where it goes on in the input, and how far it was looked at.
        let (mut begin, mut at) = (0, 0);
        while at < input.len() {
            let length = self.bytes.len() + at - begin;
            if self.after_cr {
                if input[at] != b'\n' {
                    return Err(Malformed::bad("a CR without LF"));
                }
                at += 1;
                self.after_cr = false;
                if self.section == Section::Head && !self.skipped_line && length == 1 {
                    self.skipped_line = true;
                    self.bytes.clear();
                    begin = at;
                    continue;
                }
                let is_last = length == self.line + 1;
                self.line = length + 1;
                if is_last {
                    let rest = &input[begin..at];
                    if self.bytes.is_empty() {
                        return Ok((at, Some(rest)));
                    }
                    self.bytes.extend_from_slice(rest);
                    return Ok((at, Some(&self.bytes)));
                }
                continue;
            }
            let text = text_length(&input[at..]);
            self.check_length(length + text, limits)?;
            at += text;
            match input.get(at) {
                None => {}
                Some(b'\r') => {
                    self.check_length(length + text + 1, limits)?;
                    self.after_cr = true;
                    at += 1;
                }
                Some(b'\n') => return Err(Malformed::bad("an LF without CR")),
                Some(0) => return Err(Malformed::bad("a NUL")),
                Some(_) => return Err(Malformed::bad("a control character")),
            }
        }
        self.bytes.extend_from_slice(&input[begin..]);
        Ok((at, None))
    }

    /// Whether the head may have so many bytes up to a place in this line. If not, the limit that is reached first is
    /// told.
    fn check_length(&self, length: usize, limits: &HttpLimits) -> Result<(), Malformed> {
        let is_first = self.line == 0 && self.section == Section::Head;
        let line = if is_first { limits.request_line } else { limits.header };
        // The CR counts no more than the LF.
        let line_ends = self.line.saturating_add(line).saturating_add(1);
        if length <= line_ends.min(limits.head) {
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
}

/// The first line of a head without its CR LF, and the rest as it came.
pub(super) fn split(head: &[u8]) -> (&[u8], &[u8]) {
    // A CR stands only at the end of a line.
    let end = head.iter().position(|&byte| byte == b'\r').unwrap_or(head.len());
    (&head[..end], head.get(end + 2..).unwrap_or_default())
}
