//! Finds the greatest item of each list.
//!
//! Ported from `Kamaelia.Util.Max`.
//!
//! *Differs from Kamaelia:* nothing is sent for an empty list; there it ends the run.

use std::marker::PhantomData;

use crate::{Component, Context, OUTBOX, Payload, Result};

use super::each::each;

/// Sends the greatest item of each list; if several are equal, the first of them.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | lists, each a `Vec<T>` |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the greatest item of each list, a `T` |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends.
///
/// # Errors
///
/// A message that is not a `Vec<T>` ends it with an error.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, Max, Received};
///
/// let received = Received::<i32>::new();
/// axon::run(pipeline![
///     DataSource::new([vec![3, 9, 2], vec![], vec![-1]]),
///     Max::<i32>::new(),
///     DataSink::new(&received),
/// ])?;
/// assert_eq!(received.take(), [9, -1]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct Max<T> {
    of: PhantomData<fn(T)>,
}

impl<T: Payload + Clone + PartialOrd> Max<T> {
    /// A component for lists of `T`.
    pub fn new() -> Self {
        Self::default()
    }
}

impl<T> Default for Max<T> {
    fn default() -> Self {
        Max { of: PhantomData }
    }
}

impl<T: Payload + Clone + PartialOrd> Component for Max<T> {
    async fn main(&mut self, cx: &Context) -> Result {
        each(cx, async |items: Vec<T>| {
            let greatest = items.into_iter().reduce(|most, item| if item > most { item } else { most });
            match greatest {
                Some(greatest) => Ok(cx.send_when_room(OUTBOX, greatest).await?),
                None => Ok(()),
            }
        })
        .await
    }
}
