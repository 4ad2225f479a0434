//! Applies a function to every message.
//!
//! Ported from `Kamaelia.Util.PureTransformer`.
//!
//! *Differs from Kamaelia:* the function states the type that it takes, and another type is an error. It returns
//! `None` to send nothing. `ShutdownMicroprocess` ends the component.

use crate::chassis::{FromMessage, announce, producer_finished, receive};
use crate::{CONTROL, Component, Context, Ending, INBOX, Message, OUTBOX, Payload, Result};

use super::each::{count_lost, each};

/// Applies a function to each message, and sends the result.
///
/// [`map`](PureTransformer::map) takes a function that always has a result, [`new`](PureTransformer::new) one that
/// may have none. A function that takes a [`Message`] gets messages of any type.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | what the function takes |
/// | `control` | endings; anything else is discarded, as in Kamaelia |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | what the function returns |
/// | `signal` | an ending, when it ends |
///
/// # Shutdown
///
/// `ProducerFinished`: it processes the messages that it has, sends a *new* `ProducerFinished`, as in Kamaelia, and
/// ends. `ShutdownMicroprocess`: it passes it on and ends.
///
/// *Differs from Kamaelia*, where `shutdownMicroprocess` is read and ignored, so that a pipeline that is told to
/// stop does so only as far as its first transformer. A transformer with
/// [`ignoring_shutdown`](PureTransformer::ignoring_shutdown) does the same; one with
/// [`heeding_shutdown`](PureTransformer::heeding_shutdown) follows the general rule throughout.
///
/// # Errors
///
/// A message of a type that the function does not take ends it with an error.
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
#[must_use = "a component does nothing until it is activated"]
pub struct PureTransformer<T, R> {
    function: Box<dyn FnMut(T) -> Option<R>>,
    heeds: Heeds,
}

crate::debug_by_name!(PureTransformer<T, R>);

/// What the transformer does with control messages.
#[derive(PartialEq)]
enum Heeds {
    ProducerFinished,
    BothEndings,
    TheRule,
}

impl<T: FromMessage, R: Payload> PureTransformer<T, R> {
    /// Sends what `function` returns, or nothing if that is `None`.
    #[doc(alias = "processMessage")]
    pub fn new(function: impl FnMut(T) -> Option<R> + 'static) -> Self {
        PureTransformer { function: Box::new(function), heeds: Heeds::BothEndings }
    }

    /// Sends what `function` returns, for every message.
    ///
    /// # Examples
    ///
    /// ```
    /// use axon::util::{PureTransformer, Text};
    ///
    /// let capitals = PureTransformer::map(|Text(line): Text| line.to_uppercase());
    /// ```
    pub fn map(mut function: impl FnMut(T) -> R + 'static) -> Self {
        Self::new(move |message| Some(function(message)))
    }

    /// Reads and ignores `ShutdownMicroprocess`, as in Kamaelia. While the component waits for room to send, the
    /// message ends it nevertheless.
    pub fn ignoring_shutdown(mut self) -> Self {
        self.heeds = Heeds::ProducerFinished;
        self
    }

    /// Follows the general rule of shutdown: endings are passed on unchanged, and so is every other control message.
    pub fn heeding_shutdown(mut self) -> Self {
        self.heeds = Heeds::TheRule;
        self
    }

    /// Reads `control`, and discards messages that do not end it.
    fn told_to_end(&self, cx: &Context) -> Option<Message> {
        let told_to_stop = cx.is_told_to_stop();
        while let Some(message) = cx.recv(CONTROL) {
            match message.ending() {
                Some(Ending::ShutdownMicroprocess) if self.heeds == Heeds::BothEndings => {
                    return Some(message);
                }
                Some(Ending::ProducerFinished) if !told_to_stop || self.heeds == Heeds::ProducerFinished => {
                    return Some(Message::new(producer_finished(cx)));
                }
                _ => {}
            }
        }
        None
    }

    async fn transform(&mut self, cx: &Context, message: T) -> Result {
        if let Some(reply) = (self.function)(message) {
            cx.send_when_room(OUTBOX, reply).await?;
        }
        Ok(())
    }
}

impl<T: FromMessage, R: Payload> Component for PureTransformer<T, R> {
    async fn main(&mut self, cx: &Context) -> Result {
        if self.heeds == Heeds::TheRule {
            return each(cx, async |message: T| self.transform(cx, message).await).await;
        }
        loop {
            while let Some(message) = receive(cx, INBOX)? {
                self.transform(cx, message).await.map_err(|error| count_lost(cx, error))?;
            }
            if let Some(notice) = self.told_to_end(cx) {
                announce(cx, notice).await;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}
