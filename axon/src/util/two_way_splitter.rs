//! Copies everything to two destinations, and keeps pace with the slower one.
//!
//! Ported from `Kamaelia.Util.TwoWaySplitter`.
//!
//! *Differs from Kamaelia:* control messages that are not endings are copied too, as its documentation says; its
//! code discards them. When one destination is full, the other still gets the message.

use std::collections::VecDeque;

use crate::chassis::{Seen, producer_finished};
use crate::{Boxes, CONTROL, Component, Context, Ending, INBOX, Message, OUTBOX, Result, SIGNAL};

use super::when_full::send_if_room;

/// Sends what arrives at `inbox` out of `outbox` and `outbox2`, and what arrives at `control` out of
/// `signal` and `signal2`.
///
/// It takes the next message only when both destinations have received the last one. They share its payload. Use
/// [`Fanout`](super::Fanout) for destinations that need not be waited for.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | anything |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | what came to `inbox` |
/// | `outbox2` | what came to `inbox` |
/// | `signal` | what came to `control` |
/// | `signal2` | what came to `control` |
///
/// A control message that ends nobody is copied once: a copy that comes back to `control` is dropped, since there
/// would be more copies each time round.
///
/// # Shutdown
///
/// On `ProducerFinished` it ends when `inbox` is empty, on `ShutdownMicroprocess` immediately, even while it waits
/// for room. It passes the message on to both destinations. When both receivers have ended, it ends with a
/// `ProducerFinished` of its own.
///
/// # Examples
///
/// ```
/// use axon::graphline;
/// use axon::util::{DataSink, DataSource, Received, TwoWaySplitter};
///
/// let (one, two) = (Received::<i32>::new(), Received::<i32>::new());
/// axon::run(graphline! {
///     components: {
///         source: DataSource::new([1, 2]),
///         split: TwoWaySplitter::new(),
///         one: DataSink::new(&one),
///         two: DataSink::new(&two),
///     },
///     linkages: {
///         source.outbox => split.inbox,
///         source.signal => split.control,
///         split.outbox => one.inbox,
///         split.signal => one.control,
///         split.outbox2 => two.inbox,
///         split.signal2 => two.control,
///     },
/// })?;
/// assert_eq!((one.take(), two.take()), (vec![1, 2], vec![1, 2]));
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug, Default)]
#[must_use = "a component does nothing until it is activated"]
pub struct TwoWaySplitter {
    /// Control messages that were read while data waited for room.
    unheeded: VecDeque<Message>,
    /// Control messages that were copied.
    seen: Seen,
}

impl TwoWaySplitter {
    /// A splitter.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads `control`, and returns whether to stop immediately.
    fn must_stop(&mut self, cx: &Context) -> bool {
        self.unheeded.extend(std::iter::from_fn(|| cx.recv(CONTROL)));
        self.unheeded.iter().any(|message| message.ending() == Some(Ending::ShutdownMicroprocess))
    }

    /// Sends one message to both destinations, and sleeps while one of them has no room, unless it is to stop.
    async fn split(&mut self, cx: &Context, outboxes: [&'static str; 2], mut message: Message) {
        let mut unsent = [Some(message.duplicate()), Some(message)];
        loop {
            for (outbox, unsent) in outboxes.iter().zip(&mut unsent) {
                if let Some(message) = unsent.take() {
                    *unsent = send_if_room(cx, outbox, message);
                }
            }
            let is_data = outboxes[0] == OUTBOX;
            if unsent.iter().all(Option::is_none) || (is_data && self.must_stop(cx)) {
                return;
            }
            cx.pause().await;
        }
    }
}

impl Component for TwoWaySplitter {
    fn boxes(&self) -> Boxes {
        Boxes::standard().outbox("outbox2", "the same data").outbox("signal2", "the same control messages")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        loop {
            while let Some(message) = cx.recv(INBOX) {
                if !cx.is_heard(OUTBOX) && !cx.is_heard("outbox2") {
                    let lost = 1 + cx.data_ready(INBOX);
                    log::info!("{}: nobody is left to hear it: {lost} messages are lost", cx.name());
                    self.split(cx, [SIGNAL, "signal2"], Message::new(producer_finished(cx))).await;
                    return Ok(());
                }
                self.split(cx, [OUTBOX, "outbox2"], message).await;
            }
            let must_stop = self.must_stop(cx);
            // One at a time, since data may come while a control message waits for room.
            let Some(mut message) = self.unheeded.pop_front() else {
                cx.pause().await;
                continue;
            };
            let ending = message.ending();
            if must_stop && ending == Some(Ending::ProducerFinished) || self.seen.has_come_back(&mut message)
            {
                continue;
            }
            self.split(cx, [SIGNAL, "signal2"], message).await;
            if ending.is_some() {
                return Ok(());
            }
        }
    }
}
