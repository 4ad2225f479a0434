//! Compares two streams, item by item.
//!
//! Ported from `Kamaelia.Util.Comparator`.
//!
//! *Differs from Kamaelia:* it compares all complete pairs before it ends, sleeps while there is nothing to
//! do, and passes on other control messages.

use crate::chassis::{announce, producer_finished, receive};
use crate::{Boxes, Component, Context, OUTBOX, Payload, Result};

/// Takes one item from each of two inboxes, and sends whether they are equal.
///
/// [`combining`](Comparator::combining) applies another function to each pair.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | nothing |
/// | `control` | control messages |
/// | `inA` | items of type `T` |
/// | `inB` | items of type `T` |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | a `bool` for each pair |
/// | `signal` | a new `ProducerFinished` when it ends, and other control messages |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess` end it. *As in Kamaelia* it sends a new `ProducerFinished`
/// in both cases. An item without a partner is lost.
///
/// # Errors
///
/// An item of another type ends it with an error.
///
/// # Examples
///
/// ```
/// use axon::graphline;
/// use axon::util::{Comparator, DataSink, DataSource, Received};
///
/// let received = Received::<bool>::new();
/// axon::run(graphline! {
///     components: {
///         a: DataSource::new([1, 2, 3]),
///         b: DataSource::new([1, 5, 3]),
///         compare: Comparator::<i32>::new(),
///         sink: DataSink::new(&received),
///     },
///     linkages: {
///         a.outbox => compare.inA,
///         b.outbox => compare.inB,
///         a.signal => compare.control,
///         compare.outbox => sink.inbox,
///         compare.signal => sink.control,
///     },
/// })?;
/// assert_eq!(received.take(), [true, false, true]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[doc(alias = "comparator")]
#[must_use = "a component does nothing until it is activated"]
pub struct Comparator<T, R = bool> {
    combine: Box<dyn FnMut(T, T) -> R>,
}

crate::debug_by_name!(Comparator<T, R>);

impl<T: Payload + Clone + PartialEq> Comparator<T> {
    /// A comparator that sends whether the two are equal.
    pub fn new() -> Self {
        Self::default()
    }
}

impl<T: Payload + Clone + PartialEq> Default for Comparator<T> {
    fn default() -> Self {
        Comparator { combine: Box::new(|a, b| a == b) }
    }
}

impl<T: Payload + Clone, R: Payload> Comparator<T, R> {
    /// A comparator that sends the result of `combine` for each pair.
    ///
    /// # Examples
    ///
    /// ```
    /// use axon::util::Comparator;
    ///
    /// let difference = Comparator::combining(|a: i64, b: i64| a - b);
    /// ```
    #[doc(alias = "combine")]
    pub fn combining(combine: impl FnMut(T, T) -> R + 'static) -> Self {
        Comparator { combine: Box::new(combine) }
    }
}

impl<T: Payload + Clone, R: Payload> Component for Comparator<T, R> {
    fn boxes(&self) -> Boxes {
        Boxes::standard().inbox("inA", "items to compare").inbox("inB", "items to compare them with")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        loop {
            while cx.data_ready("inA") > 0 && cx.data_ready("inB") > 0 {
                let (Some(a), Some(b)) = (receive(cx, "inA")?, receive(cx, "inB")?) else { break };
                cx.send_when_room(OUTBOX, (self.combine)(a, b)).await?;
            }
            if cx.told_to_end().is_some() {
                announce(cx, producer_finished(cx)).await;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}
