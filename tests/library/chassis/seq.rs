//! Sequences: one after another, and how they are stopped.

use axon::chassis::Seq;
use axon::util::{DataSource, OneShot};

use crate::bench::{Bench, PF, SM};
use crate::chassis::stages::{Brief, Log, Stage};

#[test]
fn members_run_one_after_another_and_it_says_when_it_has_ended() {
    let mut bench =
        Bench::new(Seq::new().then(OneShot::new(1)).then(DataSource::new([2, 3])).then(OneShot::new(4)));
    bench.settle();
    assert_eq!(bench.sent::<i32>(), [1, 2, 3, 4]);
    assert_eq!(bench.signalled(), [PF]);
    assert!(bench.ended());
}

#[test]
fn an_empty_one_ends_at_once() {
    let mut bench = Bench::new(Seq::new());
    bench.settle();
    assert_eq!(bench.signalled(), [PF]);
    assert!(bench.ended());
}

#[test]
fn the_endings_of_members_are_not_heard_outside() {
    let log = Log::default();
    let mut bench = Bench::new(Seq::new().then(OneShot::new(1)).then(Stage::new("b", &log)));
    bench.settle();
    assert_eq!(bench.signalled(), [""; 0]);
    assert!(!bench.ended());
}

#[test]
fn data_that_comes_before_a_member_starts_waits_for_it() {
    let log = Log::default();
    let mut bench = Bench::new(Seq::new().then(Brief("first")).then(Stage::new("b", &log)));
    bench.passes(1).settle();
    bench.give("inbox", "x").settle();
    assert_eq!(bench.one("outbox").unwrap().take::<&str>().unwrap(), "first");
    assert_eq!(bench.sent::<String>(), ["b:x"]);
}

#[test]
fn producer_finished_is_told_to_the_member_that_runs_and_to_each_later_one() {
    let log = Log::default();
    let mut bench = Bench::new(
        Seq::new().then(Stage::new("a", &log)).then(OneShot::new("!")).then(Stage::new("b", &log)),
    );
    bench.settle().give("control", "hello").settle();
    bench.finish().settle();
    assert_eq!(log.take(), ["a starts", "a told \"hello\"", "a told PF", "b starts", "b told PF"]);
    assert_eq!(bench.sent::<&str>(), ["!"]);
    assert_eq!(bench.signalled(), [PF]);
    assert!(bench.ended());
}

#[test]
fn shutdown_at_once_stops_the_member_that_runs_and_starts_no_other() {
    let log = Log::default();
    let mut bench = Bench::new(Seq::new().then(Stage::new("a", &log)).then(Stage::new("b", &log)));
    bench.settle().shut_down().settle();
    assert_eq!(log.take(), ["a starts", "a told SM"]);
    assert_eq!(bench.signalled(), [SM]);
    assert!(bench.ended());
}

#[test]
fn what_a_list_holds_runs_in_its_order() {
    let seq: Seq = (1..=3).map(OneShot::new).collect();
    let mut bench = Bench::new(seq);
    bench.settle();
    assert_eq!(bench.sent::<i32>(), [1, 2, 3]);
}
