//! Ported from Kamaelia's `Tests/Python/Axon/test_Microprocess.py`, case by case, in its order.
//!
//! Differs: a microprocess cannot be stepped by itself, so a scheduler does it; which scheduler a
//! component belongs to is said when it is made, not by a class.

use std::cell::Cell;
use std::rc::Rc;

use axon::{Component, Context, Scheduler};

use crate::rig::{Busy, Sleeper, run_for};

/// Microprocesses made with no arguments have ids, all different.
#[test]
fn smoke_test_no_arguments() {
    let s = Scheduler::new();
    let [m, n, o] = [(); 3].map(|()| s.add(Busy::default()));
    assert!(m.id() != n.id() && n.id() != o.id() && m.id() != o.id());
}

/// Activation puts a microprocess on the scheduler it was asked of, and on no other.
#[test]
fn activate_basic_activatation() {
    let (mut chosen, mut other) = (Scheduler::new(), Scheduler::new());
    let busy = Busy::default();
    let turns = Rc::clone(&busy.turns);
    let busy = chosen.activate(busy);
    assert!(busy.is_active());
    run_for(&mut other, 3);
    assert_eq!(turns.get(), 0);
    run_for(&mut chosen, 3);
    assert_eq!(turns.get(), 3);
}

/// A `main` that hands over a hundred times gets a turn for each, and then one in which it ends.
#[test]
fn overridden_main_works_with_next() {
    struct Counts(Rc<Cell<u32>>);
    impl Component for Counts {
        async fn main(&mut self, cx: &Context) -> axon::Result {
            while self.0.get() < 100 {
                self.0.set(self.0.get() + 1);
                cx.yield_now().await;
            }
            Ok(())
        }
    }
    let mut s = Scheduler::new();
    let count = Rc::new(Cell::new(0));
    let counts = s.activate(Counts(Rc::clone(&count)));
    for turn in 1..=100 {
        assert!(s.run_pass().unwrap());
        assert_eq!(count.get(), turn);
        assert!(!counts.is_stopped());
    }
    s.run_pass().unwrap();
    assert!(counts.is_stopped());
    assert_eq!(count.get(), 100);
}

/// A stopped microprocess says so, and a wake does not bring it back.
///
/// Differs: the original still calls it runnable for a while (S27a).
#[test]
fn stop() {
    let mut s = Scheduler::new();
    let busy = Busy::default();
    let turns = Rc::clone(&busy.turns);
    let busy = s.activate(busy);
    let controller = s.add(Busy::default());
    assert!(!busy.is_stopped() && busy.is_active());
    s.context(&controller).stop(&busy);
    assert!(busy.is_stopped() && !busy.is_active());
    s.context(&controller).unpause(&busy);
    assert!(busy.is_stopped() && !busy.is_active());
    run_for(&mut s, 3);
    assert_eq!(turns.get(), 0);
}

/// A paused microprocess gets no turn until it is unpaused.
#[test]
fn pause() {
    let mut s = Scheduler::new();
    let sleeper = Sleeper::default();
    let woken = Rc::clone(&sleeper.woken);
    let sleeper = s.activate(sleeper);
    run_for(&mut s, 5);
    assert_eq!(woken.get(), 0);
    s.context(&sleeper).unpause(&sleeper);
    run_for(&mut s, 5);
    assert_eq!(woken.get(), 1);
}

/// Turns come one by one, stop while it pauses, go on when it is unpaused, and end when it is stopped.
#[test]
fn next() {
    struct Counts(Rc<Cell<u32>>, Rc<Cell<bool>>);
    impl Component for Counts {
        async fn main(&mut self, cx: &Context) -> axon::Result {
            loop {
                self.0.set(self.0.get() + 1);
                if self.1.take() {
                    cx.pause().await;
                } else {
                    cx.yield_now().await;
                }
            }
        }
    }
    let mut s = Scheduler::new();
    let (count, pause) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(false)));
    let counts = s.activate(Counts(Rc::clone(&count), Rc::clone(&pause)));
    let controller = s.add(Busy::default());
    for turn in 1..5 {
        s.run_pass().unwrap();
        assert_eq!(count.get(), turn);
    }
    pause.set(true);
    run_for(&mut s, 5);
    assert_eq!(count.get(), 5, "the turn in which it pauses is its last");
    s.context(&controller).unpause(&counts);
    for turn in 6..10 {
        s.run_pass().unwrap();
        assert_eq!(count.get(), turn);
    }
    s.context(&controller).stop(&counts);
    assert!(!s.run_pass().unwrap());
    assert_eq!(count.get(), 9);
}
