//! The loop of most components: each message, then `control`, then a pause.

use crate::chassis::{FromMessage, announce, receive};
use crate::{Context, Error, INBOX, NotSent, NotSentKind, Result};

/// How many turns those behind a component that will fail have for what was sent before.
const TURNS_BEFORE_FAILING: usize = 16;

/// Has `step` deal with each message of `inbox`. When the component is told to end, which it is after the
/// messages that are there, passes that on.
pub(super) async fn each<T: FromMessage>(cx: &Context, mut step: impl AsyncFnMut(T) -> Result) -> Result {
    loop {
        while let Some(message) = receive(cx, INBOX)? {
            step(message).await.map_err(|error| count_lost(cx, error))?;
        }
        if let Some(notice) = cx.told_to_end() {
            announce(cx, notice).await;
            return Ok(());
        }
        cx.pause().await;
    }
}

/// If a component ends because it could not send, tells how many messages it had taken or would have.
pub(super) fn count_lost(cx: &Context, error: Error) -> Error {
    if let Some(not_sent) = error.downcast_ref::<NotSent>() {
        let lost = 1 + cx.data_ready(INBOX);
        match not_sent.kind() {
            NotSentKind::ReceiverEnded => log::info!("{not_sent}: {lost} messages are lost"),
            _ => log::debug!("{not_sent}: {lost} messages are lost"),
        }
    }
    error
}

/// Lets those behind deal with what was sent, before an error ends the run and all that lies in boxes is lost.
pub(super) async fn before_failing(cx: &Context) {
    for _ in 0..TURNS_BEFORE_FAILING {
        cx.yield_now().await;
    }
}
