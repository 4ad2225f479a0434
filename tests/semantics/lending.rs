//! Inboxes lent to one child after another: promise S20b, and what S27 says of Seq and Carousel.

use axon::chassis::{Carousel, JoinChooserToCarousel, Seq};
use axon::util::{Chooser, PassThrough};
use axon::{Component, Context, Scheduler, pipeline};

use crate::stage::{Still, act, drained, scheduler};

/// Reads so many numbers, sends them on, and ends.
fn takes(count: usize) -> impl Component {
    act(async move |cx: &Context| {
        for _ in 0..count {
            let number = cx.next::<i32>("inbox").await?;
            cx.send("outbox", number)?;
        }
        Ok(())
    })
}

fn passes(s: &mut Scheduler, count: usize) {
    for _ in 0..count {
        s.run_pass().unwrap();
    }
}

#[test]
fn s20b_a_lent_inbox_has_what_the_child_left_unread_before_anything_newer_once_the_child_has_ended() {
    let mut s = scheduler();
    let (parent, feeder) = (s.add(Still), s.add(Still));
    let (cx, hand) = (s.context(&parent), s.context(&feeder));
    hand.link((&feeder, "outbox"), (&parent, "inbox")).unwrap();
    let child = cx.add_child(takes(2));
    let linkage = cx.lend_inbox((&parent, "inbox"), (&child, "inbox")).unwrap();
    cx.activate(&child);
    for number in 1..=4 {
        hand.send("outbox", number).unwrap();
    }
    assert_eq!(cx.data_ready("inbox"), 0, "it is passed through");
    passes(&mut s, 2);
    assert!(child.is_stopped());
    assert!(!cx.linkages().contains(&linkage), "it is cut in the moment of the end");
    hand.send("outbox", 5).unwrap();
    assert_eq!(drained(&s, &parent, "inbox"), "3,4,5");
}

#[test]
fn s20b_what_a_child_had_passed_on_to_its_own_children_comes_back_too_however_deep() {
    let mut s = scheduler();
    let parent = s.add(Still);
    let cx = s.context(&parent);
    let child = cx.add_child(pipeline![pipeline![takes(1), PassThrough::new()], act(async |_| Ok(()))]);
    cx.lend_inbox((&parent, "inbox"), (&child, "inbox")).unwrap();
    cx.activate(&child);
    passes(&mut s, 3);
    for number in 1..=3 {
        cx.deliver_to(&parent, "inbox", number).unwrap();
    }
    passes(&mut s, 1);
    cx.deliver_to(&parent, "inbox", 4).unwrap();
    assert_eq!(cx.data_ready("inbox"), 0, "the first stage has ended, the child has not");
    cx.stop(&child);
    assert_eq!(drained(&s, &parent, "inbox"), "2,3,4");
}

#[test]
fn s20b_it_comes_back_from_a_child_that_fails_or_is_stopped_and_the_next_may_have_it() {
    let mut s = Scheduler::builder().virtual_clock().immortal().build();
    let parent = s.add(Still);
    let cx = s.context(&parent);
    let fails = || act(async |cx| Err(format!("after {}", cx.next::<i32>("inbox").await?).into()));
    for number in 1..=3 {
        cx.deliver_to(&parent, "inbox", number).unwrap();
    }
    for left in [2, 1] {
        let child = cx.add_child(fails());
        cx.lend_inbox((&parent, "inbox"), (&child, "inbox")).unwrap();
        cx.activate(&child);
        passes(&mut s, 2);
        assert!(child.is_stopped(), "it has failed, and left {left}");
    }
    let child = cx.add_child(fails());
    cx.lend_inbox((&parent, "inbox"), (&child, "inbox")).unwrap();
    cx.stop(&child);
    assert_eq!(drained(&s, &parent, "inbox"), "3");
}

#[test]
fn s27_nothing_that_is_sent_to_a_seq_or_a_carousel_is_lost_between_one_and_the_next() {
    let mut s = scheduler();
    let neighbour = s.add(Still);
    let carousel = Carousel::new(|count: usize| takes(count)).make_first_request();
    for chassis in [
        s.activate(Seq::new().then(takes(1)).then(pipeline![takes(2)]).then(takes(0)).then(takes(7))),
        s.activate(JoinChooserToCarousel::new(Chooser::new([1usize, 2, 0, 7]), carousel)),
    ] {
        let cx = s.context(&neighbour);
        let linkage = cx.link((&chassis, "outbox"), (&neighbour, "inbox")).unwrap();
        for number in 1..=10 {
            cx.deliver_to(&chassis, "inbox", number).unwrap();
            s.run_pass().unwrap();
        }
        passes(&mut s, 50);
        assert_eq!(drained(&s, &neighbour, "inbox"), "1,2,3,4,5,6,7,8,9,10", "{chassis}");
        s.context(&neighbour).unlink(linkage);
    }
}
