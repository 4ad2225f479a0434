//! The record of one linkage: which box leads to which, and who made it.
//!
//! Ported from `Axon.Linkage`.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::passage::Passage;
use crate::kernel::id::{ComponentRef, Pid};

/// What a linkage joins.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum LinkageKind {
    /// An outbox to an inbox.
    Plain,
    /// An inbox of an outer component on to an inbox of an inner one (`passthrough=1`).
    PassThroughInbox,
    /// An outbox of an inner component on to an outbox of an outer one (`passthrough=2`).
    PassThroughOutbox,
}

/// A linkage that was made. Its maker can cut it with
/// [`Context::unlink`](crate::Context::unlink); it is cut by itself when its maker ends.
///
/// Holding the value keeps the boxes at both ends, not the linkage: that may have been cut meanwhile.
#[derive(Clone)]
#[doc(alias = "linkage")]
pub struct Linkage {
    /// Unique within the scheduler of its maker and rising.
    pub(in crate::kernel) serial: u64,
    pub(in crate::kernel) maker: Pid,
    pub(in crate::kernel) kind: LinkageKind,
    pub(in crate::kernel) source: End,
    pub(in crate::kernel) sink: End,
    /// How it gets from one scheduler to another, if it does.
    pub(in crate::kernel) passage: Option<Arc<Passage>>,
}

/// A linkage between two schedulers, as its maker remembers it.
pub(in crate::kernel) struct Crossed {
    pub(in crate::kernel) linkage: Linkage,
    /// Where messages leave the maker's own scheduler, if they do.
    pub(in crate::kernel) departure: Option<ComponentRef>,
}

/// One end: a box of a component.
#[derive(Clone)]
pub(in crate::kernel) struct End {
    pub(in crate::kernel) component: ComponentRef,
    pub(in crate::kernel) name: Cow<'static, str>,
}

impl Linkage {
    /// What it joins.
    #[must_use]
    pub fn kind(&self) -> LinkageKind {
        self.kind
    }

    /// The component and box that messages come from.
    #[must_use]
    pub fn source(&self) -> (&ComponentRef, &str) {
        (&self.source.component, &self.source.name)
    }

    /// The component and box that messages go to.
    #[must_use]
    pub fn sink(&self) -> (&ComponentRef, &str) {
        (&self.sink.component, &self.sink.name)
    }
}

impl PartialEq for Linkage {
    fn eq(&self, other: &Self) -> bool {
        // Two schedulers count alike: what they link tells them apart.
        self.serial == other.serial
            && self.source.component == other.source.component
            && self.passage.as_ref().map(Arc::as_ptr) == other.passage.as_ref().map(Arc::as_ptr)
    }
}

impl Eq for Linkage {}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.component, self.name)
    }
}

impl fmt::Display for Linkage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {}", self.source, self.sink)
    }
}

impl fmt::Debug for Linkage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
