//! Applies a function to every message.
//!
//! Ported from `Kamaelia.Util.PureTransformer`.
//!
//! *Differs from Kamaelia:* the function says what type it takes, and another type is an error. What it
//! returns for "send nothing" is Rust's `None`. It heeds `ShutdownMicroprocess`.

use crate::chassis::{FromMessage, announce, producer_finished, receive};
use crate::{CONTROL, Component, Context, Ending, INBOX, Message, OUTBOX, Payload, Result};

use super::each::{count_lost, each};

/// Sends what a function makes of each message.
///
/// [`new`](PureTransformer::new) takes a function that may have nothing to send,
/// [`map`](PureTransformer::map) one that always has. A function that takes a [`Message`](crate::Message)
/// is given messages of any type.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | what the function takes |
/// | `control` | endings; anything else is thrown away, as Kamaelia does |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | what the function returns |
/// | `signal` | an ending, when it ends |
///
/// # Shutdown
///
/// `ProducerFinished`: it deals with the messages it has, sends a *new* `ProducerFinished`, as in Kamaelia, and
/// ends. `ShutdownMicroprocess`: passes it on and ends.
///
/// *Differs from Kamaelia*, where `shutdownMicroprocess` is read and ignored: a pipeline that is told to stop
/// does so only as far as its first transformer there. [`ignoring_shutdown`](PureTransformer::ignoring_shutdown)
/// makes one with that habit, [`heeding_shutdown`](PureTransformer::heeding_shutdown) one that keeps to the
/// general rule in all.
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

/// What it does with control messages.
#[derive(PartialEq)]
enum Heeds {
    ProducerFinished,
    BothEndings,
    TheRule,
}

impl<T: FromMessage, R: Payload> PureTransformer<T, R> {
    /// Sends what `function` returns, and nothing when that is `None`.
    #[doc(alias = "processMessage")]
    pub fn new(function: impl FnMut(T) -> Option<R> + 'static) -> Self {
        PureTransformer { function: Box::new(function), heeds: Heeds::BothEndings }
    }

    /// Sends what `function` returns, for every message.
    pub fn map(mut function: impl FnMut(T) -> R + 'static) -> Self {
        Self::new(move |message| Some(function(message)))
    }

    /// As in Kamaelia, reads and ignores `ShutdownMicroprocess`. While it waits for room to send it heeds that
    /// all the same.
    #[must_use]
    pub fn ignoring_shutdown(mut self) -> Self {
        self.heeds = Heeds::ProducerFinished;
        self
    }

    /// Keeps to the general rule of shutdown: endings are passed on as they came, and so is every other control
    /// message.
    #[must_use]
    pub fn heeding_shutdown(mut self) -> Self {
        self.heeds = Heeds::TheRule;
        self
    }

    /// Reads `control`, and throws away what it does not heed.
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
