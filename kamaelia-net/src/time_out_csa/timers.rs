//! A message after a while without any.

use std::time::Duration;

use axon::chassis::announce;
use axon::{Component, Context, INBOX, Message, OUTBOX, Payload, Result, time_after};

/// Sends one message when nothing has come to `inbox` for so long, and ends.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | anything, to begin again |
/// | `control` | endings, see below |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | its message, once: the text `NEXT`, unless another is set |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// When it has sent its message it ends, *as in Kamaelia* without a word on `signal`. Both endings end it before,
/// and are passed on; there it does not read `control`.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use axon::pipeline;
/// use axon::util::{DataSink, Received};
/// use kamaelia_net::ResettableSender;
///
/// let received = Received::<&str>::new();
/// let mut scheduler = axon::Scheduler::builder().virtual_clock().build();
/// scheduler.activate(pipeline![
///     ResettableSender::new(Duration::from_secs(5)),
///     DataSink::new(&received),
/// ]);
/// # let start = scheduler.turn_clock(Duration::ZERO);
/// # let _ = start;
/// while scheduler.run_pass()? {}
/// scheduler.turn_clock(Duration::from_secs(5));
/// while scheduler.run_pass()? {}
/// assert_eq!(received.take(), ["NEXT"]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct ResettableSender {
    timeout: Duration,
    message: Message,
}

impl ResettableSender {
    /// One that sends after so long.
    pub fn new(timeout: Duration) -> Self {
        ResettableSender { timeout, message: Message::new("NEXT") }
    }

    /// Sends this in place of `NEXT`.
    pub fn message(mut self, message: impl Payload) -> Self {
        self.message = Message::new(message);
        self
    }
}

impl Component for ResettableSender {
    async fn main(&mut self, cx: &Context) -> Result {
        let mut end = time_after(cx.now(), self.timeout);
        loop {
            while cx.recv(INBOX).is_some() {
                end = time_after(cx.now(), self.timeout);
            }
            if let Some(notice) = cx.told_to_end() {
                announce(cx, notice).await;
                return Ok(());
            }
            if end <= cx.now() {
                let message = self.message.duplicate();
                return Ok(cx.send_when_room(OUTBOX, message).await?);
            }
            cx.pause_until(end).await;
        }
    }
}
