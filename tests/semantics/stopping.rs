//! Being stopped by another, and the end of everything: promises S27a and S28.

use axon::{Component, Context, ProducerFinished, RunError, ShutdownMicroprocess};

use crate::stage::{Still, Worker, act, drained, ms, said, say, scheduler};

/// Writes a line when it is dropped.
struct Guard(&'static str);

impl Drop for Guard {
    fn drop(&mut self) {
        say!("{} dropped", self.0);
    }
}

/// Keeps a guard alive across its turns, asleep if `naps`.
struct Holds {
    tag: &'static str,
    naps: bool,
}

impl Component for Holds {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let _guard = Guard(self.tag);
        loop {
            if self.naps {
                cx.pause().await;
            } else {
                cx.yield_now().await;
            }
            say!("{} turn", self.tag);
        }
    }
}

#[test]
fn s27a_who_is_stopped_awake_counts_as_ended_at_once_and_takes_no_further_turn() {
    let mut s = scheduler();
    let victim = s.add(Worker { tag: "victim", turns: 9, naps: &[] });
    let ended = victim.clone();
    s.activate(act(async move |cx: &Context| {
        cx.yield_now().await;
        cx.stop(&ended);
        say!("stopped: {}, active: {}", ended.is_stopped(), ended.is_active());
        Ok(())
    }));
    s.activate(victim);
    s.activate(Worker { tag: "other", turns: 2, naps: &[] });
    s.run().unwrap();
    assert_eq!(said(), ["victim turn 1", "other turn 1", "stopped: true, active: false", "other turn 2"]);
}

#[test]
fn s27a_stopping_a_sleeper_does_not_keep_the_run_alive_and_runs_its_destructors() {
    let mut s = scheduler();
    let victim = s.activate(Holds { tag: "victim", naps: true });
    s.activate(act(async move |cx| {
        for _ in 0..3 {
            cx.yield_now().await;
        }
        cx.stop(&victim);
        say!("stopped: {}", victim.is_stopped());
        Ok(())
    }));
    s.run().expect("in Axon a stopped sleeper keeps the run for ever");
    let mut lines = said();
    lines.sort();
    assert_eq!(lines, ["stopped: true", "victim dropped"]);
}

#[test]
fn s27a_what_a_stopped_component_owns_is_dropped_before_anybody_else_runs() {
    let mut s = scheduler();
    let victims = ["asleep", "awake"].map(|tag| s.add(Holds { tag, naps: tag == "asleep" }));
    let ended = victims.clone();
    s.activate(act(async move |cx: &Context| {
        cx.yield_now().await;
        cx.yield_now().await;
        for victim in &ended {
            cx.stop(victim);
        }
        say!("both stopped");
        Ok(())
    }));
    s.activate(act(async |cx| {
        cx.yield_now().await;
        cx.yield_now().await;
        say!("the next one runs");
        Ok(())
    }));
    for victim in victims {
        s.activate(victim);
    }
    s.run().unwrap();
    assert_eq!(
        said(),
        ["awake turn", "both stopped", "asleep dropped", "awake dropped", "the next one runs"]
    );
}

#[test]
fn s27a_a_sleeper_with_a_timer_that_is_stopped_is_not_waited_for() {
    let mut s = scheduler();
    let victim = s.activate(act(async |cx| {
        cx.sleep(ms(1_000_000)).await;
        say!("never");
        Ok(())
    }));
    s.activate(act(async move |cx| {
        let start = cx.now();
        cx.sleep(ms(1)).await;
        cx.stop(&victim);
        cx.sleep(ms(1)).await;
        say!("{:?}", cx.now() - start);
        Ok(())
    }));
    s.run().unwrap();
    assert_eq!(said(), ["2ms"]);
}

#[test]
fn s27a_who_is_stopped_wakes_its_parent_and_its_own_linkages_are_cut() {
    let mut s = scheduler();
    let [source, sink] = [0; 2].map(|_| s.add(Still));
    let ends = (source.clone(), sink.clone());
    let parent = s.activate(act(async move |cx: &Context| {
        let kid = cx.add_child(act(async move |cx: &Context| {
            cx.link((&ends.0, "outbox"), (&ends.1, "inbox"))?;
            loop {
                cx.pause().await;
            }
        }));
        cx.activate(kid.clone());
        while !kid.is_stopped() {
            cx.pause().await;
        }
        say!("parent woken, child stopped");
        Ok(())
    }));
    for _ in 0..4 {
        s.run_pass().unwrap();
    }
    s.context(&source).send("outbox", 1).unwrap();
    let kid = s.context(&parent).children()[0].clone();
    s.context(&source).stop(&kid);
    s.context(&source).send("outbox", 2).unwrap();
    s.run().unwrap();
    assert_eq!(said(), ["parent woken, child stopped"]);
    assert_eq!(drained(&s, &sink, "inbox"), "1");
}

#[test]
fn s27a_who_stops_itself_does_not_come_back_from_its_next_hand_over() {
    let mut s = scheduler();
    let itself = s.activate(act(async |cx| {
        let _guard = Guard("itself");
        cx.stop(cx.me());
        say!("stopped: {}, its step runs on", cx.me().is_stopped());
        cx.yield_now().await;
        say!("never");
        Ok(())
    }));
    s.run().unwrap();
    assert!(itself.is_stopped());
    assert_eq!(said(), ["stopped: true, its step runs on", "itself dropped"]);
}

#[test]
fn s27a_stopping_what_has_ended_has_no_effect() {
    let mut s = scheduler();
    let ended = s.activate(Still);
    s.run().unwrap();
    s.context(&ended).stop(&ended);
    s.run().unwrap();
    assert!(ended.is_stopped());
}

#[test]
fn s28_stopping_the_scheduler_drops_all_in_reverse_order_of_activation() {
    let mut s = scheduler();
    for (tag, naps) in [("first", false), ("second", true), ("third", true)] {
        s.activate(Holds { tag, naps });
    }
    s.activate(act(async |cx| {
        let _guard = Guard("stopper");
        cx.yield_now().await;
        cx.stop_scheduler();
        say!("stop asked for");
        cx.yield_now().await;
        say!("never");
        Ok(())
    }));
    s.activate(Holds { tag: "fifth", naps: false });
    s.run().unwrap();
    assert_eq!(
        said(),
        // The pass in which the stop was asked for is finished.
        ["first turn", "stop asked for", "fifth turn"].into_iter().chain(dropped()).collect::<Vec<_>>()
    );
}

fn dropped() -> [&'static str; 5] {
    ["fifth dropped", "stopper dropped", "third dropped", "second dropped", "first dropped"]
}

#[test]
fn s28_a_stop_from_outside_does_the_same() {
    let mut s = scheduler();
    let all = ["first", "second"].map(|tag| s.activate(Holds { tag, naps: true }));
    s.run_pass().unwrap();
    s.stop();
    assert_eq!(said(), ["second dropped", "first dropped"]);
    assert!(all.iter().all(axon::ComponentRef::is_stopped));
    s.run().unwrap();
}

#[test]
fn s28_a_scheduler_that_is_dropped_drops_its_components_in_the_same_order() {
    let mut s = scheduler();
    for tag in ["first", "second", "third"] {
        s.activate(Holds { tag, naps: true });
    }
    s.run_pass().unwrap();
    drop(s);
    assert_eq!(said(), ["third dropped", "second dropped", "first dropped"]);
}

#[test]
fn s28_after_a_stop_nobody_takes_a_turn_and_the_scheduler_can_be_used_again() {
    let mut s = scheduler();
    s.activate(Worker { tag: "old", turns: 5, naps: &[] });
    s.run_pass().unwrap();
    s.stop();
    s.run().unwrap();
    s.activate(Worker { tag: "new", turns: 1, naps: &[] });
    s.run().unwrap();
    assert_eq!(said(), ["old turn 1", "new turn 1"]);
}

#[test]
fn s28_an_orderly_stop_tells_all_and_is_no_error_when_all_end() {
    let mut s = scheduler();
    let polite = s.activate(act(async |cx| {
        let notice: ProducerFinished = cx.next("control").await?;
        say!("told that no more will come");
        cx.sleep(ms(50)).await;
        cx.send("signal", notice)?;
        Ok(())
    }));
    s.activate(act(async |cx| {
        cx.stop_scheduler_within(ms(100));
        Ok(())
    }));
    s.run().unwrap();
    assert!(polite.is_stopped());
    assert_eq!(said(), ["told that no more will come"]);
}

#[test]
fn s28_who_has_not_ended_by_the_deadline_is_stopped_and_named_with_its_path() {
    let mut s = scheduler();
    let parent = s.activate(act(async |cx| {
        cx.activate(cx.add_child(Holds { tag: "deaf", naps: true }));
        cx.next::<ProducerFinished>("control").await?;
        cx.next::<ShutdownMicroprocess>("control").await?;
        Ok(())
    }));
    s.run_pass().unwrap();
    let deaf = s.context(&parent).children()[0].clone();
    let remote = s.remote();
    s.activate(act(async move |cx: &Context| {
        remote.stop_within(ms(100))?;
        let start = cx.now();
        cx.next::<ProducerFinished>("control").await?;
        say!("told after {:?}", cx.now() - start);
        cx.next::<ShutdownMicroprocess>("control").await?;
        say!("told again after {:?}", cx.now() - start);
        Ok(())
    }));
    let error = s.run().unwrap_err();
    let text = error.to_string();
    assert!(text.contains(&deaf.name()) && text.contains("100ms"), "{text}");
    let RunError::Unfinished { components, deadline } = error else { panic!("{text}") };
    assert_eq!((components.len(), deadline), (1, ms(100)));
    assert!(deaf.is_stopped() && parent.is_stopped());
    assert_eq!(said(), ["told after 0ns", "told again after 80ms", "deaf turn", "deaf dropped"]);
}

#[test]
fn s27a_who_is_stopped_before_its_first_turn_takes_none_and_is_dropped() {
    let mut s = scheduler();
    s.activate(act(async |cx| {
        let owned = Guard("owned");
        let early = cx.activate(act(async move |_| {
            let owned = owned;
            say!("never {}", owned.0);
            Ok(())
        }));
        cx.stop(&early);
        say!("stopped: {}", early.is_stopped());
        cx.yield_now().await;
        say!("next turn");
        Ok(())
    }));
    s.run().unwrap();
    assert_eq!(said(), ["stopped: true", "owned dropped", "next turn"]);
}
