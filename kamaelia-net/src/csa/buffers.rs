//! Where connections read into: one buffer for all connections of a scheduler, and a few spare ones.
//!
//! A read that leaves much of the buffer empty is copied out into a message of its own, so that it does not pin
//! more than is counted of it. Otherwise the buffer itself is handed over, and a spare one takes its place. What was
//! sent is kept for the next reads, so that what goes through this program is allocated once, and a stream is not even
//! copied.

/// How many spare buffers are kept: as many as one connection reads in a turn.
const SPARE: usize = 8;

/// How many spare messages are kept, and the size of the largest that is: one is at most this much larger
/// than what is in it.
const SMALL_SPARE: usize = 64;
const SMALL: usize = 128;

/// More than the largest record of TLS has.
const LARGEST_RECORD: usize = 20 * 1024;

/// The buffers of one scheduler.
#[derive(Debug)]
pub(crate) struct Buffers {
    /// Invariant: its length is `size`.
    reading: Vec<u8>,
    /// Invariant: the length of each is `size`.
    spare: Vec<Vec<u8>>,
    /// Invariant: all are empty, and the capacity of each is at most [`SMALL`].
    small: Vec<Vec<u8>>,
    /// Where secured connections read into; empty until there is one, and while one reads.
    wire: Vec<u8>,
    size: usize,
}

impl Buffers {
    /// Buffers of this size.
    #[must_use]
    pub(crate) fn new(size: usize) -> Self {
        Buffers { reading: vec![0; size], spare: Vec::new(), small: Vec::new(), wire: Vec::new(), size }
    }

    /// Where to read into.
    pub(crate) fn reading(&mut self) -> &mut [u8] {
        &mut self.reading
    }

    /// How much can be read at a time.
    #[must_use]
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// Lends where a secured connection reads into. What is in it becomes fewer plain bytes than a buffer
    /// holds, together with a record of which the first bytes came before.
    pub(crate) fn lend_wire(&mut self) -> Vec<u8> {
        if self.wire.is_empty() {
            self.wire = vec![0; self.size - LARGEST_RECORD];
        }
        std::mem::take(&mut self.wire)
    }

    /// Takes it back.
    pub(crate) fn return_wire(&mut self, wire: Vec<u8>) {
        self.wire = wire;
    }

    /// The first bytes of what was read, as a message.
    pub(crate) fn chunk(&mut self, length: usize) -> Vec<u8> {
        if length < self.size - self.size / 4 {
            let read = &self.reading[..length];
            if length <= SMALL
                && let Some(mut chunk) = self.small.pop()
            {
                chunk.extend_from_slice(read);
                return chunk;
            }
            return read.to_vec();
        }
        let next = self.spare.pop().unwrap_or_else(|| vec![0; self.size]);
        let mut chunk = std::mem::replace(&mut self.reading, next);
        chunk.truncate(length);
        chunk
    }

    /// Takes a message that was sent, if it can be used again.
    pub(crate) fn give_back(&mut self, mut chunk: Vec<u8>) {
        let capacity = chunk.capacity();
        if capacity == self.size && self.spare.len() < SPARE {
            chunk.resize(self.size, 0);
            self.spare.push(chunk);
        } else if (1..=SMALL).contains(&capacity) && self.small.len() < SMALL_SPARE {
            chunk.clear();
            self.small.push(chunk);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_chunk_is_copied_and_a_large_one_is_handed_over_and_both_come_back() {
        let mut buffers = Buffers::new(100);
        buffers.reading().copy_from_slice(&[7; 100]);
        assert_eq!(buffers.chunk(74).capacity(), 74, "no message holds much more than its length");
        let small = buffers.chunk(10);
        assert_eq!((small.as_slice(), small.capacity()), (&[7; 10][..], 10));
        let large = buffers.chunk(90);
        assert_eq!((large.as_slice(), large.capacity()), (&[7; 90][..], 100));
        assert_eq!(buffers.reading().len(), 100);
        let address = large.as_ptr();
        buffers.give_back(large);
        buffers.give_back(small);
        buffers.chunk(100);
        assert_eq!(buffers.reading().as_ptr(), address);
        buffers.reading().fill(8);
        let again = buffers.chunk(20);
        assert_eq!((again.as_slice(), buffers.chunk(5).as_slice()), (&[8; 20][..], &[8; 5][..]));
        assert_eq!(buffers.reading().len(), buffers.size());
    }
}
