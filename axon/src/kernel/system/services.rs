//! Which components wait for which service.

use super::state::State;
use crate::kernel::queue::Reasons;

impl State {
    /// Wakes the components that wait for a service of this name.
    pub(in crate::kernel) fn announce_service(&mut self, name: &str) {
        for at in 0..self.awaited.len() {
            let (awaited, waiting) = &self.awaited[at];
            if &**awaited == name {
                self.wake_pid(*waiting, Reasons::SERVICE);
            }
        }
    }
}
