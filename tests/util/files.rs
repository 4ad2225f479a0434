//! Reading and writing files.

use std::fs;
use std::path::PathBuf;

use axon::pipeline;
use axon::util::{DataSource, MaxSpeedFileReader, PromptedFileReader, SimpleFileWriter, SimpleReader};

use crate::bench::{Bench, PF, SM};

/// A file of its own for each test, gone afterwards.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, contents: &[u8]) -> Self {
        let scratch = Self::missing(name);
        fs::write(&scratch.0, contents).unwrap();
        scratch
    }

    fn missing(name: &str) -> Self {
        Scratch(std::env::temp_dir().join(format!("axon-{}-{name}", std::process::id())))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn a_simple_reader_sends_each_line_with_its_line_break() {
    let file = Scratch::new("lines", "one\n\nzwölf".as_bytes());
    let mut bench = Bench::new(SimpleReader::new(&file.0));
    bench.settle();
    assert_eq!(bench.sent::<String>(), ["one\n", "\n", "zwölf"]);
    assert_eq!(bench.signalled(), [PF]);
    assert!(bench.ended());
}

#[test]
fn a_simple_reader_waits_for_room_and_can_be_stopped() {
    let file = Scratch::new("room", b"1\n2\n3\n4\n");
    let mut bench = Bench::new(SimpleReader::new(&file.0));
    bench.limit("outbox", 1).settle();
    assert_eq!(bench.sent::<String>(), ["1\n"]);
    bench.settle();
    assert_eq!(bench.sent::<String>(), ["2\n"]);
    bench.settle().shut_down().settle();
    assert_eq!(bench.sent::<String>(), ["3\n"]);
    assert_eq!(bench.signalled(), [SM]);
    assert!(bench.ended());
}

#[test]
fn a_reader_told_producer_finished_reads_to_the_end() {
    let file = Scratch::new("finish", b"1\n2\n");
    let mut bench = Bench::new(SimpleReader::new(&file.0));
    bench.give("control", "hello").finish().settle();
    assert_eq!(bench.sent::<String>(), ["1\n", "2\n"]);
    assert_eq!(bench.signalled(), ["\"hello\"", PF]);
}

#[test]
fn a_file_that_is_not_there_or_no_text_is_an_error_that_names_it() {
    let missing = Scratch::missing("missing");
    for error in [
        axon::run(SimpleReader::new(&missing.0)).unwrap_err().to_string(),
        axon::run(PromptedFileReader::bytes(&missing.0)).unwrap_err().to_string(),
        axon::run(MaxSpeedFileReader::new(&missing.0)).unwrap_err().to_string(),
    ] {
        assert!(error.contains("cannot open") && error.contains("-missing"), "{error}");
    }
    let file = Scratch::new("latin1", b"\xff\n");
    let error = axon::run(SimpleReader::new(&file.0)).unwrap_err().to_string();
    assert!(error.contains("cannot read") && error.contains("-latin1"), "{error}");
}

#[test]
fn a_fast_reader_sends_blocks_of_bytes() {
    let file = Scratch::new("blocks", &[7; 10]);
    let mut bench = Bench::new(MaxSpeedFileReader::new(&file.0).chunk_size(4));
    bench.settle();
    assert_eq!(bench.sent::<Vec<u8>>(), [vec![7; 4], vec![7; 4], vec![7; 2]]);
    assert_eq!(bench.signalled(), [PF]);
}

#[test]
fn a_prompted_reader_reads_as_many_bytes_as_it_is_asked_for() {
    let file = Scratch::new("prompted", b"abcdef");
    let mut bench = Bench::new(PromptedFileReader::bytes(&file.0));
    bench.settle();
    assert_eq!(bench.out("outbox").len(), 0);
    bench.give("inbox", 2).give("inbox", 3u64).settle();
    assert_eq!(bench.sent::<Vec<u8>>(), [b"ab".to_vec(), b"cde".to_vec()]);
    bench.give("inbox", 9usize).settle();
    assert_eq!(bench.sent::<Vec<u8>>(), [b"f".to_vec()]);
    assert!(!bench.ended());
    bench.give("inbox", 1i64).settle();
    assert_eq!(bench.signalled(), [PF]);
    assert!(bench.ended());
}

#[test]
fn a_prompted_reader_reads_as_many_lines_as_it_is_asked_for() {
    let file = Scratch::new("prompted-lines", b"a\nb\nc\nd");
    let mut bench = Bench::new(PromptedFileReader::lines(&file.0));
    bench.give("inbox", 1).give("inbox", 2).give("inbox", 5).finish().settle();
    assert_eq!(bench.sent::<String>(), ["a\n", "b\nc\n", "d"]);
    assert_eq!(bench.signalled(), [PF]);
    assert!(bench.ended());
}

#[test]
fn a_request_that_is_no_whole_number_is_an_error() {
    let file = Scratch::new("requests", b"a");
    for request in [axon::Message::new("two"), axon::Message::new(-1), axon::Message::new(1.5)] {
        let mut bench = Bench::new(PromptedFileReader::bytes(&file.0));
        bench.give("inbox", request);
        let error = bench.scheduler.run().unwrap_err().to_string();
        assert!(error.contains("takes a whole number"), "{error}");
    }
}

#[test]
fn a_writer_writes_bytes_and_text_at_once_and_makes_the_file_anew() {
    let file = Scratch::new("written", b"old and long");
    let mut bench = Bench::new(SimpleFileWriter::new(&file.0));
    bench.give("inbox", b"one ".to_vec()).give("inbox", "two").settle();
    assert_eq!(fs::read(&file.0).unwrap(), b"one two");
    bench.give("inbox", "!".to_owned()).give("control", "hello").finish().settle();
    assert_eq!(fs::read(&file.0).unwrap(), b"one two!");
    assert_eq!(bench.signalled(), ["\"hello\"", PF]);
    assert!(bench.ended());
}

#[test]
fn a_writer_may_append() {
    let file = Scratch::new("appended", b"old ");
    axon::run(pipeline![DataSource::new(["new"]), SimpleFileWriter::new(&file.0).append()]).unwrap();
    assert_eq!(fs::read(&file.0).unwrap(), b"old new");
}

#[test]
fn a_file_is_copied_through_a_pipeline() {
    let contents: Vec<u8> = (0..100_000u32).map(|n| n as u8).collect();
    let (from, to) = (Scratch::new("from", &contents), Scratch::missing("to"));
    axon::run(pipeline![MaxSpeedFileReader::new(&from.0), SimpleFileWriter::new(&to.0)]).unwrap();
    assert_eq!(fs::read(&to.0).unwrap(), contents);
}

#[test]
fn a_file_that_cannot_be_written_is_an_error_that_names_it() {
    let error = axon::run(SimpleFileWriter::new("/nowhere/at/all")).unwrap_err().to_string();
    assert!(error.contains("cannot open /nowhere/at/all"), "{error}");
}
