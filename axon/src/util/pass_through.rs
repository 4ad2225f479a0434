//! Passes everything on unchanged.
//!
//! Ported from `Kamaelia.Util.PassThrough`.
//!
//! *Differs from Kamaelia:* it waits while there is no room.

use crate::chassis::{announce, pass_on};
use crate::{CONTROL, Component, Context, INBOX, Message, OUTBOX, Result, error::NotSentErrorKind};

/// Sends what arrives at `inbox` out of `outbox`, and what arrives at `control` out of `signal`.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | anything |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | what came to `inbox` |
/// | `signal` | what came to `control` |
///
/// # Shutdown
///
/// It passes on every control message, after the data that has arrived, and ends on `ProducerFinished` and
/// `ShutdownMicroprocess`, or on the messages chosen with [`shutdown_on`](PassThrough::shutdown_on).
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, PassThrough, Received};
///
/// let received = Received::<i32>::new();
/// axon::run(pipeline![DataSource::new([1, 2]), PassThrough::new(), DataSink::new(&received)])?;
/// assert_eq!(received.take(), [1, 2]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[must_use = "a component does nothing until it is activated"]
pub struct PassThrough {
    ends_it: Box<dyn FnMut(&Message) -> bool>,
}

crate::debug_by_name!(PassThrough);

impl PassThrough {
    /// A component that ends on `ProducerFinished` and `ShutdownMicroprocess`.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends on the control messages for which `ends_it` returns true, instead of on the usual two.
    ///
    /// # Examples
    ///
    /// A component that passes endings on and does not end:
    ///
    /// ```
    /// let for_ever = axon::util::PassThrough::new().shutdown_on(|_| false);
    /// ```
    #[doc(alias = "shutdownOn")]
    pub fn shutdown_on(mut self, ends_it: impl FnMut(&Message) -> bool + 'static) -> Self {
        self.ends_it = Box::new(ends_it);
        self
    }
}

impl Default for PassThrough {
    fn default() -> Self {
        PassThrough { ends_it: Box::new(|message| message.ending().is_some()) }
    }
}

impl Component for PassThrough {
    async fn main(&mut self, cx: &Context) -> Result {
        let mut unsent = None;
        loop {
            while let Some(message) = unsent.take().or_else(|| cx.recv(INBOX)) {
                match cx.send_when_room(OUTBOX, message).await {
                    Err(not_sent) if not_sent.kind() == NotSentErrorKind::ToldToStop => {
                        unsent = Some(not_sent.into_message());
                        break;
                    }
                    sent => sent?,
                }
            }
            // One at a time, since data may come while a control message waits for room.
            match cx.recv(CONTROL) {
                Some(message) => {
                    let ends = (self.ends_it)(&message);
                    if ends {
                        announce(cx, message).await;
                        return Ok(());
                    }
                    pass_on(cx, message).await;
                }
                None => cx.pause().await,
            }
        }
    }
}
