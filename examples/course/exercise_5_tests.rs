//! What a solution of exercise 5 has to do.

use axon::prelude::*;
use axon::util::{DataSink, Received};

use super::Changes;

fn passed_on<const N: usize>(numbers: [i32; N]) -> Vec<i32> {
    let received = Received::<i32>::new();
    axon::run(pipeline![DataSource::new(numbers), Changes, DataSink::new(&received)]).unwrap();
    received.take()
}

#[test]
fn the_first_is_always_new() {
    assert_eq!(passed_on([0]), [0]);
}

#[test]
fn only_what_differs_from_the_one_before_is_passed_on() {
    assert_eq!(passed_on([1, 1, 2, 2, 2, 1, 1]), [1, 2, 1]);
}

#[test]
fn from_nothing_comes_nothing_and_it_ends() {
    assert!(passed_on([]).is_empty());
}
