//! What becomes of messages whose receiver has ended, and how their sender learns it: promise S22a.

use std::sync::atomic::{AtomicBool, Ordering};

use axon::{
    Boxes, Component, ComponentRef, Context, ProducerFinished, Scheduler, ShutdownMicroprocess,
    error::NotSentErrorKind,
};

use crate::stage::{Act, Still, act, act_with, blocks, drained, news, said, say, scheduler, warnings};

/// A sink that ends after it has read so many messages, with an inbox for two.
fn reads(messages: u32) -> Act<impl AsyncFnOnce(&Context) -> axon::Result> {
    act_with(
        || Boxes::standard().inbox_size("inbox", 2),
        async move |cx| {
            for _ in 0..messages {
                cx.next::<i32>("inbox").await?;
            }
            Ok(())
        },
    )
}

/// Whatever comes is an ending: says which.
fn says_what_it_is_told() -> Act<impl AsyncFnOnce(&Context) -> axon::Result> {
    act(async |cx| {
        let told = loop {
            match cx.told_to_end() {
                Some(notice) => break notice,
                None => cx.pause().await,
            }
        };
        say!("told {:?}", told.ending().unwrap());
        Ok(())
    })
}

/// Links `source` to `sink`, and its `signal` to the `control` of one who says what it is told.
fn watched(s: &Scheduler, source: &ComponentRef, sink: &ComponentRef) {
    let told = s.activate(says_what_it_is_told());
    let cx = s.context(&told);
    cx.link((source, "outbox"), (sink, "inbox")).unwrap();
    cx.link((source, "signal"), (&told, "control")).unwrap();
}

#[test]
fn s22a_a_loop_that_sends_on_and_on_in_one_step_to_one_that_has_ended_comes_to_an_end() {
    // It never hands over: it would hold up everybody.
    let mut s = scheduler();
    let (source, sink) = (
        s.add(act(async |cx: &Context| {
            loop {
                cx.send("outbox", 1)?;
            }
        })),
        s.activate(Still),
    );
    watched(&s, &source, &sink);
    s.run_pass().unwrap();
    s.activate(source);
    s.run().unwrap();
    assert_eq!(said(), ["told ProducerFinished"]);

    // It pauses when it is refused, and looks whether it was told to end.
    let source = s.add(act(async |cx: &Context| {
        while cx.told_to_end().is_none() {
            if cx.send("outbox", 1).is_err() {
                cx.pause().await;
            }
        }
        say!("it has ended");
        Ok(())
    }));
    let sink = s.activate(act(async move |cx: &Context| {
        cx.yield_now().await;
        Ok(())
    }));
    let teller = s.activate(act(async |cx: &Context| {
        for _ in 0..10 {
            cx.yield_now().await;
        }
        cx.send("outbox", ShutdownMicroprocess::new())?;
        Ok(())
    }));
    let cx = s.context(&teller);
    cx.link((&source, "outbox"), (&sink, "inbox")).unwrap();
    cx.link((&teller, "outbox"), (&source, "control")).unwrap();
    s.run_pass().unwrap();
    s.run_pass().unwrap();
    s.activate(source);
    s.run().unwrap();
    assert_eq!(said(), ["it has ended"]);
}

#[test]
fn s22a_what_arrives_after_the_end_is_dropped_and_counted_and_what_lay_there_before_stays() {
    warnings();
    let mut s = scheduler();
    let (source, sink) = (s.add(Still), s.add(Still));
    let cx = s.context(&source);
    cx.link((&source, "outbox"), (&sink, "inbox")).unwrap();
    cx.send("outbox", 1).unwrap();
    s.activate(sink.clone());
    s.run().unwrap();
    for n in 2..5 {
        cx.send("outbox", n).unwrap();
        cx.deliver_to(&sink, "control", n).unwrap();
    }
    s.remote().deliver(&sink, "inbox", 5).unwrap();
    s.run_pass().unwrap();
    let snapshot = s.snapshot();
    let counted = |inbox| snapshot.component(sink.id()).unwrap().inbox(inbox).unwrap().dropped;
    assert_eq!((counted("inbox"), counted("control")), (4, 3));
    assert!(
        snapshot.to_string().contains("1 waiting, 1 arrived, never more than 1 at once, 4 dropped"),
        "{snapshot}"
    );
    assert_eq!(drained(&s, &sink, "inbox"), "1");
    assert_eq!(warnings(), [""; 0], "it is nothing to warn of");
}

#[test]
fn s22a_when_a_run_ends_it_is_told_once_how_many_messages_were_dropped_and_where() {
    let mut s = scheduler();
    let sink = s.activate(Still);
    s.run().unwrap();
    // Whether anybody still knows it at the end of the run, or not.
    for known in [Some(sink.clone()), None] {
        let sink = known.clone().unwrap_or_else(|| s.activate(Still));
        s.run_pass().unwrap();
        s.activate(act(async move |cx: &Context| {
            cx.link((cx.me(), "outbox"), (&sink, "inbox"))?;
            for number in 0..4 {
                cx.send("outbox", number)?;
                cx.yield_now().await;
            }
            Ok(())
        }));
        news();
        s.run().unwrap();
        let name = known.map_or_else(|| "Still".to_owned(), |sink| sink.name());
        assert_eq!(news(), [format!("messages were dropped whose receivers had ended: 4 at {name}.inbox")]);
        s.activate(Still);
        s.run().unwrap();
        assert_eq!(news(), [""; 0], "nothing more was dropped");
    }
}

/// Sends when it is dropped, out of the component that it belongs to.
#[derive(Debug)]
struct Reacts;

thread_local! {
    static CONTEXT: std::cell::RefCell<Option<Context>> = const { std::cell::RefCell::new(None) };
}

impl Drop for Reacts {
    fn drop(&mut self) {
        CONTEXT.with_borrow(|cx| cx.as_ref().unwrap().send("signal", 1).unwrap());
        say!("dropped");
    }
}

#[test]
fn s22a_what_is_dropped_may_use_the_tables_while_it_is_dropped() {
    let mut s = scheduler();
    let (source, sink) = (s.add(Still), s.activate(Still));
    let cx = s.context(&source);
    cx.link((&source, "outbox"), (&sink, "inbox")).unwrap();
    CONTEXT.set(Some(s.context(&source)));
    s.run().unwrap();
    cx.send("outbox", Reacts).unwrap();
    cx.deliver_to(&sink, "inbox", Reacts).unwrap();
    assert_eq!(said(), ["dropped"; 2]);
    cx.unlink_component(&sink);
    cx.send("outbox", Reacts).unwrap();
    assert_eq!(said(), ["dropped"], "an outbox that leads nowhere discards in the same way");
    CONTEXT.set(None);
}

#[test]
fn s22a_a_sender_can_ask_whether_it_is_heard() {
    let mut s = scheduler();
    let (source, sink, outer, other) = (s.add(Still), s.activate(reads(0)), s.add(Still), s.add(Still));
    let cx = s.context(&source);
    assert!(cx.is_heard("outbox"), "it may be linked yet");
    cx.link((&source, "outbox"), (&outer, "inbox")).unwrap();
    let inner = cx.pass_through_inbox((&outer, "inbox"), (&sink, "inbox")).unwrap();
    assert!(cx.is_heard("outbox"));
    s.run_pass().unwrap();
    assert!(!cx.is_heard("outbox"), "the last of the chain has ended");
    assert!(cx.is_heard("signal") && cx.has_room("outbox"));
    cx.unlink(&inner);
    assert!(cx.is_heard("outbox"));
    cx.pass_through_inbox((&outer, "inbox"), (&other, "inbox")).unwrap();
    assert!(cx.is_heard("outbox"));
    cx.stop(&other);
    assert!(!cx.is_heard("outbox"));
}

#[test]
fn s22a_who_asks_for_it_is_woken_when_its_receiver_ends_though_it_sends_nothing() {
    let mut s = scheduler();
    let sink = s.add(act(async |cx| {
        cx.sleep(std::time::Duration::from_secs(5)).await;
        Ok(())
    }));
    let outer = s.add(Still);
    let source = s.activate(act(async |cx| {
        cx.wake_when_unheard();
        while cx.is_heard("outbox") {
            cx.pause().await;
        }
        say!("unheard");
        Ok(())
    }));
    s.context(&outer).link((&source, "outbox"), (&outer, "inbox")).unwrap();
    s.context(&outer).pass_through_inbox((&outer, "inbox"), (&sink, "inbox")).unwrap();
    s.activate(sink);
    s.run().unwrap();
    assert_eq!(said(), ["unheard"]);
}

#[test]
fn s22a_who_waits_for_room_is_told_when_the_receiver_ends_and_gets_the_message_back() {
    let mut s = scheduler();
    let sink = s.add(reads(1));
    let source = s.add(act(async |cx| {
        for n in 1.. {
            if let Err(not_sent) = cx.send_when_room("outbox", n).await {
                say!("{} {:?}", not_sent.kind() == NotSentErrorKind::ReceiverEnded, cx.is_heard("outbox"));
                say!("{not_sent}");
                say!("{}", not_sent.into_message().take::<i32>().unwrap());
                break;
            }
        }
        let again = cx.send_when_room("outbox", 0).await.unwrap_err();
        assert_eq!(again.kind(), NotSentErrorKind::ReceiverEnded, "at once, too");
        Ok(())
    }));
    s.context(&source).link((&source, "outbox"), (&sink, "inbox")).unwrap();
    s.activate(source.clone());
    s.activate(sink.clone());
    s.run().unwrap();
    let told = format!("{source}.outbox cannot send: the component of {sink}.inbox has ended");
    assert_eq!(said(), ["true false", &told, "3"]);
}

#[test]
fn s22a_all_who_wait_for_room_are_woken_when_the_receiver_is_stopped() {
    let mut s = scheduler();
    let (maker, sink) = (s.add(Still), s.add(reads(0)));
    for tag in ["a", "b", "c"] {
        let source = s.add(act(async move |cx| {
            while cx.send_when_room("outbox", 1).await.is_ok() {}
            say!("{tag} ends");
            Ok(())
        }));
        s.context(&maker).link((&source, "outbox"), (&sink, "inbox")).unwrap();
        s.activate(source);
    }
    for _ in 0..3 {
        s.run_pass().unwrap();
    }
    assert_eq!(said(), [""; 0]);
    s.context(&maker).stop(&sink);
    s.run().unwrap();
    assert_eq!(said(), ["a ends", "b ends", "c ends"]);
}

#[test]
fn s22a_a_main_that_hands_the_error_on_ends_quietly_with_its_last_word() {
    let mut s = scheduler();
    let (source, sink) = (
        s.add(act(async |cx| {
            loop {
                cx.send_when_room("outbox", 1).await?;
                cx.yield_now().await;
            }
        })),
        s.add(reads(2)),
    );
    watched(&s, &source, &sink);
    s.activate(source);
    s.activate(sink);
    s.run().unwrap();
    assert_eq!(said(), ["told ProducerFinished"]);
}

#[test]
fn s22a_who_was_told_to_stop_while_it_waited_ends_quietly_and_passes_the_ending_on() {
    let mut s = scheduler();
    let (source, sink) = (
        s.add(act(async |cx| {
            loop {
                cx.send_when_room("outbox", 1).await?;
            }
        })),
        // It never takes a turn.
        s.add(reads(2)),
    );
    watched(&s, &source, &sink);
    s.activate(source.clone());
    s.run_pass().unwrap();
    let cx = s.context(&sink);
    cx.deliver_to(&source, "control", ProducerFinished::new()).unwrap();
    cx.deliver_to(&source, "control", ShutdownMicroprocess::new()).unwrap();
    s.run().unwrap();
    assert_eq!(said(), ["told ShutdownMicroprocess"]);
}

#[test]
fn s22a_the_end_of_the_last_stage_ends_a_chain_from_behind() {
    let mut s = scheduler();
    let stage = || {
        act_with(
            || Boxes::standard().inbox_size("inbox", 2),
            async |cx: &Context| {
                loop {
                    let n: i32 = cx.next("inbox").await?;
                    cx.send_when_room("outbox", n).await?;
                }
            },
        )
    };
    let source = s.add(act(async |cx| {
        for n in 0.. {
            cx.send_when_room("outbox", n).await?;
        }
        Ok(())
    }));
    let chain = [source, s.add(stage()), s.add(stage()), s.add(reads(5))];
    // Whoever links them does not run, and so does not end.
    let maker = s.add(Still);
    for pair in chain.windows(2) {
        s.context(&maker).link((&pair[0], "outbox"), (&pair[1], "inbox")).unwrap();
    }
    for one in chain.iter().rev() {
        s.activate(one.clone());
    }
    s.run().unwrap();
    assert!(chain.iter().all(ComponentRef::is_stopped));
}

/// Fails with the first message that it gets.
struct Fragile;

impl Component for Fragile {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let number: i32 = cx.next("inbox").await?;
        Err(format!("failed with {number}").into())
    }
}

#[test]
fn s22a_what_comes_to_a_supervised_component_waits_for_its_successor_as_long_as_its_supervisor_lives() {
    let mut s = scheduler();
    let (source, child) = (s.add(Still), s.add(Fragile));
    let outside = s.context(&source);
    outside.link((&source, "outbox"), (&child, "inbox")).unwrap();
    let first = child.clone();
    s.activate(act(async move |cx| {
        cx.add_child(first.clone());
        cx.supervise(&first);
        cx.activate(first.clone());
        cx.next::<()>("inbox").await?;
        let next = cx.add_child(act(async |cx: &Context| {
            say!("the successor has {}", cx.next::<i32>("inbox").await?);
            Ok(())
        }));
        cx.pass_through_inbox((&first, "inbox"), (&next, "inbox"))?;
        cx.activate(next.clone());
        while !next.is_stopped() {
            cx.pause().await;
        }
        Ok(())
    }));
    s.run_pass().unwrap();
    outside.send("outbox", 1).unwrap();
    while s.run_pass().unwrap() {}
    assert!(child.is_stopped() && outside.is_heard("outbox"));
    outside.send("outbox", 2).unwrap();
    let supervisor = s.components().remove(0);
    outside.deliver_to(&supervisor, "inbox", ()).unwrap();
    s.run().unwrap();
    assert_eq!(said(), ["the successor has 2"]);
    assert!(supervisor.is_stopped() && !outside.is_heard("outbox"));
}

#[test]
fn s22a_a_thread_that_waits_for_room_is_told_that_its_receiver_has_ended_and_ends_quietly() {
    static WAS_TOLD: AtomicBool = AtomicBool::new(false);
    let mut s = Scheduler::new();
    let source = s.add(
        blocks(|cx| {
            loop {
                if let Err(not_sent) = cx.send_when_room("outbox", 1) {
                    WAS_TOLD.store(!cx.is_heard("outbox")?, Ordering::SeqCst);
                    return Err(not_sent.into());
                }
            }
        })
        .queue_length(3),
    );
    let sink = s.add(reads(4));
    watched(&s, &source, &sink);
    s.activate(source);
    s.activate(sink);
    s.run().unwrap();
    assert_eq!(said(), ["told ProducerFinished"]);
    assert!(WAS_TOLD.load(Ordering::SeqCst));
}

#[test]
fn s22a_a_thread_told_to_stop_while_it_waited_for_room_ends_quietly_and_passes_the_ending_on() {
    let mut s = Scheduler::new();
    let source = s.add(
        blocks(|cx| {
            loop {
                cx.send_when_room("outbox", 1)?;
            }
        })
        .queue_length(3),
    );
    // It is never activated.
    let sink = s.add(reads(4));
    watched(&s, &source, &sink);
    s.activate(source.clone());
    s.context(&sink).deliver_to(&source, "control", ShutdownMicroprocess::new()).unwrap();
    s.run().unwrap();
    assert_eq!(said(), ["told ShutdownMicroprocess"]);
}
