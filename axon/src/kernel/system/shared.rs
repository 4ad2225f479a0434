//! What all components of a scheduler share, behind one `RefCell`: making, ending and forgetting them.
//!
//! No borrow of [`State`] is alive while a component's code runs, destructors of payloads included:
//! what is taken out of the tables is handed back to the caller and dropped there.

use std::any::TypeId;
use std::cell::{Cell, RefCell, RefMut};
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::backpressure::SoftLimit;
use super::change::Change;
use super::starter::Starter;
use super::state::{Discarded, Made, Record, Service, State, Task, TaskSlot, Ties};
use super::taps::Taps;
use super::tracker::Tracker;
use crate::kernel::boxes::{Boxes, Lane, make_room};
use crate::kernel::error::Accident;
use crate::kernel::id::{ComponentRef, Identity, Life, Outside, Pid};
use crate::kernel::outside::{Clock, Inbound, Park, RunThreads};
use crate::kernel::queue::{Budget, Reasons, Wait};
use crate::kernel::side::Side;

/// Everything shared, and what of it changes without the tables.
pub(in crate::kernel) struct System {
    state: RefCell<State>,
    pub(in crate::kernel) clock: Clock,
    pub(in crate::kernel) tracker: Tracker,
    pub(in crate::kernel) threads: RunThreads,
    pub(in crate::kernel) inbound: Arc<Inbound<System>>,
    /// Deliveries are logged, or a box is tapped.
    pub(in crate::kernel) traces: Cell<bool>,
    pub(in crate::kernel) taps: Taps,
    /// What the running step has declared about its sleep so far.
    pub(in crate::kernel) wait: Cell<Wait>,
    /// How many messages the running step may receive.
    pub(in crate::kernel) budget: Budget,
    /// The scheduler has something to do before the next pass.
    pub(in crate::kernel) attention: Cell<bool>,
    /// How the run is to end, once it was asked to.
    pub(in crate::kernel) stop: Cell<Option<StopOrder>>,
    pub(in crate::kernel) immortal: Cell<bool>,
    /// Panics in what components left, which were not reported yet.
    pub(in crate::kernel) accidents: RefCell<Vec<Accident>>,
    /// How many messages of a linkage to another scheduler may be on their way.
    pub(in crate::kernel) crossing_size: Cell<usize>,
    /// The linkages that lead out of this scheduler.
    pub(in crate::kernel) lanes: RefCell<Vec<Lane>>,
    /// A park that waits to be installed.
    pub(in crate::kernel) new_park: RefCell<Option<NewPark>>,
    pub(in crate::kernel) park_is_taken: Cell<bool>,
}

/// A change of the park.
pub(in crate::kernel) enum NewPark {
    Install(Box<dyn Park>),
    Remove,
}

/// How a run is to end before its time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::kernel) enum StopOrder {
    AtOnce,
    Within(Duration),
}

impl System {
    pub(in crate::kernel) fn new(
        clock: Clock,
        inbound: Arc<Inbound<System>>,
        threads: RunThreads,
        exact_waking: bool,
        soft_limit: Option<SoftLimit>,
    ) -> Rc<Self> {
        Rc::new(System {
            state: RefCell::new(State::new(exact_waking, soft_limit)),
            clock,
            tracker: Tracker::default(),
            threads,
            inbound,
            traces: Cell::new(false),
            taps: Taps::default(),
            wait: Cell::new(Wait::NOTHING),
            budget: Budget::new(),
            attention: Cell::new(false),
            stop: Cell::new(None),
            immortal: Cell::new(false),
            accidents: RefCell::default(),
            crossing_size: Cell::new(1000),
            lanes: RefCell::new(Vec::new()),
            new_park: RefCell::new(None),
            park_is_taken: Cell::new(false),
        })
    }

    /// The tables, when nobody else has them.
    pub(super) fn state_mut(&mut self) -> &mut State {
        self.state.get_mut()
    }

    /// Borrows the tables for one verb.
    #[inline(always)]
    pub(in crate::kernel) fn with<R>(&self, work: impl FnOnce(&mut State) -> R) -> R {
        work(&mut self.state.borrow_mut())
    }

    /// The tables, for the verbs that every message takes.
    #[inline(always)]
    pub(in crate::kernel) fn borrow(&self) -> RefMut<'_, State> {
        self.state.borrow_mut()
    }

    /// Borrows the tables for a verb that may cut linkages or take children from their parents. A component that was kept
    /// by nothing else is released then, as if the last reference to it were gone.
    pub(in crate::kernel) fn cutting<R>(&self, work: impl FnOnce(&mut State) -> R) -> R {
        let (result, forsaken) = self.with(|state| (work(state), std::mem::take(&mut state.forsaken)));
        forsaken.into_iter().for_each(|pid| self.inbound.release(pid));
        result
    }

    /// Whether one pass may follow another: nothing waits for the scheduler's attention.
    #[inline(always)]
    pub(in crate::kernel) fn is_quiet(&self, state: &State) -> bool {
        !(state.is_busy || self.attention.get() || self.inbound.is_rung())
    }

    /// Whether a component that finds what it waits for may go on in this step, or must give the others a turn.
    #[inline(always)]
    pub(in crate::kernel) fn may_go_on(&self) -> bool {
        self.wait.get().left() != 0 || self.may_find_more()
    }

    #[cold]
    fn may_find_more(&self) -> bool {
        let more = self.budget.more(&self.clock);
        self.wait.set(self.wait.get().with_left(more.unwrap_or(0)));
        more.is_some()
    }

    /// The running step has found what it asked for.
    #[inline(always)]
    pub(in crate::kernel) fn found(&self) {
        self.wait.set(self.wait.get().less_one());
    }

    /// Adds to what the running step waits for.
    #[inline(always)]
    pub(in crate::kernel) fn wait_for(&self, reasons: Reasons) {
        self.wait.set(self.wait.get().and(reasons));
    }

    /// Makes the boxes of a component of type `of`; its code comes later.
    pub(in crate::kernel) fn make(
        &self,
        kind: &'static str,
        of: TypeId,
        boxes: &Boxes,
        made_at: &'static Location<'static>,
    ) -> Made {
        self.with(|state| {
            let table = state.table(of, boxes);
            let index = state.run.make();
            let own_boxes = state.post.open_boxes(&table, index);
            let pid = Pid { index, generation: state.run.places[index as usize].generation };
            let outside = Arc::clone(&self.inbound) as Arc<dyn Outside>;
            let identity = Identity::new(state.new_id(), kind, pid, made_at, outside);
            let me = identity.reference();
            let (_, first_inbox, first_outbox) = own_boxes.places();
            let record = Record::new(identity, own_boxes);
            match state.records.get_mut(index as usize) {
                Some(place) => *place = Some(record),
                None => {
                    make_room(&mut state.records, 1);
                    state.records.push(Some(record));
                }
            }
            state.changed(|state| Change::Made {
                component: me.id(),
                name: me.name(),
                inboxes: state.names(&me, Side::Inbox),
                outboxes: state.names(&me, Side::Outbox),
            });
            Made { me, table, first_inbox, first_outbox }
        })
    }

    /// Gives a made component its code, to run once it is activated.
    pub(in crate::kernel) fn equip(&self, component: &ComponentRef, starter: Starter) {
        self.with(|state| state.record_mut(component.0.pid.index).code = TaskSlot::Waits(starter));
    }

    /// Activates a made component; nothing happens if it is active or has ended.
    pub(in crate::kernel) fn activate(self: &Rc<Self>, component: &ComponentRef) {
        let index = component.0.pid.index;
        if component.0.life() == Life::Made
            && let Some(starter) = self.with(|state| state.record_mut(index).take_starter())
        {
            let task = starter.start(self, self.places_of(component));
            self.activate_with(component, task);
        }
    }

    /// Where the boxes of a component are.
    pub(in crate::kernel) fn places_of(&self, component: &ComponentRef) -> Made {
        self.with(|state| {
            let (table, first_inbox, first_outbox) = state.record(component.0.pid.index).own_boxes.places();
            Made { me: component.clone(), table: Rc::clone(table), first_inbox, first_outbox }
        })
    }

    /// Activates a component that was just made, with its code.
    pub(in crate::kernel) fn activate_with(&self, component: &ComponentRef, task: Task) {
        self.with(|state| state.enrol(component.0.pid.index, task));
        self.attention.set(true);
    }

    /// Stops a component, awake or asleep, and all its family, the youngest first: they take no further turn
    /// and have ended when this returns.
    pub(in crate::kernel) fn stop_component(&self, component: &ComponentRef) {
        if component.0.life() != Life::Ended {
            let supervised = self.with(|state| state.supervised(component.0.pid.index));
            let family = self.with(|state| state.family(component.clone()));
            self.stop_family(&family, &supervised);
        }
    }

    /// Stops the members of a family that have not ended, the youngest first. If one of them panics while it is
    /// dropped, that is the failure of `supervised`.
    pub(in crate::kernel) fn stop_family(&self, family: &[ComponentRef], supervised: &Option<ComponentRef>) {
        let mut starters = Vec::new();
        for member in family.iter().rev().filter(|member| !member.is_stopped()) {
            let index = member.0.pid.index;
            let who = self.who(index);
            let starter = self.with(|state| {
                state.discarded.push(Discarded { index, who: who.clone(), supervised: supervised.clone() });
                state.interrupted = true;
                state.record_mut(index).take_starter()
            });
            self.attention.set(true);
            self.end(index);
            starters.push((who, starter));
        }
        for (who, starter) in starters {
            self.drop_of(&who, supervised.as_ref(), starter);
        }
    }

    /// How the run is to end, from the next pass on.
    pub(in crate::kernel) fn order_stop(&self, order: StopOrder) {
        self.stop.set(Some(order));
        self.attention.set(true);
    }

    /// A waker of a component was used.
    pub(in crate::kernel) fn rung(&self, pid: Pid) {
        self.with(|state| {
            if let Some(Some(record)) = state.records.get(pid.index as usize)
                && record.identity.pid == pid
            {
                record.identity.rung.store(false, Ordering::SeqCst);
                state.wake_pid(pid, Reasons::WAKER);
            }
        });
    }

    /// A component's name and path.
    pub(in crate::kernel) fn who(&self, index: u32) -> (String, String) {
        self.with(|state| (state.record(index).identity.to_string(), state.path(index)))
    }

    /// The end of a component, in Axon's order (S22): it counts as stopped, its parent is woken, the
    /// linkages that it made are cut. Its boxes stay while they are referred to.
    pub(in crate::kernel) fn end(&self, index: u32) {
        let ties = self.cutting(|state| {
            let was_active = state.record(index).identity.life() == Life::Active;
            if !state.run.end(index) {
                return None;
            }
            state.changed(|state| Change::Ended(state.record(index).identity.id));
            state.end_suspensions(index);
            let record = state.record_mut(index);
            record.identity.set_life(Life::Ended);
            let registered = std::mem::take(&mut record.registered);
            let service = record.service;
            if was_active {
                state.active -= 1;
                state.services -= usize::from(service != Service::No);
            }
            if registered {
                let me = state.record(index).identity.reference();
                self.tracker.forget(&me);
            }
            state.give_back(index);
            // Where nothing keeps the boxes they are given back right away.
            if state.record(index).is_held() && !state.is_supervised(index) {
                state.close_inboxes(index);
            }
            state.remembered.forget(index);
            state.wake_parents(index);
            state.untie(index)
        });
        if let Some(mut ties) = ties {
            self.sever(std::mem::take(&mut ties.crossings).into_values());
        }
        self.release(index);
    }

    /// Forgets a component that has ended and that nobody refers to any more.
    fn release(&self, index: u32) {
        // Dropped at the end, when no borrow is alive.
        let remains = self.cutting(|state| {
            let record = state.records[index as usize].as_ref()?;
            if record.identity.life() != Life::Ended || record.is_held() {
                return None;
            }
            let unread = state.post.close_boxes(&record.own_boxes);
            // Linkages and children that were made in its name after its end.
            let ties = state.untie(index);
            let record = state.records[index as usize].take()?;
            if !state.labels.is_empty() {
                state.labels.remove(&index);
            }
            state.families.forget(record.parents);
            state.remember_unheard(&record);
            state.backpressure.forget_boxes(&record.own_boxes);
            state.run.vacate(index);
            state.changed(|_| Change::Forgotten(record.identity.id));
            Some((unread, record, ties))
        });
        if let Some((unread, record, ties)) = remains {
            // The ties hold the failure of a supervised component, whose destructor is user code.
            if !unread.is_empty() || ties.is_some() {
                self.drop_unread(&*record.identity, (unread, ties));
            }
        }
    }

    /// The last reference to a component is gone: one that was never activated ends with it.
    pub(in crate::kernel) fn released(&self, pid: Pid) {
        let made = self.with(|state| {
            let record = state.records[pid.index as usize].as_ref()?;
            (record.identity.pid == pid && !record.is_held()).then(|| record.identity.life())
        });
        match made {
            Some(Life::Made) => {
                let who = self.who(pid.index);
                let starter = self.with(|state| state.record_mut(pid.index).take_starter());
                self.drop_of(&who, None, starter);
                self.end(pid.index);
            }
            Some(Life::Ended) => self.release(pid.index),
            Some(Life::Active) | None => {}
        }
    }
}

impl State {
    #[inline(always)]
    fn wake_parents(&mut self, of: u32) {
        let mut next = self.record(of).parents;
        while let Some((parent, further)) = self.families.first_of(next) {
            self.wake_pid(parent, Reasons::CHILD);
            next = further;
        }
    }

    /// Lets go of a component's children, and cuts the linkages that it made. Returns the rest of its ties; the
    /// caller drops them when no table is borrowed, since destructors are user code.
    #[inline(always)]
    fn untie(&mut self, index: u32) -> Option<Box<Ties>> {
        let ties = self.record_mut(index).ties.take()?;
        Some(self.dissolve(ties))
    }

    #[inline(never)]
    fn dissolve(&mut self, mut ties: Box<Ties>) -> Box<Ties> {
        while let Some(child) = self.families.leave_next(&mut ties.children) {
            if self.record(child).identity.life() == Life::Ended && !self.is_supervised(child) {
                self.close_inboxes(child);
            }
            self.let_go(child);
        }
        self.cut_made(std::mem::take(&mut ties.made));
        ties
    }
}
