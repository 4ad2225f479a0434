//! Graphs that are loaded from texts run.

use axon::RunError;
use axon::catalogue::{Catalogue, Entry, Kind};
use axon::prelude::*;
use axon::text::{Graph, parse};
use axon::util::Received;

use super::{everything, loaded};
use crate::folder::Folder;

/// Everything, and a `Collect` that puts what arrives into a list.
fn with_collect() -> (Catalogue, Received<axon::util::Text>) {
    let received = Received::new();
    let mut held = std::sync::Mutex::new(received.clone());
    let _ = held.get_mut();
    let collect = Entry::new(Kind::Sink, "test::Collect", "Puts what arrives into a list.", move |_| {
        Ok(DataSink::new(&held.lock().expect("nobody panics")))
    });
    (everything().with([collect]), received)
}

fn texts(text: &str) -> Vec<String> {
    let (catalogue, received) = with_collect();
    let graph: Graph = parse(text).load(&catalogue).unwrap_or_else(|error| panic!("{error}"));
    axon::run(graph.component()).unwrap_or_else(|error| panic!("{error}"));
    received.take().into_iter().map(|text| text.0).collect()
}

#[test]
fn graphs_do_what_their_texts_say() {
    for (text, expected) in [
        ("DataSource a b c ! Collect", vec!["a", "b", "c"]),
        ("DataSource 'a b' \"c\\td\" ! Collect", vec!["a b", "c\td"]),
        ("# remark\nDataSource a b # remark\n  ! FirstOnly\n  # remark\n  ! Collect", vec!["a"]),
        ("DataSource a\n ! Collect; ", vec!["a"]),
        ("s: DataSource a b\nc: Collect\ns -> c", vec!["a", "b"]),
        ("s: DataSource a b\ns -> Collect", vec!["a", "b"]),
        ("s -> Collect\ns: DataSource a b", vec!["a", "b"]),
        ("s: DataSource a; s.outbox -> c.inbox; s.signal -> c.control; c: Collect", vec!["a"]),
        ("DataSource a b ! (PassThrough ! PassThrough) ! Collect", vec!["a", "b"]),
        ("DataSource a b ! (p: PassThrough; self -> p; p -> self) ! Collect", vec!["a", "b"]),
        (
            "DataSource a b ! (p: PassThrough; self.in -> p.inbox; self.control -> p.control; self.inbox -> p.inbox; p -> self) ! Collect",
            vec!["a", "b"],
        ),
        ("Seq (OneShot a) (OneShot b) ! Collect", vec!["a", "b"]),
        ("Par (OneShot a) (OneShot b) ! Collect", vec!["a", "b"]),
        ("Pipeline (OneShot a) (PassThrough) ! Collect", vec!["a"]),
        ("Graphline (OneShot a ! PassThrough) ! Collect", vec!["a"]),
        ("Supervisor (OneShot a) ! Collect", vec!["a"]),
        ("Parallel (OneShot a) (PassThrough) ! Collect", vec!["a"]),
        ("DataSource a a b a ! UnseenOnly ! Collect", vec!["a", "b"]),
        ("DataSource \"one\\ntwo\" ! LineSplit ! Collect", vec!["one", "two"]),
    ] {
        assert_eq!(texts(text), expected, "{text}");
    }
}

#[test]
fn a_limit_in_a_text_limits_the_inbox() {
    let graph = loaded("a: PassThrough; b: PassThrough; a -> b; b.inbox[7]");
    let (snapshot, _) = graph.still().expect("it can be made");
    let limits: Vec<Option<usize>> =
        snapshot.components[1..].iter().map(|view| view.inboxes[0].limit).collect();
    assert_eq!(limits, [None, Some(7)]);
}

#[test]
fn a_value_can_be_set_from_outside_for_a_name_or_for_the_only_one_of_a_kind() {
    let (catalogue, received) = with_collect();
    let mut text = parse("greet: OneShot hello\ngreet -> s; s: Sync 1; s -> Collect");
    text.set("greet", "message", "good bye").expect("there is a greet");
    text.set("s", "n", "1").expect("there is an s");
    axon::run(text.load(&catalogue).expect("no mistakes").component()).expect("it runs");
    assert_eq!(received.take().into_iter().map(|text| text.0).collect::<Vec<_>>(), ["good bye"]);
    assert!(
        text.set("grete", "message", "x").unwrap_err().contains("no component of the graph has the name")
    );
    let mut twice = parse("OneShot a ! OneShot b");
    assert!(twice.set("OneShot", "message", "x").unwrap_err().contains("more than one"));
    let mut wrong = parse("OneShot a ! Sync 2");
    wrong.set("Sync", "n", "many").expect("there is a Sync");
    let error = wrong.load(&catalogue).expect_err("that is no number").to_string();
    assert!(error.contains("text:1:13: n of Sync takes a whole number"), "{error}");
}

#[test]
fn what_cannot_be_made_later_fails_and_names_itself() {
    let folder = Folder::new();
    let path = folder.join("gone.txt");
    let graph = loaded(&format!("SimpleReader {} ! NullSinkComponent", path.display()));
    let error = axon::run(graph.component()).expect_err("there is no such file");
    assert!(matches!(error, RunError::Failed { .. }));
    assert!(error.to_string().contains("gone.txt"), "{error}");
}

#[test]
fn a_graph_that_waits_for_what_never_comes_is_stuck() {
    let error =
        axon::run(loaded("a: PassThrough; b: PassThrough; a -> b").component()).expect_err("nobody sends");
    assert!(matches!(error, RunError::Stuck(_)), "{error}");
}

#[test]
fn what_went_through_is_counted_on_request() {
    let graph = loaded("DataSource a b c ! NullSinkComponent");
    graph.origins().count();
    axon::run(graph.component()).expect("it runs");
    let counts: Vec<String> = graph.origins().counts().iter().map(ToString::to_string).collect();
    assert_eq!(counts.len(), 2, "{counts:?}");
    assert!(counts[0].starts_with("DataSource_2: outbox 3"), "{counts:?}");
    assert!(counts[1].starts_with("NullSinkComponent_3: inbox 3"), "{counts:?}");
}

#[test]
fn no_more_than_a_thousand_components_are_counted() {
    let graph = loaded("OneShot x");
    graph.origins().count();
    for _ in 0..1100 {
        axon::run(graph.component()).expect("it runs");
    }
    assert_eq!(graph.origins().counts().len(), 1000);
}
