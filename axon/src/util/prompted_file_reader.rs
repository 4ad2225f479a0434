//! Reads a file piece by piece, on request.
//!
//! Ported from `PromptedFileReader` of `Kamaelia.File.Reading`.
//!
//! *Differs from Kamaelia:* a failure is an error that names the file; there it looks like the end of the file. A
//! request for 0 sends nothing; there it counts as the end too. The file is read on a thread beside the scheduler,
//! and the length of a line is limited.

use std::path::{Path, PathBuf};

use crate::chassis::{FromMessage, announce, announce_end, receive};
use crate::{Component, Context, Ending, Error, INBOX, Message, OUTBOX, Payload, Result};

use super::each::before_failing;
use super::line_source::{LineOptions, LineSource, line_options};
use super::lines::{Encoding, Line, lossy};
use super::read_ahead::{ReadAhead, Taken};

/// At each request, reads as many bytes or lines of a file as are requested.
///
/// The file is opened and read on a thread beside the scheduler. After the first request, at most 256 KiB are read
/// ahead.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | whole numbers: how many bytes or lines to read |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | one message for each number except 0: that many bytes as a `Vec<u8>`, or lines as a `String` |
/// | `signal` | an ending, and other control messages |
///
/// # Shutdown
///
/// At a request after the end of the file it ends by itself with `ProducerFinished`. The message before that may
/// hold less than was requested. `ProducerFinished`: passes it on and ends, after answering the requests that it
/// has. `ShutdownMicroprocess`: passes it on and ends immediately.
///
/// # Errors
///
/// It ends with an error if the file cannot be read, or if a request is not a whole number. A line that is not
/// UTF-8, or longer than 1 MiB, is a [`LineError`](super::LineError), which says where; see
/// [`lossy`](PromptedFileReader::lossy), [`as_bytes`](PromptedFileReader::as_bytes) and
/// [`longest_line`](PromptedFileReader::longest_line). The good lines before it are sent first, even if they are
/// fewer than requested; the next request, or `ProducerFinished`, ends it with the error.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, PromptedFileReader, Received};
///
/// let received = Received::<Vec<u8>>::new();
/// axon::run(pipeline![
///     DataSource::new([9, 7]),
///     PromptedFileReader::bytes("Cargo.toml"),
///     DataSink::new(&received),
/// ])?;
/// assert_eq!(received.take(), [b"[package]", &b"\nname ="[..]]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct PromptedFileReader {
    pub(crate) path: PathBuf,
    pub(crate) readmode: Readmode,
    pub(crate) options: LineOptions,
}

/// What is counted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Readmode {
    Bytes,
    Lines,
}

impl PromptedFileReader {
    /// Reads the file at `path`; requests are numbers of bytes.
    #[doc(alias = "readmode")]
    pub fn bytes(path: impl Into<PathBuf>) -> Self {
        let options = LineOptions::default();
        PromptedFileReader { path: path.into(), readmode: Readmode::Bytes, options }
    }

    /// Reads the file at `path`; requests are numbers of lines.
    ///
    /// # Examples
    ///
    /// ```
    /// use axon::util::PromptedFileReader;
    ///
    /// let lines_on_request = PromptedFileReader::lines("/etc/services");
    /// ```
    pub fn lines(path: impl Into<PathBuf>) -> Self {
        PromptedFileReader { readmode: Readmode::Lines, ..Self::bytes(path) }
    }
}

line_options!(PromptedFileReader);

/// The number in a request, of any integer type.
struct Count(usize);

impl FromMessage for Count {
    fn expected() -> String {
        "a whole number".to_owned()
    }

    fn from_message(message: Message) -> std::result::Result<Self, Message> {
        fn number<T: Payload + Copy + TryInto<usize>>(message: &Message) -> Option<usize> {
            message.view(|number: &T| (*number).try_into().ok()).flatten()
        }
        let found = number::<usize>(&message)
            .or_else(|| number::<i32>(&message))
            .or_else(|| number::<u32>(&message))
            .or_else(|| number::<i64>(&message))
            .or_else(|| number::<u64>(&message));
        found.map(Count).ok_or(message)
    }
}

/// The answer to the current request.
pub(crate) struct Answers {
    pub(crate) source: LineSource,
    readmode: Readmode,
    /// How many bytes or lines are missing for the current request; zero if there is none.
    pub(crate) left: usize,
    /// How many were missing for the last answer, since the file has ended.
    pub(crate) short_by: usize,
    /// The answer so far.
    gathered: Vec<u8>,
    /// An error that came after data that was sent already: the outcome of the next request.
    pub(crate) fault: Option<Error>,
}

impl Answers {
    /// Answers from the file at `path`, which is opened now.
    pub(crate) fn new(cx: &Context, path: &Path, readmode: Readmode, options: LineOptions) -> Self {
        let ahead = ReadAhead::file(cx, path);
        ahead.open(cx);
        let source = LineSource::new(ahead, path.display().to_string(), options);
        Answers { source, readmode, left: 0, short_by: 0, gathered: Vec::new(), fault: None }
    }

    /// Adds to the answer what has been read. `Taken::End` if the file has ended and the answer is empty.
    pub(crate) fn gather(&mut self, cx: &Context) -> Result<Taken<Message>> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        while self.left > 0 {
            let more = match self.readmode {
                Readmode::Bytes => self.source.next_bytes(cx, self.left).map(|taken| {
                    taken.map(|bytes| {
                        self.gathered.extend_from_slice(bytes);
                        bytes.len()
                    })
                }),
                Readmode::Lines => self.source.next(cx).and_then(|taken| self.add_line(cx, taken)),
            };
            match more {
                Ok(Taken::One(more)) => self.left -= more,
                Ok(Taken::NotYet) => return Ok(Taken::NotYet),
                Ok(Taken::End) if self.gathered.is_empty() => return Ok(Taken::End),
                Ok(Taken::End) => {
                    self.short_by = self.left;
                    break;
                }
                Err(fault) if self.gathered.is_empty() => return Err(fault),
                Err(fault) => {
                    self.fault = Some(fault);
                    break;
                }
            }
        }
        self.left = 0;
        Ok(Taken::One(self.answer()))
    }

    fn add_line(&mut self, cx: &Context, taken: Taken<Line>) -> Result<Taken<usize>> {
        let Taken::One(line) = taken else { return Ok(taken.map(|_| 0)) };
        let line = match self.source.encoding {
            Encoding::Utf8 => line.into_text().map_err(|fault| self.source.fault(cx, fault))?.into_bytes(),
            Encoding::Lossy | Encoding::Bytes => line.bytes,
        };
        self.gathered.extend_from_slice(&line);
        Ok(Taken::One(1))
    }

    fn answer(&mut self) -> Message {
        let gathered = std::mem::take(&mut self.gathered);
        match (self.readmode, self.source.encoding) {
            (Readmode::Bytes, _) | (_, Encoding::Bytes) => Message::new(gathered),
            // Lines in UTF-8 have been checked already; in lossy ones, bad bytes are replaced here.
            (Readmode::Lines, Encoding::Utf8 | Encoding::Lossy) => Message::new(lossy(gathered)),
        }
    }
}

impl Component for PromptedFileReader {
    async fn main(&mut self, cx: &Context) -> Result {
        let mut answers = Answers::new(cx, &self.path, self.readmode, self.options);
        loop {
            while answers.left == 0
                && let Some(Count(count)) = receive(cx, INBOX)?
            {
                answers.left = count;
            }
            if answers.left == 0 {
                answers.source.look_at_opening()?;
                if let Some(notice) = cx.told_to_end() {
                    if let Some(fault) = answers.fault.take()
                        && notice.ending() == Some(Ending::ProducerFinished)
                    {
                        return Err(fault);
                    }
                    announce(cx, notice).await;
                    return Ok(());
                }
                cx.pause().await;
                continue;
            }
            if cx.is_told_to_stop()
                && let Some(notice) = cx.told_to_end()
            {
                announce(cx, notice).await;
                return Ok(());
            }
            match answers.gather(cx)? {
                Taken::One(answer) => {
                    cx.send_when_room(OUTBOX, answer).await?;
                    if answers.fault.is_some() {
                        before_failing(cx).await;
                    }
                }
                Taken::End => {
                    announce_end(cx, None).await;
                    return Ok(());
                }
                Taken::NotYet => cx.pause().await,
            }
        }
    }
}
