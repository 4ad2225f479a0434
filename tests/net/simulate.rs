//! The bad network: what it does to messages, by seed and by a clock that stands still.

use std::time::Duration;

use axon::testing::Bench;
use axon::{Component, Ending, ProducerFinished, ShutdownMicroprocess};
use kamaelia_net::simulate::{Bandwidth, Delay, Duplicate, Reorder, Slice, Stall, Throwaway};

/// What comes out for the numbers below 1000, and then the end.
fn numbers(component: impl Component) -> Vec<u32> {
    let mut bench = Bench::new(component);
    let mut out = Vec::new();
    for number in 0..1000_u32 {
        bench.put("inbox", number);
        bench.settle();
        out.extend(bench.take::<u32>("outbox"));
    }
    bench.put("control", ProducerFinished::new());
    bench.expect_end();
    out.extend(bench.take::<u32>("outbox"));
    assert_eq!(bench.endings(), [Ending::ProducerFinished]);
    out
}

#[test]
fn one_in_ten_is_repeated_at_once_and_nothing_is_lost() {
    let mut out = numbers(Duplicate::new().seed(1));
    assert_eq!(out, numbers(Duplicate::new().seed(1)));
    assert!((1050..1150).contains(&out.len()), "{}", out.len());
    assert!(out.is_sorted());
    out.dedup();
    assert_eq!(out.len(), 1000);
}

#[test]
fn one_in_ten_is_thrown_away_and_the_others_keep_their_order() {
    let out = numbers(Throwaway::new().seed(1));
    assert!((850..950).contains(&out.len()), "{}", out.len());
    assert!(out.is_sorted_by(|one, next| one < next));
    assert_ne!(out, numbers(Throwaway::new().seed(2)));
}

#[test]
fn the_order_changes_but_nothing_is_early_by_more_than_six_places_and_the_end_sends_the_rest() {
    let mut out = numbers(Reorder::new().seed(1));
    assert!(!out.is_sorted());
    for (place, &number) in out.iter().enumerate() {
        assert!(number <= place as u32 + 6, "{number} at {place}");
    }
    out.sort_unstable();
    assert!(out.into_iter().eq(0..1000));
}

#[test]
fn a_delay_holds_each_message_and_the_end_for_its_time_and_a_shutdown_for_none() {
    let second = Duration::from_secs(1);
    let mut bench = Bench::new(Delay::new(2 * second));
    bench.put("inbox", 1);
    bench.turn_clock(second);
    bench.put("inbox", 2);
    bench.put("control", ProducerFinished::new());
    bench.settle();
    assert!(bench.take::<i32>("outbox").is_empty());
    bench.turn_clock(second);
    assert_eq!(bench.take::<i32>("outbox"), [1]);
    bench.expect_running();
    bench.turn_clock(second);
    assert_eq!(bench.take::<i32>("outbox"), [2]);
    bench.expect_end();
    let mut bench = Bench::new(Delay::new(Duration::MAX));
    bench.put("inbox", 1);
    bench.put("control", ProducerFinished::new());
    bench.turn_clock(1000 * second);
    bench.expect_running();
    bench.put("control", ShutdownMicroprocess::new());
    bench.expect_end();
    assert_eq!(bench.endings(), [Ending::ShutdownMicroprocess]);
    assert!(bench.take::<i32>("outbox").is_empty());
}

#[test]
fn a_bandwidth_lets_so_many_bytes_through_in_a_second_and_a_shutdown_does_not_wait() {
    let mut bench = Bench::new(Bandwidth::new(1000));
    bench.put("inbox", vec![1_u8; 3000]);
    for _ in 0..2 {
        bench.turn_clock(Duration::from_secs(1));
        let out = bench.take::<Vec<u8>>("outbox").concat().len();
        assert!((950..=1050).contains(&out), "{out}");
    }
    bench.put("control", ShutdownMicroprocess::new());
    bench.expect_end();
    let mut slowest = Bench::new(Bandwidth::new(1));
    slowest.put("inbox", "abc");
    slowest.turn_clock(Duration::from_millis(1900));
    assert_eq!(slowest.take::<Vec<u8>>("outbox").concat(), b"ab");
}

#[test]
fn a_stall_comes_once_in_the_midst_or_before_the_end_and_a_shutdown_does_not_wait() {
    let second = Duration::from_secs(1);
    let mut places = Vec::new();
    for seed in 0..20 {
        let mut bench = Bench::new(Stall::new(2 * second).seed(seed));
        let sent: Vec<u8> = (0..10_000).map(|at| (at % 251) as u8).collect();
        for piece in sent.chunks(300) {
            bench.put("inbox", piece.to_vec());
        }
        bench.put("control", ProducerFinished::new());
        bench.settle();
        let mut out = bench.take::<Vec<u8>>("outbox").concat();
        places.push(out.len());
        bench.turn_clock(second);
        assert_eq!(bench.take::<Vec<u8>>("outbox").len(), 0);
        bench.turn_clock(second);
        bench.expect_end();
        out.extend(bench.take::<Vec<u8>>("outbox").concat());
        assert!(out == sent);
    }
    assert!(places.iter().all(|&place| place <= 4096));
    places.sort_unstable();
    places.dedup();
    assert!(places.len() > 15, "chance says where: {places:?}");
    let mut bench = Bench::new(Stall::new(Duration::MAX).seed(1));
    bench.put("inbox", "x");
    bench.put("control", ProducerFinished::new());
    bench.turn_clock(1000 * second);
    bench.expect_running();
    bench.put("control", ShutdownMicroprocess::new());
    bench.expect_end();
}

#[test]
fn slices_have_every_length_up_to_the_longest() {
    let mut bench = Bench::new(Slice::new(4).seed(1));
    bench.put("inbox", vec![7_u8; 1000]);
    let mut lengths = Vec::new();
    for _ in 0..100 {
        bench.settle();
        lengths.extend(bench.take::<Vec<u8>>("outbox").iter().map(Vec::len));
    }
    assert_eq!(lengths.iter().sum::<usize>(), 1000);
    lengths.sort_unstable();
    lengths.dedup();
    assert_eq!(lengths, [1, 2, 3, 4]);
}
