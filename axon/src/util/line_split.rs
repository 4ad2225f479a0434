//! Splits text into its lines.
//!
//! Ported from `Kamaelia.Util.LineSplit`.

use crate::chassis::{announce, receive};
use crate::{Component, Context, INBOX, OUTBOX, Result};

use super::pure_transformer::told_producer_finished;
use super::text::Text;

/// Splits each text at its line breaks and sends the pieces, empty ones too.
///
/// Each message is taken by itself: `"a\nb\n"` gives `"a"`, `"b"` and `""`. For lines that may be cut in
/// two by the boundaries of messages use [`ChunksToLines`](super::ChunksToLines).
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | text |
/// | `control` | `ProducerFinished`; anything else is thrown away |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the pieces, each a `String` |
/// | `signal` | a new `ProducerFinished`, when it ends |
///
/// # Shutdown
///
/// As [`PureTransformer`](super::PureTransformer): `ProducerFinished` only.
///
/// # Errors
///
/// A message that is no text ends it with an error.
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
#[derive(Default)]
pub struct LineSplit {}

impl LineSplit {
    /// Splits at every `\n`.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Component for LineSplit {
    async fn main(&mut self, cx: &Context) -> Result {
        loop {
            while let Some(Text(text)) = receive(cx, INBOX)? {
                for line in text.split('\n') {
                    cx.send_when_room(OUTBOX, line.to_owned()).await?;
                }
            }
            if let Some(notice) = told_producer_finished(cx) {
                announce(cx, notice).await;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}
