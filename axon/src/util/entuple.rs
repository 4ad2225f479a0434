//! Puts each item into a list, between others.
//!
//! Ported from `Kamaelia.Apps.Whiteboard.Entuple`.
//!
//! *Differs from Kamaelia:* both endings are passed on; there a new `producerFinished` is sent.

use crate::{Component, Context, OUTBOX, Payload, Result};

use super::each::each;

/// Puts each item into a list, between others that are always the same.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | items of type `T` |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | lists, each a `Vec<T>` |
/// | `signal` | control messages |
///
/// For a tuple of several types use a [`PureTransformer`](super::PureTransformer).
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends.
///
/// # Errors
///
/// A message of another type ends it with an error.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, Entuple, Received};
///
/// let received = Received::<Vec<&str>>::new();
/// axon::run(pipeline![
///     DataSource::new(["hello"]),
///     Entuple::new().prefix(["you", "said"]).postfix(["just now"]),
///     DataSink::new(&received),
/// ])?;
/// assert_eq!(received.take(), [["you", "said", "hello", "just now"]]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct Entuple<T> {
    prefix: Vec<T>,
    postfix: Vec<T>,
}

impl<T: Payload + Clone> Entuple<T> {
    /// Makes lists of one item.
    pub fn new() -> Self {
        Self::default()
    }

    /// What stands before the item.
    pub fn prefix(mut self, items: impl IntoIterator<Item = T>) -> Self {
        self.prefix = items.into_iter().collect();
        self
    }

    /// What stands after it.
    pub fn postfix(mut self, items: impl IntoIterator<Item = T>) -> Self {
        self.postfix = items.into_iter().collect();
        self
    }
}

impl<T> Default for Entuple<T> {
    fn default() -> Self {
        Entuple { prefix: Vec::new(), postfix: Vec::new() }
    }
}

impl<T: Payload + Clone> Component for Entuple<T> {
    async fn main(&mut self, cx: &Context) -> Result {
        each(cx, async |item: T| {
            let list: Vec<T> =
                self.prefix.iter().cloned().chain([item]).chain(self.postfix.clone()).collect();
            Ok(cx.send_when_room(OUTBOX, list).await?)
        })
        .await
    }
}
