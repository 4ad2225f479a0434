//! Gathers everything, and sends it in order.
//!
//! Ported from `Sort` of `Kamaelia.Apps.Europython09.Util`.
//!
//! *Differs from Kamaelia:* how much it gathers is limited. What stops it is passed on immediately, with nothing sent.
//! A control message that is not an ending does not end it.

use crate::chassis::{announce, receive};
use crate::{Component, Context, Ending, INBOX, OUTBOX, Payload, Result};

/// How many messages it gathers, unless set.
const AT_MOST: usize = 1_000_000;

/// Gathers all messages, and when no more will come sends them in order. What is equal keeps its order.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | messages of type `T` |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the same messages in order |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished`: sends what it has gathered, passes it on and ends. `ShutdownMicroprocess`: passes it on and
/// ends immediately, also while it sends.
///
/// # Errors
///
/// It ends with an error if a message has another type, or if more than a million come, or than
/// [`at_most`](Sort::at_most).
///
/// # Examples
///
/// ```
/// use axon::file::Sort;
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, Received};
///
/// let received = Received::<&str>::new();
/// axon::run(pipeline![DataSource::new(["b", "c", "a"]), Sort::<&str>::new(), DataSink::new(&received)])?;
/// assert_eq!(received.take(), ["a", "b", "c"]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct Sort<T> {
    gathered: Vec<T>,
    at_most: usize,
}

impl<T> Sort<T> {
    /// Gathers at most a million messages.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gathers at most this many messages. They are all in memory at the end.
    pub fn at_most(mut self, messages: usize) -> Self {
        self.at_most = messages;
        self
    }
}

impl<T> Default for Sort<T> {
    fn default() -> Self {
        Sort { gathered: Vec::new(), at_most: AT_MOST }
    }
}

impl<T: Payload + Clone + Ord> Component for Sort<T> {
    async fn main(&mut self, cx: &Context) -> Result {
        let notice = loop {
            while let Some(message) = receive::<T>(cx, INBOX)? {
                if self.gathered.len() == self.at_most {
                    let (name, most) = (cx.name(), self.at_most);
                    return Err(format!(
                        "{name} was sent more than {most} messages; at_most(messages) gathers more of them"
                    )
                    .into());
                }
                self.gathered.push(message);
            }
            match cx.told_to_end() {
                Some(notice) => break notice,
                None => cx.pause().await,
            }
        };
        if notice.ending() == Some(Ending::ProducerFinished) {
            self.gathered.sort();
            for message in std::mem::take(&mut self.gathered) {
                cx.send_when_room(OUTBOX, message).await?;
            }
        }
        announce(cx, notice).await;
        Ok(())
    }
}
