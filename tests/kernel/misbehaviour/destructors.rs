//! Who panics, sends or stops others while it is being dropped.

use std::panic::{AssertUnwindSafe, catch_unwind};

use axon::chassis::Pipeline;
use axon::{Component, Context, Scheduler};

use crate::stage::{Still, Worker, act, drained, said, say, scheduler, warnings};

/// Panics when it is dropped.
#[derive(Debug)]
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("the bomb went off");
    }
}

/// A component whose own value panics when it is dropped.
struct Mined(#[allow(dead_code)] Bomb);

impl Component for Mined {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        cx.yield_now().await;
        Ok(())
    }
}

/// A component that lives on when others end.
const WITNESS: Worker = Worker { tag: "witness", turns: 4, naps: &[] };

#[test]
fn a_panic_in_the_destructor_of_a_local_is_the_components_failure() {
    let mut s = scheduler();
    let who = s.activate(act(async |cx| {
        let _bomb = Bomb;
        cx.yield_now().await;
        Ok(())
    }));
    let text = s.run().unwrap_err().to_string();
    assert_eq!(text, format!("{who} failed: panicked: the bomb went off"));
}

#[test]
fn a_panic_in_the_destructor_of_the_component_itself_is_its_failure() {
    let mut s = scheduler();
    let who = s.activate(Mined(Bomb));
    let text = s.run().unwrap_err().to_string();
    assert_eq!(text, format!("{who} failed: panicked: the bomb went off"));
    assert!(who.is_stopped());
}

#[test]
fn a_panic_in_the_destructor_of_one_that_is_stopped_names_that_one() {
    let mut s = scheduler();
    let mined = s.activate(act(async |cx| {
        let _bomb = Bomb;
        loop {
            cx.pause().await;
        }
    }));
    let victim = mined.clone();
    s.activate(act(async move |cx: &Context| {
        cx.yield_now().await;
        cx.stop(&victim);
        cx.yield_now().await;
        Ok(())
    }));
    let text = s.run().unwrap_err().to_string();
    assert_eq!(text, format!("{mined} failed: panicked: the bomb went off"));
}

#[test]
fn an_immortal_scheduler_survives_a_destructor_that_panics() {
    warnings();
    let mut s = Scheduler::builder().virtual_clock().immortal().build();
    let mined = s.activate(Mined(Bomb));
    s.activate(WITNESS);
    s.run().unwrap();
    assert_eq!(said().len(), 4, "the witness went on");
    let log = warnings().join("\n");
    assert!(log.contains(&mined.name()) && log.contains("the bomb went off"), "{log}");
}

#[test]
fn a_bomb_in_a_message_that_nobody_gets_is_its_senders_failure() {
    let mut s = scheduler();
    let who = s.activate(act(async |cx| {
        cx.send("outbox", Bomb)?;
        Ok(())
    }));
    let text = s.run().unwrap_err().to_string();
    assert_eq!(text, format!("{who} failed: panicked: the bomb went off"));
}

#[test]
fn one_destructor_that_panics_keeps_no_other_from_being_dropped_at_the_stop() {
    struct Tells(&'static str);
    impl Drop for Tells {
        fn drop(&mut self) {
            say!("{} dropped", self.0);
        }
    }
    let mut s = scheduler();
    for tag in ["first", "second"] {
        s.activate(act(async move |cx: &Context| {
            let _tells = Tells(tag);
            loop {
                cx.pause().await;
            }
        }));
    }
    s.activate(act(async |cx| {
        let _bomb = Bomb;
        loop {
            cx.pause().await;
        }
    }));
    s.run_pass().unwrap();
    let _ = catch_unwind(AssertUnwindSafe(|| s.stop()));
    let _ = catch_unwind(AssertUnwindSafe(|| drop(s)));
    assert_eq!(said(), ["second dropped", "first dropped"]);
}

/// Says goodbye on `outbox` when it is dropped.
struct Farewell<'a>(&'a Context);

impl Drop for Farewell<'_> {
    fn drop(&mut self) {
        self.0.send("outbox", "goodbye").expect("there is room");
    }
}

#[test]
fn a_destructor_may_send_when_its_component_is_stopped_by_another() {
    let mut s = scheduler();
    let sink = s.add(Still);
    let polite = s.activate(act(async |cx| {
        let _farewell = Farewell(cx);
        loop {
            cx.pause().await;
        }
    }));
    s.context(&sink).link((&polite, "outbox"), (&sink, "inbox")).unwrap();
    s.run_pass().unwrap();
    s.context(&sink).stop(&polite);
    s.run().unwrap();
    assert_eq!(drained(&s, &sink, "inbox"), "goodbye");
}

#[test]
fn a_destructor_may_stop_others_and_look_at_boxes_when_everything_is_stopped() {
    struct Meddles<'a>(&'a Context);
    impl Drop for Meddles<'_> {
        fn drop(&mut self) {
            for other in self.0.children() {
                self.0.stop(&other);
            }
            self.0.activate(Still);
            say!("has {} unread", self.0.data_ready("inbox"));
        }
    }
    let mut s = scheduler();
    s.activate(act(async |cx| {
        let _meddles = Meddles(cx);
        cx.activate(cx.add_child(WITNESS));
        loop {
            cx.pause().await;
        }
    }));
    s.run_pass().unwrap();
    s.stop();
    assert_eq!(said(), ["has 0 unread"]);
}

#[test]
fn a_destructor_may_wake_a_sleeper_after_all_others_sleep() {
    let mut s = scheduler();
    let sleeper = s.activate(act(async |cx| {
        say!("heard {}", cx.next::<&str>("inbox").await?);
        Ok(())
    }));
    let polite = s.activate(act(async |cx| {
        let _farewell = Farewell(cx);
        loop {
            cx.pause().await;
        }
    }));
    s.context(&sleeper).link((&polite, "outbox"), (&sleeper, "inbox")).unwrap();
    s.run_pass().unwrap();
    s.run_pass().unwrap();
    s.context(&sleeper).stop(&polite);
    s.run().unwrap();
    assert_eq!(said(), ["heard goodbye"]);
}

#[test]
fn who_is_stopped_by_a_destructor_takes_no_turn_even_if_it_was_the_next() {
    struct Stops<'a>(&'a Context, axon::ComponentRef);
    impl Drop for Stops<'_> {
        fn drop(&mut self) {
            self.0.stop(&self.1);
            say!("stopped the next");
        }
    }
    let mut s = scheduler();
    let victim = s.add(Worker { tag: "victim", turns: 9, naps: &[] });
    let target = victim.clone();
    let avenger = s.add(act(async move |cx: &Context| {
        let _stops = Stops(cx, target);
        loop {
            cx.yield_now().await;
        }
    }));
    let doomed = avenger.clone();
    s.activate(act(async move |cx: &Context| {
        cx.yield_now().await;
        cx.stop(&doomed);
        Ok(())
    }));
    s.activate(avenger);
    s.activate(victim);
    s.run().unwrap();
    assert_eq!(said(), ["victim turn 1", "stopped the next"]);
}

#[test]
fn unread_messages_of_the_dead_are_dropped_with_the_last_reference_and_not_before() {
    #[derive(Debug)]
    struct Tells(u8);
    impl Drop for Tells {
        fn drop(&mut self) {
            say!("message {} dropped", self.0);
        }
    }
    let mut s = scheduler();
    let (source, sink) = (s.add(Still), s.activate(Still));
    let cx = s.context(&source);
    let linkage = cx.link((&source, "outbox"), (&sink, "inbox")).unwrap();
    cx.send("outbox", Tells(1)).unwrap();
    s.run().unwrap();
    cx.unlink(&linkage);
    drop(linkage);
    assert_eq!(said(), [""; 0]);
    drop(sink);
    s.run_pass().unwrap();
    assert_eq!(said(), ["message 1 dropped"]);
}

/// Pipelines in pipelines, this deep.
fn nested(deep: usize) -> Pipeline {
    (0..deep).fold(Pipeline::new().then(Still), |inner, _| Pipeline::new().then(inner))
}

#[test]
fn a_hundred_thousand_chassis_in_each_other_that_never_ran_are_dropped_on_a_small_stack() {
    let small = std::thread::Builder::new().stack_size(256 * 1024);
    let dropped = small.spawn(|| {
        drop(nested(100_000));
        let mut s = scheduler();
        let (made, boss) = (s.add(nested(100_000)), s.add(Still));
        drop(made);
        s.context(&boss).stop(&s.activate(nested(100_000)));
        s.run().unwrap();
        s.activate(nested(100_000));
        s.activate(nested(100_000));
        s.run_pass().unwrap();
        drop(s);
    });
    dropped.unwrap().join().unwrap();
}

#[test]
fn a_bomb_deep_inside_chassis_that_never_ran_keeps_no_other_from_being_dropped() {
    struct Tells(#[allow(dead_code)] Option<Bomb>);
    impl Component for Tells {
        async fn main(&mut self, _: &Context) -> axon::Result {
            Ok(())
        }
    }
    impl Drop for Tells {
        fn drop(&mut self) {
            say!("dropped");
        }
    }
    let inner = Pipeline::new().then(Tells(Some(Bomb))).then(Tells(None)).then(Tells(Some(Bomb)));
    let outer = Pipeline::new().then(Tells(None)).then(inner).then(Tells(None));
    let panic = catch_unwind(AssertUnwindSafe(|| drop(outer))).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"the bomb went off"));
    assert_eq!(said(), ["dropped"; 5]);
}
