//! Sends back what it receives: the simplest protocol there is.
//!
//! Ported from `Kamaelia.Protocol.EchoProtocol`.
//!
//! *Differs from Kamaelia:* it echoes data that still waits when it is told to end, and it waits for room.

use crate::chassis::announce;
use crate::{CONTROL, Component, Context, INBOX, OUTBOX, Result};

/// Sends what arrives at `inbox` out of `outbox`: the protocol of an echo server.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | anything |
/// | `control` | any message, to end it |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | what came to `inbox` |
/// | `signal` | the message that ended it |
///
/// # Shutdown
///
/// *As in Kamaelia*, any message in `control` ends it, not only endings. It passes that message on.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, EchoProtocol, Received};
///
/// let received = Received::<&str>::new();
/// axon::run(pipeline![DataSource::new(["hello"]), EchoProtocol::new(), DataSink::new(&received)])?;
/// assert_eq!(received.take(), ["hello"]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug, Default)]
#[must_use = "a component does nothing until it is activated"]
pub struct EchoProtocol {}

impl EchoProtocol {
    /// A protocol for one connection.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Component for EchoProtocol {
    async fn main(&mut self, cx: &Context) -> Result {
        loop {
            while let Some(message) = cx.recv(INBOX) {
                cx.send_when_room(OUTBOX, message).await?;
            }
            if let Some(message) = cx.recv(CONTROL) {
                announce(cx, message).await;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}
