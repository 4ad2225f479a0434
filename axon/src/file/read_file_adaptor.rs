//! Reads a file, a command or standard input: by line, by block, or at a bit rate.
//!
//! Ported from `Kamaelia.File.ReadFileAdaptor`.
//!
//! *Differs from Kamaelia:* the rate is exact over any time, and nothing is polled. It heeds control messages. A failure
//! is an error that names the file.

use std::io::{self, Read};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::chassis::announce_end;
use crate::util::each::before_failing;
use crate::util::file_reading::LINES_A_TURN;
use crate::util::line_source::{LineOptions, LineSource, line_options};
use crate::util::progress::ProgressReports;
use crate::util::read_ahead::{ReadAhead, Taken};
use crate::{Component, Context, Ending, Message, OUTBOX, Result, time_after};

/// How many bytes a block has, unless set.
const READ_SIZE: usize = 1450;

/// How many chunks a second are sent at a bit rate, unless set.
const CHUNK_RATE: u32 = 24;

/// Sends a file, the output of a command, or standard input: in blocks, line by line, or at a bit rate.
///
/// It sends blocks of 1450 bytes, each a `Vec<u8>`, as fast as its receiver takes them, unless set to something else.
/// It reads at most 256 KiB ahead on a thread beside the scheduler. To read the lines that somebody types, use a
/// [`ConsoleReader`](crate::util::ConsoleReader).
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | nothing |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | blocks, each a `Vec<u8>`, or lines, each a `String` |
/// | `signal` | an ending, and other control messages |
///
/// # Shutdown
///
/// At the end of the input it ends by itself with `ProducerFinished`. After `ProducerFinished` it reads on to the
/// end, and then passes that message on. After `ShutdownMicroprocess` it passes it on and ends immediately.
///
/// # Errors
///
/// It ends with an error if the input cannot be read, or a file was truncated while it was read. A line that is not
/// UTF-8, or longer than 1 MiB, is a [`LineError`](crate::util::LineError).
///
/// # Examples
///
/// ```
/// use axon::file::ReadFileAdaptor;
/// use axon::pipeline;
/// use axon::util::{DataSink, Received};
///
/// let received = Received::<Vec<u8>>::new();
/// let slowly = ReadFileAdaptor::new("Cargo.toml").bitrate(1_000_000).chunkrate(100);
/// axon::run(pipeline![slowly, DataSink::new(&received)])?;
/// assert_eq!(received.take().concat(), std::fs::read("Cargo.toml")?);
/// # Ok::<(), axon::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct ReadFileAdaptor {
    /// `None` after it was given to a thread.
    input: Option<Input>,
    readmode: Readmode,
    step_time: Duration,
    options: LineOptions,
}

enum Input {
    File(PathBuf),
    Stream(Box<dyn Read + Send>),
}

crate::debug_by_name!(Input);

#[derive(Debug, Clone, Copy)]
enum Readmode {
    Line,
    Block(usize),
    BitRate { bits_per_second: u64, chunks_per_second: u32 },
}

impl ReadFileAdaptor {
    /// Reads the file at `path`.
    #[doc(alias = "filename")]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self::of(Input::File(path.into()))
    }

    /// Reads standard input: each block is sent as soon as there is something.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use axon::file::ReadFileAdaptor;
    /// use axon::prelude::*;
    ///
    /// axon::run(pipeline![ReadFileAdaptor::standard_input(), ConsoleEchoer::new()])?;
    /// # Ok::<(), axon::RunError>(())
    /// ```
    pub fn standard_input() -> Self {
        Self::reading_from(io::stdin())
    }

    /// Reads `input`: each block is sent as soon as there is something.
    ///
    /// # Examples
    ///
    /// ```
    /// use axon::file::ReadFileAdaptor;
    /// use axon::prelude::*;
    ///
    /// axon::run(pipeline![ReadFileAdaptor::reading_from("hello\n".as_bytes()), ConsoleEchoer::new()])?;
    /// # Ok::<(), axon::RunError>(())
    /// ```
    pub fn reading_from(input: impl Read + Send + 'static) -> Self {
        Self::of(Input::Stream(Box::new(input)))
    }

    fn of(input: Input) -> Self {
        ReadFileAdaptor {
            input: Some(input),
            readmode: Readmode::Block(READ_SIZE),
            step_time: Duration::ZERO,
            options: LineOptions::default(),
        }
    }

    /// Sends lines, each a `String` with its line break.
    pub fn by_line(mut self) -> Self {
        self.readmode = Readmode::Line;
        self
    }

    /// Sends blocks of at most this many bytes.
    ///
    /// # Panics
    ///
    /// If it is zero.
    #[track_caller]
    #[doc(alias = "readsize")]
    pub fn by_block(mut self, bytes: usize) -> Self {
        assert!(bytes > 0, "blocks of no bytes would never reach the end of the file");
        self.readmode = Readmode::Block(bytes);
        self
    }

    /// Sends this many bits a second, in 24 chunks a second.
    ///
    /// # Panics
    ///
    /// If it is zero.
    #[track_caller]
    pub fn bitrate(mut self, bits_per_second: u64) -> Self {
        assert!(bits_per_second > 0, "at 0 bits a second nothing is ever sent");
        self.readmode = Readmode::BitRate { bits_per_second, chunks_per_second: CHUNK_RATE };
        self
    }

    /// Sends this many chunks a second at a [`bitrate`](ReadFileAdaptor::bitrate), which is set before.
    ///
    /// # Panics
    ///
    /// If it is zero, or no bit rate is set.
    #[track_caller]
    pub fn chunkrate(mut self, chunks: u32) -> Self {
        assert!(chunks > 0, "with 0 chunks a second nothing is ever sent");
        let Readmode::BitRate { chunks_per_second, .. } = &mut self.readmode else {
            panic!("chunkrate(chunks) needs bitrate(bits_per_second) before it");
        };
        *chunks_per_second = chunks;
        self
    }

    /// Sends at most one line or block in this time.
    #[doc(alias = "steptime")]
    pub fn step_time(mut self, time: Duration) -> Self {
        self.step_time = time;
        self
    }

    fn pieces(&mut self, cx: &Context) -> Option<Pieces> {
        let (ahead, name, fills) = match self.input.take()? {
            Input::File(path) => (ReadAhead::file(cx, &path), path.display().to_string(), true),
            Input::Stream(stream) => (ReadAhead::of(cx, stream), "its input".to_owned(), false),
        };
        let source = LineSource::new(ahead, name, self.options);
        Some(Pieces { source, readmode: self.readmode, fills, gathered: Vec::new() })
    }

    fn steps(&self) -> Steps {
        let (nanoseconds, per) = match self.readmode {
            Readmode::BitRate { chunks_per_second, .. } => (1_000_000_000, u128::from(chunks_per_second)),
            _ => (self.step_time.as_nanos(), 1),
        };
        Steps { nanoseconds, per, began: None, step: 0 }
    }
}

line_options!(ReadFileAdaptor);

impl Component for ReadFileAdaptor {
    async fn main(&mut self, cx: &Context) -> Result {
        let Some(mut pieces) = self.pieces(cx) else { return Ok(()) };
        let mut steps = self.steps();
        let mut reports = ProgressReports::new(cx);
        let mut told: Option<Message> = None;
        loop {
            told = cx.told_to_end().or(told);
            if told.as_ref().and_then(Message::ending) == Some(Ending::ShutdownMicroprocess) {
                break;
            }
            if let Some(due) = steps.not_before(cx.now()) {
                cx.pause_until(due).await;
                continue;
            }
            match pieces.next(cx, steps.step) {
                Ok(Taken::One(piece)) => {
                    steps.step += 1;
                    pieces.source.report(&mut reports);
                    if let Some(piece) = piece {
                        cx.send_when_room(OUTBOX, piece).await?;
                        if !matches!(self.readmode, Readmode::Line)
                            || steps.step.is_multiple_of(LINES_A_TURN as u64)
                        {
                            cx.yield_now().await;
                        }
                    }
                }
                Ok(Taken::NotYet) => cx.pause().await,
                Ok(Taken::End) => break,
                Err(error) => {
                    before_failing(cx).await;
                    return Err(error);
                }
            }
        }
        drop(reports);
        announce_end(cx, told).await;
        Ok(())
    }
}

/// What is sent, piece by piece.
struct Pieces {
    source: LineSource,
    readmode: Readmode,
    /// Whether a block is sent only when it is full.
    fills: bool,
    gathered: Vec<u8>,
}

impl Pieces {
    /// The piece of a step; there may be none at a very low bit rate.
    fn next(&mut self, cx: &Context, step: u64) -> Result<Taken<Option<Message>>> {
        let (wanted, fills) = match self.readmode {
            Readmode::Line => return Ok(self.source.next_message(cx)?.map(Some)),
            Readmode::Block(bytes) => (bytes, self.fills),
            Readmode::BitRate { bits_per_second, chunks_per_second } => {
                let until =
                    |step: u128| step * u128::from(bits_per_second) / (8 * u128::from(chunks_per_second));
                ((until(u128::from(step) + 1) - until(u128::from(step))) as usize, true)
            }
        };
        while self.gathered.len() < wanted {
            match self.source.next_bytes(cx, wanted - self.gathered.len())? {
                Taken::One(bytes) => self.gathered.extend_from_slice(bytes),
                Taken::NotYet => return Ok(Taken::NotYet),
                Taken::End if self.gathered.is_empty() => return Ok(Taken::End),
                Taken::End => break,
            }
            if !fills {
                break;
            }
        }
        let piece = std::mem::take(&mut self.gathered);
        Ok(Taken::One((!piece.is_empty()).then(|| Message::new(piece))))
    }
}

/// When each piece is due. Step `n` is due `n * nanoseconds / per` after the beginning, so nothing is lost by
/// rounding. If the input or the receiver was late by more than a step, it begins again: it does not catch up.
struct Steps {
    nanoseconds: u128,
    per: u128,
    began: Option<Instant>,
    step: u64,
}

impl Steps {
    /// When the present step is due, if that is not yet.
    fn not_before(&mut self, now: Instant) -> Option<Instant> {
        let began = *self.began.get_or_insert(now);
        let due = self.due(began, self.step);
        if due > now {
            return Some(due);
        }
        if self.due(began, self.step + 1) < now {
            self.began = Some(now);
            self.step = 0;
        }
        None
    }

    fn due(&self, began: Instant, step: u64) -> Instant {
        let nanoseconds = u128::from(step) * self.nanoseconds / self.per;
        time_after(began, Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX)))
    }
}
