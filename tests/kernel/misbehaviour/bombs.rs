//! What panics outside any step, or panics twice: none of it escapes a run, nor ends the program.

use std::fmt;
use std::panic::panic_any;

use axon::{Component, ComponentRef, Context, RunError, Scheduler};

use crate::stage::{Still, Worker, act, blocks, said, say, scheduler, warnings};

/// Panics when it is dropped.
#[derive(Debug)]
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("the bomb went off");
    }
}

/// Panics when it is dropped, with another of its kind.
#[derive(Debug)]
struct Chain;

impl Drop for Chain {
    fn drop(&mut self) {
        panic_any(Chain);
    }
}

/// An error that panics when it is shown.
#[derive(Debug)]
struct Unspeakable;

impl fmt::Display for Unspeakable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("words fail it");
    }
}

impl std::error::Error for Unspeakable {}

/// An error that panics when it is dropped.
#[derive(Debug)]
struct Fatal(#[allow(dead_code)] Bomb);

impl fmt::Display for Fatal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fatal error")
    }
}

impl std::error::Error for Fatal {}

const WITNESS: Worker = Worker { tag: "witness", turns: 5, naps: &[] };

fn immortal() -> Scheduler {
    Scheduler::builder().virtual_clock().immortal().build()
}

/// Ends and leaves bombs unread, so many.
fn leaves(s: &Scheduler, bombs: usize) -> ComponentRef {
    let leaves = s.activate(act(async |cx| {
        cx.yield_now().await;
        Ok(())
    }));
    for _ in 0..bombs {
        s.context(&leaves).deliver_to(&leaves, "inbox", Bomb).unwrap();
    }
    leaves
}

#[test]
fn bombs_that_lie_unread_in_the_box_of_one_that_ends_are_logged_and_harm_nobody() {
    for bombs in [1, 3] {
        warnings();
        let mut s = scheduler();
        s.activate(WITNESS);
        let name = leaves(&s, bombs).name();
        s.run().unwrap();
        assert_eq!(said().len(), 5, "the others go on");
        let told = format!("what {name} had not read panicked when it was dropped: the bomb went off");
        assert!(warnings().contains(&told));
    }
}

#[test]
fn bombs_in_a_scheduler_that_is_dropped_do_not_escape() {
    let s = scheduler();
    let kept = leaves(&s, 3);
    let never_run = s.add(Mined(Bomb));
    s.context(&kept).tracker().track_value("bomb", Bomb).unwrap();
    s.remote().deliver(&kept, "inbox", Bomb).unwrap();
    drop(s);
    drop((kept, never_run));

    let s = scheduler();
    let kept = leaves(&s, 3);
    let cx = s.context(&kept);
    drop(s);
    drop(cx);
}

/// Its own value panics when it is dropped.
struct Mined(#[allow(dead_code)] Bomb);

impl Component for Mined {
    async fn main(&mut self, _: &Context) -> axon::Result {
        Ok(())
    }
}

#[test]
fn a_bomb_in_one_that_was_never_activated_is_its_failure_when_nobody_refers_to_it_any_more() {
    let mut s = scheduler();
    s.activate(WITNESS);
    let name = s.add(Mined(Bomb)).name();
    assert_eq!(s.run().unwrap_err().to_string(), format!("{name} failed: panicked: the bomb went off"));

    let mut s = immortal();
    let boss = s.add(Still);
    let mined = s.add(Mined(Bomb));
    s.context(&boss).stop(&mined);
    s.run().unwrap();
}

#[test]
fn what_a_remote_cannot_deliver_does_not_escape_when_it_is_dropped() {
    let mut s = immortal();
    let (ended, keeper) = (s.activate(Still), s.activate(WITNESS));
    let remote = s.remote();
    remote.deliver(&keeper, "no such box", Bomb).unwrap();
    s.run_pass().unwrap();
    remote.deliver(&ended, "inbox", Bomb).unwrap();
    s.run_pass().unwrap();
    remote.deliver(&keeper, "inbox", Bomb).unwrap();
    drop(s);
    remote.deliver(&keeper, "inbox", Bomb).unwrap_err();
}

#[test]
fn bombs_in_the_messages_of_a_deleted_box_are_the_failure_of_who_deleted_it() {
    let mut s = scheduler();
    let who = s.activate(act(async |cx| {
        let added = cx.add_inbox("added");
        for _ in 0..3 {
            cx.deliver_to(cx.me(), &added, Bomb)?;
        }
        drop(cx.delete_inbox(&added)?);
        Ok(())
    }));
    assert_eq!(s.run().unwrap_err().to_string(), format!("{who} failed: panicked: the bomb went off"));
}

/// Fails with this error.
fn fails(error: fn() -> axon::Error) -> impl Component {
    act(async move |_: &Context| Err(error()))
}

type MakeError = fn() -> axon::Error;

const ERRORS: [(MakeError, &str); 2] = [
    (|| Box::new(Unspeakable), "with an error that panics when it is shown: words fail it"),
    (|| Box::new(Fatal(Bomb)), "a fatal error"),
];

#[test]
fn an_error_that_panics_when_it_is_shown_or_dropped_is_told_all_the_same() {
    for (error, text) in ERRORS {
        warnings();
        let mut s = immortal();
        s.activate(WITNESS);
        let who = s.activate(fails(error));
        s.run().unwrap();
        assert_eq!(said().len(), 5, "the others go on");
        assert!(warnings()[0].contains(&format!("{who} failed: {text}")));

        let mut s = scheduler();
        s.activate(act(async move |cx| {
            for _ in 0..2 {
                let child = cx.add_child(fails(error));
                cx.supervise(&child);
                cx.activate(&child);
                while !child.is_stopped() {
                    cx.pause().await;
                }
                say!("{}", cx.failure_of(&child).unwrap());
                cx.remove_child(&child);
            }
            Ok(())
        }));
        // The second failure, which nobody remembers, goes when the child is forgotten.
        let ended = s.run();
        assert!(said().iter().all(|line| line.ends_with(text)));
        std::mem::forget(ended);
    }
    let error = {
        let mut s = scheduler();
        s.activate(fails(ERRORS[0].0));
        s.run().unwrap_err()
    };
    assert!(error.to_string().ends_with(ERRORS[0].1) && matches!(error, RunError::Failed { .. }));
}

#[test]
fn a_panic_payload_that_panics_when_it_is_dropped_is_a_failure_like_any_other() {
    let mut s = immortal();
    s.activate(WITNESS);
    s.activate(act(async |_| panic_any(Chain)));
    s.activate(act(async |_| panic_any(Bomb)));
    s.activate(blocks(|_| panic_any(Chain)));
    s.run().unwrap();
    assert_eq!(said().len(), 5);
}

#[test]
fn a_chain_of_bombs_in_a_component_ends_in_one_failure() {
    let mut s = scheduler();
    let chained = s.activate(act(async |cx| {
        let _held = Chain;
        cx.yield_now().await;
        Ok(())
    }));
    for _ in 0..3 {
        s.context(&chained).deliver_to(&chained, "inbox", Chain).unwrap();
    }
    let error = s.run().unwrap_err();
    assert_eq!(error.to_string(), format!("{chained} failed: panicked: a panic without text"));
    drop((s, chained));
}
