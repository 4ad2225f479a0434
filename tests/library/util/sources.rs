//! Components that send what is known beforehand, and the one that ends a pipeline in the program.

use axon::util::{DataSink, DataSource, OneShot, Received, TriggeredOneShot, TriggeredSource};
use axon::{Message, pipeline};

use crate::bench::{Bench, PF, SM};

#[test]
fn a_one_shot_sends_on_its_first_turn_and_ends_on_the_next() {
    let mut bench = Bench::new(OneShot::new("bang"));
    bench.passes(1);
    assert_eq!(bench.sent::<&str>(), ["bang"]);
    assert_eq!(bench.signalled(), [""; 0]);
    bench.passes(1);
    assert_eq!(bench.signalled(), [PF]);
    assert!(bench.ended());
}

#[test]
fn an_ending_that_waits_is_the_one_a_one_shot_passes_on() {
    let mut bench = Bench::new(OneShot::new("bang"));
    bench.shut_down().settle();
    assert_eq!(bench.signalled(), [SM]);
}

#[test]
fn a_triggered_one_shot_waits_for_anything() {
    let mut bench = Bench::new(TriggeredOneShot::new("bang"));
    bench.settle();
    assert_eq!(bench.out("outbox").len(), 0);
    bench.give("inbox", 1).settle();
    assert_eq!(bench.sent::<&str>(), ["bang"]);
    assert_eq!(bench.signalled(), [PF]);
    assert!(bench.ended());
}

#[test]
fn a_triggered_one_shot_told_to_end_first_sends_nothing() {
    for ending in [PF, SM] {
        let mut bench = Bench::new(TriggeredOneShot::new("bang"));
        bench.give("control", "hello").settle();
        if ending == PF { bench.finish() } else { bench.shut_down() }.settle();
        assert_eq!(bench.signalled(), ["\"hello\"", ending]);
        assert_eq!(bench.out("outbox").len(), 0);
        assert!(bench.ended());
    }
}

#[test]
fn a_data_source_sends_one_item_a_turn_from_the_second_on() {
    let mut bench = Bench::new(DataSource::new([1, 2]));
    let mut sent = Vec::new();
    for _ in 0..4 {
        bench.passes(1);
        sent.push((bench.sent::<i32>(), bench.signalled().len()));
    }
    assert_eq!(sent, [(vec![], 0), (vec![1], 0), (vec![2], 0), (vec![], 1)]);
    assert!(bench.ended());
}

#[test]
fn a_data_source_with_no_end_can_be_stopped_and_is_asked_only_for_what_it_sends() {
    let mut bench = Bench::new(DataSource::new(0..));
    bench.passes(5).shut_down().settle();
    assert_eq!(bench.sent::<i32>(), [0, 1, 2, 3]);
    assert_eq!(bench.signalled(), [SM]);
    assert!(bench.ended());
}

#[test]
fn a_data_source_told_producer_finished_goes_on_to_its_last_item() {
    let mut bench = Bench::new(DataSource::new([1, 2, 3]));
    bench.give("control", "hello").finish().settle();
    assert_eq!(bench.sent::<i32>(), [1, 2, 3]);
    assert_eq!(bench.signalled(), ["\"hello\"", PF]);
}

#[test]
fn sources_wait_for_room_and_lose_nothing() {
    let mut bench = Bench::new(DataSource::new(0..5));
    bench.limit("outbox", 2).settle();
    assert!(!bench.scheduler.run_pass().unwrap(), "it does not run while there is no room");
    let mut sent = Vec::new();
    while let Some(item) = bench.one("outbox") {
        sent.push(item.take::<i32>().unwrap());
        bench.settle();
    }
    assert_eq!(sent, [0, 1, 2, 3, 4]);
    assert!(bench.ended());
}

#[test]
fn a_source_that_waits_for_room_can_be_stopped() {
    let mut bench = Bench::new(DataSource::new(0..5));
    bench.limit("outbox", 1).settle().shut_down().settle();
    assert_eq!(bench.signalled(), [SM]);
    assert!(bench.ended());
}

#[test]
fn the_last_word_waits_for_room_too() {
    let mut bench = Bench::new(OneShot::new(1));
    bench.limit("signal", 0).settle();
    assert!(!bench.ended());
    bench.limit("signal", 1).settle();
    assert_eq!(bench.signalled(), [PF]);
    assert!(bench.ended());
}

#[test]
fn a_triggered_source_sends_its_message_for_each_that_comes_and_the_receivers_share_it() {
    let mut bench = Bench::new(TriggeredSource::new(vec![1, 2]));
    bench.give("inbox", "x").give("inbox", "y").settle();
    assert_eq!(bench.sent::<Vec<i32>>(), [[1, 2], [1, 2]]);
    bench.finish().settle();
    assert_eq!(bench.signalled(), [PF]);
}

#[test]
fn a_data_sink_may_take_anything() {
    let received = Received::<Message>::new();
    axon::run(pipeline![DataSource::new([1, 2]), DataSink::new(&received)]).unwrap();
    assert_eq!(format!("{:?}", received.take()), "[1, 2]");
    assert!(received.take().is_empty());
}
