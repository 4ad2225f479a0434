//! The loop of most components, until they are told to end, and what is passed on then: promise S25b.

use axon::{
    Boxes, Component, ComponentRef, Context, Ending, Message, Notice, ProducerFinished, Scheduler,
    ShutdownMicroprocess, ThreadContext,
};

use crate::stage::{Still, act, act_with, blocks, ms, said, say, scheduler};

/// The loop, and a last message after it.
struct Looper;

impl Component for Looper {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        while let Some(number) = cx.next_or_end::<i32>("inbox").await? {
            cx.send("outbox", number)?;
        }
        cx.yield_now().await;
        Ok(cx.send("outbox", -1)?)
    }
}

/// A component, and a boss whose outbox and signal lead to it, and to whom its outbox and signal lead.
fn with_boss(s: &Scheduler, component: impl Component) -> (ComponentRef, ComponentRef) {
    let (looper, boss) = (s.activate(component), s.add(Still));
    let cx = s.context(&boss);
    for (from, to) in [("outbox", "inbox"), ("signal", "control")] {
        cx.link((&boss, from), (&looper, to)).unwrap();
        cx.link((&looper, from), (&boss, to)).unwrap();
    }
    (looper, boss)
}

/// The numbers that the boss got in `inbox`.
fn numbers(cx: &Context) -> Vec<i32> {
    cx.drain("inbox").map(Result::unwrap).collect()
}

/// The endings that the boss got in `control`.
fn endings(cx: &Context) -> Vec<Ending> {
    std::iter::from_fn(|| cx.recv("control")).filter_map(|message| message.ending()).collect()
}

#[test]
fn s25b_all_that_waits_is_delivered_before_producer_finished_ends_the_loop() {
    let mut s = scheduler();
    let (looper, boss) = with_boss(&s, Looper);
    let cx = s.context(&boss);
    cx.send("signal", ProducerFinished::new()).unwrap();
    (0..3).for_each(|n| cx.send("outbox", n).unwrap());
    s.run().unwrap();
    assert!(looper.is_stopped());
    assert_eq!(numbers(&cx), [0, 1, 2, -1]);
    assert_eq!(endings(&cx), [Ending::ProducerFinished]);
}

#[test]
fn s25b_shutdown_microprocess_ends_the_loop_at_once_whatever_waits_and_whatever_came_before() {
    for before in [None, Some(ProducerFinished::new())] {
        let mut s = scheduler();
        let (_, boss) = with_boss(&s, Looper);
        let cx = s.context(&boss);
        (0..3).for_each(|n| cx.send("outbox", n).unwrap());
        if let Some(notice) = before {
            cx.send("signal", notice).unwrap();
        }
        cx.send("signal", ShutdownMicroprocess::new()).unwrap();
        s.run().unwrap();
        assert_eq!(numbers(&cx), [-1]);
        assert_eq!(endings(&cx), [Ending::ShutdownMicroprocess]);
    }
}

#[test]
fn s25b_shutdown_microprocess_ends_the_loop_in_the_middle_of_what_waits() {
    let mut s = scheduler();
    let (looper, boss) = with_boss(
        &s,
        act(async |cx| {
            while let Some(number) = cx.next_or_end::<i32>("inbox").await? {
                cx.send("outbox", number)?;
                cx.yield_now().await;
            }
            Ok(())
        }),
    );
    let cx = s.context(&boss);
    (0..10).for_each(|n| cx.send("outbox", n).unwrap());
    s.run_pass().unwrap();
    cx.send("signal", ShutdownMicroprocess::new()).unwrap();
    s.run().unwrap();
    assert_eq!(numbers(&cx), [0]);
    assert!(looper.is_stopped());
}

#[test]
fn s25b_what_ended_the_loop_is_passed_on_after_all_that_main_sends() {
    let mut s = scheduler();
    let (_, boss) = with_boss(&s, Looper);
    let cx = s.context(&boss);
    cx.send("signal", ProducerFinished::new()).unwrap();
    s.run_pass().unwrap();
    assert_eq!((numbers(&cx), endings(&cx)), (vec![], vec![]), "it has one more turn to take");
    s.run().unwrap();
    assert_eq!((numbers(&cx), endings(&cx)), (vec![-1], vec![Ending::ProducerFinished]));
}

/// A leaf of the tree of endings that another crate has added.
#[derive(Debug)]
struct SocketShutdown;

impl Notice for SocketShutdown {
    fn ending(&self) -> Ending {
        Ending::ShutdownMicroprocess
    }
}

#[test]
fn s25b_the_notice_is_passed_on_as_itself_and_what_ends_nobody_before_it() {
    let mut s = scheduler();
    let (looper, boss) = with_boss(&s, Looper);
    let cx = s.context(&boss);
    cx.send("signal", "one").unwrap();
    for _ in 0..3 {
        s.run_pass().unwrap();
    }
    assert!(looper.is_active());
    assert_eq!(cx.recv_as::<&str>("control").unwrap(), Some("one"), "passed on at once");
    cx.send("signal", "two").unwrap();
    cx.send("signal", Message::notice(SocketShutdown)).unwrap();
    s.run().unwrap();
    assert_eq!(cx.recv_as::<&str>("control").unwrap(), Some("two"));
    assert!(cx.recv("control").expect("passed on").is::<SocketShutdown>());
    assert!(cx.recv("control").is_none(), "once");
}

#[test]
fn s25b_what_the_loop_cannot_pass_on_yet_waits_and_is_not_lost() {
    let mut s = scheduler();
    let (_, boss) = with_boss(&s, Looper);
    let cx = s.context(&boss);
    cx.set_size((&boss, "control"), Some(1)).unwrap();
    cx.send("signal", "one").unwrap();
    cx.send("signal", "two").unwrap();
    cx.send("signal", ProducerFinished::new()).unwrap();
    cx.send("outbox", 7).unwrap();
    for _ in 0..3 {
        s.run_pass().unwrap();
    }
    assert_eq!(numbers(&cx), [7], "data goes on meanwhile");
    assert_eq!(cx.recv_as::<&str>("control").unwrap(), Some("one"));
    for _ in 0..3 {
        s.run_pass().unwrap();
    }
    assert_eq!(cx.recv_as::<&str>("control").unwrap(), Some("two"));
    s.run().unwrap();
    assert_eq!(endings(&cx), [Ending::ProducerFinished]);
}

#[test]
fn s25b_who_says_its_own_last_word_is_not_spoken_for() {
    let mut s = scheduler();
    let mine = || ProducerFinished { caller: None, message: Some("mine".into()) };
    let speaker = act(async move |cx| {
        while cx.next_or_end::<i32>("inbox").await?.is_some() {}
        Ok(cx.send("signal", mine())?)
    });
    let taker = act(async |cx| {
        while cx.next_or_end::<i32>("inbox").await?.is_some() {}
        assert!(cx.told_to_end().is_some(), "it is still there to be taken");
        Ok(())
    });
    let (_, boss) = with_boss(&s, speaker);
    s.context(&boss).send("signal", ShutdownMicroprocess::new()).unwrap();
    let (_, silent) = with_boss(&s, taker);
    s.context(&silent).send("signal", ProducerFinished::new()).unwrap();
    s.run().unwrap();
    assert_eq!(s.context(&boss).recv_as("control").unwrap(), Some(mine()));
    assert_eq!((s.context(&boss).data_ready("control"), s.context(&silent).data_ready("control")), (0, 0));
}

#[test]
fn s25b_who_fails_or_is_stopped_after_its_loop_passes_nothing_on() {
    let mut s = scheduler();
    s.immortalise();
    let failing = act(async |cx| {
        while cx.next_or_end::<i32>("inbox").await?.is_some() {}
        Err("no".into())
    });
    let lingering = act(async |cx| {
        while cx.next_or_end::<i32>("inbox").await?.is_some() {}
        cx.sleep(ms(1000)).await;
        Ok(())
    });
    let (_, first) = with_boss(&s, failing);
    let (stopped, second) = with_boss(&s, lingering);
    for boss in [&first, &second] {
        s.context(boss).send("signal", ProducerFinished::new()).unwrap();
    }
    s.run_pass().unwrap();
    s.context(&second).stop(&stopped);
    s.run().unwrap();
    assert_eq!((s.context(&first).data_ready("control"), s.context(&second).data_ready("control")), (0, 0));
}

#[test]
fn s25b_who_ends_without_its_loop_being_over_is_not_spoken_for() {
    let mut s = scheduler();
    let (_, boss) = with_boss(&s, act(async |cx| Ok(_ = cx.next_or_end::<i32>("inbox").await?)));
    let cx = s.context(&boss);
    cx.send("outbox", 1).unwrap();
    cx.send("signal", ProducerFinished::new()).unwrap();
    s.run().unwrap();
    assert_eq!(cx.data_ready("control"), 0, "as a component of Kamaelia, it has to say it itself");
}

#[test]
fn s25b_the_loop_sleeps_while_there_is_nothing() {
    let mut s = scheduler();
    let (_, boss) = with_boss(&s, Looper);
    s.run_pass().unwrap();
    assert!(!s.run_pass().unwrap(), "it waits asleep");
    s.context(&boss).send("outbox", 1).unwrap();
    assert!(s.run_pass().unwrap());
    // The collection of what it sent, or the pass in which it was woken.
    while s.run_pass().unwrap() {}
    s.context(&boss).send("signal", ProducerFinished::new()).unwrap();
    s.run().unwrap();
}

#[test]
fn s25b_a_message_of_the_wrong_type_is_an_error_of_the_loop() {
    let mut s = scheduler();
    let (looper, boss) = with_boss(&s, Looper);
    s.context(&boss).send("outbox", "one").unwrap();
    let text = s.run().unwrap_err().to_string();
    assert!(text.contains(&format!("{looper}.inbox expected i32 and found &str: \"one\"")), "{text}");
}

#[test]
fn s25b_the_loop_over_several_inboxes_takes_the_first_that_holds_something_and_ends_when_all_are_empty() {
    let mut s = scheduler();
    let boxes = || Boxes::standard().inbox("next", "asks for another");
    let (looper, boss) = with_boss(
        &s,
        act_with(boxes, async |cx| {
            while let Some((inbox, message)) = cx.next_of_or_end(&["next", "inbox"]).await {
                say!("{inbox} {}", message.take::<i32>().unwrap());
            }
            Ok(())
        }),
    );
    let cx = s.context(&boss);
    cx.send("outbox", 1).unwrap();
    cx.deliver_to(&looper, "next", 2).unwrap();
    s.run_pass().unwrap();
    assert_eq!(said(), ["next 2", "inbox 1"]);
    cx.send("signal", ProducerFinished::new()).unwrap();
    cx.send("outbox", 3).unwrap();
    cx.deliver_to(&looper, "next", 4).unwrap();
    s.run().unwrap();
    assert_eq!(said(), ["next 4", "inbox 3"]);
    assert_eq!(endings(&cx), [Ending::ProducerFinished]);
}

#[test]
fn s25b_a_thread_has_the_same_loop() {
    for (notice, expected) in [
        (Message::new(ProducerFinished::new()), vec![0, 1, 2, -1]),
        (Message::new(ShutdownMicroprocess::new()), vec![-1]),
    ] {
        let mut s = scheduler();
        let looper = blocks(|cx: &ThreadContext| {
            while let Some(number) = cx.next_or_end::<i32>("inbox")? {
                cx.send("outbox", number)?;
            }
            Ok(cx.send("outbox", -1)?)
        });
        let (_, boss) = with_boss(&s, looper);
        let cx = s.context(&boss);
        let ending = notice.ending().expect("it ends");
        cx.send("signal", "before").unwrap();
        cx.send("signal", notice).unwrap();
        (0..3).for_each(|n| cx.send("outbox", n).unwrap());
        s.run().unwrap();
        assert_eq!(numbers(&cx), expected);
        assert_eq!(cx.recv_as::<&str>("control").unwrap(), Some("before"));
        assert_eq!(endings(&cx), [ending]);
    }
}

#[test]
fn s25b_a_thread_that_says_its_own_last_word_is_not_spoken_for() {
    let mut s = scheduler();
    let speaker = blocks(|cx: &ThreadContext| {
        while cx.next_or_end::<i32>("inbox")?.is_some() {}
        Ok(cx.send("signal", ProducerFinished::new())?)
    });
    let (_, boss) = with_boss(&s, speaker);
    let cx = s.context(&boss);
    cx.send("signal", ShutdownMicroprocess::new()).unwrap();
    s.run().unwrap();
    assert_eq!(endings(&cx), [Ending::ProducerFinished]);
}
