//! Passes messages on while there is room, and discards them while there is none.
//!
//! Ported from `Kamaelia.Util.LossyConnector`.
//!
//! *Differs from Kamaelia:* it sleeps while nothing comes; there it polls.

use crate::chassis::{announce, producer_finished};
use crate::{CONTROL, Component, Context, INBOX, Message, OUTBOX, Result};

use super::when_full::send_if_room;

/// Passes on what comes to `inbox`, but discards it while the destination is full.
///
/// A destination without a size counts as full at its soft limit. Use it for data that is worthless when it is
/// late, such as values for a display that may be too slow for all of them.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | anything |
/// | `control` | endings; anything else is discarded, as in Kamaelia |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | what came to `inbox`, as far as there is room |
/// | `signal` | the ending that it received |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends, after the data that has arrived. It then
/// logs how many messages were discarded.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, LossyConnector, Received};
///
/// let received = Received::<i32>::new();
/// axon::run(pipeline![DataSource::new([1, 2]), LossyConnector::new(), DataSink::new(&received)])?;
/// assert_eq!(received.take(), [1, 2]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug, Default)]
#[must_use = "a component does nothing until it is activated"]
pub struct LossyConnector {}

impl LossyConnector {
    /// A connector.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Component for LossyConnector {
    async fn main(&mut self, cx: &Context) -> Result {
        let mut dropped = 0u64;
        let notice = loop {
            while let Some(message) = cx.recv(INBOX) {
                dropped += u64::from(send_if_room(cx, OUTBOX, message).is_some());
            }
            let ending = std::iter::from_fn(|| cx.recv(CONTROL)).find(|message| message.ending().is_some());
            if let Some(notice) = ending {
                break notice;
            }
            if !cx.is_heard(OUTBOX) {
                break Message::new(producer_finished(cx));
            }
            cx.pause().await;
        };
        log::debug!("{}: {dropped} messages were dropped for want of room", cx.name());
        announce(cx, notice).await;
        Ok(())
    }
}
