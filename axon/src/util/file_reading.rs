//! Reads files: line by line, block by block, or as much as is asked for.
//!
//! Ported from `Kamaelia.File.Reading` and `Kamaelia.File.MaxSpeedFileReader`.
//!
//! *Differs from Kamaelia:* what goes wrong is an error that names the file; there every fault, a full
//! destination too, looked like the end of the file (B30). `ProducerFinished` is passed on at the end;
//! there it was thrown away.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::chassis::{FromMessage, announce, producer_finished, receive};
use crate::{Component, Context, Ending, INBOX, Message, OUTBOX, Payload, Result};

/// How many bytes a [`MaxSpeedFileReader`] reads at a time, unless it is told otherwise.
const CHUNK_SIZE: usize = 32768;

/// Sends a text file line by line, each line a `String` with its line break.
///
/// It reads a line a turn, and waits while its destination is full.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | nothing |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | lines |
/// | `signal` | an ending, and control messages that are none |
///
/// # Shutdown
///
/// At the end of the file it ends by itself with `ProducerFinished`. Told `ProducerFinished`, it reads on
/// to the end of the file and passes that one on; told `ShutdownMicroprocess`, it passes it on and ends
/// at once.
///
/// # Errors
///
/// It ends with an error if the file cannot be read, or is no UTF-8.
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
pub struct SimpleReader {
    path: PathBuf,
}

impl SimpleReader {
    /// Will read the file at `path`.
    #[doc(alias = "filename")]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        SimpleReader { path: path.into() }
    }
}

impl Component for SimpleReader {
    async fn main(&mut self, cx: &Context) -> Result {
        let mut file = open(&self.path)?;
        send_pieces(cx, || {
            let mut line = String::new();
            let read = file.read_line(&mut line).map_err(|error| about(&self.path, "read", error))?;
            Ok((read > 0).then_some(line))
        })
        .await
    }
}

/// Sends a file block by block, each a `Vec<u8>`, as fast as they are taken.
///
/// It reads a block a turn, and waits while its destination is full.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | nothing |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | blocks |
/// | `signal` | an ending, and control messages that are none |
///
/// # Shutdown
///
/// As [`SimpleReader`].
///
/// # Errors
///
/// It ends with an error if the file cannot be read.
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
pub struct MaxSpeedFileReader {
    path: PathBuf,
    chunk_size: usize,
}

impl MaxSpeedFileReader {
    /// Will read the file at `path`, in blocks of 32768 bytes.
    #[doc(alias = "filename")]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        MaxSpeedFileReader { path: path.into(), chunk_size: CHUNK_SIZE }
    }

    /// Reads blocks of at most `bytes` bytes.
    ///
    /// # Panics
    ///
    /// If that is zero.
    #[must_use]
    #[doc(alias = "chunksize")]
    pub fn chunk_size(mut self, bytes: usize) -> Self {
        assert!(bytes > 0, "blocks of no bytes would never reach the end of the file");
        self.chunk_size = bytes;
        self
    }
}

impl Component for MaxSpeedFileReader {
    async fn main(&mut self, cx: &Context) -> Result {
        let mut file = open(&self.path)?;
        send_pieces(cx, || {
            let chunk =
                read_up_to(&mut file, self.chunk_size).map_err(|error| about(&self.path, "read", error))?;
            Ok((!chunk.is_empty()).then_some(chunk))
        })
        .await
    }
}

/// Reads as much of a file as it is asked for, each time it is asked.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | whole numbers: how many bytes or lines to read |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | for each number one message: that many bytes as a `Vec<u8>`, or lines as a `String` |
/// | `signal` | an ending, and control messages that are none |
///
/// # Shutdown
///
/// At the end of the file it ends by itself with `ProducerFinished`; the last message may hold less than
/// was asked for. `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends, after the requests
/// that are there.
///
/// # Errors
///
/// It ends with an error if the file cannot be read, or a request is no whole number.
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
pub struct PromptedFileReader {
    path: PathBuf,
    readmode: Readmode,
}

#[derive(Clone, Copy)]
enum Readmode {
    Bytes,
    Lines,
}

impl PromptedFileReader {
    /// Will read the file at `path`, so many bytes at a time.
    #[doc(alias = "readmode")]
    pub fn bytes(path: impl Into<PathBuf>) -> Self {
        PromptedFileReader { path: path.into(), readmode: Readmode::Bytes }
    }

    /// Will read the file at `path`, so many lines at a time.
    pub fn lines(path: impl Into<PathBuf>) -> Self {
        PromptedFileReader { path: path.into(), readmode: Readmode::Lines }
    }

    /// The next so many bytes or lines. `None` at the end of the file.
    fn read(&self, file: &mut BufReader<File>, count: usize) -> Result<Option<Message>> {
        let read = match self.readmode {
            Readmode::Bytes => {
                read_up_to(file, count).map(|bytes| (!bytes.is_empty()).then(|| Message::new(bytes)))
            }
            Readmode::Lines => {
                read_lines(file, count).map(|lines| (!lines.is_empty()).then(|| Message::new(lines)))
            }
        };
        Ok(read.map_err(|error| about(&self.path, "read", error))?)
    }
}

/// How much is asked for: any whole number.
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

impl Component for PromptedFileReader {
    async fn main(&mut self, cx: &Context) -> Result {
        let mut file = open(&self.path)?;
        loop {
            while let Some(Count(count)) = receive(cx, INBOX)? {
                let Some(piece) = self.read(&mut file, count)? else {
                    let notice = cx.told_to_end().unwrap_or_else(|| Message::new(producer_finished(cx)));
                    announce(cx, notice).await;
                    return Ok(());
                };
                cx.send_when_room(OUTBOX, piece).await?;
            }
            if let Some(notice) = cx.told_to_end() {
                announce(cx, notice).await;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

/// Sends pieces one a turn until there are no more, and ends as a source does.
async fn send_pieces<P: Payload>(cx: &Context, mut next: impl FnMut() -> Result<Option<P>>) -> Result {
    let mut told = None;
    while let Some(piece) = next()? {
        cx.yield_now().await;
        if let Some(notice) = cx.told_to_end() {
            if notice.ending() == Some(Ending::ShutdownMicroprocess) {
                announce(cx, notice).await;
                return Ok(());
            }
            told = Some(notice);
        }
        cx.send_when_room(OUTBOX, piece).await?;
    }
    let notice = cx.told_to_end().or(told).unwrap_or_else(|| Message::new(producer_finished(cx)));
    announce(cx, notice).await;
    Ok(())
}

fn open(path: &Path) -> io::Result<BufReader<File>> {
    File::open(path).map(BufReader::new).map_err(|error| about(path, "open", error))
}

/// As many bytes as there are, at most `limit`.
fn read_up_to(file: &mut BufReader<File>, limit: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(limit as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// As many lines as there are, at most `limit`, with their line breaks.
fn read_lines(file: &mut BufReader<File>, limit: usize) -> io::Result<String> {
    let mut lines = String::new();
    for _ in 0..limit {
        if file.read_line(&mut lines)? == 0 {
            break;
        }
    }
    Ok(lines)
}

/// The error with what was tried, and with which file.
pub(super) fn about(path: &Path, what: &str, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot {what} {}: {error}", path.display()))
}
