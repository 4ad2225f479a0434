//! Sends messages that are known beforehand: those of a list, or the same one for each trigger.
//!
//! Ported from `Kamaelia.Util.DataSource`.
//!
//! *Differs from Kamaelia:* the source can be any iterator, it waits for room, and it can be stopped.

use crate::chassis::{announce, announce_end};
use crate::{Component, Context, Ending, Message, OUTBOX, Payload, Result};

use super::each::each;

/// Sends the items of an iterator, one each turn.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | nothing |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the items |
/// | `signal` | an ending after the last item, and other control messages |
///
/// # Shutdown
///
/// After the last item it ends by itself with `ProducerFinished`. After `ProducerFinished` it goes on to
/// its last item, and then passes that message on. After `ShutdownMicroprocess` it passes it on and ends
/// immediately.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, Received};
///
/// let received = Received::<i32>::new();
/// axon::run(pipeline![DataSource::new((1..4).map(|n| n * n)), DataSink::new(&received)])?;
/// assert_eq!(received.take(), [1, 4, 9]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct DataSource {
    messages: Box<dyn Iterator<Item = Message>>,
}

crate::debug_by_name!(DataSource);

impl DataSource {
    /// Sends the items of `messages`. It takes them one by one, so the iterator may be infinite.
    pub fn new<I>(messages: I) -> Self
    where
        I: IntoIterator<Item: Payload, IntoIter: 'static>,
    {
        DataSource { messages: Box::new(messages.into_iter().map(Message::new)) }
    }
}

impl Component for DataSource {
    async fn main(&mut self, cx: &Context) -> Result {
        let mut told = None;
        for message in &mut self.messages {
            cx.yield_now().await;
            if let Some(notice) = cx.told_to_end() {
                if notice.ending() == Some(Ending::ShutdownMicroprocess) {
                    announce(cx, notice).await;
                    return Ok(());
                }
                told = Some(notice);
            }
            if let Err(not_sent) = cx.send_when_room(OUTBOX, message).await {
                log::info!("{not_sent}; there are items left");
                return Err(not_sent.into());
            }
        }
        cx.yield_now().await;
        announce_end(cx, told).await;
        Ok(())
    }
}

/// Sends the same message for every message that it receives.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | anything, as the trigger |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the message |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, Received, TriggeredSource};
///
/// let received = Received::<&str>::new();
/// axon::run(pipeline![DataSource::new([1, 2]), TriggeredSource::new("tick"), DataSink::new(&received)])?;
/// assert_eq!(received.take(), ["tick", "tick"]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct TriggeredSource {
    message: Message,
}

impl TriggeredSource {
    /// Sends `message` for every message received.
    pub fn new(message: impl Payload) -> Self {
        TriggeredSource { message: Message::new(message) }
    }
}

impl Component for TriggeredSource {
    async fn main(&mut self, cx: &Context) -> Result {
        each(cx, async |_: Message| Ok(cx.send_when_room(OUTBOX, self.message.duplicate()).await?)).await
    }
}
