//! Cuts a stream into chunks of one size, and gives them names.
//!
//! Ported from `Kamaelia.Util.Chunkifier` and `Kamaelia.Util.ChunkNamer`.
//!
//! *Differs from Kamaelia:* bytes, whatever their type. Both endings end them and are passed on.

use crate::chassis::{announce, receive};
use crate::{Component, Context, Ending, INBOX, OUTBOX, Result};

use super::cutter::Cutter;
use super::each::{each, send_each};
use super::text::Chunk;

/// The size of Kamaelia's default, 1 MiB.
const CHUNK: usize = 1 << 20;

/// Cuts a stream into chunks of one size, whatever the size of the messages that come.
///
/// A chunk has 1 MiB, unless you say otherwise.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | bytes or text |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | chunks, each a `Vec<u8>` |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished`: sends what is left as a last, shorter chunk, passes that message on and ends.
/// `ShutdownMicroprocess`: passes it on and ends; what is left is lost.
///
/// # Errors
///
/// A message that is neither bytes nor text ends it with an error.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{Chunkifier, DataSink, DataSource, Received};
///
/// let received = Received::<Vec<u8>>::new();
/// axon::run(pipeline![
///     DataSource::new(["one", "two", "three"]),
///     Chunkifier::new().chunk_size(4),
///     DataSink::new(&received),
/// ])?;
/// assert_eq!(received.take(), [&b"onet"[..], b"woth", b"ree"]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct Chunkifier {
    size: usize,
    partial: Partial,
}

/// What becomes of bytes that are not a whole chunk.
#[derive(Debug, PartialEq)]
enum Partial {
    WaitForMore,
    GoOn,
}

impl Chunkifier {
    /// One that makes chunks of 1 MiB.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes chunks of so many bytes.
    ///
    /// # Panics
    ///
    /// If that is zero.
    #[doc(alias = "chunksize")]
    #[track_caller]
    pub fn chunk_size(mut self, bytes: usize) -> Self {
        assert!(bytes > 0, "a chunk of 0 bytes holds nothing; write at least 1");
        self.size = bytes;
        self
    }

    /// Sends on what it has instead of waiting for more: chunks have this size at most.
    #[doc(alias = "nodelay")]
    pub fn no_delay(mut self) -> Self {
        self.partial = Partial::GoOn;
        self
    }
}

impl Default for Chunkifier {
    fn default() -> Self {
        Chunkifier { size: CHUNK, partial: Partial::WaitForMore }
    }
}

impl Component for Chunkifier {
    async fn main(&mut self, cx: &Context) -> Result {
        let mut cutter = Cutter::default();
        loop {
            while let Some(Chunk(bytes)) = receive(cx, INBOX)? {
                cutter.push(bytes);
                while let Some(chunk) = cutter.piece(self.size) {
                    send_each(cx, chunk).await?;
                }
            }
            let told = cx.told_to_end();
            let finishes = told.as_ref().and_then(|notice| notice.ending()) == Some(Ending::ProducerFinished);
            if (finishes || (told.is_none() && self.partial == Partial::GoOn))
                && let Some(rest) = cutter.rest()
            {
                cx.send_when_room(OUTBOX, rest).await?;
            }
            match told {
                Some(notice) => {
                    announce(cx, notice).await;
                    return Ok(());
                }
                None => cx.pause().await,
            }
        }
    }
}

/// Gives each chunk a file name with a number, for a component that writes each to a file of its own.
///
/// The names are `chunk1`, `chunk2` and so on, between a prefix and a suffix.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | bytes or text |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | a pair of name and contents, `(String, Vec<u8>)` |
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
/// use axon::util::{ChunkNamer, DataSink, DataSource, Received};
///
/// let received = Received::<(String, Vec<u8>)>::new();
/// axon::run(pipeline![
///     DataSource::new(["one", "two"]),
///     ChunkNamer::new("parts/", ".bin"),
///     DataSink::new(&received),
/// ])?;
/// let names: Vec<String> = received.take().into_iter().map(|(name, _)| name).collect();
/// assert_eq!(names, ["parts/chunk1.bin", "parts/chunk2.bin"]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct ChunkNamer {
    base_path: String,
    suffix: String,
    named: u64,
}

impl ChunkNamer {
    /// Names begin with `base_path` and end with `suffix`.
    #[doc(alias = "basepath")]
    pub fn new(base_path: impl Into<String>, suffix: impl Into<String>) -> Self {
        ChunkNamer { base_path: base_path.into(), suffix: suffix.into(), named: 0 }
    }
}

impl Component for ChunkNamer {
    async fn main(&mut self, cx: &Context) -> Result {
        each(cx, async |Chunk(contents): Chunk| {
            self.named += 1;
            let name = format!("{}chunk{}{}", self.base_path, self.named, self.suffix);
            Ok(cx.send_when_room(OUTBOX, (name, contents)).await?)
        })
        .await
    }
}
