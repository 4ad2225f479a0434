//! The tables: every component's record, and all that is looked up by its place.

use std::any::TypeId;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::future::Future;
use std::hash::{BuildHasherDefault, Hasher};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use super::backpressure::{Backpressure, SoftLimit};
use super::change::{Change, Watchers};
use super::cost::Meters;
use super::families::{Children, Families};
use super::holding::Held;
use super::records::{Record, Records};
use super::remembered::Remembered;
use super::starter::Starter;
use crate::kernel::boxes::{BoxTable, Boxes, Crossed, KnownPassage, MadeBy, PostOffice, Sides};
use crate::kernel::error::{self, Error};
use crate::kernel::id::{ComponentId, ComponentRef, Life, Pid};
use crate::kernel::outside::{LogLimits, Timers};
use crate::kernel::queue::{Reasons, RunQueue, State as Stage, Woken};

/// The code of one component, ready to be polled.
pub(in crate::kernel) type Task = Pin<Box<dyn Future<Output = Failure>>>;

/// The error of a component that has failed: one word, so that polling returns it in a register.
pub(in crate::kernel) type Failure = Option<Box<Error>>;

/// The tables.
pub(in crate::kernel) struct State {
    pub(in crate::kernel) post: PostOffice,
    pub(in crate::kernel) backpressure: Backpressure,
    pub(in crate::kernel) run: RunQueue,
    pub(in crate::kernel) families: Families,
    pub(in crate::kernel) timers: Timers,
    /// There are timers or offers, which are checked before every pass.
    pub(in crate::kernel) is_busy: bool,
    /// After this step there is more to do than to find the next: a component was stopped, or is to be suspended.
    pub(in crate::kernel) interrupted: bool,
    pub(in crate::kernel) records: Records,
    /// Components that are not active and that nothing keeps any more: no linkage, no parent, no reference.
    pub(super) forsaken: VecDeque<Pid>,
    /// Tasks of components that were activated, on their way to the scheduler.
    pub(in crate::kernel) arrivals: Vec<(u32, Task)>,
    /// Components that were stopped, whose tasks the scheduler still has to drop.
    pub(in crate::kernel) discarded: Vec<Discarded>,
    /// Places in full boxes that were offered, until the components that got the offers have had a turn.
    pub(in crate::kernel) offers: VecDeque<Offer>,
    /// The components that watch for changes.
    pub(in crate::kernel) watchers: Watchers,
    /// Those who measure what steps cost.
    pub(in crate::kernel) meters: Meters,
    /// The components that others hold.
    pub(super) held: HashMap<Pid, Held>,
    /// What parents call their children, by the place of the child. Most are called nothing.
    pub(in crate::kernel) labels: HashMap<u32, Box<str>>,
    /// How many messages were dropped at components that had ended and are forgotten, by the type of the
    /// component and the name of the box: there are as many as the program has of these.
    pub(super) unheard: BTreeMap<(&'static str, String), u64>,
    /// How many messages were dropped at each inbox since its component ended.
    pub(in crate::kernel) dropped: BTreeMap<u32, u64>,
    /// The last step that sent to an ended component: its pass and sender, and how many messages it sent.
    pub(super) unheard_in_step: Option<((u64, Pid), u16)>,
    /// The components that are woken when their receivers end, by place. Most never ask for it.
    pub(super) end_watchers: HashMap<u32, Pid>,
    /// The ends of such linkages whose receiver has ended, to be woken when boxes are linked or unlinked.
    pub(super) unheard_arrivals: Vec<Pid>,
    pub(super) passages: Vec<KnownPassage>,
    pub(super) logs: LogLimits,
    /// The services that are waited for, and who waits.
    pub(in crate::kernel) awaited: Vec<(Rc<str>, Pid)>,
    pub(in crate::kernel) remembered: Remembered,
    /// How many are active, and how many of these are services.
    pub(in crate::kernel) active: usize,
    pub(in crate::kernel) services: usize,
    next_linkage: u64,
    next_id: u64,
    standard: Rc<BoxTable>,
    /// What each type of component declared last, with the table: usually the next one declares the same.
    declared: HashMap<TypeId, (Arc<Sides>, Rc<BoxTable>), BuildHasherDefault<OfTypes>>,
}

/// What a [`TypeId`] is hashed to: the bits that it gives are a hash already.
#[derive(Default)]
struct OfTypes(u64);

impl Hasher for OfTypes {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Where the code of a component is.
pub(in crate::kernel) enum TaskSlot {
    /// Here, until it is activated.
    Waits(Starter),
    /// With the scheduler, to which it came as this one in the order of activation; 0 before it came.
    Given(u64),
}

/// Whether a component keeps a run alive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::kernel) enum Service {
    No,
    Yes,
    /// It was told that only services are left.
    Told,
    /// It is one end of a linkage between schedulers: it keeps no run alive, but can be woken.
    Crossing,
}

/// Children, and the linkages that a component made: most have none.
#[derive(Default)]
pub(in crate::kernel) struct Ties {
    pub(super) children: Children,
    pub(super) made: MadeBy,
    /// Those to and from other schedulers, in the order of making.
    pub(in crate::kernel) crossings: BTreeMap<u64, Crossed>,
    /// How it failed, if it was supervised.
    pub(in crate::kernel) failure: Option<error::Failure>,
}

/// One that was stopped, with what is to be told if it panics while it is dropped.
pub(in crate::kernel) struct Discarded {
    /// It keeps the boxes until its code, which may use them to the last, is dropped.
    pub(in crate::kernel) me: ComponentRef,
    /// Its name and path.
    pub(in crate::kernel) who: (String, String),
    /// The supervised component whose failure that would be.
    pub(in crate::kernel) supervised: Option<ComponentRef>,
}

/// A place in an inbox that was offered to one whom it had refused.
pub(in crate::kernel) struct Offer {
    /// After this pass the offer is over.
    pub(super) due: u64,
    pub(super) inbox: u32,
    pub(super) to: Pid,
}

/// Where a component's boxes are.
pub(in crate::kernel) struct Made {
    pub(in crate::kernel) pid: Pid,
    pub(in crate::kernel) table: Rc<BoxTable>,
    pub(in crate::kernel) first_inbox: u32,
    pub(in crate::kernel) first_outbox: u32,
}

impl State {
    pub(super) fn new(exact_waking: bool, soft_limit: Option<SoftLimit>) -> Self {
        State {
            post: PostOffice::new(exact_waking),
            backpressure: Backpressure::new(soft_limit),
            is_busy: false,
            interrupted: false,
            run: RunQueue::default(),
            timers: Timers::default(),
            records: Records::default(),
            families: Families::default(),
            forsaken: VecDeque::new(),
            arrivals: Vec::new(),
            discarded: Vec::new(),
            offers: VecDeque::new(),
            watchers: Watchers::default(),
            meters: Meters::default(),
            held: HashMap::new(),
            labels: HashMap::new(),
            unheard: BTreeMap::new(),
            dropped: BTreeMap::new(),
            unheard_in_step: None,
            end_watchers: HashMap::new(),
            unheard_arrivals: Vec::new(),
            passages: Vec::new(),
            logs: LogLimits::default(),
            awaited: Vec::new(),
            remembered: Remembered::default(),
            active: 0,
            services: 0,
            next_linkage: 0,
            next_id: 0,
            standard: Rc::new(BoxTable::new(Sides::standard())),
            declared: HashMap::default(),
        }
    }

    /// A number for a new component.
    pub(super) fn new_id(&mut self) -> ComponentId {
        self.next_id += 1;
        ComponentId(self.next_id)
    }

    /// The name table for these boxes, shared with others of the type if they declared the same.
    pub(super) fn table(&mut self, of: TypeId, boxes: &Boxes) -> Rc<BoxTable> {
        let Some(sides) = boxes.declared() else {
            return Rc::clone(&self.standard);
        };
        match self.declared.get(&of) {
            Some((known, table)) if known == sides => Rc::clone(table),
            _ => {
                self.backpressure.take_note_of(&sides.inboxes);
                let table = Rc::new(BoxTable::new(Sides::clone(sides)));
                self.declared.insert(of, (Arc::clone(sides), Rc::clone(&table)));
                table
            }
        }
    }

    pub(super) fn enrol(&mut self, index: u32, task: Task) {
        let record = self.record_mut(index);
        record.identity.set_active();
        self.active += 1;
        self.arrivals.push((index, task));
        self.changed(|state| Change::Activated(state.record(index).identity.id));
        self.run.activate(index);
    }

    /// Records a change for the watchers, if there are any.
    #[inline]
    pub(super) fn changed(&mut self, change: impl FnOnce(&State) -> Change) {
        if !self.watchers.is_empty() {
            let change = change(self);
            for watcher in self.watchers.push(&change) {
                self.wake_pid(watcher, Reasons::WAKER);
            }
        }
    }

    pub(in crate::kernel) fn record(&self, index: u32) -> &Record {
        self.records.get(index).expect("a reference keeps its record")
    }

    pub(in crate::kernel) fn record_mut(&mut self, index: u32) -> &mut Record {
        self.records.get_mut(index).expect("a reference keeps its record")
    }

    /// The linkages that a component made, and the post office that has them.
    pub(super) fn made_by(&mut self, maker: u32) -> (&mut MadeBy, &mut PostOffice) {
        let record = self.records.get_mut(maker).expect("a maker keeps its record");
        (&mut record.ties.get_or_insert_default().made, &mut self.post)
    }

    pub(in crate::kernel) fn ties_mut(&mut self, index: u32) -> &mut Ties {
        self.record_mut(index).ties.get_or_insert_default()
    }

    /// The children of a component.
    pub(super) fn children_of(&self, index: u32) -> Children {
        self.record(index).ties.as_ref().map_or_else(Children::default, |ties| ties.children)
    }

    /// A number for the next linkage.
    pub(in crate::kernel) fn linkage_number(&mut self) -> u64 {
        self.next_linkage += 1;
        self.next_linkage
    }

    /// A linkage or a parent keeps a component.
    pub(super) fn hold(&mut self, index: u32) {
        self.record_mut(index).holds += 1;
    }

    /// A linkage or a parent keeps a component no longer.
    pub(super) fn let_go(&mut self, index: u32) {
        let record = self.record_mut(index);
        record.holds -= 1;
        if !record.is_held() && record.identity.life() != Life::Active {
            let pid = record.identity.pid;
            self.forsaken.push_back(pid);
        }
    }

    /// Wakes the component with this key, if it still exists.
    #[inline(always)]
    pub(in crate::kernel) fn wake_pid(&mut self, pid: Pid, reason: Reasons) -> Woken {
        if self.run.places[pid.index as usize].generation != pid.generation {
            return Woken::Ended;
        }
        self.run.wake(pid.index, reason)
    }

    /// Wakes the components that linking or unlinking concerns: senders of messages that moved, then their new
    /// receivers.
    #[inline]
    pub(super) fn wake_pending(&mut self) {
        if self.post.pending.are_none() {
            self.wake_unheard_arrivals();
        } else {
            self.wake_each_pending();
        }
    }

    #[inline(never)]
    fn wake_each_pending(&mut self) {
        let wakes = std::mem::take(&mut self.post.pending);
        for sender in wakes.senders {
            self.wake_pid(sender, Reasons::ANY);
        }
        for listener in wakes.listeners {
            self.run.wake(listener, Reasons::MESSAGE);
        }
        self.wake_unheard_arrivals();
        for inbox in wakes.emptied {
            self.resume_all_at(inbox);
            self.offer_room(inbox);
        }
        for (inbox, senders) in wakes.parted {
            for sender in senders {
                self.resume_one_at(sender, inbox);
            }
            self.offer_room(inbox);
        }
    }

    /// Boxes were linked or unlinked: what comes from another scheduler may have a receiver again.
    #[inline]
    pub(super) fn wake_unheard_arrivals(&mut self) {
        if !self.unheard_arrivals.is_empty() {
            for arrival in std::mem::take(&mut self.unheard_arrivals) {
                self.wake_pid(arrival, Reasons::ANY);
            }
        }
    }

    /// The component's parents from the outermost, and its own name.
    pub(super) fn path(&self, index: u32) -> String {
        let mut path = self.title(index);
        let mut current = self.record(index);
        // A component may be its own grandparent; a path of this length says enough.
        for _ in 0..32 {
            let Some(record) = self.parent(current) else { break };
            path = format!("{} / {path}", self.title(record.identity.pid.index));
            current = record;
        }
        path
    }

    /// A component's first parent, if that is still there.
    pub(super) fn parent(&self, of: &Record) -> Option<&Record> {
        let parent = self.families.parents(of.parents).next()?;
        self.records.find(parent)
    }

    /// The paths of all active components that belong to no service, in the order of making.
    pub(in crate::kernel) fn unfinished(&self) -> Vec<String> {
        let active = self.in_order(|index, record| {
            record.identity.life() == Life::Active && !self.belongs_to_a_service(index)
        });
        active.into_iter().map(|index| self.path(index)).collect()
    }

    /// Whether a place is taken by one that sleeps.
    pub(in crate::kernel) fn sleeps(&self, index: u32) -> bool {
        self.run.places[index as usize].state() == Stage::Paused
    }
}

#[cfg(test)]
mod tests {
    use crate::kernel::boxes::{Inbox, LinkEntry, Outbox};
    use crate::kernel::id::Identity;
    use crate::kernel::system::Record;

    #[test]
    fn what_each_component_box_and_linkage_takes_stays_as_small_as_it_is() {
        assert!(size_of::<Record>() <= 72);
        assert!(size_of::<Identity>() <= 64);
        assert!(size_of::<Inbox>() <= 64);
        assert!(size_of::<Outbox>() <= 24);
        assert!(size_of::<LinkEntry>() <= 40);
    }
}
