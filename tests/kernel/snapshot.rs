//! The picture of a running system: what it shows, and how it is drawn.

use axon::prelude::*;
use axon::util::Received;
use axon::{
    LinkageKind, Side,
    snapshot::{ComponentState, Snapshot},
};

/// Collects two messages an hour, and leaves the rest.
struct Slow;

impl Component for Slow {
    fn boxes(&self) -> Boxes {
        Boxes::standard().inbox("inbox", "what is to be thought about").inbox_size("inbox", 10)
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        for _ in 0..2 {
            let _: u32 = cx.next("inbox").await?;
        }
        cx.sleep(std::time::Duration::from_secs(3600)).await;
        Ok(())
    }
}

/// Sends numbers, and waits when it is refused.
struct Fast;

impl Component for Fast {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for number in 0..100u32 {
            let _ = cx.send_when_room("outbox", number).await;
        }
        Ok(())
    }
}

struct Helper;

impl Component for Helper {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        cx.declare_service();
        let _: u32 = cx.next("control").await?;
        Ok(())
    }
}

/// Ends at once.
struct Brief;

impl Component for Brief {
    async fn main(&mut self, _: &Context) -> axon::Result {
        Ok(())
    }
}

/// A pipeline in which one is slow, a service, one that was never activated.
fn a_system() -> Scheduler {
    let mut scheduler = Scheduler::builder().virtual_clock().build();
    scheduler.activate(Pipeline::new().then(Fast).then(Slow));
    scheduler.activate(Helper);
    for _ in 0..20 {
        scheduler.run_pass().unwrap();
    }
    scheduler
}

#[test]
fn it_shows_components_with_their_parents_states_and_what_they_wait_for() {
    let snapshot = a_system().snapshot();
    let names: Vec<&str> = snapshot.components.iter().map(|component| component.name.as_str()).collect();
    assert_eq!(names, ["Pipeline_1", "Helper_2", "Fast_3", "Slow_4"]);
    let [pipeline, helper, fast, slow] = &snapshot.components[..] else { panic!("{snapshot}") };
    assert_eq!(fast.parents, [pipeline.id]);
    assert!(pipeline.parents.is_empty());
    assert_eq!((slow.state, slow.waits.as_deref()), (ComponentState::Paused, Some("waits for a timer")));
    assert_eq!(fast.waits.as_deref(), Some("waits for room"));
    assert_eq!(helper.waits.as_deref(), Some("waits for a message in \"control\""));
    assert!(helper.service && !slow.service);
    assert!(slow.made_at.contains("snapshot.rs"), "{}", slow.made_at);
}

#[test]
fn it_shows_boxes_with_their_words_counts_limits_and_the_most_they_held() {
    let snapshot = a_system().snapshot();
    let slow = snapshot.components.iter().find(|component| component.name == "Slow_4").unwrap();
    let inbox = slow.inbox("inbox").unwrap();
    assert_eq!(inbox.doc, "what is to be thought about");
    assert_eq!((inbox.length, inbox.limit, inbox.arrived, inbox.most), (10, Some(10), 12, 10));
    assert_eq!(slow.inbox("control").unwrap().limit, None);
    let fast = snapshot.components.iter().find(|component| component.name == "Fast_3").unwrap();
    assert!(fast.outbox("outbox").unwrap().sent >= 12);
    assert!(fast.outbox("nothing").is_none());
}

#[test]
fn it_shows_linkages_with_their_maker_and_kind() {
    let snapshot = a_system().snapshot();
    let pipeline = snapshot.components[0].id;
    let fast = snapshot.components[2].id;
    assert!(snapshot.linkages.iter().all(|linkage| linkage.maker == pipeline));
    let plain = snapshot.linkages.iter().find(|linkage| linkage.kind == LinkageKind::Plain).unwrap();
    assert_eq!(
        (plain.source.component, plain.source.side, &*plain.source.name),
        (fast, Side::Outbox, "outbox")
    );
    let kinds: Vec<LinkageKind> = snapshot.linkages.iter().map(|linkage| linkage.kind).collect();
    assert!(kinds.contains(&LinkageKind::PassThroughInbox));
    assert!(kinds.contains(&LinkageKind::PassThroughOutbox));
}

#[test]
fn s22_ended_components_are_shown_while_they_hold_messages_or_are_linked() {
    let mut scheduler = Scheduler::new();
    let (brief, held, linked) =
        (scheduler.activate(Brief), scheduler.activate(Brief), scheduler.activate(Brief));
    let maker = scheduler.add(Helper);
    let cx = scheduler.context(&maker);
    cx.deliver_to(&held, "inbox", "in time").unwrap();
    scheduler.run().unwrap();
    cx.deliver_to(&held, "inbox", "too late").unwrap();
    let linkage = cx.link((&maker, "outbox"), (&linked, "inbox")).unwrap();
    let snapshot = scheduler.snapshot();
    assert!(snapshot.component(brief.id()).is_none());
    let view = snapshot.component(held.id()).unwrap();
    assert_eq!((view.state, view.inbox("inbox").unwrap().length), (ComponentState::Ended, 1));
    assert!(snapshot.component(linked.id()).is_some());
    assert!(
        snapshot.to_string().contains(
            "Brief_2: ended\n  > inbox, 1 waiting, 1 arrived, never more than 1 at once, 1 dropped"
        ),
        "{snapshot}"
    );
    assert_eq!(snapshot.component(maker.id()).unwrap().state, ComponentState::Made);
    cx.unlink(linkage);
    assert!(scheduler.snapshot().component(linked.id()).is_none());
}

#[test]
fn it_is_drawn_as_a_tree() {
    let expected = "\
Pipeline_1: is paused
  > inbox, 0 waiting -> Fast_3.inbox
  > control, 0 waiting -> Fast_3.control
  < outbox, 0 sent
  < signal, 0 sent
    Fast_3: waits for room
      > inbox, 0 waiting
      > control, 0 waiting
      < outbox, 13 sent -> Slow_4.inbox
      < signal, 0 sent -> Slow_4.control
    Slow_4: waits for a timer
      > inbox, 10 of 10 waiting, 12 arrived, never more than 10 at once
      > control, 0 waiting
      < outbox, 0 sent -> Pipeline_1.outbox
      < signal, 0 sent -> Pipeline_1.signal
Helper_2: waits for a message in \"control\", a service
  > inbox, 0 waiting
  > control, 0 waiting
  < outbox, 0 sent
  < signal, 0 sent";
    let tree = a_system().snapshot().to_string();
    // How often a refused message was tried is the scheduler's business.
    let sent = tree.split("< outbox, ").nth(2).and_then(|rest| rest.split(' ').next()).unwrap().to_owned();
    assert_eq!(tree, expected.replace("outbox, 13 sent", &format!("outbox, {sent} sent")));
}

#[test]
fn it_is_drawn_for_graphviz_with_children_inside_their_parents() {
    let dot = a_system().snapshot().to_dot();
    assert_eq!(dot.matches('{').count(), dot.matches('}').count(), "{dot}");
    let outer = dot.find("subgraph cluster_1 {").unwrap();
    let inner = dot.find("    subgraph cluster_3 {").unwrap();
    let after = dot.find("\n  subgraph cluster_2 {").unwrap();
    assert!(outer < inner && inner < after, "{dot}");
    assert!(
        dot.contains(
            "\"3.outbox.outbox\" -> \"4.inbox.inbox\" [style=solid, tooltip=\"made by Pipeline_1\"];"
        )
    );
    assert!(dot.contains("\"1.inbox.inbox\" -> \"3.inbox.inbox\" [style=dashed"));
    assert!(dot.contains("fillcolor=\"#f6b3a8\""), "the full inbox is red: {dot}");
}

#[test]
fn graphviz_draws_it() {
    use std::io::Write;
    use std::process::{Command, Stdio};
    let started = Command::new("dot").arg("-Tsvg").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    // Where there is no Graphviz there is nothing to see.
    let Ok(mut drawing) = started else { return };
    let mut dot = a_system().snapshot().to_dot();
    dot = dot.replace("what is to be", "what \\\"is\\\" to be");
    drawing.stdin.take().unwrap().write_all(dot.as_bytes()).unwrap();
    let drawn = drawing.wait_with_output().unwrap();
    assert!(drawn.status.success());
    let svg = String::from_utf8(drawn.stdout).unwrap();
    assert!(svg.contains("Slow_4") && svg.contains("10 of 10 waiting"), "{svg}");
}

#[test]
fn it_is_drawn_for_mermaid() {
    let text = a_system().snapshot().to_mermaid();
    assert!(text.starts_with("flowchart LR\n  subgraph c1[\"Pipeline_1<br/>is paused\"]\n"), "{text}");
    assert_eq!(text.matches("subgraph ").count(), text.matches(" end\n").count(), "{text}");
    assert!(text.contains("  c3o0 --> c4i0\n"), "{text}");
    assert!(text.contains("  c1i0 -.-> c3i0\n"), "{text}");
    assert!(text.contains("in #quot;control#quot;, a service"), "{text}");
}

#[test]
fn components_that_are_each_others_parents_are_shown_once() {
    let scheduler = Scheduler::new();
    let (a, b) = (scheduler.add(Brief), scheduler.add(Brief));
    scheduler.context(&a).add_child(&b);
    scheduler.context(&b).add_child(&a);
    let text = scheduler.snapshot().to_string();
    assert_eq!(text.matches("Brief_1").count(), 1, "{text}");
    assert_eq!(text.matches("Brief_2").count(), 1, "{text}");
}

/// Sends a picture of the system it runs in.
struct Photographer;

impl Component for Photographer {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        cx.send("outbox", cx.snapshot())?;
        cx.send("signal", ProducerFinished::new())?;
        Ok(())
    }
}

#[test]
fn a_component_can_take_it_and_it_can_travel_in_a_message() {
    let received = Received::<Snapshot>::new();
    axon::run(pipeline![Photographer, DataSink::new(&received)]).unwrap();
    let snapshot = received.take().remove(0);
    let photographer =
        snapshot.components.iter().find(|component| component.name == "Photographer_2").unwrap();
    assert_eq!(photographer.state, ComponentState::Awake);
    assert_eq!(photographer.outbox("outbox").unwrap().sent, 0);
}

#[test]
fn a_picture_of_many_is_drawn_in_no_long_time() {
    let scheduler = Scheduler::new();
    let keep: Vec<_> = (0..5000).map(|_| scheduler.add(Brief)).collect();
    let cx = scheduler.context(&keep[0]);
    for pair in keep.windows(2) {
        cx.link((&pair[0], "outbox"), (&pair[1], "inbox")).unwrap();
    }
    let snapshot = scheduler.snapshot();
    assert_eq!(snapshot.linkages.len(), 4999);
    assert_eq!(snapshot.to_string().lines().count(), 5 * 5000);
    assert!(snapshot.to_dot().len() > snapshot.to_mermaid().len());
}

#[test]
fn a_linkage_made_in_the_name_of_a_component_after_its_end_goes_when_nobody_refers_to_that_any_more() {
    let mut scheduler = Scheduler::new();
    let (source, sink, maker) = (scheduler.add(Brief), scheduler.add(Brief), scheduler.activate(Brief));
    scheduler.run().unwrap();
    let cx = scheduler.context(&maker);
    assert!(maker.is_stopped());
    drop(cx.link((&source, "outbox"), (&sink, "inbox")).unwrap());
    assert_eq!(scheduler.snapshot().linkages.len(), 1);
    drop((cx, maker));
    scheduler.run().unwrap();
    assert!(scheduler.snapshot().linkages.is_empty());
    let other = scheduler.context(&source);
    other.link((&source, "outbox"), (&sink, "control")).unwrap();
}

#[test]
fn the_text_of_components_nested_deep_grows_with_their_number() {
    let texts = |deep: usize| {
        let scheduler = Scheduler::new();
        let mut parent = scheduler.add(Helper);
        for _ in 0..deep {
            parent = scheduler.context(&parent).add_child(Helper);
        }
        let snapshot = scheduler.snapshot();
        [snapshot.to_string(), snapshot.to_dot(), snapshot.to_mermaid()]
    };
    let (some, more) = (texts(500), texts(2000));
    for (some, more) in some.iter().zip(&more) {
        assert!(more.len() < 5 * some.len(), "{} and {}", some.len(), more.len());
    }
    assert!(some[0].contains("[57] Helper_58: "), "how deep it is, is told");
}

#[test]
fn a_component_sees_from_inside_who_is_there_who_sleeps_and_who_is_whose_child() {
    let mut s = Scheduler::builder().virtual_clock().build();
    let pipeline = s.activate(pipeline![Fast, Slow]);
    for _ in 0..3 {
        s.run_pass().unwrap();
    }
    let cx = s.context(&pipeline);
    let there = cx.components();
    assert_eq!(there, s.components());
    assert_eq!(there.iter().map(ComponentRef::kind).collect::<Vec<_>>(), ["Pipeline", "Fast", "Slow"]);
    assert_eq!(cx.children_of(&pipeline), there[1..]);
    assert!(cx.children_of(&there[1]).is_empty());
    for component in &there {
        assert_eq!(cx.is_paused(component), s.is_paused(component), "{component}");
    }
    while s.run_pass().unwrap() {}
    assert!(cx.is_paused(&there[2]));
}

#[test]
fn the_length_of_the_box_behind_an_outbox_is_that_of_the_last_in_the_chain() {
    let s = Scheduler::builder().virtual_clock().build();
    let (fast, outer, slow) = (s.add(Fast), s.add(Fast), s.add(Slow));
    let (cx, maker) = (s.context(&fast), s.context(&outer));
    cx.send("outbox", 1u32).unwrap();
    assert_eq!(cx.outbox_length("outbox"), 0, "it is linked to nothing");
    maker.link((&fast, "outbox"), (&outer, "inbox")).unwrap();
    maker.pass_through_inbox((&outer, "inbox"), (&slow, "inbox")).unwrap();
    cx.send("outbox", 2u32).unwrap();
    cx.send("outbox", 3u32).unwrap();
    assert_eq!(cx.outbox_length("outbox"), 2);
    s.context(&slow).recv("inbox");
    assert_eq!(cx.outbox_length("outbox"), 1);
}

#[test]
fn the_bytes_that_wait_are_those_of_text_and_bytes_in_multiples_of_256() {
    let s = Scheduler::builder().virtual_clock().build();
    let (fast, slow) = (s.add(Fast), s.add(Slow));
    let (cx, there) = (s.context(&fast), s.context(&slow));
    cx.send("outbox", vec![0_u8; 1000]).unwrap();
    assert_eq!(cx.outbox_bytes("outbox"), 0, "it is linked to nothing");
    cx.link((&fast, "outbox"), (&slow, "inbox")).unwrap();
    cx.send("outbox", vec![0_u8; 1000]).unwrap();
    cx.send("outbox", "x".repeat(512)).unwrap();
    cx.send("outbox", "short").unwrap();
    let waiting = [768 + 512, 512, 0, 0];
    for bytes in waiting {
        assert_eq!((cx.outbox_bytes("outbox"), there.inbox_bytes("inbox")), (bytes, bytes));
        there.recv("inbox");
    }
}

#[test]
fn it_tells_where_one_is_held_up_what_one_awaits_and_how_full_a_box_is() {
    let snapshot = a_system().snapshot();
    let [_, helper, fast, slow] = &snapshot.components[..] else { panic!("{snapshot}") };
    let held_up: Vec<_> = fast.held_up_at.iter().map(|at| (at.component, at.name.as_str())).collect();
    assert_eq!(held_up, [(slow.id, "inbox")]);
    assert!(slow.held_up_at.is_empty() && fast.awaits.is_none());
    assert_eq!(helper.awaits.as_deref(), Some("control"));
    assert_eq!(slow.inbox("inbox").unwrap().fullness, Some(100));
    assert_eq!(fast.inbox("inbox").unwrap().fullness, Some(0));
    assert_eq!(fast.inbox("control").unwrap().fullness, None);
}

/// Waits for a message in one inbox for ever.
struct Waits;

impl Component for Waits {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let _: u32 = cx.next("inbox").await?;
        Ok(())
    }
}

#[test]
fn those_who_wait_for_each_other_stand_still_though_others_go_on() {
    let mut scheduler = Scheduler::builder().virtual_clock().build();
    let (one, other) = (scheduler.activate(Waits), scheduler.activate(Waits));
    let alone = scheduler.activate(Waits);
    let fed = scheduler.activate(Pipeline::new().then(Fast).then(Slow));
    let cx = scheduler.context(&one);
    cx.link((&one, "outbox"), (&other, "inbox")).unwrap();
    cx.link((&other, "outbox"), (&one, "inbox")).unwrap();
    cx.link((&fed, "outbox"), (&alone, "inbox")).unwrap();
    for _ in 0..20 {
        scheduler.run_pass().unwrap();
    }
    // Slow waits for a timer, Fast for Slow, and the pipeline and `alone` for these.
    assert_eq!(cx.standing_still(), [one.id(), other.id()]);
}

#[test]
fn a_tap_shows_what_passes_a_box_and_counts_what_is_not_shown() {
    let mut scheduler = Scheduler::builder().virtual_clock().build();
    let received = Received::<String>::new();
    let inner = scheduler.add(Pipeline::new().then(PassThrough::new()).then(DataSink::new(&received)));
    let watcher = scheduler.activate(Waits);
    let cx = scheduler.context(&watcher);
    let inbox = cx.tap((&inner, "inbox"), Side::Inbox, 3).unwrap();
    assert!(cx.tap((&inner, "inbux"), Side::Inbox, 3).is_err());
    cx.link((&watcher, "outbox"), (&inner, "inbox")).unwrap();
    let outbox = cx.tap((&watcher, "outbox"), Side::Outbox, 3).unwrap();
    cx.activate(inner.clone());
    scheduler.run_pass().unwrap();
    scheduler.run_pass().unwrap();
    for number in 0..5 {
        cx.send("outbox", format!("line {number}")).unwrap();
    }
    cx.deliver_to(&inner, "inbox", "straight".to_owned()).unwrap();
    let tapped = inbox.take();
    assert_eq!(tapped.messages, ["\"line 0\"", "\"line 1\"", "\"line 2\""]);
    assert_eq!(tapped.others, 3);
    assert_eq!((outbox.take().others, outbox.take()), (2, axon::snapshot::Tapped::default()));
    drop((inbox, outbox));
    cx.send("outbox", "after".to_owned()).unwrap();
    for _ in 0..10 {
        scheduler.run_pass().unwrap();
    }
    assert_eq!(received.take().len(), 7);
}

#[test]
fn an_outbox_is_linked_if_it_leads_to_an_inbox_over_whatever_it_is_passed_through() {
    let scheduler = Scheduler::new();
    let (outer, sender, receiver) =
        (scheduler.activate(Waits), scheduler.activate(Waits), scheduler.activate(Waits));
    let cx = scheduler.context(&sender);
    assert!(!cx.is_linked("outbox"));
    cx.pass_through_outbox((&sender, "outbox"), (&outer, "outbox")).unwrap();
    assert!(!cx.is_linked("outbox"));
    let linkage = cx.link((&outer, "outbox"), (&receiver, "inbox")).unwrap();
    assert!(cx.is_linked("outbox"));
    cx.unlink(&linkage);
    assert!(!cx.is_linked("outbox"));
}

#[test]
fn a_message_that_cannot_be_shown_fails_nobody_and_a_refused_one_was_not_seen() {
    #[derive(Clone)]
    struct Unshowable;
    impl std::fmt::Debug for Unshowable {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("no picture")
        }
    }
    let scheduler = Scheduler::new();
    let (sender, receiver) = (scheduler.activate(Waits), scheduler.activate(Waits));
    let cx = scheduler.context(&sender);
    cx.link((&sender, "outbox"), (&receiver, "inbox")).unwrap();
    cx.set_size((&receiver, "inbox"), Some(1)).unwrap();
    let tap = cx.tap((&receiver, "inbox"), Side::Inbox, 9).unwrap();
    cx.send("outbox", Unshowable).unwrap();
    assert!(cx.send("outbox", Unshowable).is_err());
    assert_eq!(tap.take().messages, ["(showing it panics: no picture)"]);
}

#[test]
fn one_that_failed_under_a_supervisor_is_shown_with_its_error() {
    struct Fails;
    impl Component for Fails {
        async fn main(&mut self, _: &Context) -> axon::Result {
            Err("out of paper".into())
        }
    }
    let mut scheduler = Scheduler::new();
    let parent = scheduler.activate(Waits);
    let cx = scheduler.context(&parent);
    let child = cx.add_child(Fails);
    cx.supervise(&child);
    cx.activate(child.clone());
    scheduler.run_pass().unwrap();
    scheduler.run_pass().unwrap();
    let failure = scheduler.snapshot().component(child.id()).unwrap().failure.clone();
    assert!(failure.unwrap().contains("out of paper"));
}
