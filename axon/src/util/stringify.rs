//! Turns everything into text.
//!
//! Ported from `Kamaelia.Util.Stringify`.
//!
//! *Differs from Kamaelia:* it is activated like every other component; there it activates itself when it is made.
//! Endings end it.

use crate::{Component, Context, Message, OUTBOX, Result};

use super::each::each;
use super::text::{with_bytes, with_text};

/// Sends each message as text.
///
/// Text stays as it is, bytes are read as UTF-8 (what is none becomes `U+FFFD`), and of anything else it is the
/// `Debug` form.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | anything |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | text, each a `String` |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends. There, nothing ends it.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, Received, Stringify};
///
/// let received = Received::<String>::new();
/// axon::run(pipeline![DataSource::new([(1, "one")]), Stringify::new(), DataSink::new(&received)])?;
/// assert_eq!(received.take(), [r#"(1, "one")"#]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug, Default)]
#[must_use = "a component does nothing until it is activated"]
pub struct Stringify {}

impl Stringify {
    /// Makes the component.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Component for Stringify {
    async fn main(&mut self, cx: &Context) -> Result {
        each(cx, async |message: Message| Ok(cx.send_when_room(OUTBOX, text(&message)).await?)).await
    }
}

fn text(message: &Message) -> String {
    with_text(message, str::to_owned)
        .or_else(|| with_bytes(message, |bytes| String::from_utf8_lossy(bytes).into_owned()))
        .unwrap_or_else(|| format!("{message:?}"))
}
