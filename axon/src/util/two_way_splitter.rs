//! Copies everything to two destinations, and keeps pace with the slower one.
//!
//! Ported from `Kamaelia.Util.TwoWaySplitter`.
//!
//! *Differs from Kamaelia:* control messages that are no ending are copied too, as its documentation
//! said; its code threw them away. A full destination does not keep a message from the other.

use crate::chassis::announce;
use crate::{Boxes, CONTROL, Component, Context, Ending, INBOX, Message, OUTBOX, Result};

/// Sends what comes to `inbox` out of `outbox` and `outbox2`, and what comes to `control` out of `signal`
/// and `signal2`.
///
/// It takes the next message only when both destinations have the last one; they share its payload.
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
/// room. It passes the message on both ways and ends.
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
    /// What it was told: the first "stop now", or else the last ending.
    told: Option<Message>,
}

impl TwoWaySplitter {
    /// A splitter.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads `control`, remembers an ending, and copies everything else. Says whether to stop at once.
    async fn must_stop(&mut self, cx: &Context) -> bool {
        while let Some(message) = cx.recv(CONTROL) {
            if message.ending().is_none() {
                announce_both(cx, message).await;
            } else if self.ending() != Some(Ending::ShutdownMicroprocess) {
                self.told = Some(message);
            }
        }
        self.ending() == Some(Ending::ShutdownMicroprocess)
    }

    fn ending(&self) -> Option<Ending> {
        self.told.as_ref().and_then(Message::ending)
    }

    /// Sends one message both ways, and sleeps while one of them has no room. Says whether it was told to
    /// stop at once before that was done.
    async fn split(&mut self, cx: &Context, mut message: Message) -> bool {
        let mut unsent = [Some((OUTBOX, message.duplicate())), Some(("outbox2", message))];
        loop {
            for way in &mut unsent {
                *way = way.take().and_then(|(outbox, message)| {
                    let refused = cx.send(outbox, message).err()?;
                    Some((outbox, refused.into_message()))
                });
            }
            if unsent.iter().all(Option::is_none) {
                return false;
            }
            if self.must_stop(cx).await {
                return true;
            }
            cx.pause().await;
        }
    }
}

async fn announce_both(cx: &Context, mut notice: Message) {
    announce(cx, notice.duplicate()).await;
    while let Err(refused) = cx.send("signal2", notice) {
        notice = refused.into_message();
        cx.pause().await;
    }
}

impl Component for TwoWaySplitter {
    fn boxes(&self) -> Boxes {
        Boxes::standard().outbox("outbox2", "the same data").outbox("signal2", "the same control messages")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        loop {
            while let Some(message) = cx.recv(INBOX) {
                if self.split(cx, message).await {
                    break;
                }
            }
            self.must_stop(cx).await;
            if let Some(notice) = self.told.take() {
                announce_both(cx, notice).await;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}
