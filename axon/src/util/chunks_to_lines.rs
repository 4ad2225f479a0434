//! Turns a stream of bytes, cut anywhere, into lines of text.
//!
//! Ported from `Kamaelia.Visualisation.PhysicsGraph.chunks_to_lines`.
//!
//! *Differs from Kamaelia:* a character that is split between two chunks is put together again, and bytes
//! that are not UTF-8 become `U+FFFD`. Text is taken as well as bytes. The unfinished last line is lost as
//! in Kamaelia, unless you ask for it. The length of a line is limited.

use crate::chassis::{announce, receive};
use crate::{Component, Context, INBOX, OUTBOX, Result};

use super::each::{before_failing, count_lost};
use super::lines::{Lines, longest, lossy};
use super::text::Chunk;

/// Collects chunks, and sends each line as soon as it is complete, as a `String` without its line break.
///
/// Lines end with `\n`; every `\r` is dropped. What follows the last `\n` is lost when the component
/// ends, *as in Kamaelia*; with [`keep_last_line`](ChunksToLines::keep_last_line) it is sent.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | bytes or text |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | lines |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends, after the lines that are
/// complete.
///
/// # Errors
///
/// A message that is neither bytes nor text ends it with an error, and so does a line longer than 1 MiB, or
/// than [`longest_line`](ChunksToLines::longest_line) says: with a [`LineError`](super::LineError), after the
/// lines before it.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{ChunksToLines, DataSink, DataSource, Received};
///
/// let received = Received::<String>::new();
/// axon::run(pipeline![
///     DataSource::new([b"one\r\ntw".to_vec(), b"o\nthree".to_vec()]),
///     ChunksToLines::new(),
///     DataSink::new(&received),
/// ])?;
/// assert_eq!(received.take(), ["one", "two"]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug, Default)]
#[doc(alias = "chunks_to_lines")]
#[must_use = "a component does nothing until it is activated"]
pub struct ChunksToLines {
    lines: Lines,
    last_line: LastLine,
}

#[derive(Debug, Default, PartialEq)]
enum LastLine {
    #[default]
    Lost,
    Kept,
}

impl ChunksToLines {
    /// A component that has collected nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Also sends an unfinished last line when it ends.
    pub fn keep_last_line(mut self) -> Self {
        self.last_line = LastLine::Kept;
        self
    }

    /// Takes lines of at most this many bytes, the `\n` not counted, instead of 1 MiB.
    ///
    /// # Panics
    ///
    /// If it is zero.
    #[track_caller]
    pub fn longest_line(mut self, bytes: usize) -> Self {
        self.lines = Lines::of_at_most(longest(bytes));
        self
    }

    /// Sends the lines that a chunk completes.
    async fn gather(&mut self, cx: &Context, mut chunk: &[u8]) -> Result {
        while !chunk.is_empty() {
            let line = match self.lines.next(&mut chunk) {
                Ok(Some(line)) => line,
                Ok(None) => break,
                Err(fault) => {
                    before_failing(cx).await;
                    return Err(fault.of(cx, None).into());
                }
            };
            cx.send_when_room(OUTBOX, text(line.bytes)).await?;
        }
        Ok(())
    }
}

/// A line without its line break.
fn text(mut line: Vec<u8>) -> String {
    line.pop_if(|byte| *byte == b'\n');
    if line.contains(&b'\r') {
        line.retain(|byte| *byte != b'\r');
    }
    lossy(line)
}

impl Component for ChunksToLines {
    async fn main(&mut self, cx: &Context) -> Result {
        loop {
            while let Some(Chunk(chunk)) = receive(cx, INBOX)? {
                self.gather(cx, &chunk).await.map_err(|error| count_lost(cx, error))?;
            }
            if let Some(notice) = cx.told_to_end() {
                if self.last_line == LastLine::Kept
                    && let Some(line) = self.lines.rest()
                    && let Err(not_sent) = cx.send_when_room(OUTBOX, text(line.bytes)).await
                {
                    log::debug!("{not_sent}: the last line is lost");
                }
                announce(cx, notice).await;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}
