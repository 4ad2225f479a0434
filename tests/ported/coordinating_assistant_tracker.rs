//! Ported from Kamaelia's `Tests/Python/Axon/test_CoordinatingAssistantTracker.py`, case by case, in its
//! order.
//!
//! Differs: each scheduler has a tracker of its own; there is none without a scheduler, and no tree of
//! trackers.

use axon::{ComponentRef, Scheduler, error::TrackerError};

use crate::rig::Busy;

const COUNT: &str = "stats.pages.hitcount";

fn component() -> (Scheduler, ComponentRef) {
    let s = Scheduler::new();
    let component = s.add(Busy::default());
    (s, component)
}

/// A new tracker knows no services and no values.
#[test]
fn smoke_test_no_arguments() {
    let (s, c) = component();
    let cx = s.context(&c);
    assert!(cx.tracker().services_registered().is_empty());
    assert!(cx.tracker().information_items_logged().is_empty());
}

/// A component's inbox can be registered under a name.
#[test]
fn register_service_add() {
    let (s, c) = component();
    let cx = s.context(&c);
    cx.register_service("someservice", (&c, "control")).unwrap();
    assert_eq!(cx.tracker().services_registered(), ["someservice"]);
}

/// A name cannot be registered twice, not even for the same inbox.
#[test]
fn register_service_add_existing() {
    let (s, c) = component();
    let cx = s.context(&c);
    cx.register_service("someservice", (&c, "control")).unwrap();
    let refused = cx.register_service("someservice", (&c, "control"));
    assert_eq!(refused, Err(TrackerError::ServiceAlreadyExists("someservice".into())));
}

/// An inbox that the component does not have cannot be registered.
#[test]
fn register_service_bad_inbox() {
    let (s, c) = component();
    let refused = s.context(&c).register_service("someservice", (&c, "badinbox"));
    assert!(matches!(refused, Err(TrackerError::BadInbox { inbox, .. }) if inbox == "badinbox"));
}

/// A registered service is found again: the component and the inbox.
#[test]
fn retrieve_service_basic() {
    let (s, c) = component();
    let cx = s.context(&c);
    cx.register_service("someservice", (&c, "control")).unwrap();
    assert_eq!(cx.tracker().retrieve_service("someservice"), Some((c, "control".into())));
}

/// A service that is not registered is not found.
///
/// Differs: it is `None`, no error.
#[test]
fn retrieve_service_nonexistantservice() {
    let (s, c) = component();
    assert_eq!(s.context(&c).tracker().retrieve_service("someservice"), None);
}

/// A service can be taken off the list.
#[test]
fn de_register_service() {
    let (s, c) = component();
    let cx = s.context(&c);
    cx.register_service("someservice", (&c, "control")).unwrap();
    cx.tracker().deregister_service("someservice").unwrap();
    assert!(cx.tracker().services_registered().is_empty());
}

/// A service that is not on the list cannot be taken off it.
#[test]
fn de_register_service_non_existant_service() {
    let (s, c) = component();
    let refused = s.context(&c).tracker().deregister_service("someservice");
    assert_eq!(refused, Err(TrackerError::MultipleServiceDeletion("someservice".into())));
}

/// A value can be tracked by name.
#[test]
fn track_value_basic() {
    let (s, c) = component();
    let cx = s.context(&c);
    cx.tracker().track_value(COUNT, 5).unwrap();
    assert_eq!(cx.tracker().information_items_logged(), [COUNT]);
}

/// A name is tracked once.
#[test]
fn track_value_add_twice() {
    let (s, c) = component();
    let cx = s.context(&c);
    cx.tracker().track_value(COUNT, 5).unwrap();
    assert_eq!(cx.tracker().track_value(COUNT, 6), Err(TrackerError::NamespaceClash(COUNT.into())));
}

/// A tracked value is found again.
#[test]
fn retrieve_value_basic() {
    let (s, c) = component();
    let cx = s.context(&c);
    cx.tracker().track_value(COUNT, 5).unwrap();
    assert_eq!(cx.tracker().retrieve_value::<i32>(COUNT), Ok(5));
}

/// A value that is not tracked is not found.
#[test]
fn retrieve_value_not_stored() {
    let (s, c) = component();
    let refused = s.context(&c).tracker().retrieve_value::<i32>(COUNT);
    assert_eq!(refused, Err(TrackerError::AccessToUndeclaredTrackedVariable(COUNT.into())));
}

/// An update replaces the value.
#[test]
fn update_value_basic() {
    let (s, c) = component();
    let cx = s.context(&c);
    cx.tracker().track_value(COUNT, 5).unwrap();
    cx.tracker().update_value(COUNT, 10).unwrap();
    assert_eq!(cx.tracker().retrieve_value::<i32>(COUNT), Ok(10));
}

/// A value that is not tracked cannot be updated.
#[test]
fn update_value_undeclared_tracked_variable() {
    let (s, c) = component();
    let refused = s.context(&c).tracker().update_value(COUNT, 10);
    assert_eq!(refused, Err(TrackerError::AccessToUndeclaredTrackedVariable(COUNT.into())));
}

/// The names of all tracked values are listed.
#[test]
fn information_items_logged() {
    let (s, c) = component();
    let cx = s.context(&c);
    for (name, value) in [(COUNT, 5), ("stats.pages.pagecount", 6), ("stats.foobar.count", 7)] {
        cx.tracker().track_value(name, value).unwrap();
    }
    let items = cx.tracker().information_items_logged();
    assert_eq!(items, ["stats.foobar.count", "stats.pages.hitcount", "stats.pages.pagecount"]);
}
