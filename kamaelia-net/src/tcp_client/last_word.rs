//! What a client says when its connection has ended, and what the log is told of it.

use axon::{Context, LogLimit, Message, ShutdownMicroprocess};

use crate::ipc::{HowDied, SocketShutdown};
use crate::outcome::note_failure;

/// The message for `signal` when the connection has ended.
pub(super) fn last_word(cx: &Context, shutdown: SocketShutdown) -> Message {
    if let HowDied::Tls(error) = &shutdown.how_died
        && let Some(more) = LogLimit::admit_for_all(cx, "connections that were not secured")
    {
        log::warn!("{}: {error}{more}", cx.name());
    } else if shutdown.unsent + shutdown.unacknowledged > 0
        && !matches!(shutdown.how_died, HowDied::ShutdownMicroprocess)
    {
        let SocketShutdown { how_died, unsent, unacknowledged, .. } = &shutdown;
        note_failure(cx);
        if let Some(more) = LogLimit::admit_for_all(cx, "connections that lost data") {
            let name = cx.name();
            log::warn!(
                "{name}: {how_died}; {unsent} bytes were not sent, and {unacknowledged} more not acknowledged{more}"
            );
        }
    } else if !shutdown.how_died.is_orderly() {
        log::info!("{}: {}", cx.name(), shutdown.how_died);
    }
    match shutdown.how_died {
        HowDied::ShutdownMicroprocess => Message::new(ShutdownMicroprocess::new()),
        how_died => Message::notice(SocketShutdown { caller: cx.me().clone(), how_died, ..shutdown }),
    }
}
