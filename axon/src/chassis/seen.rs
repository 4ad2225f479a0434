//! Control messages that came to a component which hands each to several others: one that comes round is known.

use std::collections::HashSet;

use crate::{Mark, Message};

/// The control messages that were handed on and that somebody still holds.
///
/// What is handed to several components, each of which passes it on, comes back as several messages if the way leads
/// back. Handed on again, there would be more of them each time round, without end.
#[derive(Default)]
pub(crate) struct Seen {
    marks: HashSet<Mark>,
    /// The number of marks at which those whose messages are gone are dropped.
    full: usize,
}

crate::debug_by_name!(Seen);

impl Seen {
    /// Whether this message, or a duplicate of it, was here before. Endings are never counted: a
    /// component that gets one twice still ends only once.
    pub(crate) fn has_come_back(&mut self, message: &mut Message) -> bool {
        if message.ending().is_some() {
            return false;
        }
        if self.marks.len() >= self.full {
            self.marks.retain(|mark| !mark.is_gone());
            self.full = (2 * self.marks.len()).max(16);
        }
        !self.marks.insert(message.mark())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_and_its_duplicates_are_known_and_others_are_not() {
        let mut seen = Seen::default();
        let mut message = Message::new("hello");
        assert!(!seen.has_come_back(&mut message));
        assert!(seen.has_come_back(&mut message.duplicate()));
        assert!(!seen.has_come_back(&mut Message::new("hello")));
        let mut ending = Message::new(crate::ProducerFinished::new());
        assert!(!seen.has_come_back(&mut ending) && !seen.has_come_back(&mut ending));
    }

    #[test]
    fn what_is_gone_is_forgotten() {
        let mut seen = Seen::default();
        let mut held: Vec<Message> = (0..100).map(Message::new).collect();
        assert!(held.iter_mut().all(|message| !seen.has_come_back(message)));
        for number in 0..100_000 {
            assert!(!seen.has_come_back(&mut Message::new(number)));
        }
        assert!(seen.marks.len() <= 256, "{} are remembered", seen.marks.len());
        assert!(held.iter_mut().all(|message| seen.has_come_back(message)));
    }
}
