//! Threaded components beside what `tests/semantics/` promises: the waits, the ends, the orders.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use axon::util::{DataSink, DataSource, Received};
use axon::{
    Component, ComponentRef, Context, ProducerFinished, RunError, Scheduler, ShutdownMicroprocess,
    ThreadContext, Threaded, ThreadedComponent,
    error::{LinkError, StoppedError, UnknownBoxError},
    pipeline,
};

/// A component whose `main` is a closure on a thread of its own.
struct Blocking<F>(Option<F>);

impl<F: FnOnce(&ThreadContext) -> axon::Result + Send + 'static> ThreadedComponent for Blocking<F> {
    fn kind(&self) -> &'static str {
        "Blocking"
    }

    fn main(&mut self, cx: &ThreadContext) -> axon::Result {
        self.0.take().expect("a component runs once")(cx)
    }
}

fn blocking<F>(main: F) -> Threaded<Blocking<F>>
where
    F: FnOnce(&ThreadContext) -> axon::Result + Send + 'static,
{
    Threaded::new(Blocking(Some(main)))
}

/// Its boxes are what a test wants; it never runs.
struct Still;
impl Component for Still {}

/// Fails at its first turn.
struct Fails;
impl Component for Fails {
    async fn main(&mut self, _: &Context) -> axon::Result {
        Err("the disk is full".into())
    }
}

/// Runs passes until a thread has told the test something.
fn run_until_told<T>(s: &mut Scheduler, by: &Receiver<T>) -> T {
    for _ in 0..20_000 {
        s.run_pass().unwrap();
        if let Ok(said) = by.recv_timeout(Duration::from_millis(1)) {
            return said;
        }
    }
    panic!("the thread says nothing");
}

/// An inbox of this size that the sender's outbox leads to.
fn sink(s: &Scheduler, sender: &ComponentRef, size: usize) -> (ComponentRef, Context) {
    let sink = s.add(Still);
    let cx = s.context(&sink);
    cx.set_size((&sink, "inbox"), Some(size)).unwrap();
    cx.link((sender, "outbox"), (&sink, "inbox")).unwrap();
    cx.link((sender, "signal"), (&sink, "control")).unwrap();
    (sink, cx)
}

/// What a thread does that would wait for ever.
type Wait = fn(&ThreadContext);

const WAITS: [Wait; 7] = [
    |cx| {
        while !cx.is_over() {
            cx.pause();
        }
    },
    |cx| cx.sleep(Duration::from_secs(1000)),
    |cx| assert!(cx.next::<u8>("inbox").unwrap_err().is::<StoppedError>()),
    |cx| while cx.send_when_room("outbox", 1).is_ok() {},
    |cx| while cx.send_within("outbox", 1, Some(Duration::from_secs(1000))).is_ok() {},
    |cx| assert!(cx.recv_within("inbox", None).is_none()),
    |cx| while cx.sync().is_ok() {},
];

/// A thread that says so, waits, and tells how it was told to end.
fn waits(wait: Wait, tell: Sender<&'static str>) -> Threaded<impl ThreadedComponent> {
    let waits = blocking(move |cx| {
        tell.send("waits").unwrap();
        wait(cx);
        assert!(cx.is_over());
        assert!(cx.told_to_end().unwrap().is::<ShutdownMicroprocess>());
        let refused = cx.send("outbox", 1).unwrap_err();
        assert!(refused.is_over() && refused.to_string().ends_with("its run is over"), "{refused}");
        let nobody = cx.add_inbox("late").unwrap_err().to_string();
        assert_eq!(nobody, format!("{} was stopped, or its run is over", cx.name()));
        tell.send("ends").unwrap();
        Ok(())
    });
    waits.queue_length(1)
}

#[test]
fn a_run_that_fails_tells_its_threads_whatever_they_wait_for() {
    for wait in WAITS {
        let (tell, heard) = channel();
        let mut s = Scheduler::new();
        let thread = s.activate(waits(wait, tell));
        let _sink = sink(&s, &thread, 1);
        assert_eq!(run_until_told(&mut s, &heard), "waits");
        s.activate(Fails);
        let error = s.run().unwrap_err().to_string();
        assert!(error.ends_with("the disk is full"), "{error}");
        // It has ended before `run` returned.
        assert_eq!(heard.try_recv(), Ok("ends"));
    }
}

#[test]
fn a_component_that_is_stopped_tells_its_thread_and_the_run_goes_on() {
    for wait in WAITS {
        let (tell, heard) = channel();
        let mut s = Scheduler::new();
        let thread = s.activate(waits(wait, tell));
        let _sink = sink(&s, &thread, 1);
        assert_eq!(run_until_told(&mut s, &heard), "waits");
        s.context(&thread).stop(&thread);
        assert!(thread.is_stopped());
        assert_eq!(run_until_told(&mut s, &heard), "ends");
        s.run().unwrap();
    }
}

#[test]
fn all_threads_that_go_on_share_the_patience_and_each_is_named_once() {
    let (go, may_go) = channel::<()>();
    let may_go = std::sync::Arc::new(std::sync::Mutex::new(may_go));
    let mut s = Scheduler::builder().thread_patience(Duration::from_millis(20)).build();
    let (tell, heard) = channel();
    let deaf = [0, 1, 2].map(|_| {
        let (may_go, tell) = (may_go.clone(), tell.clone());
        s.activate(blocking(move |_| {
            tell.send(()).unwrap();
            let _ = may_go.lock().unwrap().recv();
            Ok(())
        }))
    });
    deaf.iter().for_each(|_| run_until_told(&mut s, &heard));
    s.remote().stop().unwrap();
    let error = s.run().unwrap_err();
    let names = deaf.map(|deaf| deaf.name()).join(", ");
    assert_eq!(error.to_string(), format!("not ended within 20ms: {names}"));
    drop(go);
    s.run().unwrap();
}

#[test]
fn what_the_scheduler_refuses_comes_back_as_an_error_and_what_panics_there_panics_here() {
    let (tell, heard) = channel();
    let mut s = Scheduler::new();
    s.activate(blocking(move |cx| {
        let me = cx.me();
        cx.link((me, "outbox"), (me, "inbox"))?;
        let twice = cx.link((me, "outbox"), (me, "control")).unwrap_err();
        assert!(matches!(*twice.downcast()?, LinkError::BoxAlreadyLinkedToDestination { .. }));
        assert!(cx.link((me, "nothere"), (me, "inbox")).unwrap_err().is::<LinkError>());
        assert!(cx.delete_inbox("inbox").unwrap_err().is::<UnknownBoxError>());
        assert!(cx.set_size((me, "nothere"), None).unwrap_err().is::<UnknownBoxError>());
        let panic = catch_unwind(AssertUnwindSafe(|| cx.on_scheduler(|_| panic!("over there")).unwrap()));
        tell.send(*panic.unwrap_err().downcast::<&str>().unwrap()).unwrap();
        cx.sync()
    }));
    s.run().unwrap();
    assert_eq!(heard.recv().unwrap(), "over there");
}

#[test]
fn services_are_offered_found_and_taken_off_the_list_by_a_thread() {
    axon::run(blocking(|cx| {
        cx.register_service("echo", (cx.me(), "inbox"))?;
        assert!(cx.register_service("echo", (cx.me(), "inbox")).is_err());
        assert_eq!(cx.retrieve_service("echo")?, Some((cx.me().clone(), "inbox".into())));
        cx.deregister_service("echo")?;
        assert_eq!(cx.retrieve_service("echo")?, None);
        Ok(())
    }))
    .unwrap();
}

#[test]
fn what_lies_in_a_box_that_a_thread_deletes_is_handed_back() {
    axon::run(blocking(|cx| {
        let (inbox, outbox) = (cx.add_inbox("extra")?, cx.add_outbox("extra")?);
        cx.link((cx.me(), &outbox), (cx.me(), &inbox))?;
        for number in 0..5u8 {
            cx.send(&outbox, number)?;
        }
        cx.sync()?;
        let lay: Vec<u8> =
            cx.delete_inbox(&inbox)?.into_iter().map(|message| message.take().unwrap()).collect();
        assert_eq!(lay, [0, 1, 2, 3, 4]);
        assert!(catch_unwind(AssertUnwindSafe(|| cx.data_ready(&inbox))).is_err());
        assert!(cx.delete_outbox(&outbox)?.is_empty());
        Ok(())
    }))
    .unwrap();
}

#[test]
fn a_thread_passes_its_boxes_through_to_a_child() {
    let (tell, heard) = channel();
    let mut s = Scheduler::new();
    let outer = s.activate(blocking(move |cx| {
        let child = cx.add_child(|| {
            blocking(|cx| {
                let number: u8 = cx.next("inbox")?;
                Ok(cx.send("outbox", number + 1)?)
            })
        })?;
        cx.pass_through_inbox((cx.me(), "inbox"), (&child, "inbox"))?;
        cx.pass_through_outbox((&child, "outbox"), (cx.me(), "outbox"))?;
        cx.activate(&child)?;
        tell.send(()).unwrap();
        while !child.is_stopped() {
            cx.pause();
        }
        cx.remove_child(&child)
    }));
    let (_sink, cx) = sink(&s, &outer, 10);
    run_until_told(&mut s, &heard);
    cx.deliver_to(&outer, "inbox", 7u8).unwrap();
    s.run().unwrap();
    assert_eq!(cx.recv_as::<u8>("inbox").unwrap(), Some(8));
}

#[test]
fn no_more_will_come_is_told_to_a_thread_when_it_has_collected_all_that_came_before() {
    for queue_length in [1, 2, 7, 1000] {
        let through = blocking(|cx| {
            loop {
                for number in cx.drain::<u32>("inbox") {
                    cx.send_when_room("outbox", number?).map_err(|_| "told to stop")?;
                }
                if let Some(notice) = cx.told_to_end() {
                    cx.send_when_room("signal", notice).map_err(|_| "told to stop")?;
                    return Ok(());
                }
                cx.pause();
            }
        });
        let received = Received::<u32>::new();
        let source = DataSource::new(0..2000u32);
        axon::run(pipeline![source, through.queue_length(queue_length), DataSink::new(&received)]).unwrap();
        assert_eq!(received.take(), (0..2000).collect::<Vec<_>>());
    }
}

#[test]
fn a_thread_that_leaves_data_lying_is_told_to_end_all_the_same() {
    let mut s = Scheduler::new();
    let deaf = blocking(|cx| {
        while cx.told_to_end().is_none() {
            cx.pause();
        }
        Ok(())
    });
    let deaf = s.activate(deaf.queue_length(2));
    for _ in 0..10 {
        s.context(&deaf).deliver_to(&deaf, "inbox", "unread").unwrap();
    }
    s.context(&deaf).deliver_to(&deaf, "control", ProducerFinished::new()).unwrap();
    s.run().unwrap();
}

#[test]
fn no_more_will_come_does_not_overtake_the_data_that_a_thread_sent_before_it() {
    let mut s = Scheduler::new();
    let sender = s.activate(blocking(|cx| {
        for number in 0..5 {
            cx.send("outbox", number)?;
        }
        Ok(cx.send("signal", ProducerFinished::new())?)
    }));
    let (_sink, cx) = sink(&s, &sender, 1);
    let mut received = 0;
    while received < 5 {
        s.run_pass().unwrap();
        if cx.data_ready("inbox") == 0 {
            assert_eq!(cx.data_ready("control"), 0, "{received} have arrived");
            std::thread::yield_now();
        }
        received += usize::from(cx.recv("inbox").is_some());
    }
    s.run().unwrap();
    assert_eq!(cx.data_ready("control"), 1);
}

#[test]
fn what_a_thread_left_and_nobody_will_take_is_a_stall_that_names_the_full_box() {
    // Again and again: the thread may let go of its half while the scheduler asks who could be woken.
    for _ in 0..100 {
        let mut s = Scheduler::new();
        let sender = s.activate(blocking(|cx| {
            cx.send("outbox", 1)?;
            Ok(cx.send("outbox", 2)?)
        }));
        let (sink, _cx) = sink(&s, &sender, 1);
        let Err(RunError::Stuck(report)) = s.run() else { panic!("nobody can go on") };
        assert_eq!(report.sleepers.len(), 1);
        assert_eq!(report.sleepers[0].component, sender.name());
        assert_eq!(report.sleepers[0].refused_by, [format!("{sink}.inbox")]);
    }
}

#[test]
fn what_was_sent_before_a_failure_is_delivered_as_far_as_there_is_room() {
    let mut s = Scheduler::new();
    let sender = s.activate(blocking(|cx| {
        cx.send("outbox", "last words")?;
        cx.send("outbox", "no room")?;
        Err("the disk is full".into())
    }));
    let (_sink, cx) = sink(&s, &sender, 1);
    assert!(matches!(s.run(), Err(RunError::Failed { .. })));
    assert_eq!(cx.recv_as::<&str>("inbox").unwrap(), Some("last words"));
}

#[test]
fn nobody_waits_for_a_detached_thread_and_its_component_ends_when_told_to() {
    let (go, may_go) = channel::<()>();
    let (tell, heard) = channel();
    let mut s = Scheduler::builder().thread_patience(Duration::from_secs(1000)).build();
    let keyboard = blocking(move |cx| {
        cx.send("outbox", 1)?;
        cx.send("outbox", 2)?;
        tell.send(()).unwrap();
        let _ = may_go.recv();
        Ok(())
    });
    let keyboard = s.activate(keyboard.detached());
    let (_sink, cx) = sink(&s, &keyboard, 1);
    run_until_told(&mut s, &heard);
    cx.deliver_to(&keyboard, "control", "for others").unwrap();
    cx.deliver_to(&keyboard, "control", ProducerFinished::new()).unwrap();
    let (mut received, mut said) = (Vec::new(), Vec::new());
    while !keyboard.is_stopped() {
        s.run_pass().unwrap();
        said.extend(std::iter::from_fn(|| cx.recv("control")));
        // One in the box, one that finds no room: the ending waits for it.
        assert!(received.len() + cx.data_ready("inbox") == 2 || said.len() < 2);
        received.extend(cx.recv("inbox"));
    }
    assert!(said.len() == 2 && said[0].is::<&str>() && said[1].is::<ProducerFinished>(), "{said:?}");
    s.run().unwrap();
    drop(go);
}

#[test]
fn a_threaded_component_without_a_main_begins_goes_on_and_closes_down() {
    struct Steps(u32);
    impl ThreadedComponent for Steps {
        fn initialise_component(&mut self, cx: &ThreadContext) -> axon::Result {
            Ok(cx.send("outbox", 100u32)?)
        }
        fn main_body(&mut self, cx: &ThreadContext) -> axon::Result<bool> {
            self.0 += 1;
            cx.send("outbox", self.0)?;
            Ok(self.0 < 3)
        }
        fn close_down_component(&mut self, cx: &ThreadContext) -> axon::Result {
            cx.send("outbox", 200u32)?;
            Ok(cx.send("signal", ProducerFinished::new())?)
        }
    }
    let received = Received::<u32>::new();
    axon::run(pipeline![Threaded::new(Steps(0)), DataSink::new(&received)]).unwrap();
    assert_eq!(received.take(), [100, 1, 2, 3, 200]);
}

#[test]
fn a_destructor_that_panics_in_the_thread_is_the_components_failure() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("while it is dropped");
        }
    }
    impl ThreadedComponent for Panics {}
    let error = axon::run(Threaded::new(Panics)).unwrap_err().to_string();
    assert!(error.starts_with("Panics_") && error.ends_with("panicked: while it is dropped"), "{error}");
}
