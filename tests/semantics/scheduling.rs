//! In which order things run: promises S1 to S7 and S11.

use std::future::Future;
use std::pin::pin;
use std::task;

use axon::Scheduler;

use crate::stage::{Clock, Still, Worker, act, ms, said, say, scheduler};

#[test]
fn s01_each_pass_is_one_step_of_each_in_the_order_of_activation() {
    let mut s = scheduler();
    for (tag, turns) in [("C", 3), ("A", 1), ("B", 2)] {
        s.activate(Worker { tag, turns, naps: &[] });
    }
    assert!(s.run_pass().unwrap());
    assert_eq!(said(), ["C turn 1", "A turn 1", "B turn 1"]);
    assert!(s.run_pass().unwrap());
    assert_eq!(said(), ["C turn 2", "B turn 2"], "A ended in its second step and disturbs nobody");
    s.run().unwrap();
    assert_eq!(said(), ["C turn 3"]);
}

#[test]
fn s01_a_scheduler_can_run_again_after_it_has_returned() {
    let mut s = scheduler();
    s.run().unwrap();
    s.activate(Worker { tag: "A", turns: 1, naps: &[] });
    s.run().unwrap();
    s.activate(Worker { tag: "B", turns: 1, naps: &[] });
    s.run().unwrap();
    assert_eq!(said(), ["A turn 1", "B turn 1"]);
}

#[test]
fn s02_newcomers_run_in_the_next_pass_after_those_already_there_in_the_order_asked_for() {
    let mut s = scheduler();
    s.activate(Clock { passes: 3 });
    s.activate(act(async |cx| {
        let prepared = cx.add(Worker { tag: "y", turns: 1, naps: &[] });
        cx.activate(Worker { tag: "x", turns: 1, naps: &[] });
        cx.activate(prepared);
        say!("maker has asked");
        cx.yield_now().await;
        say!("maker again");
        Ok(())
    }));
    s.activate(Worker { tag: "T", turns: 2, naps: &[] });
    s.run().unwrap();
    assert_eq!(
        said(),
        ["-- pass 1", "maker has asked", "T turn 1", "-- pass 2", "maker again", "T turn 2", "x turn 1"]
            .into_iter()
            .chain(["y turn 1", "-- pass 3"])
            .collect::<Vec<_>>()
    );
}

#[test]
fn s02_activating_twice_makes_one_thread_of_it() {
    let mut s = scheduler();
    let worker = s.activate(Worker { tag: "W", turns: 2, naps: &[] });
    s.activate(worker.clone());
    s.activate(act(async move |cx| {
        cx.activate(worker);
        Ok(())
    }));
    s.run().unwrap();
    assert_eq!(said(), ["W turn 1", "W turn 2"]);
}

#[test]
fn s03_a_pause_takes_effect_when_control_is_handed_over_and_not_before() {
    let mut s = scheduler();
    let sleeper = s.activate(act(async |cx| {
        cx.request_pause();
        say!("asked for a pause, still running");
        cx.yield_now().await;
        say!("woken");
        Ok(())
    }));
    s.activate(Clock { passes: 4 });
    s.activate(act(async move |cx| {
        cx.yield_now().await;
        cx.yield_now().await;
        cx.unpause(&sleeper);
        Ok(())
    }));
    s.run().unwrap();
    assert_eq!(
        said(),
        ["asked for a pause, still running", "-- pass 1", "-- pass 2", "-- pass 3", "-- pass 4", "woken"]
    );
}

#[test]
fn s03_a_pause_that_was_asked_for_is_taken_once_and_by_nobody_else() {
    let mut s = scheduler();
    s.activate(act(async |cx| {
        cx.request_pause();
        Ok(())
    }));
    s.activate(Worker { tag: "next in the queue", turns: 2, naps: &[] });
    let twice = s.activate(act(async |cx| {
        cx.request_pause();
        cx.request_pause();
        cx.pause().await;
        cx.yield_now().await;
        say!("went on");
        Ok(())
    }));
    s.run_pass().unwrap();
    s.run_pass().unwrap();
    assert_eq!(said(), ["next in the queue turn 1", "next in the queue turn 2"]);
    s.context(&twice).unpause(&twice);
    s.run().unwrap();
    assert_eq!(said(), ["went on"], "many requests in one turn are one pause");
}

#[test]
fn s04_a_wake_in_the_pass_of_the_pause_wins_and_the_place_in_the_queue_is_kept() {
    let mut s = scheduler();
    s.activate(Worker { tag: "A", turns: 2, naps: &[] });
    let b = s.activate(Worker { tag: "B", turns: 2, naps: &[1] });
    s.activate(Worker { tag: "C", turns: 2, naps: &[] });
    s.activate(act(async move |cx| {
        cx.unpause(&b);
        Ok(())
    }));
    s.run().unwrap();
    assert_eq!(said(), ["A turn 1", "B turn 1", "B pauses", "C turn 1", "A turn 2", "B turn 2", "C turn 2"]);
}

#[test]
fn s04_a_wake_before_the_pause_in_the_same_pass_wins_too() {
    let mut s = scheduler();
    let b = s.add(Worker { tag: "B", turns: 2, naps: &[1] });
    let early = b.clone();
    s.activate(act(async move |cx| {
        cx.unpause(&early);
        say!("woken before it pauses");
        Ok(())
    }));
    s.activate(Worker { tag: "A", turns: 2, naps: &[] });
    s.activate(b);
    s.activate(Worker { tag: "C", turns: 2, naps: &[] });
    s.run().unwrap();
    assert_eq!(
        said(),
        [
            "woken before it pauses",
            "A turn 1",
            "B turn 1",
            "B pauses",
            "C turn 1",
            "A turn 2",
            "B turn 2",
            "C turn 2"
        ]
    );
}

#[test]
fn s04_who_reads_a_message_of_this_pass_and_pauses_gets_one_more_turn() {
    let mut s = scheduler();
    let sender = s.add(act(async |cx| {
        cx.send("outbox", 1)?;
        Ok(())
    }));
    let reader = s.add(act(async |cx| {
        assert_eq!(cx.recv_as::<i32>("inbox")?, Some(1));
        cx.pause().await;
        say!("a spurious turn with {} unread", cx.data_ready("inbox"));
        Ok(())
    }));
    s.context(&reader).link((&sender, "outbox"), (&reader, "inbox")).unwrap();
    s.activate(sender);
    s.activate(reader);
    s.run().unwrap();
    assert_eq!(said(), ["a spurious turn with 0 unread"]);
}

#[test]
fn s05_a_real_sleeper_returns_at_the_end_of_the_queue() {
    let mut s = scheduler();
    s.activate(Worker { tag: "A", turns: 4, naps: &[] });
    let b = s.activate(Worker { tag: "B", turns: 3, naps: &[1] });
    s.activate(Worker { tag: "C", turns: 4, naps: &[] });
    s.activate(act(async move |cx| {
        cx.yield_now().await;
        cx.unpause(&b);
        Ok(())
    }));
    s.run().unwrap();
    let all =
        ["A turn 1", "B turn 1", "B pauses", "C turn 1", "A turn 2", "C turn 2", "A turn 3", "C turn 3"];
    let rest = ["B turn 2", "A turn 4", "C turn 4", "B turn 3"];
    assert_eq!(said(), [all.as_slice(), rest.as_slice()].concat());
}

#[test]
fn s05_sleepers_return_in_the_order_of_their_wakes_and_twice_woken_is_once() {
    let mut s = scheduler();
    let [a, b, c] = ["A", "B", "C"].map(|tag| s.activate(Worker { tag, turns: 3, naps: &[1] }));
    s.activate(act(async move |cx| {
        cx.yield_now().await;
        for sleeper in [&c, &a, &c, &b] {
            cx.unpause(sleeper);
        }
        said();
        Ok(())
    }));
    s.run().unwrap();
    assert_eq!(said(), ["C turn 2", "A turn 2", "B turn 2", "C turn 3", "A turn 3", "B turn 3"]);
}

#[test]
fn s06_a_wake_while_awake_is_forgotten_with_its_pass() {
    let mut s = scheduler();
    let busy = s.activate(act(async |cx| {
        cx.yield_now().await;
        cx.pause().await;
        say!("woken");
        Ok(())
    }));
    s.activate(act(async move |cx| {
        cx.unpause(&busy);
        for pass in 1..=4 {
            say!("-- pass {pass}");
            cx.yield_now().await;
        }
        say!("now");
        cx.unpause(&busy);
        Ok(())
    }));
    s.run().unwrap();
    assert_eq!(said(), ["-- pass 1", "-- pass 2", "-- pass 3", "-- pass 4", "now", "woken"]);
}

#[test]
fn s07_waking_what_is_not_active_neither_activates_it_nor_is_remembered() {
    let mut s = scheduler();
    let sleeper = s.add(act(async |cx| {
        say!("first turn");
        cx.pause().await;
        say!("woken");
        Ok(())
    }));
    let waker = s.add(Still);
    s.context(&waker).unpause(&sleeper);
    s.run().unwrap();
    assert!(!sleeper.is_active() && !sleeper.is_stopped());
    assert_eq!(said(), [""; 0]);

    s.activate(sleeper);
    s.run_pass().unwrap();
    s.run_pass().unwrap();
    assert_eq!(said(), ["first turn"], "the wake before its activation is gone");
}

#[test]
fn s07_a_pause_of_what_is_not_active_does_not_keep_it_from_running_later() {
    let mut s = scheduler();
    let worker = s.add(Worker { tag: "W", turns: 1, naps: &[] });
    {
        let cx = s.context(&worker);
        let nap = pin!(cx.pause());
        let _ = nap.poll(&mut task::Context::from_waker(task::Waker::noop()));
    }
    s.activate(worker);
    s.run().unwrap();
    assert_eq!(said(), ["W turn 1"]);
}

#[test]
fn s07_waking_or_activating_what_has_ended_has_no_effect() {
    let mut s = scheduler();
    let worker = s.activate(Worker { tag: "W", turns: 1, naps: &[] });
    s.run().unwrap();
    assert!(worker.is_stopped() && !worker.is_active());
    let other = s.add(Still);
    s.context(&other).unpause(&worker);
    s.run().unwrap();
    assert_eq!(said(), ["W turn 1"]);
    assert!(worker.is_stopped() && !worker.is_active());
}

#[test]
fn s11_slow_motion_puts_its_delay_before_each_pass() {
    let mut s = Scheduler::builder().virtual_clock().slow_motion(ms(250)).build();
    s.activate(act(async |cx| {
        let start = cx.now();
        for _ in 0..3 {
            cx.yield_now().await;
            say!("{:?}", cx.now() - start);
        }
        Ok(())
    }));
    s.run().unwrap();
    assert_eq!(said(), ["250ms", "500ms", "750ms"]);
}
