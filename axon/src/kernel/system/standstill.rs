//! Which components wait in vain because others are suspended, and how that ends.
//!
//! With [soft limits](super::backpressure) components may wait for each other in a circle that exists only because
//! some of them are suspended. As Parks does for Kahn process networks, the smallest limit in such a circle is
//! doubled until it is none. A component is *live* if it is awake, if a timer, a socket or another thread can wake
//! it, or if a live component can: by a message, by a collection, or by ending as its child. A suspended component is
//! live if the owners of all boxes that it is suspended at are.
//!
//! That a live component could send a message does not mean that it will: `unread` says what happens then.
//!
//! Each circle is named in the log, once. A circle of boxes with a size of their own stays closed; if a server or a
//! timer keeps the run alive, only this log line says so (otherwise the run ends as stuck, S10).

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::time::Instant;

use super::records::Record;
use super::state::{Service, State};
use crate::kernel::boxes::{BoxId, NONE};
use crate::kernel::id::{Life, Pid};
use crate::kernel::queue::Reasons;
use crate::kernel::side::Side;

/// Passes between two searches for circles while components are awake: at first, and at most.
const FIRST_LOOK: u64 = 64;
const LATEST_LOOK: u64 = 512;

impl State {
    /// Searches for circles now and then, while components run.
    pub(in crate::kernel) fn look_between_passes(&mut self, now: Instant) {
        if self.run.pass() >= self.backpressure.next_look {
            let found = self.look_at_suspended(now, true);
            let interval = &mut self.backpressure.interval;
            *interval = if found { FIRST_LOOK } else { (*interval * 2).clamp(FIRST_LOOK, LATEST_LOOK) };
            self.backpressure.next_look = self.run.pass() + *interval;
        }
    }

    /// Raises the limits of boxes that keep their senders waiting in vain: of the smallest in a circle, and, if
    /// nothing outside can change anything, of each whose owner nobody can wake. True if somebody was freed.
    #[cold]
    pub(in crate::kernel) fn look_at_suspended(&mut self, now: Instant, is_anybody_outside: bool) -> bool {
        let post = &self.post;
        self.backpressure.watched.retain(|inbox, _| {
            let inbox = post.inbox(*inbox);
            !inbox.suspended().is_empty() || inbox.waiting_for_room().next().is_some()
        });
        if self.backpressure.is_idle() {
            return false;
        }
        let full = std::mem::take(&mut self.backpressure.full);
        let boxes: Vec<u32> = self.backpressure.watched.keys().copied().collect();
        let graph = Waits { state: self, is_anybody_outside, timed: RefCell::default() };
        let all: Vec<u32> = boxes.iter().chain(&full).copied().collect();
        let live = graph.live(&all);
        let is_dead = |inbox: &u32| !live.contains(&self.post.inbox(*inbox).listener());
        let in_vain: Vec<u32> = (boxes.iter().copied().filter(is_dead))
            .filter(|inbox| !is_anybody_outside || !graph.is_fed(*inbox) || graph.is_in_a_circle(*inbox))
            .collect();
        let could_be_read = graph.which_could_be_read(boxes);
        let (told, unsettled) = graph.tell_circles(&full, &in_vain, &live);
        self.backpressure.told.extend(told);
        self.backpressure.full = unsettled;
        let factor = |inbox: &u32| self.backpressure.raised.get(inbox).copied().unwrap_or(1);
        if let Some(least) = in_vain.iter().map(factor).min() {
            let smallest: Vec<u32> = in_vain.into_iter().filter(|inbox| factor(inbox) == least).collect();
            for inbox in smallest {
                self.raise(inbox, least.saturating_mul(2));
            }
            return true;
        }
        self.lose_patience(&could_be_read, now)
    }
}

/// Which component waits for which, as far as it was computed.
pub(super) struct Waits<'a> {
    pub(super) state: &'a State,
    /// Whether sockets, other threads or timers may wake anybody.
    pub(super) is_anybody_outside: bool,
    /// The components that have a timer, once they were listed.
    pub(super) timed: RefCell<Option<HashSet<u32>>>,
}

/// What must be live for a component to go on.
pub(super) enum Needs {
    /// Nothing: it is awake, or can be woken from outside.
    Nothing,
    /// One of these.
    Any(Vec<u32>),
    /// All of these.
    All(Vec<u32>),
}

impl Waits<'_> {
    /// Who can go on, of those that the owners of these boxes wait for in the end, and of these owners.
    fn live(&self, boxes: &[u32]) -> HashSet<u32> {
        self.live_from(boxes.iter().map(|inbox| self.state.post.inbox(*inbox).listener()).collect())
    }

    /// Who can go on, of these and of those that they wait for in the end.
    pub(super) fn live_from(&self, to_do: Vec<u32>) -> HashSet<u32> {
        self.live_by(to_do, |index| self.needs(index))
    }

    /// The same, where `needs` says what each needs.
    pub(super) fn live_by(&self, mut to_do: Vec<u32>, needs_of: impl Fn(u32) -> Needs) -> HashSet<u32> {
        let mut needs: HashMap<u32, Needs> = HashMap::new();
        let mut needed_by: HashMap<u32, Vec<u32>> = HashMap::new();
        while let Some(index) = to_do.pop() {
            if needs.contains_key(&index) {
                continue;
            }
            let own = needs_of(index);
            if let Needs::Any(others) | Needs::All(others) = &own {
                for other in others {
                    needed_by.entry(*other).or_default().push(index);
                    to_do.push(*other);
                }
            }
            needs.insert(index, own);
        }
        let mut live: HashSet<u32> = HashSet::new();
        let mut found: Vec<u32> = needs
            .iter()
            .filter(|(_, needs)| matches!(needs, Needs::Nothing))
            .map(|(index, _)| *index)
            .collect();
        while let Some(index) = found.pop() {
            if live.insert(index) {
                let waiting = needed_by.get(&index).into_iter().flatten().copied();
                found.extend(waiting.filter(|waiting| match &needs[waiting] {
                    Needs::All(others) => others.iter().all(|other| live.contains(other)),
                    Needs::Any(_) | Needs::Nothing => true,
                }));
            }
        }
        live
    }

    pub(super) fn needs(&self, index: u32) -> Needs {
        let state = self.state;
        let owner = |inbox: &u32| state.post.inbox(*inbox).listener();
        let Some(record) = state.records.get(index) else { return Needs::Any(Vec::new()) };
        if record.identity.life() != Life::Active {
            return Needs::Any(Vec::new());
        }
        if let Some(holders) = state.holders(index) {
            return Needs::Any(holders.iter().map(|holder| holder.index).collect());
        }
        if let Some((_, boxes)) = state.backpressure.suspended.get(&index) {
            return Needs::All(boxes.iter().map(owner).collect());
        }
        if !state.sleeps(index) || self.is_woken_from_outside(record) || self.is_timed(index) {
            return Needs::Nothing;
        }
        Needs::Any(self.wakers(index, record))
    }

    pub(super) fn is_timed(&self, index: u32) -> bool {
        self.timed.borrow_mut().get_or_insert_with(|| self.state.timers.whom()).contains(&index)
    }

    /// Those who can wake a sleeper: who sends to it, who collects what it sent, its children.
    fn wakers(&self, index: u32, record: &Record) -> Vec<u32> {
        let state = self.state;
        let place = &state.run.places[index as usize];
        let (wait, me) = (place.wait, Pid { index, generation: place.generation });
        // It sends the message that it holds before it looks at any other.
        let waits_only_for_room =
            wait.reasons().meets(Reasons::ROOM) && !wait.reasons().meets(Reasons::CHILD);
        let waits_for_messages = wait.reasons().meets(Reasons::MESSAGE) && !waits_only_for_room;
        let mut found: Vec<u32> = Vec::new();
        for box_ in record.own_boxes.boxes() {
            let is_outbox = box_.is_outbox();
            if is_outbox {
                let target = state.post.end_of(box_);
                if target != NONE {
                    let inbox = state.post.inbox(target);
                    let waits_for_collection =
                        wait.reasons().meets(Reasons::COLLECTED) && !inbox.ring().is_empty();
                    if waits_for_collection || inbox.is_awaited_by(me) {
                        found.push(inbox.listener());
                    }
                }
            } else if waits_for_messages && (wait.inbox() == NONE || wait.inbox() == box_.index()) {
                state.post.for_each_producer(box_, &mut |producer| found.push(producer));
            }
        }
        found.extend(state.families.children(state.children_of(index)));
        found.retain(|other| *other != index);
        found
    }

    fn is_woken_from_outside(&self, record: &Record) -> bool {
        self.is_anybody_outside
            && (record.service != Service::No
                || record.identity.live_wakers() > 0
                || self.asks_a_service(record))
    }

    /// Whether an outbox leads to a service, which may answer straight into any box.
    fn asks_a_service(&self, record: &Record) -> bool {
        let state = self.state;
        record.own_boxes.of_side(Side::Outbox).any(|box_| {
            let target = state.post.end_of(box_);
            let listener = state.post.all_inboxes().get(target as usize).map(|inbox| inbox.listener());
            listener
                .and_then(|listener| state.records.get(listener))
                .is_some_and(|record| record.service != Service::No)
        })
    }

    /// Whether what waits before a box comes, over whatever others, from outside the scheduler.
    fn is_fed(&self, inbox: u32) -> bool {
        let place = self.state.post.inbox(inbox);
        let first = place.suspended().iter().copied().chain(place.waiting_for_room()).map(|pid| pid.index);
        self.search(first, &|_| true, &mut |_, record| self.is_woken_from_outside(record))
    }

    /// Whether the owner of a box waits, over whatever others, for one that is suspended, by another way than
    /// that box.
    fn is_in_a_circle(&self, inbox: u32) -> bool {
        let owner = self.state.post.inbox(inbox).listener();
        let waits_by = |box_: BoxId| box_.index() != inbox && !self.state.takes_endings(box_.index());
        self.search([owner].into_iter(), &waits_by, &mut |index, _| {
            self.state.backpressure.suspended.contains_key(&index)
        })
    }

    /// Names the circles that have closed and were not named before, by boxes that are full and by soft limits.
    /// Returns the boxes of which that was said, and the full ones whose owners are awake: they may close one yet.
    fn tell_circles(
        &self,
        full: &BTreeSet<u32>,
        in_vain: &[u32],
        live: &HashSet<u32>,
    ) -> (Vec<u32>, BTreeSet<u32>) {
        let state = self.state;
        let (mut told, mut unsettled) = (Vec::new(), BTreeSet::new());
        for inbox in full.iter().chain(in_vain).copied() {
            let place = state.post.inbox(inbox);
            let is_awake =
                matches!(self.needs(place.listener()), Needs::Nothing) && !state.sleeps(place.listener());
            if is_awake && place.waiting_for_room().next().is_some() {
                unsettled.insert(inbox);
            }
            if state.backpressure.told.contains(&inbox) || told.contains(&inbox) {
                continue;
            }
            let Some(circle) = self.circle(inbox, live) else { continue };
            let next = circle.iter().skip(1).chain(&circle[..1]);
            let mut waits = Vec::new();
            for (index, next) in circle.iter().zip(next) {
                let boxes = self.waits_at(*index, *next);
                let names: Vec<String> = boxes.iter().map(|inbox| state.inbox_name(*inbox)).collect();
                let (who, whom) = (state.title(*index), state.title(*next));
                waits.push(match names.as_slice() {
                    [] => format!("{who} waits for {whom}"),
                    names => format!("{who} waits for room in {}", names.join(" and ")),
                });
                told.extend(boxes);
            }
            let what_follows = if in_vain.contains(&inbox) {
                "their soft limits are raised until they go on"
            } else {
                "they stand still; give one of these inboxes a larger size, or read it while you wait"
            };
            let waits = waits.join(", ");
            log::debug!(target: "axon", "components wait for each other: {waits}: {what_follows}");
        }
        (told, unsettled)
    }

    /// Who waits for whom, from the owner of a box to one that waits for room there, if none of them can go on.
    fn circle(&self, inbox: u32, live: &HashSet<u32>) -> Option<Vec<u32>> {
        let place = self.state.post.inbox(inbox);
        let waiting_here = place.suspended().iter().copied().chain(place.waiting_for_room());
        let waiting_here: HashSet<u32> = waiting_here.map(|pid| pid.index).collect();
        let mut needed_by: HashMap<u32, u32> = HashMap::new();
        let mut to_do = VecDeque::from([place.listener()]);
        while let Some(index) = to_do.pop_front().filter(|index| !live.contains(index)) {
            if waiting_here.contains(&index) {
                let before = |index: &u32| needed_by.get(index).copied();
                let mut circle: Vec<u32> = std::iter::successors(Some(index), before).collect();
                circle.reverse();
                return Some(circle);
            }
            let (Needs::Any(others) | Needs::All(others)) = self.needs(index) else { continue };
            for other in others {
                if other != place.listener() && !live.contains(&other) && !needed_by.contains_key(&other) {
                    needed_by.insert(other, index);
                    to_do.push_back(other);
                }
            }
        }
        None
    }

    /// The inboxes of another at which one waits for room.
    fn waits_at(&self, index: u32, owner: u32) -> Vec<u32> {
        let state = self.state;
        let me = Pid { index, generation: state.run.places[index as usize].generation };
        let waits_at = |inbox: &u32| {
            let place = state.post.inbox(*inbox);
            place.suspended().contains(&me) || place.is_awaited_by(me)
        };
        let inboxes = state.record(owner).own_boxes.of_side(Side::Inbox);
        inboxes.map(BoxId::index).filter(waits_at).collect()
    }

    /// Looks upstream for a component, from these on, along the inboxes that `by` names.
    fn search(
        &self,
        first: impl Iterator<Item = u32>,
        by: &dyn Fn(BoxId) -> bool,
        is_meant: &mut dyn FnMut(u32, &Record) -> bool,
    ) -> bool {
        let state = self.state;
        let mut to_do: Vec<u32> = first.collect();
        let mut seen: HashSet<u32> = to_do.iter().copied().collect();
        while let Some(index) = to_do.pop() {
            let Some(record) = state.records.get(index) else { continue };
            if is_meant(index, record) {
                return true;
            }
            for box_ in record.own_boxes.boxes().filter(|box_| !box_.is_outbox() && by(*box_)) {
                state.post.for_each_producer(box_, &mut |producer| {
                    if seen.insert(producer) {
                        to_do.push(producer);
                    }
                });
            }
        }
        false
    }
}
