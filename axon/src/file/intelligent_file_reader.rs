//! Sends a file as its data comes, with few messages waiting at its receiver.
//!
//! Ported from `Kamaelia.File.BetterReading`.
//!
//! *Differs from Kamaelia:* it needs no Selector, so the boxes `_selectorready`, `_selectorask` and `debug` are gone.
//! Regular files do not block the others either. It heeds control messages.

use std::path::PathBuf;

use crate::chassis::announce_end;
use crate::util::each::before_failing;
use crate::util::line_source::{LineOptions, LineSource};
use crate::util::read_ahead::{ReadAhead, Taken};
use crate::{Component, Context, Ending, Message, OUTBOX, Result};

/// How many bytes it sends at a time, unless set.
const CHUNK_SIZE: usize = 1024;

/// How many messages may wait at the receiver, unless set.
const MAX_QUEUE: usize = 5;

/// Sends a file in chunks as soon as there is something, and waits while five messages lie at its receiver: for FIFOs
/// and devices, whose data should not wait until a block is full.
///
/// The file is opened and read on a thread beside the scheduler, at most 256 KiB ahead.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | nothing |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | chunks, each a `Vec<u8>` |
/// | `signal` | an ending, and other control messages |
///
/// # Shutdown
///
/// As [`SimpleReader`](crate::util::SimpleReader).
///
/// # Errors
///
/// It ends with an error if the file cannot be read, or was truncated while it was read.
///
/// # Examples
///
/// ```
/// use axon::file::IntelligentFileReader;
/// use axon::pipeline;
/// use axon::util::{DataSink, Received};
///
/// let received = Received::<Vec<u8>>::new();
/// let reader = IntelligentFileReader::new("Cargo.toml").chunk_size(64).max_queue(1);
/// axon::run(pipeline![reader, DataSink::new(&received)])?;
/// assert_eq!(received.take().concat(), std::fs::read("Cargo.toml")?);
/// # Ok::<(), axon::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct IntelligentFileReader {
    path: PathBuf,
    chunk_size: usize,
    max_queue: usize,
}

impl IntelligentFileReader {
    /// Reads the file at `path`, in chunks of at most 1024 bytes.
    #[doc(alias = "filename")]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        IntelligentFileReader { path: path.into(), chunk_size: CHUNK_SIZE, max_queue: MAX_QUEUE }
    }

    /// Sends at most this many bytes at a time.
    ///
    /// # Panics
    ///
    /// If it is zero.
    #[track_caller]
    #[doc(alias = "chunksize")]
    pub fn chunk_size(mut self, bytes: usize) -> Self {
        assert!(bytes > 0, "chunks of no bytes would never reach the end of the file");
        self.chunk_size = bytes;
        self
    }

    /// Waits while this many messages lie at its receiver.
    ///
    /// # Panics
    ///
    /// If it is zero.
    #[track_caller]
    #[doc(alias = "maxqueue")]
    pub fn max_queue(mut self, messages: usize) -> Self {
        assert!(messages > 0, "with no message at the receiver nothing is ever sent");
        self.max_queue = messages;
        self
    }
}

impl Component for IntelligentFileReader {
    async fn main(&mut self, cx: &Context) -> Result {
        let name = self.path.display().to_string();
        let mut source = LineSource::new(ReadAhead::file(cx, &self.path), name, LineOptions::default());
        let mut told: Option<Message> = None;
        loop {
            told = cx.told_to_end().or(told);
            if told.as_ref().and_then(Message::ending) == Some(Ending::ShutdownMicroprocess) {
                break;
            }
            if cx.outbox_length(OUTBOX) >= self.max_queue {
                // The collection of a message that it has sent wakes it.
                cx.pause().await;
                continue;
            }
            match source.next_bytes(cx, self.chunk_size).map(|taken| taken.map(<[u8]>::to_vec)) {
                Ok(Taken::One(chunk)) => cx.send_when_room(OUTBOX, chunk).await?,
                Ok(Taken::NotYet) => cx.pause().await,
                Ok(Taken::End) => break,
                Err(error) => {
                    before_failing(cx).await;
                    return Err(error);
                }
            }
        }
        announce_end(cx, told).await;
        Ok(())
    }
}
