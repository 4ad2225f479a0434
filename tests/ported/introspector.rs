//! Ported from Kamaelia's `Sketches/MH/Layout/test/test_Introspector.py`, its one case.
//!
//! Differs: a listener beside the examiner is stopped by its reference, and the examiner looks at what it
//! was sent when the introspector has nothing more to say, not after a number of passes.

use std::collections::BTreeSet;

use axon::{Boxes, Component, ComponentRef, Context, Introspector, Scheduler, ShutdownMicroprocess};

/// Examines what the introspector says; a test plays its part.
struct Examiner;

impl Component for Examiner {
    fn boxes(&self) -> Boxes {
        Boxes::none().inbox("inbox", "what the introspector says")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            cx.pause().await;
        }
    }
}

/// Does nothing until it is told to end.
struct Echoer;

impl Component for Echoer {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        while cx.told_to_end().is_none() {
            cx.pause().await;
        }
        Ok(())
    }
}

/// The lines that came until nothing happens any more, without regard to their order.
fn said(scheduler: &mut Scheduler, examiner: &ComponentRef) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    loop {
        let ran = scheduler.run_pass().unwrap();
        for text in scheduler.context(examiner).drain::<String>("inbox") {
            let text = text.unwrap();
            assert!(text.ends_with('\n'));
            for line in text.lines() {
                assert!(lines.insert(line.to_owned()), "{line} came twice");
            }
        }
        if !ran {
            return lines;
        }
    }
}

fn lines<const N: usize>(lines: [String; N]) -> BTreeSet<String> {
    lines.into()
}

/// First everything is deleted; then the two components, their boxes and the linkage between them are
/// told; then a third that comes, is linked, is unlinked and ends; and never anything else.
#[test]
fn selfintrospection() {
    let mut scheduler = Scheduler::new();
    let (i, ex) = (scheduler.activate(Introspector::new()), scheduler.activate(Examiner));
    let cx = scheduler.context(&i);
    cx.link((&i, "outbox"), (&ex, "inbox")).unwrap();
    let box_of = |of: &ComponentRef, side: char, name: &str| format!("\"({}, '{side}', '{name}')\"", of.id());
    let (si, ii, ic) = (box_of(&ex, 'i', "inbox"), box_of(&i, 'i', "inbox"), box_of(&i, 'i', "control"));
    let (io, is) = (box_of(&i, 'o', "outbox"), box_of(&i, 'o', "signal"));
    let expected = lines([
        "DEL ALL".into(),
        format!("ADD NODE \"{}\" \"{}\" randompos component", i.id(), i.name()),
        format!("ADD NODE \"{}\" \"{}\" randompos component", ex.id(), ex.name()),
        format!("ADD NODE {ii} \"inbox\" randompos inbox"),
        format!("ADD NODE {ic} \"control\" randompos inbox"),
        format!("ADD NODE {io} \"outbox\" randompos outbox"),
        format!("ADD NODE {is} \"signal\" randompos outbox"),
        format!("ADD NODE {si} \"inbox\" randompos inbox"),
        format!("ADD LINK \"{}\" {ii}", i.id()),
        format!("ADD LINK \"{}\" {io}", i.id()),
        format!("ADD LINK \"{}\" {is}", i.id()),
        format!("ADD LINK \"{}\" {ic}", i.id()),
        format!("ADD LINK \"{}\" {si}", ex.id()),
        format!("ADD LINK {io} {si}"),
    ]);
    assert_eq!(said(&mut scheduler, &ex), expected);
    assert!(said(&mut scheduler, &ex).is_empty());

    let e = scheduler.activate(Echoer);
    let (ei, ec) = (box_of(&e, 'i', "inbox"), box_of(&e, 'i', "control"));
    let (eo, es) = (box_of(&e, 'o', "outbox"), box_of(&e, 'o', "signal"));
    let expected = lines([
        format!("ADD NODE \"{}\" \"{}\" randompos component", e.id(), e.name()),
        format!("ADD NODE {ei} \"inbox\" randompos inbox"),
        format!("ADD NODE {ec} \"control\" randompos inbox"),
        format!("ADD NODE {eo} \"outbox\" randompos outbox"),
        format!("ADD NODE {es} \"signal\" randompos outbox"),
        format!("ADD LINK \"{}\" {ei}", e.id()),
        format!("ADD LINK \"{}\" {eo}", e.id()),
        format!("ADD LINK \"{}\" {es}", e.id()),
        format!("ADD LINK \"{}\" {ec}", e.id()),
    ]);
    assert_eq!(said(&mut scheduler, &ex), expected);

    let linkage = cx.link((&i, "signal"), (&e, "inbox")).unwrap();
    assert_eq!(said(&mut scheduler, &ex), lines([format!("ADD LINK {is} {ei}")]));
    cx.unlink(linkage);
    assert_eq!(said(&mut scheduler, &ex), lines([format!("DEL LINK {is} {ei}")]));

    cx.deliver_to(&e, "control", ShutdownMicroprocess::new()).unwrap();
    let expected = lines([
        format!("DEL NODE \"{}\"", e.id()),
        format!("DEL NODE {ei}"),
        format!("DEL NODE {ec}"),
        format!("DEL NODE {eo}"),
        format!("DEL NODE {es}"),
    ]);
    assert_eq!(said(&mut scheduler, &ex), expected);
    cx.deliver_to(&i, "control", ShutdownMicroprocess::new()).unwrap();
    assert!(said(&mut scheduler, &ex).is_empty());
    assert!(i.is_stopped());
}
