//! Components side by side: everything to all, one ending when all have ended.

use std::time::Duration;

use axon::chassis::Par;
use axon::util::{DataSource, OneShot, PassThrough};
use axon::{Boxes, Component, Context, Result};

use crate::bench::{Bench, PF, SM};
use crate::chassis::stages::{Log, Quiet, Stage};

#[test]
fn what_any_sends_comes_out_and_one_ending_when_all_have_ended() {
    let mut bench = Bench::new(Par::new().and(OneShot::new(1)).and(DataSource::new([2, 3, 4])));
    bench.settle();
    let mut sent = bench.sent::<i32>();
    sent.sort_unstable();
    assert_eq!(sent, [1, 2, 3, 4]);
    assert_eq!(bench.signalled(), [PF]);
    assert!(bench.ended());
}

#[test]
fn data_and_control_messages_go_to_every_component() {
    let log = Log::default();
    let mut bench = Bench::new(Par::new().and(Stage::new("a", &log)).and(Stage::new("b", &log)));
    bench.settle();
    log.take();
    bench.give("inbox", "x").give("control", "hello").settle();
    assert_eq!(bench.sent::<String>(), ["a:x", "b:x"]);
    assert_eq!(log.take(), ["a told \"hello\"", "b told \"hello\""]);
    assert_eq!(bench.signalled(), ["\"hello\"", "\"hello\""]);
}

#[test]
fn told_to_stop_it_waits_for_all_and_passes_that_on() {
    let log = Log::default();
    let mut bench =
        Bench::new(Par::new().and(Stage::new("a", &log)).and(PassThrough::new().shutdown_on(|_| false)));
    bench.settle().shut_down().settle();
    assert!(!bench.ended());
    assert_eq!(bench.signalled(), [""; 0]);
    let stubborn = bench.scheduler.context(&bench.subject).children().remove(0);
    bench.scheduler.context(&stubborn).stop(&stubborn);
    bench.settle();
    assert_eq!(bench.signalled(), [SM]);
    assert!(bench.ended());
}

#[test]
fn the_producer_finished_it_was_told_is_passed_on() {
    let mut bench = Bench::new(Par::new().and(PassThrough::new()).and(PassThrough::new()));
    bench.settle().finish().settle();
    assert_eq!(bench.signalled(), [PF]);
    assert!(bench.ended());
}

#[test]
fn a_component_that_ended_is_left_out() {
    let log = Log::default();
    let mut bench = Bench::new(Par::new().and(Quiet).and(Stage::new("b", &log)));
    bench.settle().give("inbox", "end").settle();
    bench.give("inbox", "x").settle();
    assert_eq!(bench.sent::<String>(), ["b:end", "b:x"]);
}

/// Takes one message that it never reads, and ends when it is told to stop, or after a second.
struct Full;

impl Component for Full {
    fn boxes(&self) -> Boxes {
        Boxes::standard().inbox_size("inbox", 1)
    }

    async fn main(&mut self, cx: &Context) -> Result {
        while cx.data_ready("control") == 0 {
            let started = cx.now();
            cx.pause_for(Duration::from_secs(1)).await;
            if cx.now() - started >= Duration::from_secs(1) {
                break;
            }
        }
        Ok(())
    }
}

#[test]
fn a_component_without_room_can_be_told_to_stop() {
    let mut bench = Bench::new(Par::new().and(Full).and(PassThrough::new()));
    bench
        .passes(3)
        .give("inbox", 1)
        .give("inbox", 2)
        .passes(3)
        .give("control", "hello")
        .shut_down()
        .passes(10);
    assert!(bench.ended());
    assert_eq!(bench.signalled(), ["\"hello\"", SM]);
}

#[test]
fn a_component_that_ends_without_room_holds_up_nobody() {
    let mut bench = Bench::new(Par::new().and(Full).and(PassThrough::new()));
    bench.give("inbox", 1).give("inbox", 2).give("inbox", 3);
    let _ = bench.scheduler.run();
    assert_eq!(bench.sent::<i32>(), [1, 2, 3]);
}

#[test]
fn without_components_it_ends_at_once() {
    let mut bench = Bench::new(Par::new());
    bench.settle();
    assert_eq!(bench.signalled(), [PF]);
    assert!(bench.ended());
}

#[test]
fn data_that_comes_while_a_control_message_waits_for_room_is_not_forgotten() {
    let log = Log::default();
    let mut bench = Bench::new(Par::new().and(Stage::new("a", &log)));
    bench.settle().limit("signal", 0).give("control", "hello").settle();
    bench.give("inbox", "x").finish().settle();
    assert_eq!(bench.out("outbox").len(), 0);
    bench.limit("signal", 10).settle();
    assert_eq!(bench.sent::<String>(), ["a:x"]);
    assert_eq!(bench.signalled(), ["\"hello\"", PF]);
    assert!(bench.ended());
}
