//! `Find`, `Grep` and `Sort`.

use std::fs;
use std::path::PathBuf;

use axon::file::{Find, Grep, Sort};
use axon::util::{DataSink, DataSource, Received, Text};
use axon::{AnyComponent, pipeline};

use crate::bench::{Bench, PF, SM};
use crate::folder::Folder;

/// A tree with files `a/b/c`, `a/d` and `e`.
fn tree() -> Folder {
    let folder = Folder::new();
    fs::create_dir_all(folder.join("a/b")).unwrap();
    for file in ["a/b/c", "a/d", "e"] {
        folder.write(file, "");
    }
    folder
}

/// What is found, without the path of the folder, in order.
fn found(folder: &Folder, find: Find) -> Vec<String> {
    let received = Received::<String>::new();
    axon::run(pipeline![find, Sort::<String>::new(), DataSink::new(&received)]).unwrap();
    let root = folder.path().to_str().unwrap();
    received.take().iter().map(|path| path.strip_prefix(root).unwrap().to_owned()).collect()
}

#[test]
fn find_finds_everything_or_only_files_or_only_folders() {
    let folder = tree();
    let find = || Find::new(folder.path());
    assert_eq!(found(&folder, find()), ["", "/a", "/a/b", "/a/b/c", "/a/d", "/e"]);
    assert_eq!(found(&folder, find().files()), ["/a/b/c", "/a/d", "/e"]);
    assert_eq!(found(&folder, find().folders()), ["", "/a", "/a/b"]);
    let file = Find::new(folder.join("e"));
    assert_eq!(found(&folder, file), ["/e"]);
}

#[test]
fn find_sends_a_folder_before_what_is_in_it_and_many_entries_in_batches() {
    let folder = tree();
    for number in 0..1000 {
        folder.write(&format!("a/b/{number}"), "");
    }
    let mut bench = Bench::new(Find::new(folder.path()));
    bench.wait_for_end();
    let paths: Vec<String> = bench.sent();
    assert_eq!(paths.len(), 1006);
    for (at, path) in paths.iter().enumerate().skip(1) {
        let parent = PathBuf::from(path).parent().unwrap().to_str().unwrap().to_owned();
        assert!(paths[..at].contains(&parent), "{path} comes before its folder");
    }
    assert_eq!(bench.signalled(), [PF]);
}

#[test]
#[cfg(unix)]
fn find_does_not_follow_links_and_tells_of_names_that_are_not_text() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tree();
    std::os::unix::fs::symlink("..", folder.join("a/up")).unwrap();
    fs::write(folder.path().join(std::ffi::OsStr::from_bytes(b"\xff")), "").unwrap();
    let mut bench = Bench::new(Find::new(folder.path()));
    bench.wait_for_end();
    assert_eq!(bench.sent::<String>().len(), 7, "a link is found, and what it leads to is not");
    let told: Vec<String> =
        bench.out("error").into_iter().map(|message| message.into_value().unwrap()).collect();
    assert!(told.len() == 1 && told[0].contains("is not UTF-8; as_paths() sends it"), "{told:?}");
    let mut bench = Bench::new(Find::new(folder.path()).as_paths());
    assert_eq!(bench.wait_for_end().sent::<PathBuf>().len(), 8);
    assert_eq!(bench.out("error").len(), 0);
}

#[test]
fn find_names_the_folder_that_is_not_there_and_goes_on_without_one_that_vanishes() {
    let error = axon::run(Find::new("/no/such/folder")).unwrap_err().to_string();
    assert!(error.contains("cannot find /no/such/folder"), "{error}");
    // The entries of `a` are read only after 256 others, which the receiver does not take yet.
    let folder = Folder::new();
    fs::create_dir(folder.join("a")).unwrap();
    for number in 0..600 {
        folder.write(&number.to_string(), "");
    }
    let mut bench = Bench::new(Find::new(folder.path()));
    bench.limit("outbox", 1).wait_until(|bench| bench.one("outbox").is_some());
    fs::remove_dir(folder.join("a")).unwrap();
    bench.wait_until(|bench| {
        bench.out("outbox");
        bench.ended()
    });
    let told: Vec<String> =
        bench.out("error").into_iter().map(|message| message.into_value().unwrap()).collect();
    assert!(told.is_empty() || told[0].contains(&folder.place("a")), "{told:?}");
}

#[test]
fn find_is_stopped_at_once() {
    let folder = tree();
    let mut bench = Bench::new(Find::new(folder.path()));
    bench.limit("outbox", 1).wait_until(|bench| bench.one("outbox").is_some());
    bench.shut_down().settle();
    assert!(bench.ended());
    assert_eq!(bench.signalled().last().unwrap(), SM);
}

fn grepped(grep: Grep) -> Vec<Text> {
    let received = Received::<Text>::new();
    let lines = DataSource::new(["one\n", "two\n", "three\n", "tw\n"]);
    axon::run(pipeline![lines, grep, DataSink::new(&received)]).unwrap();
    received.take()
}

#[test]
fn grep_lets_through_what_matches_or_what_does_not() {
    assert_eq!(grepped(Grep::containing("tw")), ["two\n", "tw\n"]);
    assert_eq!(grepped(Grep::containing("tw").invert()), ["one\n", "three\n"]);
    assert_eq!(grepped(Grep::containing("")).len(), 4);
    assert_eq!(grepped(Grep::new("^t[hw]").unwrap()), ["two\n", "three\n", "tw\n"]);
    assert_eq!(grepped(Grep::new("^tw$").unwrap()), ["tw\n"], "the line break does not count");
    assert_eq!(grepped(Grep::new("e$").unwrap().invert()), ["two\n", "tw\n"]);
}

#[test]
fn grep_looks_at_bytes_that_are_not_text() {
    let mut bench = Bench::new(Grep::containing("end"));
    bench.give("inbox", b"\xff\xfe end".to_vec()).give("inbox", b"\xff en".to_vec()).finish().settle();
    assert_eq!(bench.sent::<Vec<u8>>(), [b"\xff\xfe end"]);
    assert_eq!(bench.signalled(), [PF]);
    let mut bench = Bench::new(Grep::new("end$").unwrap());
    bench.give("inbox", b"\xff\xfe end".to_vec()).give("inbox", b"\xff en".to_vec()).shut_down().settle();
    assert_eq!(bench.sent::<Vec<u8>>(), [b"\xff\xfe end"]);
}

#[test]
fn a_pattern_that_is_wrong_or_enormous_is_an_error_when_it_is_made() {
    for pattern in ["(", "[z-a]", "((a{1000}){1000}){1000}"] {
        assert!(Grep::new(pattern).is_err(), "{pattern}");
    }
    let mut bench = Bench::new(Grep::containing("x"));
    bench.give("inbox", 5);
    let error = bench.scheduler.run().unwrap_err().to_string();
    assert!(error.contains("takes bytes or text"), "{error}");
}

#[test]
fn sort_sends_everything_in_order_when_no_more_will_come() {
    let mut bench = Bench::new(Sort::<i32>::new());
    for number in [3, 1, 2, 1] {
        bench.give("inbox", number);
    }
    bench.give("control", "hello").settle();
    assert_eq!(bench.out("outbox").len(), 0);
    bench.finish().settle();
    assert_eq!(bench.sent::<i32>(), [1, 1, 2, 3]);
    assert_eq!(bench.signalled(), ["\"hello\"", PF]);
}

#[test]
fn sort_that_is_stopped_sends_nothing_and_one_that_is_flooded_fails() {
    let mut bench = Bench::new(Sort::<i32>::new());
    bench.give("inbox", 1).shut_down().settle();
    assert_eq!((bench.out("outbox").len(), bench.signalled()), (0, vec![SM.to_owned()]));
    let flooded = AnyComponent::new(Sort::<i32>::new().at_most(1000));
    let error = axon::run(pipeline![DataSource::new(0..), flooded]).unwrap_err().to_string();
    assert!(error.contains("more than 1000 messages; at_most(messages)"), "{error}");
}
