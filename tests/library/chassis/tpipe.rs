//! Taps: which way a message goes, and how a tap ends.

use axon::Message;
use axon::chassis::TPipe;
use axon::util::{DataSink, DataSource, NullSinkComponent, PureTransformer, Received};

use crate::bench::{Bench, PF, SM, name};
use crate::chassis::stages::Quiet;

fn is_even(n: &i32) -> bool {
    n % 2 == 0
}

#[test]
fn split_sends_every_message_on_and_a_share_to_the_action() {
    let received = Received::<i32>::new();
    let mut bench = Bench::new(TPipe::new(DataSink::new(&received)).condition(is_even));
    bench.give("inbox", 1).give("inbox", 2).settle();
    assert_eq!(bench.sent::<i32>(), [1, 2]);
    assert_eq!(received.take(), [2]);
}

#[test]
fn route_sends_each_message_one_way() {
    let received = Received::<i32>::new();
    let mut bench = Bench::new(TPipe::new(DataSink::new(&received)).condition(is_even).route());
    bench.give("inbox", 1).give("inbox", 2).settle();
    assert_eq!(bench.sent::<i32>(), [1]);
    assert_eq!(received.take(), [2]);
}

#[test]
fn a_condition_is_false_for_payloads_of_another_type_unless_it_takes_any_message() {
    let received = Received::<Message>::new();
    let mut bench = Bench::new(TPipe::new(DataSink::new(&received)).condition(is_even).route());
    bench.give("inbox", "text").settle();
    assert_eq!(bench.out("outbox").len(), 1);
    assert!(received.take().is_empty());

    let any = |message: &Message| name(message) == "\"text\"";
    let mut bench = Bench::new(TPipe::new(DataSink::new(&received)).condition(any).route());
    bench.give("inbox", "text").settle();
    assert_eq!(received.take().len(), 1);
}

#[test]
fn a_source_adds_what_the_action_sends() {
    let action = PureTransformer::map(|n: i32| n * 10);
    let mut bench = Bench::new(TPipe::new(action).condition(is_even).source());
    bench.give("inbox", 1).give("inbox", 2).settle();
    assert_eq!(bench.sent::<i32>(), [1, 2, 20]);
}

#[test]
fn it_gives_the_others_a_turn_after_each_message() {
    let received = Received::<i32>::new();
    let mut bench = Bench::new(TPipe::new(DataSink::new(&received)));
    bench.passes(2).give("inbox", 1).give("inbox", 2).give("inbox", 3);
    let sent: Vec<usize> = (0..4).map(|_| bench.passes(1).out("outbox").len()).collect();
    assert_eq!(sent, [1, 1, 1, 0]);
}

#[test]
fn without_a_sink_the_action_gets_no_messages() {
    let received = Received::<i32>::new();
    let mut bench = Bench::new(TPipe::new(DataSink::new(&received)).without_sink());
    bench.give("inbox", 1).settle();
    assert_eq!(bench.sent::<i32>(), [1]);
    assert!(received.take().is_empty());
}

#[test]
fn it_ends_with_its_action_and_passes_on_the_ending_it_was_told() {
    let received = Received::<i32>::new();
    let mut bench = Bench::new(TPipe::new(DataSink::new(&received)));
    bench.give("inbox", 1).give("control", "hello").finish().settle();
    assert_eq!(received.take(), [1]);
    assert_eq!(bench.signalled(), ["\"hello\"", PF]);
    assert!(bench.ended());

    let mut bench = Bench::new(TPipe::new(Quiet));
    bench.settle().finish().settle();
    assert!(!bench.ended());
    bench.shut_down().settle();
    assert_eq!(bench.signalled(), [SM]);
    assert!(bench.ended());
}

#[test]
fn when_its_action_ends_unasked_it_says_so_and_loses_no_data() {
    let mut bench = Bench::new(TPipe::new(DataSource::new([7])).source());
    bench.settle();
    assert_eq!(bench.sent::<i32>(), [7]);
    assert_eq!(bench.signalled(), [PF]);
    assert!(bench.ended());
}

#[test]
fn told_to_stop_while_there_is_no_room_it_stops() {
    let mut bench = Bench::new(TPipe::new(NullSinkComponent::new()));
    bench.limit("outbox", 1);
    for item in 1..=5 {
        bench.give("inbox", item);
    }
    bench.settle();
    assert!(!bench.ended());
    bench.shut_down().settle();
    assert!(bench.ended());
    assert_eq!(bench.signalled(), [SM]);
}

#[test]
fn an_action_that_ends_while_it_has_no_room_holds_up_nobody() {
    struct Full;
    impl axon::Component for Full {
        fn boxes(&self) -> axon::Boxes {
            axon::Boxes::standard().inbox_size("inbox", 1)
        }
        async fn main(&mut self, cx: &axon::Context) -> axon::Result {
            cx.sleep(std::time::Duration::from_secs(1)).await;
            Ok(())
        }
    }
    let mut bench = Bench::new(TPipe::new(Full));
    bench.give("inbox", 1).give("inbox", 2).give("inbox", 3);
    bench.scheduler.run().unwrap();
    assert_eq!(bench.sent::<i32>(), [1, 2, 3]);
    assert_eq!(bench.signalled(), [PF]);
}
