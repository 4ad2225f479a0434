//! Handles and schedulers in the background beside what `tests/semantics/handles.rs` promises.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::channel;

use axon::testing::Bench;
use axon::util::{DataSource, PassThrough};
use axon::{
    Background, Boxes, Component, Context, Handle, ProducerFinished, RunError, Scheduler,
    ShutdownMicroprocess, pipeline,
};

/// Does nothing until it is told to end.
struct Idle;
impl Component for Idle {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        while cx.told_to_end().is_none() {
            cx.pause().await;
        }
        Ok(())
    }
}

/// Has a child to which it sends by a box for its own use.
struct Parent;
impl Component for Parent {
    fn boxes(&self) -> Boxes {
        Boxes::standard().inbox("_fromChild", "from the child").outbox("_toChild", "to the child")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        let child = cx.add_child(PassThrough::new());
        cx.link((cx.me(), "_toChild"), (&child, "inbox"))?;
        cx.link((&child, "outbox"), (cx.me(), "_fromChild"))?;
        cx.activate(&child);
        while let Some((inbox, message)) = cx.next_of_or_end(&["inbox", "_fromChild"]).await {
            let _ = cx.send(if inbox == "inbox" { "_toChild" } else { "outbox" }, message);
        }
        cx.stop(&child);
        Ok(())
    }
}

#[test]
fn a_component_links_the_boxes_for_its_own_use_under_a_handle_and_on_the_bench() {
    let background = Background::start().unwrap();
    let handle = Handle::new(&background, || Parent).unwrap();
    handle.put("inbox", 17).unwrap();
    assert_eq!(handle.next("outbox").unwrap().take::<i32>().unwrap(), 17);
    let mut bench = Bench::new(Parent);
    bench.put("inbox", 17);
    assert_eq!(bench.take_next::<i32>("outbox", 1), [17]);
}

fn is_sync<T: Send + Sync + Clone>(_: &T) {}

#[test]
fn a_box_that_the_component_does_not_have_is_a_panic_with_the_names_that_exist() {
    let background = Background::start().unwrap();
    let handle = Handle::new(&background, || Idle).unwrap();
    is_sync(&handle);
    let panics = [
        catch_unwind(AssertUnwindSafe(|| drop(handle.put("inbux", 1)))),
        catch_unwind(AssertUnwindSafe(|| drop(handle.get("outbux")))),
    ];
    let texts = panics.map(|panic| *panic.unwrap_err().downcast::<String>().unwrap());
    let component = handle.component();
    let inboxes = "it has \"inbox\", \"control\"; did you mean \"inbox\"?";
    assert_eq!(texts[0], format!("{component} has no inbox \"inbux\"; {inboxes}"));
    let outboxes = "it has \"outbox\", \"signal\"; did you mean \"outbox\"?";
    assert_eq!(texts[1], format!("{component} has no outbox \"outbux\"; {outboxes}"));
    background.stop().unwrap();
}

#[test]
fn a_handle_cannot_be_made_by_a_component_of_its_own_scheduler() {
    let background = Background::start().unwrap();
    let (give, given) = channel::<std::sync::Arc<Background>>();
    let (tell, told) = channel();
    struct Maker(std::sync::mpsc::Receiver<std::sync::Arc<Background>>, std::sync::mpsc::Sender<bool>);
    impl Component for Maker {
        async fn main(&mut self, _: &Context) -> axon::Result {
            let background = self.0.recv()?;
            let made = catch_unwind(AssertUnwindSafe(|| drop(Handle::new(&background, || Idle))));
            Ok(self.1.send(made.is_err())?)
        }
    }
    background.activate(move || Maker(given, tell)).unwrap();
    let background = std::sync::Arc::new(background);
    give.send(background.clone()).unwrap();
    assert!(told.recv().unwrap());
}

#[test]
fn what_is_put_into_a_chassis_reaches_its_first_component_and_all_comes_before_the_ending() {
    for _ in 0..20 {
        let background = Background::start().unwrap();
        let handle = Handle::with_queue_length(&background, 3, || {
            pipeline![PassThrough::new(), PassThrough::new(), PassThrough::new()]
        })
        .unwrap();
        for number in 0..100 {
            handle.put_when_room("inbox", number).unwrap();
        }
        handle.put_when_room("control", ProducerFinished::new()).unwrap();
        let got: Vec<i32> = handle.messages("outbox").map(|message| message.take().unwrap()).collect();
        assert_eq!(got, (0..100).collect::<Vec<_>>());
        assert!(handle.next("signal").unwrap().is::<ProducerFinished>());
        background.join().unwrap();
    }
}

#[test]
fn a_component_goes_on_without_a_handle_and_what_it_sends_is_discarded() {
    let background = Background::start().unwrap();
    let handle =
        Handle::new(&background, || pipeline![DataSource::new(0..5000), PassThrough::new()]).unwrap();
    drop(handle);
    background.join().unwrap();
}

#[test]
fn those_who_sleep_for_ever_are_found_whenever_the_last_handle_is_dropped() {
    for _ in 0..100 {
        let background = Background::start().unwrap();
        let handle = Handle::new(&background, || Idle).unwrap();
        let dropped = std::thread::spawn(move || drop(handle));
        assert!(matches!(background.join(), Err(RunError::Stuck(_))));
        dropped.join().unwrap();
    }
}

#[test]
fn a_component_that_cannot_be_made_is_an_error_of_the_maker_and_of_the_run() {
    let background = Background::start().unwrap();
    let refused = Handle::new(&background, || -> Idle { panic!("out of parts") }).unwrap_err();
    assert_eq!(refused.to_string(), "the component of the handle has ended");
    let error = background.join().unwrap_err().to_string();
    assert!(error.starts_with("Handle_") && error.ends_with("panicked: out of parts"), "{error}");
}

#[test]
fn what_a_handle_wants_after_its_scheduler_has_gone_is_refused_at_once() {
    let background = Background::start().unwrap();
    let handle = Handle::new(&background, || Idle).unwrap();
    handle.put("control", ShutdownMicroprocess::new()).unwrap();
    background.join().unwrap();
    assert!(handle.get("outbox").is_err() && handle.put("inbox", 1).is_err());
    assert!(handle.put_when_room("inbox", 1).is_err() && handle.messages("outbox").next().is_none());
    assert!(handle.failure().is_none());
}

#[test]
fn a_background_that_is_dropped_stops_its_components() {
    let (alive, ended) = channel::<()>();
    struct Holds(#[allow(dead_code)] std::sync::mpsc::Sender<()>);
    impl Component for Holds {
        async fn main(&mut self, cx: &Context) -> axon::Result {
            loop {
                cx.pause().await;
            }
        }
    }
    let background = Background::start_with(Scheduler::builder().immortal()).unwrap();
    background.activate(move || Holds(alive)).unwrap();
    assert!(!background.has_ended());
    drop(background);
    // Its sender is dropped when the component is.
    assert!(ended.recv().is_err());
}
