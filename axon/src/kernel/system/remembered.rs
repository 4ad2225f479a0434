//! What is remembered of single components outside their records, since few have any of it.

use std::collections::{HashMap, VecDeque};

use crate::kernel::id::{ComponentId, Pid};

/// How many ended components with cut linkages are remembered.
const MOST_ENDED: usize = 256;

/// What is remembered of single components, by their places.
#[derive(Default)]
pub(in crate::kernel) struct Remembered {
    /// Components whose loop has ended because they were told to end, and whose `main` has not returned yet; with how
    /// many messages they had sent out of `signal` at that time.
    pub(in crate::kernel) loops_over: HashMap<u32, u64>,
    /// The outboxes of which it was logged that a full box refused them.
    hinted: HashMap<u32, Vec<Box<str>>>,
    /// The last components that had ended when a linkage from them was cut, the oldest first.
    ended_senders: VecDeque<EndedSender>,
}

/// A component that had ended when the linkage from it was cut, for the report on a run that is stuck.
pub(super) struct EndedSender {
    /// How reports show it, if its parent calls it by a name.
    pub(super) title: Option<String>,
    pub(super) kind: &'static str,
    pub(super) id: ComponentId,
    /// It was a linkage from `signal` to `control`.
    pub(super) is_last_word: bool,
    pub(super) sent: u64,
    /// The inbox at the end of the chain, and its component.
    pub(super) inbox: u32,
    pub(super) receiver: Pid,
}

impl Remembered {
    /// Whether it was not logged yet that an outbox was refused. From now on it counts as logged.
    pub(in crate::kernel) fn is_first_hint(&mut self, index: u32, outbox: &str) -> bool {
        let hinted = self.hinted.entry(index).or_default();
        let is_first = !hinted.iter().any(|known| **known == *outbox);
        if is_first {
            hinted.push(outbox.into());
        }
        is_first
    }

    /// Remembers a component that had ended when the linkage from it was cut.
    pub(super) fn cut_off(&mut self, sender: EndedSender) {
        if self.ended_senders.len() == MOST_ENDED {
            self.ended_senders.pop_front();
        }
        self.ended_senders.push_back(sender);
    }

    /// The remembered components that had sent to one component, the oldest first.
    pub(super) fn senders_to(&self, receiver: Pid) -> impl Iterator<Item = &EndedSender> {
        self.ended_senders.iter().filter(move |sender| sender.receiver == receiver)
    }

    /// A component has ended.
    #[inline]
    pub(super) fn forget(&mut self, index: u32) {
        if !self.loops_over.is_empty() {
            self.loops_over.remove(&index);
        }
        if !self.hinted.is_empty() {
            self.hinted.remove(&index);
        }
    }
}
