//! Inboxes found once, to deliver at: `Context::address` and `Context::deliver_at`.

use axon::{ComponentRef, Scheduler, error::UndeliveredError};

use crate::stage::{Still, act, drained, said, say, scheduler};

/// Components that do not run.
fn cast<const N: usize>(s: &Scheduler) -> [ComponentRef; N] {
    std::array::from_fn(|_| s.add(Still))
}

#[test]
fn what_is_delivered_at_an_address_lies_in_the_inbox_in_order() {
    let s = scheduler();
    let [from, to] = cast(&s);
    let cx = s.context(&from);
    let address = cx.address((&to, "inbox")).unwrap();
    for number in [1, 2, 3] {
        cx.deliver_at(&address, number).unwrap();
    }
    assert_eq!(address.component(), &to);
    assert_eq!(drained(&s, &to, "inbox"), "1,2,3");
}

#[test]
fn a_delivery_wakes_who_sleeps_there() {
    let mut s = scheduler();
    let sleeper = s.activate(act(async |cx| {
        let number: i32 = cx.next("inbox").await?;
        say!("got {number}");
        Ok(())
    }));
    s.run_pass().unwrap();
    let cx = s.context(&sleeper);
    cx.deliver_at(&cx.address((&sleeper, "inbox")).unwrap(), 5).unwrap();
    s.run().unwrap();
    assert_eq!(said(), ["got 5"]);
}

#[test]
fn an_address_follows_where_the_inbox_is_passed_through_to() {
    let s = scheduler();
    let [maker, outer, inner] = cast(&s);
    let cx = s.context(&maker);
    let address = cx.address((&outer, "inbox")).unwrap();
    let linkage = cx.pass_through_inbox((&outer, "inbox"), (&inner, "inbox")).unwrap();
    cx.deliver_at(&address, 1).unwrap();
    cx.unlink(&linkage);
    cx.deliver_at(&address, 2).unwrap();
    assert_eq!((drained(&s, &inner, "inbox"), drained(&s, &outer, "inbox")), ("1".into(), "2".into()));
}

#[test]
fn a_full_box_gives_the_message_back_and_wakes_the_sender_when_there_is_room() {
    let mut s = scheduler();
    let to = s.add(Still);
    let own = s.context(&to);
    own.set_size((&to, "inbox"), Some(1)).unwrap();
    let there = to.clone();
    s.activate(act(async move |cx| {
        let address = cx.address((&there, "inbox"))?;
        cx.deliver_at(&address, 1)?;
        let refused = cx.deliver_at(&address, 2).unwrap_err();
        assert!(matches!(&refused, UndeliveredError::Full(full) if full.size() == 1));
        assert!(refused.to_string().contains("is full (1 of 1 messages); a pause ends"), "{refused}");
        cx.pause().await;
        cx.deliver_at(&address, refused.into_message())?;
        say!("goes on");
        Ok(())
    }));
    s.run_pass().unwrap();
    assert_eq!(own.recv_as::<i32>("inbox").unwrap(), Some(1));
    s.run().unwrap();
    assert_eq!((said(), own.recv_as::<i32>("inbox").unwrap()), (vec!["goes on".to_owned()], Some(2)));
}

#[test]
fn one_that_has_ended_gets_nothing_and_the_message_comes_back() {
    let mut s = scheduler();
    let from = s.add(Still);
    let ended = s.activate(act(async |_| Ok(())));
    let cx = s.context(&from);
    let address = cx.address((&ended, "inbox")).unwrap();
    s.run().unwrap();
    let refused = cx.deliver_at(&address, 7).unwrap_err();
    assert_eq!(refused.to_string(), format!("nobody is left to deliver to: {ended} has ended"));
    assert!(matches!(refused, UndeliveredError::Gone(_)));
    assert_eq!(refused.into_message().take::<i32>().unwrap(), 7);
    assert_eq!(drained(&s, &ended, "inbox"), "-");
}

#[test]
fn an_added_inbox_that_was_deleted_is_gone_also_when_another_has_its_place() {
    let s = scheduler();
    let [from, to, other] = cast(&s);
    let (cx, own) = (s.context(&from), s.context(&to));
    own.add_inbox("extra");
    let address = cx.address((&to, "extra")).unwrap();
    cx.deliver_at(&address, 1).unwrap();
    assert_eq!(own.delete_inbox("extra").unwrap().len(), 1);
    s.context(&other).add_inbox("stranger");
    let refused = cx.deliver_at(&address, 2).unwrap_err();
    assert!(refused.to_string().ends_with("has no inbox \"extra\" any more"), "{refused}");
    assert_eq!(drained(&s, &other, "stranger"), "-");
    own.add_inbox("extra");
    cx.deliver_at(&address, 3).unwrap();
    assert_eq!(drained(&s, &to, "extra"), "3");
}

#[test]
fn an_unknown_inbox_has_no_address() {
    let s = scheduler();
    let [from, to] = cast(&s);
    let unknown = s.context(&from).address((&to, "inbux")).unwrap_err();
    assert_eq!(
        unknown.to_string(),
        format!("{to} has no inbox \"inbux\"; it has \"inbox\", \"control\"; did you mean \"inbox\"?")
    );
}

#[test]
#[should_panic(expected = "lives in another scheduler")]
fn an_address_of_another_scheduler_is_a_mistake() {
    let (s, elsewhere) = (scheduler(), scheduler());
    let [there] = cast(&elsewhere);
    let address = elsewhere.context(&there).address((&there, "inbox")).unwrap();
    let [here] = cast(&s);
    let _ = s.context(&here).deliver_at(&address, 1);
}
