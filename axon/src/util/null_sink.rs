//! Discards everything it receives.
//!
//! Ported from `Kamaelia.Util.NullSinkComponent`.
//!
//! *Differs from Kamaelia:* it sleeps while nothing comes; the one in `Kamaelia.Util.NullSink` polls.

use crate::chassis::announce;
use crate::{CONTROL, Component, Context, INBOX, Result};

/// Discards what comes to `inbox`: for the end of a pipeline whose result is not needed.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | anything |
/// | `control` | any message, to end it |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | nothing |
/// | `signal` | the message that ended it |
///
/// # Shutdown
///
/// *As in Kamaelia*, any message to `control` ends it, not only endings. It passes that message on.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSource, NullSinkComponent};
///
/// axon::run(pipeline![DataSource::new(0..1000), NullSinkComponent::new()])?;
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug, Default)]
#[doc(alias = "nullSinkComponent")]
#[must_use = "a component does nothing until it is activated"]
pub struct NullSinkComponent {}

impl NullSinkComponent {
    /// A sink.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Component for NullSinkComponent {
    async fn main(&mut self, cx: &Context) -> Result {
        loop {
            while cx.recv(INBOX).is_some() {}
            if let Some(message) = cx.recv(CONTROL) {
                announce(cx, message).await;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}
