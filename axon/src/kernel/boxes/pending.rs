//! Who is to be woken after boxes were linked or unlinked.

use crate::kernel::id::Pid;

/// Components to be woken after boxes were linked or unlinked.
#[derive(Default, Debug)]
pub(in crate::kernel) struct PendingWakes {
    /// Senders of messages that moved on, and components that may now find room.
    pub(in crate::kernel) senders: Vec<Pid>,
    /// Listeners of boxes that messages moved to, and in which order to the senders.
    pub(in crate::kernel) listeners: Vec<u32>,
    /// Boxes at which nobody needs to be suspended any more, since their messages moved elsewhere.
    pub(in crate::kernel) emptied: Vec<u32>,
    /// Senders whose way to a box was cut: they need not be suspended there any more.
    pub(in crate::kernel) parted: Vec<(u32, Vec<u32>)>,
}

impl PendingWakes {
    /// Nobody is to be woken.
    #[inline]
    pub(in crate::kernel) fn are_none(&self) -> bool {
        let PendingWakes { senders, listeners, emptied, parted } = self;
        senders.is_empty() && listeners.is_empty() && emptied.is_empty() && parted.is_empty()
    }
}
