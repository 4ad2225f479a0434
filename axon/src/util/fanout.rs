//! Copies every message to several outboxes.
//!
//! Ported from `Kamaelia.Util.Fanout`.
//!
//! *Differs from Kamaelia:* data goes to the named outboxes only; there it went to `outbox` and `signal`
//! too (B22). It waits for room.

use crate::chassis::announce;
use crate::{Boxes, Component, Context, INBOX, Message, NotSent, NotSentKind, Result};

/// Sends each message out of every outbox that it was given the name of, in that order.
///
/// The payload is shared by the copies. A destination that is full makes the others wait.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | anything |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | nothing, unless it is among the names |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on, on `signal` only, and ends.
///
/// # Examples
///
/// ```
/// use axon::graphline;
/// use axon::util::{DataSink, DataSource, Fanout, Received};
///
/// let (left, right) = (Received::<i32>::new(), Received::<i32>::new());
/// axon::run(graphline! {
///     components: {
///         source: DataSource::new([1, 2]),
///         fanout: Fanout::new(["one", "two"]),
///         left: DataSink::new(&left),
///         right: DataSink::new(&right),
///     },
///     linkages: {
///         source.outbox => fanout.inbox,
///         source.signal => fanout.control,
///         fanout.one => left.inbox,
///         fanout.two => right.inbox,
///         fanout.signal => left.control,
///         left.signal => right.control,
///     },
/// })?;
/// assert_eq!((left.take(), right.take()), (vec![1, 2], vec![1, 2]));
/// # Ok::<(), axon::RunError>(())
/// ```
#[doc(alias = "fanout")]
pub struct Fanout {
    boxnames: Vec<&'static str>,
}

impl Fanout {
    /// Copies to the outboxes with these names, which are made.
    pub fn new(boxnames: impl IntoIterator<Item = &'static str>) -> Self {
        Fanout { boxnames: boxnames.into_iter().collect() }
    }

    /// Sends the copies. `Err` when told to stop at once while there was no room, or nobody is left to hear
    /// any of them.
    async fn copy(&self, cx: &Context, mut message: Message) -> std::result::Result<(), NotSent> {
        let mut unheard = None;
        let (mut heard, last) = (self.boxnames.len(), self.boxnames.len().saturating_sub(1));
        for (nth, name) in self.boxnames.iter().enumerate() {
            let copy = if nth == last {
                std::mem::replace(&mut message, Message::new(()))
            } else {
                message.duplicate()
            };
            match cx.send_when_room(name, copy).await {
                Err(not_sent) if not_sent.kind() == NotSentKind::ReceiverEnded => {
                    heard -= 1;
                    unheard = Some(not_sent);
                }
                sent => sent?,
            }
        }
        unheard.filter(|_| heard == 0).map_or(Ok(()), Err)
    }
}

impl Component for Fanout {
    fn boxes(&self) -> Boxes {
        self.boxnames.iter().fold(Boxes::standard(), |boxes, name| boxes.outbox(name, "a copy of the data"))
    }

    async fn main(&mut self, cx: &Context) -> Result {
        loop {
            while let Some(message) = cx.recv(INBOX) {
                self.copy(cx, message).await?;
            }
            if let Some(notice) = cx.told_to_end() {
                announce(cx, notice).await;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}
