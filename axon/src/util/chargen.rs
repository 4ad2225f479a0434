//! Sends text without end.
//!
//! Ported from `Kamaelia.Util.Chargen`.
//!
//! *Differs from Kamaelia:* it waits for room, and it ends when it is told to or nobody hears it any more.

use crate::chassis::announce;
use crate::{Component, Context, OUTBOX, Result};

/// Sends `Hello World` in each turn, as fast as it is received.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | nothing |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the text `Hello World`, a `&str` |
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
/// use axon::util::{Chargen, DataSink, FirstOnly, Received};
///
/// let received = Received::<&str>::new();
/// axon::run(pipeline![Chargen::new(), FirstOnly::new().ending(), DataSink::new(&received)])?;
/// assert_eq!(received.take(), ["Hello World"]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug, Default)]
#[must_use = "a component does nothing until it is activated"]
pub struct Chargen {}

impl Chargen {
    /// Makes the component.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Component for Chargen {
    async fn main(&mut self, cx: &Context) -> Result {
        loop {
            if let Some(notice) = cx.told_to_end() {
                announce(cx, notice).await;
                return Ok(());
            }
            cx.send_when_room(OUTBOX, "Hello World").await?;
            cx.yield_now().await;
        }
    }
}
