//! A table of what belongs to components, by component.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use axon::ComponentRef;

/// What belongs to each of some components.
pub(super) type ByComponent<V> = HashMap<ComponentRef, V, BuildHasherDefault<Spread>>;

/// Hashes what is a different number for each component already, and nobody's choice: it is only spread.
#[derive(Default)]
pub(super) struct Spread(u64);

impl Hasher for Spread {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_usize(usize::from(*byte));
        }
    }

    fn write_usize(&mut self, number: usize) {
        // Entries are found by the highest and by the lowest bits.
        self.0 = (self.0 ^ number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_right(32);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
