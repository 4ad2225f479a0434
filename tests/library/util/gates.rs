//! Components that let some messages through and not others.

use axon::util::{
    Chooser, ChunksToLines, DataSource, EchoProtocol, FirstOnly, Framer, LineSplit, LinesToTokenlists,
    LossyConnector, NullSinkComponent, PassThrough, PureTransformer, SequentialTransformer, Sync,
    TagWithSequenceNumber, TriggeredSource, UnseenOnly,
};
use axon::{AnyComponent, Message, Scheduler};

use crate::bench::{Bench, PF, SM, name};

#[test]
fn pass_through_passes_everything_on_and_ends_on_endings() {
    let mut bench = Bench::new(PassThrough::new());
    bench.give("inbox", 1).give("control", "hello").shut_down().give("inbox", 2).settle();
    assert_eq!(bench.sent::<i32>(), [1, 2]);
    assert_eq!(bench.signalled(), ["\"hello\"", SM]);
    assert!(bench.ended());
}

#[test]
fn pass_through_ends_on_what_it_is_told_to() {
    let mut bench =
        Bench::new(PassThrough::new().shutdown_on(|message: &Message| name(message) == "\"bye\""));
    bench.finish().shut_down().settle();
    assert!(!bench.ended());
    bench.give("control", "bye").settle();
    assert_eq!(bench.signalled(), [PF, SM, "\"bye\""]);
    assert!(bench.ended());
}

#[test]
fn pass_through_that_is_not_to_end_loses_nothing_when_told_to_stop_without_room() {
    let mut bench = Bench::new(PassThrough::new().shutdown_on(|_| false));
    bench.limit("outbox", 1).give("inbox", 1).give("inbox", 2).settle();
    bench.shut_down().settle();
    assert_eq!(bench.signalled(), [SM]);
    let mut sent = Vec::new();
    while let Some(item) = bench.one("outbox") {
        sent.push(item.take::<i32>().unwrap());
        bench.settle();
    }
    assert_eq!(sent, [1, 2]);
}

#[test]
fn data_that_comes_while_a_control_message_waits_for_room_is_not_forgotten() {
    let mut bench = Bench::new(PassThrough::new());
    bench.limit("signal", 0).give("control", "hello").settle();
    bench.give("inbox", 1).finish().settle();
    assert_eq!(bench.out("outbox").len(), 0);
    bench.limit("signal", 10).settle();
    assert_eq!(bench.sent::<i32>(), [1]);
    assert_eq!(bench.signalled(), ["\"hello\"", PF]);
    assert!(bench.ended());
}

#[test]
fn first_only_lets_the_first_through_and_any_control_message_ends_it() {
    let mut bench = Bench::new(FirstOnly::new());
    bench.give("inbox", 1).give("inbox", 2).settle();
    bench.give("inbox", 3).give("control", "anything at all").settle();
    assert_eq!(bench.sent::<i32>(), [1]);
    assert_eq!(bench.signalled(), ["\"anything at all\""]);
    assert!(bench.ended());

    let mut bench = Bench::new(FirstOnly::new());
    bench.settle().finish().settle();
    assert_eq!(bench.signalled(), [PF]);
    assert!(bench.ended());
}

#[test]
fn unseen_only_lets_each_through_once() {
    let mut bench = Bench::new(UnseenOnly::<&str>::new());
    for item in ["a", "b", "a"] {
        bench.give("inbox", item);
    }
    bench.finish().settle();
    assert_eq!(bench.sent::<&str>(), ["a", "b"]);
    assert_eq!(bench.signalled(), [PF]);
}

#[test]
fn sync_sends_the_last_of_each_full_batch() {
    let mut bench = Bench::new(Sync::new(3));
    for item in 1..=7 {
        bench.give("inbox", item);
    }
    bench.give("control", "hello").finish().settle();
    assert_eq!(bench.sent::<i32>(), [3, 6]);
    assert_eq!(bench.signalled(), ["\"hello\"", PF]);
    assert!(bench.ended());
}

#[test]
#[should_panic(expected = "no messages")]
fn a_sync_of_none_is_a_mistake() {
    let _ = Sync::new(0);
}

#[test]
fn a_lossy_connector_throws_away_what_finds_no_room() {
    let mut bench = Bench::new(LossyConnector::new());
    bench.limit("outbox", 2);
    for item in 1..=4 {
        bench.give("inbox", item);
    }
    bench.settle();
    assert_eq!(bench.sent::<i32>(), [1, 2]);
    bench.give("inbox", 5).give("control", "hello").finish().settle();
    assert_eq!(bench.sent::<i32>(), [5]);
    assert_eq!(bench.signalled(), [PF]);
    assert!(bench.ended());
}

#[test]
fn a_null_sink_takes_everything_and_any_control_message_ends_it() {
    let mut bench = Bench::new(NullSinkComponent::new());
    bench.give("inbox", 1).give("inbox", 2).settle();
    assert_eq!(bench.scheduler.context(&bench.subject).data_ready("inbox"), 0);
    bench.give("control", "anything").settle();
    assert_eq!(bench.signalled(), ["\"anything\""]);
    assert!(bench.ended());
}

#[test]
fn an_echo_sends_back_and_any_control_message_ends_it_after_the_data() {
    let mut bench = Bench::new(EchoProtocol::new());
    bench.give("control", "anything").give("inbox", "x").settle();
    assert_eq!(bench.sent::<&str>(), ["x"]);
    assert_eq!(bench.signalled(), ["\"anything\""]);
    assert!(bench.ended());
}

#[test]
fn an_echo_waits_for_room() {
    let mut bench = Bench::new(EchoProtocol::new());
    bench.limit("outbox", 1).give("inbox", 1).give("inbox", 2).give("inbox", 3).settle();
    assert!(!bench.scheduler.run_pass().unwrap(), "it does not run while there is no room");
    let mut sent = Vec::new();
    while let Some(item) = bench.one("outbox") {
        sent.push(item.take::<i32>().unwrap());
        bench.settle();
    }
    assert_eq!(sent, [1, 2, 3]);
}

#[test]
fn a_first_only_that_is_to_end_does_so_after_the_first_message() {
    let mut bench = Bench::new(FirstOnly::new().ending());
    bench.give("inbox", 1).give("inbox", 2).settle();
    assert_eq!(bench.sent::<i32>(), [1]);
    assert_eq!(bench.signalled(), [PF]);
    assert!(bench.ended());
}

type Makes = fn() -> AnyComponent;

/// One that nobody hears any more ends, and so does an endless source before it.
#[test]
fn no_component_goes_on_when_nobody_can_hear_it_any_more() {
    let with: [(Makes, Makes); 16] = [
        (numbers, || AnyComponent::new(PassThrough::new())),
        (numbers, || AnyComponent::new(PureTransformer::map(|n: i32| n))),
        (numbers, || AnyComponent::new(PureTransformer::map(|n: i32| n).ignoring_shutdown())),
        (numbers, || AnyComponent::new(SequentialTransformer::new(|n: i32| n))),
        (numbers, || AnyComponent::new(TriggeredSource::new(1))),
        (numbers, || AnyComponent::new(UnseenOnly::<i32>::new())),
        (numbers, || AnyComponent::new(TagWithSequenceNumber::<i32>::new())),
        (numbers, || AnyComponent::new(Sync::new(2))),
        (numbers, || AnyComponent::new(LossyConnector::new())),
        (numbers, || AnyComponent::new(EchoProtocol::new())),
        (numbers, || AnyComponent::new(FirstOnly::new())),
        (lines, || AnyComponent::new(ChunksToLines::new())),
        (lines, || AnyComponent::new(LineSplit::new())),
        (lines, || AnyComponent::new(LinesToTokenlists::new())),
        (lines, || AnyComponent::new(Chooser::new(["a"]))),
        (pairs, || AnyComponent::new(Framer::new())),
    ];
    for (source, component) in with {
        let mut scheduler = Scheduler::new();
        let (source, component) = (scheduler.activate(source()), scheduler.activate(component()));
        let head = scheduler.activate(FirstOnly::new().ending());
        let maker = scheduler.add(NullSinkComponent::new());
        let cx = scheduler.context(&maker);
        cx.link((&source, "outbox"), (&component, "inbox")).unwrap();
        cx.link((&component, "outbox"), (&head, "inbox")).unwrap();
        for _ in 0..100 {
            scheduler.run_pass().unwrap();
        }
        assert!(head.is_stopped() && component.is_stopped() && source.is_stopped(), "{component}");
    }
}

fn numbers() -> AnyComponent {
    AnyComponent::new(DataSource::new(0..))
}

fn lines() -> AnyComponent {
    AnyComponent::new(DataSource::new(std::iter::repeat("SAME\n")))
}

fn pairs() -> AnyComponent {
    AnyComponent::new(DataSource::new(std::iter::repeat_with(|| (1u64, String::from("data")))))
}
