//! Ported from Kamaelia's `Tests/Python/Axon/test_Postoffice.py`, case by case, in its order.
//!
//! Differs: the original looks into a post office that stands alone; here each component has its own,
//! so what is checked is which linkages it lists and where messages arrive. A component that acts
//! without running is the scheduler's `context` of it.

use axon::{ComponentRef, Context, Linkage, Scheduler, error::LinkError};

use crate::rig::{Busy, Sleeper, put, run_for, take, waiting};

/// The boxes of a component, with their side.
const BOXES: [&str; 2] = ["inbox", "control"];

mod postoffice_test {
    use super::*;

    fn components<const COUNT: usize>() -> (Scheduler, [ComponentRef; COUNT]) {
        let s = Scheduler::new();
        let made = [(); COUNT].map(|()| s.add(Busy::default()));
        (s, made)
    }

    /// Sends one message out of every outbox of `from`; gives what lies where.
    fn arrivals(s: &Scheduler, from: &ComponentRef, all: [&ComponentRef; 2]) -> Vec<(usize, &'static str)> {
        for outbox in ["outbox", "signal"] {
            put(s, (from, outbox), 1u8);
        }
        let mut found = Vec::new();
        for (number, component) in all.into_iter().enumerate() {
            for inbox in BOXES {
                found.extend(std::iter::repeat_n((number + 1, inbox), waiting(s, (component, inbox))));
            }
        }
        found
    }

    /// A new component's post office lists no linkages.
    #[test]
    fn init_smoke_test_no_arguments() {
        let (s, [c]) = components();
        assert!(s.context(&c).linkages().is_empty());
    }

    /// A linkage from outbox to inbox leads there and touches no other box.
    #[test]
    fn linkestablishes() {
        let (s, [c1, c2]) = components();
        s.context(&c1).link((&c1, "outbox"), (&c2, "inbox")).unwrap();
        assert_eq!(arrivals(&s, &c1, [&c1, &c2]), [(2, "inbox")]);
        assert_eq!(arrivals(&s, &c2, [&c1, &c2]), [(2, "inbox")], "the second one's outboxes lead nowhere");
    }

    /// A linkage from inbox to inbox passes on what arrives at the first.
    #[test]
    fn linkestablishes_inboxinboxpassthrough() {
        let (s, [c1, c2]) = components();
        let sender = s.add(Busy::default());
        s.context(&c1).pass_through_inbox((&c1, "inbox"), (&c2, "inbox")).unwrap();
        s.context(&sender).link((&sender, "outbox"), (&c1, "inbox")).unwrap();
        assert_eq!(arrivals(&s, &sender, [&c1, &c2]), [(2, "inbox")]);
    }

    /// A linkage from outbox to outbox gives out of the second what is sent to the first.
    #[test]
    fn linkestablishes_outboxoutboxpassthrough() {
        let (s, [c1, c2]) = components();
        let outside = s.add(Busy::default());
        s.context(&c1).pass_through_outbox((&c1, "outbox"), (&c2, "outbox")).unwrap();
        s.context(&outside).link((&c2, "outbox"), (&outside, "inbox")).unwrap();
        assert_eq!(arrivals(&s, &c1, [&c1, &outside]), [(2, "inbox")]);
    }

    /// Each linkage made is listed by the post office of its maker.
    #[test]
    fn linkregistered() {
        let (s, [c1, c2]) = components();
        let cx = s.context(&c1);
        let l1 = cx.link((&c1, "outbox"), (&c2, "inbox")).unwrap();
        assert_eq!(cx.linkages(), std::slice::from_ref(&l1));
        let l2 = cx.link((&c1, "signal"), (&c2, "control")).unwrap();
        assert_eq!(cx.linkages(), [l1, l2]);
        assert!(s.context(&c2).linkages().is_empty());
    }

    /// A linkage that was cut is no longer listed, the others are.
    #[test]
    fn linkderegisters() {
        let (s, [c1, c2]) = components();
        let cx = s.context(&c1);
        let l1 = cx.link((&c1, "outbox"), (&c2, "inbox")).unwrap();
        let l2 = cx.link((&c1, "signal"), (&c2, "control")).unwrap();
        cx.unlink(l1);
        assert_eq!(cx.linkages(), [l2]);
    }

    /// Cutting all linkages of a component leaves those that do not touch it.
    #[test]
    fn componentlinksderegisters() {
        let (s, [c1, c2, c3]) = components();
        let cx = s.context(&c1);
        cx.link((&c1, "outbox"), (&c2, "inbox")).unwrap();
        cx.link((&c1, "signal"), (&c2, "control")).unwrap();
        let l3 = cx.link((&c2, "outbox"), (&c3, "inbox")).unwrap();
        let l4 = cx.link((&c2, "signal"), (&c3, "control")).unwrap();
        cx.unlink_component(&c1);
        assert_eq!(cx.linkages(), [l3, l4]);
    }

    /// A cut linkage from outbox to inbox leads nowhere.
    #[test]
    fn linkdisengages() {
        let (s, [c1, c2]) = components();
        let cx = s.context(&c1);
        let linkage = cx.link((&c1, "outbox"), (&c2, "inbox")).unwrap();
        cx.unlink(linkage);
        assert!(arrivals(&s, &c1, [&c1, &c2]).is_empty());
    }

    /// After a cut pass-through of an inbox, messages stay in the outer box.
    #[test]
    fn linkdisengages_inboxinboxpassthrough() {
        let (s, [c1, c2]) = components();
        let sender = s.add(Busy::default());
        let cx = s.context(&c1);
        let linkage = cx.pass_through_inbox((&c1, "inbox"), (&c2, "inbox")).unwrap();
        s.context(&sender).link((&sender, "outbox"), (&c1, "inbox")).unwrap();
        cx.unlink(linkage);
        assert_eq!(arrivals(&s, &sender, [&c1, &c2]), [(1, "inbox")]);
    }

    /// After a cut pass-through of an outbox, the outer outbox sends nothing of the inner one.
    #[test]
    fn linkdisengages_outboxoutboxpassthrough() {
        let (s, [c1, c2]) = components();
        let outside = s.add(Busy::default());
        let cx = s.context(&c1);
        let linkage = cx.pass_through_outbox((&c1, "outbox"), (&c2, "outbox")).unwrap();
        s.context(&outside).link((&c2, "outbox"), (&outside, "inbox")).unwrap();
        cx.unlink(linkage);
        assert!(arrivals(&s, &c1, [&c1, &outside]).is_empty());
    }

    /// A box that leads somewhere cannot be linked again, until it is unlinked.
    #[test]
    fn box_already_linked_to_destination_exception() {
        let (s, [c1, c2, c3]) = components();
        let cx = s.context(&c1);
        let l1 = cx.link((&c1, "outbox"), (&c2, "inbox")).unwrap();
        let refused = cx.link((&c1, "outbox"), (&c3, "inbox")).unwrap_err();
        assert!(matches!(refused, LinkError::BoxAlreadyLinkedToDestination { .. }), "{refused}");
        cx.unlink(l1);
        cx.link((&c1, "outbox"), (&c3, "inbox")).unwrap();
    }
}

mod linkagechaining_test {
    use super::*;

    struct Chain {
        s: Scheduler,
        a: ComponentRef,
        b: ComponentRef,
        c: ComponentRef,
    }

    impl Chain {
        fn new() -> Self {
            let s = Scheduler::new();
            let [a, b, c] = [(); 3].map(|()| s.activate(Busy::default()));
            Chain { s, a, b, c }
        }

        fn maker(&self) -> Context {
            self.s.context(&self.a)
        }

        /// What is sent out of the outbox arrives at the target, and only that.
        #[track_caller]
        fn verify(&mut self, source: &ComponentRef, target: &ComponentRef) {
            put(&self.s, (source, "outbox"), 99u64);
            run_for(&mut self.s, 10);
            assert_eq!(take(&self.s, (target, "inbox")), Some(99u64));
            for other in [&self.a, &self.b, &self.c] {
                assert_eq!(waiting(&self.s, (other, "inbox")), 0);
            }
        }
    }

    /// An outbox linked to an inbox delivers there.
    #[test]
    fn simple() {
        let mut chain = Chain::new();
        let (a, b) = (chain.a.clone(), chain.b.clone());
        chain.maker().link((&a, "outbox"), (&b, "inbox")).unwrap();
        chain.verify(&a, &b);
    }

    /// The inbox may pass through to a further inbox, linked later.
    #[test]
    fn simple_then_inbox_passthrough() {
        let mut chain = Chain::new();
        let (a, b, c) = (chain.a.clone(), chain.b.clone(), chain.c.clone());
        chain.maker().link((&a, "outbox"), (&b, "inbox")).unwrap();
        chain.maker().pass_through_inbox((&b, "inbox"), (&c, "inbox")).unwrap();
        chain.verify(&a, &c);
    }

    /// The same chain, made from its far end.
    #[test]
    fn inbox_passthrough_then_normal() {
        let mut chain = Chain::new();
        let (a, b, c) = (chain.a.clone(), chain.b.clone(), chain.c.clone());
        chain.maker().pass_through_inbox((&b, "inbox"), (&c, "inbox")).unwrap();
        chain.maker().link((&a, "outbox"), (&b, "inbox")).unwrap();
        chain.verify(&a, &c);
    }

    /// An outbox may be led out of another one that is linked already.
    #[test]
    fn simple_then_outbox_passthrough() {
        let mut chain = Chain::new();
        let (a, b, c) = (chain.a.clone(), chain.b.clone(), chain.c.clone());
        chain.maker().link((&b, "outbox"), (&c, "inbox")).unwrap();
        chain.maker().pass_through_outbox((&a, "outbox"), (&b, "outbox")).unwrap();
        chain.verify(&a, &c);
        chain.verify(&b, &c);
    }

    /// The same chain, made from its near end.
    #[test]
    fn outbox_passthrough_then_normal() {
        let mut chain = Chain::new();
        let (a, b, c) = (chain.a.clone(), chain.b.clone(), chain.c.clone());
        chain.maker().pass_through_outbox((&a, "outbox"), (&b, "outbox")).unwrap();
        chain.maker().link((&b, "outbox"), (&c, "inbox")).unwrap();
        chain.verify(&a, &c);
        chain.verify(&b, &c);
    }

    /// When the second linkage of a chain is cut, messages end at the box before it.
    #[test]
    fn inbox_passthrougth_deletion() {
        let mut chain = Chain::new();
        let (a, b, c) = (chain.a.clone(), chain.b.clone(), chain.c.clone());
        chain.maker().link((&a, "outbox"), (&b, "inbox")).unwrap();
        let second = chain.maker().pass_through_inbox((&b, "inbox"), (&c, "inbox")).unwrap();
        chain.verify(&a, &c);
        chain.maker().unlink(second);
        chain.verify(&a, &b);
    }
}

mod size_limited_boxes_test {
    use super::*;

    fn components<const COUNT: usize>() -> (Scheduler, [ComponentRef; COUNT]) {
        in_scheduler(Scheduler::new())
    }

    fn exactly<const COUNT: usize>() -> (Scheduler, [ComponentRef; COUNT]) {
        in_scheduler(Scheduler::builder().exact_waking().build())
    }

    fn in_scheduler<const COUNT: usize>(mut s: Scheduler) -> (Scheduler, [ComponentRef; COUNT]) {
        let made = [(); COUNT].map(|()| s.activate(Sleeper::default()));
        run_for(&mut s, 5);
        (s, made)
    }

    fn link(s: &Scheduler, source: &ComponentRef, sink: &ComponentRef) -> Linkage {
        s.context(source).link((source, "outbox"), (sink, "inbox")).unwrap()
    }

    fn limit(s: &Scheduler, component: &ComponentRef, size: Option<usize>) {
        s.context(component).set_size((component, "inbox"), size).unwrap();
    }

    /// Sends this many, all of which must be accepted.
    #[track_caller]
    fn send_all(s: &mut Scheduler, source: &ComponentRef, count: usize) {
        for number in 0..count {
            put(s, (source, "outbox"), number);
        }
        run_for(s, 3);
    }

    /// Sends one, which must be refused and come back.
    #[track_caller]
    fn expect_refused(s: &Scheduler, source: &ComponentRef) {
        let refused = s.context(source).send("outbox", 4711usize).unwrap_err();
        assert_eq!(refused.into_message().take::<usize>().unwrap(), 4711);
    }

    /// The size of an inbox can be set.
    #[test]
    fn smoketest() {
        let (s, [a]) = components();
        limit(&s, &a, Some(5));
    }

    /// An inbox of size five takes five.
    #[test]
    fn box_size_gets_limited() {
        let (mut s, [a, b]) = components();
        limit(&s, &b, Some(5));
        link(&s, &a, &b);
        send_all(&mut s, &a, 5);
        assert_eq!(waiting(&s, (&b, "inbox")), 5);
    }

    /// The sixth message to an inbox of size five is refused.
    #[test]
    fn exceed_box_size_and_get_exception() {
        let (mut s, [a, b]) = components();
        limit(&s, &b, Some(5));
        link(&s, &a, &b);
        send_all(&mut s, &a, 5);
        expect_refused(&s, &a);
        assert_eq!(waiting(&s, (&b, "inbox")), 5);
    }

    /// Three collected from a full inbox make room for three more, and not for a fourth.
    #[test]
    fn removing_from_inbox_allows_you_to_put_more_in() {
        let (mut s, [a, b]) = components();
        limit(&s, &b, Some(5));
        link(&s, &a, &b);
        send_all(&mut s, &a, 5);
        for number in 0..3usize {
            assert_eq!(take(&s, (&b, "inbox")), Some(number));
        }
        run_for(&mut s, 3);
        send_all(&mut s, &a, 3);
        expect_refused(&s, &a);
    }

    /// The size of an inbox in the middle of a chain limits nothing, in the exact mode.
    #[test]
    fn size_limit_mid_linkage_chain_has_no_effect() {
        let (mut s, [a, b, c]) = exactly();
        limit(&s, &b, Some(5));
        link(&s, &a, &b);
        s.context(&b).pass_through_inbox((&b, "inbox"), (&c, "inbox")).unwrap();
        send_all(&mut s, &a, 10);
        assert_eq!(waiting(&s, (&c, "inbox")), 10);
    }

    /// It begins to limit when the chain behind it is cut, in the exact mode.
    #[test]
    fn size_limit_mid_linkage_chain_comes_into_effect_if_chain_broken() {
        let (mut s, [a, b, c]) = exactly();
        limit(&s, &b, Some(5));
        link(&s, &a, &b);
        let second = s.context(&b).pass_through_inbox((&b, "inbox"), (&c, "inbox")).unwrap();
        send_all(&mut s, &a, 10);
        s.context(&b).unlink(second);
        run_for(&mut s, 3);
        send_all(&mut s, &a, 5);
        expect_refused(&s, &a);
        assert_eq!((waiting(&s, (&b, "inbox")), waiting(&s, (&c, "inbox"))), (5, 10));
    }

    /// A size of `None` is no limit.
    #[test]
    fn setting_size_limit_to_none_sets_to_unlimited() {
        let (mut s, [a, b]) = components();
        limit(&s, &b, None);
        link(&s, &a, &b);
        send_all(&mut s, &a, 9999);
        assert_eq!(waiting(&s, (&b, "inbox")), 9999);
    }

    /// A limit can be taken off again.
    #[test]
    fn turning_off_size_limit() {
        let (mut s, [a, b]) = components();
        limit(&s, &b, Some(5));
        link(&s, &a, &b);
        send_all(&mut s, &a, 5);
        limit(&s, &b, None);
        run_for(&mut s, 3);
        send_all(&mut s, &a, 500);
        assert_eq!(waiting(&s, (&b, "inbox")), 505);
    }

    /// All who send to one inbox, directly or through others, share its limit.
    #[test]
    fn all_producers_experience_same_size_limit() {
        let (mut s, [a, b, c, d, e]) = components();
        let size = 4 * 4;
        limit(&s, &e, Some(size));
        link(&s, &a, &e);
        link(&s, &b, &e);
        for inner in [&c, &d] {
            s.context(inner).pass_through_outbox((inner, "outbox"), (&b, "outbox")).unwrap();
        }
        run_for(&mut s, 3);
        let mut sent = 0;
        while sent < 100 {
            for producer in [&a, &b, &c, &d] {
                sent += 1;
                if sent <= size {
                    put(&s, (producer, "outbox"), sent);
                } else {
                    expect_refused(&s, producer);
                }
                run_for(&mut s, 3);
            }
        }
    }
}
