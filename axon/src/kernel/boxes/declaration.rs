//! Which boxes a component has: their names, a line of documentation each, their type and size.
//!
//! Ported from the `Inboxes` and `Outboxes` dictionaries of `Axon.Component`.
//!
//! *Differs from Kamaelia:* a declaration may state what type a box takes and how many messages it
//! holds; and it belongs to one component, never to a class (B21).

use std::any::TypeId;
use std::sync::Arc;

use crate::kernel::cold_path::cold_path;
use crate::kernel::message::Payload;
use crate::kernel::names::listed_for;

/// The inbox that takes data.
pub const INBOX: &str = "inbox";
/// The inbox that takes control messages, those that end the component among them.
pub const CONTROL: &str = "control";
/// The outbox for data.
pub const OUTBOX: &str = "outbox";
/// The outbox on which a component says that it ends.
pub const SIGNAL: &str = "signal";

/// The type that a box was declared to carry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::kernel) struct DeclaredType {
    id: TypeId,
    pub(in crate::kernel) name: &'static str,
}

/// One declared box.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::kernel) struct Declaration {
    pub(in crate::kernel) name: &'static str,
    pub(in crate::kernel) doc: &'static str,
    pub(in crate::kernel) carries: Option<DeclaredType>,
    pub(super) size: Option<usize>,
    pub(in crate::kernel) suspends: Suspends,
    /// A soft limit in messages of its own, below the scheduler's.
    pub(in crate::kernel) soft_limit: Option<u32>,
}

/// When an inbox suspends its senders.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(in crate::kernel) enum Suspends {
    /// At the scheduler's soft limit; not at its limit in messages if the inbox has a size.
    #[default]
    Usually,
    /// At the scheduler's soft limit, also if the inbox has a size.
    BelowItsSize,
    /// Never: it takes any number of messages.
    Never,
}

impl Declaration {
    fn new(name: &'static str, doc: &'static str) -> Self {
        Declaration { name, doc, carries: None, size: None, suspends: Suspends::default(), soft_limit: None }
    }
}

/// The boxes of a component, as [`Component::boxes`](crate::Component::boxes) declares them.
///
/// # Examples
///
/// ```
/// use axon::Boxes;
///
/// let boxes = Boxes::standard()
///     .typed_inbox::<u64>("next", "which one to make")
///     .inbox_size("inbox", 10)
///     .outbox("requestNext", "asks for another");
/// assert_eq!(boxes.inboxes(), ["inbox", "control", "next"]);
/// ```
#[derive(Clone, PartialEq, Debug)]
#[must_use = "declarations do nothing until `Component::boxes` returns them"]
pub struct Boxes {
    /// `None` stands for the standard four, so that the usual component costs no allocation. Other declarations are
    /// shared by their clones: a program that makes many components of a kind can declare their boxes once.
    declared: Option<Arc<Sides>>,
}

/// The declarations of both sides, in order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(in crate::kernel) struct Sides {
    pub(in crate::kernel) inboxes: Vec<Declaration>,
    outboxes: Vec<Declaration>,
}

impl Sides {
    pub(in crate::kernel) fn standard() -> Self {
        Sides {
            inboxes: vec![Declaration::new(INBOX, "data"), Declaration::new(CONTROL, "control messages")],
            outboxes: vec![Declaration::new(OUTBOX, "data"), Declaration::new(SIGNAL, "control messages")],
        }
    }
}

impl Boxes {
    /// The four that nearly every component has: `inbox`, `control`, `outbox` and `signal`.
    pub const fn standard() -> Self {
        Boxes { declared: None }
    }

    /// No boxes at all.
    pub fn none() -> Self {
        Boxes { declared: Some(Arc::default()) }
    }

    /// One more inbox, or another line of documentation for one that is there.
    pub fn inbox(mut self, name: &'static str, doc: &'static str) -> Self {
        declare(&mut self.sides_mut().inboxes, name, doc);
        self
    }

    /// One more outbox, or another line of documentation for one that is there.
    pub fn outbox(mut self, name: &'static str, doc: &'static str) -> Self {
        declare(&mut self.sides_mut().outboxes, name, doc);
        self
    }

    /// An inbox that takes a `T` only: linking it to an outbox declared for another type fails.
    pub fn typed_inbox<T: Payload>(mut self, name: &'static str, doc: &'static str) -> Self {
        declare(&mut self.sides_mut().inboxes, name, doc).carries = Some(carries::<T>());
        self
    }

    /// An outbox that sends a `T` only: linking it to an inbox declared for another type fails.
    pub fn typed_outbox<T: Payload>(mut self, name: &'static str, doc: &'static str) -> Self {
        declare(&mut self.sides_mut().outboxes, name, doc).carries = Some(carries::<T>());
        self
    }

    /// Limits an inbox to `size` messages: sending to it when it is full is refused. The limit holds for
    /// the whole chain of inboxes that are passed through to this one or that this one is passed through to.
    ///
    /// # Panics
    ///
    /// If there is no such inbox in the declaration, or `size` is 0, since nothing could ever be sent to it.
    #[doc(alias = "setSize")]
    #[track_caller]
    pub fn inbox_size(mut self, name: &'static str, size: usize) -> Self {
        assert!(size > 0, "an inbox of size 0 would take no message: give {name:?} a size of at least 1");
        let inbox = self.declared_inbox(name);
        (inbox.size, inbox.suspends) = (Some(size), Suspends::Usually);
        self
    }

    /// Limits an inbox to `size` messages, as [`Boxes::inbox_size`] does, beside its [soft
    /// limit](crate::SchedulerBuilder::soft_limit). Senders that give the others a turn now and then are suspended at
    /// the soft limit and never refused. A sender that goes on in one step, with no `.await` in between, is refused
    /// when the inbox is full, or holds 64 times the soft limit in bytes. Meant for an inbox in front of something
    /// slow, such as a connection.
    ///
    /// # Panics
    ///
    /// If there is no such inbox in the declaration, or `size` is 0.
    #[track_caller]
    pub fn inbox_size_for_bursts(mut self, name: &'static str, size: usize) -> Self {
        self = self.inbox_size(name, size);
        self.declared_inbox(name).suspends = Suspends::BelowItsSize;
        self
    }

    /// Gives an inbox a soft limit in messages below the [scheduler's](crate::SchedulerBuilder::soft_limit): so many
    /// messages may wait before senders are suspended. Meant for an inbox whose messages take long to handle, such as
    /// that of a hub: each that waits there delays all later ones.
    ///
    /// # Panics
    ///
    /// If there is no such inbox in the declaration, or `messages` is 0.
    #[track_caller]
    pub fn inbox_soft_limit(mut self, name: &'static str, messages: u32) -> Self {
        assert!(messages > 0, "a soft limit of 0 would suspend every sender to {name:?}: give at least 1");
        self.declared_inbox(name).soft_limit = Some(messages);
        self
    }

    /// An inbox that may hold any number of messages: its senders are never suspended. For a component that collects
    /// everything before it reads the first message. Every other inbox has a [soft
    /// limit](crate::SchedulerBuilder::soft_limit).
    ///
    /// # Panics
    ///
    /// If there is no such inbox in the declaration.
    #[track_caller]
    pub fn unlimited_inbox(mut self, name: &'static str) -> Self {
        self.declared_inbox(name).suspends = Suspends::Never;
        self
    }

    #[track_caller]
    fn declared_inbox(&mut self, name: &'static str) -> &mut Declaration {
        let inboxes = &mut self.sides_mut().inboxes;
        let known: Vec<_> = inboxes.iter().map(|declaration| declaration.name).collect();
        let found = inboxes.iter_mut().find(|declaration| declaration.name == name);
        found.unwrap_or_else(|| {
            let declared = listed_for(name, &known);
            panic!("there is no inbox {name:?} in this declaration; declared are {declared}")
        })
    }

    /// The names of the inboxes, in the order of declaration.
    #[must_use]
    pub fn inboxes(&self) -> Vec<&'static str> {
        self.sides().inboxes.iter().map(|declaration| declaration.name).collect()
    }

    /// The names of the outboxes, in the order of declaration.
    #[must_use]
    pub fn outboxes(&self) -> Vec<&'static str> {
        self.sides().outboxes.iter().map(|declaration| declaration.name).collect()
    }

    /// The line of documentation of a box, an inbox before an outbox of the same name.
    #[must_use]
    pub fn documentation(&self, name: &str) -> Option<&'static str> {
        let sides = self.sides();
        sides.inboxes.iter().chain(&sides.outboxes).find(|box_| box_.name == name).map(|box_| box_.doc)
    }

    /// What was declared; `None` for the standard four.
    pub(in crate::kernel) fn declared(&self) -> Option<&Arc<Sides>> {
        self.declared.as_ref()
    }

    fn sides(&self) -> Arc<Sides> {
        self.declared.clone().unwrap_or_else(|| Arc::new(Sides::standard()))
    }

    fn sides_mut(&mut self) -> &mut Sides {
        Arc::make_mut(self.declared.get_or_insert_with(|| Arc::new(Sides::standard())))
    }
}

impl Default for Boxes {
    fn default() -> Self {
        Boxes::standard()
    }
}

fn carries<T: Payload>() -> DeclaredType {
    DeclaredType { id: TypeId::of::<T>(), name: std::any::type_name::<T>() }
}

fn declare<'a>(side: &'a mut Vec<Declaration>, name: &'static str, doc: &'static str) -> &'a mut Declaration {
    let at = match side.iter().position(|declaration| declaration.name == name) {
        Some(at) => {
            side[at].doc = doc;
            at
        }
        None => {
            side.push(Declaration::new(name, doc));
            side.len() - 1
        }
    };
    &mut side[at]
}

/// The boxes of one side by name: turns a name into its place among the boxes declared together.
///
/// A name is first made a number, its *key*, which is the name itself for up to fifteen bytes and which
/// the compiler works out when the name is a literal. The first few are compared one by one; all others
/// are looked up in a table of twice their number.
#[derive(Debug)]
pub(in crate::kernel) struct NameTable {
    /// The keys of the first names, [`NO_KEY`] where there are fewer and for long names.
    first: [u128; FIRST],
    /// The outlines of the first names, those of long ones too.
    near: Vec<Outline>,
    keys: Vec<u128>,
    declarations: Vec<Declaration>,
    /// Places by hash, `u16::MAX` where there is none.
    places: Vec<u16>,
}

const FIRST: usize = 4;
/// How many names are compared one by one with a name that the compiler does not know.
const NEAR: usize = 8;
const NOWHERE: u16 = u16::MAX;
/// The top byte of the keys of names too long to be their own key.
const LONG: u128 = 0xff << 120;
/// No short name has this key, and long ones are not among the first.
const NO_KEY: u128 = u128::MAX;

/// The number that stands for a name.
#[inline(always)]
fn key(name: &str) -> u128 {
    let bytes = name.as_bytes();
    if bytes.len() < 16 {
        let mut packed = bytes.len() as u128;
        let mut i = 0;
        while i < bytes.len() {
            packed = packed << 8 | bytes[i] as u128;
            i += 1;
        }
        packed
    } else {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut i = 0;
        while i < bytes.len() {
            hash = (hash ^ bytes[i] as u64).wrapping_mul(0x100_0000_01b3);
            i += 1;
        }
        hash as u128 | LONG
    }
}

/// How a name begins and ends, and its length: all there is to a name of up to sixteen bytes. For names that the
/// compiler does not know, where the loop that makes a key would stay one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Outline {
    length: usize,
    begins: u64,
    ends: u64,
}

impl Outline {
    #[inline]
    fn of(name: &str) -> Self {
        let bytes = name.as_bytes();
        let (begins, ends) = if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
            (u64::from_ne_bytes(*first), u64::from_ne_bytes(*last))
        } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
            (u32::from_ne_bytes(*first).into(), u32::from_ne_bytes(*last).into())
        } else {
            (bytes.iter().fold(0, |packed, byte| packed << 8 | u64::from(*byte)), 0)
        };
        Outline { length: name.len(), begins, ends }
    }
}

impl NameTable {
    fn new(declarations: Vec<Declaration>) -> Self {
        assert!(declarations.len() < NOWHERE as usize, "a component with more than 65534 boxes on one side");
        let keys: Vec<u128> = declarations.iter().map(|declaration| key(declaration.name)).collect();
        let mut first = [NO_KEY; FIRST];
        for (place, key) in first.iter_mut().zip(&keys) {
            *place = if *key < LONG { *key } else { NO_KEY };
        }
        let mut places = vec![NOWHERE; (keys.len() * 2).next_power_of_two()];
        for (place, key) in keys.iter().enumerate() {
            let mut at = slot(*key, places.len());
            while places[at] != NOWHERE {
                at = (at + 1) & (places.len() - 1);
            }
            places[at] = place as u16;
        }
        let near = declarations.iter().take(NEAR).map(|declaration| Outline::of(declaration.name)).collect();
        NameTable { first, near, keys, declarations, places }
    }

    pub(in crate::kernel) fn declarations(&self) -> &[Declaration] {
        &self.declarations
    }

    /// The place of a name among those declared.
    #[inline(always)]
    pub(in crate::kernel) fn find(&self, name: &str) -> Option<usize> {
        let key = key(name);
        if key < LONG {
            if key == self.first[0] {
                return Some(0);
            }
            cold_path();
            if key == self.first[1] {
                return Some(1);
            }
            if key == self.first[2] {
                return Some(2);
            }
            if key == self.first[3] {
                return Some(3);
            }
        }
        self.find_among_all(key, name)
    }

    /// The same for a name that the compiler does not know.
    pub(in crate::kernel) fn find_unknown(&self, name: &str) -> Option<usize> {
        let outline = Outline::of(name);
        match self.near.iter().position(|near| *near == outline) {
            Some(place) if outline.length <= 16 || self.declarations[place].name == name => Some(place),
            None if self.declarations.len() <= NEAR => None,
            _ => self.find(name),
        }
    }

    fn is_at(&self, place: usize, key: u128, name: &str) -> bool {
        self.keys[place] == key && (key < LONG || self.declarations[place].name == name)
    }

    #[inline(never)]
    fn find_among_all(&self, key: u128, name: &str) -> Option<usize> {
        let mut at = slot(key, self.places.len());
        loop {
            let place = *self.places.get(at)?;
            if place == NOWHERE {
                return None;
            }
            if self.is_at(place as usize, key, name) {
                return Some(place as usize);
            }
            at = (at + 1) & (self.places.len() - 1);
        }
    }
}

/// The place at which the search for a key begins, in a table of `size` places, a power of two.
#[inline(always)]
fn slot(key: u128, size: usize) -> usize {
    let folded = key as u64 ^ (key >> 64) as u64;
    (folded.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize & (size - 1)
}

/// Both sides of what a component declares, shared by all components that declare the same.
#[derive(Debug)]
pub(in crate::kernel) struct BoxTable {
    pub(in crate::kernel) inboxes: NameTable,
    pub(in crate::kernel) outboxes: NameTable,
}

impl BoxTable {
    pub(in crate::kernel) fn new(sides: Sides) -> Self {
        BoxTable { inboxes: NameTable::new(sides.inboxes), outboxes: NameTable::new(sides.outboxes) }
    }
}

impl DeclaredType {
    pub(in crate::kernel) fn differs_from(&self, other: &DeclaredType) -> bool {
        self.id != other.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(names: &[&'static str]) -> NameTable {
        NameTable::new(names.iter().map(|name| Declaration::new(name, "")).collect())
    }

    #[test]
    fn names_are_found_among_few_and_among_many_and_unknown_ones_are_not() {
        let many: Vec<&'static str> =
            (0..300).map(|i| &*Box::leak(format!("a long box name {i}").into_boxed_str())).collect();
        for names in [&["inbox", "control"][..], &["a", "b", "c", "d", "a rather long name"], &many] {
            let table = table(names);
            for (place, name) in names.iter().enumerate() {
                assert_eq!((table.find(name), table.find_unknown(name)), (Some(place), Some(place)));
            }
            for name in ["nothere", "", "a rather long nama", "a rather lang name"] {
                assert_eq!((table.find(name), table.find_unknown(name)), (None, None));
            }
        }
    }

    #[test]
    fn names_of_different_length_have_different_keys() {
        assert_ne!(key("a"), key("\0a"));
        assert_ne!(key(""), key("\0"));
        assert!(key("123456789012345") < LONG && key("1234567890123456") >= LONG);
    }
}
