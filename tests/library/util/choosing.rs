//! Components that choose, compare and gather.

use axon::util::{Chooser, Collate, Comparator};
use axon::{Message, Payload};

use crate::bench::{Bench, PF, SM};

fn step(bench: &mut Bench, command: impl Payload) -> Vec<&'static str> {
    bench.give("inbox", command).settle();
    bench.sent()
}

#[test]
fn a_chooser_steps_through_its_items() {
    let mut bench = Bench::new(Chooser::new(["a", "b", "c"]));
    bench.settle();
    assert_eq!(bench.sent::<&str>(), ["a"]);
    let steps = [
        ("NEXT", "b"),
        ("NEXT", "c"),
        ("NEXT", ""),
        ("SAME", "c"),
        ("PREV", "b"),
        ("FIRST", "a"),
        ("PREV", "a"),
        ("LAST", "c"),
        ("other", "c"),
    ];
    for (command, item) in steps {
        assert_eq!(step(&mut bench, command).concat(), item, "{command}");
    }
    assert_eq!(step(&mut bench, "FIRST".to_owned()), ["a"]);
}

#[test]
fn a_looping_chooser_goes_round_both_ways() {
    let mut bench = Bench::new(Chooser::new(["a", "b", "c"]).looping());
    bench.settle();
    bench.sent::<&str>();
    for (command, item) in [("PREV", "c"), ("NEXT", "a"), ("NEXT", "b"), ("LAST", "c"), ("NEXT", "a")] {
        assert_eq!(step(&mut bench, command), [item], "{command}");
    }
}

#[test]
fn a_chooser_without_items_has_nothing_to_send() {
    for chooser in [Chooser::new([0; 0]), Chooser::new([0; 0]).looping()] {
        let mut bench = Bench::new(chooser);
        for command in ["SAME", "NEXT", "PREV", "LAST"] {
            assert_eq!(step(&mut bench, command), [""; 0], "{command}");
        }
    }
}

#[test]
fn only_shutdown_at_once_ends_a_chooser() {
    let mut bench = Bench::new(Chooser::new(["a"]));
    bench.finish().give("control", "hello").settle();
    assert_eq!(step(&mut bench, "FIRST"), ["a", "a"]);
    bench.shut_down().settle();
    assert_eq!(bench.signalled(), [SM]);
    assert!(bench.ended());
}

#[test]
fn a_chooser_waits_for_room_and_can_be_stopped_meanwhile() {
    let mut bench = Bench::new(Chooser::new([1, 2]));
    bench.limit("outbox", 1).give("inbox", "NEXT").settle();
    assert_eq!(bench.sent::<i32>(), [1]);
    bench.settle();
    assert_eq!(bench.sent::<i32>(), [2]);
    bench.give("inbox", "SAME").give("inbox", "SAME").settle().shut_down().settle();
    assert_eq!(bench.signalled(), [SM]);
    assert!(bench.ended());
}

#[test]
fn collate_sends_one_list_at_the_end_and_then_the_ending() {
    for ending in [PF, SM] {
        let mut bench = Bench::new(Collate::<i32>::new());
        bench.give("inbox", 1).give("inbox", 2).give("control", "hello").settle();
        assert_eq!(bench.out("outbox").len(), 0);
        if ending == PF { bench.finish() } else { bench.shut_down() }.settle();
        assert_eq!(bench.sent::<Vec<i32>>(), [[1, 2]]);
        assert_eq!(bench.signalled(), ["\"hello\"", ending]);
        assert!(bench.ended());
    }
}

#[test]
fn collate_gathers_anything_as_messages() {
    let mut bench = Bench::new(Collate::<Message>::new());
    bench.give("inbox", 1).give("inbox", "two").finish().settle();
    assert_eq!(format!("{:?}", bench.out("outbox")), r#"[[1, "two"]]"#);
}

#[test]
fn a_comparator_takes_one_of_each_and_ends_with_a_new_producer_finished() {
    let mut bench = Bench::new(Comparator::<i32>::new());
    bench.give("inA", 1).give("inA", 1).settle();
    assert_eq!(bench.out("outbox").len(), 0);
    bench.give("inB", 1).give("inB", 2).shut_down().settle();
    assert_eq!(bench.sent::<bool>(), [true, false]);
    assert_eq!(bench.signalled(), [PF]);
    assert!(bench.ended());
}

#[test]
fn a_comparator_can_make_something_else_of_each_pair() {
    let mut bench = Bench::new(Comparator::combining(|a: i32, b: i32| a - b));
    bench.give("inA", 5).give("inB", 3).settle();
    assert_eq!(bench.sent::<i32>(), [2]);
}
