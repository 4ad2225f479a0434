//! Ported from Kamaelia's `Tests/Python/Kamaelia/Chassis/test_Pipeline.py`, case by case, in its order.

use std::rc::Rc;

use axon::chassis::Pipeline;
use axon::{ComponentRef, Scheduler};

use crate::rig::{Busy, MockChild, Switch, put, run_for, take};

/// A pipeline of mock children, with a component before it and one behind it.
struct Stage {
    s: Scheduler,
    children: Vec<(ComponentRef, Rc<Switch>)>,
    pipeline: ComponentRef,
    source: ComponentRef,
    dest: ComponentRef,
}

impl Stage {
    fn initialised(count: usize) -> Self {
        let s = Scheduler::new();
        let children: Vec<_> = (0..count)
            .map(|_| {
                let (child, switch) = MockChild::new();
                (s.add(child), switch)
            })
            .collect();
        let pipeline = s.add(children.iter().map(|(child, _)| child.clone()).collect::<Pipeline>());
        let (source, dest) = (s.add(Busy::default()), s.add(Busy::default()));
        let cx = s.context(&source);
        cx.link((&source, "outbox"), (&pipeline, "inbox")).unwrap();
        cx.link((&source, "signal"), (&pipeline, "control")).unwrap();
        let cx = s.context(&dest);
        cx.link((&pipeline, "outbox"), (&dest, "inbox")).unwrap();
        cx.link((&pipeline, "signal"), (&dest, "control")).unwrap();
        Stage { s, children, pipeline, source, dest }
    }

    fn activate(&mut self) {
        for component in [&self.pipeline, &self.source, &self.dest] {
            self.s.activate(component.clone());
        }
    }

    fn running(count: usize) -> Self {
        let mut stage = Self::initialised(count);
        stage.activate();
        run_for(&mut stage.s, 100);
        stage
    }

    fn child(&self, number: usize) -> &ComponentRef {
        &self.children[number].0
    }
}

/// The children run when the pipeline runs, and no sooner.
#[test]
fn pipeline_activates_children_only_when_activated() {
    let mut stage = Stage::initialised(3);
    run_for(&mut stage.s, 3);
    assert!(stage.children.iter().all(|(_, switch)| !switch.was_activated.get()));
    stage.activate();
    run_for(&mut stage.s, 4);
    assert!(stage.children.iter().all(|(_, switch)| switch.was_activated.get()));
}

/// It ends when the last of its children has ended, and not before.
#[test]
fn pipeline_terminates_only_when_all_children_have_terminated() {
    let mut stage = Stage::running(3);
    for (child, switch) in &stage.children {
        assert!(!stage.pipeline.is_stopped() && !child.is_stopped());
        switch.stop_now.set(true);
        run_for(&mut stage.s, 100);
        assert!(child.is_stopped());
    }
    assert!(stage.pipeline.is_stopped());
}

/// Each child's `outbox` leads to the next one's `inbox`.
#[test]
fn pipeline_children_wired_outbox_inbox() {
    let stage = Stage::running(4);
    for from in 0..3 {
        put(&stage.s, (stage.child(from), "outbox"), from);
        assert_eq!(take(&stage.s, (stage.child(from + 1), "inbox")), Some(from));
    }
}

/// Each child's `signal` leads to the next one's `control`.
#[test]
fn pipeline_children_wired_signal_control() {
    let stage = Stage::running(4);
    for from in 0..3 {
        put(&stage.s, (stage.child(from), "signal"), from);
        assert_eq!(take(&stage.s, (stage.child(from + 1), "control")), Some(from));
    }
}

/// The first child receives what is sent to the pipeline.
#[test]
fn pipeline_first_child_wired_to_parent_inboxes() {
    let stage = Stage::running(4);
    put(&stage.s, (&stage.source, "outbox"), "data");
    assert_eq!(take(&stage.s, (stage.child(0), "inbox")), Some("data"));
    put(&stage.s, (&stage.source, "signal"), "control");
    assert_eq!(take(&stage.s, (stage.child(0), "control")), Some("control"));
}

/// What the last child sends comes out of the pipeline.
#[test]
fn pipeline_last_child_wired_to_parent_outboxes() {
    let stage = Stage::running(4);
    put(&stage.s, (stage.child(3), "outbox"), "data");
    assert_eq!(take(&stage.s, (&stage.dest, "inbox")), Some("data"));
    put(&stage.s, (stage.child(3), "signal"), "signal");
    assert_eq!(take(&stage.s, (&stage.dest, "control")), Some("signal"));
}
