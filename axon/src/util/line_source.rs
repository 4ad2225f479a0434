//! Lines from a file or another source, which is read on a thread beside the scheduler.

use crate::{Context, Message, Result};

use super::lines::{Encoding, LONGEST_LINE, Line, LineFault, Lines};
use super::progress::ProgressReports;
use super::read_ahead::{ReadAhead, Taken};

/// Splits the blocks of a source into lines.
pub(crate) struct LineSource {
    ahead: ReadAhead,
    /// The current block, and how many bytes of it have been used.
    block: Vec<u8>,
    used: usize,
    /// How many bytes there were in the blocks before.
    before: u64,
    lines: Lines,
    pub(crate) encoding: Encoding,
    /// The name of the source, for errors.
    name: String,
}

/// How lines are read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LineOptions {
    pub(crate) longest: usize,
    pub(crate) encoding: Encoding,
}

impl Default for LineOptions {
    fn default() -> Self {
        LineOptions { longest: LONGEST_LINE, encoding: Encoding::default() }
    }
}

/// Gives a component with a field `options` of type [`LineOptions`] the methods that set them.
macro_rules! line_options {
    ($reader:ident) => {
        impl $reader {
            /// Takes lines of at most this many bytes, the line break not counted, instead of 1 MiB.
            ///
            /// # Panics
            ///
            /// If it is zero.
            #[track_caller]
            pub fn longest_line(mut self, bytes: usize) -> Self {
                self.options.longest = $crate::util::lines::longest(bytes);
                self
            }

            /// Replaces bytes in lines that are not UTF-8 by `U+FFFD`.
            pub fn lossy(mut self) -> Self {
                self.options.encoding = $crate::util::lines::Encoding::Lossy;
                self
            }

            /// Sends each line as bytes, a `Vec<u8>`.
            pub fn as_bytes(mut self) -> Self {
                self.options.encoding = $crate::util::lines::Encoding::Bytes;
                self
            }
        }
    };
}
pub(crate) use line_options;

impl LineSource {
    /// Lines from `ahead`, which errors call `name`.
    pub(crate) fn new(ahead: ReadAhead, name: String, options: LineOptions) -> Self {
        let lines = Lines::of_at_most(options.longest);
        let (block, encoding) = (Vec::new(), options.encoding);
        LineSource { ahead, block, used: 0, before: 0, lines, encoding, name }
    }

    /// The next line, with its line break if it has one.
    ///
    /// # Errors
    ///
    /// If the source cannot be read, or the line is too long.
    #[inline]
    pub(crate) fn next(&mut self, cx: &Context) -> Result<Taken<Line>> {
        loop {
            if self.used < self.block.len() {
                let mut rest = &self.block[self.used..];
                let line = self.lines.next(&mut rest).map_err(|fault| self.fault(cx, fault))?;
                self.used = self.block.len() - rest.len();
                if let Some(line) = line {
                    return Ok(Taken::One(line));
                }
            }
            match self.ahead.take(cx)? {
                Taken::One(block) => self.begin(block),
                Taken::End => return Ok(self.lines.rest().map_or(Taken::End, Taken::One)),
                Taken::NotYet => return Ok(Taken::NotYet),
            }
        }
    }

    /// The message for the next line.
    ///
    /// # Errors
    ///
    /// As [`LineSource::next`], and if the line is not UTF-8.
    #[inline]
    pub(crate) fn next_message(&mut self, cx: &Context) -> Result<Taken<Message>> {
        let taken = self.next(cx)?;
        taken.try_map(|line| self.encoding.message(line).map_err(|fault| self.fault(cx, fault)))
    }

    /// The next bytes, at most `most`.
    ///
    /// # Errors
    ///
    /// If the source cannot be read.
    pub(crate) fn next_bytes(&mut self, cx: &Context, most: usize) -> Result<Taken<&[u8]>> {
        if self.used == self.block.len() {
            match self.ahead.take(cx)? {
                Taken::One(block) => self.begin(block),
                Taken::End => return Ok(Taken::End),
                Taken::NotYet => return Ok(Taken::NotYet),
            }
        }
        let begin = self.used;
        self.used = self.block.len().min(begin.saturating_add(most));
        Ok(Taken::One(&self.block[begin..self.used]))
    }

    fn begin(&mut self, block: Vec<u8>) {
        self.before += self.block.len() as u64;
        self.ahead.give_back(std::mem::replace(&mut self.block, block));
        self.used = 0;
    }

    /// Tells how far it is.
    #[inline]
    pub(crate) fn report(&self, reports: &mut ProgressReports<'_>) {
        reports.expect_if_unknown(|| self.ahead.length());
        reports.advance_to(self.before + self.used as u64);
    }

    /// Checks whether opening the file has failed.
    ///
    /// # Errors
    ///
    /// If it has failed; the error is returned once.
    pub(crate) fn look_at_opening(&mut self) -> Result {
        Ok(self.ahead.look_at_opening()?)
    }

    /// Makes the component's error for a bad line.
    pub(crate) fn fault(&self, cx: &Context, fault: LineFault) -> crate::Error {
        Box::new(fault.of(cx, Some(&self.name)))
    }
}
