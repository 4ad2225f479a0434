//! Who a component is: a small reference that can travel in messages and between threads.
//!
//! Ported from the names and ids of `Axon.Microprocess`.
//!
//! *Differs from Kamaelia:* in Python a component is itself the reference. Here the component's own
//! value belongs to the scheduler, and everybody else holds a [`ComponentRef`], which names it and
//! cannot reach into it.

use std::any::Any;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::task::Wake;

/// The number of a component, unique within its scheduler and rising in the order of making.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ComponentId(pub(super) u64);

impl fmt::Display for ComponentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A place in the scheduler's tables, and which of its successive occupants is meant.
///
/// Aligned as one word, so that it is copied as one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(align(8))]
pub(super) struct Pid {
    pub(super) index: u32,
    pub(super) generation: u32,
}

impl Pid {
    /// No occupant of any place: place 0 never has this generation.
    pub(super) const NOBODY: Pid = Pid { index: 0, generation: u32::MAX };
}

/// What a reference can tell the scheduler of its component, from any thread.
pub(super) trait Outside: Any + Send + Sync {
    /// A waker of the component was used.
    fn wake(&self, pid: Pid);
    /// The last reference to an ended component is gone.
    fn release(&self, pid: Pid);
}

/// The stages of a component's life, as every thread may see them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Life {
    /// Made: its boxes exist, it has not been activated.
    Made,
    /// Activated, awake or asleep.
    Active,
    /// Ended or stopped.
    Ended,
}

/// How many handles on an active component's identity the scheduler itself keeps: one in the record, one in the
/// waker.
const OWN_HANDLES: usize = 2;

/// The one record that all references and wakers of a component share.
pub(super) struct Identity {
    pub(super) id: ComponentId,
    /// The component's type, without module path and parameters.
    pub(super) kind: &'static str,
    pub(super) pid: Pid,
    /// Where in the program it was made, for reports.
    pub(super) made_at: &'static Location<'static>,
    pub(super) outside: Arc<dyn Outside>,
    life: AtomicU8,
    /// How many [`ComponentRef`]s there are; wakers are counted by the `Arc` alone.
    references: AtomicU32,
    /// A waker was used and the scheduler has not looked yet: further wakes need not tell it again.
    pub(super) rung: AtomicBool,
}

impl Identity {
    /// A new identity, of which [`Identity::first_reference`] is to be taken.
    pub(super) fn new(
        id: ComponentId,
        kind: &'static str,
        pid: Pid,
        made_at: &'static Location<'static>,
        outside: Arc<dyn Outside>,
    ) -> Arc<Self> {
        Arc::new(Identity {
            id,
            kind,
            pid,
            made_at,
            outside,
            life: AtomicU8::new(0),
            references: AtomicU32::new(1),
            rung: AtomicBool::new(false),
        })
    }

    /// Makes a new identity of one that nobody holds any more.
    pub(super) fn renew(
        &mut self,
        id: ComponentId,
        kind: &'static str,
        pid: Pid,
        made_at: &'static Location<'static>,
    ) {
        debug_assert!(!self.is_referenced());
        (self.id, self.kind, self.pid, self.made_at) = (id, kind, pid, made_at);
        (*self.life.get_mut(), *self.references.get_mut(), *self.rung.get_mut()) = (0, 1, false);
    }

    /// The reference that is counted from the beginning.
    pub(super) fn first_reference(self: &Arc<Self>) -> ComponentRef {
        ComponentRef(Arc::clone(self))
    }

    pub(super) fn life(&self) -> Life {
        match self.life.load(Ordering::SeqCst) {
            0 => Life::Made,
            1 => Life::Active,
            _ => Life::Ended,
        }
    }

    pub(super) fn set_active(&self) {
        // Who still sees `Made` tells the scheduler of a last reference for nothing.
        self.life.store(Life::Active as u8, Ordering::Release);
    }

    pub(super) fn set_ended(&self) {
        // SeqCst: see the drop of `ComponentRef`.
        self.life.store(Life::Ended as u8, Ordering::SeqCst);
    }

    pub(super) fn is_referenced(&self) -> bool {
        self.references.load(Ordering::SeqCst) != 0
    }

    /// How many wakers of an active component somebody holds, beside the handles that the scheduler keeps.
    pub(super) fn live_wakers(self: &Arc<Self>) -> usize {
        let references = self.references.load(Ordering::SeqCst) as usize;
        Arc::strong_count(self).saturating_sub(OWN_HANDLES + references)
    }

    pub(super) fn reference(self: &Arc<Self>) -> ComponentRef {
        self.references.fetch_add(1, Ordering::SeqCst);
        ComponentRef(Arc::clone(self))
    }
}

impl Wake for Identity {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.rung.swap(true, Ordering::SeqCst) {
            self.outside.wake(self.pid);
        }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.kind, self.id)
    }
}

/// A made component: its boxes exist, perhaps it is not yet active, perhaps it has ended.
///
/// It is what linkages are made with, and it can be sent in messages. As long as one exists, the boxes
/// of the component exist, also after its end: what arrives there is kept and can be read.
#[doc(alias = "component")]
pub struct ComponentRef(pub(super) Arc<Identity>);

impl ComponentRef {
    /// The component's name: its type and its id, for example `Echo_7`.
    #[must_use]
    pub fn name(&self) -> String {
        self.0.to_string()
    }

    /// The component's type without module path, for example `Echo`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.0.kind
    }

    /// The component's number, unique within its scheduler.
    #[must_use]
    pub fn id(&self) -> ComponentId {
        self.0.id
    }

    /// Whether this belongs to the scheduler that it lives in.
    pub(super) fn lives_behind<D: ?Sized>(&self, inbound: &Arc<D>) -> bool {
        std::ptr::addr_eq(Arc::as_ptr(&self.0.outside), Arc::as_ptr(inbound))
    }

    /// True once the component has ended or was stopped.
    #[doc(alias = "_isStopped")]
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.0.life() == Life::Ended
    }

    /// True from activation until the end, asleep or awake.
    #[doc(alias = "_isRunnable")]
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.0.life() == Life::Active
    }
}

impl Clone for ComponentRef {
    fn clone(&self) -> Self {
        self.0.reference()
    }
}

impl Drop for ComponentRef {
    fn drop(&mut self) {
        // SeqCst on both sides: either this thread sees the end, or the scheduler sees no reference.
        if self.0.references.fetch_sub(1, Ordering::SeqCst) == 1 && self.0.life() != Life::Active {
            self.0.outside.release(self.0.pid);
        }
    }
}

impl PartialEq for ComponentRef {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for ComponentRef {}

impl Hash for ComponentRef {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

impl fmt::Display for ComponentRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&*self.0, f)
    }
}

impl fmt::Debug for ComponentRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&*self.0, f)
    }
}

/// A type's name without its module path and parameters.
pub(super) fn short_type_name<T: ?Sized>() -> &'static str {
    // By bytes and from the end: it is done for every component that is made.
    let whole = std::any::type_name::<T>();
    let bytes = whole.as_bytes();
    let end = if bytes.ends_with(b">") { before_parameters(bytes) } else { bytes.len() };
    let begin = bytes[..end].iter().rposition(|byte| *byte == b':').map_or(0, |colon| colon + 1);
    &whole[begin..end]
}

/// Where the parameters of a type begin, which are at its end.
fn before_parameters(name: &[u8]) -> usize {
    let mut depth = 0;
    let begins = |at: &usize| {
        match name[*at] {
            // The arrow of a function is no bracket.
            b'>' if name[..*at].ends_with(b"-") => {}
            b'>' => depth += 1,
            b'<' => depth -= 1,
            _ => {}
        }
        depth == 0
    };
    (0..name.len()).rev().find(begins).unwrap_or(name.len())
}

#[cfg(test)]
mod tests {
    use super::short_type_name;

    #[test]
    fn a_short_type_name_has_neither_path_nor_parameters() {
        assert_eq!(short_type_name::<Option<Vec<u8>>>(), "Option");
        assert_eq!(short_type_name::<std::collections::BTreeMap<u8, u8>>(), "BTreeMap");
        assert_eq!(short_type_name::<u8>(), "u8");
        assert_eq!(short_type_name::<Option<fn(Vec<u8>) -> Option<char>>>(), "Option");
        assert_eq!(Generic(0_u8).name_of_an_inner_type(), "Inner");
    }

    struct Generic<T>(T);

    impl<T> Generic<T> {
        fn name_of_an_inner_type(&self) -> &'static str {
            struct Inner;
            let Generic(_) = self;
            short_type_name::<Inner>()
        }
    }
}
