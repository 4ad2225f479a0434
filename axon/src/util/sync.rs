//! Waits for several messages before it passes one on.
//!
//! Ported from `Kamaelia.Util.Sync`.

use crate::{Component, Context, Message, OUTBOX, Result};

use super::each::each;

/// Takes messages in batches of `n`, and passes on the last of each full batch.
///
/// With `n` components linked to its `inbox`, each of which sends one message, it signals that all have finished.
///
/// *As in Kamaelia*, it sends the last message of each batch. Kamaelia's documentation promises the first, but
/// programs depend on what its code does.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | anything |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the last message of each batch |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: passes it on and ends. An unfinished batch is lost.
///
/// # Examples
///
/// ```
/// use axon::pipeline;
/// use axon::util::{DataSink, DataSource, Received, Sync};
///
/// let received = Received::<i32>::new();
/// axon::run(pipeline![DataSource::new(1..=7), Sync::new(3), DataSink::new(&received)])?;
/// assert_eq!(received.take(), [3, 6]);
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct Sync {
    n: usize,
}

impl Sync {
    /// Takes batches of `n` messages.
    ///
    /// # Panics
    ///
    /// If `n` is zero.
    #[track_caller]
    pub fn new(n: usize) -> Self {
        assert!(n > 0, "a Sync for batches of no messages would never end");
        Sync { n }
    }
}

impl Default for Sync {
    /// Takes batches of two messages.
    fn default() -> Self {
        Sync::new(2)
    }
}

impl Component for Sync {
    async fn main(&mut self, cx: &Context) -> Result {
        let mut counted = 0;
        each(cx, async |message: Message| {
            counted += 1;
            if counted < self.n {
                return Ok(());
            }
            counted = 0;
            Ok(cx.send_when_room(OUTBOX, message).await?)
        })
        .await
    }
}
