//! A handler in a server: when it has ended, that is said for it in case it did not.
//!
//! It only saves time: the server closes the connection of every handler that has ended, whichever way, but
//! among very many it takes a moment to find it.

use axon::{Boxes, Component, Context, ProducerFinished, Result, SIGNAL};

/// Wraps a handler, and says `producerFinished` when it has ended, in case it did not. What becomes of the
/// connection of one that has failed is the server's choice.
pub(super) struct Handler<H>(pub(super) H);

impl<H: Component> Component for Handler<H> {
    fn boxes(&self) -> Boxes {
        self.0.boxes()
    }

    fn kind(&self) -> &'static str {
        self.0.kind()
    }

    #[expect(clippy::manual_async_fn, reason = "an `async fn` keeps its arguments twice")]
    fn main(&mut self, cx: &Context) -> impl Future<Output = Result> {
        async move {
            let outcome = self.0.main(cx).await;
            if outcome.is_ok() && cx.has_outbox(cx.me(), SIGNAL) && cx.outbox_length(SIGNAL) == 0 {
                // A connection that has something in `control` was told by the handler itself, or will be by the server.
                let _ = cx.send(SIGNAL, ProducerFinished::new());
            }
            outcome
        }
    }
}
