//! Chance that a seed repeats: SplitMix64.

use std::hash::{BuildHasher, Hasher, RandomState};

/// A source of numbers that look like chance, and are the same for the same seed. Not for secrets.
///
/// # Examples
///
/// ```
/// use kamaelia_net::simulate::Chance;
///
/// let (mut one, mut other) = (Chance::new(7), Chance::new(7));
/// assert!((0..100).all(|_| one.below(6) == other.below(6)));
/// ```
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The chance of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Chance(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0, if that is 0.
    pub fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.next()) * end as u128) >> 64) as usize
    }
}

impl Default for Chance {
    /// Another one each time.
    fn default() -> Self {
        Chance(RandomState::new().build_hasher().finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_its_numbers_and_all_of_them_are_in_reach() {
        let numbers = |seed| {
            let mut chance = Chance::new(seed);
            (0..1000).map(|_| chance.below(10)).collect::<Vec<_>>()
        };
        assert_eq!(numbers(7), numbers(7));
        assert_ne!(numbers(7), numbers(8));
        for number in 0..10 {
            let times = numbers(7).iter().filter(|&&found| found == number).count();
            assert!((50..200).contains(&times), "{number}: {times}");
        }
    }
}
