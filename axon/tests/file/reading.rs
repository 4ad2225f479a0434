//! Components that read.

use std::cell::RefCell;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::rc::Rc;
use std::time::{Duration, Instant};

use axon::file::{IntelligentFileReader, MaxSpeedFileReader, ReadFileAdaptor, TriggeredFileReader};
use axon::util::{DataSink, DataSource, Received, SimpleReader};
use axon::{AnyComponent, Component, Context, Scheduler, pipeline};

use crate::bench::{Bench, PF, SM};
use crate::folder::Folder;

#[test]
fn a_file_that_is_truncated_while_it_is_read_is_an_error_that_says_so() {
    let folder = Folder::new();
    let long = vec![b'\n'; 3_000_000];
    let path = folder.write("long", &long);
    let readers: [fn(&std::path::Path) -> AnyComponent; 3] = [
        |path| AnyComponent::new(MaxSpeedFileReader::new(path)),
        |path| AnyComponent::new(ReadFileAdaptor::new(path).by_block(4096)),
        |path| AnyComponent::new(IntelligentFileReader::new(path).chunk_size(4096)),
    ];
    for reader in readers {
        fs::write(&path, &long).unwrap();
        let mut bench = Bench::new(reader(&path));
        bench.limit("outbox", 1).wait_for::<Vec<u8>>(1);
        OpenOptions::new().write(true).open(&path).unwrap().set_len(10).unwrap();
        let error = loop {
            bench.sent::<Vec<u8>>();
            if let Err(error) = bench.scheduler.run_pass() {
                break error.to_string();
            }
            assert!(!bench.ended(), "it ended as if nothing had happened");
        };
        assert!(error.contains("long was truncated while it was read: "), "{error}");
        assert!(error.contains(" of 3000000 bytes"), "{error}");
    }
}

#[test]
fn a_file_that_is_replaced_while_it_is_read_is_read_to_its_end() {
    let folder = Folder::new();
    let path = folder.write("long", vec![1; 1_000_000]);
    let mut bench = Bench::new(MaxSpeedFileReader::new(&path));
    let mut read = bench.limit("outbox", 1).wait_for::<Vec<u8>>(1).concat().len();
    fs::rename(folder.write("other", "other"), &path).unwrap();
    bench.wait_until(|bench| {
        let block = bench.sent::<Vec<u8>>().concat();
        assert!(block.iter().all(|byte| *byte == 1));
        read += block.len();
        bench.ended()
    });
    read += bench.sent::<Vec<u8>>().concat().len();
    assert_eq!(read, 1_000_000);
}

#[test]
#[cfg(target_os = "linux")]
fn files_of_proc_and_sys_that_say_a_wrong_length_are_read_whole() {
    for path in ["/proc/self/limits", "/sys/kernel/mm/transparent_hugepage/enabled", "/proc/cpuinfo"] {
        let Ok(expected) = fs::read(path) else { continue };
        let received = Received::<Vec<u8>>::new();
        axon::run(pipeline![MaxSpeedFileReader::new(path), DataSink::new(&received)]).unwrap();
        assert_eq!(lines(&received.take().concat()), lines(&expected), "{path}");
        let received = Received::<Vec<u8>>::new();
        axon::run(pipeline![DataSource::new([path]), TriggeredFileReader::new(), DataSink::new(&received)])
            .unwrap();
        assert_eq!(lines(&received.take().concat()), lines(&expected), "{path}");
    }
}

fn lines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte == b'\n').count()
}

#[test]
fn an_adaptor_sends_full_blocks_of_a_file_and_lines_if_it_is_asked_to() {
    let folder = Folder::new();
    let path = folder.write("long", vec![7; 200_000]);
    let mut bench = Bench::new(ReadFileAdaptor::new(&path));
    let lengths: Vec<usize> = bench.wait_for_end().sent::<Vec<u8>>().iter().map(Vec::len).collect();
    assert_eq!(lengths.len(), 138);
    assert!(lengths[..137].iter().all(|length| *length == 1450), "{lengths:?}");
    assert_eq!((lengths[137], bench.signalled()), (200_000 - 137 * 1450, vec![PF.to_owned()]));

    let path = folder.write("lines", "one\ntwo\nthree");
    let mut bench = Bench::new(ReadFileAdaptor::new(path).by_line());
    assert_eq!(bench.wait_for_end().sent::<String>(), ["one\n", "two\n", "three"]);
}

#[test]
fn an_adaptor_of_a_stream_sends_what_there_is_and_is_stopped_while_nothing_comes() {
    let (stream, mut keyboard) = std::io::pipe().unwrap();
    let mut bench = Bench::new(ReadFileAdaptor::reading_from(stream));
    for word in ["one", "two"] {
        keyboard.write_all(word.as_bytes()).unwrap();
        assert_eq!(bench.wait_for::<Vec<u8>>(1), [word.as_bytes()]);
    }
    bench.settle().shut_down().settle();
    assert!(bench.ended());
    assert_eq!(bench.signalled(), [SM]);
}

/// Notes how much has come, and when.
struct Meter(Rc<RefCell<Vec<(Instant, usize)>>>);

impl Component for Meter {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        while let Some(bytes) = cx.next_or_end::<Vec<u8>>("inbox").await? {
            self.0.borrow_mut().push((cx.now(), bytes.len()));
        }
        Ok(())
    }
}

#[test]
fn a_bit_rate_is_exact_over_an_hour() {
    let folder = Folder::new();
    // 9001 bits a second do not divide into 24 chunks.
    let path = folder.write("hour", vec![7; 9001 * 3600 / 8]);
    let noted = Rc::new(RefCell::new(Vec::new()));
    let mut scheduler = Scheduler::builder().virtual_clock().build();
    scheduler.activate(pipeline![ReadFileAdaptor::new(&path).bitrate(9001), Meter(Rc::clone(&noted))]);
    scheduler.run().unwrap();
    let noted = noted.borrow();
    let (begin, end) = (noted[0].0, noted[noted.len() - 1].0);
    let an_hour = Duration::from_secs(3600) - Duration::from_secs(1) / 24;
    assert!((end - begin).abs_diff(an_hour) < Duration::from_micros(1), "{:?}", end - begin);
    assert_eq!(noted.len(), 24 * 3600);
    let half: usize = noted[..noted.len() / 2].iter().map(|(_, bytes)| bytes).sum();
    assert_eq!(half, 9001 * 1800 / 8, "in the first half hour");
}

#[test]
fn an_adaptor_with_a_step_time_sends_one_piece_in_each_and_does_not_catch_up() {
    let folder = Folder::new();
    let path = folder.write("lines", "1\n2\n3\n4\n5\n6\n");
    let mut bench = Bench::new(ReadFileAdaptor::new(&path).by_line().step_time(Duration::from_secs(1)));
    assert_eq!(bench.wait_for::<String>(1), ["1\n"]);
    bench.settle();
    assert_eq!(bench.sent::<String>().len(), 0);
    let second = Duration::from_secs(1);
    bench.scheduler.turn_clock(second);
    assert_eq!(bench.settle().sent::<String>(), ["2\n"]);
    bench.scheduler.turn_clock(10 * second);
    assert_eq!(bench.settle().sent::<String>(), ["3\n"], "not ten at once");
    bench.finish().settle();
    bench.scheduler.turn_clock(second);
    assert_eq!(bench.settle().sent::<String>(), ["4\n"]);
    bench.shut_down().settle();
    assert!(bench.ended());
}

#[test]
fn an_intelligent_reader_keeps_a_few_messages_at_its_receiver() {
    let folder = Folder::new();
    let path = folder.write("letters", "abcdefghijk");
    let mut bench = Bench::new(IntelligentFileReader::new(&path).chunk_size(1).max_queue(3));
    bench.wait_until(|bench| bench.scheduler.context(&bench.subject).outbox_length("outbox") == 3);
    bench.settle();
    assert_eq!(bench.one("outbox").unwrap().into_value::<Vec<u8>>().unwrap(), b"a");
    bench.settle();
    assert_eq!(bench.sent::<Vec<u8>>().concat(), b"bcd");
    let mut rest = Vec::new();
    bench.wait_until(|bench| {
        rest.extend(bench.sent::<Vec<u8>>().concat());
        bench.ended()
    });
    rest.extend(bench.sent::<Vec<u8>>().concat());
    assert_eq!(rest, b"efghijk");
    assert_eq!(bench.signalled(), [PF]);
}

#[test]
fn a_triggered_reader_sends_each_file_whole_in_order() {
    let folder = Folder::new();
    let (one, two) = (folder.write("one", "1"), folder.write("two", vec![2; 200_000]));
    let mut bench = Bench::new(TriggeredFileReader::new());
    bench.give("inbox", two.clone()).give("inbox", one.to_str().unwrap().to_owned()).give("control", "hello");
    bench.finish().wait_for_end();
    assert_eq!(bench.sent::<Vec<u8>>(), [vec![2; 200_000], b"1".to_vec()]);
    assert_eq!(bench.signalled(), ["\"hello\"", PF]);
}

#[test]
fn a_triggered_reader_names_the_file_that_is_missing_or_too_long() {
    let folder = Folder::new();
    let run = |reader: TriggeredFileReader, path: std::path::PathBuf| {
        axon::run(pipeline![DataSource::new([path]), reader]).unwrap_err().to_string()
    };
    let error = run(TriggeredFileReader::new(), folder.join("missing"));
    assert!(error.contains("cannot open") && error.contains("/missing"), "{error}");
    let error = run(TriggeredFileReader::new().longest_file(9), folder.write("long", "ten bytes!"));
    assert!(error.contains("/long: it is longer than 9 bytes; longest_file(bytes)"), "{error}");
    let endless = TriggeredFileReader::new().longest_file(100_000);
    let error = run(endless, "/dev/zero".into());
    assert!(error.contains("/dev/zero: it is longer than"), "{error}");
    let error = run(TriggeredFileReader::new(), folder.path().to_owned());
    assert!(error.contains("cannot read"), "{error}");
}

#[test]
fn readers_that_wait_for_a_fifo_are_stopped_at_once() {
    let folder = Folder::new();
    let fifo = folder.fifo("fifo");
    for reader in [
        AnyComponent::new(ReadFileAdaptor::new(&fifo)),
        AnyComponent::new(ReadFileAdaptor::new(&fifo).bitrate(8)),
        AnyComponent::new(IntelligentFileReader::new(&fifo)),
        AnyComponent::new(TriggeredFileReader::new()),
    ] {
        let mut bench = Bench::new(reader);
        bench.give("inbox", fifo.clone()).settle().shut_down().settle();
        assert!(bench.ended(), "{}", bench.subject);
        assert_eq!(bench.signalled(), [SM]);
    }
}

#[test]
fn a_reader_of_lines_tells_of_a_truncated_file_after_the_lines_that_it_has() {
    let folder = Folder::new();
    let path = folder.write("long", "line\n".repeat(500_000));
    let mut bench = Bench::new(SimpleReader::new(&path));
    assert_eq!(bench.limit("outbox", 1).wait_for::<String>(1), ["line\n"]);
    OpenOptions::new().write(true).open(&path).unwrap().set_len(7).unwrap();
    let error = loop {
        assert!(bench.sent::<String>().iter().all(|line| "line\n".starts_with(line)));
        if let Err(error) = bench.scheduler.run_pass() {
            break error.to_string();
        }
        assert!(!bench.ended());
    };
    assert!(error.contains("was truncated while it was read"), "{error}");
}
