//! Components that keep a rate, by a virtual clock.

use std::time::Duration;

use axon::prelude::*;
use axon::testing::Bench;
use axon::util::{
    ByteRateRequestControl, MessageRateLimit, OnDemandLimit, PromptedTurnstile, RateChunker,
    VariableByteRateRequestControl,
};
use axon::{Ending, Message};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);
const FINISHED: [Ending; 1] = [Ending::ProducerFinished];
const STOPPED: [Ending; 1] = [Ending::ShutdownMicroprocess];

fn many(bench: &mut Bench, messages: std::ops::Range<u32>) {
    messages.for_each(|message| bench.put("inbox", message));
}

#[test]
fn a_rate_limit_is_exact_over_an_hour() {
    for rate in [7.0, 0.3, 1000.0 / 33.0] {
        let limit = MessageRateLimit::new(rate).buffer(10);
        let mut bench = Bench::new(pipeline![DataSource::new(0_u32..), limit]);
        bench.turn_clock(HOUR);
        let sent = bench.take::<u32>("outbox");
        assert_eq!(sent.len() as f64, (rate * 3600.0 + 1e-6).floor() + 1.0, "{rate} a second");
        assert!(sent.iter().zip(0..).all(|(a, b)| *a == b), "in order");
    }
}

#[test]
fn a_rate_limit_fills_its_buffer_before_it_sends() {
    let mut bench = Bench::new(MessageRateLimit::new(10.0).buffer(3));
    many(&mut bench, 0..2);
    bench.turn_clock(HOUR);
    assert!(bench.take::<u32>("outbox").is_empty());
    many(&mut bench, 2..4);
    bench.settle();
    assert_eq!(bench.take::<u32>("outbox"), [0]);
    bench.turn_clock(SECOND / 10);
    assert_eq!(bench.take::<u32>("outbox"), [1]);
    bench.turn_clock(SECOND);
    assert_eq!(bench.take::<u32>("outbox"), [2, 3], "the buffer is filled only once");
}

#[test]
fn a_rate_limit_that_is_told_that_no_more_will_come_sends_what_it_has_at_the_rate() {
    let mut bench = Bench::new(MessageRateLimit::new(1.0).buffer(60));
    many(&mut bench, 0..3);
    bench.put("control", ProducerFinished::new());
    bench.turn_clock(SECOND);
    assert_eq!(bench.take::<u32>("outbox"), [0, 1]);
    bench.expect_running();
    bench.turn_clock(SECOND);
    assert_eq!(bench.take::<u32>("outbox"), [2]);
    bench.expect_end();
    assert_eq!(bench.endings(), FINISHED);
}

#[test]
fn a_rate_limit_stops_at_once_while_it_fills_while_it_waits_and_while_it_finishes() {
    for (buffer, is_finishing) in [(60, false), (0, false), (0, true)] {
        let mut bench = Bench::new(MessageRateLimit::new(1.0).buffer(buffer));
        many(&mut bench, 0..3);
        if is_finishing {
            bench.put("control", ProducerFinished::new());
        }
        bench.settle();
        bench.put("control", ShutdownMicroprocess::new());
        bench.settle();
        bench.expect_end();
        assert_eq!(bench.endings(), STOPPED);
        assert!(bench.take::<u32>("outbox").len() < 2);
    }
}

#[test]
fn a_rate_limit_that_had_nothing_to_send_does_not_make_up_for_it() {
    let mut bench = Bench::new(MessageRateLimit::new(10.0).buffer(0));
    bench.put("inbox", 0_u32);
    bench.turn_clock(10 * SECOND);
    many(&mut bench, 1..5);
    bench.settle();
    assert_eq!(bench.take::<u32>("outbox"), [0, 1]);
    bench.turn_clock(SECOND / 10);
    assert_eq!(bench.take::<u32>("outbox"), [2]);
}

#[test]
fn a_rate_limit_makes_up_for_a_short_hold_up_and_not_for_a_long_one() {
    for (late, at_once) in [(Duration::from_millis(55), 6), (Duration::from_millis(1055), 1)] {
        let mut bench = Bench::new(MessageRateLimit::new(100.0).buffer(0));
        many(&mut bench, 0..50);
        bench.block("outbox", 0);
        bench.turn_clock(late);
        bench.unblock("outbox");
        bench.settle();
        assert_eq!(bench.take::<u32>("outbox").len(), at_once, "{late:?} late");
        bench.turn_clock(SECOND / 10);
        assert_eq!(bench.take::<u32>("outbox").len(), 10);
    }
}

#[test]
fn a_rate_limit_takes_no_more_than_its_buffer_holds() {
    let mut bench = Bench::new(MessageRateLimit::new(1.0).buffer(5).inbox_size("inbox", 10));
    bench.settle();
    many(&mut bench, 0..10);
    bench.settle();
    many(&mut bench, 10..16);
    bench.settle();
    assert!(bench.offer("inbox", 16_u32).is_err(), "one was sent, five are held and ten wait");
}

#[test]
fn requests_are_exact_over_an_hour() {
    for (rate, chunk) in [(100.0, 25.0), (10.0, 100.0 / 33.0), (4_410.0, 1001.7), (0.5, 1.0)] {
        for aggregates in [false, true] {
            let control = ByteRateRequestControl::new(rate).chunk_size(chunk);
            let mut bench = Bench::new(if aggregates { control.aggregating() } else { control });
            bench.turn_clock(HOUR);
            let requested: u64 = bench.take::<u64>("outbox").iter().sum();
            let chunks = (rate * 3600.0 / chunk + 1e-6).floor() + 1.0;
            assert_eq!(requested as f64, (chunks * chunk + 1e-6).floor(), "{rate} in chunks of {chunk}");

            let control = VariableByteRateRequestControl::new(rate).chunk_size(chunk);
            let mut bench = Bench::new(if aggregates { control.aggregating() } else { control });
            bench.turn_clock(HOUR);
            let requested: u64 = bench.take::<u64>("outbox").iter().sum();
            assert!((chunks * chunk - requested as f64).abs() < chunk + 1.0, "{requested} at {rate}");
        }
    }
}

#[test]
fn an_idle_request_control_takes_a_turn_for_each_request_and_no_more() {
    let mut scheduler = Scheduler::builder().virtual_clock().build();
    let control = ByteRateRequestControl::new(100.0).chunk_size(50.0);
    scheduler.activate(pipeline![control, NullSinkComponent::new()]);
    let mut passes = 0;
    for _ in 0..7200 {
        while scheduler.run_pass().unwrap() {
            passes += 1;
        }
        scheduler.turn_clock(SECOND / 2);
    }
    assert!((7200..4 * 7200).contains(&passes), "{passes} passes for 7200 requests");
}

#[test]
fn a_new_rate_holds_at_once_and_zero_is_a_rate() {
    let mut bench = Bench::new(VariableByteRateRequestControl::new(10.0).chunk_size(10.0));
    bench.turn_clock(SECOND / 2);
    assert_eq!(bench.take::<u64>("outbox"), [10]);
    bench.put("inbox", 0);
    bench.turn_clock(HOUR);
    assert!(bench.take::<u64>("outbox").is_empty());
    bench.put("inbox", 5.0_f32);
    bench.turn_clock(SECOND - SECOND / 100);
    assert!(bench.take::<u64>("outbox").is_empty());
    bench.turn_clock(SECOND / 100);
    assert_eq!(bench.take::<u64>("outbox"), [10], "half of it had come together before");
    bench.put("inbox", 1_000_u64);
    bench.turn_clock(SECOND);
    assert_eq!(bench.take::<u64>("outbox"), [10; 100]);
}

#[test]
fn what_is_no_rate_is_an_error_that_says_so() {
    for wrong in [Message::new("fast"), Message::new(-1), Message::new(f64::NAN)] {
        let mut bench = Bench::new(VariableByteRateRequestControl::default());
        bench.put("inbox", wrong);
        let failure = bench.expect_failure().to_string();
        assert!(failure.contains("takes a rate, a number of 0 or more from \"inbox\""), "{failure}");
    }
}

#[test]
fn request_controls_end_when_they_are_told_to_also_while_they_catch_up() {
    for control in 0..2 {
        let mut bench = match control {
            0 => Bench::new(ByteRateRequestControl::new(1000.0).chunk_size(1.0)),
            _ => Bench::new(VariableByteRateRequestControl::new(1000.0).chunk_size(1.0)),
        };
        bench.block("outbox", 1);
        bench.turn_clock(HOUR);
        bench.put("control", ShutdownMicroprocess::new());
        bench.settle();
        bench.expect_end();
        assert_eq!(bench.endings(), STOPPED);
    }
}

#[test]
fn a_rate_chunker_cuts_exactly_so_many_chunks_a_second() {
    let per_second = 1000;
    let (quantum, chunk_rate) = (4, 29.97);
    let seconds = DataSource::new(vec![vec![7_u8; per_second * quantum]; 3600]);
    let chunker = RateChunker::new((per_second * quantum) as f64, quantum, chunk_rate);
    let received = Received::<Vec<u8>>::new();
    axon::run(pipeline![seconds, chunker, DataSink::new(&received)]).unwrap();
    let chunks = received.take();
    assert_eq!(chunks.len() as f64, (3600.0 * chunk_rate).floor());
    assert_eq!(chunks.iter().map(Vec::len).sum::<usize>(), 3600 * per_second * quantum);
    assert!(chunks.iter().all(|chunk| [33 * quantum, 34 * quantum].contains(&chunk.len())));
}

#[test]
fn a_rate_chunker_sends_the_rest_when_it_is_to_finish_and_not_when_it_is_to_stop() {
    let mut bench = Bench::new(RateChunker::new(10.0, 1, 1.0));
    bench.put("inbox", "0123456789abc");
    bench.put("inbox", b"d".to_vec());
    bench.settle();
    assert_eq!(bench.take::<Vec<u8>>("outbox"), [b"0123456789"]);
    bench.put("control", ProducerFinished::new());
    bench.expect_end();
    assert_eq!(bench.take::<Vec<u8>>("outbox"), [b"abcd"]);
    assert_eq!(bench.endings(), FINISHED);

    let mut bench = Bench::new(RateChunker::new(10.0, 1, 1.0));
    bench.put("inbox", "012");
    bench.put("control", ShutdownMicroprocess::new());
    bench.expect_end();
    assert!(bench.take::<Vec<u8>>("outbox").is_empty());
    assert_eq!(bench.endings(), STOPPED);
}

#[test]
#[should_panic(expected = "a chunk needs at least one quantum")]
fn a_rate_chunker_with_more_chunks_than_quanta_is_a_mistake() {
    let _ = RateChunker::new(100.0, 4, 26.0);
}

#[test]
fn a_turnstile_lets_one_through_for_each_request_whichever_comes_first() {
    let mut bench = Bench::new(PromptedTurnstile::new());
    bench.put("next", "whatever");
    bench.put("inbox", 1);
    bench.put("inbox", 2);
    bench.settle();
    assert_eq!(bench.take::<i32>("outbox"), [1]);
    bench.put("control", ProducerFinished::new());
    bench.settle();
    bench.expect_running();
    bench.put("next", ());
    bench.expect_end();
    assert_eq!(bench.take::<i32>("outbox"), [2]);
    assert_eq!(bench.endings(), FINISHED);
}

#[test]
fn an_on_demand_limit_heeds_next_only() {
    let mut bench = Bench::new(OnDemandLimit::new());
    for message in 1..=3 {
        bench.put("inbox", message);
    }
    for request in [Message::new("PREV"), Message::new(7), Message::new(String::from("NEXT"))] {
        bench.put("slidecontrol", request);
    }
    bench.settle();
    assert_eq!(bench.take::<i32>("outbox"), [1]);
    bench.put("control", ProducerFinished::new());
    bench.put("control", ShutdownMicroprocess::new());
    bench.expect_end();
    assert!(bench.take::<i32>("outbox").is_empty());
    assert_eq!(bench.endings(), STOPPED);
}

#[test]
fn a_turnstile_holds_its_sender_up() {
    let turnstile = PromptedTurnstile::new().inbox_size("inbox", 5);
    let mut bench = Bench::new(pipeline![DataSource::new(0_u32..), turnstile]);
    bench.settle();
    assert!(bench.take::<u32>("outbox").is_empty(), "the source sleeps");
}
