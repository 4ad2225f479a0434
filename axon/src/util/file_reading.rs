//! Reads files: line by line, or block by block.
//!
//! Ported from `SimpleReader` of `Kamaelia.File.Reading`, and from `Kamaelia.File.MaxSpeedFileReader`.
//!
//! *Differs from Kamaelia:* a failure is an error that names the file. `ProducerFinished` is passed on at
//! the end. A file is opened and read on a thread beside the scheduler, so a FIFO or a network file system
//! delays no other component. The length of a line is limited.

use std::path::PathBuf;

use crate::chassis::{announce, announce_end};
use crate::{Boxes, Component, Context, Ending, OUTBOX, Payload, Result};

use super::each::before_failing;
use super::line_source::{LineOptions, LineSource, line_options};
use super::progress::{ProgressReports, boxes_reporting, reporting_option};
use super::read_ahead::{ReadAhead, Taken};

/// How many bytes a [`MaxSpeedFileReader`] reads at a time, unless set: with fewer, passing them on costs more than
/// reading them.
const CHUNK_SIZE: usize = 131_072;

/// How many lines are sent in a turn at most: a turn of the reader and of its receiver costs more than a line.
pub(crate) const LINES_A_TURN: usize = 64;

/// How many blocks are sent in a turn: they are large, and what is in the cache is soon used.
const BLOCKS_A_TURN: usize = 1;

/// Sends a text file line by line, each line a `String` with its line break.
///
/// It sends up to 64 lines per turn, and waits while its destination is full. The file is opened and read on a
/// thread beside the scheduler, at most 256 KiB ahead.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | nothing |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | lines |
/// | `progress` | how far it is, each a [`Progress`](super::Progress), if it is [asked to](SimpleReader::reporting) |
/// | `signal` | an ending, and other control messages |
///
/// # Shutdown
///
/// At the end of the file it ends by itself with `ProducerFinished`. After `ProducerFinished` it reads on
/// to the end of the file, and then passes that message on. After `ShutdownMicroprocess` it passes it on
/// and ends immediately, even while the file is not open yet or has nothing to read.
///
/// # Errors
///
/// It ends with an error if the file cannot be read, or was truncated while it was read. A line that is not UTF-8,
/// or longer than 1 MiB, ends it with a [`LineError`](super::LineError), which says where; see
/// [`lossy`](SimpleReader::lossy), [`as_bytes`](SimpleReader::as_bytes) and
/// [`longest_line`](SimpleReader::longest_line). The lines before it have been sent.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{ConsoleEchoer, SimpleReader};
///
/// axon::run(pipeline![SimpleReader::new("Cargo.toml"), ConsoleEchoer::new()])?;
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct SimpleReader {
    path: PathBuf,
    options: LineOptions,
    reports: bool,
}

impl SimpleReader {
    /// Reads the file at `path`.
    #[doc(alias = "filename")]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        SimpleReader { path: path.into(), options: LineOptions::default(), reports: false }
    }
}

line_options!(SimpleReader);
reporting_option!(SimpleReader);

impl Component for SimpleReader {
    fn boxes(&self) -> Boxes {
        boxes_reporting(self.reports)
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let name = self.path.display().to_string();
        let mut lines = LineSource::new(ReadAhead::file(cx, &self.path), name, self.options);
        let mut reports = ProgressReports::new(cx);
        send_pieces(cx, LINES_A_TURN, move || {
            let taken = lines.next_message(cx)?;
            lines.report(&mut reports);
            Ok(taken)
        })
        .await
    }
}

/// Sends a file block by block, each a `Vec<u8>`, as fast as its receiver takes them.
///
/// It sends one block per turn, and waits while its destination is full. The file is opened and read on a
/// thread beside the scheduler, at most 512 KiB or one block ahead.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | nothing |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | blocks |
/// | `progress` | how far it is, each a [`Progress`](super::Progress), if it is [asked to](MaxSpeedFileReader::reporting) |
/// | `signal` | an ending, and other control messages |
///
/// # Shutdown
///
/// As [`SimpleReader`].
///
/// # Errors
///
/// It ends with an error if the file cannot be read, or was truncated while it was read.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, MaxSpeedFileReader, Received};
///
/// let received = Received::<Vec<u8>>::new();
/// axon::run(pipeline![MaxSpeedFileReader::new("Cargo.toml").chunk_size(64), DataSink::new(&received)])?;
/// assert_eq!(received.take().concat(), std::fs::read("Cargo.toml")?);
/// # Ok::<(), axon::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct MaxSpeedFileReader {
    path: PathBuf,
    chunk_size: usize,
    reports: bool,
}

impl MaxSpeedFileReader {
    /// Reads the file at `path`, in blocks of 128 KiB.
    #[doc(alias = "filename")]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        MaxSpeedFileReader { path: path.into(), chunk_size: CHUNK_SIZE, reports: false }
    }

    /// Reads blocks of at most `bytes` bytes.
    ///
    /// # Panics
    ///
    /// If it is zero.
    #[doc(alias = "chunksize")]
    #[track_caller]
    pub fn chunk_size(mut self, bytes: usize) -> Self {
        assert!(bytes > 0, "blocks of no bytes would never reach the end of the file");
        self.chunk_size = bytes;
        self
    }
}

reporting_option!(MaxSpeedFileReader);

impl Component for MaxSpeedFileReader {
    fn boxes(&self) -> Boxes {
        boxes_reporting(self.reports)
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let mut blocks = ReadAhead::blocks_of_file(cx, &self.path, self.chunk_size);
        let mut reports = ProgressReports::new(cx);
        send_pieces(cx, BLOCKS_A_TURN, move || {
            let taken = blocks.take(cx)?;
            if let Taken::One(block) = &taken {
                reports.expect_if_unknown(|| blocks.length());
                reports.add(block.len() as u64);
            }
            Ok(taken)
        })
        .await
    }
}

/// Sends pieces, so many per turn, until there are no more, then ends as a source does.
async fn send_pieces<P: Payload>(
    cx: &Context,
    pieces_a_turn: usize,
    mut next: impl FnMut() -> Result<Taken<P>>,
) -> Result {
    let mut told = None;
    // The first turn sends nothing.
    let mut left_of_turn = 0;
    loop {
        let piece = match next() {
            Ok(Taken::One(piece)) => Some(piece),
            Ok(Taken::End) => break,
            Ok(Taken::NotYet) => None,
            Err(error) => {
                before_failing(cx).await;
                return Err(error);
            }
        };
        match piece {
            Some(_) if left_of_turn > 0 => left_of_turn -= 1,
            Some(_) => {
                cx.yield_now().await;
                left_of_turn = pieces_a_turn - 1;
            }
            None => {
                cx.pause().await;
                left_of_turn = pieces_a_turn;
            }
        }
        if let Some(notice) = cx.told_to_end() {
            if notice.ending() == Some(Ending::ShutdownMicroprocess) {
                announce(cx, notice).await;
                return Ok(());
            }
            told = Some(notice);
        }
        if let Some(piece) = piece
            && let Err(not_sent) = cx.send_when_room(OUTBOX, piece).await
        {
            log::info!("{not_sent}; there is more in the file");
            return Err(not_sent.into());
        }
    }
    // What it reports comes before its end.
    drop(next);
    announce_end(cx, told).await;
    Ok(())
}
