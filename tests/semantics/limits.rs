//! Boxes with a limit, and who is woken when something is taken from one: promises S16 and S17.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use axon::{Boxes, Component, ComponentRef, Context, Message, Scheduler, error::SendErrorKind};

use crate::stage::{Still, act, drained, hints, said, say, scheduler};

/// An inbox that holds one message.
struct Narrow;

impl Component for Narrow {
    fn boxes(&self) -> Boxes {
        Boxes::standard().inbox_size("inbox", 1)
    }

    async fn main(&mut self, _: &Context) -> axon::Result {
        Ok(())
    }
}

/// Tries to send its number each time it is woken, until it could.
struct Producer(i32);

impl Component for Producer {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        while cx.send("outbox", self.0).is_err() {
            say!("{} refused", self.0);
            cx.pause().await;
        }
        say!("{} sent", self.0);
        cx.pause().await;
        say!("{} woken by collection", self.0);
        Ok(())
    }
}

/// Runs passes until nothing more can change without help from outside.
fn settle(s: &mut Scheduler) {
    for _ in 0..5 {
        s.run_pass().unwrap();
    }
}

fn producers(s: &mut Scheduler, sink: &ComponentRef, numbers: &[i32]) -> Vec<ComponentRef> {
    numbers
        .iter()
        .map(|&n| {
            let producer = s.add(Producer(n));
            s.context(sink).link((&producer, "outbox"), (sink, "inbox")).unwrap();
            s.activate(producer)
        })
        .collect()
}

#[test]
fn s16_a_full_box_refuses_and_hands_the_message_back() {
    let s = scheduler();
    let (a, b) = (s.add(Still), s.add(Narrow));
    let cx = s.context(&a);
    cx.link((&a, "outbox"), (&b, "inbox")).unwrap();
    cx.send("outbox", String::from("first")).unwrap();
    let refused = cx.send("outbox", String::from("second")).unwrap_err();
    let text = refused.to_string();
    for name in [&a.name(), "outbox", &b.name(), "inbox"] {
        assert!(text.contains(name), "names both ends: {text}");
    }
    assert_eq!(refused.into_message().take::<String>().unwrap(), "second");
    assert_eq!(s.context(&b).data_ready("inbox"), 1);
    assert_eq!(s.context(&b).recv_as::<String>("inbox").unwrap().unwrap(), "first");
    cx.send("outbox", String::from("third")).unwrap();
}

#[test]
fn s16_a_refusal_is_hinted_at_once_for_each_outbox_at_debug_level_and_does_not_count_as_sent() {
    let s = scheduler();
    let (a, b) = (s.add(Still), s.add(Narrow));
    let cx = s.context(&a);
    cx.link((&a, "outbox"), (&b, "inbox")).unwrap();
    cx.send("outbox", 1).unwrap();
    hints();
    for _ in 0..3 {
        let _ = cx.send("outbox", 2);
        let _ = cx.send("outbox", String::from("two"));
    }
    assert_eq!(
        hints(),
        [format!(
            "{b}.inbox has refused a message of {a}.outbox (1 of 1 messages): \
             it is in the error, and lost if that is ignored"
        )]
    );
    let snapshot = s.snapshot();
    let outbox = snapshot.component(a.id()).and_then(|a| a.outbox("outbox")).expect("it is shown");
    assert_eq!(outbox.sent, 1);
}

#[test]
fn s16_the_error_of_a_full_box_says_who_is_full_how_many_wait_and_what_to_write_instead() {
    let s = scheduler();
    let (a, b) = (s.add(Still), s.add(Narrow));
    let cx = s.context(&a);
    cx.link((&a, "outbox"), (&b, "inbox")).unwrap();
    cx.send("outbox", 1).unwrap();
    let refused = cx.send("outbox", 2).unwrap_err();
    assert_eq!((refused.kind(), refused.length(), refused.size()), (SendErrorKind::Full, 1, 1));
    assert_eq!(
        refused.to_string(),
        format!(
            "{a}.outbox cannot send: {b}.inbox is full (1 of 1 messages); \
             send_when_room(..).await waits for room, and inbox_size or set_size gives the box more"
        )
    );
    let refused = cx.deliver_to(&b, "inbox", 3).unwrap_err();
    assert_eq!(
        refused.to_string(),
        format!(
            "{a} cannot send: {b}.inbox is full (1 of 1 messages); \
             a pause ends when there is room, and inbox_size or set_size gives the box more"
        )
    );
}

#[test]
fn s16_the_refused_are_woken_in_order_of_refusal_one_for_each_place() {
    let mut s = scheduler();
    let sink = s.add(Narrow);
    producers(&mut s, &sink, &[0, 3, 1, 2]);
    settle(&mut s);
    assert_eq!(said(), ["0 sent", "3 refused", "1 refused", "2 refused"]);
    for (taken, next) in [("0", "3"), ("3", "1"), ("1", "2")] {
        assert_eq!(drained(&s, &sink, "inbox"), taken);
        settle(&mut s);
        let mut lines = said();
        lines.sort_by_key(|line| line.ends_with("sent"));
        assert_eq!(lines, [format!("{taken} woken by collection"), format!("{next} sent")]);
    }
}

#[test]
fn s16_several_places_at_once_wake_as_many() {
    let mut s = scheduler();
    let sink = s.add(Still);
    let filler = s.add(Still);
    let cx = s.context(&sink);
    cx.set_size((&sink, "inbox"), Some(2)).unwrap();
    cx.link((&filler, "outbox"), (&sink, "inbox")).unwrap();
    s.context(&filler).send("outbox", -1).unwrap();
    s.context(&filler).send("outbox", -2).unwrap();
    producers(&mut s, &sink, &[1, 2, 3]);
    settle(&mut s);
    assert_eq!(said(), ["1 refused", "2 refused", "3 refused"]);
    assert_eq!(drained(&s, &sink, "inbox"), "-1,-2");
    settle(&mut s);
    assert_eq!(said(), ["1 sent", "2 sent"], "two places, two woken, the third still waits");
}

#[test]
fn s16_who_asked_and_was_told_full_is_woken_when_room_appears() {
    let mut s = scheduler();
    let sink = s.add(Narrow);
    let filler = s.add(Still);
    let asker = s.add(act(async |cx| {
        say!("room: {}", cx.has_room("outbox"));
        cx.yield_now().await;
        say!("room: {}", cx.has_room("outbox"));
        cx.pause().await;
        say!("woken, room: {}", cx.has_room("outbox"));
        Ok(())
    }));
    s.context(&sink).link((&asker, "outbox"), (&sink, "inbox")).unwrap();
    s.context(&sink).link((&filler, "outbox"), (&sink, "inbox")).unwrap();
    s.activate(asker);
    s.run_pass().unwrap();
    s.context(&filler).send("outbox", 1).unwrap();
    settle(&mut s);
    assert_eq!(said(), ["room: true", "room: false"]);
    assert_eq!(drained(&s, &sink, "inbox"), "1");
    settle(&mut s);
    assert_eq!(said(), ["woken, room: true"]);
}

#[test]
fn s16_a_wider_limit_is_room_too_and_a_narrower_one_keeps_what_is_there() {
    let mut s = scheduler();
    let sink = s.add(Narrow);
    producers(&mut s, &sink, &[1, 2]);
    settle(&mut s);
    assert_eq!(said(), ["1 sent", "2 refused"]);
    let cx = s.context(&sink);
    cx.set_size((&sink, "inbox"), None).unwrap();
    settle(&mut s);
    assert_eq!(said(), ["2 sent"]);
    cx.set_size((&sink, "inbox"), Some(1)).unwrap();
    assert_eq!(cx.data_ready("inbox"), 2);
    let outsider = s.add(Still);
    cx.link((&outsider, "outbox"), (&sink, "inbox")).unwrap();
    assert!(s.context(&outsider).send("outbox", 3).is_err());
    assert_eq!(drained(&s, &sink, "inbox"), "1,2");
}

#[test]
fn s16_nobody_is_woken_and_no_place_in_the_line_is_lost_while_there_is_no_room_yet() {
    let mut s = scheduler();
    let (sink, filler) = (s.add(Still), s.add(Still));
    let cx = s.context(&sink);
    cx.link((&filler, "outbox"), (&sink, "inbox")).unwrap();
    for n in 0..3 {
        s.context(&filler).send("outbox", n).unwrap();
    }
    cx.set_size((&sink, "inbox"), Some(1)).unwrap();
    producers(&mut s, &sink, &[11, 12, 13]);
    settle(&mut s);
    assert_eq!(said(), ["11 refused", "12 refused", "13 refused"]);
    for _ in 0..2 {
        cx.recv("inbox").expect("three lie there, though one has room");
        settle(&mut s);
        assert_eq!(said(), [""; 0], "taking from an overfull box frees no place");
    }
    for (taken, next) in [("2", 11), ("11", 12), ("12", 13)] {
        assert_eq!(drained(&s, &sink, "inbox"), taken);
        settle(&mut s);
        assert!(said().contains(&format!("{next} sent")), "it is the turn of {next}");
    }
}

#[test]
fn s16_who_asks_again_and_again_stands_in_line_once() {
    let mut s = scheduler();
    let sink = s.add(Still);
    s.context(&sink).set_size((&sink, "inbox"), Some(2)).unwrap();
    let filler = s.add(Still);
    s.context(&filler).link((&filler, "outbox"), (&sink, "inbox")).unwrap();
    s.context(&filler).send("outbox", -1).unwrap();
    s.context(&filler).send("outbox", -2).unwrap();
    let eager = s.activate(act(async |cx| {
        assert!(!cx.has_room("outbox") && !cx.has_room("outbox"));
        while cx.send("outbox", 1).is_err() {
            cx.pause().await;
        }
        Ok(())
    }));
    s.context(&sink).link((&eager, "outbox"), (&sink, "inbox")).unwrap();
    producers(&mut s, &sink, &[2]);
    settle(&mut s);
    assert_eq!(said(), ["2 refused"]);
    assert_eq!(drained(&s, &sink, "inbox"), "-1,-2");
    s.run_pass().unwrap();
    assert_eq!(said(), ["2 sent"], "two places, one for each of the two, in the same pass");
    assert_eq!(drained(&s, &sink, "inbox"), "1,2");
}

#[test]
fn s16_a_place_that_the_first_in_line_does_not_take_goes_to_the_next() {
    let mut s = scheduler();
    let sink = s.add(Narrow);
    let all = producers(&mut s, &sink, &[0, 1, 2]);
    settle(&mut s);
    assert_eq!(said(), ["0 sent", "1 refused", "2 refused"]);
    assert_eq!(drained(&s, &sink, "inbox"), "0");
    s.context(&sink).stop(&all[1]);
    settle(&mut s);
    assert!(said().contains(&"2 sent".into()), "1 was woken for the place, and stopped before it could send");
}

#[test]
fn s16_who_gives_up_waiting_for_room_sends_nothing_later_and_its_place_goes_to_the_next() {
    let mut s = scheduler();
    let sink = s.add(Narrow);
    producers(&mut s, &sink, &[0]);
    settle(&mut s);
    let impatient = s.add(act(async |cx: &Context| {
        {
            let mut sending = pin!(cx.send_when_room("outbox", 1));
            assert!(poll_fn(|task| Poll::Ready(sending.as_mut().poll(task).is_pending())).await);
        }
        say!("1 gave up");
        cx.sleep(std::time::Duration::from_secs(60)).await;
        Ok(())
    }));
    s.context(&sink).link((&impatient, "outbox"), (&sink, "inbox")).unwrap();
    s.activate(impatient);
    settle(&mut s);
    producers(&mut s, &sink, &[2]);
    settle(&mut s);
    assert_eq!(said(), ["0 sent", "1 gave up", "2 refused"]);
    assert_eq!(drained(&s, &sink, "inbox"), "0");
    settle(&mut s);
    assert_eq!(said(), ["0 woken by collection", "2 sent"]);
    assert_eq!(drained(&s, &sink, "inbox"), "2");
    settle(&mut s);
    assert_eq!(drained(&s, &sink, "inbox"), "-");
}

#[test]
fn s16_a_limit_on_any_box_of_a_chain_holds_for_the_chain_until_it_is_cut() {
    let s = scheduler();
    let (source, other) = (s.add(Still), s.add(Still));
    let (outer, narrow, last) = (s.add(Still), s.add(Narrow), s.add(Still));
    let cx = s.context(&source);
    cx.link((&source, "outbox"), (&outer, "inbox")).unwrap();
    cx.link((&other, "outbox"), (&last, "inbox")).unwrap();
    let onward = cx.pass_through_inbox((&narrow, "inbox"), (&last, "inbox")).unwrap();
    let inward = cx.pass_through_inbox((&outer, "inbox"), (&narrow, "inbox")).unwrap();
    cx.send("outbox", 0).unwrap();
    let refused = cx.send("outbox", 1).unwrap_err().to_string();
    assert!(refused.contains(&last.name()), "{refused}");
    assert!(s.context(&other).send("outbox", 2).is_err(), "the last box is full for everybody");
    assert_eq!(cx.size((&last, "inbox")).unwrap(), None, "it has no size of its own");

    cx.unlink(&onward);
    for n in 3..6 {
        s.context(&other).send("outbox", n).unwrap();
    }
    cx.send("outbox", 6).unwrap();
    assert!(cx.send("outbox", 7).is_err());
    cx.unlink(&inward);
    cx.send("outbox", 8).unwrap();
    cx.send("outbox", 9).unwrap();
    let boxes = [&outer, &narrow, &last].map(|component| drained(&s, component, "inbox"));
    assert_eq!(boxes, ["8,9", "6", "0,3,4,5"]);
}

#[test]
fn s16_the_smallest_limit_of_a_chain_counts_whichever_is_set_or_changed() {
    let s = scheduler();
    let (source, outer, inner) = (s.add(Still), s.add(Still), s.add(Still));
    let cx = s.context(&source);
    cx.link((&source, "outbox"), (&outer, "inbox")).unwrap();
    cx.pass_through_inbox((&outer, "inbox"), (&inner, "inbox")).unwrap();
    let takes = || {
        let taken = (0..10).take_while(|n| cx.send("outbox", *n).is_ok()).count();
        drained(&s, &inner, "inbox");
        taken
    };
    assert_eq!(takes(), 10);
    cx.set_size((&outer, "inbox"), Some(3)).unwrap();
    assert_eq!(takes(), 3);
    cx.set_size((&inner, "inbox"), Some(2)).unwrap();
    assert_eq!(takes(), 2);
    cx.set_size((&inner, "inbox"), Some(5)).unwrap();
    assert_eq!((takes(), cx.size((&inner, "inbox")).unwrap()), (3, Some(5)));
    cx.set_size((&outer, "inbox"), None).unwrap();
    assert_eq!(takes(), 5);
}

#[test]
fn s16_send_when_room_waits_asleep_and_loses_nothing() {
    let mut s = scheduler();
    let sink = s.add(act_narrow(async |cx: &Context| {
        for _ in 0..3 {
            cx.yield_now().await;
        }
        for _ in 0..4 {
            say!("got {}", cx.next::<i32>("inbox").await?);
        }
        Ok(())
    }));
    let source = s.add(act(async |cx| {
        for n in 0..4 {
            cx.send_when_room("outbox", n).await.expect("nobody tells it to stop");
        }
        say!("all sent");
        Ok(())
    }));
    s.context(&sink).link((&source, "outbox"), (&sink, "inbox")).unwrap();
    s.activate(source);
    s.activate(sink);
    s.run().unwrap();
    let mut lines = said();
    lines.retain(|line| line != "all sent");
    assert_eq!(lines, ["got 0", "got 1", "got 2", "got 3"]);
}

fn act_narrow<F>(main: F) -> crate::stage::Act<F>
where
    F: AsyncFnOnce(&Context) -> axon::Result + 'static,
{
    crate::stage::act_with(|| Boxes::standard().inbox_size("inbox", 1), main)
}

#[test]
fn s16_send_when_room_gives_up_and_hands_back_when_told_to_stop_at_once() {
    let mut s = scheduler();
    let (sink, boss) = (s.add(Narrow), s.add(Still));
    let source = s.add(act(async |cx| {
        cx.send("outbox", 1)?;
        let refused = cx.send_when_room("outbox", 2).await.expect_err("told to stop while waiting");
        say!("has {:?} back", refused.into_message().into_value::<i32>().unwrap());
        Ok(())
    }));
    s.context(&sink).link((&source, "outbox"), (&sink, "inbox")).unwrap();
    s.context(&boss).link((&boss, "signal"), (&source, "control")).unwrap();
    s.activate(source.clone());
    settle(&mut s);
    assert_eq!(said(), [""; 0]);
    s.context(&boss).send("signal", axon::ShutdownMicroprocess::new()).unwrap();
    settle(&mut s);
    assert_eq!(said(), ["has 2 back"]);
    assert!(source.is_stopped());
}

/// Writes a line at each of its turns but the first.
struct Watch(&'static str);

impl Component for Watch {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            cx.pause().await;
            say!("{} woken", self.0);
        }
    }
}

/// Two producers, the first behind a chassis whose outbox and inbox both pass through, and a sink.
fn collected_from(s: &mut Scheduler) {
    let (sender, other, outer, sink, porch) = (
        s.add(Watch("sender")),
        s.add(Watch("other")),
        s.add(Watch("outer")),
        s.add(Still),
        s.add(Watch("porch")),
    );
    let cx = s.context(&sink);
    cx.pass_through_outbox((&sender, "outbox"), (&outer, "outbox")).unwrap();
    cx.link((&outer, "outbox"), (&porch, "inbox")).unwrap();
    cx.pass_through_inbox((&porch, "inbox"), (&sink, "inbox")).unwrap();
    cx.link((&other, "outbox"), (&sink, "inbox")).unwrap();
    for watch in [&sender, &other, &outer, &porch] {
        s.activate(watch.clone());
    }
    settle(s);
    s.context(&sender).send("outbox", 1).unwrap();
    settle(s);
    assert_eq!(said(), [""; 0], "sending wakes no producer");
    assert_eq!(drained(s, &sink, "inbox"), "1");
    settle(s);
}

#[test]
fn s17_a_collection_wakes_the_sender_of_the_message_and_no_uninvolved_owner_upstream() {
    collected_from(&mut scheduler());
    assert_eq!(said(), ["sender woken"]);
}

#[test]
fn s17_a_collection_wakes_the_sender_whatever_the_payload_and_however_it_is_collected() {
    let collect: [fn(&Context); 4] = [
        |cx| assert!(cx.recv("inbox").is_some()),
        |cx| assert_eq!(cx.recv_as::<i32>("inbox").unwrap(), Some(0)),
        |cx| assert_eq!(cx.drain::<String>("inbox").next().unwrap().unwrap(), "one"),
        |cx| _ = cx.recv_as::<u8>("inbox").unwrap_err(),
    ];
    let payloads = [Message::new(0), Message::new(0), Message::new(String::from("one")), Message::new("?")];
    for (collect, payload) in collect.into_iter().zip(payloads) {
        let mut s = scheduler();
        let (sender, sink) = (s.activate(Watch("sender")), s.add(Still));
        let cx = s.context(&sender);
        cx.link((&sender, "outbox"), (&sink, "inbox")).unwrap();
        settle(&mut s);
        cx.send("outbox", payload).unwrap();
        settle(&mut s);
        assert_eq!(said(), [""; 0]);
        collect(&s.context(&sink));
        settle(&mut s);
        assert_eq!(said(), ["sender woken"]);
    }
}

#[test]
fn s17_in_the_exact_mode_a_collection_wakes_every_owner_of_an_outbox_upstream() {
    collected_from(&mut Scheduler::builder().virtual_clock().exact_waking().build());
    let mut lines = said();
    lines.sort();
    assert_eq!(
        lines,
        ["other woken", "outer woken", "sender woken"],
        "but not the owner of an inbox on the way"
    );
}

#[test]
fn s17_nobody_is_woken_whose_linkage_was_cut_before_the_collection() {
    for mut s in [scheduler(), Scheduler::builder().virtual_clock().exact_waking().build()] {
        let (sender, sink) = (s.activate(Watch("sender")), s.add(Still));
        let cx = s.context(&sender);
        let linkage = cx.link((&sender, "outbox"), (&sink, "inbox")).unwrap();
        settle(&mut s);
        cx.send("outbox", 1).unwrap();
        cx.unlink(&linkage);
        settle(&mut s);
        assert_eq!(drained(&s, &sink, "inbox"), "1");
        settle(&mut s);
        assert_eq!(said(), [""; 0]);
    }
}
