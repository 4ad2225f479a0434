//! Components that read at a rate, and readers of many files.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use axon::chassis::JoinChooserToCarousel;
use axon::file::{
    FileAtRate, FixedRateControlledReusableFileReader, RateControlledFileReader,
    RateControlledReusableFileReader, ReusableFileReader,
};
use axon::util::{Chooser, DataSource};
use axon::{Component, Context, Scheduler, pipeline};

use crate::bench::{Bench, PF, SM};
use crate::folder::Folder;

/// What arrived, and when, in seconds from the beginning.
type Arrivals = Rc<RefCell<Vec<(f64, usize)>>>;

/// Stops the run when so many bytes have arrived. Besides the reader's it has no timer: the clock of a test jumps only
/// when the reader waits for the time, and not when it waits for the file.
struct TimedSink {
    began: Instant,
    most: usize,
    arrivals: Arrivals,
}

impl Component for TimedSink {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let mut bytes = 0;
        while let Some(chunk) = cx.next_or_end::<Vec<u8>>("inbox").await? {
            let at = cx.now().duration_since(self.began).as_secs_f64();
            bytes += chunk.len();
            self.arrivals.borrow_mut().push((at, chunk.len()));
            if bytes >= self.most {
                cx.stop_scheduler();
            }
        }
        Ok(())
    }
}

/// Runs a reader until it has sent at least so many bytes.
fn arrivals(reader: impl axon::IntoComponent, most: usize) -> Vec<(f64, usize)> {
    let mut scheduler = Scheduler::builder().virtual_clock().build();
    let arrivals = Arrivals::default();
    let marker = scheduler.add(axon::util::NullSinkComponent::new());
    let began = scheduler.context(&marker).now();
    drop(marker);
    scheduler.activate(pipeline![reader, TimedSink { began, most, arrivals: Rc::clone(&arrivals) }]);
    scheduler.run().unwrap();
    arrivals.take()
}

const HOUR: Duration = Duration::from_secs(3600);

fn total(arrivals: &[(f64, usize)]) -> usize {
    arrivals.iter().map(|(_, bytes)| bytes).sum()
}

#[test]
fn a_file_is_sent_at_its_rate_exactly_over_an_hour() {
    let folder = Folder::new();
    let file = folder.write("long", vec![b'x'; 1_000_000]);
    let reader = RateControlledFileReader::bytes(&file, 250.0).chunk_size(100.0);
    let arrivals = arrivals(reader, 900_000);
    assert_eq!(total(&arrivals), 900_000);
    for (n, (at, bytes)) in arrivals.iter().enumerate() {
        assert!((at - n as f64 * 0.4).abs() < 0.001, "piece {n} at {at}");
        assert_eq!(*bytes, 100);
    }
}

#[test]
fn lines_are_sent_at_their_rate_to_the_end_also_after_producer_finished() {
    let folder = Folder::new();
    let file = folder.write("lines", b"one\ntwo\nthr\xffee\nfour");
    let mut bench = Bench::new(RateControlledFileReader::lines(&file, 1000.0).chunk_size(3.0).lossy());
    bench.finish();
    let mut sent = bench.wait_for::<String>(1);
    while !bench.ended() {
        let next = bench.scheduler.next_timer();
        bench.settle();
        if let Some(next) = next {
            let now = bench.scheduler.context(&bench.subject).now();
            bench.scheduler.turn_clock(next.saturating_duration_since(now));
        }
        sent.extend(bench.sent::<String>());
    }
    assert_eq!(sent, ["one\ntwo\nthr\u{fffd}ee\n", "four"]);
    assert_eq!(bench.signalled(), [PF]);
}

#[test]
fn a_reader_at_a_rate_stops_at_once_between_two_pieces_and_before_the_file_is_open() {
    let folder = Folder::new();
    let file = folder.write("long", vec![b'x'; 1000]);
    let mut bench = Bench::new(RateControlledFileReader::bytes(&file, 1.0));
    assert_eq!(bench.wait_for::<Vec<u8>>(1), [b"x"]);
    bench.settle().shut_down().settle();
    assert_eq!(bench.signalled(), [SM]);
    let mut bench = Bench::new(RateControlledFileReader::bytes(folder.fifo("fifo"), 1.0));
    bench.settle().shut_down().settle();
    assert_eq!(bench.signalled(), [SM]);
    assert!(bench.ended());
}

#[test]
fn a_file_that_is_missing_or_no_text_is_an_error_that_names_it() {
    let folder = Folder::new();
    let error = axon::run(RateControlledFileReader::bytes(folder.join("none"), 1.0)).unwrap_err();
    assert!(error.to_string().contains("cannot open") && error.to_string().contains("none"), "{error}");
    let file = folder.write("latin1", b"good\n\xff\n");
    let mut bench = Bench::new(RateControlledFileReader::lines(&file, 1.0).chunk_size(2.0));
    let error = loop {
        if let Err(error) = bench.scheduler.run_pass() {
            break error.to_string();
        }
        assert!(!bench.ended());
    };
    assert!(error.contains("latin1") && error.contains("line 2"), "{error}");
    assert_eq!(bench.sent::<String>(), ["good\n"], "the good line before it is sent");
    let error = axon::run(pipeline![
        DataSource::new([folder.join("none")]),
        FixedRateControlledReusableFileReader::bytes(1.0)
    ]);
    assert!(error.unwrap_err().to_string().contains("cannot open"));
}

#[test]
fn one_rate_holds_over_many_small_files_and_ends_after_the_last() {
    let folder = Folder::new();
    let files: Vec<_> = (0..30).map(|n| folder.write(&format!("{n}"), vec![b'x'; 10])).collect();
    let reader = FixedRateControlledReusableFileReader::bytes(10.0).chunk_size(10.0);
    let playlist = JoinChooserToCarousel::new(Chooser::new(files), reader);
    let arrivals = arrivals(playlist, 300);
    assert_eq!(arrivals.len(), 30);
    for pair in arrivals.windows(2) {
        assert!(pair[1].0 - pair[0].0 > 0.99, "{pair:?}");
    }
}

/// What has come is never more than a chunk ahead of the rate, and at the end, an hour later, within a thousandth of it.
fn expect_the_rate_over_an_hour(arrivals: &[(f64, usize)], per_second: f64, chunk: f64) {
    let mut bytes = 0;
    for (at, more) in arrivals {
        bytes += more;
        assert!(bytes as f64 <= per_second * at + chunk + 0.001, "{bytes} bytes after {at} s");
    }
    let (last, _) = arrivals[arrivals.len() - 1];
    let due = bytes as f64 / per_second;
    assert!(last > 3500.0 && (last - due).abs() < due / 1000.0, "{bytes} bytes took {last} s and not {due}");
}

#[test]
fn the_rate_of_many_files_is_exact_over_an_hour() {
    let folder = Folder::new();
    // They do not end with a chunk.
    let files = (0..100).map(|nth| folder.write(&nth.to_string(), vec![b'x'; 9_037]));
    let files: Vec<_> = files.collect();
    let reader = FixedRateControlledReusableFileReader::bytes(250.0).chunk_size(100.0);
    let arrivals = arrivals(JoinChooserToCarousel::new(Chooser::new(files), reader), 903_700);
    assert_eq!(total(&arrivals), 903_700);
    expect_the_rate_over_an_hour(&arrivals, 250.0, 100.0);
}

#[test]
fn the_rate_of_an_order_is_exact_over_an_hour() {
    let folder = Folder::new();
    let file = folder.write("long", vec![b'x'; 1_000_000]);
    let orders = Chooser::new([FileAtRate::new(file, 250.0).chunk_rate(3.0)]);
    let reader = JoinChooserToCarousel::new(orders, RateControlledReusableFileReader::bytes());
    let arrivals = arrivals(reader, 900_000);
    expect_the_rate_over_an_hour(&arrivals, 250.0, 84.0);
}

#[test]
fn time_without_a_file_makes_no_backlog() {
    /// Names a file after an hour.
    struct Late(std::path::PathBuf);
    impl Component for Late {
        async fn main(&mut self, cx: &Context) -> axon::Result {
            cx.sleep(HOUR).await;
            cx.send("outbox", self.0.clone())?;
            cx.send("signal", axon::ProducerFinished::new())?;
            Ok(())
        }
    }
    let folder = Folder::new();
    let file = folder.write("long", vec![b'x'; 100_000]);
    let reader = FixedRateControlledReusableFileReader::bytes(10.0).chunk_size(10.0);
    let arrivals = arrivals(pipeline![Late(file), reader], 100);
    let (first, last) = (arrivals[0].0, arrivals[9].0);
    assert!((first - 3600.0).abs() < 0.001, "the first at {first}");
    assert!((last - first - 9.0).abs() < 0.001, "ten pieces in {} s", last - first);
}

#[test]
fn a_path_replaces_the_file_that_is_read_and_what_was_named_before_the_end_is_read_to_its_end() {
    let folder = Folder::new();
    let (long, short) = (folder.write("long", vec![b'l'; 5000]), folder.write("short", b"short"));
    let mut bench = Bench::new(FixedRateControlledReusableFileReader::bytes(1e6).chunk_size(5.0));
    let go_on = |bench: &mut Bench| bench.scheduler.turn_clock(Duration::from_micros(5));
    bench.give("next", long.clone());
    assert_eq!(bench.wait_for::<Vec<u8>>(1)[0], b"lllll");
    bench.give("inbox", short.display().to_string());
    let mut sent = Vec::new();
    bench.wait_until(|bench| {
        go_on(bench);
        sent.extend(bench.sent::<Vec<u8>>().concat());
        !bench.out("requestNext").is_empty()
    });
    assert!(sent.ends_with(b"short") && sent.len() < 5000, "{} bytes", sent.len());

    sent.clear();
    bench.give("next", long);
    bench.wait_until(|bench| {
        go_on(bench);
        sent.extend(bench.sent::<Vec<u8>>().concat());
        !sent.is_empty()
    });
    bench.give("inbox", short).finish();
    bench.wait_until(|bench| {
        go_on(bench);
        bench.ended()
    });
    sent.extend(bench.sent::<Vec<u8>>().concat());
    assert!(sent.len() == 5005 && sent.ends_with(b"lshort"), "{} bytes", sent.len());
    assert_eq!(bench.out("requestNext").len(), 0, "who is to end asks for nothing");
    assert_eq!(bench.signalled(), [PF]);

    let mut bench = Bench::new(FixedRateControlledReusableFileReader::bytes(1.0));
    bench.settle().shut_down().settle();
    assert_eq!(bench.signalled(), [SM]);
}

#[test]
fn of_two_paths_that_come_at_once_none_is_lost() {
    let folder = Folder::new();
    let (one, two) = (folder.write("one", b"one"), folder.write("two", b"two"));
    let mut bench = Bench::new(FixedRateControlledReusableFileReader::bytes(1e6).chunk_size(5.0));
    bench.give("next", one).give("inbox", two).finish();
    let mut sent = Vec::new();
    bench.wait_until(|bench| {
        bench.scheduler.turn_clock(Duration::from_micros(5));
        sent.extend(bench.sent::<Vec<u8>>().concat());
        bench.ended()
    });
    sent.extend(bench.sent::<Vec<u8>>().concat());
    assert!(sent.ends_with(b"two"), "{:?}", String::from_utf8_lossy(&sent));
}

#[test]
fn a_reusable_reader_answers_requests_from_one_file_after_another() {
    let folder = Folder::new();
    let (one, two) = (folder.write("one", b"1\n2\n3\n"), folder.write("two", b"a\nb\n"));
    let mut bench = Bench::new(ReusableFileReader::lines());
    bench.give("next", one).give("inbox", 2).give("inbox", 2).give("inbox", 1);
    assert_eq!(bench.wait_for::<String>(2), ["1\n2\n", "3\n"]);
    bench.wait_until(|bench| !bench.out("requestNext").is_empty());
    bench.give("inbox", 9).give("next", two.display().to_string());
    assert_eq!(bench.wait_for::<String>(1), ["a\nb\n"]);
    bench.finish().wait_for_end();
    assert_eq!(bench.signalled(), [PF]);
}

#[test]
fn each_file_may_have_its_own_rate() {
    let folder = Folder::new();
    let (slow, fast) = (folder.write("slow", vec![b's'; 20]), folder.write("fast", vec![b'f'; 1000]));
    let orders = [FileAtRate::new(slow, 1.0), FileAtRate::new(fast, 100.0).chunk_rate(4.0)];
    let reader = JoinChooserToCarousel::new(Chooser::new(orders), RateControlledReusableFileReader::bytes());
    let arrivals = arrivals(reader, 1020);
    assert_eq!(total(&arrivals), 1020);
    let (slow, fast) = arrivals.split_at(20);
    assert!(slow.iter().enumerate().all(|(n, (at, bytes))| (at - n as f64).abs() < 0.001 && *bytes == 1));
    assert!(fast.windows(2).all(|pair| (pair[1].0 - pair[0].0 - 0.25).abs() < 0.001 && pair[0].1 == 25));
}
