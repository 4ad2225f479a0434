//! Ported from Kamaelia's `Tests/Python/Kamaelia/Chassis/test_Graphline.py`, case by case, in its order.
//!
//! Differs: only `self` means the graphline; any other name that is no component is an error, where the
//! original takes six unused names for the graphline. And the ending that is passed on is the one
//! received, also when it is a `ProducerFinished`.

use std::collections::BTreeMap;
use std::rc::Rc;

use axon::chassis::{Graphline, GraphlineError};
use axon::{ComponentRef, Ending, Message, ProducerFinished, Scheduler, ShutdownMicroprocess};

use crate::rig::{Busy, MockChild, Switch, put, run_for, take, waiting};

/// `((component, outbox), (component, inbox))`.
type Link = ((&'static str, &'static str), (&'static str, &'static str));

/// A graphline of mock children, with a component for each of its boxes.
struct Stage {
    s: Scheduler,
    children: BTreeMap<&'static str, (ComponentRef, Rc<Switch>)>,
    graphline: ComponentRef,
    /// Who sends to this inbox of the graphline.
    sources: BTreeMap<&'static str, ComponentRef>,
    /// Who receives from this outbox of the graphline.
    dests: BTreeMap<&'static str, ComponentRef>,
}

impl Stage {
    fn initialised(names: &[&'static str], links: &[Link]) -> Self {
        let s = Scheduler::new();
        let mut children = BTreeMap::new();
        let mut graphline = Graphline::new();
        for name in names {
            let (child, switch) = MockChild::new();
            let child = s.add(child);
            graphline = graphline.component(*name, child.clone());
            children.insert(*name, (child, switch));
        }
        for (source, sink) in links {
            graphline = graphline.link(*source, *sink).unwrap();
        }
        let graphline = s.add(graphline);
        let mut stage = Stage { s, children, graphline, sources: BTreeMap::new(), dests: BTreeMap::new() };
        for inbox in ["inbox", "control"] {
            stage.source(inbox);
        }
        for outbox in ["outbox", "signal"] {
            stage.dest(outbox);
        }
        stage
    }

    fn activate(&mut self) {
        self.s.activate(self.graphline.clone());
    }

    fn running(names: &[&'static str], links: &[Link]) -> Self {
        let mut stage = Self::initialised(names, links);
        stage.activate();
        run_for(&mut stage.s, 100);
        stage
    }

    fn child(&self, name: &str) -> ComponentRef {
        self.children[name].0.clone()
    }

    fn stop_all(&self) {
        self.children.values().for_each(|(_, switch)| switch.stop_now.set(true));
    }

    fn source(&mut self, inbox: &'static str) -> ComponentRef {
        if !self.sources.contains_key(inbox) {
            let source = self.s.activate(Busy::default());
            self.s.context(&source).link((&source, "outbox"), (&self.graphline, inbox)).unwrap();
            self.sources.insert(inbox, source);
        }
        self.sources[inbox].clone()
    }

    fn dest(&mut self, outbox: &'static str) -> ComponentRef {
        if !self.dests.contains_key(outbox) {
            let dest = self.s.activate(Busy::default());
            self.s.context(&dest).link((&self.graphline, outbox), (&dest, "inbox")).unwrap();
            self.dests.insert(outbox, dest);
        }
        self.dests[outbox].clone()
    }

    fn send_to(&mut self, inbox: &'static str, message: impl axon::Payload) {
        let source = self.source(inbox);
        put(&self.s, (&source, "outbox"), message);
    }

    /// What came out of `signal`.
    fn signalled(&self) -> Option<Message> {
        self.s.context(&self.dests["signal"]).recv("inbox")
    }

    fn says_nothing(&self) -> bool {
        self.dests.values().all(|dest| waiting(&self.s, (dest, "inbox")) == 0)
    }

    /// Sends from one box (`self` is the graphline) and finds it in the other, and nothing anywhere else.
    #[track_caller]
    fn expect_flow(&mut self, from: (&'static str, &'static str), to: (&'static str, &'static str)) {
        if from.0 == "self" {
            self.send_to(from.1, "data");
        } else {
            put(&self.s, (&self.child(from.0), from.1), "data");
        }
        run_for(&mut self.s, 2);
        let target = if to.0 == "self" { (self.dest(to.1), "inbox") } else { (self.child(to.0), to.1) };
        assert_eq!(take(&self.s, (&target.0, target.1)), Some("data"), "{from:?} to {to:?}");
        for (name, (child, _)) in &self.children {
            for inbox in ["inbox", "control"] {
                assert_eq!(waiting(&self.s, (child, inbox)), 0, "something is in {name}.{inbox}");
            }
        }
    }
}

/// A graphline can be made of components without linkages.
#[test]
fn graphline_empty_linkages_arg() {
    let stage = Stage::initialised(&["A", "B"], &[]);
    assert!(!stage.graphline.is_stopped());
}

/// It can be made of nothing.
#[test]
fn graphline_no_components_empty_linkages_arg() {
    let stage = Stage::initialised(&[], &[]);
    assert!(!stage.graphline.is_stopped());
}

/// Once it runs, its components are its children.
#[test]
fn graphline_has_children() {
    let stage = Stage::running(&["A", "B"], &[]);
    let children = stage.s.context(&stage.graphline).children();
    assert_eq!(children, [stage.child("A"), stage.child("B")]);
}

/// Before, it has none.
#[test]
fn unactivated_graphline_has_no_children() {
    let stage = Stage::initialised(&["A", "B"], &[]);
    assert!(stage.s.context(&stage.graphline).children().is_empty());
}

/// The children run when the graphline runs, and no sooner, linked or not.
#[test]
fn activates_children_only_when_activated_not_linked() {
    expect_children_activated(&[]);
}

/// So it is if they are linked in a circle.
#[test]
fn activates_children_only_when_activated_linked() {
    expect_children_activated(&[
        (("A", "outbox"), ("B", "inbox")),
        (("B", "outbox"), ("C", "inbox")),
        (("C", "outbox"), ("A", "inbox")),
    ]);
}

#[track_caller]
fn expect_children_activated(links: &[Link]) {
    let mut stage = Stage::initialised(&["A", "B", "C"], links);
    run_for(&mut stage.s, 3);
    assert!(stage.children.values().all(|(_, switch)| !switch.was_activated.get()));
    stage.activate();
    run_for(&mut stage.s, 4);
    assert!(stage.children.values().all(|(_, switch)| switch.was_activated.get()));
}

/// A linkage leads from one child's outbox to the other's inbox and nowhere else.
#[test]
fn linkages_between_components() {
    let mut stage = Stage::running(&["A", "B"], &[(("A", "outbox"), ("B", "inbox"))]);
    stage.expect_flow(("A", "outbox"), ("B", "inbox"));
}

/// Several linkages do not leak into each other.
#[test]
fn several_linkages_between_components() {
    let links = [
        (("A", "outbox"), ("B", "inbox")),
        (("C", "outbox"), ("D", "control")),
        (("C", "signal"), ("A", "inbox")),
        (("B", "signal"), ("A", "control")),
    ];
    let mut stage = Stage::running(&["A", "B", "C", "D"], &links);
    for (from, to) in links {
        stage.expect_flow(from, to);
    }
}

/// It ends when all its children have ended, and not before.
#[test]
fn terminate_when_all_children_have_terminated() {
    let mut stage = Stage::running(&["A", "B", "C"], &[(("A", "outbox"), ("B", "inbox"))]);
    run_for(&mut stage.s, 100);
    assert!(!stage.graphline.is_stopped());
    stage.stop_all();
    run_for(&mut stage.s, 4);
    assert!(stage.graphline.is_stopped());
}

/// A linkage from `self` lets what arrives at the graphline through to a child.
#[test]
fn specifying_passthru_in_linkage() {
    expect_through_to_children(["inbox", "control"]);
}

/// An inbox of the graphline that does not exist is made.
#[test]
fn specifying_passthru_in_linkage_new_box() {
    expect_through_to_children(["novel-inbox", "another-novel-inbox"]);
}

#[track_caller]
fn expect_through_to_children(inboxes: [&'static str; 2]) {
    let links = [
        (("self", inboxes[0]), ("A", "control")),
        (("self", inboxes[1]), ("B", "inbox")),
        (("C", "outbox"), ("A", "inbox")),
    ];
    let mut stage = Stage::running(&["A", "B", "C"], &links);
    stage.expect_flow(("self", inboxes[0]), ("A", "control"));
    stage.expect_flow(("self", inboxes[1]), ("B", "inbox"));
    expect_unused_names_refused(|name| ((name, inboxes[0]), ("A", "control")));
}

/// A linkage to `self` lets what a child sends out of the graphline.
#[test]
fn specifying_passthru_out_linkage() {
    expect_through_to_outside(["signal", "outbox"]);
}

/// An outbox of the graphline that does not exist is made.
#[test]
fn specifying_passthru_out_linkage_new_box() {
    expect_through_to_outside(["novel-boxname", "another-novel-boxname"]);
}

#[track_caller]
fn expect_through_to_outside(outboxes: [&'static str; 2]) {
    let links = [
        (("A", "outbox"), ("self", outboxes[0])),
        (("B", "signal"), ("self", outboxes[1])),
        (("C", "outbox"), ("A", "inbox")),
    ];
    let mut stage = Stage::initialised(&["A", "B", "C"], &links);
    for outbox in outboxes {
        stage.dest(outbox);
    }
    stage.activate();
    run_for(&mut stage.s, 10);
    stage.expect_flow(("A", "outbox"), ("self", outboxes[0]));
    stage.expect_flow(("B", "signal"), ("self", outboxes[1]));
    expect_unused_names_refused(|name| (("A", "outbox"), (name, outboxes[0])));
}

/// Names that the original takes for the graphline, and this port takes for a mistake.
#[track_caller]
fn expect_unused_names_refused(link: impl Fn(&'static str) -> Link) {
    for name in ["", "flurble", "a", "component", "pig"] {
        let (source, sink) = link(name);
        let refused = Graphline::new().component("A", Busy::default()).link(source, sink).err();
        assert!(
            matches!(&refused, Some(GraphlineError::UnknownComponent { name: unknown, .. }) if unknown == name),
            "{refused:?}"
        );
    }
}

/// At its end it says so with a `ProducerFinished`, and it says nothing before.
#[test]
fn emission_of_shutdown_signal_1() {
    let mut stage = Stage::running(&["A", "B", "C"], &[(("A", "outbox"), ("B", "inbox"))]);
    assert!(stage.says_nothing());
    stage.stop_all();
    run_for(&mut stage.s, 4);
    assert_eq!(stage.signalled().unwrap().ending(), Some(Ending::ProducerFinished));
}

/// If it was told to stop, it passes that on at its end.
#[test]
fn emission_of_shutdown_signal_2() {
    let mut stage = Stage::running(&["A", "B", "C"], &[(("A", "outbox"), ("B", "inbox"))]);
    assert!(stage.says_nothing());
    let about = stage.child("A");
    stage.send_to("control", ShutdownMicroprocess { microprocesses: vec![about.clone()] });
    run_for(&mut stage.s, 2);
    stage.stop_all();
    run_for(&mut stage.s, 4);
    let passed_on = stage.signalled().unwrap().into_value::<ShutdownMicroprocess>().unwrap();
    assert_eq!(passed_on.microprocesses, [about]);
}

/// A linked `control` leads to the child it is linked to and to no other.
#[test]
fn receives_shutdown_passes_thru() {
    let mut stage = Stage::running(&["A", "B", "C"], &[(("self", "control"), ("A", "control"))]);
    stage.expect_flow(("self", "control"), ("A", "control"));
}

/// Otherwise what comes to `control` goes to every child whose `control` nothing is linked to.
#[test]
fn receives_shutdown_disseminated() {
    let mut stage = Stage::running(&["A", "B", "C"], &[(("A", "outbox"), ("B", "control"))]);
    stage.send_to("control", ShutdownMicroprocess::new());
    run_for(&mut stage.s, 2);
    for name in ["A", "C"] {
        let received = stage.s.context(&stage.child(name)).recv("control").expect(name);
        assert_eq!(received.ending(), Some(Ending::ShutdownMicroprocess));
    }
    assert_eq!(waiting(&stage.s, (&stage.child("B"), "control")), 0);
}

/// A `ShutdownMicroprocess` goes out again when all children have ended, and not before.
#[test]
fn receives_shutdown_and_propagates() {
    let mut stage = Stage::running(&["A", "B", "C"], &[(("A", "outbox"), ("B", "control"))]);
    let about = stage.child("B");
    stage.send_to("control", ShutdownMicroprocess { microprocesses: vec![about.clone()] });
    run_for(&mut stage.s, 100);
    assert!(!stage.graphline.is_stopped());
    stage.stop_all();
    run_for(&mut stage.s, 10);
    assert!(stage.graphline.is_stopped());
    let passed_on = stage.signalled().unwrap().into_value::<ShutdownMicroprocess>().unwrap();
    assert_eq!(passed_on.microprocesses, [about]);
}

/// After a `ProducerFinished`, a `ProducerFinished` goes out.
///
/// Differs: it is the one received; in the original it is a new one.
#[test]
fn receives_shutdown_and_propagates2() {
    let mut stage = Stage::running(&["A", "B", "C"], &[(("A", "outbox"), ("B", "control"))]);
    stage.send_to("control", ProducerFinished { caller: None, message: Some("enough".into()) });
    run_for(&mut stage.s, 100);
    assert!(!stage.graphline.is_stopped());
    stage.stop_all();
    run_for(&mut stage.s, 10);
    assert!(stage.graphline.is_stopped());
    let passed_on = stage.signalled().unwrap().into_value::<ProducerFinished>().unwrap();
    assert_eq!(passed_on.message.as_deref(), Some("enough"));
}

/// With a linked `control` it does not see what comes there, so it ends with a new `ProducerFinished`.
#[test]
fn receives_shutdown_and_propagates23() {
    let told: [fn() -> Message; 3] = [
        || Message::new(ProducerFinished { caller: None, message: Some("enough".into()) }),
        || Message::new(ShutdownMicroprocess::new()),
        || Message::new("flurble"),
    ];
    for message in told {
        let links = [(("self", "control"), ("A", "control")), (("A", "outbox"), ("B", "control"))];
        let mut stage = Stage::running(&["A", "B", "C"], &links);
        stage.send_to("control", message());
        run_for(&mut stage.s, 100);
        assert!(!stage.graphline.is_stopped());
        stage.stop_all();
        run_for(&mut stage.s, 10);
        assert!(stage.graphline.is_stopped());
        let new = stage.signalled().unwrap().into_value::<ProducerFinished>().unwrap();
        assert_eq!(new.message, None);
    }
}

/// With a linked `signal` it says nothing itself, whatever it was told.
#[test]
fn does_not_propagate_shutdown_msg() {
    let links = [(("A", "signal"), ("self", "signal")), (("A", "outbox"), ("B", "control"))];
    let mut stage = Stage::running(&["A", "B", "C"], &links);
    stage.send_to("control", ProducerFinished::new());
    stage.send_to("control", ShutdownMicroprocess::new());
    run_for(&mut stage.s, 100);
    assert!(!stage.graphline.is_stopped());
    assert!(stage.says_nothing());
    stage.stop_all();
    run_for(&mut stage.s, 100);
    assert!(stage.graphline.is_stopped());
    assert!(stage.says_nothing());
}

/// With both linked, messages flow as drawn and the graphline itself never says a word.
#[test]
fn manually_implemented_shutdown_overrides() {
    let links = [
        (("self", "control"), ("A", "control")),
        (("A", "signal"), ("self", "signal")),
        (("B", "outbox"), ("C", "inbox")),
    ];
    let mut stage = Stage::running(&["A", "B", "C"], &links);
    assert!(stage.says_nothing());
    for (from, to) in links {
        stage.expect_flow(from, to);
    }
    run_for(&mut stage.s, 100);
    assert!(stage.says_nothing());
    stage.stop_all();
    run_for(&mut stage.s, 100);
    assert!(stage.graphline.is_stopped());
    assert!(stage.says_nothing());
}
