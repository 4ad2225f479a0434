//! Passes on items that it has not seen before.
//!
//! Ported from `Kamaelia.Util.UnseenOnly`.

use std::collections::HashSet;
use std::hash::Hash;

use crate::{Component, Context, OUTBOX, Payload, Result};

use super::each::each;

/// Passes on each item the first time it comes, and discards it every other time.
///
/// It keeps every item that it has seen until it ends.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | items of type `T` |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the items that are new |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends.
///
/// # Errors
///
/// An item of another type ends it with an error.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, Received, UnseenOnly};
///
/// let received = Received::<&str>::new();
/// axon::run(pipeline![
///     DataSource::new(["a", "b", "a"]),
///     UnseenOnly::<&str>::new(),
///     DataSink::new(&received),
/// ])?;
/// assert_eq!(received.take(), ["a", "b"]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct UnseenOnly<T> {
    seen: HashSet<T>,
}

impl<T: Payload + Clone + Eq + Hash> UnseenOnly<T> {
    /// A component that has seen nothing yet.
    pub fn new() -> Self {
        Self::default()
    }
}

impl<T> Default for UnseenOnly<T> {
    fn default() -> Self {
        UnseenOnly { seen: HashSet::new() }
    }
}

impl<T: Payload + Clone + Eq + Hash> Component for UnseenOnly<T> {
    async fn main(&mut self, cx: &Context) -> Result {
        each(cx, async |item: T| {
            if !self.seen.insert(item.clone()) {
                return Ok(());
            }
            Ok(cx.send_when_room(OUTBOX, item).await?)
        })
        .await
    }
}
