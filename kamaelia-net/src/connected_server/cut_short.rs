//! The connections that are cut before their drain is over, and who of their clients loses something by it.

use std::net::SocketAddr;
use std::time::Duration;

use axon::ComponentRef;

use crate::brief::first_ten;
use crate::by_component::ByComponent;

/// Who was cut, and who has lost something.
#[derive(Default)]
pub(super) struct CutShort {
    /// How long the drain had lasted.
    after: Duration,
    cut: ByComponent<SocketAddr>,
    losers: Vec<SocketAddr>,
}

impl CutShort {
    /// These are cut after a drain of this time.
    pub(super) fn cut(&mut self, after: Duration, cut: impl Iterator<Item = (ComponentRef, SocketAddr)>) {
        (self.after, self.cut) = (after, cut.collect());
    }

    /// The connection has ended, and so many bytes were not sent.
    pub(super) fn ended(&mut self, csa: &ComponentRef, unsent: usize) {
        if let Some(peer) = self.cut.remove(csa)
            && unsent > 0
        {
            self.losers.push(peer);
        }
    }

    /// What there is to tell in the end, if anything.
    pub(super) fn report(&self) -> Option<String> {
        let (count, after, some) = (self.losers.len(), self.after, first_ten(&self.losers));
        (count > 0)
            .then(|| format!("{count} connections had not sent all after {after:?} and were cut: {some}"))
    }
}
