//! Making and cutting linkages: promises S18, S19, S19a, S20, S21 and S23.

use axon::{Boxes, Component, Context, error::LinkError};

use crate::stage::{Still, act, drained, said, say, scheduler};

/// An inbox that holds two messages.
struct Two;

impl Component for Two {
    fn boxes(&self) -> Boxes {
        Boxes::standard().inbox_size("inbox", 2)
    }

    async fn main(&mut self, _: &Context) -> axon::Result {
        Ok(())
    }
}

#[test]
fn s18_a_second_destination_is_refused_and_changes_nothing() {
    let s = scheduler();
    let [a, b, c] = [0; 3].map(|_| s.add(Still));
    let cx = s.context(&a);
    cx.link((&a, "outbox"), (&b, "inbox")).unwrap();
    let refused = cx.link((&a, "outbox"), (&c, "inbox")).unwrap_err();
    assert!(matches!(refused, LinkError::BoxAlreadyLinkedToDestination { .. }), "{refused:?}");
    let text = refused.to_string();
    for name in [&a.name(), "outbox", &b.name(), "inbox"] {
        assert!(text.contains(name), "names the box and where it leads already: {text}");
    }
    cx.send("outbox", 1).unwrap();
    assert_eq!((drained(&s, &b, "inbox"), drained(&s, &c, "inbox")), ("1".into(), "-".into()));
    assert_eq!(cx.linkages().len(), 1);
}

#[test]
fn s18_the_same_linkage_twice_is_refused_too_whoever_makes_it() {
    let s = scheduler();
    let [a, b, other] = [0; 3].map(|_| s.add(Still));
    s.context(&a).pass_through_inbox((&a, "inbox"), (&b, "inbox")).unwrap();
    let refused = s.context(&other).pass_through_inbox((&a, "inbox"), (&b, "inbox")).unwrap_err();
    assert!(matches!(refused, LinkError::BoxAlreadyLinkedToDestination { .. }), "{refused:?}");
}

#[test]
fn s18_a_destination_may_have_any_number_of_sources() {
    let s = scheduler();
    let sink = s.add(Still);
    for n in 0..20 {
        let source = s.add(Still);
        s.context(&source).link((&source, "outbox"), (&sink, "inbox")).unwrap();
        s.context(&source).send("outbox", n).unwrap();
    }
    assert_eq!(s.context(&sink).data_ready("inbox"), 20);
}

#[test]
fn s19_linking_a_box_that_holds_messages_moves_them_on_before_anything_newer() {
    let s = scheduler();
    let [a, b, c, d] = [0; 4].map(|_| s.add(Still));
    let cx = s.context(&a);
    cx.link((&a, "outbox"), (&b, "inbox")).unwrap();
    for n in 0..3 {
        cx.send("outbox", n).unwrap();
    }
    cx.pass_through_inbox((&b, "inbox"), (&c, "inbox")).unwrap();
    cx.send("outbox", 3).unwrap();
    assert_eq!([&b, &c].map(|x| s.context(x).data_ready("inbox")), [0, 4]);
    cx.pass_through_inbox((&c, "inbox"), (&d, "inbox")).unwrap();
    cx.send("outbox", 4).unwrap();
    assert_eq!(drained(&s, &d, "inbox"), "0,1,2,3,4");
}

#[test]
fn s19_the_move_wakes_the_new_owner() {
    let mut s = scheduler();
    let b = s.add(Still);
    let c = s.activate(act(async |cx| {
        cx.pause().await;
        say!("c woken with {}", cx.data_ready("inbox"));
        Ok(())
    }));
    let a = s.add(Still);
    s.context(&a).link((&a, "outbox"), (&b, "inbox")).unwrap();
    s.context(&a).send("outbox", 1).unwrap();
    s.run_pass().unwrap();
    s.run_pass().unwrap();
    s.context(&b).pass_through_inbox((&b, "inbox"), (&c, "inbox")).unwrap();
    s.run().unwrap();
    assert_eq!(said(), ["c woken with 1"]);
}

#[test]
fn s19_all_that_waits_moves_on_in_order_though_the_new_destination_has_less_room() {
    let s = scheduler();
    let (a, b, small) = (s.add(Still), s.add(Still), s.add(Two));
    let cx = s.context(&a);
    cx.link((&a, "outbox"), (&b, "inbox")).unwrap();
    for n in 0..5 {
        cx.send("outbox", n).unwrap();
    }
    cx.pass_through_inbox((&b, "inbox"), (&small, "inbox")).unwrap();
    assert_eq!([&b, &small].map(|component| s.context(component).data_ready("inbox")), [0, 5]);
    for waiting in (2..=5).rev() {
        assert!(cx.send("outbox", 5).is_err(), "{waiting} wait, and it takes 2");
        s.context(&small).recv("inbox").unwrap();
    }
    cx.send("outbox", 5).unwrap();
    assert_eq!(drained(&s, &small, "inbox"), "4,5");
}

#[test]
fn s19a_collecting_from_the_middle_of_a_chain_is_an_error_that_names_the_box() {
    let mut s = scheduler();
    let far = s.add(Still);
    let thief = s.activate(act(async |cx| {
        cx.recv("inbox");
        Ok(())
    }));
    let cx = s.context(&thief);
    cx.pass_through_inbox((&thief, "inbox"), (&far, "inbox")).unwrap();
    let source = s.add(Still);
    cx.link((&source, "outbox"), (&thief, "inbox")).unwrap();
    s.context(&source).send("outbox", 9).unwrap();
    let text = s.run().unwrap_err().to_string();
    assert!(text.contains(&thief.name()) && text.contains("inbox") && text.contains(&far.name()), "{text}");
    assert_eq!(drained(&s, &far, "inbox"), "9", "nothing was stolen");
}

#[test]
fn s20_unlinking_gives_the_source_its_own_storage_again() {
    let s = scheduler();
    let [a, b, c] = [0; 3].map(|_| s.add(Still));
    let cx = s.context(&a);
    cx.link((&a, "outbox"), (&b, "inbox")).unwrap();
    let onward = cx.pass_through_inbox((&b, "inbox"), (&c, "inbox")).unwrap();
    cx.send("outbox", 1).unwrap();
    cx.unlink(&onward);
    cx.send("outbox", 2).unwrap();
    assert_eq!((drained(&s, &b, "inbox"), drained(&s, &c, "inbox")), ("2".into(), "1".into()));
}

#[test]
fn s20_the_whole_chain_behind_a_cut_delivers_to_the_nearer_box_and_can_be_joined_again() {
    let s = scheduler();
    let [source, outer, a, b, c] = [0; 5].map(|_| s.add(Still));
    let cx = s.context(&source);
    cx.pass_through_outbox((&source, "outbox"), (&outer, "outbox")).unwrap();
    cx.link((&outer, "outbox"), (&a, "inbox")).unwrap();
    cx.pass_through_inbox((&a, "inbox"), (&b, "inbox")).unwrap();
    let last = cx.pass_through_inbox((&b, "inbox"), (&c, "inbox")).unwrap();
    cx.send("outbox", 1).unwrap();
    cx.unlink(&last);
    cx.send("outbox", 2).unwrap();
    assert_eq!([&a, &b, &c].map(|x| s.context(x).data_ready("inbox")), [0, 1, 1]);
    cx.pass_through_inbox((&b, "inbox"), (&c, "inbox")).unwrap();
    cx.send("outbox", 3).unwrap();
    assert_eq!(drained(&s, &c, "inbox"), "1,2,3");
}

#[test]
fn s21_a_chain_that_would_close_into_a_circle_is_refused_and_changes_nothing() {
    let s = scheduler();
    let [a, b, c] = [0; 3].map(|_| s.add(Still));
    let cx = s.context(&a);
    let itself = cx.pass_through_inbox((&a, "inbox"), (&a, "inbox")).unwrap_err();
    assert!(itself.to_string().contains(&a.name()), "{itself}");
    cx.pass_through_inbox((&a, "inbox"), (&b, "inbox")).unwrap();
    cx.pass_through_inbox((&b, "inbox"), (&c, "inbox")).unwrap();
    let refused = cx.pass_through_inbox((&c, "inbox"), (&a, "inbox")).unwrap_err();
    let text = refused.to_string();
    assert!(text.contains(&c.name()) && text.contains(&a.name()) && text.contains("inbox"), "{text}");
    assert!(!matches!(refused, LinkError::BoxAlreadyLinkedToDestination { .. }), "{refused:?}");
    assert_eq!(cx.linkages().len(), 2);

    let source = s.add(Still);
    cx.link((&source, "outbox"), (&a, "inbox")).unwrap();
    s.context(&source).send("outbox", 1).unwrap();
    assert_eq!(drained(&s, &c, "inbox"), "1");
}

#[test]
fn s21_outboxes_cannot_close_into_a_circle_either_but_components_may() {
    let s = scheduler();
    let [a, b] = [0; 2].map(|_| s.add(Still));
    let cx = s.context(&a);
    cx.pass_through_outbox((&a, "signal"), (&b, "signal")).unwrap();
    cx.pass_through_outbox((&b, "signal"), (&a, "signal")).unwrap_err();

    cx.link((&a, "outbox"), (&b, "inbox")).unwrap();
    cx.link((&b, "outbox"), (&a, "inbox")).unwrap();
    cx.send("outbox", 1).unwrap();
    s.context(&b).send("outbox", 2).unwrap();
    assert_eq!((drained(&s, &b, "inbox"), drained(&s, &a, "inbox")), ("1".into(), "2".into()));
}

#[test]
fn s23_each_lists_and_cuts_its_own_linkages_only() {
    let s = scheduler();
    let [p, q, r, one, two] = [0; 5].map(|_| s.add(Still));
    let (first, second) = (s.context(&one), s.context(&two));
    first.link((&p, "outbox"), (&q, "inbox")).unwrap();
    first.link((&q, "outbox"), (&r, "inbox")).unwrap();
    let kept = first.link((&p, "signal"), (&r, "control")).unwrap();
    let foreign = second.link((&q, "signal"), (&p, "control")).unwrap();
    first.unlink(&foreign);
    assert_eq!((first.linkages().len(), second.linkages().len()), (3, 1));
    first.unlink_component(&q);
    assert_eq!(first.linkages(), [kept]);
    assert_eq!(second.linkages(), [foreign]);

    for (from, outbox) in [(&p, "outbox"), (&q, "outbox"), (&p, "signal"), (&q, "signal")] {
        s.context(from).send(outbox, "x").unwrap();
    }
    let held = [(&q, "inbox"), (&r, "inbox"), (&r, "control"), (&p, "control")];
    assert_eq!(held.map(|(c, inbox)| drained(&s, c, inbox)), ["-", "-", "x", "x"]);
}

#[test]
fn s23_cutting_a_linkage_twice_is_harmless_even_when_the_box_is_linked_anew() {
    let s = scheduler();
    let [a, b] = [0; 2].map(|_| s.add(Still));
    let cx = s.context(&a);
    let old = cx.link((&a, "outbox"), (&b, "inbox")).unwrap();
    cx.unlink(&old);
    let new = cx.link((&a, "outbox"), (&b, "inbox")).unwrap();
    cx.unlink(&old);
    cx.send("outbox", 1).unwrap();
    assert_eq!((drained(&s, &b, "inbox"), cx.linkages()), ("1".into(), vec![new]));
    assert_eq!(said(), [""; 0]);
}

#[test]
fn s23_a_linkage_of_another_scheduler_is_not_cut_however_alike_their_numbers_are() {
    let [(one, first), (two, second)] = [(); 2].map(|()| {
        let s = scheduler();
        let a = s.add(Still);
        let linkage = s.context(&a).link((&a, "outbox"), (&s.add(Still), "inbox")).unwrap();
        ((s, a), linkage)
    });
    assert_eq!(first.to_string(), second.to_string());
    assert_ne!(first, second);
    let ((s, a), (_, b)) = (&one, &two);
    s.context(a).unlink(&second);
    assert_eq!(s.context(a).linkages(), [first]);
    assert_eq!(two.0.context(b).linkages(), [second]);
}

#[test]
fn s20_who_waits_for_room_is_woken_when_its_linkage_is_cut_or_the_full_box_is_linked_on() {
    for cut in [true, false] {
        let mut s = scheduler();
        let (full, further, filler) = (s.add(Two), s.add(Still), s.add(Still));
        let cx = s.context(&filler);
        cx.link((&filler, "outbox"), (&full, "inbox")).unwrap();
        cx.send("outbox", 1).unwrap();
        cx.send("outbox", 2).unwrap();
        let source = s.activate(act(async |cx| {
            cx.send_when_room("outbox", 3).await.expect("nobody stops it");
            say!("went on");
            Ok(())
        }));
        let linkage = cx.link((&source, "outbox"), (&full, "inbox")).unwrap();
        s.run_pass().unwrap();
        s.run_pass().unwrap();
        if cut {
            cx.unlink(&linkage);
        } else {
            cx.pass_through_inbox((&full, "inbox"), (&further, "inbox")).unwrap();
            assert_eq!(drained(&s, &further, "inbox"), "1,2");
        }
        s.run().unwrap();
        assert_eq!(said(), ["went on"]);
        let (sink, holds) = if cut { (&full, "1,2") } else { (&further, "3") };
        assert_eq!(drained(&s, sink, "inbox"), holds);
    }
}
