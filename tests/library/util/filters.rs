//! Choosers, filters and chunks.

use std::collections::HashMap;

use axon::prelude::*;
use axon::testing::Bench;
use axon::util::{
    Chargen, ChunkNamer, Chunkifier, DictChooser, Filter, Filtering, FirstOnly, ForwardIteratingChooser,
    PureFilter, RangeFilter, Stringify, TestResult,
};
use axon::{Ending, Message};

const FINISHED: [Ending; 1] = [Ending::ProducerFinished];
const STOPPED: [Ending; 1] = [Ending::ShutdownMicroprocess];

#[test]
fn a_forward_iterating_chooser_takes_an_item_only_when_it_is_asked_for() {
    let mut bench = Bench::new(ForwardIteratingChooser::new(0_u32..));
    bench.settle();
    for command in ["NEXT", "PREV", "SAME", "what?"] {
        bench.put("inbox", command);
    }
    bench.put("control", ProducerFinished::new());
    bench.settle();
    assert_eq!(bench.take::<u32>("outbox"), [0, 1, 1]);
    bench.put("control", ShutdownMicroprocess::new());
    bench.expect_end();
    assert_eq!(bench.endings(), STOPPED);
}

#[test]
fn a_dict_chooser_sends_each_option_once_until_another_is_chosen() {
    let mut bench = Bench::new(DictChooser::new().option("ab", ["a", "b"]).option("c", ["c"]));
    for key in ["nothing", "ab", "ab", "c", "ab"] {
        bench.put("inbox", key);
    }
    bench.settle();
    assert_eq!(bench.take::<&str>("outbox"), ["a", "b", "c", "a", "b"]);
    bench.put("option", HashMap::from([("c", vec!["new"])]));
    bench.put("inbox", "c");
    bench.put("control", ProducerFinished::new());
    bench.settle();
    assert_eq!(bench.take::<&str>("outbox"), ["new"]);
    bench.put("control", ShutdownMicroprocess::new());
    bench.expect_end();
    assert_eq!(bench.endings(), STOPPED);
}

#[test]
fn a_dict_chooser_that_is_allowed_to_begins_with_the_first_option() {
    let mut bench = Bench::new(DictChooser::new().option(2, ["two"]).option(1, ["one"]).allow_default());
    bench.settle();
    assert_eq!(bench.take::<&str>("outbox"), ["two"]);
    let mut bench = Bench::new(DictChooser::<i32, &str>::new().allow_default());
    bench.put("option", HashMap::from([(7, vec!["seven"])]));
    bench.settle();
    assert_eq!(bench.take::<&str>("outbox"), ["seven"]);
}

/// Adds numbers up, and says the sum at the end.
struct Sum(i32);

impl Filtering for Sum {
    type Item = i32;
    type Filtered = i32;

    fn filter(&mut self, item: i32) -> Option<i32> {
        self.0 += item;
        (item == 0).then_some(-1)
    }

    fn flush(&mut self) -> Option<i32> {
        (self.0 != 0).then(|| std::mem::take(&mut self.0))
    }
}

#[test]
fn a_filter_sends_what_it_has_kept_back_when_it_is_to_finish_and_not_when_it_is_to_stop() {
    for (stops, sent) in [(false, vec![-1, 3]), (true, vec![-1])] {
        let mut bench = Bench::new(Filter::new(Sum(0)));
        [1, 0, 2].into_iter().for_each(|n| bench.put("inbox", n));
        if stops {
            bench.put("control", ShutdownMicroprocess::new());
        } else {
            bench.put("control", ProducerFinished::new());
        }
        bench.expect_end();
        assert_eq!(bench.take::<i32>("outbox"), sent);
        assert_eq!(bench.endings(), if stops { STOPPED } else { FINISHED });
    }
}

#[test]
fn a_filter_without_a_filter_lets_everything_through() {
    let mut bench = Bench::new(Filter::default());
    bench.put("inbox", "anything");
    bench.settle();
    assert_eq!(bench.take::<&str>("outbox"), ["anything"]);
}

#[test]
fn any_message_ends_a_pure_filter_after_the_data() {
    let mut bench = Bench::new(PureFilter::new(|message: &Message| message.is::<i32>()));
    bench.put("inbox", 1);
    bench.put("inbox", "two");
    bench.put("inbox", 3);
    bench.put("control", "enough");
    bench.expect_end();
    assert_eq!(bench.take::<i32>("outbox"), [1, 3]);
    assert_eq!(bench.take::<&str>("signal"), ["enough"]);
}

#[test]
fn a_range_filter_includes_both_ends_of_each_range() {
    let mut bench = Bench::new(RangeFilter::<(u64, char)>::new([2..=3, 7..=7]));
    (0..10).for_each(|n| bench.put("inbox", (n as u64, 'x')));
    bench.settle();
    let numbers: Vec<u64> = bench.take::<(u64, char)>("outbox").into_iter().map(|(n, _)| n).collect();
    assert_eq!(numbers, [2, 3, 7]);
    let by_name = RangeFilter::by(["a"..="f"], |person: &(i32, &'static str)| &person.1);
    let mut bench = Bench::new(by_name);
    bench.put("inbox", (1, "bob"));
    bench.put("inbox", (2, "zoe"));
    bench.settle();
    assert_eq!(bench.take::<(i32, &str)>("outbox"), [(1, "bob")]);
}

#[test]
fn a_chunkifier_makes_chunks_of_one_size_whatever_comes() {
    for size in 1..9 {
        let mut bench = Bench::new(Chunkifier::new().chunk_size(4));
        b"0123456789".chunks(size).for_each(|part| bench.put("inbox", part.to_vec()));
        bench.settle();
        assert_eq!(bench.take::<Vec<u8>>("outbox"), [b"0123", b"4567"], "{size}");
        bench.put("control", ProducerFinished::new());
        bench.expect_end();
        assert_eq!(bench.take::<Vec<u8>>("outbox"), [b"89"], "{size}");
        assert_eq!(bench.endings(), FINISHED);
    }
}

#[test]
fn a_chunkifier_without_delay_keeps_nothing_back_and_one_that_stops_sends_no_rest() {
    let mut bench = Bench::new(Chunkifier::new().chunk_size(4).no_delay());
    bench.put("inbox", "012345");
    bench.settle();
    assert_eq!(bench.take::<Vec<u8>>("outbox"), [&b"0123"[..], b"45"]);
    let mut bench = Bench::new(Chunkifier::new());
    bench.put("inbox", "012345");
    bench.put("control", ShutdownMicroprocess::new());
    bench.expect_end();
    assert!(bench.take::<Vec<u8>>("outbox").is_empty());
}

#[test]
fn chunks_are_numbered_from_one() {
    let mut bench = Bench::new(ChunkNamer::new("", ""));
    bench.put("inbox", "a");
    bench.put("inbox", b"b".to_vec());
    bench.settle();
    let named = bench.take::<(String, Vec<u8>)>("outbox");
    assert_eq!(named, [("chunk1".to_owned(), b"a".to_vec()), ("chunk2".to_owned(), b"b".to_vec())]);
}

#[test]
fn stringify_leaves_text_as_it_is() {
    let mut bench = Bench::new(Stringify::new());
    bench.put("inbox", "text");
    bench.put("inbox", b"by\xfftes".to_vec());
    bench.put("inbox", Some(3));
    bench.settle();
    assert_eq!(bench.take::<String>("outbox"), ["text", "by\u{fffd}tes", "Some(3)"]);
}

#[test]
fn false_is_what_is_false_in_python() {
    let falsehoods = [
        Message::new(false),
        Message::new(0_u64),
        Message::new(0.0),
        Message::new(""),
        Message::new(String::new()),
        Message::new(Vec::<u8>::new()),
        Message::new(()),
        Message::new(None::<i32>),
    ];
    for falsehood in falsehoods {
        let shown = falsehood.excerpt().to_string();
        let mut bench = Bench::new(TestResult::new());
        bench.put("inbox", falsehood);
        let failure = bench.expect_failure().to_string();
        assert!(failure.contains(&format!("TestResult_2 received a false message: {shown}")), "{failure}");
    }
    let mut bench = Bench::new(TestResult::new());
    let truths = [
        Message::new(true),
        Message::new(-1),
        Message::new("no"),
        Message::new(Some(1)),
        Message::new([0; 3]),
    ];
    truths.into_iter().for_each(|truth| bench.put("inbox", truth));
    bench.settle();
    bench.expect_running();
}

#[test]
fn chargen_ends_when_nobody_hears_it_and_waits_for_room() {
    axon::run(pipeline![Chargen::new(), FirstOnly::new().ending()]).unwrap();
    let mut bench = Bench::new(Chargen::new());
    bench.block("outbox", 5);
    bench.settle();
    bench.put("control", ShutdownMicroprocess::new());
    bench.expect_end();
    bench.unblock("outbox");
    assert_eq!(bench.take::<&str>("outbox"), ["Hello World"; 5]);
}
