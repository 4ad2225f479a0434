//! Cuts lines out of bytes that come in pieces, and reports lines that are too long or not text.

use std::fmt;
use std::io::BufRead;

use crate::{Context, Message};

/// The longest line in bytes, by default: 1 MiB.
pub(crate) const LONGEST_LINE: usize = 1 << 20;

/// Checks a length that a user has set.
///
/// # Panics
///
/// If it is zero.
#[track_caller]
pub(crate) fn longest(bytes: usize) -> usize {
    assert!(bytes > 0, "a line of at most 0 bytes holds nothing; write at least 1");
    bytes
}

/// Collects bytes until a line is complete.
#[derive(Debug)]
pub(crate) struct Lines {
    /// The beginning of a line that is not complete yet.
    begun: Vec<u8>,
    /// The longest line in bytes, without its line break.
    longest: usize,
    /// How many lines have been completed.
    complete: u64,
    /// How many bytes these lines had.
    bytes: u64,
}

/// A line, and its position.
pub(crate) struct Line {
    /// The line, with its line break, if it has one.
    pub(crate) bytes: Vec<u8>,
    number: u64,
    /// How many bytes come before it.
    at: u64,
}

impl Default for Lines {
    fn default() -> Self {
        Lines { begun: Vec::new(), longest: LONGEST_LINE, complete: 0, bytes: 0 }
    }
}

impl Lines {
    /// For lines of at most this many bytes.
    pub(crate) fn of_at_most(longest: usize) -> Self {
        Lines { longest, ..Self::default() }
    }

    /// Removes the bytes up to the next line break from `piece`, and returns the line. If there is no line break,
    /// takes all of `piece` and returns no line.
    #[inline]
    pub(crate) fn next(&mut self, piece: &mut &[u8]) -> Result<Option<Line>, LineFault> {
        // The number of bytes up to the line break, and including it: `BufRead` searches fast.
        let taken = { *piece }.skip_until(b'\n').unwrap_or(piece.len());
        let (part, rest) = piece.split_at(taken);
        let is_complete = part.last() == Some(&b'\n');
        if self.begun.len() + part.len() - usize::from(is_complete) > self.longest {
            return Err(LineFault {
                line: self.complete + 1,
                byte: self.bytes,
                kind: LineFaultKind::TooLong { longest: self.longest },
            });
        }
        *piece = rest;
        if self.begun.is_empty() && is_complete {
            return Ok(Some(self.found(part.to_vec())));
        }
        self.begun.extend_from_slice(part);
        Ok(if is_complete { self.rest() } else { None })
    }

    /// The incomplete line at the end, if there is one.
    pub(crate) fn rest(&mut self) -> Option<Line> {
        let begun = std::mem::take(&mut self.begun);
        (!begun.is_empty()).then(|| self.found(begun))
    }

    #[inline]
    fn found(&mut self, bytes: Vec<u8>) -> Line {
        self.complete += 1;
        let at = self.bytes;
        self.bytes += bytes.len() as u64;
        Line { bytes, number: self.complete, at }
    }
}

impl Line {
    /// The line as text.
    #[inline]
    pub(crate) fn into_text(self) -> Result<String, LineFault> {
        String::from_utf8(self.bytes).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let bad = error.as_bytes()[valid];
            LineFault {
                line: self.number,
                byte: self.at + valid as u64,
                kind: LineFaultKind::NotText { bad },
            }
        })
    }
}

/// What to do with bytes that are not UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) enum Encoding {
    /// They are an error.
    #[default]
    Utf8,
    /// They are replaced by `U+FFFD`.
    Lossy,
    /// Nothing is converted: lines are sent as bytes.
    Bytes,
}

impl Encoding {
    /// The message for a line.
    #[inline]
    pub(crate) fn message(self, line: Line) -> Result<Message, LineFault> {
        Ok(match self {
            Encoding::Utf8 => Message::new(line.into_text()?),
            Encoding::Lossy => Message::new(lossy(line.bytes)),
            Encoding::Bytes => Message::new(line.bytes),
        })
    }
}

/// Text in which bytes that are not UTF-8 are replaced by `U+FFFD`.
pub(crate) fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|bad| String::from_utf8_lossy(bad.as_bytes()).into_owned())
}

/// What is wrong with a line.
#[derive(Clone, Debug)]
pub(crate) struct LineFault {
    line: u64,
    byte: u64,
    kind: LineFaultKind,
}

#[derive(Clone, Debug)]
enum LineFaultKind {
    TooLong { longest: usize },
    NotText { bad: u8 },
}

impl LineFault {
    /// Makes the error of this component, which says what to write instead.
    pub(crate) fn of(self, cx: &Context, source: Option<&str>) -> LineError {
        let whose = match source {
            Some(source) => format!("{} cannot read {source}", cx.name()),
            None => cx.name(),
        };
        LineError { whose, fault: self }
    }
}

/// A line is longer than the limit, or is not UTF-8. The error of a component that assembles lines.
#[derive(Clone)]
pub struct LineError {
    whose: String,
    fault: LineFault,
}

impl LineError {
    /// The number of the line, counted from 1.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.fault.line
    }

    /// The position in bytes, counted from 0: of the line if it is too long, of the bad byte if it is not UTF-8.
    #[must_use]
    pub fn byte(&self) -> u64 {
        self.fault.byte
    }

    /// The limit in bytes, if the line is longer. `None` if the line is not UTF-8.
    #[must_use]
    pub fn limit(&self) -> Option<usize> {
        match self.fault.kind {
            LineFaultKind::TooLong { longest } => Some(longest),
            LineFaultKind::NotText { .. } => None,
        }
    }
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LineError { whose, fault: LineFault { line, byte, kind } } = self;
        match kind {
            LineFaultKind::TooLong { longest } => write!(
                f,
                "{whose}: line {line}, which begins at byte {byte}, is longer than {longest} bytes; \
                 longest_line(bytes) takes longer ones"
            ),
            LineFaultKind::NotText { bad } => write!(
                f,
                "{whose}: line {line} is not UTF-8: {bad:#04x} at byte {byte}; lossy() puts U+FFFD in its \
                 place, as_bytes() sends lines as bytes"
            ),
        }
    }
}

impl fmt::Debug for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for LineError {}
