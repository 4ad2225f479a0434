//! A stream of bytes, cut into pieces whose lengths do not depend on how the bytes came.

/// Bytes that have come and were not cut off yet.
#[derive(Default)]
pub(super) struct Cutter {
    bytes: Vec<u8>,
    /// How many of them are cut off already.
    cut: usize,
}

impl Cutter {
    /// Adds what has come.
    pub(super) fn push(&mut self, mut bytes: Vec<u8>) {
        if self.is_empty() {
            self.bytes = bytes;
        } else {
            // What is cut off is removed once for each message that comes, not for each piece.
            self.bytes.drain(..self.cut);
            self.bytes.append(&mut bytes);
        }
        self.cut = 0;
    }

    /// Cuts off a piece of this length, if there are so many bytes.
    pub(super) fn piece(&mut self, length: usize) -> Option<Vec<u8>> {
        let piece = self.bytes.get(self.cut..)?.get(..length)?;
        if length == self.bytes.len() {
            return Some(std::mem::take(&mut self.bytes));
        }
        self.cut += length;
        Some(piece.to_vec())
    }

    /// All that is left.
    pub(super) fn rest(&mut self) -> Option<Vec<u8>> {
        if self.is_empty() { None } else { self.piece(self.bytes.len() - self.cut) }
    }

    fn is_empty(&self) -> bool {
        self.bytes.len() == self.cut
    }
}

#[cfg(test)]
mod tests {
    use super::Cutter;

    #[test]
    fn pieces_do_not_depend_on_how_the_bytes_came() {
        for size in 1..12 {
            let mut cutter = Cutter::default();
            let mut pieces = Vec::new();
            for part in b"0123456789a".chunks(size) {
                cutter.push(part.to_vec());
                pieces.extend(std::iter::from_fn(|| cutter.piece(3)));
            }
            assert_eq!(pieces, [b"012", b"345", b"678"], "{size}");
            assert_eq!(cutter.rest().unwrap(), b"9a", "{size}");
            assert_eq!((cutter.rest(), cutter.piece(1)), (None, None));
        }
    }
}
