//! What stands for a decoder and a sound card in the programs that stream.

use std::time::Duration;

use axon::{Component, Context, Result, time_after};
use kamaelia_net::SocketShutdown;

/// Takes bytes no faster than it would play them, and passes them on.
///
/// It fails if the connection that they come from has broken.
pub(crate) struct Player {
    bits_per_second: u64,
}

impl Player {
    /// For music of so many bits a second.
    pub(crate) fn new(bits_per_second: u64) -> Self {
        Player { bits_per_second }
    }
}

impl Component for Player {
    async fn main(&mut self, cx: &Context) -> Result {
        let mut played = cx.now();
        while let Some(bytes) = cx.next_or_end::<Vec<u8>>("inbox").await? {
            let length = Duration::from_secs_f64(bytes.len() as f64 * 8.0 / self.bits_per_second as f64);
            cx.send_when_room("outbox", bytes).await?;
            played = time_after(played.max(cx.now()), length);
            while cx.now() < played && !cx.is_told_to_stop() {
                cx.pause_until(played).await;
            }
        }
        if let Some(notice) = cx.told_to_end() {
            let how_died = notice.view(|shutdown: &SocketShutdown| shutdown.how_died.clone());
            if let Some(broken) = how_died.filter(|how_died| !how_died.is_orderly()) {
                return Err(broken.to_string().into());
            }
            cx.send("signal", notice)?;
        }
        Ok(())
    }
}
