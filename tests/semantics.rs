//! What a program may rely on: one test, or several, for each numbered promise of `docs/semantics.md`.
//!
//! A test's name is the promise's number and a sentence. Time is virtual wherever the promise allows it,
//! so nothing here sleeps; where threads take part, they wait for each other and not for a clock.

#[path = "semantics/stage.rs"]
mod stage;

#[path = "semantics/scheduling.rs"]
mod scheduling;

#[path = "semantics/waking.rs"]
mod waking;

#[path = "semantics/idling.rs"]
mod idling;

#[path = "semantics/slices.rs"]
mod slices;

#[path = "semantics/stalls.rs"]
mod stalls;

#[path = "semantics/embedding.rs"]
mod embedding;

#[path = "semantics/boxes.rs"]
mod boxes;

#[path = "semantics/limits.rs"]
mod limits;

#[path = "semantics/soft_limits.rs"]
mod soft_limits;

#[path = "semantics/linkages.rs"]
mod linkages;

#[path = "semantics/removal.rs"]
mod removal;

#[path = "semantics/families.rs"]
mod families;

#[path = "semantics/room.rs"]
mod room;

#[path = "semantics/broods.rs"]
mod broods;

#[path = "semantics/orderly.rs"]
mod orderly;

#[path = "semantics/unheard.rs"]
mod unheard;

#[path = "semantics/ending.rs"]
mod ending;

#[path = "semantics/looping.rs"]
mod looping;

#[path = "semantics/chains.rs"]
mod chains;

#[path = "semantics/chassis.rs"]
mod chassis;

#[path = "semantics/graphs.rs"]
mod graphs;

#[path = "semantics/lending.rs"]
mod lending;

#[path = "semantics/stopping.rs"]
mod stopping;

#[path = "semantics/faults.rs"]
mod faults;

#[path = "semantics/time.rs"]
mod time;

#[path = "semantics/hubs.rs"]
mod hubs;

#[cfg(unix)]
#[path = "semantics/aside.rs"]
mod aside;

#[path = "semantics/threads.rs"]
mod threads;

#[path = "semantics/thread_ends.rs"]
mod thread_ends;

#[path = "semantics/handles.rs"]
mod handles;

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
