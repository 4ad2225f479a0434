//! Components whose `main` may block, on threads of their own: promise S31.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use axon::{Boxes, Context, Ending, ProducerFinished, ThreadContext, Threaded, error::LinkError};

use crate::stage::{Blocks, Still, act, blocks, drained, said, say, scheduler};

#[test]
fn s31_its_main_is_a_plain_function_on_a_thread_of_its_own_with_the_same_verbs() {
    let mut s = scheduler();
    let (note, notes) = mpsc::channel();
    let doubles = s.activate(blocks(move |cx| {
        note.send((thread::current().id(), cx.name()))?;
        let first: i32 = cx.next("inbox")?;
        cx.send("outbox", 2 * first)?;
        while cx.data_ready("inbox") == 0 {
            cx.pause();
        }
        for number in cx.drain::<i32>("inbox") {
            cx.send("outbox", 2 * number?)?;
        }
        Ok(())
    }));
    let user = s.activate(act(async |cx| {
        cx.send("outbox", 1)?;
        say!("{}", cx.next::<i32>("inbox").await?);
        cx.send("outbox", 2)?;
        say!("{}", cx.next::<i32>("inbox").await?);
        Ok(())
    }));
    let cx = s.context(&user);
    cx.link((&user, "outbox"), (&doubles, "inbox")).unwrap();
    cx.link((&doubles, "outbox"), (&user, "inbox")).unwrap();
    s.run().unwrap();
    assert_eq!(said(), ["2", "4"]);
    let (thread, name) = notes.recv().unwrap();
    assert_ne!(thread, thread::current().id());
    assert_eq!(name, doubles.name());
}

#[test]
fn s31_a_pause_with_a_limit_ends_with_a_message_or_with_its_time() {
    let mut s = scheduler();
    let sleeper = s.activate(blocks(|cx| {
        cx.pause_for(Duration::from_millis(1));
        assert_eq!(cx.data_ready("inbox"), 0);
        cx.send("signal", "the time was over")?;
        while cx.data_ready("inbox") == 0 {
            cx.pause_for(Duration::from_secs(1_000_000));
        }
        Ok(())
    }));
    let waker = s.activate(act(async |cx| {
        say!("{}", cx.next::<&str>("inbox").await?);
        cx.send("outbox", 1)?;
        Ok(())
    }));
    let cx = s.context(&waker);
    cx.link((&sleeper, "signal"), (&waker, "inbox")).unwrap();
    cx.link((&waker, "outbox"), (&sleeper, "inbox")).unwrap();
    s.run().unwrap();
    assert_eq!(said(), ["the time was over"]);
}

#[test]
fn s31_sends_are_refused_when_the_queue_to_the_scheduler_is_full_and_a_pause_ends_when_there_is_room() {
    for (length, expected) in [(None, 1000), (Some(3), 3)] {
        let mut s = scheduler();
        let (note, notes) = mpsc::channel();
        let (go, wait) = mpsc::channel();
        let mut component = blocks(move |cx| {
            wait.recv()?;
            let mut sent = 0;
            let refused = loop {
                match cx.send("outbox", sent) {
                    Ok(()) => sent += 1,
                    Err(refused) => break refused,
                }
            };
            note.send((sent, refused.to_string()))?;
            assert_eq!(refused.into_message().take::<i32>().unwrap(), sent);
            while !cx.has_room("outbox") {
                cx.pause();
            }
            cx.send_when_room("outbox", sent).expect("nobody stops it");
            Ok(())
        });
        if let Some(length) = length {
            component = component.queue_length(length);
        }
        let component = s.activate(component);
        let sink = s.add(Still);
        s.context(&sink).link((&component, "outbox"), (&sink, "inbox")).unwrap();
        s.run_pass().unwrap();
        go.send(()).unwrap();
        // The scheduler does nothing until the thread has met with a refusal.
        let (sent, text) = notes.recv().unwrap();
        assert_eq!(sent, expected);
        assert!(text.contains(&format!("{}.outbox", component.name())) && text.contains("full"), "{text}");
        s.run().unwrap();
        let all = (0..=expected).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
        assert_eq!(drained(&s, &sink, "inbox"), all);
    }
}

#[test]
fn s31_the_queues_of_a_thread_are_full_by_bytes_too() {
    let mut s = scheduler();
    let (note, notes) = mpsc::channel();
    let (go, wait) = mpsc::channel::<()>();
    let thread = s.add(blocks(move |cx| {
        let sent = (0..1000).take_while(|_| cx.send("outbox", vec![0u8; 100_000]).is_ok()).count();
        note.send(sent)?;
        wait.recv()?;
        let received = std::iter::from_fn(|| cx.next::<Vec<u8>>("inbox").ok()).take(100).count();
        note.send(received)?;
        Ok(())
    }));
    let source = s.add(act(async |cx: &Context| {
        for _ in 0..100 {
            cx.send("outbox", vec![0u8; 100_000])?;
            cx.yield_now().await;
        }
        Ok(())
    }));
    s.context(&source).link((&source, "outbox"), (&thread, "inbox")).unwrap();
    s.activate(thread.clone());
    // The scheduler does nothing until the thread has met with a refusal.
    s.run_pass().unwrap();
    assert_eq!(notes.recv().unwrap(), 3);
    s.activate(source.clone());
    for _ in 0..200 {
        s.run_pass().unwrap();
    }
    assert!(source.is_active(), "it is suspended: 256 KiB in the queue, and as much in the inbox");
    go.send(()).unwrap();
    s.run().unwrap();
    assert_eq!(notes.recv().unwrap(), 100);
}

#[test]
fn s31_a_limited_inbox_keeps_its_meaning_for_those_who_send_to_a_thread() {
    let mut s = scheduler();
    let (go, wait) = mpsc::channel::<()>();
    let narrow = || Boxes::standard().inbox_size("inbox", 2);
    let main = move |cx: &ThreadContext| {
        wait.recv()?;
        for expected in 0..3 {
            assert_eq!(cx.next::<i32>("inbox")?, expected);
        }
        Ok(())
    };
    let reader = s.activate(Threaded::new(Blocks { boxes: narrow, main: Some(main) }).queue_length(1));
    let source = s.add(Still);
    let cx = s.context(&source);
    cx.link((&source, "outbox"), (&reader, "inbox")).unwrap();
    let mut sent = 0;
    for _ in 0..5 {
        while cx.send("outbox", sent).is_ok() {
            sent += 1;
        }
        s.run_pass().unwrap();
    }
    assert_eq!(sent, 3, "one in the queue, two in the box");
    go.send(()).unwrap();
    s.run().unwrap();
}

#[test]
fn s31_links_and_boxes_are_made_on_the_schedulers_thread_and_their_result_comes_back() {
    let mut s = scheduler();
    let sink = s.add(Still);
    let target = sink.clone();
    let (note, notes) = mpsc::channel();
    let busy = s.activate(blocks(move |cx| {
        note.send(cx.on_scheduler(|_| thread::current().id())?)?;
        let linkage = cx.link((cx.me(), "outbox"), (&target, "inbox"))?;
        let refused = cx.link((cx.me(), "outbox"), (&target, "inbox")).unwrap_err();
        let refused = refused.downcast::<LinkError>().expect("the error of the link itself");
        assert!(matches!(*refused, LinkError::BoxAlreadyLinkedToDestination { .. }), "{refused}");
        cx.send("outbox", 1)?;
        cx.unlink(&linkage)?;
        cx.send("outbox", 2)?;
        let (inbox, variant) = (cx.add_inbox("extra")?, cx.add_inbox("extra")?);
        assert_eq!(inbox, "extra");
        assert_ne!(variant, "extra");
        assert_eq!(cx.data_ready(&inbox) + cx.data_ready(&variant), 0);
        cx.delete_inbox(&inbox)?;
        assert!(cx.delete_inbox(&inbox).is_err());
        let outbox = cx.add_outbox("extra")?;
        cx.link((cx.me(), &outbox), (&target, "inbox"))?;
        cx.send(&outbox, 3)?;
        Ok(())
    }));
    s.run().unwrap();
    assert!(busy.is_stopped());
    assert_eq!(notes.recv().unwrap(), thread::current().id());
    assert_eq!(drained(&s, &sink, "inbox"), "1,3", "in order with what was sent");
}

#[test]
fn s31_sync_waits_until_what_was_sent_is_at_its_destination() {
    let mut s = scheduler();
    let sink = s.add(Still);
    let target = sink.clone();
    s.activate(blocks(move |cx| {
        let linked = target.clone();
        cx.link((cx.me(), "outbox"), (&linked, "inbox"))?;
        for sent in 1..100 {
            cx.send("outbox", sent)?;
            cx.sync()?;
            let there = target.clone();
            let arrived = cx.on_scheduler(move |cx: &Context| {
                let snapshot = cx.snapshot();
                snapshot.component(there.id()).and_then(|sink| sink.inbox("inbox")).map(|inbox| inbox.length)
            })?;
            assert_eq!(arrived, Some(sent as usize));
        }
        Ok(())
    }));
    s.run().unwrap();
    assert_eq!(s.context(&sink).data_ready("inbox"), 99);
}

#[test]
fn s31_an_ending_reaches_the_thread_after_the_data_that_was_sent_before_it() {
    let mut s = scheduler();
    let polite = s.activate(
        blocks(|cx| {
            loop {
                // The wrong order on purpose: control first.
                if let Some(notice) = cx.told_to_end() {
                    cx.send("signal", notice)?;
                    return Ok(());
                }
                while let Some(message) = cx.recv("inbox") {
                    cx.send_when_room("outbox", message).expect("nobody stops it");
                }
                cx.pause();
            }
        })
        .queue_length(2),
    );
    let boss = s.add(Still);
    let cx = s.context(&boss);
    cx.link((&boss, "outbox"), (&polite, "inbox")).unwrap();
    cx.link((&boss, "signal"), (&polite, "control")).unwrap();
    cx.link((&polite, "outbox"), (&boss, "inbox")).unwrap();
    cx.link((&polite, "signal"), (&boss, "control")).unwrap();
    for number in 0..50 {
        cx.send("outbox", number).unwrap();
    }
    cx.send("signal", "hello").unwrap();
    cx.send("signal", ProducerFinished::new()).unwrap();
    s.run().unwrap();
    assert_eq!(drained(&s, &boss, "inbox"), (0..50).map(|n| n.to_string()).collect::<Vec<_>>().join(","));
    assert_eq!(cx.recv_as::<&str>("control").unwrap(), Some("hello"));
    assert_eq!(cx.recv("control").and_then(|notice| notice.ending()), Some(Ending::ProducerFinished));
}

#[test]
fn s31_a_child_of_a_thread_wakes_it_when_it_ends() {
    let mut s = scheduler();
    s.activate(blocks(|cx| {
        let kid = cx.add_child(|| {
            act(async |cx| {
                cx.yield_now().await;
                Ok(())
            })
        })?;
        cx.activate(&kid)?;
        while !kid.is_stopped() {
            cx.pause();
        }
        cx.remove_child(&kid)
    }));
    s.run().unwrap();
}
