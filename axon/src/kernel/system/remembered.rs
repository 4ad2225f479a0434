//! What is remembered of single components beside their records: few have any of it.

use std::collections::{HashMap, VecDeque};

use crate::kernel::id::{ComponentId, Pid};

/// How many of those that ended are remembered whose linkages were cut.
const MOST_ENDED: usize = 256;

/// What is remembered of single components, by their places.
#[derive(Default)]
pub(in crate::kernel) struct Remembered {
    /// Those whose loop has ended by what they were told and whose `main` has not returned yet; with how much
    /// they had sent out of `signal` then.
    pub(in crate::kernel) loops_over: HashMap<u32, u64>,
    /// The outboxes of which it was told that a full box refused them.
    hinted: HashMap<u32, Vec<Box<str>>>,
    /// The last of those who had ended when a linkage from them was cut, the oldest first.
    ended_senders: VecDeque<EndedSender>,
}

/// One that had ended when the linkage from it was cut, for the report on a run that is stuck.
pub(super) struct EndedSender {
    /// How reports show it, if its parent calls it by a name.
    pub(super) title: Option<String>,
    pub(super) kind: &'static str,
    pub(super) id: ComponentId,
    /// It was a linkage from `signal` to `control`.
    pub(super) is_last_word: bool,
    pub(super) sent: u64,
    /// The inbox at the end of the way, and whose it was.
    pub(super) inbox: u32,
    pub(super) receiver: Pid,
}

impl Remembered {
    /// Whether it was not told yet that an outbox was refused; it counts as told from now on.
    pub(in crate::kernel) fn is_first_hint(&mut self, index: u32, outbox: &str) -> bool {
        let hinted = self.hinted.entry(index).or_default();
        let is_first = !hinted.iter().any(|known| **known == *outbox);
        if is_first {
            hinted.push(outbox.into());
        }
        is_first
    }

    /// One that has ended is cut off.
    pub(super) fn cut_off(&mut self, sender: EndedSender) {
        if self.ended_senders.len() == MOST_ENDED {
            self.ended_senders.pop_front();
        }
        self.ended_senders.push_back(sender);
    }

    /// Those that had sent to one component and were cut off when they had ended, the oldest first.
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
