//! Ported from Kamaelia's `Tests/Python/Axon/test_util.py`: the two cases about components.
//!
//! Differs: there is no function that checks a whole interface; a component is asked for each box.

use axon::{ComponentRef, Context, Scheduler};

use crate::rig::Busy;

fn has(cx: &Context, c: &ComponentRef, inboxes: &[&str], outboxes: &[&str]) -> bool {
    inboxes.iter().all(|name| cx.has_inbox(c, name)) && outboxes.iter().all(|name| cx.has_outbox(c, name))
}

/// A component has the boxes it has, whether all or some are asked for.
#[test]
fn test_interface_smoke_success() {
    let s = Scheduler::new();
    let c = s.add(Busy::default());
    let cx = s.context(&c);
    assert!(has(&cx, &c, &["inbox", "control"], &["outbox", "signal"]));
    assert!(has(&cx, &c, &[], &[]));
    assert!(has(&cx, &c, &["inbox"], &[]));
    assert!(has(&cx, &c, &[], &["outbox"]));
}

/// A box that it does not have is missed on either side, also among others that it has.
#[test]
fn test_interface_failmodes() {
    let s = Scheduler::new();
    let c = s.add(Busy::default());
    let cx = s.context(&c);
    assert!(!has(&cx, &c, &["fred"], &[]));
    assert!(!has(&cx, &c, &[], &["fred"]));
    assert!(!has(&cx, &c, &["inbox", "control", "fred"], &[]));
    assert!(!has(&cx, &c, &["inbox", "control"], &["outbox", "signal", "fred"]));
}
