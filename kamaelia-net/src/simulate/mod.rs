//! A bad network, as components: to try what others do with it.
//!
//! Ported from `Kamaelia.Internet.Simulate.BrokenNetwork`.
//!
//! *Differs from Kamaelia:* both endings end them all (there nothing does); chance goes by a seed, so that what
//! happened once can be had again; and besides [`Duplicate`], [`Throwaway`] and [`Reorder`], which are for
//! packets, there are [`Delay`], [`Bandwidth`], [`Stall`] and [`Slice`], which are for streams too. They sleep while nothing
//! comes.

use axon::chassis::announce;
use axon::{Context, INBOX, Message, Result};

mod chance;
mod packets;
mod stream;

pub use chance::Chance;
pub use packets::{Duplicate, Reorder, Throwaway};
pub use stream::{Bandwidth, Delay, Slice, Stall};

/// Has `step` deal with each message of `inbox`, until told to end. Then `rest` sends what is left, and the ending
/// is passed on.
async fn each(
    cx: &Context,
    mut step: impl AsyncFnMut(Message) -> Result,
    rest: impl AsyncFnOnce() -> Result,
) -> Result {
    loop {
        while let Some(message) = cx.recv(INBOX) {
            step(message).await?;
        }
        if let Some(notice) = cx.told_to_end() {
            rest().await?;
            announce(cx, notice).await;
            return Ok(());
        }
        cx.pause().await;
    }
}
