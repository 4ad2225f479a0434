//! Sends one message and ends: immediately, or when a first message arrives.
//!
//! Ported from `Kamaelia.Util.OneShot`.
//!
//! *Differs from Kamaelia:* if an ending already waits in `control`, that one is passed on.

use crate::chassis::{announce, announce_end};
use crate::{Component, Context, INBOX, Message, OUTBOX, Payload, Result};

/// Sends one message on its first turn, and ends on the next.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | nothing |
/// | `control` | endings |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the message |
/// | `signal` | an ending |
///
/// # Shutdown
///
/// It ends by itself with `ProducerFinished`, or passes on an ending that it received before.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, OneShot, Received};
///
/// let received = Received::<&str>::new();
/// axon::run(pipeline![OneShot::new("hello"), DataSink::new(&received)])?;
/// assert_eq!(received.take(), ["hello"]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct OneShot {
    /// `None` after it was sent.
    message: Option<Message>,
}

impl OneShot {
    /// Sends `message`.
    pub fn new(message: impl Payload) -> Self {
        OneShot { message: Some(Message::new(message)) }
    }
}

impl Component for OneShot {
    async fn main(&mut self, cx: &Context) -> Result {
        shoot(cx, self.message.take()).await;
        Ok(())
    }
}

/// Waits for any message, then sends one of its own and ends.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | anything, as the trigger |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the message |
/// | `signal` | an ending, and other control messages |
///
/// # Shutdown
///
/// After its message it ends by itself with `ProducerFinished`. If it receives an ending before the trigger, it
/// passes that on and ends without sending its message.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, OneShot, Received, TriggeredOneShot};
///
/// let received = Received::<&str>::new();
/// axon::run(pipeline![OneShot::new(1), TriggeredOneShot::new("bang"), DataSink::new(&received)])?;
/// assert_eq!(received.take(), ["bang"]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct TriggeredOneShot {
    /// `None` after it was sent.
    message: Option<Message>,
}

impl TriggeredOneShot {
    /// Sends `message`.
    pub fn new(message: impl Payload) -> Self {
        TriggeredOneShot { message: Some(Message::new(message)) }
    }
}

impl Component for TriggeredOneShot {
    async fn main(&mut self, cx: &Context) -> Result {
        while cx.recv(INBOX).is_none() {
            if let Some(notice) = cx.told_to_end() {
                announce(cx, notice).await;
                return Ok(());
            }
            cx.pause().await;
        }
        shoot(cx, self.message.take()).await;
        Ok(())
    }
}

/// Sends the message, and one turn later the ending.
async fn shoot(cx: &Context, message: Option<Message>) {
    if let Some(message) = message
        && cx.send_when_room(OUTBOX, message).await.is_ok()
    {
        cx.yield_now().await;
    }
    announce_end(cx, None).await;
}
