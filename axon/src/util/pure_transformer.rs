//! Applies a function to every message.
//!
//! Ported from `Kamaelia.Util.PureTransformer`.
//!
//! *Differs from Kamaelia:* the function says what type it takes, and another type is an error. What it
//! returns for "send nothing" is Rust's `None`. It can be told to stop while it waits for room.

use crate::chassis::{FromMessage, announce, producer_finished, receive};
use crate::{CONTROL, Component, Context, Ending, INBOX, OUTBOX, Payload, ProducerFinished, Result};

/// Sends what a function makes of each message.
///
/// [`new`](PureTransformer::new) takes a function that may have nothing to send,
/// [`map`](PureTransformer::map) one that always has. A function that takes a [`Message`](crate::Message)
/// is given messages of any type.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | what the function takes |
/// | `control` | `ProducerFinished`; anything else is thrown away |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | what the function returns |
/// | `signal` | a new `ProducerFinished`, when it ends |
///
/// # Shutdown
///
/// `ProducerFinished`: it deals with the messages it has, sends a *new* `ProducerFinished` and ends.
///
/// *As in Kamaelia*, `ShutdownMicroprocess` and every other control message is read and ignored: a
/// pipeline that is told `ShutdownMicroprocess` stops only as far as its first `PureTransformer`. Use
/// [`heeding_shutdown`](PureTransformer::heeding_shutdown) for one that keeps to the general rule.
/// While it waits for room to send it heeds `ShutdownMicroprocess` in any case.
///
/// # Errors
///
/// A message that is not what the function takes ends it with an error.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, PureTransformer, Received};
///
/// let received = Received::<i32>::new();
/// axon::run(pipeline![
///     DataSource::new([1, 0, 2]),
///     PureTransformer::new(|n: i32| if n != 0 { Some(n * 2) } else { None }),
///     DataSink::new(&received),
/// ])?;
/// assert_eq!(received.take(), [2, 4]);
/// # Ok::<(), axon::RunError>(())
/// ```
pub struct PureTransformer<T, R> {
    function: Box<dyn FnMut(T) -> Option<R>>,
    heeds: Heeds,
}

/// Which endings it listens to.
#[derive(PartialEq)]
enum Heeds {
    ProducerFinishedOnly,
    Both,
}

impl<T: FromMessage, R: Payload> PureTransformer<T, R> {
    /// Sends what `function` returns, and nothing when that is `None`.
    #[doc(alias = "processMessage")]
    pub fn new(function: impl FnMut(T) -> Option<R> + 'static) -> Self {
        PureTransformer { function: Box::new(function), heeds: Heeds::ProducerFinishedOnly }
    }

    /// Sends what `function` returns, for every message.
    pub fn map(mut function: impl FnMut(T) -> R + 'static) -> Self {
        Self::new(move |message| Some(function(message)))
    }

    /// Keeps to the general rule of shutdown: `ShutdownMicroprocess` stops it, endings are passed on as
    /// they came, and so is every other control message.
    #[must_use]
    pub fn heeding_shutdown(mut self) -> Self {
        self.heeds = Heeds::Both;
        self
    }
}

impl<T: FromMessage, R: Payload> Component for PureTransformer<T, R> {
    async fn main(&mut self, cx: &Context) -> Result {
        loop {
            while let Some(message) = receive(cx, INBOX)? {
                if let Some(reply) = (self.function)(message) {
                    cx.send_when_room(OUTBOX, reply).await?;
                }
            }
            if self.heeds == Heeds::Both {
                if let Some(notice) = cx.told_to_end() {
                    announce(cx, notice).await;
                    return Ok(());
                }
            } else if let Some(notice) = told_producer_finished(cx) {
                announce(cx, notice).await;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

/// Reads `control` as the family of `PureTransformer` does: `ProducerFinished` ends, and is answered with
/// a new one; everything else is thrown away.
pub(super) fn told_producer_finished(cx: &Context) -> Option<ProducerFinished> {
    while let Some(message) = cx.recv(CONTROL) {
        if message.ending() == Some(Ending::ProducerFinished) {
            return Some(producer_finished(cx));
        }
    }
    None
}
