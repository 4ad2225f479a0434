//! Components that others hold: promise S7a.

use axon::prelude::*;
use axon::util::Received;
use axon::{Context, RunError, Scheduler};

use crate::stage::{Worker, act, ms, said, say, scheduler};

fn worker() -> Worker {
    Worker { tag: "worker", turns: 9, naps: &[] }
}

/// Runs some passes, and returns what was said.
fn passes(scheduler: &mut Scheduler, number: u32) -> Vec<String> {
    for _ in 0..number {
        scheduler.run_pass().unwrap();
    }
    said()
}

/// A scheduler with one more component, in whose name something is held.
fn with_holder() -> (Scheduler, Context) {
    let scheduler = scheduler();
    let holder = scheduler.activate(act(async |cx| {
        loop {
            cx.yield_now().await;
        }
    }));
    let cx = scheduler.context(&holder);
    (scheduler, cx)
}

#[test]
fn s07a_who_is_held_takes_no_turn_and_goes_on_when_it_is_let_go() {
    let (mut s, cx) = with_holder();
    let worker = s.activate(worker());
    s.activate(Worker { tag: "other", turns: 9, naps: &[] });
    assert_eq!(passes(&mut s, 1), ["worker turn 1", "other turn 1"]);
    let hold = cx.hold(&worker).unwrap();
    assert_eq!(passes(&mut s, 2), ["other turn 2", "other turn 3"]);
    assert!(cx.is_paused(&worker));
    let view = s.snapshot().component(worker.id()).unwrap().clone();
    assert_eq!((view.held, view.waits.as_deref()), (true, Some("is held")));
    drop(hold);
    assert_eq!(passes(&mut s, 1), ["other turn 4", "worker turn 2"]);
    assert!(!s.snapshot().component(worker.id()).unwrap().held);
}

#[test]
fn s07a_a_step_is_one_turn() {
    let (mut s, cx) = with_holder();
    let worker = s.activate(worker());
    let hold = cx.hold(&worker).unwrap();
    assert!(passes(&mut s, 2).is_empty());
    hold.step();
    assert_eq!(passes(&mut s, 3), ["worker turn 1"]);
    hold.step();
    hold.step();
    assert_eq!(passes(&mut s, 5), ["worker turn 2", "worker turn 3"]);
    hold.step();
    drop(hold);
    assert_eq!(passes(&mut s, 2), ["worker turn 4", "worker turn 5"]);
}

#[test]
fn s07a_a_component_that_steps_another_in_its_own_turn_gives_it_one_turn_in_the_next_pass() {
    let mut s = scheduler();
    let worker = s.add(worker());
    let held = worker.clone();
    s.activate(act(async move |cx| {
        assert!(cx.hold(cx.me()).is_none());
        let hold = cx.hold(&held).unwrap();
        for pass in 1..=6 {
            say!("-- {pass}");
            if pass % 2 == 0 {
                hold.step();
            }
            cx.yield_now().await;
        }
        Ok(())
    }));
    s.activate(worker);
    s.run().unwrap();
    let lines = ["-- 1", "-- 2", "-- 3", "worker turn 1", "-- 4", "-- 5", "worker turn 2", "-- 6"];
    let rest = (3..=9).map(|turn| format!("worker turn {turn}"));
    assert_eq!(said(), lines.map(String::from).into_iter().chain(rest).collect::<Vec<_>>());
}

#[test]
fn s07a_messages_wait_and_a_step_of_a_sleeper_is_the_turn_that_a_message_brings() {
    let (mut s, cx) = with_holder();
    let received = Received::<u32>::new();
    let sink = s.activate(DataSink::new(&received));
    passes(&mut s, 2);
    let hold = cx.hold(&sink).unwrap();
    cx.deliver_to(&sink, "inbox", 1u32).unwrap();
    passes(&mut s, 3);
    assert!(received.take().is_empty());
    hold.step();
    passes(&mut s, 3);
    assert_eq!(received.take(), [1]);
    hold.step();
    passes(&mut s, 3);
    cx.deliver_to(&sink, "inbox", 2u32).unwrap();
    passes(&mut s, 3);
    cx.deliver_to(&sink, "inbox", 3u32).unwrap();
    passes(&mut s, 3);
    assert_eq!(received.take(), [2]);
    drop(hold);
    passes(&mut s, 1);
    assert_eq!(received.take(), [3]);
}

#[test]
fn s07a_who_is_held_by_two_waits_for_both_and_one_that_has_ended_is_held_by_nobody() {
    let (mut s, cx) = with_holder();
    let worker = s.activate(worker());
    let (one, other) = (cx.hold(&worker).unwrap(), cx.hold(&worker).unwrap());
    drop(one);
    assert!(passes(&mut s, 2).is_empty());
    cx.stop(&worker);
    passes(&mut s, 1);
    assert!(worker.is_stopped());
    other.step();
    assert!(cx.hold(&worker).is_none());
    drop(other);
    assert!(passes(&mut s, 2).is_empty());
}

#[test]
fn s07a_who_is_suspended_at_a_full_box_and_held_goes_on_when_neither_holds_it_up() {
    let (mut s, cx) = with_holder();
    let sender = s.activate(act(async |cx| {
        for number in 0..1000u32 {
            cx.send("outbox", number)?;
        }
        cx.yield_now().await;
        say!("went on");
        Ok(())
    }));
    let reader = s.activate(act(async |cx| {
        while !cx.is_any_ready() || cx.data_ready("inbox") > 0 {
            cx.drain::<u32>("inbox").for_each(drop);
            cx.pause().await;
        }
        Ok(())
    }));
    let reading = cx.hold(&reader).unwrap();
    cx.link((&sender, "outbox"), (&reader, "inbox")).unwrap();
    passes(&mut s, 3);
    let sending = cx.hold(&sender).unwrap();
    drop(reading);
    assert!(passes(&mut s, 5).is_empty());
    drop(sending);
    assert_eq!(passes(&mut s, 2), ["went on"]);
}

#[test]
fn s07a_a_run_in_which_the_others_sleep_for_ever_is_stuck_and_names_who_is_held() {
    let mut s = scheduler();
    let worker = s.activate(worker());
    let held = worker.clone();
    s.activate(act(async move |cx| {
        let _hold = cx.hold(&held);
        cx.next::<u32>("inbox").await?;
        Ok(())
    }));
    let Err(RunError::Stuck(report)) = s.run() else { panic!("it is stuck") };
    assert!(report.to_string().contains("Worker_1 is held"), "{report}");
}

#[test]
fn s07a_an_orderly_end_lets_everybody_go() {
    let mut s = scheduler();
    let worker = s.activate(act(async |cx| {
        while cx.told_to_end().is_none() {
            cx.pause().await;
        }
        say!("ended in order");
        Ok(())
    }));
    s.activate(act(async move |cx| {
        cx.declare_service();
        let _hold = cx.hold(&worker);
        cx.sleep(ms(10)).await;
        cx.stop_scheduler_within(ms(1000));
        while cx.told_to_end().is_none() {
            cx.pause().await;
        }
        Ok(())
    }));
    s.run().unwrap();
    assert_eq!(said(), ["ended in order"]);
}
