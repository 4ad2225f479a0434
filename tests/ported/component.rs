//! Ported from Kamaelia's `Tests/Python/Axon/test_Component.py`, case by case, in its order.
//!
//! Differs: a component acts from outside through the scheduler's `context` of it. Several originals are
//! older than the Axon they test (they send without a linkage and look into the outbox); what they are
//! about is tested with linkages.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use axon::{Component, ComponentRef, Context, LinkageKind, RunError, Scheduler};

use crate::rig::{Busy, Sleeper, put, run_for, take, waiting};

mod component_test {
    use super::*;

    fn components<const COUNT: usize>() -> (Scheduler, [ComponentRef; COUNT]) {
        let s = Scheduler::new();
        let made = [(); COUNT].map(|()| s.add(Busy::default()));
        (s, made)
    }

    /// Two components, linked from `outbox` to `inbox` and from `signal` to `control`.
    fn pair() -> (Scheduler, ComponentRef, ComponentRef) {
        let (s, [parent, tc1, tc2]) = components();
        let cx = s.context(&parent);
        cx.link((&tc1, "outbox"), (&tc2, "inbox")).unwrap();
        cx.link((&tc1, "signal"), (&tc2, "control")).unwrap();
        (s, tc1, tc2)
    }

    /// A component has the standard boxes, all empty, and no children.
    #[test]
    fn smoke_test_no_arguments() {
        let (s, [c]) = components();
        let cx = s.context(&c);
        assert_eq!(cx.inboxes(&c), ["inbox", "control"]);
        assert_eq!(cx.outboxes(&c), ["outbox", "signal"]);
        for inbox in cx.inboxes(&c) {
            assert_eq!(cx.data_ready(&inbox), 0, "{inbox}");
        }
        assert!(cx.children().is_empty());
    }

    /// A component as text has its type's name in it.
    #[test]
    fn str_relaxed() {
        let (_s, [c]) = components();
        assert!(c.to_string().contains("Busy"));
        assert_eq!(c.to_string(), c.name());
    }

    /// Children that are added are children, and there are no others.
    #[test]
    fn add_children() {
        let (s, [parent]) = components();
        let cx = s.context(&parent);
        let child1 = cx.add_child(Busy::default());
        let child2 = cx.add_child(Busy::default());
        assert_eq!(cx.children(), [child1, child2]);
    }

    /// A removed child is no child, and the linkages with it are cut.
    #[test]
    fn remove_child() {
        let (s, [parent]) = components();
        let cx = s.context(&parent);
        let child = cx.add_child(Busy::default());
        cx.link((&child, "outbox"), (&parent, "inbox")).unwrap();
        cx.remove_child(&child);
        assert!(cx.children().is_empty());
        assert!(cx.linkages().is_empty());
        put(&s, (&child, "outbox"), 1u8);
        assert_eq!(waiting(&s, (&parent, "inbox")), 0);
    }

    /// The list of children has each of them once.
    #[test]
    fn child_components() {
        let (s, [parent]) = components();
        let cx = s.context(&parent);
        let made = [(); 3].map(|()| cx.add_child(Busy::default()));
        let listed = cx.children();
        for child in &made {
            assert_eq!(listed.iter().filter(|listed| *listed == child).count(), 1);
        }
        assert_eq!(listed.len(), 3);
    }

    /// Data is ready when something was sent and not yet collected, in each box for itself.
    ///
    /// Differs: the answer is a count, not only yes or no.
    #[test]
    fn data_ready() {
        let (s, tc1, tc2) = pair();
        for (outbox, inbox) in [("outbox", "inbox"), ("signal", "control")] {
            let at = (&tc2, inbox);
            assert_eq!(waiting(&s, at), 0);
            put(&s, (&tc1, outbox), "a");
            assert_eq!(waiting(&s, at), 1);
            assert_eq!(take(&s, at), Some("a"));
            assert_eq!(waiting(&s, at), 0);
            put(&s, (&tc1, outbox), "b");
            put(&s, (&tc1, outbox), "c");
            assert_eq!(waiting(&s, at), 2);
            assert_eq!(take(&s, at), Some("b"));
            assert_eq!(waiting(&s, at), 1);
            assert_eq!(take(&s, at), Some("c"));
            assert_eq!(waiting(&s, at), 0);
        }
    }

    /// A component links others and itself; its post office keeps the linkages with their kind.
    #[test]
    fn link() {
        let (s, [parent]) = components();
        let cx = s.context(&parent);
        let (ac, bc) = (cx.add_child(Busy::default()), cx.add_child(Busy::default()));
        cx.link((&ac, "outbox"), (&bc, "inbox")).unwrap();
        cx.pass_through_outbox((&bc, "outbox"), (&parent, "outbox")).unwrap();
        cx.pass_through_inbox((&parent, "inbox"), (&ac, "inbox")).unwrap();
        let made = cx.linkages();
        let made: Vec<_> = made.iter().map(|made| (made.source(), made.sink(), made.kind())).collect();
        assert_eq!(
            made,
            [
                ((&ac, "outbox"), (&bc, "inbox"), LinkageKind::Plain),
                ((&bc, "outbox"), (&parent, "outbox"), LinkageKind::PassThroughOutbox),
                ((&parent, "inbox"), (&ac, "inbox"), LinkageKind::PassThroughInbox),
            ]
        );
    }

    /// Messages are collected in the order in which they were sent, from each box for itself.
    ///
    /// Differs: an empty box gives `None`, it is no error.
    #[test]
    fn recv() {
        let (s, tc1, tc2) = pair();
        assert_eq!(take::<&str>(&s, (&tc2, "inbox")), None);
        for (outbox, inbox, first, second) in
            [("outbox", "inbox", "inbox1", "inbox2"), ("signal", "control", "control1", "control2")]
        {
            put(&s, (&tc1, outbox), first);
            put(&s, (&tc1, outbox), second);
            assert_eq!(take(&s, (&tc2, inbox)), Some(first));
            assert_eq!(take(&s, (&tc2, inbox)), Some(second));
            assert_eq!(take::<&str>(&s, (&tc2, inbox)), None);
        }
    }

    /// What is sent goes out of the box that was named, in order, however much it is.
    #[test]
    fn send() {
        let (s, tc1, tc2) = pair();
        put(&s, (&tc1, "outbox"), "ba");
        assert_eq!(take(&s, (&tc2, "inbox")), Some("ba"));
        put(&s, (&tc1, "signal"), "bing");
        put(&s, (&tc1, "signal"), "boom");
        assert_eq!(take(&s, (&tc2, "control")), Some("bing"));
        assert_eq!(take(&s, (&tc2, "control")), Some("boom"));
        for x in 0..1000u32 {
            put(&s, (&tc1, "outbox"), x);
            assert_eq!(take(&s, (&tc2, "inbox")), Some(x));
        }
    }

    /// Counts its turns to a thousand in `main_body`, and notes which of the three methods ran.
    struct MainLoop {
        turns: Rc<Cell<u32>>,
        log: Rc<RefCell<Vec<&'static str>>>,
        fails: Option<&'static str>,
    }

    impl Component for MainLoop {
        fn initialise_component(&mut self, _: &Context) -> axon::Result {
            self.log.borrow_mut().push("initialise");
            Ok(())
        }

        fn main_body(&mut self, _: &Context) -> axon::Result<bool> {
            self.turns.set(self.turns.get() + 1);
            Ok(self.turns.get() < 1000)
        }

        fn close_down_component(&mut self, _: &Context) -> axon::Result {
            self.log.borrow_mut().push("close down");
            self.fails.map_or(Ok(()), |text| Err(text.into()))
        }
    }

    /// The default `main` initialises in its first turn, gives `main_body` a turn each until that says
    /// no more, and closes down in the same turn.
    #[test]
    fn main_smoke_test() {
        let mut s = Scheduler::new();
        let (turns, log) = (Rc::new(Cell::new(0)), Rc::default());
        let c = s.activate(MainLoop { turns: Rc::clone(&turns), log: Rc::clone(&log), fails: None });
        s.run_pass().unwrap();
        assert_eq!(turns.get(), 0);
        assert_eq!(*log.borrow(), ["initialise"]);
        for x in 1..1000 {
            s.run_pass().unwrap();
            assert_eq!(turns.get(), x);
            assert_eq!(*log.borrow(), ["initialise"]);
        }
        s.run_pass().unwrap();
        assert_eq!(turns.get(), 1000);
        assert_eq!(*log.borrow(), ["initialise", "close down"]);
        run_for(&mut s, 2);
        assert!(c.is_stopped());
    }

    /// What goes wrong in closing down is the component's failure; the component has ended.
    #[test]
    fn main_closedowntest() {
        let mut s = Scheduler::new();
        let (turns, log) = (Rc::new(Cell::new(0)), Rc::default());
        let c = s.activate(MainLoop { turns: Rc::clone(&turns), log, fails: Some("closing down fails") });
        let failed = s.run().unwrap_err();
        assert!(matches!(&failed, RunError::Failed { component, .. } if *component == c.name()), "{failed}");
        assert!(failed.to_string().contains("closing down fails"), "{failed}");
        assert_eq!(turns.get(), 1000);
        assert!(c.is_stopped());
    }

    /// Has nothing of its own.
    struct Plain;
    impl Component for Plain {}

    /// Initialising does nothing unless it is written.
    #[test]
    fn initialise_component() {
        let (s, [c]) = components();
        assert!(Plain.initialise_component(&s.context(&c)).is_ok());
    }

    /// The main body wants no turn unless it is written.
    #[test]
    fn main_body() {
        let (s, [c]) = components();
        assert!(!Plain.main_body(&s.context(&c)).unwrap());
    }

    /// Closing down does nothing unless it is written.
    #[test]
    fn close_down_component() {
        let (s, [c]) = components();
        assert!(Plain.close_down_component(&s.context(&c)).is_ok());
    }

    /// When a component ends, the linkages it made are cut; those that others made are not.
    #[test]
    fn linkages_removed_on_component_shutdown() {
        let mut s = Scheduler::new();
        let [a, b, c, d] = [(); 4].map(|()| s.activate(Busy::default()));
        let made_by = s.context(&c);
        made_by.link((&a, "outbox"), (&b, "inbox")).unwrap();
        made_by.pass_through_outbox((&c, "outbox"), (&b, "outbox")).unwrap();
        made_by.pass_through_inbox((&c, "inbox"), (&a, "inbox")).unwrap();
        let made_by = s.context(&d);
        made_by.link((&d, "outbox"), (&c, "inbox")).unwrap();
        made_by.link((&b, "outbox"), (&d, "inbox")).unwrap();

        put(&s, (&d, "outbox"), "hello");
        assert_eq!(take(&s, (&a, "inbox")), Some("hello"));
        put(&s, (&c, "outbox"), "hello");
        assert_eq!(take(&s, (&d, "inbox")), Some("hello"));
        put(&s, (&a, "outbox"), "hello");
        assert_eq!(take(&s, (&b, "inbox")), Some("hello"));

        s.context(&d).stop(&c);
        run_for(&mut s, 2);

        // What comes to a component that has ended is dropped here, and goes nowhere else either.
        put(&s, (&d, "outbox"), "bye");
        assert_eq!([&c, &a].map(|component| waiting(&s, (component, "inbox"))), [0, 0]);
        put(&s, (&b, "outbox"), "bye");
        assert_eq!(take(&s, (&d, "inbox")), Some("bye"));
        put(&s, (&a, "outbox"), "bye");
        assert_eq!(waiting(&s, (&b, "inbox")), 0);
    }
}

mod message_delivery_notifications_test {
    use super::*;

    /// Sleepers, asleep, in a scheduler that wakes as Axon does: every producer at every collection.
    struct Stage<const COUNT: usize> {
        s: Scheduler,
        all: [ComponentRef; COUNT],
        woken: [Rc<Cell<u32>>; COUNT],
    }

    impl<const COUNT: usize> Stage<COUNT> {
        fn new() -> Self {
            let s = Scheduler::builder().exact_waking().build();
            let sleepers = [(); COUNT].map(|()| Sleeper::default());
            let woken = std::array::from_fn(|i| Rc::clone(&sleepers[i].woken));
            let all = sleepers.map(|sleeper| s.activate(sleeper));
            let mut stage = Stage { s, all, woken };
            stage.settle();
            stage
        }

        fn settle(&mut self) {
            run_for(&mut self.s, 20);
        }

        fn link(&self, source: usize, sink: usize) {
            let [source, sink] = [source, sink].map(|i| &self.all[i]);
            self.s.context(source).link((source, "outbox"), (sink, "inbox")).unwrap();
        }

        fn pass_inbox(&self, outer: usize, inner: usize) {
            let [outer, inner] = [outer, inner].map(|i| &self.all[i]);
            self.s.context(outer).pass_through_inbox((outer, "inbox"), (inner, "inbox")).unwrap();
        }

        fn pass_outbox(&self, inner: usize, outer: usize) -> axon::Linkage {
            let [inner, outer] = [inner, outer].map(|i| &self.all[i]);
            self.s.context(inner).pass_through_outbox((inner, "outbox"), (outer, "outbox")).unwrap()
        }

        /// Sends, lets everybody who was woken run, and forgets the wakes so far.
        fn send_and_forget(&mut self, source: usize) {
            put(&self.s, (&self.all[source], "outbox"), "something");
            self.settle();
            self.forget();
        }

        fn forget(&mut self) {
            self.settle();
            self.woken.iter().for_each(|woken| woken.set(0));
        }

        fn collect(&mut self, at: usize) {
            assert_eq!(take(&self.s, (&self.all[at], "inbox")), Some("something"));
        }

        #[track_caller]
        fn expect_woken(&mut self, expected: [u32; COUNT]) {
            self.settle();
            assert_eq!(std::array::from_fn::<_, COUNT, _>(|i| self.woken[i].get()), expected);
        }
    }

    const A: usize = 0;
    const B: usize = 1;
    const C: usize = 2;
    const D: usize = 3;
    const E: usize = 4;
    const F: usize = 5;

    /// Three outboxes lead into each other and to an inbox that passes through: a > b > c > d > e.
    fn chain<const COUNT: usize>() -> (Stage<COUNT>, axon::Linkage) {
        let stage = Stage::new();
        stage.pass_outbox(A, B);
        let second = stage.pass_outbox(B, C);
        stage.link(C, D);
        stage.pass_inbox(D, E);
        (stage, second)
    }

    /// A sleeper to whom nothing happens sleeps on.
    #[test]
    fn nothing_happens_if_nothing_happens() {
        let mut stage = Stage::<2>::new();
        stage.link(A, B);
        stage.link(B, A);
        stage.expect_woken([0, 0]);
    }

    /// A sleeper wakes when a message arrives.
    #[test]
    fn consumer_woken_by_delivery() {
        let mut stage = Stage::<2>::new();
        stage.link(A, B);
        put(&stage.s, (&stage.all[A], "outbox"), "something");
        stage.settle();
        assert_eq!(stage.woken[B].get(), 1);
    }

    /// Sending does not wake the sender.
    #[test]
    fn producer_not_woken_by_delivery() {
        let mut stage = Stage::<2>::new();
        stage.link(A, B);
        put(&stage.s, (&stage.all[A], "outbox"), "something");
        stage.settle();
        assert_eq!(stage.woken[A].get(), 0);
    }

    /// A sender wakes when its message is collected.
    #[test]
    fn producer_woken_by_collection() {
        let mut stage = Stage::<2>::new();
        stage.link(A, B);
        stage.send_and_forget(A);
        stage.collect(B);
        stage.settle();
        assert_eq!(stage.woken[A].get(), 1);
    }

    /// A message that passes through inboxes wakes the owner of the last one only.
    #[test]
    fn chain_only_final_destination_notified() {
        let mut stage = Stage::<4>::new();
        stage.link(A, B);
        stage.pass_inbox(B, C);
        stage.pass_inbox(C, D);
        stage.forget();
        put(&stage.s, (&stage.all[A], "outbox"), "something");
        stage.expect_woken([0, 0, 0, 1]);
    }

    /// Collecting wakes the owner of the outbox, and not those of the inboxes between.
    #[test]
    fn chain_only_outbox_holders_notified() {
        let mut stage = Stage::<4>::new();
        stage.link(A, B);
        stage.pass_inbox(B, C);
        stage.pass_inbox(C, D);
        stage.send_and_forget(A);
        stage.collect(D);
        stage.expect_woken([1, 0, 0, 0]);
    }

    /// In the exact mode, collecting wakes the owners of all outboxes of the chain.
    ///
    /// Differs: the message is collected at the end of the chain; in its middle that is an error (S19a).
    #[test]
    fn all_outbox_owners_notified() {
        let (mut stage, _) = chain::<5>();
        stage.send_and_forget(A);
        stage.collect(E);
        stage.expect_woken([1, 1, 1, 0, 0]);
    }

    /// Owners of outboxes that were unlinked before the collection are not woken.
    ///
    /// Differs: see `all_outbox_owners_notified`.
    #[test]
    fn link_broken_no_notify() {
        let (mut stage, second) = chain::<5>();
        stage.send_and_forget(A);
        stage.s.context(&stage.all[B]).unlink(second);
        stage.forget();
        stage.collect(E);
        stage.expect_woken([0, 0, 1, 0, 0]);
    }

    /// Owners of outboxes that are linked again by then are woken.
    #[test]
    fn link_reestablished_notify() {
        let (mut stage, second) = chain::<5>();
        stage.send_and_forget(A);
        stage.s.context(&stage.all[B]).unlink(second);
        stage.settle();
        stage.pass_outbox(B, C);
        stage.forget();
        stage.collect(E);
        stage.expect_woken([1, 1, 1, 0, 0]);
    }

    /// So is the owner of an outbox that joined the chain since.
    #[test]
    fn link_newly_eestablished_notify() {
        let (mut stage, _) = chain::<6>();
        stage.send_and_forget(A);
        stage.pass_outbox(F, C);
        stage.forget();
        stage.collect(E);
        stage.expect_woken([1, 1, 1, 0, 0, 1]);
    }
}
