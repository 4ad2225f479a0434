//! Turns a stream of bytes, cut anywhere, into lines of text.
//!
//! Ported from `Kamaelia.Visualisation.PhysicsGraph.chunks_to_lines`.
//!
//! *Differs from Kamaelia* (B31): a character that is cut in two by the boundary of chunks is put together
//! again (there it ended the run), and bytes that are no UTF-8 become `U+FFFD`. Text is taken as well as
//! bytes. The unfinished last line is lost as there, unless you ask for it.

use crate::chassis::{announce, receive};
use crate::{Component, Context, INBOX, NotSent, OUTBOX, Result};

use super::text::Chunk;

/// Gathers chunks, and sends each line as soon as it is complete: a `String` without its end.
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
/// A message that is neither bytes nor text ends it with an error.
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
#[derive(Default)]
#[doc(alias = "chunks_to_lines")]
pub struct ChunksToLines {
    /// The line that is not complete yet, without `\r` and `\n`.
    line: Vec<u8>,
    last_line: LastLine,
}

#[derive(Default, PartialEq)]
enum LastLine {
    #[default]
    Lost,
    Kept,
}

impl ChunksToLines {
    /// One that has gathered nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// When it ends, sends what it has of an unfinished last line.
    #[must_use]
    pub fn keep_last_line(mut self) -> Self {
        self.last_line = LastLine::Kept;
        self
    }

    /// Takes the finished line, and leaves an empty one.
    fn take_line(&mut self) -> String {
        let line = std::mem::take(&mut self.line);
        String::from_utf8(line).unwrap_or_else(|bad| String::from_utf8_lossy(bad.as_bytes()).into_owned())
    }

    /// Sends the lines that a chunk completes. `Err` when told to stop at once while there was no room.
    async fn gather(&mut self, cx: &Context, chunk: &[u8]) -> std::result::Result<(), NotSent> {
        for piece in chunk.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend(piece.iter().filter(|byte| !matches!(byte, b'\r' | b'\n')));
            if piece.ends_with(b"\n") {
                let line = self.take_line();
                cx.send_when_room(OUTBOX, line).await?;
            }
        }
        Ok(())
    }
}

impl Component for ChunksToLines {
    async fn main(&mut self, cx: &Context) -> Result {
        loop {
            while let Some(Chunk(chunk)) = receive(cx, INBOX)? {
                self.gather(cx, &chunk).await?;
            }
            if let Some(notice) = cx.told_to_end() {
                if self.last_line == LastLine::Kept && !self.line.is_empty() {
                    let line = self.take_line();
                    if let Err(not_sent) = cx.send_when_room(OUTBOX, line).await {
                        log::debug!("{not_sent}");
                    }
                }
                announce(cx, notice).await;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}
