//! Passes messages on while there is room, and throws them away while there is none.
//!
//! Ported from `Kamaelia.Util.LossyConnector`.
//!
//! *Differs from Kamaelia:* it sleeps while nothing comes; there it ran at full speed.

use crate::chassis::announce;
use crate::{CONTROL, Component, Context, INBOX, OUTBOX, Result};

/// Passes on what comes to `inbox`, but throws it away when the destination is full.
///
/// For data that is worth nothing when it is late: a display that cannot keep up shows the newest it
/// can.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | anything |
/// | `control` | endings; anything else is thrown away, as Kamaelia does |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | what came to `inbox`, as far as there is room |
/// | `signal` | the ending that it was told |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends, after the data that is there.
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
#[derive(Default)]
pub struct LossyConnector {}

impl LossyConnector {
    /// A connector.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Component for LossyConnector {
    async fn main(&mut self, cx: &Context) -> Result {
        loop {
            while let Some(message) = cx.recv(INBOX) {
                if let Err(full) = cx.send(OUTBOX, message) {
                    log::trace!("{} drops a message: {full}", cx.name());
                }
            }
            while let Some(message) = cx.recv(CONTROL) {
                if message.ending().is_some() {
                    announce(cx, message).await;
                    return Ok(());
                }
            }
            cx.pause().await;
        }
    }
}
