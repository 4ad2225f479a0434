//! Numbers on what is published, by which gaps are found.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use super::message::NatsMessage;

/// The headers of a publisher's name, and of the number of its message.
pub(super) const PUBLISHER: &str = "Axon-Publisher";
pub(super) const SEQUENCE: &str = "Axon-Sequence";

/// How many publishers are remembered. When there are more, those that are there longest are forgotten.
const MOST: usize = 1000;

/// The name of a publisher that no other has.
pub(super) fn publisher() -> String {
    format!("{:016x}", RandomState::new().hash_one(std::process::id()))
}

/// The last number of each publisher.
#[derive(Default)]
pub(super) struct Sequences {
    last: HashMap<String, (u64, u64)>,
    heard: u64,
}

impl Sequences {
    /// Notes a message. If others of its publisher should have come before it: the publisher, and how many.
    pub(super) fn note(&mut self, message: &NatsMessage) -> Option<(String, u64)> {
        let publisher = message.header(PUBLISHER)?;
        let number: u64 = message.header(SEQUENCE)?.parse().ok()?;
        self.heard += 1;
        if let Some((last, heard)) = self.last.get_mut(publisher) {
            // A smaller number comes from a publisher that takes the name of another; it must not hide a gap.
            let missing = number.saturating_sub(last.saturating_add(1));
            (*last, *heard) = ((*last).max(number), self.heard);
            return (missing > 0).then(|| (publisher.to_owned(), missing));
        }
        if self.last.len() >= MOST {
            let oldest = self.last.iter().min_by_key(|(_, (_, heard))| *heard).map(|(name, _)| name.clone());
            oldest.and_then(|name| self.last.remove(&name));
        }
        self.last.insert(publisher.to_owned(), (number, self.heard));
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(publisher: &str, number: u64) -> NatsMessage {
        let message = NatsMessage::new("a", "").unwrap().with_header(PUBLISHER, publisher).unwrap();
        message.with_header(SEQUENCE, number.to_string()).unwrap()
    }

    #[test]
    fn a_gap_is_counted_for_each_publisher_and_the_first_message_begins_the_count() {
        let mut sequences = Sequences::default();
        let mut gap =
            |publisher: &str, number| sequences.note(&numbered(publisher, number)).map(|(_, gap)| gap);
        assert_eq!(
            [gap("a", 7), gap("a", 8), gap("b", 1), gap("a", 12), gap("b", 2)],
            [None, None, None, Some(3), None]
        );
        assert_eq!(
            [gap("a", 3), gap("a", 13), gap("a", u64::MAX), gap("a", 14)],
            [None, None, Some(u64::MAX - 14), None]
        );
    }

    #[test]
    fn strangers_fill_no_memory() {
        let mut sequences = Sequences::default();
        for number in 0..10_000 {
            sequences.note(&numbered(&number.to_string(), 1));
        }
        assert_eq!(sequences.last.len(), MOST);
        assert_eq!(sequences.note(&NatsMessage::new("a", "").unwrap()), None);
    }
}
