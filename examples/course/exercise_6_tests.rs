//! What a solution of exercise 6 has to do.

use axon::Ending;
use axon::prelude::*;
use axon::testing::Bench;

use super::Threes;

#[test]
fn three_at_a_time_are_sent() {
    let mut bench = Bench::new(Threes);
    for number in 1..=7 {
        bench.put("inbox", number);
    }
    bench.settle();
    assert_eq!(bench.take::<Vec<i32>>("outbox"), [[1, 2, 3], [4, 5, 6]]);
}

#[test]
fn the_rest_is_sent_at_the_end() {
    let mut bench = Bench::new(Threes);
    for number in 1..=4 {
        bench.put("inbox", number);
    }
    bench.put("control", ProducerFinished::new());
    bench.settle();
    bench.expect_end();
    assert_eq!(bench.take::<Vec<i32>>("outbox"), [vec![1, 2, 3], vec![4]]);
    assert_eq!(bench.endings(), [Ending::ProducerFinished]);
}

#[test]
fn no_empty_rest_is_sent() {
    let mut bench = Bench::new(Threes);
    for number in 1..=3 {
        bench.put("inbox", number);
    }
    bench.put("control", ProducerFinished::new());
    bench.settle();
    assert_eq!(bench.take::<Vec<i32>>("outbox"), [[1, 2, 3]]);
}
