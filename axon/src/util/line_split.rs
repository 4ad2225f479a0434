//! Splits text into its lines.
//!
//! Ported from `Kamaelia.Util.LineSplit`.

use crate::{Component, Context, OUTBOX, Result};

use super::each::each;
use super::lines::{LONGEST_LINE, longest};
use super::text::Text;

/// Splits each text at its line breaks and sends the pieces, including empty ones.
///
/// Each message is split by itself: `"a\nb\n"` yields `"a"`, `"b"` and `""`. For lines that may be spread over
/// several messages, use [`ChunksToLines`](super::ChunksToLines).
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | text |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the pieces, each a `String` |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends.
///
/// # Errors
///
/// A message that is not text ends it with an error, and so does a line longer than 1 MiB, or than
/// [`longest_line`](LineSplit::longest_line).
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, LineSplit, Received};
///
/// let received = Received::<String>::new();
/// axon::run(pipeline![DataSource::new(["one\ntwo"]), LineSplit::new(), DataSink::new(&received)])?;
/// assert_eq!(received.take(), ["one", "two"]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct LineSplit {
    longest: usize,
    ends_lines: bool,
}

impl LineSplit {
    /// Splits at every `\n`.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a line break as the end of a line instead of what stands between two: `"a\nb\n"` yields `"a"` and `"b"`.
    /// In a [graph as text](crate::text) this is so.
    pub fn ending_lines(mut self) -> Self {
        self.ends_lines = true;
        self
    }

    /// The longest line in bytes, instead of 1 MiB.
    ///
    /// # Panics
    ///
    /// If it is zero.
    #[track_caller]
    pub fn longest_line(mut self, bytes: usize) -> Self {
        self.longest = longest(bytes);
        self
    }
}

impl Default for LineSplit {
    fn default() -> Self {
        LineSplit { longest: LONGEST_LINE, ends_lines: false }
    }
}

fn too_long(cx: &Context, line: &str, text: &str, longest: usize) -> String {
    let begin = line.as_ptr() as usize - text.as_ptr() as usize;
    let number = 1 + text[..begin].bytes().filter(|byte| *byte == b'\n').count();
    format!(
        "{}: line {number} of a text, which begins at its byte {begin}, is longer than {longest} bytes; \
         longest_line(bytes) takes longer ones",
        cx.name()
    )
}

impl Component for LineSplit {
    async fn main(&mut self, cx: &Context) -> Result {
        each(cx, async |Text(text): Text| {
            let whole = match text.strip_suffix('\n') {
                Some(lines) if self.ends_lines => lines,
                _ => &text,
            };
            for line in whole.split('\n') {
                if line.len() > self.longest {
                    return Err(too_long(cx, line, &text, self.longest).into());
                }
                cx.send_when_room(OUTBOX, line.to_owned()).await?;
            }
            Ok(())
        })
        .await
    }
}
