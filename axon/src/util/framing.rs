//! Puts tagged data into frames of text, and takes it out again.
//!
//! Ported from `Framer` and `DeFramer` of `Kamaelia.Protocol.Framing`.
//!
//! *Differs from Kamaelia:* `ShutdownMicroprocess` ends them too, a text that is not a frame is dropped,
//! and they sleep while there is nothing to do.

use crate::{Component, Context, LogLimit, Message, OUTBOX, Result};

use super::each::each;
use super::lines::{LONGEST_LINE, longest};
use super::text::Text;

/// Makes a frame from each pair of tag and data.
///
/// A frame is the tag, a space, the number of characters of the data, a line break, and the data:
/// `"22 5\nhello"`.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | pairs of tag and data, each a `(u64, String)` |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | frames, each a `String` |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends.
///
/// # Errors
///
/// A message that is not such a pair ends it with an error.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, DeFramer, Framer, Received, TagWithSequenceNumber};
///
/// let received = Received::<(u64, String)>::new();
/// axon::run(pipeline![
///     DataSource::new(["one".to_owned(), "two".to_owned()]),
///     TagWithSequenceNumber::<String>::new(),
///     Framer::new(),
///     DeFramer::new(),
///     DataSink::new(&received),
/// ])?;
/// assert_eq!(received.take(), [(0, "one".to_owned()), (1, "two".to_owned())]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug, Default)]
#[must_use = "a component does nothing until it is activated"]
pub struct Framer {}

impl Framer {
    /// A framer.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Component for Framer {
    async fn main(&mut self, cx: &Context) -> Result {
        each(cx, async |(tag, data): (u64, String)| {
            let frame = format!("{tag} {}\n{data}", data.chars().count());
            Ok(cx.send_when_room(OUTBOX, frame).await?)
        })
        .await
    }
}

/// Takes tag and data out of each frame.
///
/// A text that is not a frame, or a frame whose data is shorter than it says, is dropped. If the data is
/// longer, the rest is dropped.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | frames, each one text |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | pairs of tag and data, each a `(u64, String)` |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends.
///
/// # Errors
///
/// A message that is not text ends it with an error, and so does a frame with more than 1 MiB of data: see
/// [`longest_frame`](DeFramer::longest_frame).
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, DeFramer, Received};
///
/// let received = Received::<(u64, String)>::new();
/// axon::run(pipeline![
///     DataSource::new(["1 5\nhello", "7 9\nshort", "no frame"]),
///     DeFramer::new(),
///     DataSink::new(&received),
/// ])?;
/// assert_eq!(received.take(), [(1, "hello".to_owned())]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct DeFramer {
    longest: usize,
}

impl DeFramer {
    /// A deframer.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes frames with at most this many bytes of data, instead of 1 MiB.
    ///
    /// # Panics
    ///
    /// If it is zero.
    #[track_caller]
    pub fn longest_frame(mut self, bytes: usize) -> Self {
        self.longest = longest(bytes);
        self
    }
}

impl Default for DeFramer {
    fn default() -> Self {
        DeFramer { longest: LONGEST_LINE }
    }
}

impl Component for DeFramer {
    async fn main(&mut self, cx: &Context) -> Result {
        each(cx, async |Text(frame): Text| {
            let Some((tag, data)) = contents(&frame) else {
                if let Some(more) = LogLimit::admit_for_all(cx, "what is no whole frame") {
                    let (name, frame) = (cx.name(), Message::new(frame));
                    log::warn!("{name} drops what is no whole frame: {}{more}", frame.excerpt());
                }
                return Ok(());
            };
            if data.len() > self.longest {
                return Err(too_long(cx, tag, data.len(), self.longest).into());
            }
            Ok(cx.send_when_room(OUTBOX, (tag, data)).await?)
        })
        .await
    }
}

fn too_long(cx: &Context, tag: u64, length: usize, longest: usize) -> String {
    let name = cx.name();
    format!(
        "{name}: the frame with the tag {tag} has {length} bytes of data, more than {longest}; \
         longest_frame(bytes) takes longer ones"
    )
}

/// Tag and data of a frame. `None` if the text is not a frame, or its data is too short.
fn contents(frame: &str) -> Option<(u64, String)> {
    let (header, body) = frame.split_once('\n')?;
    let mut numbers = header.split_whitespace();
    let (tag, length) = (numbers.next()?.parse().ok()?, numbers.next()?.parse::<usize>().ok()?);
    if numbers.next().is_some() {
        return None;
    }
    let data: String = body.chars().take(length).collect();
    (data.chars().count() == length).then_some((tag, data))
}

#[cfg(test)]
mod tests {
    use super::contents;

    #[test]
    fn lengths_are_counted_in_characters_as_python_does() {
        assert_eq!(contents("3 2\näö"), Some((3, "äö".to_owned())));
        assert_eq!(contents("3 3\näö"), None);
    }

    #[test]
    fn a_longer_body_is_cut_and_garbage_is_no_frame() {
        assert_eq!(contents("3 1\nabc"), Some((3, "a".to_owned())));
        for garbage in ["", "\n", "3\nabc", "3 x\nabc", "a 1\nabc", "3 1 1\nabc", "3 1 abc", "-3 1\na"] {
            assert_eq!(contents(garbage), None, "{garbage:?}");
        }
    }
}
