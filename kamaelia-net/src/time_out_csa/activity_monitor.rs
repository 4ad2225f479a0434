//! Passes messages on, and tells somebody else that there were some.

use axon::chassis::announce;
use axon::{Boxes, CONTROL, Component, Context, INBOX, Message, OUTBOX, Payload, Result, SIGNAL};

use crate::ipc::ShutdownCsa;

const INBOX_2: &str = "inbox2";
const INBOX_3: &str = "inbox3";
const OUTBOX_2: &str = "outbox2";
const OUTBOX_3: &str = "outbox3";
pub(super) const OBSERVED: &str = "observed";

/// The ways through it.
const WAYS: [(&str, &str); 3] = [(INBOX, OUTBOX), (INBOX_2, OUTBOX_2), (INBOX_3, OUTBOX_3)];

/// Passes up to four streams of messages on, and says that something went through.
///
/// However many messages there are in a turn, `observed` gets one. While a destination is full, its stream waits,
/// and the others go on.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | anything |
/// | `inbox2` | anything |
/// | `inbox3` | anything |
/// | `control` | anything; endings, see below |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | what came to `inbox` |
/// | `outbox2` | what came to `inbox2` |
/// | `outbox3` | what came to `inbox3` |
/// | `signal` | what came to `control` |
/// | `observed` | its message for each turn with messages: the text `RESET`, unless another is set |
///
/// # Shutdown
///
/// Both endings, and a [`ShutdownCsa`], end it, after what waits was passed on; there `producerFinished` and
/// `shutdownCSA`.
///
/// # Examples
///
/// ```
/// use axon::prelude::*;
/// use axon::util::{DataSink, Received};
/// use kamaelia_net::ActivityMonitor;
///
/// let received = Received::<&str>::new();
/// axon::run(graphline! {
///     components: {
///         source: DataSource::new(["hello"]),
///         monitor: ActivityMonitor::new(),
///         sink: DataSink::new(&received),
///     },
///     linkages: {
///         source.outbox => monitor.inbox,
///         source.signal => monitor.control,
///         monitor.observed => sink.inbox,
///         monitor.signal => sink.control,
///     }
/// })?;
/// assert_eq!(received.take()[0], "RESET");
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct ActivityMonitor {
    message: Message,
}

impl ActivityMonitor {
    /// A monitor.
    pub fn new() -> Self {
        ActivityMonitor { message: Message::new("RESET") }
    }

    /// Sends this in place of `RESET`.
    pub fn message(mut self, message: impl Payload) -> Self {
        self.message = Message::new(message);
        self
    }
}

impl Default for ActivityMonitor {
    fn default() -> Self {
        Self::new()
    }
}

impl Component for ActivityMonitor {
    fn boxes(&self) -> Boxes {
        Boxes::standard()
            .inbox(INBOX_2, "messages to be passed on")
            .inbox(INBOX_3, "messages to be passed on")
            .outbox(OUTBOX_2, "what came to inbox2")
            .outbox(OUTBOX_3, "what came to inbox3")
            .outbox(OBSERVED, "that there were messages")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let mut last: Option<Message> = None;
        loop {
            let mut active = false;
            let mut waits = false;
            for (inbox, outbox) in WAYS {
                while cx.data_ready(inbox) > 0 {
                    if !cx.has_room(outbox) {
                        waits = true;
                        break;
                    }
                    if let Some(message) = cx.recv(inbox) {
                        cx.send(outbox, message)?;
                        active = true;
                    }
                }
            }
            while last.is_none()
                && let Some(message) = cx.recv(CONTROL)
            {
                active = true;
                if message.ending().is_some() || message.is::<ShutdownCsa>() {
                    last = Some(message);
                } else if cx.send(SIGNAL, message).is_err() {
                    log::debug!("{}: nobody had room for a control message", cx.name());
                }
            }
            if active && cx.has_room(OBSERVED) {
                // One for which there is no room waits behind others that say the same.
                let _ = cx.send(OBSERVED, self.message.duplicate());
            }
            if !waits && let Some(last) = last.take() {
                announce(cx, last).await;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}
