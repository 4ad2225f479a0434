//! Limits of inboxes that are set from outside, on any component and in every chassis.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use axon::prelude::*;
use axon::util::{Framer, Plug, TriggeredSource};
use axon::{AnyComponent, parallel};

use crate::bench::Bench;

/// Reads nothing until it is told to end.
struct Idle;

impl Component for Idle {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        while cx.told_to_end().is_none() {
            cx.pause().await;
        }
        Ok(())
    }
}

/// Sends as much as there is room for, and counts it.
struct Flood(Rc<Cell<usize>>);

impl Component for Flood {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for number in 0..100 {
            cx.send_when_room("outbox", number).await.ok();
            self.0.set(self.0.get() + 1);
            cx.yield_now().await;
        }
        Ok(())
    }
}

/// How many messages are taken from a sender before it has to wait for ever.
fn taken_by(component: AnyComponent) -> usize {
    let taken = Rc::new(Cell::new(0));
    let mut scheduler = Scheduler::builder().virtual_clock().build();
    scheduler.activate(pipeline![Flood(taken.clone()), component]);
    let stuck = scheduler.run().unwrap_err().to_string();
    assert!(stuck.contains("full"), "{stuck}");
    taken.get()
}

#[test]
fn with_another_size_it_has_the_name_and_the_boxes_and_the_behaviour_that_it_had() {
    let ready_made = [
        AnyComponent::new(ConsoleEchoer::new().inbox_size("inbox", 7)),
        AnyComponent::new(Fanout::new(["one", "two"]).inbox_size("inbox", 7)),
        AnyComponent::new(ChunksToLines::new().inbox_size("inbox", 7)),
        AnyComponent::new(Framer::new().inbox_size("inbox", 7)),
        AnyComponent::new(TriggeredSource::new(1).inbox_size("inbox", 7)),
        AnyComponent::new(PlugSplitter::new().inbox_size("inbox", 7)),
        AnyComponent::new(Chooser::new([1, 2]).inbox_size("inbox", 7)),
        AnyComponent::new(Backplane::new("hub").inbox_size("inbox", 7)),
    ];
    let plain = [
        AnyComponent::new(ConsoleEchoer::new()),
        AnyComponent::new(Fanout::new(["one", "two"])),
        AnyComponent::new(ChunksToLines::new()),
        AnyComponent::new(Framer::new()),
        AnyComponent::new(TriggeredSource::new(1)),
        AnyComponent::new(PlugSplitter::new()),
        AnyComponent::new(Chooser::new([1, 2])),
        AnyComponent::new(Backplane::new("hub")),
    ];
    let scheduler = Scheduler::new();
    for (sized, plain) in ready_made.into_iter().zip(plain) {
        let (sized, plain) = (scheduler.add(sized), scheduler.add(plain));
        let cx = scheduler.context(&sized);
        assert_eq!(sized.kind(), plain.kind());
        assert_eq!(cx.inboxes(&sized), cx.inboxes(&plain));
        assert_eq!(cx.outboxes(&sized), cx.outboxes(&plain));
        assert_eq!(cx.size((&sized, "inbox")).unwrap(), Some(7), "{sized}");
        assert_eq!(cx.size((&sized, "control")).unwrap(), cx.size((&plain, "control")).unwrap());
    }

    let mut bench = Bench::new(PureTransformer::map(|n: i32| n + 1).inbox_size("inbox", 2));
    bench.give("inbox", 1).give("inbox", 2).finish().settle();
    assert_eq!(bench.sent::<i32>(), [2, 3]);
    assert!(bench.ended());
}

#[test]
fn several_inboxes_of_one_component_can_be_given_sizes_and_the_last_size_counts() {
    let scheduler = Scheduler::new();
    let it = PassThrough::new().inbox_size("inbox", 1).inbox_size("control", 2).inbox_size("inbox", 3);
    let it = scheduler.add(it);
    let cx = scheduler.context(&it);
    let sizes = ["inbox", "control"].map(|inbox| cx.size((&it, inbox)).unwrap());
    assert_eq!(sizes, [Some(3), Some(2)]);
}

#[test]
fn an_inbox_that_suspends_nobody_can_be_asked_for_from_outside() {
    let all_in_one_turn = |component: AnyComponent| {
        let turns = Rc::new(Cell::new(0));
        let mut scheduler = Scheduler::builder().virtual_clock().soft_limit(1).build();
        scheduler.activate(pipeline![Flood(turns.clone()), component]);
        let _ = (0..120).map(|_| scheduler.run_pass()).collect::<Vec<_>>();
        turns.get()
    };
    assert_eq!(all_in_one_turn(AnyComponent::new(Idle.unlimited_inbox("inbox"))), 100);
    assert!(all_in_one_turn(AnyComponent::new(Idle)) < 100);
}

#[test]
fn two_of_a_kind_have_each_its_own_sizes() {
    let scheduler = Scheduler::new();
    let sizes = [3, 5].map(|size| {
        let it = scheduler.add(PassThrough::new().inbox_size("inbox", size));
        scheduler.context(&it).size((&it, "inbox")).unwrap()
    });
    assert_eq!(sizes, [Some(3), Some(5)]);
}

#[test]
fn a_misspelt_inbox_and_a_size_of_nothing_are_errors_at_the_callers_line_that_say_what_is_right() {
    fn panic_of(work: impl FnOnce()) -> (String, u32) {
        thread_local!(static LINE: Cell<u32> = const { Cell::new(0) });
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            LINE.set(info.location().filter(|at| at.file().ends_with("sizes.rs")).map_or(0, |at| at.line()));
            before(info);
        }));
        let panic = catch_unwind(AssertUnwindSafe(work)).unwrap_err();
        (panic.downcast_ref::<String>().unwrap().clone(), LINE.get())
    }
    let (text, line) = panic_of(|| drop(ConsoleEchoer::new().inbox_size("inbux", 10)));
    let right =
        r#"ConsoleEchoer has no inbox "inbux" to limit; it has "inbox", "control"; did you mean "inbox"?"#;
    assert_eq!((text.as_str(), line), (right, line!() - 3));
    let (text, line) =
        panic_of(|| drop(ConsoleEchoer::new().inbox_size("control", 1).inbox_size("inbox", 0)));
    assert_eq!(
        (text.as_str(), line),
        ("\"inbox\" of ConsoleEchoer would take no message at all: its size is at least 1", line!() - 3)
    );
}

#[test]
fn in_every_chassis_an_inner_inbox_of_a_limited_size_holds_up_who_sends_to_the_chassis() {
    let idle = || Idle.inbox_size("inbox", 3);
    let graph = graphline! { components: { it: idle() }, linkages: { self.inbox => it.inbox } };
    let carousel = || Carousel::new(move |_: &'static str| idle());
    let chassis = [
        ("Pipeline", AnyComponent::new(Pipeline::new().then(idle()))),
        ("pipeline!", AnyComponent::new(pipeline![idle(), NullSinkComponent::new()])),
        ("graphline!", AnyComponent::new(graph)),
        ("Seq", AnyComponent::new(Seq::new().then(idle()))),
        ("Supervisor", AnyComponent::new(Supervisor::new(idle))),
        ("two deep", AnyComponent::new(pipeline![pipeline![idle()]])),
        (
            "JoinChooserToCarousel",
            AnyComponent::new(JoinChooserToCarousel::new(
                Chooser::new(["it"]),
                carousel().make_first_request(),
            )),
        ),
    ];
    for (name, chassis) in chassis {
        // What comes before its first turn waits in the outer box.
        let taken = taken_by(chassis);
        assert!((3..=7).contains(&taken), "{name}: {taken}");
    }
}

#[test]
fn a_size_that_is_given_to_a_chassis_holds_for_the_way_through_it() {
    let graph = graphline! { components: { it: Idle }, linkages: { self.inbox => it.inbox } };
    let carousel = Carousel::new(|_: &'static str| Idle).make_first_request();
    let chassis = [
        ("Pipeline", AnyComponent::new(pipeline![Idle].inbox_size("inbox", 3))),
        ("Graphline", AnyComponent::new(graph.inbox_size("inbox", 3))),
        ("Seq", AnyComponent::new(Seq::new().then(Idle).inbox_size("inbox", 3))),
        ("Supervisor", AnyComponent::new(Supervisor::new(|| Idle).inbox_size("inbox", 3))),
        ("two deep", AnyComponent::new(pipeline![pipeline![Idle].inbox_size("inbox", 3)])),
        (
            "JoinChooserToCarousel",
            AnyComponent::new(
                JoinChooserToCarousel::new(Chooser::new(["it"]), carousel).inbox_size("inbox", 3),
            ),
        ),
    ];
    for (name, chassis) in chassis {
        let taken = taken_by(chassis);
        assert!((3..=7).contains(&taken), "{name}: {taken}");
    }
}

#[test]
fn a_chassis_that_reads_its_own_inbox_holds_up_its_senders_by_the_size_of_that() {
    let idle = || Idle.inbox_size("inbox", 3);
    let par = Par::new().and(idle()).and(Idle).inbox_size("inbox", 2);
    let tap = TPipe::new(idle()).inbox_size("inbox", 2);
    for (name, chassis) in [("Par", AnyComponent::new(par)), ("TPipe", AnyComponent::new(tap))] {
        let taken = taken_by(chassis);
        // Those inside, one in hand, those outside.
        assert_eq!(taken, 3 + 1 + 2, "{name}");
    }
}

#[test]
fn a_child_made_from_an_order_has_the_size_that_it_was_made_with() {
    let graph = graphline! {
        components: {
            orders: DataSource::new(["it"]),
            maker: Carousel::new(|_: &'static str| Idle.inbox_size("inbox", 3)),
        },
        linkages: { orders.outbox => maker.next, self.inbox => maker.inbox },
    };
    let taken = taken_by(AnyComponent::new(graph));
    assert!((3..=7).contains(&taken), "{taken}");
}

#[test]
fn a_stage_on_another_thread_can_be_given_a_size_where_it_is_made() {
    let received = Received::<u32>::new();
    let into = received.clone();
    let graph = parallel::Graphline::new()
        .component("SOURCE", || DataSource::new(0..500u32))
        .component("SINK", move || DataSink::new(&into).inbox_size("inbox", 2))
        .link(("SOURCE", "outbox"), ("SINK", "inbox"))
        .and_then(|graph| graph.link(("SOURCE", "signal"), ("SINK", "control")))
        .unwrap();
    axon::run(graph).unwrap();
    assert_eq!(received.take(), (0..500).collect::<Vec<_>>());

    let into = received.clone();
    let row = parallel::Pipeline::new()
        .then(|| PassThrough::new().inbox_size("inbox", 2))
        .then(move || DataSink::new(&into).inbox_size("inbox", 1));
    axon::run(pipeline![DataSource::new(0..500u32), row]).unwrap();
    assert_eq!(received.take(), (0..500).collect::<Vec<_>>());
}

#[test]
fn a_plug_can_be_given_a_size_too() {
    let scheduler = Scheduler::new();
    let splitter = scheduler.activate(PlugSplitter::new());
    let plug = scheduler.add(Plug::new(&splitter, PassThrough::new()).inbox_size("control", 4));
    assert_eq!(scheduler.context(&plug).size((&plug, "control")).unwrap(), Some(4));
}
