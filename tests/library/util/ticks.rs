//! Clocks: messages at times, by a virtual clock.

use std::time::Duration;

use axon::prelude::*;
use axon::testing::Bench;
use axon::util::{CheapAndCheerfulClock, PeriodicTick, PeriodicWakeup, SingleTick};
use axon::{AnyComponent, Ending};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

/// The three clocks, and how many messages each sends at once.
fn clocks(interval: Duration) -> [(Bench, usize); 3] {
    [
        (Bench::new(CheapAndCheerfulClock::new(interval)), 1),
        (Bench::new(PeriodicTick::new(interval)), 0),
        (Bench::new(PeriodicWakeup::new(interval)), 0),
    ]
}

fn ticks(bench: &mut Bench) -> usize {
    bench.take_messages("outbox").len()
}

#[test]
fn a_clock_does_not_drift() {
    for (mut bench, at_once) in clocks(Duration::from_nanos(1_234_567_891)) {
        bench.turn_clock(HOUR);
        assert_eq!(ticks(&mut bench), at_once + 2916, "{}", bench.component());
    }
}

#[test]
fn a_clock_that_was_held_up_leaves_out_what_it_missed_and_keeps_its_moments() {
    for (mut bench, at_once) in clocks(SECOND) {
        bench.settle();
        assert_eq!(ticks(&mut bench), at_once);
        bench.scheduler().turn_clock(7 * SECOND / 2);
        bench.settle();
        assert_eq!(ticks(&mut bench), 1, "{}", bench.component());
        bench.turn_clock(SECOND / 2 - Duration::from_nanos(1));
        assert_eq!(ticks(&mut bench), 0, "{}", bench.component());
        bench.turn_clock(Duration::from_nanos(1));
        assert_eq!(ticks(&mut bench), 1, "{}", bench.component());
    }
}

#[test]
fn a_clock_leaves_out_a_message_for_which_there_is_no_room() {
    for (mut bench, at_once) in clocks(SECOND) {
        bench.block("outbox", 2);
        bench.turn_clock(100 * SECOND);
        bench.unblock("outbox");
        bench.settle();
        assert_eq!(ticks(&mut bench), 2);
        bench.turn_clock(SECOND);
        assert_eq!(ticks(&mut bench), 1);
        let _ = at_once;
    }
}

#[test]
fn a_clock_that_nobody_hears_any_more_ends_at_its_next_message() {
    let clocks: [fn() -> AnyComponent; 3] = [
        || AnyComponent::new(CheapAndCheerfulClock::new(SECOND)),
        || AnyComponent::new(PeriodicTick::new(SECOND)),
        || AnyComponent::new(PeriodicWakeup::new(SECOND)),
    ];
    for clock in clocks {
        let mut scheduler = Scheduler::builder().virtual_clock().build();
        scheduler.activate(pipeline![clock(), OneShot::new("ends at once")]);
        scheduler.run().unwrap();
    }
}

#[test]
fn any_message_ends_a_tick_and_endings_end_a_wakeup_and_a_clock() {
    for (mut bench, _) in clocks(SECOND) {
        bench.put("control", "anything");
        bench.settle();
        let is_tick = bench.component().name().starts_with("PeriodicTick");
        assert_eq!(bench.component().is_stopped(), is_tick);
        assert_eq!(bench.take::<&str>("signal"), ["anything"], "{}", bench.component());
        if !is_tick {
            bench.put("control", ShutdownMicroprocess::new());
            bench.expect_end();
            assert_eq!(bench.endings(), [Ending::ShutdownMicroprocess]);
        }
    }
}

#[test]
fn a_single_tick_comes_once_or_not_at_all() {
    let mut bench = Bench::new(SingleTick::new(5 * SECOND));
    bench.turn_clock(5 * SECOND - Duration::from_nanos(1));
    assert_eq!(ticks(&mut bench), 0);
    bench.turn_clock(Duration::from_nanos(1));
    assert_eq!(bench.take::<bool>("outbox"), [true]);
    bench.expect_end();
    assert_eq!(bench.endings(), [Ending::ProducerFinished]);

    let mut bench = Bench::new(SingleTick::new(5 * SECOND).message("late"));
    bench.turn_clock(4 * SECOND);
    bench.put("control", "not needed any more");
    bench.expect_end();
    assert_eq!(bench.take::<&str>("signal"), ["not needed any more"]);
    assert_eq!(ticks(&mut bench), 0);
}

#[test]
#[should_panic(expected = "write at least 1 ns")]
fn a_clock_without_an_interval_is_a_mistake() {
    let _ = PeriodicTick::new(Duration::ZERO);
}

#[test]
fn a_clock_for_ever_overflows_nothing() {
    for (mut bench, at_once) in clocks(Duration::MAX) {
        bench.turn_clock(HOUR);
        assert_eq!(ticks(&mut bench), at_once);
    }
}
