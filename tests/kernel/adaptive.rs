//! Boxes that come and go while linkages lead to them and senders wait at them.

use axon::{ComponentRef, Context, Scheduler};

use crate::stage::{Still, act, drained, said, say, scheduler};

/// Components that do not run, and one to act as a maker of linkages.
fn cast<const N: usize>(s: &Scheduler) -> [ComponentRef; N] {
    std::array::from_fn(|_| s.add(Still))
}

fn send(s: &Scheduler, from: &ComponentRef, outbox: &str, number: i32) {
    s.context(from).send(outbox, number).unwrap();
}

#[test]
fn a_deleted_inbox_hands_back_its_messages_in_order_and_what_is_sent_there_afterwards_is_discarded() {
    let s = scheduler();
    let [maker, source, sink] = cast(&s);
    let (cx, own) = (s.context(&maker), s.context(&sink));
    let name = own.add_inbox("extra");
    let linkage = cx.link((&source, "outbox"), (&sink, &name)).unwrap();
    for number in [1, 2, 3] {
        send(&s, &source, "outbox", number);
    }
    let left = own.delete_inbox(&name).unwrap();
    let left: Vec<i32> = left.into_iter().map(|message| message.take().unwrap()).collect();
    assert_eq!(left, [1, 2, 3]);
    assert!(cx.linkages().is_empty(), "its maker has it no longer");
    cx.unlink(linkage);
    send(&s, &source, "outbox", 4);
    cx.link((&source, "outbox"), (&sink, "inbox")).expect("the source is free again");
    send(&s, &source, "outbox", 5);
    assert_eq!(drained(&s, &sink, "inbox"), "5");
}

#[test]
fn a_chain_through_a_deleted_inbox_is_cut_on_both_sides_of_it() {
    let s = scheduler();
    let [maker, source, outer, middle, inner] = cast(&s);
    let (cx, own) = (s.context(&maker), s.context(&middle));
    let name = own.add_inbox("extra");
    cx.link((&source, "outbox"), (&outer, "inbox")).unwrap();
    cx.pass_through_inbox((&outer, "inbox"), (&middle, &name)).unwrap();
    cx.pass_through_inbox((&middle, &name), (&inner, "inbox")).unwrap();
    send(&s, &source, "outbox", 1);
    assert!(own.delete_inbox(&name).unwrap().is_empty(), "what went through it is not in it");
    assert_eq!(drained(&s, &inner, "inbox"), "1", "what was delivered stays delivered");
    send(&s, &source, "outbox", 2);
    assert_eq!(drained(&s, &outer, "inbox"), "2", "the box before it stores again");
    assert_eq!(drained(&s, &inner, "inbox"), "-");
    assert_eq!(cx.linkages().len(), 1);
}

#[test]
fn a_chain_through_a_deleted_outbox_is_cut_on_both_sides_of_it() {
    let s = scheduler();
    let [maker, inner, middle, outer, sink] = cast(&s);
    let (cx, own) = (s.context(&maker), s.context(&middle));
    let name = own.add_outbox("extra");
    cx.pass_through_outbox((&inner, "outbox"), (&middle, &name)).unwrap();
    cx.pass_through_outbox((&middle, &name), (&outer, "outbox")).unwrap();
    cx.link((&outer, "outbox"), (&sink, "inbox")).unwrap();
    send(&s, &inner, "outbox", 1);
    own.delete_outbox(&name).unwrap();
    send(&s, &inner, "outbox", 2);
    send(&s, &outer, "outbox", 3);
    assert_eq!(drained(&s, &sink, "inbox"), "1,3");
    assert_eq!(cx.linkages().len(), 1);
}

#[test]
fn many_sources_of_a_deleted_inbox_are_all_free_again() {
    let s = scheduler();
    let [maker, one, two, sink] = cast(&s);
    let (cx, own) = (s.context(&maker), s.context(&sink));
    let name = own.add_inbox("extra");
    for source in [&one, &two] {
        cx.link((source, "outbox"), (&sink, &name)).unwrap();
    }
    own.delete_inbox(&name).unwrap();
    for source in [&one, &two] {
        cx.link((source, "outbox"), (&sink, "inbox")).unwrap();
    }
    send(&s, &one, "outbox", 1);
    send(&s, &two, "outbox", 2);
    assert_eq!(drained(&s, &sink, "inbox"), "1,2");
}

/// Sends to a full box that its owner then deletes; how it was refused is up to `attempt`.
fn waits_at_a_box_that_is_deleted(direct: bool) {
    let mut s = scheduler();
    let owner = s.add(act(async |cx| {
        for _ in 0..4 {
            cx.yield_now().await;
        }
        let left = cx.delete_inbox("extra")?;
        say!("deleted with {}", left.len());
        Ok(())
    }));
    let own = s.context(&owner);
    assert_eq!(own.add_inbox("extra"), "extra");
    own.set_size((&owner, "extra"), Some(1)).unwrap();
    let to = owner.clone();
    s.activate(act(async move |cx: &Context| {
        if direct {
            cx.deliver_to(&to, "extra", 1)?;
            assert_eq!(cx.deliver_to(&to, "extra", 2).unwrap_err().size(), 1);
            cx.pause().await;
        } else {
            cx.link((cx.me(), "outbox"), (&to, "extra"))?;
            cx.send("outbox", 1)?;
            cx.send_when_room("outbox", 2).await.unwrap();
        }
        say!("goes on");
        Ok(())
    }));
    s.activate(owner);
    s.run().expect("nobody waits for room in a box that is not there");
    assert_eq!(said(), ["deleted with 1", "goes on"]);
}

#[test]
fn who_was_refused_through_a_linkage_is_woken_when_the_full_inbox_is_deleted() {
    waits_at_a_box_that_is_deleted(false);
}

#[test]
fn who_was_refused_without_a_linkage_is_woken_when_the_full_inbox_is_deleted() {
    waits_at_a_box_that_is_deleted(true);
}

#[test]
fn who_was_refused_is_woken_when_the_outbox_it_sends_by_is_deleted() {
    let mut s = scheduler();
    let [maker, sink] = cast(&s);
    s.context(&maker).set_size((&sink, "inbox"), Some(0)).unwrap();
    let (to, maker) = (sink.clone(), maker.clone());
    let sender = s.add(act(async move |cx: &Context| {
        let name = cx.add_outbox("extra");
        cx.link((cx.me(), &name), (&to, "inbox"))?;
        assert!(cx.send(&name, 1).is_err());
        let me = cx.me().clone();
        let helper = cx.add_child(act(async move |cx: &Context| {
            cx.yield_now().await;
            cx.unpause(&me);
            Ok(())
        }));
        cx.activate(helper);
        cx.pause().await;
        cx.delete_outbox(&name)?;
        say!("deleted");
        cx.pause().await;
        say!("woken");
        Ok(())
    }));
    s.activate(sender);
    s.run().unwrap();
    assert_eq!(said(), ["deleted", "woken"]);
    drop(maker);
}

#[test]
fn a_new_box_in_the_place_of_a_deleted_one_knows_nothing_of_it() {
    let s = scheduler();
    let [maker, source, sink] = cast(&s);
    let (cx, own) = (s.context(&maker), s.context(&sink));
    for round in 0..3 {
        let name = own.add_inbox("extra");
        own.set_size((&sink, &name), Some(1)).unwrap();
        cx.link((&source, "outbox"), (&sink, &name)).unwrap();
        assert_eq!(own.data_ready(&name), 0);
        send(&s, &source, "outbox", round);
        assert!(s.context(&source).send("outbox", 9).is_err());
        assert_eq!(own.delete_inbox(&name).unwrap().len(), 1);
        assert!(!own.has_inbox(&sink, &name));
    }
    let name = own.add_inbox("extra");
    assert_eq!(own.size((&sink, &name)), Ok(None), "nor of its limit");
}

#[test]
fn a_declared_box_and_one_that_was_deleted_cannot_be_deleted() {
    let s = scheduler();
    let [owner] = cast(&s);
    let own = s.context(&owner);
    own.add_inbox("extra");
    let error = own.delete_inbox("inbox").unwrap_err().to_string();
    assert!(error.contains("\"extra\"") && error.contains(&owner.name()), "{error}");
    own.delete_inbox("extra").unwrap();
    own.delete_inbox("extra").unwrap_err();
    own.delete_outbox("outbox").unwrap_err();
}
