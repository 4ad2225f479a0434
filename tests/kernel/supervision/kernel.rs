//! `supervise` and `failure_of`: what the kernel promises a parent.

use std::panic::{AssertUnwindSafe, catch_unwind};

use axon::chassis::Pipeline;
use axon::util::PassThrough;
use axon::{Component, ComponentRef, Context, error::Cause};

use crate::stage::{Still, Worker, act, said, say, scheduler, warnings};

/// Fails in its first turn, by an error or by a panic.
fn failing(by_panic: bool) -> impl Component {
    act(async move |_: &Context| {
        assert!(!by_panic, "the disk is on fire");
        Err("the disk is full".into())
    })
}

/// Panics when it is dropped.
struct Mine;

impl Drop for Mine {
    fn drop(&mut self) {
        panic!("a mine went off");
    }
}

async fn until_ended(cx: &Context, child: &ComponentRef) {
    while !child.is_stopped() {
        cx.pause().await;
    }
}

#[test]
fn the_failure_of_a_supervised_child_is_told_to_its_parent_and_the_run_goes_on() {
    for by_panic in [false, true] {
        let mut s = scheduler();
        s.activate(Worker { tag: "other", turns: 3, naps: &[] });
        let parent = s.activate(act(async move |cx: &Context| {
            let child = cx.add_child(failing(by_panic));
            cx.supervise(&child);
            assert!(cx.failure_of(&child).is_none());
            cx.activate(&child);
            until_ended(cx, &child).await;
            let failure = cx.failure_of(&child).expect("it has failed");
            assert_eq!(failure.component(), child.name());
            assert_eq!(failure.path(), format!("{} / {child}", cx.name()));
            assert_eq!(matches!(failure.cause(), Cause::Panic(_)), by_panic);
            say!("{}", failure.to_string().rsplit(": ").next().unwrap());
            Ok(())
        }));
        s.run().expect("it is the parent's business");
        assert!(parent.is_stopped());
        let why = if by_panic { "the disk is on fire" } else { "the disk is full" };
        assert!(said().contains(&why.to_owned()));
    }
}

#[test]
fn who_ends_in_order_or_is_stopped_has_no_failure() {
    let mut s = scheduler();
    s.activate(act(async |cx| {
        for is_stopped in [false, true] {
            let child = cx.add_child(Worker { tag: "child", turns: 2, naps: &[] });
            cx.supervise(&child);
            cx.activate(&child);
            if is_stopped {
                cx.stop(&child);
            }
            until_ended(cx, &child).await;
            assert!(cx.failure_of(&child).is_none());
        }
        Ok(())
    }));
    s.run().unwrap();
    said();
}

#[test]
fn a_failure_goes_up_to_the_nearest_supervised_ancestor_and_all_its_family_is_stopped() {
    let mut s = scheduler();
    s.activate(act(async |cx| {
        let row = Pipeline::new().then(PassThrough::new()).then(failing(false)).then(PassThrough::new());
        let child = cx.add_child(row);
        cx.supervise(&child);
        cx.activate(&child);
        cx.yield_now().await;
        cx.yield_now().await;
        until_ended(cx, &child).await;
        let failure = cx.failure_of(&child).expect("its second component failed");
        assert!(failure.component().starts_with("Act_"), "{failure}");
        assert!(failure.path().contains(&child.name()), "{failure}");
        Ok(())
    }));
    s.run().expect("nobody sleeps on for ever");
}

#[test]
fn a_panic_in_a_destructor_is_the_supervisors_business_too() {
    let mut s = scheduler();
    s.activate(act(async |cx| {
        let child = cx.add_child(act(async |cx| {
            let _mine = Mine;
            cx.pause().await;
            Ok(())
        }));
        cx.supervise(&child);
        cx.activate(&child);
        cx.yield_now().await;
        cx.yield_now().await;
        cx.stop(&child);
        cx.yield_now().await;
        say!("{}", cx.failure_of(&child).expect("it panicked").cause());
        Ok(())
    }));
    s.run().unwrap();
    assert_eq!(said(), ["panicked: a mine went off"]);
}

#[test]
fn when_the_supervisor_has_ended_or_let_go_of_the_child_its_failure_ends_the_run() {
    for lets_go in [false, true] {
        let mut s = scheduler();
        s.activate(act(async move |cx: &Context| {
            let child = cx.add_child(act(async |cx| {
                cx.yield_now().await;
                cx.yield_now().await;
                Err("nobody cares".into())
            }));
            cx.supervise(&child);
            cx.activate(&child);
            if lets_go {
                cx.remove_child(&child);
                cx.pause_for(std::time::Duration::from_secs(1)).await;
            }
            Ok(())
        }));
        assert!(s.run().unwrap_err().to_string().ends_with("nobody cares"));
    }
}

#[test]
fn only_a_child_can_be_supervised() {
    let s = scheduler();
    let [one, other] = [0; 2].map(|_| s.add(Still));
    let tried = catch_unwind(AssertUnwindSafe(|| s.context(&one).supervise(&other)));
    let text = *tried.unwrap_err().downcast::<String>().unwrap();
    assert!(text.contains(&one.name()) && text.contains(&other.name()), "{text}");
}

#[test]
fn an_immortal_scheduler_leaves_supervised_failures_to_the_supervisor() {
    warnings();
    let mut s = scheduler();
    s.immortalise();
    s.activate(act(async |cx| {
        let child = cx.add_child(failing(false));
        cx.supervise(&child);
        cx.activate(&child);
        until_ended(cx, &child).await;
        assert!(cx.failure_of(&child).is_some());
        Ok(())
    }));
    s.run().unwrap();
    assert_eq!(warnings(), [""; 0], "it is not the scheduler's to tell");
}

#[test]
fn of_two_parents_the_one_that_supervises_is_told_and_the_other_need_not_know() {
    let mut s = scheduler();
    let child = s.add(failing(false));
    s.activate(act({
        let child = child.clone();
        async move |cx: &Context| {
            cx.add_child(&child);
            cx.pause_for(std::time::Duration::from_secs(1)).await;
            Ok(())
        }
    }));
    s.activate(act(async move |cx: &Context| {
        cx.add_child(&child);
        cx.supervise(&child);
        cx.yield_now().await;
        cx.activate(&child);
        until_ended(cx, &child).await;
        assert!(cx.failure_of(&child).is_some());
        Ok(())
    }));
    s.run().unwrap();
}
