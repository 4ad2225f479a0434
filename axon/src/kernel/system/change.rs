//! What changes while somebody watches: components that come and go, boxes, linkages.
//!
//! *Differs from Kamaelia:* there the Introspector looks at everything in every pass and compares. Here the tables
//! record changes while somebody watches, and nothing otherwise.

use crate::kernel::id::{ComponentId, Pid};
use crate::kernel::side::Side;

/// The name of a box of a component. It does not keep the component.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct BoxName {
    /// The component's number.
    pub component: ComponentId,
    /// The side.
    pub side: Side,
    /// The box's name.
    pub name: String,
}

/// One change of components, boxes or linkages: see [`Watch`](crate::snapshot::Watch).
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Change {
    /// A component was made: its boxes exist, and it does not run yet.
    Made {
        /// Its number.
        component: ComponentId,
        /// Its name: type and number.
        name: String,
        /// Its inboxes, in the order of declaration.
        inboxes: Vec<String>,
        /// Its outboxes, in the order of declaration.
        outboxes: Vec<String>,
    },
    /// A component was activated.
    Activated(ComponentId),
    /// A component ended, or was stopped. Its boxes are there until it is forgotten.
    Ended(ComponentId),
    /// Nobody refers to an ended component any more, and its boxes are gone.
    Forgotten(ComponentId),
    /// A box was added to a component.
    BoxAdded(BoxName),
    /// A box was deleted. What was linked to it has been unlinked before.
    BoxDeleted(BoxName),
    /// Two boxes were linked.
    Linked {
        /// Where messages come from.
        source: BoxName,
        /// Where they go.
        sink: BoxName,
    },
    /// A linkage was cut.
    Unlinked {
        /// Where messages came from.
        source: BoxName,
        /// Where they went.
        sink: BoxName,
    },
    /// More changed than is kept until it is read: only a new snapshot can tell what there is now.
    TooMany,
}

/// How many changes are kept for one who does not read them.
const MOST_KEPT: usize = 4096;

/// The components that watch, and the changes that each has not read.
#[derive(Default)]
pub(in crate::kernel) struct Watchers {
    watching: Vec<Watcher>,
    next_serial: u64,
}

struct Watcher {
    serial: u64,
    pid: Pid,
    unread: Vec<Change>,
    /// It was told that all others sleep for ever.
    told: bool,
}

impl Watchers {
    /// Nobody watches: no changes need be kept.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.watching.is_empty()
    }

    /// Adds a watcher, which gets the changes from now on. Returns its number.
    pub(in crate::kernel) fn begin(&mut self, pid: Pid) -> u64 {
        self.next_serial += 1;
        self.watching.push(Watcher { serial: self.next_serial, pid, unread: Vec::new(), told: false });
        self.next_serial
    }

    /// Removes a watcher.
    pub(in crate::kernel) fn end(&mut self, serial: u64) {
        self.watching.retain(|watcher| watcher.serial != serial);
    }

    /// What a watcher has not read.
    pub(in crate::kernel) fn take(&mut self, serial: u64) -> Vec<Change> {
        let watcher = self.watching.iter_mut().find(|watcher| watcher.serial == serial);
        watcher.map(|watcher| std::mem::take(&mut watcher.unread)).unwrap_or_default()
    }

    /// Keeps a change for all watchers. Returns those that had read everything before, to be woken.
    pub(super) fn push(&mut self, change: &Change) -> Vec<Pid> {
        let mut to_wake = Vec::new();
        for watcher in &mut self.watching {
            if watcher.unread.is_empty() {
                to_wake.push(watcher.pid);
            }
            if watcher.unread.last() == Some(&Change::TooMany) {
                continue;
            }
            if watcher.unread.len() < MOST_KEPT {
                watcher.unread.push(change.clone());
            } else {
                watcher.unread = vec![Change::TooMany];
            }
        }
        to_wake
    }

    /// The watchers that were not told yet that all others sleep for ever.
    pub(super) fn untold(&mut self) -> Vec<Pid> {
        let all = self.watching.iter_mut();
        all.filter_map(|watcher| (!std::mem::replace(&mut watcher.told, true)).then_some(watcher.pid))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_reads_is_not_kept_without_limit() {
        let mut watchers = Watchers::default();
        let serial = watchers.begin(Pid { index: 0, generation: 0 });
        let change = Change::Activated(ComponentId(1));
        assert_eq!(watchers.push(&change).len(), 1);
        for _ in 1..MOST_KEPT {
            assert!(watchers.push(&change).is_empty());
        }
        assert_eq!(watchers.take(serial).len(), MOST_KEPT);
        for _ in 0..2 * MOST_KEPT {
            watchers.push(&change);
        }
        assert_eq!(watchers.take(serial), [Change::TooMany]);
        watchers.end(serial);
        assert!(watchers.is_empty());
    }
}
