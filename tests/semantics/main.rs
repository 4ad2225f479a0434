//! What a program may rely on: one test, or several, for each numbered promise of `docs/semantics.md`.
//!
//! A test's name is the promise's number and a sentence. Time is virtual wherever the promise allows it,
//! so nothing here sleeps; where threads take part, they wait for each other and not for a clock.

#[path = "../harness/folder.rs"]
mod folder;
#[path = "../harness/stage.rs"]
mod stage;

#[cfg(unix)]
mod aside;
mod boxes;
mod broods;
mod chains;
mod chassis;
mod deadlocks;
mod embedding;
mod ending;
mod families;
mod faults;
mod graphs;
mod handles;
mod holding;
mod hubs;
mod idling;
mod lending;
mod limits;
mod linkages;
mod looping;
mod orderly;
mod removal;
mod room;
mod scheduling;
mod slices;
mod soft_limits;
mod stalls;
mod stopping;
mod thread_ends;
mod threads;
mod time;
mod unheard;
mod waking;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The words of a text that are names of such tests: `s08_many_messages...`.
fn names(text: &str) -> BTreeSet<String> {
    text.split(|c: char| c != '_' && !c.is_ascii_alphanumeric())
        .filter(|word| word.len() > 4 && word.starts_with('s') && word[1..3].parse::<u8>().is_ok())
        .map(String::from)
        .collect()
}

#[test]
fn the_page_of_promises_names_every_test_and_no_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/semantics.md")).unwrap();
    let mut here = BTreeSet::new();
    for file in fs::read_dir(root.join("tests/semantics")).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        here.extend(text.split("#[test]\n").skip(1).flat_map(|test| names(test.lines().next().unwrap())));
    }
    assert!(here.len() > 100);
    assert_eq!(names(&page).symmetric_difference(&here).collect::<Vec<_>>(), Vec::<&String>::new());
}
