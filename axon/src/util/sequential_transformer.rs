//! Applies several functions to every message, one after the other.
//!
//! Ported from `Kamaelia.Util.SequentialTransformer`.
//!
//! *Differs from Kamaelia:* the compiler checks that each function takes what the previous one returns.

use crate::chassis::FromMessage;
use crate::{Component, Context, OUTBOX, Payload, Result};

use super::each::each;

/// Applies a row of functions to each message, and sends the result.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | what the first function takes |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | what the last function returns |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends.
///
/// # Errors
///
/// A message of a type that the first function does not take ends it with an error.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, Received, SequentialTransformer};
///
/// let received = Received::<String>::new();
/// axon::run(pipeline![
///     DataSource::new([4, 5]),
///     SequentialTransformer::new(|n: i32| n + 1).then(|n| n.to_string()).then(|text| text + "!"),
///     DataSink::new(&received),
/// ])?;
/// assert_eq!(received.take(), ["5!", "6!"]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct SequentialTransformer<T, R> {
    functions: Box<dyn FnMut(T) -> Option<R>>,
}

crate::debug_by_name!(SequentialTransformer<T, R>);

impl<T: FromMessage, R: 'static> SequentialTransformer<T, R> {
    /// Applies one function; add more with [`then`](SequentialTransformer::then).
    pub fn new(mut function: impl FnMut(T) -> R + 'static) -> Self {
        SequentialTransformer { functions: Box::new(move |message| Some(function(message))) }
    }

    /// Adds a function, applied to the result of those before it.
    pub fn then<S: 'static>(self, mut function: impl FnMut(R) -> S + 'static) -> SequentialTransformer<T, S> {
        let mut before = self.functions;
        SequentialTransformer { functions: Box::new(move |message| before(message).map(&mut function)) }
    }

    /// Adds a function. When it returns `None`, nothing is sent for this message.
    pub fn then_filter<S: 'static>(
        self,
        mut function: impl FnMut(R) -> Option<S> + 'static,
    ) -> SequentialTransformer<T, S> {
        let mut before = self.functions;
        SequentialTransformer { functions: Box::new(move |message| before(message).and_then(&mut function)) }
    }
}

impl<T: FromMessage, R: Payload> Component for SequentialTransformer<T, R> {
    async fn main(&mut self, cx: &Context) -> Result {
        each(cx, async |message: T| match (self.functions)(message) {
            Some(reply) => Ok(cx.send_when_room(OUTBOX, reply).await?),
            None => Ok(()),
        })
        .await
    }
}
