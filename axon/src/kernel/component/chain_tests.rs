//! Long chains are linked and cut in linear time: counted is how many boxes are looked at. `AXON_STRESS=full` takes
//! chains of 100,000.

use super::flat_tests::scaled;
use crate::{Component, ComponentRef, Context, Result, Scheduler};

/// How many boxes may be looked at for each linkage that is made and cut.
const VISITS: usize = 80;

struct Still;

impl Component for Still {
    async fn main(&mut self, _: &Context) -> Result {
        Ok(())
    }
}

fn scheduler() -> Scheduler {
    Scheduler::builder().virtual_clock().build()
}

/// How many boxes are looked at while this is done.
fn visits(s: &Scheduler, work: impl FnOnce()) -> usize {
    let now = || s.system.with(|state| state.post.visits.get());
    let before = now();
    work();
    now() - before
}

/// Links a chain of inboxes, sends a message through it, and cuts it again.
fn visits_of_chain(length: usize, from_its_front: bool, message_on_the_way: bool) -> usize {
    let s = scheduler();
    let maker = s.add(Still);
    let all: Vec<ComponentRef> = (0..length).map(|_| s.add(Still)).collect();
    let source = s.add(Still);
    let visits = visits(&s, || {
        let cx = s.context(&maker);
        cx.link((&source, "outbox"), (&all[0], "inbox")).unwrap();
        let link =
            |at: usize| _ = cx.pass_through_inbox((&all[at], "inbox"), (&all[at + 1], "inbox")).unwrap();
        for at in 0..length - 1 {
            link(if from_its_front { at } else { length - 2 - at });
            if message_on_the_way && at == length / 2 {
                s.context(&source).send("outbox", 0).unwrap();
            }
        }
        s.context(&source).send("outbox", 1).unwrap();
        let last = s.context(&all[length - 1]);
        assert_eq!(last.data_ready("inbox"), 1 + usize::from(message_on_the_way));
        cx.stop(&maker);
    });
    s.context(&source).send("outbox", 2).unwrap();
    assert_eq!(s.context(&all[0]).data_ready("inbox"), 0, "it is cut");
    visits
}

/// Cuts a chain of boxes, one linkage after the other.
fn visits_of_cuts(length: usize, outboxes: bool, from_the_back: bool, limited: bool) -> usize {
    let mut s = scheduler();
    let maker = s.add(Still);
    let all: Vec<ComponentRef> = (0..length).map(|_| s.add(Still)).collect();
    let (source, sink) = (s.add(Still), s.add(Still));
    let cx = s.context(&maker);
    if limited {
        cx.set_size((&all[0], "inbox"), Some(5)).unwrap();
    }
    let mut linkages: Vec<_> = (0..length - 1)
        .rev()
        .map(|at| {
            let (one, next) = (&all[at], &all[at + 1]);
            if outboxes {
                cx.pass_through_outbox((one, "outbox"), (next, "outbox")).unwrap()
            } else {
                cx.pass_through_inbox((one, "inbox"), (next, "inbox")).unwrap()
            }
        })
        .collect();
    if outboxes {
        cx.link((&all[length - 1], "outbox"), (&sink, "inbox")).unwrap();
        cx.pass_through_outbox((&source, "outbox"), (&all[0], "outbox")).unwrap();
    } else {
        cx.link((&source, "outbox"), (&all[0], "inbox")).unwrap();
    }
    if !from_the_back {
        linkages.reverse();
    }
    let visits = visits(&s, || {
        for linkage in linkages {
            cx.unlink(linkage);
        }
        s.context(&source).send("outbox", 1).unwrap();
    });
    assert_eq!(s.context(&all[0]).data_ready("inbox"), usize::from(!outboxes), "it is cut");
    assert_eq!(s.context(&sink).data_ready("inbox"), 0);
    s.stop();
    visits
}

#[test]
fn a_chain_that_is_cut_linkage_by_linkage_is_cut_in_linear_time_from_whichever_end() {
    for case in 0..8 {
        let (outboxes, from_the_back, limited) = (case & 1 != 0, case & 2 != 0, case & 4 != 0);
        for length in [200, scaled(5_000, 100_000)] {
            let visits = visits_of_cuts(length, outboxes, from_the_back, limited);
            assert!(
                visits < VISITS * length,
                "outboxes: {outboxes}, from the back: {from_the_back}, limited: {limited}: {visits} for {length}"
            );
        }
    }
}

#[test]
fn a_chain_of_inboxes_is_linked_and_cut_in_linear_time_from_whichever_end() {
    for (from_its_front, message_on_the_way) in [(true, false), (false, false), (true, true), (false, true)] {
        for length in [200, scaled(5_000, 100_000)] {
            let visits = visits_of_chain(length, from_its_front, message_on_the_way);
            assert!(visits < VISITS * length, "front first: {from_its_front}: {visits} for {length}");
        }
    }
}
