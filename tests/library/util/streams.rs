//! Components that take streams and text apart.

use axon::util::{ChunksToLines, DeFramer, Framer, LineSplit, LinesToTokenlists};

use crate::bench::{Bench, PF, SM};

#[test]
fn line_split_takes_each_text_by_itself() {
    let mut bench = Bench::new(LineSplit::new());
    bench.give("inbox", "a\nb\n").give("inbox", "c").finish().settle();
    assert_eq!(bench.sent::<String>(), ["a", "b", "", "c"]);
    assert_eq!(bench.signalled(), [PF]);
}

#[test]
fn chunks_become_lines_and_an_unfinished_last_one_is_lost() {
    let mut bench = Bench::new(ChunksToLines::new());
    bench.give("inbox", b"one\r\ntwo\nth".to_vec()).settle();
    assert_eq!(bench.sent::<String>(), ["one", "two"]);
    bench.give("inbox", b"ree\n\nlast".to_vec()).finish().settle();
    assert_eq!(bench.sent::<String>(), ["three", ""]);
    assert_eq!(bench.signalled(), [PF]);
    assert!(bench.ended());
}

#[test]
fn the_last_line_is_kept_on_demand() {
    for (text, lines) in [("one\nlast", &["one", "last"][..]), ("one\n", &["one"])] {
        let mut bench = Bench::new(ChunksToLines::new().keep_last_line());
        bench.give("inbox", text).finish().settle();
        assert_eq!(bench.sent::<String>(), lines);
        assert_eq!(bench.signalled(), [PF]);
    }
}

#[test]
fn a_character_or_line_end_cut_in_two_is_put_together_again() {
    let mut bench = Bench::new(ChunksToLines::new());
    for byte in "zwölf\r\n€\n".bytes() {
        bench.give("inbox", vec![byte]);
    }
    bench.give("inbox", vec![0xff, b'\n']).settle();
    assert_eq!(bench.sent::<String>(), ["zwölf", "€", "\u{fffd}"]);
}

#[test]
fn lines_become_lists_of_words_and_bad_or_empty_ones_nothing() {
    let mut bench = Bench::new(LinesToTokenlists::new());
    for line in ["ADD NODE \"a b\" 'c d' e", "  ", "say \"un closed"] {
        bench.give("inbox", line);
    }
    bench.finish().settle();
    assert_eq!(bench.sent::<Vec<String>>(), [["ADD", "NODE", "a b", "c d", "e"]]);
    assert_eq!(bench.signalled(), [PF]);
}

#[test]
fn frames_are_made_and_taken_apart() {
    let mut bench = Bench::new(Framer::new());
    bench.give("inbox", (1u64, "hello".to_owned())).give("inbox", (22u64, String::new())).finish().settle();
    assert_eq!(bench.sent::<String>(), ["1 5\nhello", "22 0\n"]);
    assert_eq!(bench.signalled(), [PF]);

    let mut bench = Bench::new(DeFramer::new());
    bench
        .give("inbox", "1 5\nhello")
        .give("inbox", "7 9\nshort")
        .give("inbox", "garbage")
        .shut_down()
        .settle();
    assert_eq!(bench.sent::<(u64, String)>(), [(1, "hello".to_owned())]);
    assert_eq!(bench.signalled(), [SM]);
}

#[test]
fn a_stream_without_line_breaks_is_an_error_that_says_where_and_what_to_write() {
    let mut bench = Bench::new(ChunksToLines::new());
    bench.give("inbox", "one\ntwo");
    for _ in 0..17 {
        bench.give("inbox", vec![b'x'; 1 << 16]);
    }
    let error = bench.scheduler.run().unwrap_err().to_string();
    for part in ["ChunksToLines_", "line 2", "byte 4", "1048576 bytes", "longest_line(bytes)"] {
        assert!(error.contains(part), "{part} in {error}");
    }
    assert_eq!(bench.sent::<String>(), ["one"]);

    let mut bench = Bench::new(ChunksToLines::new().longest_line(3));
    bench.give("inbox", "one\ntw").give("inbox", "o\nthr").settle();
    assert_eq!(bench.sent::<String>(), ["one", "two"]);
    bench.give("inbox", "ee");
    assert!(bench.scheduler.run().is_err());
}

#[test]
fn a_line_or_frame_in_one_message_has_a_greatest_length_too() {
    let mut bench = Bench::new(LineSplit::new().longest_line(3));
    bench.give("inbox", "abc\n\nabc");
    bench.settle().give("inbox", "a\nabcd\n");
    let error = bench.scheduler.run().unwrap_err().to_string();
    for part in ["LineSplit_", "line 2", "byte 2", "3 bytes", "longest_line(bytes)"] {
        assert!(error.contains(part), "{part} in {error}");
    }
    assert_eq!(bench.sent::<String>(), ["abc", "", "abc", "a"]);

    let mut bench = Bench::new(DeFramer::new().longest_frame(3));
    bench.give("inbox", "1 3\nabc").settle().give("inbox", "2 4\nabcd");
    let error = bench.scheduler.run().unwrap_err().to_string();
    for part in ["DeFramer_", "tag 2", "4 bytes", "3;", "longest_frame(bytes)"] {
        assert!(error.contains(part), "{part} in {error}");
    }
}
