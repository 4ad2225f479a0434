//! Boxes that were added and are deleted again: promise S20a. `tests/kernel/adaptive.rs` has more of it.

use crate::stage::{Still, act, drained, said, say, scheduler};

#[test]
fn s20a_a_deleted_inbox_hands_back_its_messages_and_the_linkages_that_touch_it_are_cut() {
    let s = scheduler();
    let [maker, source, outer, owner, inner] = [0; 5].map(|_| s.add(Still));
    let (cx, own) = (s.context(&maker), s.context(&owner));
    let (plain, middle) = (own.add_inbox("plain"), own.add_inbox("middle"));
    cx.link((&source, "signal"), (&owner, &plain)).unwrap();
    cx.link((&source, "outbox"), (&outer, "inbox")).unwrap();
    cx.pass_through_inbox((&outer, "inbox"), (&owner, &middle)).unwrap();
    cx.pass_through_inbox((&owner, &middle), (&inner, "inbox")).unwrap();
    for number in [1, 2] {
        s.context(&source).send("signal", number).unwrap();
        s.context(&source).send("outbox", number).unwrap();
    }
    let left: Vec<i32> = own.delete_inbox(&plain).unwrap().into_iter().map(|m| m.take().unwrap()).collect();
    assert_eq!(left, [1, 2]);
    assert!(own.delete_inbox(&middle).unwrap().is_empty());
    assert_eq!(cx.linkages().len(), 1);
    for outbox in ["signal", "outbox"] {
        s.context(&source).send(outbox, 3).unwrap();
    }
    assert_eq!((drained(&s, &inner, "inbox"), drained(&s, &outer, "inbox")), ("1,2".into(), "3".into()));
}

#[test]
fn s20a_whoever_a_deleted_inbox_had_refused_is_woken() {
    let mut s = scheduler();
    let owner = s.add(Still);
    let own = s.context(&owner);
    let name = own.add_inbox("extra");
    own.set_size((&owner, &name), Some(0)).unwrap();
    let to = owner.clone();
    s.activate(act(async move |cx| {
        cx.deliver_to(&to, "extra", 1).unwrap_err();
        cx.pause().await;
        say!("woken");
        Ok(())
    }));
    s.run_pass().unwrap();
    own.delete_inbox(&name).unwrap();
    s.run().unwrap();
    assert_eq!(said(), ["woken"]);
}
