//! Waits for work that is done beside the scheduler of a bench, by a thread.

use std::time::Duration;

use super::bench::{Bench, PATIENCE};
use crate::Payload;

impl Bench {
    /// Takes messages from an outbox until there are `count`, and waits for work that is done beside the
    /// scheduler: by a thread, or on a file.
    ///
    /// # Panics
    ///
    /// As [`take`](Bench::take), and if there are not as many within about ten seconds.
    #[track_caller]
    pub fn take_next<T: Payload + Clone>(&mut self, outbox: &str, count: usize) -> Vec<T> {
        let mut taken = Vec::new();
        for _ in 0..PATIENCE {
            self.settle();
            taken.extend(self.take(outbox));
            if taken.len() >= count {
                return taken;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        self.complain(&format!("{}.{outbox} sent {} messages and not {count}", self.component, taken.len()))
    }
}
