//! Ported from Kamaelia's `Tests/Python/Axon/test_Linkage.py`, case by case, in its order.
//!
//! Differs: a linkage cannot be made by itself, a component makes it; and its kind is in the name of the
//! verb, not in a number.

use axon::{ComponentRef, LinkageKind, Scheduler};

use crate::rig::Busy;

fn two() -> (Scheduler, ComponentRef, ComponentRef) {
    let s = Scheduler::new();
    let (a, b) = (s.add(Busy::default()), s.add(Busy::default()));
    (s, a, b)
}

/// A plain linkage goes from the source's outbox to the sink's inbox and passes nothing through.
#[test]
fn smoke_test_min_arguments() {
    let (s, a, b) = two();
    let linkage = s.context(&a).link((&a, "outbox"), (&b, "inbox")).unwrap();
    assert_eq!(linkage.source(), (&a, "outbox"));
    assert_eq!(linkage.sink(), (&b, "inbox"));
    assert_eq!(linkage.kind(), LinkageKind::Plain);
}

/// Other boxes may be named on both sides.
#[test]
fn smoke_test_specific_boxes_arguments() {
    let (s, a, b) = two();
    let linkage = s.context(&a).link((&a, "signal"), (&b, "control")).unwrap();
    assert_eq!(linkage.source(), (&a, "signal"));
    assert_eq!(linkage.sink(), (&b, "control"));
    assert_eq!(linkage.kind(), LinkageKind::Plain);
}

/// An inbox can pass through to another inbox.
#[test]
fn smoke_test_inbox_passthrough() {
    let (s, a, b) = two();
    let linkage = s.context(&a).pass_through_inbox((&a, "inbox"), (&b, "inbox")).unwrap();
    assert_eq!(linkage.kind(), LinkageKind::PassThroughInbox);
}

/// An outbox can pass through to another outbox.
#[test]
fn smoke_test_outbox_passthrough() {
    let (s, a, b) = two();
    let linkage = s.context(&a).pass_through_outbox((&a, "outbox"), (&b, "outbox")).unwrap();
    assert_eq!(linkage.kind(), LinkageKind::PassThroughOutbox);
}

/// A linkage tells both its ends: the component and the box.
#[test]
fn source_pair() {
    let (s, a, b) = two();
    let forth = s.context(&a).link((&a, "outbox"), (&b, "inbox")).unwrap();
    let back = s.context(&a).link((&b, "signal"), (&a, "control")).unwrap();
    assert_eq!((forth.source(), forth.sink()), ((&a, "outbox"), (&b, "inbox")));
    assert_eq!((back.source(), back.sink()), ((&b, "signal"), (&a, "control")));
}

/// As text, a linkage is its two ends: components and boxes by name.
#[test]
fn str_strict() {
    let (s, a, b) = two();
    let linkage = s.context(&a).link((&a, "signal"), (&b, "control")).unwrap();
    assert_eq!(linkage.to_string(), format!("{}.signal -> {}.control", a.name(), b.name()));
}
