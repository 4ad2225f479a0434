//! The mask that a client puts over what it sends (RFC 6455, section 5.3).

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

/// Puts a mask on bytes, or takes it off. `at` is how many bytes of the frame came before these.
pub(super) fn apply(mut mask: [u8; 4], at: usize, bytes: &mut [u8]) {
    mask.rotate_left(at % 4);
    let [a, b, c, d] = mask;
    let wide = u128::from_ne_bytes([a, b, c, d, a, b, c, d, a, b, c, d, a, b, c, d]);
    let (blocks, rest) = bytes.as_chunks_mut::<16>();
    for block in blocks {
        *block = (u128::from_ne_bytes(*block) ^ wide).to_ne_bytes();
    }
    for (byte, mask) in rest.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= mask;
    }
}

/// Numbers that nobody can guess: a page must not be able to make a client send bytes of its choice.
///
/// They come from SipHash with a key from the system's source of randomness, over a counter.
pub(crate) struct Unguessable {
    key: RandomState,
    count: u64,
}

impl Unguessable {
    pub(crate) fn new() -> Self {
        Unguessable { key: RandomState::new(), count: 0 }
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.count += 1;
        self.key.hash_one(self.count)
    }

    /// The mask of the next frame.
    pub(super) fn mask(&mut self) -> [u8; 4] {
        let [a, b, c, d, ..] = self.next().to_ne_bytes();
        [a, b, c, d]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_goes_on_where_the_bytes_before_it_ended() {
        let plain: Vec<u8> = (0..100).collect();
        let expected: Vec<u8> =
            plain.iter().enumerate().map(|(at, byte)| byte ^ [1, 2, 3, 4][at % 4]).collect();
        for cut in 0..plain.len() {
            let (mut first, mut second) = (plain[..cut].to_vec(), plain[cut..].to_vec());
            apply([1, 2, 3, 4], 0, &mut first);
            apply([1, 2, 3, 4], cut, &mut second);
            assert_eq!([first, second].concat(), expected, "cut at {cut}");
        }
    }

    #[test]
    fn masks_differ_from_frame_to_frame_and_from_client_to_client() {
        let (mut one, mut other) = (Unguessable::new(), Unguessable::new());
        let mut all: Vec<u64> = (0..100).flat_map(|_| [one.next(), other.next()]).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 200);
    }
}
