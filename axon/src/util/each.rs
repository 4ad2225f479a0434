//! The loop of most components: each message, then `control`, then a pause.

use crate::chassis::{FromMessage, announce, receive};
use crate::{
    Context, Error, INBOX, OUTBOX, Payload, Result,
    error::{NotSentError, NotSentErrorKind},
};

/// How many turns the following components get, before a failure, to process what was sent before.
const TURNS_BEFORE_FAILING: usize = 16;

/// Calls `step` for each message of `inbox`. Returns when the component is told to end, after the messages
/// that are there, and passes the ending on.
pub(crate) async fn each<T: FromMessage>(cx: &Context, mut step: impl AsyncFnMut(T) -> Result) -> Result {
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

/// Sends one of many messages when there is room, for a component that ends with the error if it cannot.
pub(crate) async fn send_each(cx: &Context, message: impl Payload) -> Result {
    let sent = cx.send_when_room(OUTBOX, message).await;
    sent.map_err(|not_sent| count_lost(cx, not_sent.into()))
}

/// If a component ends because it could not send, logs how many messages were lost by that.
pub(crate) fn count_lost(cx: &Context, error: Error) -> Error {
    if let Some(not_sent) = error.downcast_ref::<NotSentError>() {
        let lost = 1 + cx.data_ready(INBOX);
        match not_sent.kind() {
            NotSentErrorKind::ReceiverEnded => log::info!("{not_sent}: {lost} messages are lost"),
            _ => log::debug!("{not_sent}: {lost} messages are lost"),
        }
    }
    error
}

/// Lets the following components process what was sent, before an error ends the run and the contents of
/// all boxes are lost.
pub(crate) async fn before_failing(cx: &Context) {
    for _ in 0..TURNS_BEFORE_FAILING {
        cx.yield_now().await;
    }
}
