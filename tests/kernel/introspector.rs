//! The introspector: what it tells, in which words, and when it ends.

use std::time::Duration;

use axon::prelude::*;
use axon::testing::Bench;
use axon::util::{DataSink, Received};
use axon::{
    Ending, RunError, Side,
    snapshot::{Change, ComponentState},
};

/// Sleeps until it is told to end.
struct Idle;

impl Component for Idle {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        while cx.told_to_end().is_none() {
            cx.pause().await;
        }
        Ok(())
    }
}

/// Lets so many passes go by.
struct Brief(u32);

impl Component for Brief {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for _ in 0..self.0 {
            cx.yield_now().await;
        }
        Ok(())
    }
}

/// What the original printed for the same system, by number of the component (see `docs/porting.md`), with
/// its own name for it.
fn lines_for_a_component(id: &str, name: &str) -> Vec<String> {
    let mut lines = vec![format!("ADD NODE \"{id}\" \"{name}\" randompos component")];
    for (side, letter, boxes) in [("inbox", 'i', ["inbox", "control"]), ("outbox", 'o', ["outbox", "signal"])]
    {
        for name in boxes {
            let key = format!("\"({id}, '{letter}', '{name}')\"");
            lines.push(format!("ADD NODE {key} \"{name}\" randompos {side}"));
            lines.push(format!("ADD LINK \"{id}\" {key}"));
        }
    }
    lines
}

fn lines(texts: &[String]) -> Vec<&str> {
    texts.iter().flat_map(|text| text.lines()).collect()
}

fn in_any_order(mut lines: Vec<&str>) -> Vec<&str> {
    lines.sort_unstable();
    lines
}

#[test]
fn the_lines_are_those_that_the_original_prints() {
    let mut bench = Bench::new(Introspector::new());
    bench.settle();
    let told = bench.take::<String>("outbox");
    assert_eq!(told[0], "DEL ALL\n");
    let told = lines(&told[1..]).into_iter().map(String::from).collect::<Vec<_>>();
    let me = bench.component().clone();
    for line in lines_for_a_component(&me.id().to_string(), &me.name()) {
        assert!(told.contains(&line), "{line} is not in {told:#?}");
    }
    let linkage = format!("ADD LINK \"({}, 'o', 'outbox')\" \"(1, 'i', 'outbox')\"", me.id());
    assert!(told.contains(&linkage), "{told:#?}");
}

#[test]
fn only_what_changed_is_told_and_linkages_go_before_boxes_and_come_after_them() {
    let mut bench = Bench::new(Introspector::new());
    bench.settle();
    bench.take::<String>("outbox");
    let (a, b) = (bench.scheduler().activate(Idle), bench.scheduler().activate(Idle));
    let maker = bench.scheduler().add(Idle);
    let cx = bench.scheduler().context(&maker);
    let linkage = cx.link((&a, "outbox"), (&b, "inbox")).unwrap();
    bench.settle();
    let told = bench.take::<String>("outbox");
    let mut expected = lines_for_a_component(&a.id().to_string(), &a.name());
    expected.extend(lines_for_a_component(&b.id().to_string(), &b.name()));
    expected.push(format!("ADD LINK \"({}, 'o', 'outbox')\" \"({}, 'i', 'inbox')\"", a.id(), b.id()));
    assert_eq!(lines(&told).last().copied(), expected.last().map(|line| &**line));
    assert_eq!(in_any_order(lines(&told)), in_any_order(expected.iter().map(|line| &**line).collect()));

    cx.unlink(linkage);
    bench.settle();
    let cut = format!("DEL LINK \"({}, 'o', 'outbox')\" \"({}, 'i', 'inbox')\"\n", a.id(), b.id());
    assert_eq!(bench.take::<String>("outbox"), [cut]);

    cx.stop(&b);
    bench.settle();
    let id = b.id();
    let gone = [
        format!("DEL NODE \"{id}\""),
        format!("DEL NODE \"({id}, 'i', 'inbox')\""),
        format!("DEL NODE \"({id}, 'i', 'control')\""),
        format!("DEL NODE \"({id}, 'o', 'outbox')\""),
        format!("DEL NODE \"({id}, 'o', 'signal')\""),
    ];
    let told = bench.take::<String>("outbox");
    assert_eq!(in_any_order(lines(&told)), in_any_order(gone.iter().map(|line| &**line).collect()));
}

#[test]
fn what_comes_and_goes_between_two_of_its_turns_is_not_told() {
    let mut bench = Bench::new(Introspector::new());
    bench.settle();
    bench.take::<String>("outbox");
    let brief = bench.scheduler().activate(Brief(0));
    let id = brief.id();
    drop(brief);
    bench.settle();
    let told = bench.take::<String>("outbox").concat();
    // It was there in the pass in which the introspector was woken, or it was not told at all.
    assert_eq!(told.contains(&format!("ADD NODE \"{id}\"")), told.contains(&format!("DEL NODE \"{id}\"")));
    let me = bench.component().clone();
    let cx = bench.scheduler().context(&me);
    let made = cx.activate(Idle);
    cx.stop(&made);
    bench.settle();
    assert!(bench.take::<String>("outbox").is_empty(), "{bench}");
}

#[test]
fn boxes_that_are_added_and_deleted_are_told() {
    let mut bench = Bench::new(Introspector::new());
    let idle = bench.scheduler().activate(Idle);
    bench.settle();
    bench.take::<String>("outbox");
    let cx = bench.scheduler().context(&idle);
    cx.add_inbox("extra");
    bench.settle();
    let (id, key) = (idle.id(), format!("\"({}, 'i', 'extra')\"", idle.id()));
    let added = format!("ADD NODE {key} \"extra\" randompos inbox\nADD LINK \"{id}\" {key}\n");
    assert_eq!(bench.take::<String>("outbox"), [added]);
    cx.delete_inbox("extra").unwrap();
    bench.settle();
    assert_eq!(bench.take::<String>("outbox"), [format!("DEL NODE {key}\n")]);
}

#[test]
fn a_component_that_is_not_active_is_shown_as_long_as_a_linkage_touches_it() {
    let mut bench = Bench::new(Introspector::new());
    let idle = bench.scheduler().add(Idle);
    bench.settle();
    let node = format!("ADD NODE \"{}\"", idle.id());
    assert!(!bench.take::<String>("outbox").concat().contains(&node));
    let maker = bench.scheduler().add(Idle);
    let cx = bench.scheduler().context(&maker);
    let linkage = cx.link((&maker, "outbox"), (&idle, "inbox")).unwrap();
    bench.settle();
    assert!(bench.take::<String>("outbox").concat().contains(&node));
    cx.unlink(linkage);
    bench.settle();
    let gone = bench.take::<String>("outbox").concat();
    assert!(gone.contains(&format!("DEL NODE \"{}\"\n", idle.id())), "{gone}");
}

#[test]
fn it_sleeps_while_nothing_changes_however_many_messages_travel() {
    let mut bench = Bench::new(Introspector::new());
    let scheduler = bench.scheduler();
    let (a, b) = (scheduler.activate(Idle), scheduler.activate(Idle));
    scheduler.context(&a).link((&a, "outbox"), (&b, "inbox")).unwrap();
    bench.settle();
    bench.take::<String>("outbox");
    let me = bench.component().clone();
    let cx = bench.scheduler().context(&a);
    for number in 0..1000 {
        cx.send("outbox", number).unwrap();
        assert!(bench.scheduler().is_paused(&me));
        bench.pass();
    }
    assert!(bench.take::<String>("outbox").is_empty());
}

#[test]
fn producer_finished_does_not_end_it_and_shutdown_does_and_is_passed_on() {
    let mut bench = Bench::new(Introspector::new());
    bench.put("control", ProducerFinished::new());
    bench.put("control", "no ending");
    bench.expect_running();
    let passed_on = bench.take_messages("signal");
    assert_eq!(passed_on.len(), 1);
    assert!(passed_on[0].is::<&str>());
    bench.put("control", ShutdownMicroprocess::new());
    bench.expect_end();
    assert_eq!(bench.endings(), [Ending::ShutdownMicroprocess]);
}

#[test]
fn a_slow_viewer_gets_everything_and_shutdown_ends_the_wait_for_it() {
    let mut bench = Bench::new(Introspector::new());
    bench.block("outbox", 1);
    bench.expect_running();
    let idle = bench.scheduler().activate(Idle);
    bench.expect_running();
    bench.unblock("outbox");
    bench.settle();
    let told = bench.take::<String>("outbox");
    assert_eq!(told[0], "DEL ALL\n");
    assert!(told.concat().contains(&format!("ADD NODE \"{}\"", idle.id())));
    bench.block("outbox", 0);
    bench.scheduler().context(&idle).stop(&idle);
    bench.expect_running();
    bench.put("control", ShutdownMicroprocess::new());
    bench.expect_end();
}

#[test]
fn a_viewer_that_missed_more_than_is_kept_gets_the_difference() {
    let mut bench = Bench::new(Introspector::new());
    let idle = bench.scheduler().activate(Idle);
    bench.settle();
    bench.take::<String>("outbox");
    let cx = bench.scheduler().context(&idle);
    for _ in 0..3000 {
        let name = cx.add_inbox("extra");
        cx.delete_inbox(&name).unwrap();
    }
    cx.add_inbox("last");
    bench.settle();
    let told = bench.take::<String>("outbox").concat();
    assert_eq!(told.lines().count(), 2, "{told}");
    assert!(told.contains("\"last\""));
}

#[test]
fn a_program_that_has_come_to_its_end_ends_although_somebody_watched() {
    let lines = Received::<String>::new();
    let mut scheduler = Scheduler::builder().virtual_clock().build();
    scheduler.activate(pipeline![Introspector::new(), DataSink::new(&lines)]);
    scheduler.activate(Brief(5));
    scheduler.run().unwrap();
    let told = lines.take().concat();
    assert!(told.contains("\"Brief_"), "{told}");
    assert!(told.contains("DEL NODE"), "{told}");
}

#[test]
fn one_who_watches_does_not_hide_that_the_others_are_stuck() {
    let lines = Received::<String>::new();
    let mut scheduler = Scheduler::builder().virtual_clock().build();
    scheduler.activate(pipeline![Introspector::new(), DataSink::new(&lines)]);
    scheduler.activate(Idle);
    let error = scheduler.run().unwrap_err();
    let RunError::Stuck(report) = &error else { panic!("{error}") };
    assert_eq!(report.sleepers.len(), 1, "{error}");
    assert!(report.sleepers[0].component.starts_with("Idle_"));
}

/// Watches, and checks what it is told.
struct Watcher;

impl Component for Watcher {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let watch = cx.watch();
        let child = cx.add_child(Idle);
        cx.activate(&child);
        let linkage = cx.link((cx.me(), "outbox"), (&child, "inbox"))?;
        cx.unlink(linkage);
        cx.stop(&child);
        let id = child.id();
        let changes = watch.take();
        assert!(matches!(&changes[0], Change::Made { component, inboxes, .. }
            if *component == id && *inboxes == ["inbox", "control"]));
        assert_eq!(changes[1], Change::Activated(id));
        assert!(matches!(&changes[2], Change::Linked { source, sink }
            if source.side == Side::Outbox && sink.component == id && sink.name == "inbox"));
        assert!(matches!(&changes[3], Change::Unlinked { .. }));
        assert_eq!(changes[4..], [Change::Ended(id)]);
        cx.remove_child(&child);
        drop(child);
        cx.pause_for(Duration::from_secs(1)).await;
        assert_eq!(watch.take(), [Change::Forgotten(id)]);
        drop(watch);
        assert_eq!(cx.snapshot().component(cx.me().id()).unwrap().state, ComponentState::Awake);
        Ok(())
    }
}

#[test]
fn whoever_watches_is_told_each_change_once_and_in_order() {
    let mut scheduler = Scheduler::builder().virtual_clock().build();
    scheduler.activate(Watcher);
    scheduler.run().unwrap();
}

#[test]
fn two_introspectors_each_tell_everything() {
    let (one, two) = (Received::<String>::new(), Received::<String>::new());
    let mut scheduler = Scheduler::builder().virtual_clock().build();
    scheduler.activate(pipeline![Introspector::new(), DataSink::new(&one)]);
    scheduler.activate(pipeline![Introspector::new(), DataSink::new(&two)]);
    let brief = scheduler.activate(Brief(5)).id();
    scheduler.run().unwrap();
    for told in [one, two] {
        let told = told.take().concat();
        for verb in ["ADD", "DEL"] {
            assert_eq!(told.matches(&format!("{verb} NODE \"{brief}\"")).count(), 1, "{told}");
        }
    }
}
