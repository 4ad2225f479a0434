//! Soft limits: who sends above one gets no turn until there is room: promise S16a.

use std::cell::Cell;
use std::rc::Rc;

use axon::error::SendErrorKind;
use axon::prelude::*;

use crate::stage::{Still, act, act_with, hints, lines_with, ms, said, say};

/// A scheduler with this soft limit, in which time stands still while anything can run.
fn limited(messages: usize) -> Scheduler {
    Scheduler::builder().virtual_clock().soft_limit(messages).build()
}

/// Sends the numbers up to `many`, one a turn, and then the end.
fn counter(many: i32) -> impl Component {
    act(async move |cx: &Context| {
        for n in 0..many {
            cx.send("outbox", n)?;
            cx.yield_now().await;
        }
        cx.send("signal", ProducerFinished::new())?;
        Ok(())
    })
}

/// Reads one number every ten milliseconds, until it is told to end.
fn slow(received: &Rc<Cell<i32>>) -> impl Component {
    let received = Rc::clone(received);
    act(async move |cx: &Context| {
        loop {
            while let Some(n) = cx.recv_as::<i32>("inbox")? {
                assert_eq!(n, received.replace(n + 1), "nothing is lost, and the order is kept");
                cx.sleep(ms(10)).await;
            }
            if cx.told_to_end().is_some() {
                return Ok(());
            }
            cx.pause().await;
        }
    })
}

/// Reads nothing of its own: a test reads its boxes for it. It sleeps for an hour.
fn dozes() -> impl Component {
    act(async |cx: &Context| {
        cx.sleep(ms(3_600_000)).await;
        Ok(())
    })
}

/// The most that ever waited in the `inbox` of any component.
fn most(s: &Scheduler) -> usize {
    let snapshot = s.snapshot();
    snapshot
        .components
        .iter()
        .filter_map(|component| component.inbox("inbox"))
        .map(|inbox| inbox.most)
        .max()
        .unwrap_or(0)
}

#[test]
fn s16a_who_only_sends_fills_no_box_beyond_its_soft_limit_and_loses_nothing() {
    let received = Rc::default();
    let mut s = limited(16);
    let (source, sink) = (s.add(counter(1000)), s.add(slow(&received)));
    let cx = s.context(&sink);
    cx.link((&source, "outbox"), (&sink, "inbox")).unwrap();
    cx.link((&source, "signal"), (&sink, "control")).unwrap();
    s.activate(source);
    let sink = s.activate(sink);
    let mut greatest = 0;
    while !sink.is_stopped() {
        s.run_pass().unwrap();
        greatest = greatest.max(most(&s));
        s.turn_clock(ms(1));
    }
    assert_eq!((received.get(), greatest), (1000, 17));
}

#[test]
fn s16a_the_limit_holds_whatever_chassis_stands_between() {
    let received = Rc::default();
    let mut s = limited(16);
    s.activate(pipeline![
        counter(1000),
        pipeline![PassThrough::new(), Seq::new().then(PassThrough::new())],
        slow(&received)
    ]);
    let mut greatest = 0;
    while s.run_pass().unwrap() || s.next_timer().is_some() {
        greatest = greatest.max(most(&s));
        s.turn_clock(ms(1));
    }
    assert_eq!(received.get(), 1000);
    assert!(greatest <= 32, "PassThrough passes on all that waits in one turn: {greatest}");
}

#[test]
fn s16a_a_sender_goes_on_when_fewer_than_half_of_the_limit_wait() {
    let mut s = limited(4);
    let sink = s.activate(dozes());
    let source = s.add(act(async |cx: &Context| {
        for n in 0..8 {
            cx.send("outbox", n)?;
            say!("sent {n}");
            cx.yield_now().await;
        }
        Ok(())
    }));
    let cx = s.context(&sink);
    cx.link((&source, "outbox"), (&sink, "inbox")).unwrap();
    s.activate(source);
    for _ in 0..10 {
        s.run_pass().unwrap();
    }
    assert_eq!(said(), ["sent 0", "sent 1", "sent 2", "sent 3", "sent 4"]);
    for _ in 0..3 {
        cx.recv("inbox").unwrap();
        s.run_pass().unwrap();
        assert_eq!(said(), [""; 0], "two or more wait still");
    }
    cx.recv("inbox").unwrap();
    s.run_pass().unwrap();
    assert_eq!(said(), ["sent 5"]);
}

#[test]
fn s16a_wakes_that_come_meanwhile_make_one_turn_and_a_sleeper_sleeps_on() {
    for is_woken in [true, false] {
        let mut s = limited(2);
        let sink = s.activate(dozes());
        let source = s.add(act(async |cx: &Context| {
            for n in 0..3 {
                cx.send("outbox", n)?;
            }
            loop {
                cx.await_arrival().await;
                say!("a turn with {} messages", cx.data_ready("inbox"));
            }
        }));
        let cx = s.context(&sink);
        cx.link((&source, "outbox"), (&sink, "inbox")).unwrap();
        s.activate(source.clone());
        let pass = |s: &mut Scheduler| (0..3).for_each(|_| _ = s.run_pass().unwrap());
        pass(&mut s);
        if is_woken {
            cx.deliver_to(&source, "inbox", "one").unwrap();
            cx.deliver_to(&source, "inbox", "two").unwrap();
        }
        pass(&mut s);
        assert_eq!(said(), [""; 0]);
        while cx.recv("inbox").is_some() {}
        pass(&mut s);
        let expected: &[&str] = if is_woken { &["a turn with 2 messages"] } else { &[] };
        assert_eq!(said(), expected);
    }
}

#[test]
fn s16a_nobody_is_suspended_at_control_or_signal_or_at_a_box_of_its_own() {
    let mut s = limited(2);
    let sink = s.activate(dozes());
    let source = s.add(act(async |cx: &Context| {
        for n in 0..10 {
            cx.send("signal", n)?;
            cx.send("outbox", n)?;
            cx.yield_now().await;
        }
        say!("sent all, {} to itself", cx.data_ready("inbox"));
        Ok(())
    }));
    let cx = s.context(&sink);
    cx.link((&source, "signal"), (&sink, "control")).unwrap();
    cx.link((&source, "outbox"), (&source, "inbox")).unwrap();
    s.activate(source);
    for _ in 0..20 {
        s.run_pass().unwrap();
    }
    assert_eq!((said(), cx.data_ready("control")), (vec!["sent all, 10 to itself".to_string()], 10));
}

#[test]
fn s16a_shutdown_microprocess_in_its_control_resumes_a_component() {
    let mut s = limited(2);
    let sink = s.activate(dozes());
    let source = s.add(act(async |cx: &Context| {
        loop {
            cx.send("outbox", 1)?;
            if let Some(notice) = cx.told_to_end() {
                say!("told: {notice:?}");
                return Ok(());
            }
            cx.yield_now().await;
        }
    }));
    let cx = s.context(&sink);
    cx.link((&source, "outbox"), (&sink, "inbox")).unwrap();
    s.activate(source.clone());
    let passes = |s: &mut Scheduler| (0..5).for_each(|_| _ = s.run_pass().unwrap());
    passes(&mut s);
    cx.deliver_to(&source, "control", "no ending").unwrap();
    passes(&mut s);
    assert_eq!((said().len(), cx.data_ready("inbox")), (0, 3));
    cx.deliver_to(&source, "control", ShutdownMicroprocess::new()).unwrap();
    passes(&mut s);
    assert_eq!(said().len(), 1);
    assert!(source.is_stopped());
}

#[test]
fn s16a_the_end_of_the_receiver_and_the_cut_of_the_linkage_resume_a_component() {
    for receiver_ends in [true, false] {
        let mut s = limited(2);
        let sink = s.activate(act(async |cx: &Context| {
            cx.sleep(ms(1000)).await;
            Ok(())
        }));
        let source = s.activate(act(async |cx: &Context| {
            for _ in 0..10 {
                cx.send("outbox", 1)?;
                cx.yield_now().await;
            }
            say!("sent all");
            Ok(())
        }));
        let cx = s.context(&sink);
        let linkage = cx.link((&source, "outbox"), (&sink, "inbox")).unwrap();
        let passes = |s: &mut Scheduler| (0..15).for_each(|_| _ = s.run_pass().unwrap());
        passes(&mut s);
        assert_eq!(said(), [""; 0]);
        if receiver_ends {
            cx.stop(&sink)
        } else {
            cx.unlink(linkage)
        }
        passes(&mut s);
        assert_eq!(said(), ["sent all"]);
    }
}

#[test]
fn s16a_bytes_and_text_count_as_well_as_messages() {
    for shared in [false, true] {
        let mut s = Scheduler::builder().virtual_clock().soft_limit_bytes(10_000).build();
        let sink = s.activate(dozes());
        let source = s.add(act(async move |cx: &Context| {
            let mut text = Message::new("x".repeat(4_000));
            for _ in 0..20 {
                let copy = if shared { text.duplicate() } else { Message::new("x".repeat(4_000)) };
                cx.send("outbox", copy)?;
                cx.yield_now().await;
            }
            Ok(())
        }));
        let cx = s.context(&sink);
        cx.link((&source, "outbox"), (&sink, "inbox")).unwrap();
        s.activate(source);
        let passes = |s: &mut Scheduler| (0..30).for_each(|_| _ = s.run_pass().unwrap());
        passes(&mut s);
        assert_eq!(cx.data_ready("inbox"), 4);
        for waiting in [3, 2] {
            cx.recv("inbox").unwrap();
            passes(&mut s);
            assert_eq!(cx.data_ready("inbox"), waiting, "8,000 bytes or more wait still");
        }
        cx.recv("inbox").unwrap();
        passes(&mut s);
        assert_eq!(cx.data_ready("inbox"), 4);
    }
}

#[test]
fn s16a_an_inbox_with_a_size_for_bursts_suspends_first_and_refuses_what_one_step_sends_beyond_it() {
    let sleeper = || {
        act_with(
            || Boxes::standard().inbox_size_for_bursts("inbox", 10),
            async |cx: &Context| {
                cx.sleep(ms(3_600_000)).await;
                Ok(())
            },
        )
    };
    // One that hands over is suspended, and never refused.
    let mut s = limited(4);
    let (source, sink) = (s.add(counter(100)), s.activate(sleeper()));
    let cx = s.context(&sink);
    cx.link((&source, "outbox"), (&sink, "inbox")).unwrap();
    s.activate(source);
    for n in 0..100 {
        (0..10).for_each(|_| _ = s.run_pass().unwrap());
        assert!((1..=5).contains(&cx.data_ready("inbox")), "{}", cx.data_ready("inbox"));
        assert_eq!(cx.recv_as::<i32>("inbox").unwrap(), Some(n));
    }
    // One that does not is refused at the size, or at 64 times the limit in bytes.
    for (text, taken) in [("", 10), ("0123456789abcdef", 4)] {
        let builder = Scheduler::builder().virtual_clock().soft_limit(4);
        let mut s = if text.is_empty() { builder } else { builder.soft_limit_bytes(16) }.build();
        let sink = s.activate(sleeper());
        let flood = s.add(act(async move |cx: &Context| {
            let text = text.repeat(256);
            let refused = (0..).find_map(|n| cx.send("outbox", text.clone()).err().map(|error| (n, error)));
            let (sent, error) = refused.expect("there is a limit");
            assert_eq!((sent, error.kind(), error.size()), (taken, SendErrorKind::Full, taken));
            say!("refused");
            Ok(())
        }));
        s.context(&sink).link((&flood, "outbox"), (&sink, "inbox")).unwrap();
        s.activate(flood);
        (0..10).for_each(|_| _ = s.run_pass().unwrap());
        assert_eq!(said(), ["refused"]);
    }
}

#[test]
fn s16a_an_inbox_may_have_a_lower_soft_limit_of_its_own() {
    let boxes: [(fn() -> Boxes, usize); 2] = [
        (|| Boxes::standard().inbox_soft_limit("inbox", 4), 5),
        (|| Boxes::standard().inbox_soft_limit("inbox", 1000), 11),
    ];
    for (boxes, most) in boxes {
        let mut s = limited(10);
        let sleeper = act_with(boxes, async |cx: &Context| {
            cx.sleep(ms(3_600_000)).await;
            Ok(())
        });
        let (source, sink) = (s.add(counter(100)), s.activate(sleeper));
        let cx = s.context(&sink);
        cx.link((&source, "outbox"), (&sink, "inbox")).unwrap();
        s.activate(source);
        for n in 0..100 {
            (0..20).for_each(|_| _ = s.run_pass().unwrap());
            let waiting = cx.data_ready("inbox");
            assert!((1..=most).contains(&waiting), "{waiting}");
            assert!(n > 0 || waiting >= most - 1);
            assert_eq!(cx.recv_as::<i32>("inbox").unwrap(), Some(n));
        }
    }
}

#[test]
fn s16a_has_room_and_send_when_room_heed_the_soft_limit() {
    let mut s = limited(2);
    let sink = s.activate(dozes());
    let source = s.add(act(async |cx: &Context| {
        for n in 0..5 {
            let had_room = cx.has_room("outbox");
            cx.send_when_room("outbox", n).await.expect("nobody stops it");
            say!("{n} {had_room}");
        }
        Ok(())
    }));
    let cx = s.context(&sink);
    cx.link((&source, "outbox"), (&sink, "inbox")).unwrap();
    s.activate(source);
    let passes = |s: &mut Scheduler| (0..5).for_each(|_| _ = s.run_pass().unwrap());
    passes(&mut s);
    assert_eq!(said(), ["0 true", "1 true"]);
    cx.recv("inbox").unwrap();
    passes(&mut s);
    assert_eq!(said(), ["2 false"]);
    while cx.recv("inbox").is_some() {}
    passes(&mut s);
    assert_eq!(said(), ["3 false", "4 true"]);
}

#[test]
fn s16a_an_unlimited_inbox_and_a_scheduler_without_soft_limits_suspend_nobody() {
    let collector = |boxes: fn() -> Boxes| {
        act_with(boxes, async |cx: &Context| {
            cx.sleep(ms(1)).await;
            say!("{} wait", cx.data_ready("inbox"));
            Ok(())
        })
    };
    let unlimited: fn() -> Boxes = || Boxes::standard().unlimited_inbox("inbox");
    let none = || Scheduler::builder().virtual_clock().no_soft_limit().build();
    let exact = || Scheduler::builder().virtual_clock().exact_waking().build();
    for (mut s, boxes) in [(limited(2), unlimited), (none(), Boxes::standard), (exact(), Boxes::standard)] {
        let (source, sink) = (s.add(counter(1000)), s.add(collector(boxes)));
        s.context(&sink).link((&source, "outbox"), (&sink, "inbox")).unwrap();
        s.activate(source);
        s.activate(sink);
        s.run().unwrap();
        assert_eq!(said(), ["1000 wait"]);
    }
}

#[test]
fn s16a_a_join_that_reads_one_inbox_first_and_a_collector_do_not_stand_still() {
    let split = |many: i32| {
        act_with(
            || Boxes::standard().outbox("other", ""),
            async move |cx: &Context| {
                for n in 0..many {
                    cx.send("outbox", n)?;
                    cx.send("other", n)?;
                    cx.yield_now().await;
                }
                cx.send("signal", ProducerFinished::new())?;
                Ok(())
            },
        )
    };
    let join = || {
        act_with(
            || Boxes::standard().inbox("other", ""),
            async |cx: &Context| {
                for _ in 0..100 {
                    cx.next::<i32>("inbox").await?;
                }
                for _ in 0..100 {
                    let n = cx.next::<i32>("other").await?;
                    cx.send("outbox", n)?;
                }
                cx.send("signal", ProducerFinished::new())?;
                Ok(())
            },
        )
    };
    let collect = || {
        act(async |cx: &Context| {
            while cx.told_to_end().is_none() {
                cx.pause().await;
            }
            say!("{} collected", cx.drain::<i32>("inbox").count());
            Ok(())
        })
    };
    // A timer of somebody else makes no difference.
    for others in [false, true] {
        let mut s = limited(4);
        s.activate(graphline! {
            components: { split: split(100), join: join(), collect: collect() },
            linkages: {
                split.outbox => join.inbox, split.other => join.other,
                join.outbox => collect.inbox, join.signal => collect.control,
            },
        });
        if others {
            s.activate(act(async |cx: &Context| {
                cx.sleep(ms(1000)).await;
                say!("a second is over");
                Ok(())
            }));
        }
        s.run().unwrap();
        let expected: &[&str] =
            if others { &["100 collected", "a second is over"] } else { &["100 collected"] };
        assert_eq!(said(), expected);
    }
}

#[test]
fn s16a_two_that_wait_for_room_at_each_other_do_not_stand_still() {
    let partner = || {
        act(async |cx: &Context| {
            for n in 0..50 {
                cx.send_when_room("outbox", n).await.expect("nobody stops it");
            }
            for _ in 0..50 {
                cx.next::<i32>("inbox").await?;
            }
            say!("done");
            Ok(())
        })
    };
    let mut s = limited(4);
    let (a, b) = (s.add(partner()), s.add(partner()));
    let cx = s.context(&a);
    cx.link((&a, "outbox"), (&b, "inbox")).unwrap();
    cx.link((&b, "outbox"), (&a, "inbox")).unwrap();
    s.activate(a);
    s.activate(b);
    s.run().unwrap();
    assert_eq!(said(), ["done", "done"]);
}

/// Two that each send a few numbers to the other before they read any.
fn partners(s: &mut Scheduler, boxes: fn() -> Boxes) -> [ComponentRef; 2] {
    let partner = || {
        act_with(boxes, async move |cx: &Context| {
            for n in 0..50 {
                cx.send_when_room("outbox", n).await?;
            }
            for _ in 0..50 {
                cx.next::<i32>("inbox").await?;
            }
            say!("done");
            Ok(())
        })
    };
    let (a, b) = (s.add(partner()), s.add(partner()));
    let cx = s.context(&a);
    cx.link((&a, "outbox"), (&b, "inbox")).unwrap();
    cx.link((&b, "outbox"), (&a, "inbox")).unwrap();
    [s.activate(a), s.activate(b)]
}

/// The hints at circles.
fn circles() -> Vec<String> {
    hints().into_iter().filter(|hint| hint.contains("wait for each other")).collect()
}

#[test]
fn s16c_a_circle_that_stands_still_beside_others_is_named_once() {
    let narrow = || Boxes::standard().inbox_size("inbox", 2);
    for beside in ["a timer", "a remote", "a busy one"] {
        let mut s = limited(1000);
        let [a, b] = partners(&mut s, narrow);
        let (first, second) = (a.to_string(), b.to_string());
        let line = lines_with("wait for each other");
        circles();
        if beside == "a remote" {
            // It is let go of when the hint was logged; then the run ends.
            let remote = s.remote();
            let holder = std::thread::spawn(move || {
                let line = line.recv_timeout(ms(20_000));
                drop(remote);
                line.is_ok()
            });
            s.run().unwrap_err();
            assert!(holder.join().unwrap(), "it was named while the remote was held");
        } else {
            s.activate(act(async move |cx: &Context| {
                for n in 0..3000 {
                    match beside {
                        "a timer" => cx.sleep(ms(1000)).await,
                        _ => cx.yield_now().await,
                    }
                    if n == 1000 {
                        // It wakes, and waits for the same again.
                        cx.unpause(&a);
                    }
                }
                Ok(())
            }));
            s.run().unwrap_err();
        }
        let said = circles();
        let by = |one: &str, other: &str| format!("{one} waits for room in {other}.inbox");
        let expected = |one: &str, other: &str| {
            format!(
                "components wait for each other: {}, {}: they stand still; \
                 give one of these inboxes a larger size, or read it while you wait",
                by(one, other),
                by(other, one)
            )
        };
        assert_eq!(said.len(), 1, "beside {beside}: {said:?}");
        assert!([expected(&first, &second), expected(&second, &first)].contains(&said[0]), "{said:?}");
    }
}

#[test]
fn s16c_a_circle_of_suspended_senders_is_named_once_however_often_its_limits_are_raised() {
    let mut s = limited(4);
    let [a, b] = partners(&mut s, Boxes::standard);
    let both = [format!("{a} waits for room in {b}.inbox"), format!("{b} waits for room in {a}.inbox")];
    circles();
    s.run().unwrap();
    assert_eq!(said(), ["done", "done"]);
    let hints = circles();
    assert_eq!(hints.len(), 1, "{hints:?}");
    assert!(both.iter().all(|part| hints[0].contains(part)), "{}", hints[0]);
}

#[test]
fn s16c_who_waits_for_one_that_can_go_on_is_in_no_circle() {
    let mut s = limited(4);
    let slow = s.add(act_with(
        || Boxes::standard().inbox_size("inbox", 2),
        async |cx: &Context| {
            for _ in 0..50 {
                cx.sleep(ms(100)).await;
                cx.next::<i32>("inbox").await?;
            }
            Ok(())
        },
    ));
    let source = s.add(act(async |cx: &Context| {
        for n in 0..50 {
            cx.send_when_room("outbox", n).await?;
        }
        Ok(())
    }));
    s.context(&slow).link((&source, "outbox"), (&slow, "inbox")).unwrap();
    s.activate(slow);
    s.activate(source);
    circles();
    s.run().unwrap();
    assert_eq!(circles(), Vec::<String>::new());
}

#[test]
fn s16a_a_box_that_nobody_reads_for_two_seconds_takes_as_much_again() {
    // It waits for a word that comes late, from somebody whom a timer wakes, and reads nothing before.
    let mut s = limited(10);
    let collector = s.add(act(async |cx: &Context| {
        while cx.data_ready("control") == 0 {
            cx.pause().await;
        }
        say!("{} wait", cx.data_ready("inbox"));
        Ok(())
    }));
    let late = s.add(act(async |cx: &Context| {
        cx.sleep(ms(5000)).await;
        cx.send("signal", ProducerFinished::new())?;
        Ok(())
    }));
    let source = s.add(counter(1000));
    let cx = s.context(&collector);
    cx.link((&source, "outbox"), (&collector, "inbox")).unwrap();
    cx.link((&late, "signal"), (&collector, "control")).unwrap();
    for component in [&collector, &late, &source] {
        s.activate(component.clone());
    }
    let _ = s.run();
    assert_eq!(said(), ["31 wait"], "10 and the one above, and 10 more after two seconds and after four");
}

#[test]
fn s16a_no_stage_of_a_chain_takes_more_while_its_end_waits_for_somebody_outside() {
    // The end sleeps for a quarter of an hour at each message. Of the stages before it some wait for room, and one only
    // sends and is suspended.
    let sends_on = || {
        act(async |cx: &Context| {
            while let Some(n) = cx.next_or_end::<i32>("inbox").await? {
                cx.send("outbox", n)?;
            }
            Ok(())
        })
    };
    let end = act(async |cx: &Context| {
        for _ in 0..4 {
            cx.sleep(ms(900_000)).await;
            cx.next::<i32>("inbox").await?;
        }
        let snapshot = cx.snapshot();
        let most = snapshot.components.iter().filter_map(|component| component.inbox("inbox")?.most.into());
        say!("{} at most", most.max().unwrap_or(0));
        cx.stop_scheduler();
        Ok(())
    });
    let mut s = limited(10);
    let source = counter(100_000);
    s.activate(pipeline![
        source,
        PassThrough::new(),
        PassThrough::new(),
        sends_on(),
        PassThrough::new(),
        end
    ]);
    s.run().unwrap();
    assert_eq!(said(), ["11 at most"], "after an hour");
}

#[test]
fn s16a_a_snapshot_says_at_which_box_a_component_is_suspended() {
    let mut s = limited(2);
    let sink = s.activate(dozes());
    let source = s.add(counter(10));
    s.context(&sink).link((&source, "outbox"), (&sink, "inbox")).unwrap();
    s.activate(source);
    for _ in 0..5 {
        s.run_pass().unwrap();
    }
    let snapshot = s.snapshot().to_string();
    let wanted = format!("is suspended until {}.inbox is emptier, where 3 wait", sink.name());
    assert!(snapshot.contains(&wanted), "{snapshot}");
}

#[test]
fn s16a_an_inbox_that_nobody_can_ever_read_takes_everything() {
    let mut s = limited(2);
    let sink = s.add(Still);
    let source = s.add(counter(10));
    s.context(&sink).link((&source, "outbox"), (&sink, "inbox")).unwrap();
    s.activate(source);
    s.run().unwrap();
    assert_eq!(s.context(&sink).data_ready("inbox"), 10);
}
