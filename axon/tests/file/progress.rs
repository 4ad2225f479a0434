//! Readers that tell how far they are. What the bar draws at a terminal is a test of the command.

use std::fs;
use std::thread;
use std::time::Duration;

use axon::file::RateControlledFileReader;
use axon::testing::Bench;
use axon::util::{
    DataSink, MaxSpeedFileReader, NullSinkComponent, Progress, ProgressBar, ProgressReports, Received,
    SimpleReader,
};
use axon::{Component, Context, Scheduler, ShutdownMicroprocess, graphline, pipeline};

use crate::folder::Folder;

/// Does a byte every 30 ms.
struct Slow {
    bytes: u64,
}

impl Component for Slow {
    fn boxes(&self) -> axon::Boxes {
        axon::Boxes::standard().outbox("progress", "how far it is")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        let mut reports = ProgressReports::new(cx);
        reports.expect(Some(self.bytes));
        for _ in 0..self.bytes {
            cx.sleep(Duration::from_millis(30)).await;
            reports.add(1);
            if cx.told_to_end().is_some() {
                break;
            }
        }
        Ok(())
    }
}

fn said(reports: &[Progress]) -> Vec<(u64, Option<u64>, bool)> {
    reports.iter().map(|report| (report.done, report.of, report.is_over)).collect()
}

#[test]
fn reports_come_ten_times_a_second_with_the_rate_and_the_last_one_at_the_end() {
    let mut bench = Bench::new(Slow { bytes: 10 });
    bench.turn_clock(Duration::from_secs(1));
    let reports = bench.take::<Progress>("progress");
    assert_eq!(said(&reports), [(4, Some(10), false), (8, Some(10), false), (10, Some(10), true)]);
    for report in &reports {
        assert!((report.rate - 1.0 / 0.03).abs() < 1e-6, "{report:?}");
        assert!(report.who.starts_with("Slow_"));
    }
}

#[test]
fn work_that_is_ended_says_that_it_is_over() {
    let mut bench = Bench::new(Slow { bytes: 1000 });
    bench.put("control", ShutdownMicroprocess::new());
    bench.turn_clock(Duration::from_secs(1));
    assert_eq!(said(&bench.take::<Progress>("progress")), [(1, Some(1000), true)]);
}

/// What a reader reports, whose outbox `progress` is linked.
fn reports_of(reader: impl axon::IntoComponent) -> Vec<Progress> {
    let reports = Received::<Progress>::new();
    let (done, nothing) = (DataSink::new(&reports), NullSinkComponent::new());
    let mut scheduler = Scheduler::new();
    scheduler.activate(graphline! {
        components: { reader: reader, nothing: nothing, done: done },
        linkages: {
            reader.outbox => nothing.inbox,
            reader.signal => done.control,
            done.signal => nothing.control,
            reader.progress => done.inbox,
        },
    });
    scheduler.run().unwrap();
    reports.take()
}

#[test]
fn each_reader_reports_the_length_of_its_file_and_that_all_of_it_is_sent() {
    let folder = Folder::new();
    let file = folder.write("lines", "a line\n".repeat(1000));
    let over = (7000, Some(7000), true);
    assert_eq!(said(&reports_of(SimpleReader::new(&file).reporting())).last(), Some(&over));
    assert_eq!(said(&reports_of(MaxSpeedFileReader::new(&file).reporting())).last(), Some(&over));
    let reader = RateControlledFileReader::bytes(&file, 1e6).reporting();
    assert_eq!(said(&reports_of(reader)).last(), Some(&over));
}

#[test]
fn the_length_of_what_has_none_is_not_known() {
    let folder = Folder::new();
    let fifo = folder.fifo("fifo");
    let writer = thread::spawn({
        let fifo = fifo.clone();
        move || fs::write(fifo, "one\ntwo\n").unwrap()
    });
    assert_eq!(said(&reports_of(SimpleReader::new(&fifo).reporting())), [(8, None, true)]);
    writer.join().unwrap();
}

#[test]
fn a_reader_that_nobody_asks_has_no_further_outbox() {
    let scheduler = Scheduler::new();
    let reader = scheduler.add(SimpleReader::new("Cargo.toml"));
    assert!(!scheduler.context(&reader).has_outbox(&reader, "progress"));
}

/// Takes reports as the bar does, and keeps them.
struct Bar(Received<Progress>);

impl Component for Bar {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        cx.declare_service();
        cx.register_service("progress", (cx.me(), "inbox"))?;
        DataSink::new(&self.0).main(cx).await
    }
}

#[test]
fn readers_find_the_bar_that_is_a_service_by_themselves() {
    let folder = Folder::new();
    let file = folder.write("lines", "a line\n".repeat(1000));
    let reports = Received::new();
    let mut scheduler = Scheduler::new();
    scheduler.activate(Bar(reports.clone()));
    scheduler.activate(pipeline![SimpleReader::new(&file), NullSinkComponent::new()]);
    scheduler.activate(pipeline![axon::file::ReadFileAdaptor::new(&file), NullSinkComponent::new()]);
    scheduler.run().unwrap();
    let mut reports = said(&reports.take());
    reports.retain(|(.., is_over)| *is_over);
    assert_eq!(reports, [(7000, Some(7000), true); 2]);
}

#[test]
fn a_stopped_reader_reports_nothing_and_a_failed_one_that_it_is_over() {
    let folder = Folder::new();
    let reports = Received::new();
    let mut scheduler = Scheduler::builder().immortal().build();
    scheduler.activate(Bar(reports.clone()));
    scheduler.activate(SimpleReader::new(folder.join("none")));
    let stopped = scheduler.activate(SimpleReader::new(folder.fifo("nobody writes")));
    for _ in 0..10 {
        scheduler.run_pass().unwrap();
    }
    scheduler.context(&stopped).stop(&stopped);
    scheduler.run().unwrap();
    assert_eq!(said(&reports.take()), [(0, None, true)]);
}

#[test]
fn a_bar_ends_when_all_that_was_reported_to_it_is_over_or_when_it_is_told_to() {
    let mut bench = Bench::new(ProgressBar::new());
    bench.put("control", "what it does not know");
    bench.put("control", ShutdownMicroprocess::new());
    bench.turn_clock(Duration::ZERO);
    bench.expect_end();
    let mut scheduler = Scheduler::builder().virtual_clock().build();
    scheduler.activate(graphline! {
        components: { one: Slow { bytes: 10 }, bar: ProgressBar::new() },
        linkages: { one.progress => bar.inbox },
    });
    scheduler.run().unwrap();
}
