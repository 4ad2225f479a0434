//! `Tail`.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use axon::file::{FileChange, Tail};

use crate::bench::{Bench, PF, SM};
use crate::folder::Folder;

fn append(path: &Path, text: &str) {
    OpenOptions::new().append(true).create(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
}

/// Turns the clock until so many lines have come.
fn lines(bench: &mut Bench, count: usize) -> Vec<String> {
    let mut lines = Vec::new();
    bench.wait_until(|bench| {
        bench.scheduler.turn_clock(Duration::from_millis(250));
        lines.extend(bench.sent::<String>());
        lines.len() >= count
    });
    lines
}

/// Turns the clock until it tells of a change.
fn change(bench: &mut Bench) -> FileChange {
    let mut told = None;
    bench.wait_until(|bench| {
        bench.scheduler.turn_clock(Duration::from_millis(250));
        told = bench.one("change");
        told.is_some()
    });
    told.unwrap().into_value().unwrap()
}

/// Waits until it has read to the end of the file for the first time, and sleeps.
fn read_to_the_end(bench: &mut Bench) {
    bench.wait_until(|bench| bench.scheduler.next_timer().is_some());
}

#[test]
fn tail_sends_the_lines_that_are_appended_when_they_are_complete() {
    let folder = Folder::new();
    let log = folder.write("log", "old\n");
    let mut bench = Bench::new(Tail::new(&log));
    read_to_the_end(&mut bench);
    append(&log, "one\ntw");
    assert_eq!(lines(&mut bench, 1), ["one\n"]);
    append(&log, "o\n");
    assert_eq!(lines(&mut bench, 1), ["two\n"]);
    append(&log, "three");
    bench.give("control", "hello").finish().wait_for_end();
    assert_eq!(bench.sent::<String>(), ["three"]);
    assert_eq!(bench.signalled(), ["\"hello\"", PF]);
}

#[test]
fn tail_may_begin_at_the_beginning_and_sleeps_while_nothing_happens() {
    let folder = Folder::new();
    let log = folder.write("log", "1\n2\n");
    let mut bench = Bench::new(Tail::new(&log).from_beginning().interval(Duration::from_secs(5)));
    assert_eq!(bench.wait_for::<String>(2), ["1\n", "2\n"]);
    read_to_the_end(&mut bench);
    let next = bench.scheduler.next_timer().unwrap();
    assert_eq!(next - bench.scheduler.context(&bench.subject).now(), Duration::from_secs(5));
    bench.shut_down().settle();
    assert!(bench.ended());
    assert_eq!(bench.signalled(), [SM]);
}

#[test]
fn tail_tells_of_a_rotation_after_the_rest_of_the_former_file_and_reads_the_new_one() {
    let folder = Folder::new();
    let log = folder.write("log", "");
    let mut bench = Bench::new(Tail::new(&log));
    read_to_the_end(&mut bench);
    append(&log, "last\nhalf");
    fs::rename(&log, folder.join("log.1")).unwrap();
    append(&log, "first\n");
    assert_eq!(lines(&mut bench, 3), ["last\n", "half", "first\n"]);
    assert_eq!(change(&mut bench), FileChange::Replaced);
    append(&log, "second\n");
    assert_eq!(lines(&mut bench, 1), ["second\n"]);
}

#[test]
fn tail_tells_of_a_truncated_file_and_reads_it_from_its_beginning() {
    let folder = Folder::new();
    let log = folder.write("log", "a long line that was there\n");
    let mut bench = Bench::new(Tail::new(&log));
    read_to_the_end(&mut bench);
    fs::write(&log, "new\n").unwrap();
    assert_eq!(change(&mut bench), FileChange::Truncated);
    assert_eq!(lines(&mut bench, 1), ["new\n"]);
}

#[test]
fn tail_waits_for_a_file_that_was_removed_to_come_again() {
    let folder = Folder::new();
    let log = folder.write("log", "");
    let mut bench = Bench::new(Tail::new(&log));
    read_to_the_end(&mut bench);
    fs::remove_file(&log).unwrap();
    assert_eq!(change(&mut bench), FileChange::Removed);
    append(&log, "again\n");
    assert_eq!(change(&mut bench), FileChange::Replaced);
    assert_eq!(lines(&mut bench, 1), ["again\n"]);
    // Away and back is the same file.
    fs::rename(&log, folder.join("away")).unwrap();
    assert_eq!(change(&mut bench), FileChange::Removed);
    fs::rename(folder.join("away"), &log).unwrap();
    append(&log, "same\n");
    assert_eq!(lines(&mut bench, 1), ["same\n"]);
    assert_eq!(bench.out("change").len(), 0);
}

#[test]
fn tail_names_a_file_that_is_not_there_and_a_line_that_is_too_long() {
    let folder = Folder::new();
    let error = axon::run(Tail::new(folder.join("missing"))).unwrap_err().to_string();
    assert!(error.contains("cannot open") && error.contains("/missing"), "{error}");
    let endless = folder.write("endless", vec![b'x'; 100_000]);
    let error = axon::run(Tail::new(endless).from_beginning().longest_line(70_000)).unwrap_err().to_string();
    assert!(error.contains("/endless: line 1") && error.contains("70000 bytes"), "{error}");
}
