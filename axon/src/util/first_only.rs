//! Passes on the first message and discards the rest.
//!
//! Ported from `Kamaelia.Util.FirstOnly`.

use crate::chassis::{announce, producer_finished};
use crate::{CONTROL, Component, Context, INBOX, OUTBOX, Result};

/// Passes on the first message that arrives at `inbox`, and discards all others.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | anything |
/// | `control` | any message, to end it |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the first message |
/// | `signal` | the message that ended it |
///
/// # Shutdown
///
/// *As in Kamaelia*, any message in `control` ends it, not only endings. It passes that message on. It does
/// not end by itself after the first message, unless [`ending`](FirstOnly::ending) is set.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, FirstOnly, Received};
///
/// let received = Received::<i32>::new();
/// axon::run(pipeline![DataSource::new([1, 2, 3]), FirstOnly::new(), DataSink::new(&received)])?;
/// assert_eq!(received.take(), [1]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug, Default)]
#[must_use = "a component does nothing until it is activated"]
pub struct FirstOnly {
    afterwards: Afterwards,
}

#[derive(Debug, Default, PartialEq)]
enum Afterwards {
    #[default]
    ThrowsAway,
    Ends,
}

impl FirstOnly {
    /// A component that has passed on nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends after the first message with `ProducerFinished`, as `head -1` does. Then the components before
    /// it can notice that their messages are no longer received.
    pub fn ending(mut self) -> Self {
        self.afterwards = Afterwards::Ends;
        self
    }
}

impl Component for FirstOnly {
    async fn main(&mut self, cx: &Context) -> Result {
        let mut first = cx.recv(INBOX);
        while first.is_none() && cx.data_ready(CONTROL) == 0 {
            cx.pause().await;
            first = cx.recv(INBOX);
        }
        if let Some(message) = first {
            cx.send_when_room(OUTBOX, message).await?;
            if self.afterwards == Afterwards::Ends {
                announce(cx, producer_finished(cx)).await;
                return Ok(());
            }
        }
        loop {
            while cx.recv(INBOX).is_some() {}
            if let Some(message) = cx.recv(CONTROL) {
                announce(cx, message).await;
                return Ok(());
            }
            if !cx.is_heard(OUTBOX) {
                announce(cx, producer_finished(cx)).await;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}
