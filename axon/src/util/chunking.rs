//! Marks where messages begin in a stream, and finds them again.
//!
//! Ported from `DataChunker` and `DataDeChunker` of `Kamaelia.Protocol.Framing`.
//!
//! *Differs from Kamaelia:* bytes as well as text. Each chunk is sent as soon as the next begins; there at most one
//! for each message that comes, so that many small ones in one message stayed behind. What grows too long is an
//! error, and what was damaged is dropped. `ShutdownMicroprocess` ends them too. They sleep while nothing comes.

use crate::chassis::{announce, receive};
use crate::{Boxes, CONTROL, Component, Context, INBOX, LogLimit, OUTBOX, Result, SIGNAL};

use super::each::{before_failing, count_lost, each};
use super::lines::{LONGEST_LINE, longest};
use super::text::Chunk;

/// What marks the beginning of a chunk, unless another sequence is given.
const SYNC: &[u8] = b"XXXXXXXXXXXXXXXXXXXXXXXX";

const FLUSH: &str = "flush";

/// A sequence that a user asks for.
#[track_caller]
fn checked(sync: Vec<u8>) -> Vec<u8> {
    assert!(!sync.is_empty(), "an empty sync sequence marks nothing; give it at least 1 byte");
    let bad = sync.iter().find(|byte| matches!(byte, b'%' | b'0'..=b'9' | b'a'..=b'f'));
    if let Some(&bad) = bad {
        let bad = char::from(bad);
        panic!(
            "a sync sequence with {bad:?} cannot be told from what stands for it in data; not %, 0-9, a-f"
        );
    }
    sync
}

/// Marks where each message begins, so that they can be found in a stream.
///
/// Before each message comes the sync sequence, 24 letters X unless you give another. Its bytes do not occur in what
/// follows: they and `%` are written as `%` and two hexadecimal digits. A [`DataDeChunker`] with the same sequence
/// finds the messages again, also when it begins in the middle of one, or when a piece is lost.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | bytes or text |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | a chunk for each, a `Vec<u8>` |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends.
///
/// # Errors
///
/// A message that is neither bytes nor text ends it with an error.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataChunker, DataDeChunker, DataSink, DataSource, Received};
///
/// let received = Received::<Vec<u8>>::new();
/// axon::run(pipeline![
///     DataSource::new(["one", "two"]),
///     DataChunker::new().sync("\n--\n"),
///     DataDeChunker::new().sync("\n--\n").keep_last_chunk(),
///     DataSink::new(&received),
/// ])?;
/// assert_eq!(received.take(), [b"one", b"two"]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct DataChunker {
    sync: Vec<u8>,
}

impl DataChunker {
    /// One with the usual sync sequence.
    pub fn new() -> Self {
        Self::default()
    }

    /// Marks chunks with this sequence.
    ///
    /// # Panics
    ///
    /// If it is empty, or has one of the characters `%`, `0` to `9` and `a` to `f`, with which bytes are written.
    #[doc(alias = "syncmessage")]
    #[track_caller]
    pub fn sync(mut self, sequence: impl Into<Vec<u8>>) -> Self {
        self.sync = checked(sequence.into());
        self
    }
}

impl Default for DataChunker {
    fn default() -> Self {
        DataChunker { sync: SYNC.to_vec() }
    }
}

impl Component for DataChunker {
    async fn main(&mut self, cx: &Context) -> Result {
        each(cx, async |Chunk(data): Chunk| Ok(cx.send_when_room(OUTBOX, encode(&self.sync, &data)).await?))
            .await
    }
}

fn encode(sync: &[u8], data: &[u8]) -> Vec<u8> {
    let mut chunk = Vec::with_capacity(sync.len() + data.len());
    chunk.extend_from_slice(sync);
    for &byte in data {
        if byte == b'%' || sync.contains(&byte) {
            chunk.extend_from_slice(format!("%{byte:02x}").as_bytes());
        } else {
            chunk.push(byte);
        }
    }
    chunk
}

/// The data of a chunk without its sync sequence. `None` if something was lost in it.
fn decode(sync: &[u8], mut chunk: &[u8]) -> Option<Vec<u8>> {
    let mut data = Vec::with_capacity(chunk.len());
    while let Some((&byte, rest)) = chunk.split_first() {
        chunk = rest;
        if byte == b'%' {
            let (digits, rest) = chunk.split_at_checked(2)?;
            let digits = std::str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
            data.push(u8::from_str_radix(digits, 16).ok()?);
            chunk = rest;
        } else if sync.contains(&byte) {
            return None;
        } else {
            data.push(byte);
        }
    }
    Some(data)
}

/// Finds the messages that a [`DataChunker`] has marked in a stream.
///
/// What comes before the first sync sequence is dropped, since nobody knows whether it is whole. A chunk is sent when
/// the next begins; the last is sent when something comes to `flush`, or at the end with
/// [`keep_last_chunk`](DataDeChunker::keep_last_chunk).
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | pieces of the stream: bytes or text |
/// | `control` | control messages |
/// | `flush` | anything: the chunk that has begun is whole |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the data of each chunk, a `Vec<u8>` |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends. *As in Kamaelia*, the chunk that has begun is
/// dropped, unless you say otherwise.
///
/// # Errors
///
/// A message that is neither bytes nor text ends it with an error, and so does a chunk of more than 1 MiB: see
/// [`longest_chunk`](DataDeChunker::longest_chunk).
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataDeChunker, DataSink, DataSource, Received};
///
/// let received = Received::<Vec<u8>>::new();
/// axon::run(pipeline![
///     DataSource::new(["the end of one|whole|par", "t by part|lost"]),
///     DataDeChunker::new().sync("|"),
///     DataSink::new(&received),
/// ])?;
/// assert_eq!(received.take(), [&b"whole"[..], b"part by part"]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct DataDeChunker {
    sync: Vec<u8>,
    longest: usize,
    last_chunk: LastChunk,
    /// What came since the last sync sequence; before the first, the end of what came.
    begun: Vec<u8>,
    /// A sync sequence stands before what has begun.
    synchronised: bool,
}

/// What becomes of the chunk that has begun, at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LastChunk {
    Dropped,
    Kept,
}

impl DataDeChunker {
    /// One with the usual sync sequence.
    pub fn new() -> Self {
        Self::default()
    }

    /// Finds chunks by this sequence.
    ///
    /// # Panics
    ///
    /// As [`DataChunker::sync`] does.
    #[doc(alias = "syncmessage")]
    #[track_caller]
    pub fn sync(mut self, sequence: impl Into<Vec<u8>>) -> Self {
        self.sync = checked(sequence.into());
        self
    }

    /// Sends the chunk that has begun when it is told `ProducerFinished`.
    pub fn keep_last_chunk(mut self) -> Self {
        self.last_chunk = LastChunk::Kept;
        self
    }

    /// Takes chunks of at most so many bytes, as they are in the stream, in place of 1 MiB.
    ///
    /// # Panics
    ///
    /// If that is zero.
    #[track_caller]
    pub fn longest_chunk(mut self, bytes: usize) -> Self {
        self.longest = longest(bytes);
        self
    }

    /// Takes a piece of the stream, and sends the chunks that it completes.
    async fn gather(&mut self, cx: &Context, piece: &[u8]) -> Result {
        // A sync sequence may have begun in what is there.
        let mut from = self.begun.len().saturating_sub(self.sync.len() - 1);
        self.begun.extend_from_slice(piece);
        let mut begin = 0;
        while let Some(at) = find(&self.begun[from..], &self.sync) {
            let end = from + at;
            if self.synchronised {
                self.check_length(cx, end - begin).await?;
                self.send(cx, begin..end).await?;
            }
            self.synchronised = true;
            begin = end + self.sync.len();
            from = begin;
        }
        self.begun.drain(..begin);
        if !self.synchronised {
            let kept = self.begun.len().min(self.sync.len() - 1);
            self.begun.drain(..self.begun.len() - kept);
            return Ok(());
        }
        self.check_length(cx, self.begun.len() - self.sync_begun()).await
    }

    /// How many of the last bytes may be the beginning of a sync sequence.
    fn sync_begun(&self) -> usize {
        let most = self.begun.len().min(self.sync.len() - 1);
        (1..=most).rev().find(|&length| self.begun.ends_with(&self.sync[..length])).unwrap_or(0)
    }

    async fn check_length(&self, cx: &Context, length: usize) -> Result {
        if length <= self.longest {
            return Ok(());
        }
        before_failing(cx).await;
        let (name, longest) = (cx.name(), self.longest);
        Err(format!("{name}: a chunk has more than {longest} bytes; longest_chunk(bytes) takes longer ones")
            .into())
    }

    async fn send(&self, cx: &Context, chunk: std::ops::Range<usize>) -> Result {
        match decode(&self.sync, &self.begun[chunk]) {
            Some(data) => cx.send_when_room(OUTBOX, data).await?,
            None => {
                if let Some(more) = LogLimit::admit_for_all(cx, "chunks in which something was lost") {
                    log::warn!("{} drops a chunk in which something was lost{more}", cx.name());
                }
            }
        }
        Ok(())
    }

    async fn flush(&mut self, cx: &Context) -> Result {
        if std::mem::take(&mut self.synchronised) {
            self.send(cx, 0..self.begun.len()).await?;
        }
        self.begun.clear();
        Ok(())
    }
}

fn find(data: &[u8], sync: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + data[from..].iter().position(|byte| *byte == sync[0])?;
        if data[at..].starts_with(sync) {
            return Some(at);
        }
        from = at + 1;
    }
}

impl Default for DataDeChunker {
    fn default() -> Self {
        DataDeChunker {
            sync: SYNC.to_vec(),
            longest: LONGEST_LINE,
            last_chunk: LastChunk::Dropped,
            begun: Vec::new(),
            synchronised: false,
        }
    }
}

impl Component for DataDeChunker {
    fn boxes(&self) -> Boxes {
        Boxes::standard()
            .inbox(INBOX, "pieces of the stream")
            .inbox(CONTROL, "control messages")
            .inbox(FLUSH, "the chunk that has begun is whole")
            .outbox(OUTBOX, "the data of each chunk")
            .outbox(SIGNAL, "control messages")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        loop {
            while let Some(Chunk(piece)) = receive(cx, INBOX)? {
                self.gather(cx, &piece).await.map_err(|error| count_lost(cx, error))?;
            }
            while cx.recv(FLUSH).is_some() {
                self.flush(cx).await?;
            }
            if let Some(notice) = cx.told_to_end() {
                if self.last_chunk == LastChunk::Kept
                    && let Err(not_sent) = self.flush(cx).await
                {
                    log::debug!("{not_sent}: the last chunk is lost");
                }
                announce(cx, notice).await;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}
