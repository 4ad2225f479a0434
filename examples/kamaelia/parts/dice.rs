//! Chance, where no more is asked of it than to differ from run to run.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

/// Throws numbers.
#[derive(Default)]
pub(crate) struct Dice {
    seed: RandomState,
    thrown: u64,
}

impl Dice {
    /// A number below `sides`, each as likely.
    pub(crate) fn below(&mut self, sides: u64) -> u64 {
        self.thrown += 1;
        self.seed.hash_one(self.thrown) % sides
    }
}
