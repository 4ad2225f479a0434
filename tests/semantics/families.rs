//! Parents, children, and what an ended component leaves behind: promise S22.

use axon::{Component, Context, Scheduler, snapshot::ComponentState};

use crate::stage::{Clock, Still, Worker, act, drained, said, say, scheduler};

#[test]
fn s22_removing_a_child_cuts_the_linkages_that_the_parent_made_with_it_and_no_others() {
    let s = scheduler();
    let [parent, outsider] = [0; 2].map(|_| s.add(Still));
    let cx = s.context(&parent);
    let (kid, other) = (cx.add_child(Still), cx.add_child(Still));
    cx.link((&kid, "outbox"), (&parent, "inbox")).unwrap();
    cx.link((&parent, "outbox"), (&kid, "inbox")).unwrap();
    let kept = cx.link((&other, "outbox"), (&parent, "inbox")).unwrap();
    s.context(&outsider).link((&kid, "signal"), (&parent, "control")).unwrap();
    assert_eq!(cx.children(), [kid.clone(), other.clone()]);

    cx.remove_child(&kid);
    assert_eq!((cx.children(), cx.linkages()), (vec![other.clone()], vec![kept]));
    for (from, outbox) in [(&kid, "outbox"), (&parent, "outbox"), (&other, "outbox"), (&kid, "signal")] {
        s.context(from).send(outbox, 1).unwrap();
    }
    let held = [(&parent, "inbox"), (&kid, "inbox"), (&parent, "control")];
    assert_eq!(held.map(|(c, inbox)| drained(&s, c, inbox)), ["1", "-", "1"]);
}

#[test]
fn s22_the_end_of_a_removed_child_does_not_wake_its_former_parent() {
    let mut s = scheduler();
    let parent = s.activate(act(async |cx| {
        let kid = cx.add_child(Worker { tag: "kid", turns: 2, naps: &[] });
        cx.activate(kid.clone());
        cx.remove_child(&kid);
        cx.pause().await;
        say!("parent woken");
        Ok(())
    }));
    for _ in 0..6 {
        s.run_pass().unwrap();
    }
    assert_eq!(said(), ["kid turn 1", "kid turn 2"]);
    assert!(parent.is_active());
}

/// Links its outbox to the parent's inbox by itself, and ends.
struct Linker(axon::ComponentRef);

impl Component for Linker {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        cx.link((cx.me(), "outbox"), (&self.0, "inbox"))?;
        cx.send("outbox", 1)?;
        cx.yield_now().await;
        say!("child ends, stopped: {}", cx.me().is_stopped());
        Ok(())
    }
}

#[test]
fn s22_at_the_end_it_counts_as_stopped_its_parent_is_woken_and_its_linkages_are_cut() {
    let mut s = scheduler();
    s.activate(Clock { passes: 4 });
    let parent = s.add(act(async |cx| {
        let kid = cx.children()[0].clone();
        while !kid.is_stopped() {
            cx.pause().await;
            say!("parent woken, child stopped: {}, has {}", kid.is_stopped(), cx.data_ready("inbox"));
        }
        assert_eq!(cx.children(), [kid], "an ended child is a child until it is removed");
        Ok(())
    }));
    let kid = s.context(&parent).add_child(Linker(parent.clone()));
    s.activate(parent.clone());
    s.activate(kid.clone());
    s.run().unwrap();
    assert_eq!(
        said(),
        [
            "-- pass 1",
            // The child's message arrives in the pass of the parent's pause: a turn that brings nothing.
            "-- pass 2",
            "parent woken, child stopped: false, has 1",
            "child ends, stopped: false",
            "-- pass 3",
            "parent woken, child stopped: true, has 1",
            "-- pass 4"
        ]
    );
    s.context(&kid).send("outbox", 2).unwrap();
    assert_eq!(drained(&s, &parent, "inbox"), "1", "the linkage that the child made is gone");
}

#[test]
fn s22_a_parent_that_ends_leaves_its_child_running() {
    let mut s = scheduler();
    s.activate(act(async |cx| {
        let kid = cx.add_child(Worker { tag: "orphan", turns: 3, naps: &[] });
        cx.activate(kid.clone());
        cx.yield_now().await;
        say!("parent ends, child stopped: {}", kid.is_stopped());
        Ok(())
    }));
    s.run().unwrap();
    assert_eq!(
        said(),
        ["parent ends, child stopped: false", "orphan turn 1", "orphan turn 2", "orphan turn 3"]
    );
}

/// Sends a number each turn, eight in all.
struct Counts;

impl Component for Counts {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for number in 1..=8 {
            cx.send("outbox", number)?;
            cx.yield_now().await;
        }
        Ok(())
    }
}

/// Runs a maker of a linkage from `Counts` to a sink, each for its number of turns; what the sink then holds.
fn arrived(maker_turns: u32, sink_turns: u32) -> String {
    let mut s = scheduler();
    let source = s.add(Counts);
    let sink = s.add(Worker { tag: "sink", turns: sink_turns, naps: &[] });
    let ends = (source.clone(), sink.clone());
    s.activate(act(async move |cx: &Context| {
        cx.link((&ends.0, "outbox"), (&ends.1, "inbox"))?;
        for _ in 0..maker_turns {
            cx.yield_now().await;
        }
        Ok(())
    }));
    s.activate(source);
    s.activate(sink.clone());
    s.run().unwrap();
    drained(&s, &sink, "inbox")
}

#[test]
fn s22_a_linkage_dies_with_its_maker_and_not_with_its_ends() {
    assert_eq!(arrived(4, 12), "1,2,3,4", "both ends live on, the maker ended after four turns");
    assert_eq!(
        arrived(12, 3),
        "1,2,3,4",
        "the sink ended after three turns: the linkage is there, nobody hears"
    );
}

#[test]
fn s22_a_linkage_holds_the_boxes_of_an_ended_component_without_any_reference_to_it() {
    let mut s = scheduler();
    let source = s.add(Still);
    let sink = s.activate(Still);
    let cx = s.context(&source);
    cx.link((&source, "outbox"), (&sink, "inbox")).unwrap();
    drop(sink);
    cx.send("outbox", 1).unwrap();
    s.run().unwrap();
    // Others come and go: nobody takes the place of what the linkage holds.
    for _ in 0..10 {
        s.activate(Still);
    }
    s.run().unwrap();
    cx.send("outbox", 2).unwrap();
    let sink = cx.linkages()[0].sink().0.clone();
    assert!(sink.is_stopped());
    assert_eq!(drained(&s, &sink, "inbox"), "1");
}

/// Says when it is dropped.
struct Witness(&'static str);

impl Component for Witness {
    async fn main(&mut self, _: &Context) -> axon::Result {
        Ok(())
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        say!("{} is dropped", self.0);
    }
}

#[test]
fn s22_who_was_never_activated_ends_when_no_reference_linkage_or_parent_keeps_it_any_more() {
    let mut s = scheduler();
    let maker = s.add(Still);
    let cx = s.context(&maker);
    let (source, sink) = (s.add(Witness("the source")), s.add(Witness("the sink")));
    let linkage = cx.link((&source, "outbox"), (&sink, "inbox")).unwrap();
    cx.add_child(source);
    drop((cx.add_child(Witness("the child")), sink));
    s.run_pass().unwrap();
    cx.unlink(&linkage);
    s.run_pass().unwrap();
    assert_eq!(said(), [""; 0], "the value of the linkage keeps both");
    drop(linkage);
    s.run_pass().unwrap();
    assert_eq!(said(), ["the sink is dropped"], "the source is a child");
    cx.stop(&maker);
    s.run_pass().unwrap();
    assert_eq!(said(), ["the child is dropped", "the source is dropped"]);
}

#[test]
fn s22_the_snapshot_shows_an_ended_component_as_long_as_its_boxes_hold_something_or_are_linked() {
    let mut s = scheduler();
    let source = s.add(Still);
    let sink = s.activate(Still);
    let cx = s.context(&source);
    let linkage = cx.link((&source, "outbox"), (&sink, "inbox")).unwrap();
    cx.send("outbox", 1).unwrap();
    s.run().unwrap();
    let seen = |s: &Scheduler| {
        let snapshot = s.snapshot();
        let sink = snapshot.component(sink.id())?;
        Some((sink.state, sink.inbox("inbox")?.length))
    };
    assert_eq!(seen(&s), Some((ComponentState::Ended, 1)));
    drained(&s, &sink, "inbox");
    assert_eq!(seen(&s), Some((ComponentState::Ended, 0)), "still linked");
    cx.unlink(&linkage);
    assert_eq!(seen(&s), None);
}

#[test]
fn s22_the_report_on_a_stuck_run_shows_what_lies_at_ended_components_and_what_was_dropped_there() {
    let mut s = scheduler();
    let sink = s.activate(Still);
    let source = s.activate(act(async |cx| {
        for _ in 0..2 {
            cx.yield_now().await;
            cx.send("outbox", "a question that nobody answers")?;
        }
        cx.next::<()>("inbox").await?;
        Ok(())
    }));
    s.context(&source).link((&source, "outbox"), (&sink, "inbox")).unwrap();
    s.context(&source).send("outbox", "a question in time").unwrap();
    let text = s.run().unwrap_err().to_string();
    let about_sink = text.lines().skip_while(|line| !line.contains(&sink.name())).take(3).collect::<String>();
    assert!(about_sink.contains("1 unread in \"inbox\""), "{text}");
    assert!(about_sink.contains("2 dropped that came to \"inbox\" later"), "{text}");
}
