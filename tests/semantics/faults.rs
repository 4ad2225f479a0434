//! A component that fails, and one that holds everybody up: promises S29 and S30.

use std::cell::RefCell;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use axon::{Component, Context, RunError, Scheduler};

use crate::stage::{Still, Worker, act, drained, lines_with, ms, said, say, scheduler, warnings};

/// Fails in its second turn, by an error or by a panic.
struct Fails {
    by_panic: bool,
}

impl Component for Fails {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        cx.yield_now().await;
        if self.by_panic {
            panic!("the disk is on fire");
        }
        Err("the disk is full".into())
    }
}

#[test]
fn s29_an_error_ends_the_run_and_names_the_component_and_its_path() {
    for (by_panic, said_why) in [(false, "the disk is full"), (true, "the disk is on fire")] {
        let mut s = scheduler();
        let outer = s.add(Still);
        let inner = s.context(&outer).add_child(Worker { tag: "inner", turns: 9, naps: &[] });
        let failing = s.context(&inner).add_child(Fails { by_panic });
        s.activate(inner.clone());
        s.activate(failing.clone());
        let error = s.run().unwrap_err();
        let text = error.to_string();
        assert!(text.contains(said_why), "{text}");
        let at = [&outer, &inner, &failing].map(|x| text.find(&x.name()).expect("its path has every parent"));
        assert!(at.is_sorted(), "from the outermost: {text}");
        match error {
            RunError::Failed { component, .. } => assert_eq!(component, failing.name()),
            other => panic!("{other}"),
        }
        assert!(failing.is_stopped());
        assert_eq!(said(), ["inner turn 1", "inner turn 2"], "the run ends there");
    }
}

#[test]
fn s29_an_immortal_scheduler_logs_it_wakes_the_parent_and_goes_on() {
    for by_panic in [false, true] {
        warnings();
        let mut s = Scheduler::builder().virtual_clock().immortal().build();
        let (source, sink) = (s.add(Still), s.add(Still));
        let ends = (source.clone(), sink.clone());
        let parent = s.activate(act(async move |cx: &Context| {
            let kid = cx.add_child(act(async move |cx: &Context| {
                cx.link((&ends.0, "outbox"), (&ends.1, "inbox"))?;
                cx.yield_now().await;
                if by_panic {
                    panic!("the disk is on fire");
                }
                Err("the disk is on fire".into())
            }));
            cx.activate(kid.clone());
            while !kid.is_stopped() {
                cx.pause().await;
            }
            say!("parent woken");
            cx.yield_now().await;
            Ok(())
        }));
        s.run_pass().unwrap();
        let kid = s.context(&parent).children()[0].clone();
        s.run().expect("the others go on");
        s.context(&source).send("outbox", 1).unwrap();
        assert_eq!(drained(&s, &sink, "inbox"), "-", "its linkages are cut");
        assert_eq!(said(), ["parent woken"]);
        let log = warnings().join("\n");
        assert!(
            log.contains(&kid.name()) && log.contains(&parent.name()) && log.contains("on fire"),
            "{log}"
        );
    }
}

#[test]
fn s29_the_others_take_no_turn_after_a_failure_and_the_scheduler_can_run_again() {
    let mut s = scheduler();
    s.activate(Fails { by_panic: true });
    s.activate(Worker { tag: "W", turns: 2, naps: &[] });
    s.run().unwrap_err();
    assert_eq!(said(), ["W turn 1"]);
    s.activate(Worker { tag: "later", turns: 1, naps: &[] });
    s.run().unwrap();
    assert_eq!(said(), ["later turn 1"]);
}

#[test]
fn s30_a_step_longer_than_the_limit_is_reported_once_with_its_name() {
    warnings();
    let mut s = Scheduler::builder().virtual_clock().step_limit(Duration::from_nanos(1)).build();
    let slow = s.activate(act(async |cx| {
        for _ in 0..3 {
            let start = std::time::Instant::now();
            while start.elapsed() < Duration::from_micros(50) {}
            cx.yield_now().await;
        }
        Ok(())
    }));
    s.run().unwrap();
    let log = warnings();
    assert_eq!(log.iter().filter(|line| line.contains(&slow.name())).count(), 1, "{log:?}");
}

#[test]
fn s30_who_stays_within_the_limit_is_not_reported() {
    warnings();
    let mut s = Scheduler::builder().virtual_clock().step_limit(Duration::from_secs(3600)).build();
    s.activate(Worker { tag: "W", turns: 3, naps: &[] });
    s.run().unwrap();
    assert_eq!(warnings(), [""; 0]);
    said();
}

#[test]
fn s29_a_scheduler_can_be_made_immortal_and_mortal_again() {
    let mut s = scheduler();
    s.immortalise();
    s.activate(Fails { by_panic: false });
    s.run().unwrap();
    s.mortalise();
    s.activate(Fails { by_panic: false });
    s.run().unwrap_err();
}

#[test]
fn s29_the_failure_of_a_supervised_child_is_its_parents_business_and_not_the_runs() {
    for by_panic in [false, true] {
        let mut s = scheduler();
        s.activate(act(async move |cx: &Context| {
            let child = cx.add_child(Fails { by_panic });
            cx.supervise(&child);
            cx.activate(&child);
            while !child.is_stopped() {
                cx.pause().await;
            }
            let failure = cx.failure_of(&child).expect("it failed");
            assert_eq!(failure.component(), child.name());
            assert!(failure.to_string().contains("the disk is"), "{failure}");
            say!("parent goes on");
            Ok(())
        }));
        s.activate(Worker { tag: "other", turns: 4, naps: &[] });
        s.run().unwrap();
        let (other, parent): (Vec<_>, Vec<_>) =
            said().into_iter().partition(|line| line.starts_with("other"));
        assert_eq!((other.len(), parent.len()), (4, 1));
    }
}

#[test]
fn s29_a_failure_goes_up_the_family_to_the_nearest_supervised_one_and_ends_all_of_it() {
    let mut s = scheduler();
    let [top, ward, failing, sibling] = {
        let top = s.add(act(async |cx| {
            let ward = cx.children()[0].clone();
            cx.supervise(&ward);
            while !ward.is_stopped() {
                cx.pause().await;
            }
            say!("{}", cx.failure_of(&ward).expect("it failed"));
            Ok(())
        }));
        let ward = s.context(&top).add_child(Worker { tag: "ward", turns: 9, naps: &[1] });
        let failing = s.context(&ward).add_child(Fails { by_panic: false });
        let sibling = s.context(&ward).add_child(Worker { tag: "sibling", turns: 9, naps: &[1] });
        [top, ward, failing, sibling]
    };
    for component in [&top, &ward, &failing, &sibling] {
        s.activate(component);
    }
    s.run().unwrap();
    assert!(ward.is_stopped() && sibling.is_stopped());
    let mut lines = said();
    let failure = lines.pop().unwrap();
    assert!(failure.contains(&failing.name()) && failure.contains("the disk is full"), "{failure}");
    assert_eq!(lines, ["ward turn 1", "ward pauses", "sibling turn 1", "sibling pauses"]);
}

#[test]
fn s30_a_step_that_does_not_return_is_reported_while_it_lasts_with_its_component_and_where_it_was_made() {
    let mut s = Scheduler::builder().step_limit(ms(20)).build();
    let stuck = s.add(act(async |_| {
        say!("before");
        // It goes on when it was reported, and would fail if it were not.
        let told = TOLD.take().expect("it is there").recv_timeout(Duration::from_secs(60))?;
        say!("{told}");
        Ok(())
    }));
    TOLD.set(Some(lines_with(&format!("{stuck} (made at tests/semantics/faults.rs:"))));
    s.activate(stuck);
    s.run().unwrap();
    let said = said();
    assert!(said[1].contains("which has not ended"), "{said:?}");
}

thread_local! {
    static TOLD: RefCell<Option<Receiver<String>>> = const { RefCell::new(None) };
}
