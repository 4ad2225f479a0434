//! Numbers messages.
//!
//! Ported from `Kamaelia.Util.TagWithSequenceNumber`.
//!
//! *Differs from Kamaelia:* other control messages than endings are passed on; there they are discarded.

use std::marker::PhantomData;

use crate::chassis::FromMessage;
use crate::{Component, Context, OUTBOX, Payload, Result};

use super::each::each;

/// Sends each item together with its number, as `(u64, T)`.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | items of type `T`; if `T` is [`Message`](crate::Message), items of any type |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | pairs of number and item |
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
/// use axon::util::{DataSink, DataSource, Received, TagWithSequenceNumber};
///
/// let received = Received::<(u64, &str)>::new();
/// axon::run(pipeline![
///     DataSource::new(["a", "b"]),
///     TagWithSequenceNumber::<&str>::new().starting_at(5),
///     DataSink::new(&received),
/// ])?;
/// assert_eq!(received.take(), [(5, "a"), (6, "b")]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct TagWithSequenceNumber<T> {
    next: u64,
    of: PhantomData<fn(T)>,
}

impl<T: FromMessage + Payload> TagWithSequenceNumber<T> {
    /// Counts from zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts from `initial`.
    #[doc(alias = "initial")]
    pub fn starting_at(mut self, initial: u64) -> Self {
        self.next = initial;
        self
    }
}

impl<T> Default for TagWithSequenceNumber<T> {
    fn default() -> Self {
        TagWithSequenceNumber { next: 0, of: PhantomData }
    }
}

impl<T: FromMessage + Payload> Component for TagWithSequenceNumber<T> {
    async fn main(&mut self, cx: &Context) -> Result {
        each(cx, async |item: T| {
            let tagged = (self.next, item);
            self.next += 1;
            Ok(cx.send_when_room(OUTBOX, tagged).await?)
        })
        .await
    }
}
