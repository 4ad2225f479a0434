//! Collects everything and sends it as one list at the end.
//!
//! Ported from `Kamaelia.Util.Collate`.

use crate::chassis::{FromMessage, announce, receive};
use crate::{Component, Context, Ending, INBOX, OUTBOX, Payload, Result};

/// Collects all items, and sends them as one `Vec<T>` when it is told to end.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | items that convert to a `T`; with `T` = [`Message`](crate::Message) any item |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the list |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished` and, *as in Kamaelia*, `ShutdownMicroprocess` too: it sends the list, passes the
/// message on and ends. After `ShutdownMicroprocess` it does not wait for room.
///
/// # Errors
///
/// An item of another type ends it with an error.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{Collate, DataSink, DataSource, Received};
///
/// let received = Received::<Vec<i32>>::new();
/// axon::run(pipeline![DataSource::new([1, 2]), Collate::<i32>::new(), DataSink::new(&received)])?;
/// assert_eq!(received.take(), [[1, 2]]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct Collate<T> {
    collated: Vec<T>,
}

impl<T: FromMessage + Payload> Collate<T> {
    /// A component that has collected nothing yet.
    pub fn new() -> Self {
        Self::default()
    }
}

impl<T> Default for Collate<T> {
    fn default() -> Self {
        Collate { collated: Vec::new() }
    }
}

impl<T: FromMessage + Payload> Component for Collate<T> {
    async fn main(&mut self, cx: &Context) -> Result {
        loop {
            while let Some(item) = receive(cx, INBOX)? {
                self.collated.push(item);
            }
            if let Some(notice) = cx.told_to_end() {
                let list = std::mem::take(&mut self.collated);
                let unsent = if notice.ending() == Some(Ending::ProducerFinished) {
                    cx.send_when_room(OUTBOX, list).await.is_err()
                } else {
                    cx.send(OUTBOX, list).is_err()
                };
                if unsent {
                    log::debug!("{} was told to stop while there was no room for its list", cx.name());
                }
                announce(cx, notice).await;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}
