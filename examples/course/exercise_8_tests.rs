//! What a solution of exercise 8 has to do.

use std::time::Duration;

use axon::prelude::*;
use axon::testing::Bench;

use super::Quiet;

const TENTH: Duration = Duration::from_millis(100);

#[test]
fn nothing_is_passed_on_before_the_second_is_over() {
    let mut bench = Bench::new(Quiet);
    bench.put("inbox", "a".to_owned());
    bench.turn_clock(9 * TENTH);
    bench.settle();
    assert!(bench.take::<String>("outbox").is_empty());
    bench.turn_clock(TENTH);
    bench.settle();
    assert_eq!(bench.take::<String>("outbox"), ["a"]);
}

#[test]
fn of_a_burst_the_last_is_passed_on() {
    let mut bench = Bench::new(Quiet);
    for letter in ["a", "b", "c"] {
        bench.put("inbox", letter.to_owned());
        bench.turn_clock(5 * TENTH);
        bench.settle();
    }
    assert!(bench.take::<String>("outbox").is_empty());
    bench.turn_clock(5 * TENTH);
    bench.settle();
    assert_eq!(bench.take::<String>("outbox"), ["c"]);
}

#[test]
fn after_a_burst_it_is_ready_for_the_next() {
    let mut bench = Bench::new(Quiet);
    for letter in ["a", "b"] {
        bench.put("inbox", letter.to_owned());
        bench.turn_clock(20 * TENTH);
        bench.settle();
    }
    assert_eq!(bench.take::<String>("outbox"), ["a", "b"]);
}

#[test]
fn what_waits_at_the_end_is_not_lost() {
    let mut bench = Bench::new(Quiet);
    bench.put("inbox", "a".to_owned());
    bench.settle();
    bench.put("control", ProducerFinished::new());
    bench.settle();
    bench.expect_end();
    assert_eq!(bench.take::<String>("outbox"), ["a"]);
}
