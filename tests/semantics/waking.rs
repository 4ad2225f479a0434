//! What wakes a sleeper: promise S8, one test for each of its reasons.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use axon::{Boxes, Component, Context};

use crate::stage::{Still, Worker, act, act_with, ms, said, say, scheduler};

fn with_extra() -> Boxes {
    Boxes::standard().inbox("extra", "a third place to be written to")
}

#[test]
fn s08_a_message_at_any_one_of_its_inboxes_wakes_it() {
    for inbox in ["inbox", "control", "extra"] {
        let mut s = scheduler();
        let sleeper = s.activate(act_with(with_extra, async |cx| {
            cx.pause().await;
            say!("woken with {} in {}", cx.data_ready("extra"), cx.any_ready().unwrap_or_default());
            Ok(())
        }));
        let sender = s.activate(act(async |cx| {
            for _ in 0..3 {
                cx.yield_now().await;
            }
            say!("asleep so far");
            cx.send("outbox", "ding")?;
            Ok(())
        }));
        s.context(&sender).link((&sender, "outbox"), (&sleeper, inbox)).unwrap();
        s.run().unwrap();
        let woken = format!("woken with {} in {inbox}", u32::from(inbox == "extra"));
        assert_eq!(said(), ["asleep so far", woken.as_str()]);
    }
}

#[test]
fn s08_many_messages_in_one_pass_are_one_turn() {
    let mut s = scheduler();
    let sleeper = s.activate(act(async |cx| {
        for _ in 0..2 {
            cx.pause().await;
            say!("woken with {}", cx.drain::<i32>("inbox").count());
        }
        Ok(())
    }));
    let sender = s.activate(act(async |cx| {
        cx.yield_now().await;
        for n in 0..3 {
            cx.send("outbox", n)?;
        }
        for _ in 0..3 {
            cx.yield_now().await;
        }
        cx.send("outbox", 3)?;
        Ok(())
    }));
    s.context(&sender).link((&sender, "outbox"), (&sleeper, "inbox")).unwrap();
    s.run().unwrap();
    assert_eq!(said(), ["woken with 3", "woken with 1"]);
}

#[test]
fn s08_waking_one_sleeper_wakes_no_other() {
    let mut s = scheduler();
    s.activate(Worker { tag: "A", turns: 2, naps: &[1] });
    let b = s.activate(Worker { tag: "B", turns: 2, naps: &[1] });
    let waker = s.add(Still);
    s.run_pass().unwrap();
    said();
    s.context(&waker).unpause(&b);
    for _ in 0..4 {
        s.run_pass().unwrap();
    }
    assert_eq!(said(), ["B turn 2"]);
}

#[test]
fn s08_room_in_a_box_that_refused_it_wakes_it() {
    let mut s = scheduler();
    let reader = s.add(act_with(
        || Boxes::standard().inbox_size("inbox", 1),
        async |cx| {
            for _ in 0..4 {
                cx.yield_now().await;
            }
            say!("takes {:?}", cx.recv_as::<i32>("inbox")?);
            cx.yield_now().await;
            cx.yield_now().await;
            say!("takes {:?}", cx.recv_as::<i32>("inbox")?);
            Ok(())
        },
    ));
    let sender = s.add(act(async |cx| {
        cx.send("outbox", 1)?;
        assert!(cx.send("outbox", 2).is_err());
        cx.pause().await;
        say!("woken by room");
        cx.send("outbox", 3)?;
        Ok(())
    }));
    s.context(&reader).link((&sender, "outbox"), (&reader, "inbox")).unwrap();
    s.activate(reader);
    s.activate(sender);
    s.run().unwrap();
    assert_eq!(said(), ["takes Some(1)", "woken by room", "takes Some(3)"]);
}

#[test]
fn s08_the_end_of_a_child_wakes_its_parent() {
    let mut s = scheduler();
    s.activate(act(async |cx| {
        let child = cx.add_child(Worker { tag: "child", turns: 2, naps: &[] });
        cx.activate(child.clone());
        cx.pause().await;
        say!("woken, child stopped: {}", child.is_stopped());
        Ok(())
    }));
    s.run().unwrap();
    assert_eq!(said(), ["child turn 1", "child turn 2", "woken, child stopped: true"]);
}

#[test]
fn s08_unpause_by_another_wakes_it() {
    let mut s = scheduler();
    let sleeper = s.activate(Worker { tag: "S", turns: 2, naps: &[1] });
    s.activate(act(async move |cx| {
        cx.yield_now().await;
        cx.yield_now().await;
        say!("unpauses");
        cx.unpause(&sleeper);
        Ok(())
    }));
    s.run().unwrap();
    assert_eq!(said(), ["S turn 1", "S pauses", "unpauses", "S turn 2"]);
}

/// Awaits something that another component brings about by a plain waker.
struct Awaits(Rc<RefCell<Bell>>);

#[derive(Default)]
struct Bell {
    rung: bool,
    polls: u32,
    waker: Option<Waker>,
}

impl Component for Awaits {
    async fn main(&mut self, _: &Context) -> axon::Result {
        poll_fn(|task| {
            let mut bell = self.0.borrow_mut();
            bell.polls += 1;
            bell.waker = Some(task.waker().clone());
            if bell.rung { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        say!("heard the bell");
        Ok(())
    }
}

#[test]
fn s08_the_waker_of_a_future_it_awaits_wakes_it() {
    let mut s = scheduler();
    let bell = Rc::new(RefCell::new(Bell::default()));
    s.activate(Awaits(bell.clone()));
    let ringer = bell.clone();
    s.activate(act(async move |cx| {
        for _ in 0..4 {
            cx.yield_now().await;
        }
        let mut bell = ringer.borrow_mut();
        bell.rung = true;
        bell.waker.take().expect("the sleeper left its waker").wake();
        Ok(())
    }));
    s.run().unwrap();
    assert_eq!(said(), ["heard the bell"]);
    assert_eq!(bell.borrow().polls, 2, "asked once before it slept and once when it was woken");
}

#[test]
fn s08_a_waker_wakes_it_also_when_it_awaits_a_timer_beside_the_future() {
    let mut s = scheduler();
    let bell = Rc::new(RefCell::new(Bell::default()));
    let heard = bell.clone();
    s.activate(act(async move |cx: &Context| {
        let start = cx.now();
        let mut timer = pin!(cx.sleep(ms(1000)));
        poll_fn(|task| {
            let mut bell = heard.borrow_mut();
            bell.waker = Some(task.waker().clone());
            if bell.rung { Poll::Ready(()) } else { timer.as_mut().poll(task) }
        })
        .await;
        say!("went on after {:?}", cx.now() - start);
        Ok(())
    }));
    s.activate(act(async move |cx: &Context| {
        cx.sleep(ms(10)).await;
        let mut bell = bell.borrow_mut();
        bell.rung = true;
        bell.waker.take().expect("the sleeper left its waker").wake();
        Ok(())
    }));
    s.run().unwrap();
    assert_eq!(said(), ["went on after 10ms"]);
}

#[test]
fn s08_a_timer_of_its_own_wakes_it_and_so_does_the_end_of_pause_for() {
    let mut s = scheduler();
    s.activate(act(async |cx| {
        let start = cx.now();
        cx.sleep(ms(30)).await;
        say!("timer after {:?}", cx.now() - start);
        cx.pause_for(ms(12)).await;
        say!("pause ran out after {:?}", cx.now() - start);
        Ok(())
    }));
    s.run().unwrap();
    assert_eq!(said(), ["timer after 30ms", "pause ran out after 42ms"]);
}
