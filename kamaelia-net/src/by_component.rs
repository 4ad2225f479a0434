//! A hash map with components as keys.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use axon::ComponentRef;

/// A hash map with components as keys.
pub(super) type ByComponent<V> = HashMap<ComponentRef, V, BuildHasherDefault<Spread>>;

/// Hashes the id of a component. Ids differ, and no outsider can choose them, so spreading the bits is enough.
#[derive(Default)]
pub(super) struct Spread(u64);

impl Hasher for Spread {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_usize(usize::from(*byte));
        }
    }

    fn write_usize(&mut self, number: usize) {
        // The map uses the highest and the lowest bits to find an entry.
        self.0 = (self.0 ^ number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_right(32);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
