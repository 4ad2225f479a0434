//! What all components of a scheduler share, behind one `RefCell`: making, activating and stopping them.
//!
//! No borrow of [`State`] is alive while a component's code runs, destructors of payloads included:
//! what is taken out of the tables is handed back to the caller and dropped there.

use std::any::{Any, TypeId};
use std::cell::{Cell, RefCell, RefMut};
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::backpressure::SoftLimit;
use super::change::Change;
use super::records::Record;
use super::starter::Starter;
use super::state::{Discarded, Made, State, Task, TaskSlot};
use super::taps::Taps;
use super::tracker::Tracker;
use crate::kernel::boxes::{Boxes, Lane};
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

    /// Where calls for a scheduler are left that is known from outside.
    pub(in crate::kernel) fn inbound_of(outside: Arc<dyn Outside>) -> Option<Arc<Inbound<System>>> {
        let outside: Arc<dyn Any + Send + Sync> = outside;
        outside.downcast().ok()
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
    /// by nothing else is released before the next pass, as if the last reference to it were gone.
    pub(in crate::kernel) fn cutting<R>(&self, work: impl FnOnce(&mut State) -> R) -> R {
        self.with(|state| {
            let result = work(state);
            if !state.forsaken.is_empty() {
                self.attention.set(true);
            }
            result
        })
    }

    /// Releases the components that nothing keeps any more.
    pub(in crate::kernel) fn release_forsaken(&self) {
        while let Some(pid) = self.with(|state| state.forsaken.pop_front()) {
            self.released(pid);
        }
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
    ) -> (ComponentRef, Made) {
        self.with(|state| {
            let table = state.table(of, boxes);
            let (index, id) = (state.run.make(), state.new_id());
            let pid = Pid { index, generation: state.run.places[index as usize].generation };
            let new_identity = || {
                let outside = Arc::clone(&self.inbound) as Arc<dyn Outside>;
                Identity::new(id, kind, pid, made_at, outside)
            };
            let State { records, post, backpressure, .. } = state;
            let soft = backpressure.lowest;
            let record = match records.left_in(index) {
                Some(left) => {
                    post.open_again(&mut left.own_boxes, &table, index, soft);
                    match Arc::get_mut(&mut left.identity) {
                        Some(identity) => identity.renew(id, kind, pid, made_at),
                        None => left.identity = new_identity(),
                    }
                    left.occupy();
                    left
                }
                None => records.push(Record::new(new_identity(), post.open_boxes(&table, index, soft))),
            };
            let me = record.identity.first_reference();
            let (_, first_inbox, first_outbox) = record.own_boxes.places();
            state.changed(|state| Change::Made {
                component: me.id(),
                name: me.name(),
                inboxes: state.names(&me, Side::Inbox),
                outboxes: state.names(&me, Side::Outbox),
            });
            (me, Made { pid, table, first_inbox, first_outbox })
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
            Made { pid: component.0.pid, table: Rc::clone(table), first_inbox, first_outbox }
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
                state.discarded.push(Discarded {
                    me: member.clone(),
                    who: who.clone(),
                    supervised: supervised.clone(),
                });
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
            if let Some(record) = state.records.find(pid) {
                record.identity.rung.store(false, Ordering::SeqCst);
                state.wake_pid(pid, Reasons::WAKER);
            }
        });
    }

    /// A component's name and path.
    pub(in crate::kernel) fn who(&self, index: u32) -> (String, String) {
        self.with(|state| (state.record(index).identity.to_string(), state.path(index)))
    }
}
