//! Gives what arrives to code outside the scheduler: the end of a pipeline.
//!
//! Ported from `DataSink` of `Kamaelia.Apps.SA.DSL`.
//!
//! *Differs from Kamaelia:* the list is shared, and can be read while the components run. It has no limit,
//! and nothing is passed on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::chassis::{FromMessage, announce, receive};
use crate::{Component, Context, INBOX, Result};

/// Puts every item that it receives into a list that code outside the scheduler holds too.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | items that convert to a `T`; with `T` = [`Message`](crate::Message) any item |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | nothing |
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
/// use axon::util::{DataSink, DataSource, Received};
///
/// let received = Received::<u8>::new();
/// axon::run(pipeline![DataSource::new([1u8, 2, 3]), DataSink::new(&received)])?;
/// assert_eq!(received.take(), [1, 2, 3]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct DataSink<T> {
    received: Received<T>,
}

/// The list that a [`DataSink`] fills.
#[derive(Debug)]
pub struct Received<T>(Arc<Mutex<Vec<T>>>);

impl<T: FromMessage> Received<T> {
    /// An empty list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes what has arrived since the last call.
    pub fn take(&self) -> Vec<T> {
        std::mem::take(&mut self.items())
    }

    fn items(&self) -> MutexGuard<'_, Vec<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Default for Received<T> {
    fn default() -> Self {
        Received(Arc::default())
    }
}

impl<T> Clone for Received<T> {
    fn clone(&self) -> Self {
        Received(Arc::clone(&self.0))
    }
}

impl<T: FromMessage> DataSink<T> {
    /// Puts what it receives into `received`.
    pub fn new(received: &Received<T>) -> Self {
        DataSink { received: received.clone() }
    }
}

impl<T: FromMessage> Component for DataSink<T> {
    async fn main(&mut self, cx: &Context) -> Result {
        loop {
            while let Some(item) = receive(cx, INBOX)? {
                self.received.items().push(item);
            }
            if let Some(notice) = cx.told_to_end() {
                announce(cx, notice).await;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}
