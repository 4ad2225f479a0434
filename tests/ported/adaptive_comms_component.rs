//! Ported from Kamaelia's `Tests/Python/Axon/test_AdaptiveCommsComponent.py`, case by case, in its order.
//!
//! Differs: every component can add boxes, there is no special kind; only boxes that were added can be
//! deleted, those declared are there for good; and what is remembered of resources is a value of its own.

use axon::{ComponentRef, Context, ResourceTracker, Scheduler};

use crate::rig::Busy;

const STANDARD_INBOXES: [&str; 2] = ["inbox", "control"];
const STANDARD_OUTBOXES: [&str; 2] = ["outbox", "signal"];

/// Acts as a component that does not run.
fn component() -> (Scheduler, ComponentRef, Context) {
    let s = Scheduler::new();
    let component = s.add(Busy::default());
    let cx = s.context(&component);
    (s, component, cx)
}

/// At first it has the standard boxes, empty, and no others.
#[test]
fn smoke_test_no_arguments() {
    let (_s, a, cx) = component();
    assert_eq!(cx.inboxes(&a), STANDARD_INBOXES);
    assert_eq!(cx.outboxes(&a), STANDARD_OUTBOXES);
    assert!(STANDARD_INBOXES.iter().all(|inbox| cx.data_ready(inbox) == 0));
}

/// An added inbox has the name asked for, and is empty.
#[test]
fn add_inbox_new_name() {
    let (_s, a, cx) = component();
    let name = cx.add_inbox("name");
    assert_eq!(name, "name");
    assert!(cx.has_inbox(&a, &name));
    assert_eq!(cx.data_ready(&name), 0);
}

/// If the name is taken, the inbox has one that begins with it.
#[test]
fn add_inbox_existing_name() {
    let (_s, a, cx) = component();
    cx.add_inbox("name");
    let name = cx.add_inbox("name");
    assert_ne!(name, "name");
    assert!(name.starts_with("name"), "{name}");
    assert!(cx.has_inbox(&a, &name));
}

/// An added outbox has the name asked for.
#[test]
fn add_outbox_new_name() {
    let (_s, a, cx) = component();
    let name = cx.add_outbox("name");
    assert_eq!(name, "name");
    assert!(cx.has_outbox(&a, &name));
}

/// If the name is taken, the outbox has one that begins with it.
#[test]
fn add_outbox_existing_name() {
    let (_s, a, cx) = component();
    cx.add_outbox("name");
    let name = cx.add_outbox("name");
    assert_ne!(name, "name");
    assert!(name.starts_with("name"), "{name}");
    assert!(cx.has_outbox(&a, &name));
}

/// Four inboxes of one name get four names, can all be deleted, and leave the standard ones.
#[test]
fn inbox_modification() {
    let (_s, a, cx) = component();
    let mut added = Vec::new();
    for _ in 0..4 {
        let before = cx.inboxes(&a);
        let name = cx.add_inbox("name");
        assert!(!before.contains(&name));
        assert!(cx.has_inbox(&a, &name));
        assert_eq!(cx.data_ready(&name), 0);
        added.push(name);
    }
    for name in added {
        assert!(cx.delete_inbox(&name).unwrap().is_empty());
        assert!(!cx.has_inbox(&a, &name));
    }
    assert_eq!(cx.inboxes(&a), STANDARD_INBOXES);
}

/// So it is with outboxes.
#[test]
fn outbox_modification() {
    let (_s, a, cx) = component();
    let mut added = Vec::new();
    for _ in 0..4 {
        let before = cx.outboxes(&a);
        let name = cx.add_outbox("name");
        assert!(!before.contains(&name));
        assert!(cx.has_outbox(&a, &name));
        added.push(name);
    }
    for name in added {
        cx.delete_outbox(&name).unwrap();
        assert!(!cx.has_outbox(&a, &name));
    }
    assert_eq!(cx.outboxes(&a), STANDARD_OUTBOXES);
}

/// An inbox that does not exist, or not any more, cannot be deleted.
#[test]
fn delete_inbox_invalid_inbox() {
    let (_s, _, cx) = component();
    assert!(cx.delete_inbox("NonExistantInbox").is_err());
    let name = cx.add_inbox("name");
    cx.delete_inbox(&name).unwrap();
    assert!(cx.delete_inbox(&name).is_err());
}

/// A deleted inbox is gone, and the others are there.
#[test]
fn delete_inbox_valid_inbox() {
    let (_s, a, cx) = component();
    let (stays, goes) = (cx.add_inbox("stays"), cx.add_inbox("goes"));
    cx.delete_inbox(&goes).unwrap();
    assert_eq!(cx.inboxes(&a), ["inbox", "control", &stays]);
}

/// An outbox that does not exist, or not any more, cannot be deleted.
#[test]
fn delete_outbox_invalid_outbox() {
    let (_s, _, cx) = component();
    assert!(cx.delete_outbox("NonExistantOutbox").is_err());
    let name = cx.add_outbox("name");
    cx.delete_outbox(&name).unwrap();
    assert!(cx.delete_outbox(&name).is_err());
}

/// A deleted outbox is gone, and the others are there.
#[test]
fn delete_outbox_valid_outbox() {
    let (_s, a, cx) = component();
    let (stays, goes) = (cx.add_outbox("stays"), cx.add_outbox("goes"));
    cx.delete_outbox(&goes).unwrap();
    assert_eq!(cx.outboxes(&a), ["outbox", "signal", &stays]);
}

/// A resource can be remembered by a declared inbox.
#[test]
fn track_resource_valid_default_inbox() {
    let (_s, _, cx) = component();
    let mut resources = ResourceTracker::<&str, ()>::new();
    resources.track_resource(&cx, "resource", "inbox").unwrap();
    assert_eq!(resources.retrieve_tracked_resource("inbox"), Some(&"resource"));
}

/// And by an added one.
#[test]
fn track_resource_valid_dynamic_inbox() {
    let (_s, _, cx) = component();
    let mut resources = ResourceTracker::<&str, ()>::new();
    let inbox = cx.add_inbox("dynamic");
    resources.track_resource(&cx, "resource", &inbox).unwrap();
    assert_eq!(resources.retrieve_tracked_resource(&inbox), Some(&"resource"));
}

/// But not by one that does not exist.
#[test]
fn track_resource_invalid_inbox() {
    let (_s, _, cx) = component();
    let mut resources = ResourceTracker::<&str, ()>::new();
    let inbox = cx.add_inbox("name") + "that does not exist";
    assert!(resources.track_resource(&cx, "resource", &inbox).is_err());
    assert_eq!(resources.retrieve_tracked_resource(&inbox), None);
}

const INFORMATION: &str = "qwertyuiopasdfghjklzxcvbnm";

/// The boxes of a resource and other knowledge about it are remembered together.
#[track_caller]
fn expect_tracked(cx: &Context, inboxes: Vec<String>, outboxes: Vec<String>) {
    let mut resources = ResourceTracker::new();
    resources
        .track_resource_information(cx, "resource", inboxes.clone(), outboxes.clone(), INFORMATION)
        .unwrap();
    let stored = resources.retrieve_tracked_resource_information(&"resource").unwrap();
    assert_eq!((&stored.inboxes, &stored.outboxes), (&inboxes, &outboxes));
    assert_eq!(stored.information, INFORMATION);
}

/// What is known of a resource may concern the declared boxes.
#[test]
fn track_resource_information_valid_default_boxes() {
    let (_s, a, cx) = component();
    expect_tracked(&cx, cx.inboxes(&a), cx.outboxes(&a));
}

/// Usually it concerns added ones.
#[test]
fn track_resource_information_valid_dynamic_boxes() {
    let (_s, _, cx) = component();
    let inboxes = (0..3).map(|_| cx.add_inbox("dynamic")).collect();
    let outboxes = (0..3).map(|_| cx.add_outbox("dynamic")).collect();
    expect_tracked(&cx, inboxes, outboxes);
}

/// Nothing is remembered, and the name is told.
#[track_caller]
fn expect_untracked(cx: &Context, inboxes: Vec<String>, outboxes: Vec<String>, unknown: &str) {
    let mut resources = ResourceTracker::new();
    let refused = resources.track_resource_information(cx, "resource", inboxes, outboxes, INFORMATION);
    assert!(refused.unwrap_err().to_string().contains(unknown));
    assert!(resources.retrieve_tracked_resource_information(&"resource").is_none());
}

/// An inbox that does not exist is refused.
#[test]
fn track_resource_information_invalid_inboxes() {
    let (_s, _, cx) = component();
    let unknown = cx.add_inbox("name") + "that does not exist";
    let outboxes = vec![cx.add_outbox("dynamic")];
    expect_untracked(&cx, vec![unknown.clone()], outboxes, &unknown);
}

/// An outbox that does not exist is refused.
#[test]
fn track_resource_information_invalid_outboxes() {
    let (_s, _, cx) = component();
    let unknown = cx.add_outbox("name") + "that does not exist";
    let inboxes = vec![cx.add_inbox("dynamic")];
    expect_untracked(&cx, inboxes, vec![unknown.clone()], &unknown);
}
