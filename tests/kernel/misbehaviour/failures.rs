//! Who panics, fails, never ends or is stopped in the middle of something.

use std::fmt;

use axon::{Component, ComponentRef, Context, RunError, Scheduler};

use crate::stage::{Still, Worker, act, drained, ms, said, say, scheduler, warnings};

/// The text of the error with which a run of this one component ends, and the component.
fn failure(component: impl Component) -> (String, ComponentRef) {
    let mut s = scheduler();
    let component = s.activate(component);
    (s.run().unwrap_err().to_string(), component)
}

#[test]
fn a_panic_names_the_component_and_says_what_the_panic_said() {
    let (text, who) = failure(act(async |_| panic!("index {} out of range", 7)));
    assert_eq!(text, format!("{who} failed: panicked: index 7 out of range"));
}

#[test]
fn a_panic_without_a_text_still_names_the_component() {
    let (text, who) = failure(act(async |_| std::panic::panic_any(7)));
    assert!(text.starts_with(&format!("{who} failed: panicked")), "{text}");
}

#[derive(Debug)]
struct Outermost(std::num::ParseIntError);

impl fmt::Display for Outermost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration is wrong")
    }
}

impl std::error::Error for Outermost {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[test]
fn an_error_names_the_component_and_every_cause() {
    let (text, who) = failure(act(async |_| {
        "x".parse::<i32>().map_err(Outermost)?;
        Ok(())
    }));
    assert_eq!(text, format!("{who} failed: the configuration is wrong: invalid digit found in string"));
}

#[test]
fn the_error_of_a_run_can_be_printed_by_main_as_a_sentence() {
    let error = axon::run(act(async |_| Err("no coffee".into()))).unwrap_err();
    assert_eq!(format!("{error:?}"), error.to_string());
    assert!(std::error::Error::source(&error).is_some_and(|cause| cause.to_string() == "no coffee"));
}

#[test]
fn a_panic_in_each_of_the_three_old_style_methods_is_the_components_failure() {
    struct OldStyle(u32);
    impl OldStyle {
        fn at(&self, place: u32) {
            if place == self.0 {
                panic!("in number {place}");
            }
        }
    }
    impl Component for OldStyle {
        fn initialise_component(&mut self, _: &Context) -> axon::Result {
            self.at(1);
            Ok(())
        }
        fn main_body(&mut self, _: &Context) -> axon::Result<bool> {
            self.at(2);
            Ok(false)
        }
        fn close_down_component(&mut self, _: &Context) -> axon::Result {
            self.at(3);
            Ok(())
        }
    }
    for place in 1..=3 {
        let (text, who) = failure(OldStyle(place));
        assert_eq!(text, format!("{who} failed: panicked: in number {place}"));
    }
}

#[test]
fn who_never_ends_is_named_with_the_place_where_it_was_made() {
    let mut s = scheduler();
    let line = line!() + 1;
    let parent = s.activate(act(async |cx| {
        cx.activate(cx.add_child(act(async |cx| {
            cx.next::<i32>("inbox").await?;
            Ok(())
        })));
        cx.pause().await;
        cx.pause().await;
        Ok(())
    }));
    let error = s.run().unwrap_err();
    let text = error.to_string();
    assert!(text.contains(&format!("{}:{line}", file!())), "{text}");
    let RunError::Stuck(report) = error else { panic!("{error}") };
    assert_eq!(report.sleepers.len(), 2);
    assert_eq!(report.sleepers[0].component, parent.name());
    assert!(report.sleepers[1].path.contains(&parent.name()), "its path has its parent: {text}");
    assert_eq!(report.sleepers.iter().map(|sleeper| sleeper.unread.len()).sum::<usize>(), 0);
}

#[test]
fn who_sleeps_for_ever_on_unread_messages_is_reported_with_them() {
    let mut s = scheduler();
    let sleeper = s.activate(act(async |cx| {
        loop {
            cx.pause().await;
        }
    }));
    let source = s.add(Still);
    let cx = s.context(&source);
    cx.link((&source, "outbox"), (&sleeper, "control")).unwrap();
    for n in 0..3 {
        cx.send("outbox", n).unwrap();
    }
    let RunError::Stuck(report) = s.run().unwrap_err() else { panic!("not stuck") };
    assert_eq!(report.sleepers.len(), 1);
    assert_eq!(report.sleepers[0].component, sleeper.name());
    assert_eq!(report.sleepers[0].unread, [(String::from("control"), 3)]);
    assert!(report.to_string().contains("3 unread in \"control\""), "{report}");
}

#[test]
fn who_is_refused_for_ever_is_reported_with_the_full_box() {
    let mut s = scheduler();
    let (sink, source) = (
        s.add(Still),
        s.activate(act(async |cx| {
            for n in 0..2 {
                cx.send_when_room("outbox", n).await.expect("it waits");
            }
            Ok(())
        })),
    );
    s.context(&sink).set_size((&sink, "inbox"), Some(1)).unwrap();
    s.context(&sink).link((&source, "outbox"), (&sink, "inbox")).unwrap();
    let RunError::Stuck(report) = s.run().unwrap_err() else { panic!("not stuck") };
    assert_eq!(report.sleepers.len(), 1);
    assert_eq!(report.sleepers[0].component, source.name());
    assert_eq!(report.sleepers[0].refused_by, [format!("{}.inbox", sink.name())]);
}

#[test]
fn a_message_to_one_that_died_while_linked_is_dropped_and_counted() {
    warnings();
    let mut s = Scheduler::builder().virtual_clock().immortal().build();
    let source = s.add(act(async |cx| {
        for n in 0..4 {
            cx.send("outbox", n)?;
            cx.yield_now().await;
        }
        Ok(())
    }));
    let dies = s.activate(act(async |cx| {
        cx.yield_now().await;
        Err("a fatal illness".into())
    }));
    let keeper = s.add(Still);
    s.context(&keeper).link((&source, "outbox"), (&dies, "inbox")).unwrap();
    s.activate(source.clone());
    for _ in 0..6 {
        s.run_pass().unwrap();
    }
    let snapshot = s.snapshot();
    assert_eq!(snapshot.component(dies.id()).unwrap().inbox("inbox").unwrap().dropped, 3);
    s.run().unwrap();
    assert_eq!(drained(&s, &dies, "inbox"), "0", "what came before its death");
    let log = warnings();
    assert_eq!(log.len(), 1, "{log:?}");
    assert!(log[0].contains(&dies.name()) && log[0].contains("a fatal illness"), "{log:?}");
}

#[test]
fn who_is_stopped_while_it_waits_for_room_gives_its_place_to_the_next() {
    let mut s = scheduler();
    let sink = s.add(Still);
    s.context(&sink).set_size((&sink, "inbox"), Some(1)).unwrap();
    let filler = s.add(Still);
    s.context(&filler).link((&filler, "outbox"), (&sink, "inbox")).unwrap();
    s.context(&filler).send("outbox", 0).unwrap();
    let waiting = [1, 2].map(|n| {
        let source = s.add(act(async move |cx: &Context| {
            cx.send_when_room("outbox", n).await.expect("nobody tells it to stop");
            say!("{n} sent");
            Ok(())
        }));
        s.context(&sink).link((&source, "outbox"), (&sink, "inbox")).unwrap();
        s.activate(source)
    });
    for _ in 0..3 {
        s.run_pass().unwrap();
    }
    s.context(&sink).stop(&waiting[0]);
    assert_eq!(drained(&s, &sink, "inbox"), "0");
    s.run().unwrap();
    assert_eq!(said(), ["2 sent"]);
}

#[test]
fn who_is_stopped_in_the_middle_of_a_sleep_ends_there_and_the_run_goes_on() {
    let mut s = scheduler();
    let sleepers = [
        s.activate(act(async |cx| {
            cx.sleep(ms(1000)).await;
            say!("never");
            Ok(())
        })),
        s.activate(act(async |cx| {
            let word: &str = cx.next("inbox").await?;
            say!("never {word}");
            Ok(())
        })),
    ];
    let ended = sleepers.clone();
    s.activate(act(async move |cx: &Context| {
        cx.sleep(ms(1)).await;
        for sleeper in &ended {
            cx.stop(sleeper);
        }
        cx.sleep(ms(1)).await;
        say!("goes on");
        Ok(())
    }));
    s.run().unwrap();
    assert!(sleepers.iter().all(ComponentRef::is_stopped));
    assert_eq!(said(), ["goes on"]);
}

#[test]
fn who_stops_its_own_parent_or_activates_the_dead_does_no_harm() {
    let mut s = scheduler();
    let parent = s.activate(act(async |cx| {
        let me = cx.me().clone();
        let kid = cx.add_child(act(async move |cx: &Context| {
            cx.stop(&me);
            say!("parent stopped: {}", me.is_stopped());
            cx.activate(me);
            say!("and so is the kid: {}", cx.me().is_stopped());
            cx.yield_now().await;
            say!("kid goes on");
            Ok(())
        }));
        cx.activate(kid);
        loop {
            cx.yield_now().await;
        }
    }));
    s.run().unwrap();
    assert_eq!(said(), ["parent stopped: true", "and so is the kid: true"]);
    assert!(parent.is_stopped() && !parent.is_active());
}

#[test]
fn removing_a_strange_child_or_the_same_twice_does_no_harm() {
    let mut s = scheduler();
    let [parent, strange] = [0; 2].map(|_| s.add(Still));
    let cx = s.context(&parent);
    let kid = cx.add_child(Worker { tag: "kid", turns: 1, naps: &[] });
    cx.remove_child(&strange);
    cx.remove_child(&kid);
    cx.remove_child(&kid);
    assert!(cx.children().is_empty());
    s.activate(kid);
    s.run().unwrap();
    assert_eq!(said(), ["kid turn 1"]);
}

#[test]
fn a_reference_from_another_scheduler_wakes_stops_and_removes_nobody_here() {
    let mut here = scheduler();
    let there = scheduler();
    let [parent, sleeper] = [0; 2].map(|_| here.add(Still));
    let kid = here.context(&parent).add_child(Worker { tag: "kid", turns: 2, naps: &[1] });
    here.activate(kid.clone());
    for _ in 0..3 {
        here.run_pass().unwrap();
    }
    // The foreigners have the places of the three here.
    let foreigners = [0; 3].map(|_| there.add(Still));
    let cx = here.context(&parent);
    let attempts: [fn(&Context, &ComponentRef); 5] = [
        |cx, foreigner| cx.unpause(foreigner),
        |cx, foreigner| cx.stop(foreigner),
        |cx, foreigner| cx.remove_child(foreigner),
        |cx, foreigner| cx.unlink_component(foreigner),
        |cx, foreigner| _ = cx.set_size((foreigner, "inbox"), Some(0)),
    ];
    for foreigner in &foreigners {
        for attempt in attempts {
            // Refused by a panic that names it, or without effect: not done to somebody else.
            let attempt = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| attempt(&cx, foreigner)));
            if let Err(panic) = attempt {
                let text = panic.downcast_ref::<String>().expect("a text");
                assert!(text.contains(&foreigner.name()), "{text}");
            }
        }
    }
    for _ in 0..3 {
        here.run_pass().unwrap();
    }
    assert_eq!(said(), ["kid turn 1", "kid pauses"]);
    assert_eq!(cx.children(), std::slice::from_ref(&kid));
    assert!(![&parent, &sleeper, &kid].iter().any(|component| component.is_stopped()));
    let source = here.add(Still);
    here.context(&source).link((&source, "outbox"), (&parent, "inbox")).unwrap();
    here.context(&source).send("outbox", 1).expect("nobody has limited this box");
}

#[test]
fn a_panic_in_the_making_of_a_component_from_another_thread_is_no_panic_of_the_run() {
    struct Unmakeable;
    impl Component for Unmakeable {
        async fn main(&mut self, _: &Context) -> axon::Result {
            Ok(())
        }
    }
    let mut s = scheduler();
    s.activate(act(async |cx| {
        cx.remote().activate(|| -> Unmakeable { panic!("there is no such file") })?;
        cx.yield_now().await;
        cx.yield_now().await;
        Ok(())
    }));
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| s.run()));
    let text = outcome.expect("a run gives an error back, it does not panic").unwrap_err().to_string();
    assert!(text.contains("there is no such file") && text.contains("Unmakeable"), "{text}");
}
