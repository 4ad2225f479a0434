//! What others do in a folder.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use axon::file::DirectoryChange::{Created, Gone, Modified, Moved, Overflowed, Removed, There, Written};
use axon::file::{DirectoryChange, DirectoryWatcher};
use axon::testing::Bench;
use axon::{Ending, ProducerFinished, ShutdownMicroprocess};

use crate::folder::Folder;

/// A watcher that watches: it has told of an entry that was there.
fn watching(folder: &Path) -> Bench {
    fs::write(folder.join("there"), "").unwrap();
    let mut bench = Bench::new(DirectoryWatcher::new(folder).from_beginning());
    assert_eq!(bench.take_next::<DirectoryChange>("outbox", 1), [There(folder.join("there"))]);
    bench
}

#[test]
fn what_is_made_changed_written_moved_and_removed_is_told_in_order() {
    let folder = Folder::new();
    let mut bench = watching(folder.path());
    let (one, two) = (folder.join("one"), folder.join("two \u{e9}"));
    let mut file = File::create(&one).unwrap();
    file.write_all(b"something").unwrap();
    drop(file);
    fs::rename(&one, &two).unwrap();
    fs::remove_file(&two).unwrap();
    fs::create_dir(folder.join("folder")).unwrap();
    fs::write(folder.join("folder").join("deeper"), "not watched").unwrap();
    fs::remove_file(folder.join("there")).unwrap();
    assert_eq!(
        bench.take_next::<DirectoryChange>("outbox", 7),
        [
            Created(one.clone()),
            Modified(one.clone()),
            Written(one.clone()),
            Moved { from: one, to: two.clone() },
            Removed(two),
            Created(folder.join("folder")),
            Removed(folder.join("there")),
        ]
    );
}

#[test]
fn what_is_moved_in_was_created_and_what_is_moved_away_was_removed() {
    let (folder, elsewhere) = (Folder::new(), Folder::new());
    let from = elsewhere.write("came", "");
    let mut bench = watching(folder.path());
    fs::rename(&from, folder.join("came")).unwrap();
    fs::rename(folder.join("came"), &from).unwrap();
    assert_eq!(
        bench.take_next::<DirectoryChange>("outbox", 2),
        [Created(folder.join("came")), Removed(folder.join("came"))]
    );
    // One goes, another comes: that is no move from the one name to the other.
    fs::rename(folder.join("there"), elsewhere.join("gone")).unwrap();
    fs::rename(&from, folder.join("came")).unwrap();
    assert_eq!(
        bench.take_next::<DirectoryChange>("outbox", 2),
        [Removed(folder.join("there")), Created(folder.join("came"))]
    );
}

#[test]
fn when_more_happens_than_the_system_keeps_that_is_told_and_it_goes_on() {
    let most: usize =
        fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap().trim().parse().unwrap();
    assert!(most <= 1_000_000, "too many to be made in a test");
    let folder = Folder::new();
    let mut bench = watching(folder.path());
    bench.block("outbox", 1);
    // Two in turn: the system joins what is the same as the last.
    let two = [folder.join("one"), folder.join("two")];
    for nth in 0..most + 2000 {
        File::create(&two[nth % 2]).unwrap();
    }
    bench.unblock("outbox");
    let mut told = Vec::new();
    while !told.contains(&Overflowed) {
        told.extend(bench.take_next::<DirectoryChange>("outbox", 1));
    }
    assert!(told.len() > 1000 && told.last() == Some(&Overflowed), "{}", told.len());
    fs::remove_file(&two[0]).unwrap();
    let told = bench.take_next::<DirectoryChange>("outbox", 1);
    assert_eq!(told, [Removed(two[0].clone())]);
}

#[test]
fn a_folder_that_is_removed_or_moved_is_the_end() {
    let folder = Folder::new();
    let inner = folder.join("inner");
    for removes in [true, false] {
        fs::create_dir(&inner).unwrap();
        let mut bench = watching(&inner);
        if removes {
            fs::remove_dir_all(&inner).unwrap();
            let told = bench.take_next::<DirectoryChange>("outbox", 2);
            assert_eq!(told, [Removed(inner.join("there")), Gone]);
        } else {
            fs::rename(&inner, folder.join("other")).unwrap();
            assert_eq!(bench.take_next::<DirectoryChange>("outbox", 1), [Gone]);
        }
        bench.expect_end();
        assert_eq!(bench.endings(), [Ending::ProducerFinished]);
    }
}

#[test]
fn a_watcher_that_is_to_finish_tells_what_has_happened_and_one_that_is_to_stop_does_not() {
    let folder = Folder::new();
    let mut bench = watching(folder.path());
    bench.block("outbox", 1);
    let files = ["a", "b", "c"].map(|name| folder.write(name, ""));
    bench.put("control", ProducerFinished::new());
    bench.settle();
    bench.unblock("outbox");
    let told = bench.take_next::<DirectoryChange>("outbox", 6);
    assert_eq!(told[..], files.map(|file| [Created(file.clone()), Written(file)]).concat());
    // Its thread looks once more.
    for _ in 0..10_000 {
        bench.settle();
        if bench.component().is_stopped() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    bench.expect_end();
    assert_eq!(bench.endings(), [Ending::ProducerFinished]);

    let folder = Folder::new();
    let mut bench = watching(folder.path());
    bench.put("control", ShutdownMicroprocess::new());
    bench.settle();
    bench.expect_end();
    assert_eq!(bench.endings(), [Ending::ShutdownMicroprocess]);
}

#[test]
fn what_is_no_folder_is_an_error_that_names_it() {
    let folder = Folder::new();
    for path in [folder.join("missing"), folder.write("file", "")] {
        for watcher in [DirectoryWatcher::new(&path), DirectoryWatcher::new(&path).from_beginning()] {
            let error = axon::run(watcher).unwrap_err().to_string();
            assert!(error.contains("cannot watch") && error.contains(path.to_str().unwrap()), "{error}");
        }
    }
}

#[test]
fn watchers_that_ended_leave_no_thread_and_no_descriptor() {
    let folder = Folder::new();
    let of_inotify = || {
        let entries = fs::read_dir("/proc/self/fd").unwrap().flatten();
        entries
            .filter(|fd| fs::read_link(fd.path()).is_ok_and(|to| to.ends_with("anon_inode:inotify")))
            .count()
    };
    // More than the system allows at a time.
    for _ in 0..300 {
        drop(watching(folder.path()));
    }
    // Other tests have some at the same time.
    for _ in 0..1000 {
        if of_inotify() < 20 {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("{} are left", of_inotify());
}
