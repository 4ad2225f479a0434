//! How components end and are forgotten.

use std::sync::Arc;

use super::change::Change;
use super::shared::System;
use super::state::{Service, State, Ties};
use super::tracker::Tracker;
use crate::kernel::boxes::Queued;
use crate::kernel::id::{Identity, Life, Pid};
use crate::kernel::queue::Reasons;

impl System {
    /// The end of a component, in Axon's order (S22): it counts as stopped, its parent is woken, the
    /// linkages that it made are cut. Its boxes stay while they are referred to.
    pub(in crate::kernel) fn end(&self, index: u32) {
        let (ties, remains) = self.cutting(|state| {
            let ties = state.end(index, &self.tracker);
            // What leads to other schedulers is cut first, below.
            let remains = if ties.is_none() { state.forget(index) } else { None };
            (ties, remains)
        });
        self.drop_remains(remains);
        if let Some(mut ties) = ties {
            self.sever(std::mem::take(&mut ties.crossings).into_values());
            drop(ties);
            self.release(index);
        }
    }

    /// Forgets a component that has ended and that nobody refers to any more.
    fn release(&self, index: u32) {
        let remains = self.cutting(|state| state.forget(index));
        self.drop_remains(remains);
    }

    /// Drops what a component has left, when no borrow is alive.
    fn drop_remains(&self, remains: Option<Remains>) {
        if let Some(Remains { of, unread, ties }) = remains {
            self.drop_unread(&*of, (unread, ties));
        }
    }

    /// The last reference to a component is gone: one that was never activated ends with it.
    pub(in crate::kernel) fn released(&self, pid: Pid) {
        let made = self.with(|state| {
            let record = state.records.find(pid)?;
            (!record.is_held()).then(|| record.identity.life())
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

/// What is left of a component that is forgotten, and must be dropped with care: destructors are user code.
struct Remains {
    of: Arc<Identity>,
    unread: Vec<Queued>,
    ties: Option<Box<Ties>>,
}

impl State {
    /// Ends a component, unless it has ended. Returns its ties; the caller drops them when no table is borrowed.
    fn end(&mut self, index: u32, tracker: &Tracker) -> Option<Box<Ties>> {
        if !self.run.end(index) {
            return None;
        }
        self.changed(|state| Change::Ended(state.record(index).identity.id));
        self.end_suspensions(index);
        let record = self.record_mut(index);
        let was_active = record.identity.life() == Life::Active;
        record.identity.set_ended();
        let registered = std::mem::take(&mut record.registered);
        let service = record.service;
        if was_active {
            self.active -= 1;
            self.services -= usize::from(service != Service::No);
        }
        if registered {
            let me = self.record(index).identity.reference();
            tracker.forget(&me);
        }
        self.give_back(index);
        // Where nothing keeps the boxes they are given back right away.
        if self.record(index).is_held() && !self.is_supervised(index) {
            self.close_inboxes(index);
        }
        self.remembered.forget(index);
        self.wake_parents(index);
        self.untie(index)
    }

    /// Forgets a component that has ended, if nothing refers to it any more. Its record, with its boxes and its identity,
    /// is for the next one in its place.
    fn forget(&mut self, index: u32) -> Option<Remains> {
        let record = self.records.get(index)?;
        if record.identity.life() != Life::Ended || record.is_held() {
            return None;
        }
        self.remember_unheard(index);
        let record = self.records.get_mut(index)?;
        self.backpressure.forget_boxes(&record.own_boxes);
        let unread = self.post.close_boxes(&mut record.own_boxes);
        // Linkages and children that were made in its name after its end.
        let ties = self.untie(index);
        if !self.labels.is_empty() {
            self.labels.remove(&index);
        }
        let record = self.records.get_mut(index)?;
        self.families.forget(record.parents);
        record.vacate();
        let (id, is_clean) = (record.identity.id, unread.is_empty() && ties.is_none());
        let of = (!is_clean).then(|| Arc::clone(&record.identity));
        self.run.vacate(index);
        self.changed(|_| Change::Forgotten(id));
        of.map(|of| Remains { of, unread, ties })
    }

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

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::task::Waker;

    use crate::{Boxes, Component, ComponentRef, Context, Result, Scheduler};

    /// Ends in its first turn.
    struct Brief;

    impl Component for Brief {
        async fn main(&mut self, _: &Context) -> Result {
            Ok(())
        }
    }

    /// The same with other boxes.
    struct Other;

    impl Component for Other {
        fn boxes(&self) -> Boxes {
            Boxes::standard().inbox("third", "")
        }

        async fn main(&mut self, _: &Context) -> Result {
            Ok(())
        }
    }

    /// Gives its waker away and ends.
    struct GivesWaker(Arc<Mutex<Option<Waker>>>);

    impl Component for GivesWaker {
        async fn main(&mut self, cx: &Context) -> Result {
            *self.0.lock().unwrap() = Some(cx.waker());
            Ok(())
        }
    }

    struct Sleeps;

    impl Component for Sleeps {
        async fn main(&mut self, cx: &Context) -> Result {
            cx.next::<u64>("inbox").await?;
            Ok(())
        }
    }

    fn run(scheduler: &mut Scheduler) {
        while scheduler.run_pass().unwrap() {}
    }

    fn place(component: &ComponentRef) -> u32 {
        component.0.pid.index
    }

    /// How many places there are for components, inboxes and outboxes.
    fn places(scheduler: &Scheduler) -> [usize; 3] {
        scheduler.system.with(|state| {
            let outboxes = (0..).take_while(|outbox| state.post.has_outbox(*outbox)).count();
            [state.run.places.len(), state.post.all_inboxes().len(), outboxes]
        })
    }

    #[test]
    fn a_component_gets_the_place_the_boxes_and_the_identity_that_the_last_one_has_left() {
        let mut scheduler = Scheduler::new();
        let first = scheduler.activate(Brief);
        let (at, identity) = (first.0.pid, Arc::as_ptr(&first.0));
        let before = places(&scheduler);
        drop(first);
        run(&mut scheduler);
        assert!(scheduler.snapshot().components.is_empty(), "what is left is no component");
        let second = scheduler.activate(Brief);
        assert_eq!((second.0.pid.index, Arc::as_ptr(&second.0)), (at.index, identity));
        assert_ne!(second.0.pid, at);
        assert_eq!((second.name().as_str(), second.is_active()), ("Brief_2", true));
        assert_eq!(places(&scheduler), before);
        run(&mut scheduler);
        assert!(second.is_stopped());
    }

    #[test]
    fn who_is_referred_to_after_the_end_keeps_place_and_identity() {
        let mut scheduler = Scheduler::new();
        let first = scheduler.activate(Brief);
        run(&mut scheduler);
        let second = scheduler.activate(Brief);
        assert_ne!(place(&first), place(&second));
        assert!(first.is_stopped() && first.name() == "Brief_1");
    }

    #[test]
    fn a_waker_of_one_that_has_ended_does_not_wake_the_next_in_its_place() {
        let mut scheduler = Scheduler::new();
        let given = Arc::new(Mutex::new(None));
        let at = place(&scheduler.activate(GivesWaker(Arc::clone(&given))));
        run(&mut scheduler);
        let sleeps = scheduler.activate(Sleeps);
        assert_eq!(place(&sleeps), at);
        run(&mut scheduler);
        given.lock().unwrap().take().unwrap().wake();
        assert!(!scheduler.run_pass().unwrap(), "nobody is awake");
        assert_eq!((sleeps.is_active(), sleeps.name().as_str()), (true, "Sleeps_2"));
    }

    #[test]
    fn ten_thousand_components_that_come_and_go_take_the_places_of_the_first_hundred() {
        let mut scheduler = Scheduler::new();
        let mut after_two_rounds = None;
        for round in 0..100 {
            for nth in 0..100 {
                // Each gets the place of one that had other boxes, since the last places left are taken first.
                if nth % 2 == 0 {
                    scheduler.activate(Brief)
                } else {
                    scheduler.activate(Other)
                };
            }
            run(&mut scheduler);
            if round == 1 {
                after_two_rounds = Some(places(&scheduler));
            }
        }
        assert_eq!(Some(places(&scheduler)), after_two_rounds);
    }
}
