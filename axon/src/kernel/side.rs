//! The two sides of a component: its inboxes and its outboxes.

use std::fmt;

/// On which side of a component a box lies.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Side {
    /// Messages are collected from it.
    Inbox,
    /// Messages are sent from it.
    Outbox,
}

impl Side {
    pub(super) fn other(self) -> Side {
        match self {
            Side::Inbox => Side::Outbox,
            Side::Outbox => Side::Inbox,
        }
    }
}

/// `inbox` or `outbox`.
impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Side::Inbox => "inbox",
            Side::Outbox => "outbox",
        })
    }
}
