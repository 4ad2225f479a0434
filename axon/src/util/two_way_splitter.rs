//! Copies everything to two destinations, and keeps pace with the slower one.
//!
//! Ported from `Kamaelia.Util.TwoWaySplitter`.
//!
//! *Differs from Kamaelia:* control messages that are no ending are copied too, as its documentation
//! said; its code threw them away. A full destination does not keep a message from the other.

use std::collections::VecDeque;

use crate::chassis::producer_finished;
use crate::{Boxes, CONTROL, Component, Context, Ending, INBOX, Message, OUTBOX, Result, SIGNAL};

use super::when_full::send_if_room;

/// Sends what comes to `inbox` out of `outbox` and `outbox2`, and what comes to `control` out of `signal`
/// and `signal2`.
///
/// It takes the next message only when both destinations have the last one; they share its payload. For
/// destinations that are not waited for there is [`Fanout`](super::Fanout).
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
/// # Shutdown
///
/// `ProducerFinished`: when `inbox` is empty. `ShutdownMicroprocess`: at once, also while it waits for
/// room. It passes the message on both ways and ends. It ends with a `ProducerFinished` of its own when nobody
/// is left to hear it either way.
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
#[derive(Default)]
pub struct TwoWaySplitter {
    /// Control messages that were read while data waited for room.
    unheeded: VecDeque<Message>,
}

impl TwoWaySplitter {
    /// A splitter.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads `control`, and says whether to stop at once.
    fn must_stop(&mut self, cx: &Context) -> bool {
        self.unheeded.extend(std::iter::from_fn(|| cx.recv(CONTROL)));
        self.unheeded.iter().any(|message| message.ending() == Some(Ending::ShutdownMicroprocess))
    }

    /// Sends one message both ways, and sleeps while one of them has no room, unless it is to stop.
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
            // One at a time: data may come while a control message waits for room.
            let Some(message) = self.unheeded.pop_front() else {
                cx.pause().await;
                continue;
            };
            let ending = message.ending();
            if must_stop && ending == Some(Ending::ProducerFinished) {
                continue;
            }
            self.split(cx, [SIGNAL, "signal2"], message).await;
            if ending.is_some() {
                return Ok(());
            }
        }
    }
}
