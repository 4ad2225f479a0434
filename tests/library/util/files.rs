//! Reading and writing files.

use std::cell::Cell;
use std::fs;
use std::path::Path;
use std::rc::Rc;

use axon::util::{
    DataSink, DataSource, LineError, MaxSpeedFileReader, PromptedFileReader, Received, SimpleFileWriter,
    SimpleReader, Text,
};
use axon::{AnyComponent, Component, Context, RunError, Scheduler, error::Cause, pipeline};

use crate::bench::{Bench, PF, SM};
use crate::folder::Folder;

#[test]
fn a_simple_reader_sends_each_line_with_its_line_break() {
    let folder = Folder::new();
    let file = folder.write("lines", "one\n\nzwölf".as_bytes());
    let mut bench = Bench::new(SimpleReader::new(&file));
    bench.wait_for_end();
    assert_eq!(bench.sent::<String>(), ["one\n", "\n", "zwölf"]);
    assert_eq!(bench.signalled(), [PF]);
    assert!(bench.ended());
}

#[test]
fn a_simple_reader_waits_for_room_and_can_be_stopped() {
    let folder = Folder::new();
    let file = folder.write("room", b"1\n2\n3\n4\n");
    let mut bench = Bench::new(SimpleReader::new(&file));
    bench.limit("outbox", 1);
    assert_eq!(bench.wait_for::<String>(1), ["1\n"]);
    bench.settle();
    assert_eq!(bench.sent::<String>(), ["2\n"]);
    bench.settle().shut_down().settle();
    assert_eq!(bench.sent::<String>(), ["3\n"]);
    assert_eq!(bench.signalled(), [SM]);
    assert!(bench.ended());
}

#[test]
fn a_reader_told_producer_finished_reads_to_the_end() {
    let folder = Folder::new();
    let file = folder.write("finish", b"1\n2\n");
    let mut bench = Bench::new(SimpleReader::new(&file));
    bench.give("control", "hello").finish().wait_for_end();
    assert_eq!(bench.sent::<String>(), ["1\n", "2\n"]);
    assert_eq!(bench.signalled(), ["\"hello\"", PF]);
}

#[test]
fn a_file_that_is_not_there_or_no_text_is_an_error_that_names_it() {
    let folder = Folder::new();
    let missing = folder.join("missing");
    for error in [
        axon::run(SimpleReader::new(&missing)).unwrap_err().to_string(),
        axon::run(PromptedFileReader::bytes(&missing)).unwrap_err().to_string(),
        axon::run(MaxSpeedFileReader::new(&missing)).unwrap_err().to_string(),
    ] {
        assert!(error.contains("cannot open") && error.contains("/missing"), "{error}");
    }
    let folder = Folder::new();
    let file = folder.write("latin1", b"\xff\n");
    let error = axon::run(SimpleReader::new(&file)).unwrap_err().to_string();
    assert!(error.contains("cannot read") && error.contains("/latin1"), "{error}");
}

#[test]
fn a_fast_reader_sends_blocks_of_bytes() {
    let folder = Folder::new();
    let file = folder.write("blocks", [7; 10]);
    let mut bench = Bench::new(MaxSpeedFileReader::new(&file).chunk_size(4));
    bench.wait_for_end();
    assert_eq!(bench.sent::<Vec<u8>>(), [vec![7; 4], vec![7; 4], vec![7; 2]]);
    assert_eq!(bench.signalled(), [PF]);
}

#[test]
fn a_prompted_reader_reads_as_many_bytes_as_it_is_asked_for() {
    let folder = Folder::new();
    let file = folder.write("prompted", b"abcdef");
    let mut bench = Bench::new(PromptedFileReader::bytes(&file));
    bench.settle();
    assert_eq!(bench.out("outbox").len(), 0);
    bench.give("inbox", 2).give("inbox", 3u64);
    assert_eq!(bench.wait_for::<Vec<u8>>(2), [b"ab".to_vec(), b"cde".to_vec()]);
    bench.give("inbox", 9usize);
    assert_eq!(bench.wait_for::<Vec<u8>>(1), [b"f".to_vec()]);
    assert!(!bench.ended());
    bench.give("inbox", 1i64).wait_for_end();
    assert_eq!(bench.signalled(), [PF]);
    assert!(bench.ended());
}

#[test]
fn a_prompted_reader_reads_as_many_lines_as_it_is_asked_for() {
    let folder = Folder::new();
    let file = folder.write("prompted-lines", b"a\nb\nc\nd");
    let mut bench = Bench::new(PromptedFileReader::lines(&file));
    bench.give("inbox", 1).give("inbox", 2).give("inbox", 5).finish().wait_for_end();
    assert_eq!(bench.sent::<String>(), ["a\n", "b\nc\n", "d"]);
    assert_eq!(bench.signalled(), [PF]);
    assert!(bench.ended());
}

#[test]
fn a_request_that_is_no_whole_number_is_an_error() {
    let folder = Folder::new();
    let file = folder.write("requests", b"a");
    for request in [axon::Message::new("two"), axon::Message::new(-1), axon::Message::new(1.5)] {
        let mut bench = Bench::new(PromptedFileReader::bytes(&file));
        bench.give("inbox", request);
        let error = bench.scheduler.run().unwrap_err().to_string();
        assert!(error.contains("takes a whole number"), "{error}");
    }
}

#[test]
fn a_writer_writes_bytes_and_text_at_once_and_makes_the_file_anew() {
    let folder = Folder::new();
    let file = folder.write("written", b"old and long");
    let mut bench = Bench::new(SimpleFileWriter::new(&file));
    bench.give("inbox", b"one ".to_vec()).give("inbox", "two");
    bench.wait_until(|_| fs::read(&file).is_ok_and(|written| written == b"one two"));
    bench.give("inbox", "!".to_owned()).give("control", "hello").finish().wait_for_end();
    assert_eq!(fs::read(&file).unwrap(), b"one two!");
    assert_eq!(bench.signalled(), ["\"hello\"", PF]);
    assert!(bench.ended());
}

#[test]
fn a_writer_may_append() {
    let folder = Folder::new();
    let file = folder.write("appended", b"old ");
    axon::run(pipeline![DataSource::new(["new"]), SimpleFileWriter::new(&file).append()]).unwrap();
    assert_eq!(fs::read(&file).unwrap(), b"old new");
}

#[test]
fn a_file_is_copied_through_a_pipeline() {
    let contents: Vec<u8> = (0..100_000u32).map(|n| n as u8).collect();
    let folder = Folder::new();
    let (from, to) = (folder.write("from", &contents), folder.join("to"));
    axon::run(pipeline![MaxSpeedFileReader::new(&from), SimpleFileWriter::new(&to)]).unwrap();
    assert_eq!(fs::read(&to).unwrap(), contents);
}

#[test]
fn a_file_that_cannot_be_written_is_an_error_that_names_it() {
    let error = axon::run(SimpleFileWriter::new("/nowhere/at/all")).unwrap_err().to_string();
    assert!(error.contains("cannot open /nowhere/at/all"), "{error}");
}

/// Everything that opens a file, on one that nobody else opens.
fn openers(fifo: &Path) -> [AnyComponent; 4] {
    [
        AnyComponent::new(SimpleReader::new(fifo)),
        AnyComponent::new(MaxSpeedFileReader::new(fifo)),
        AnyComponent::new(PromptedFileReader::bytes(fifo)),
        AnyComponent::new(SimpleFileWriter::new(fifo)),
    ]
}

#[test]
fn a_fifo_that_nobody_else_opens_holds_up_nobody_and_who_waits_for_it_is_stopped_at_once() {
    for end in ["stop", "shutdown", "drop"] {
        let folder = Folder::new();
        let fifo = folder.fifo(&format!("unopened-{end}"));
        for opener in openers(&fifo) {
            let received = Received::<i32>::new();
            let mut bench = Bench::new(opener);
            bench.scheduler.activate(pipeline![DataSource::new(0..100), DataSink::new(&received)]);
            bench.settle().settle().settle();
            assert_eq!(received.take().len(), 100, "the others go on");
            assert!(!bench.ended(), "{} waits", bench.subject);
            match end {
                "stop" => bench.scheduler.stop(),
                "shutdown" => {
                    bench.shut_down().settle();
                    assert_eq!(bench.signalled(), [SM]);
                }
                _ => continue,
            }
            assert!(bench.ended(), "{}", bench.subject);
        }
    }
}

/// The error of a line that a run ended with.
fn line_error(error: &RunError) -> &LineError {
    let RunError::Failed { cause: Cause::Error(cause), .. } = error else { panic!("{error}") };
    cause.downcast_ref().unwrap_or_else(|| panic!("{error}"))
}

#[test]
fn a_line_longer_than_may_be_is_an_error_that_says_which_and_where_and_what_to_write() {
    let folder = Folder::new();
    let file = folder.write("endless", [b"one\ntwo\n", &[b'x'; 3_000_000][..]].concat());
    let readers = [
        AnyComponent::new(SimpleReader::new(&file)),
        AnyComponent::new(pipeline![DataSource::new([9]), PromptedFileReader::lines(&file)]),
    ];
    for reader in readers {
        let received = Received::<Text>::new();
        let error = axon::run(pipeline![reader, DataSink::new(&received)]).unwrap_err();
        let found = line_error(&error);
        assert_eq!((found.line(), found.byte(), found.limit()), (3, 8, Some(1 << 20)));
        let shown = error.to_string();
        for part in ["Reader_", "/endless", "line 3", "byte 8", "1048576 bytes", "longest_line(bytes)"] {
            assert!(shown.contains(part), "{part} in {shown}");
        }
        let lines: String = received.take().into_iter().map(|Text(line)| line).collect();
        assert_eq!(lines, "one\ntwo\n", "what comes before it is not lost");
    }
    let mut bench = Bench::new(SimpleReader::new(&file).longest_line(3_000_000));
    assert_eq!(bench.wait_for_end().sent::<String>().pop().unwrap().len(), 3_000_000);
}

#[test]
fn a_line_of_just_the_greatest_length_is_taken_wherever_blocks_end() {
    let folder = Folder::new();
    let file = folder.write("just", b"12345\n12345");
    let mut bench = Bench::new(SimpleReader::new(&file).longest_line(5));
    assert_eq!(bench.wait_for_end().sent::<String>(), ["12345\n", "12345"]);
    let error = axon::run(SimpleReader::new(&file).longest_line(4)).unwrap_err();
    assert_eq!(line_error(&error).line(), 1);

    let long = [vec![b'a'; 200_000], b"\n".to_vec(), vec![b'b'; 65_535], b"\nc".to_vec()].concat();
    let folder = Folder::new();
    let file = folder.write("blocks-and-lines", &long);
    let mut bench = Bench::new(SimpleReader::new(&file));
    let lengths: Vec<usize> = bench.wait_for_end().sent::<String>().iter().map(String::len).collect();
    assert_eq!(lengths, [200_001, 65_536, 1]);
}

#[test]
fn a_bad_byte_is_an_error_that_names_the_line_or_is_replaced_or_sent_as_it_is() {
    let folder = Folder::new();
    let file = folder.write("bad", b"one\ntw\xff\nthree\n");
    let error = axon::run(SimpleReader::new(&file)).unwrap_err();
    let found = line_error(&error);
    assert_eq!((found.line(), found.byte(), found.limit()), (2, 6, None));
    let shown = error.to_string();
    for part in ["line 2", "0xff at byte 6", "lossy()", "as_bytes()"] {
        assert!(shown.contains(part), "{part} in {shown}");
    }

    let mut bench = Bench::new(SimpleReader::new(&file).lossy());
    assert_eq!(bench.wait_for_end().sent::<String>(), ["one\n", "tw\u{fffd}\n", "three\n"]);
    let mut bench = Bench::new(SimpleReader::new(&file).as_bytes());
    assert_eq!(bench.wait_for_end().sent::<Vec<u8>>(), [&b"one\n"[..], b"tw\xff\n", b"three\n"]);

    let reader = PromptedFileReader::lines(&file).lossy();
    let mut bench = Bench::new(reader);
    assert_eq!(bench.give("inbox", 9).wait_for::<String>(1), ["one\ntw\u{fffd}\nthree\n"]);
    let mut bench = Bench::new(PromptedFileReader::lines(&file).as_bytes());
    assert_eq!(bench.give("inbox", 2).wait_for::<Vec<u8>>(1), [b"one\ntw\xff\n"]);
}

#[test]
fn one_bad_byte_does_not_lose_the_good_lines_that_were_asked_for_with_it() {
    let folder = Folder::new();
    let file = folder.write("99-good", [&b"good\n".repeat(99)[..], b"b\xffd\n"].concat());
    let received = Received::<String>::new();
    let reader =
        pipeline![DataSource::new([100]), PromptedFileReader::lines(&file), DataSink::new(&received)];
    let error = axon::run(reader).unwrap_err();
    assert_eq!(line_error(&error).line(), 100);
    assert_eq!(received.take(), ["good\n".repeat(99)]);
}

#[test]
fn a_prompted_reader_asked_for_nothing_sends_nothing_and_goes_on() {
    let folder = Folder::new();
    let file = folder.write("nothing", b"abcdefghij");
    let received = Received::<Vec<u8>>::new();
    let requests = DataSource::new([3, 0, 5]);
    axon::run(pipeline![requests, PromptedFileReader::bytes(&file), DataSink::new(&received)]).unwrap();
    assert_eq!(received.take(), [b"abc".to_vec(), b"defgh".to_vec()]);
    let mut bench = Bench::new(PromptedFileReader::lines(&file));
    bench.give("inbox", 0).give("inbox", 0).give("inbox", 1);
    assert_eq!(bench.wait_for::<String>(1), ["abcdefghij"]);
    assert!(!bench.ended());
}

#[test]
fn a_writer_writes_more_than_may_wait_and_all_before_the_run_ends_also_when_told_to_stop() {
    let chunk = vec![b'x'; 100_000];
    for is_told_to_stop in [false, true] {
        let folder = Folder::new();
        let file = folder.join("much");
        let mut bench = Bench::new(SimpleFileWriter::new(&file));
        for _ in 0..30 {
            bench.give("inbox", chunk.clone());
        }
        if is_told_to_stop {
            bench.shut_down()
        } else {
            bench.finish()
        };
        bench.scheduler.run().unwrap();
        assert_eq!(fs::read(&file).unwrap().len(), 3_000_000);
    }
}

#[test]
fn what_is_written_to_a_fifo_arrives_when_somebody_reads_it_and_what_is_read_comes_as_it_is_written() {
    let folder = Folder::new();
    let fifo = folder.fifo("both");
    let received = Received::<String>::new();
    let lines: Vec<String> = (0..10_000).map(|n| format!("{n}\n")).collect();
    let mut scheduler = Scheduler::new();
    scheduler.activate(pipeline![DataSource::new(lines.clone()), SimpleFileWriter::new(&fifo)]);
    scheduler.activate(pipeline![SimpleReader::new(&fifo), DataSink::new(&received)]);
    scheduler.run().unwrap();
    assert_eq!(received.take(), lines);
}

/// Takes lines, and counts them.
struct Counts(Rc<Cell<usize>>);

impl Component for Counts {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            while cx.recv("inbox").is_some() {
                self.0.set(self.0.get() + 1);
            }
            if cx.told_to_end().is_some() {
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

/// Counts its turns between the first line and the last.
struct Beside {
    lines: Rc<Cell<usize>>,
    turns: Rc<Cell<usize>>,
}

impl Component for Beside {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        while self.lines.get() < 1000 {
            self.turns.set(self.turns.get() + usize::from(self.lines.get() > 0));
            cx.yield_now().await;
        }
        Ok(())
    }
}

#[test]
fn a_reader_sends_several_lines_in_a_turn_and_gives_the_others_theirs() {
    let folder = Folder::new();
    let file = folder.write("lines", "a line\n".repeat(1000));
    let (lines, turns) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let mut scheduler = Scheduler::new();
    scheduler.activate(pipeline![SimpleReader::new(file), Counts(lines.clone())]);
    scheduler.activate(Beside { lines, turns: turns.clone() });
    scheduler.run().unwrap();
    assert!((10..100).contains(&turns.get()), "{} turns for 1000 lines", turns.get());
}

/// Sends without end.
struct Endless;

impl Component for Endless {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            cx.send_when_room("outbox", "x\n").await?;
            cx.yield_now().await;
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_writer_to_which_something_comes_in_every_pass_writes_it_and_notices_that_the_disk_is_full() {
    let error = axon::run(pipeline![Endless, SimpleFileWriter::new("/dev/full")]).unwrap_err().to_string();
    assert!(error.contains("cannot write /dev/full"), "{error}");
}
