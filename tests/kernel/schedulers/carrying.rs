//! What a linkage between schedulers carries: all, in order, within the limits.

use std::sync::mpsc;
use std::time::Duration;

use axon::{
    Boxes, CONTROL, Component, ComponentRef, Context, INBOX, LinkageKind, OUTBOX, ProducerFinished, SIGNAL,
    Scheduler,
};

use crate::schedulers::abroad::{Abroad, Collects, Counts, join};
use crate::stage::{act, said, say};

const MANY: i32 = 20_000;

fn all() -> Vec<i32> {
    (0..MANY).collect()
}

/// A scheduler of which few messages are on their way at a time.
fn narrow() -> Scheduler {
    Scheduler::builder().crossing_size(4).build()
}

/// Runs a maker that links, tells the source to begin, and stays until the source has ended.
fn begin(s: &mut Scheduler, source: ComponentRef, sink: ComponentRef, mut remotes: Vec<axon::Remote>) {
    s.activate(act(async move |cx: &Context| {
        join(cx, &source, &sink);
        cx.link((cx.me(), OUTBOX), (&source, CONTROL))?;
        cx.link((&sink, SIGNAL), (cx.me(), CONTROL))?;
        remotes.clear();
        cx.send(OUTBOX, "begin")?;
        cx.next::<ProducerFinished>(CONTROL).await?;
        say!("over");
        Ok(())
    }));
    s.run().unwrap();
    assert_eq!(said(), ["over"]);
}

#[test]
fn from_mine_to_theirs_all_arrive_in_order_through_a_narrow_crossing_into_a_small_inbox() {
    let (tell, told) = mpsc::channel();
    let mut sink = Abroad::on(narrow, move || Collects::new(tell, Some(3)));
    let mut s = narrow();
    let source = s.activate(Counts { count: MANY });
    begin(&mut s, source, sink.it.clone(), vec![sink.remote.take().unwrap()]);
    assert_eq!(told.recv().unwrap(), all());
    sink.end().unwrap();
}

#[test]
fn from_theirs_to_mine_all_arrive_in_order_through_a_narrow_crossing_into_a_small_inbox() {
    let (tell, told) = mpsc::channel();
    let mut source = Abroad::on(narrow, || Counts { count: MANY });
    let mut s = narrow();
    let sink = s.activate(Collects::new(tell, Some(3)));
    begin(&mut s, source.it.clone(), sink, vec![source.remote.take().unwrap()]);
    assert_eq!(told.recv().unwrap(), all());
    source.end().unwrap();
}

#[test]
fn from_one_stranger_to_another_all_arrive_in_order() {
    let (tell, told) = mpsc::channel();
    let mut source = Abroad::new(|| Counts { count: MANY });
    let mut sink = Abroad::new(move || Collects::new(tell, None));
    let remotes = vec![source.remote.take().unwrap(), sink.remote.take().unwrap()];
    begin(&mut Scheduler::new(), source.it.clone(), sink.it.clone(), remotes);
    assert_eq!(told.recv().unwrap(), all());
    source.end().unwrap();
    sink.end().unwrap();
}

#[test]
fn no_more_will_come_overtakes_nothing_that_was_sent_before_it() {
    for round in 0..200 {
        let (tell, told) = mpsc::channel();
        let size = [None, Some(1), Some(7)][round % 3];
        let mut sink = Abroad::new(move || Collects::new(tell, size));
        let remote = sink.remote.take();
        let mut s = Scheduler::new();
        let to = sink.it.clone();
        s.activate(act(async move |cx: &Context| {
            join(cx, cx.me(), &to);
            drop(remote);
            for number in 0..500 {
                cx.send(OUTBOX, number)?;
            }
            cx.send(SIGNAL, ProducerFinished::new())?;
            Ok(())
        }));
        s.run().unwrap();
        assert_eq!(told.recv().unwrap(), (0..500).collect::<Vec<_>>(), "round {round}");
        sink.end().unwrap();
    }
}

#[test]
fn a_full_inbox_there_fills_the_crossing_then_the_sender_is_refused_and_it_is_woken_when_there_is_room() {
    let (tell, told) = mpsc::channel();
    let (open, gate) = mpsc::channel();
    let mut sink = Abroad::new(move || Collects { into: tell, gate: Some(gate), size: Some(1) });
    let remote = sink.remote.take();
    let to = sink.it.clone();
    let mut s = narrow();
    s.activate(act(async move |cx: &Context| {
        join(cx, cx.me(), &to);
        drop(remote);
        let mut sent = 0;
        for _ in 0..20 {
            while sent < 100 && cx.send(OUTBOX, sent).is_ok() {
                sent += 1;
            }
            cx.yield_now().await;
        }
        assert_eq!(sent, 8, "four on their way and four before the crossing");
        let refused = cx.send(OUTBOX, sent).unwrap_err();
        let text = refused.to_string();
        assert!(text.contains(&cx.name()) && text.contains(&format!("{to}.inbox")), "{text}");
        open.send(())?;
        for number in sent..100 {
            cx.send_when_room(OUTBOX, number).await.expect("nobody stops it");
        }
        cx.send(SIGNAL, ProducerFinished::new())?;
        Ok(())
    }));
    s.run().unwrap();
    assert_eq!(told.recv().unwrap(), (0..100).collect::<Vec<_>>());
    sink.end().unwrap();
}

#[test]
fn whom_a_message_names_can_be_answered_across_and_meanwhile_nobody_is_called_stuck() {
    /// Answers each question at the inbox of whoever asked, in its own time.
    struct Oracle(mpsc::Receiver<()>);
    impl Component for Oracle {
        async fn main(&mut self, cx: &Context) -> axon::Result {
            for _ in 0..3 {
                let asker: ComponentRef = cx.next(INBOX).await?;
                // The asker sleeps by now, or will soon.
                let _ = self.0.recv_timeout(Duration::from_millis(20));
                let linkage = cx.link((cx.me(), OUTBOX), (&asker, INBOX))?;
                cx.send(OUTBOX, 42)?;
                cx.unlink(linkage);
            }
            Ok(())
        }
    }
    let (_keep, never) = mpsc::channel();
    let mut oracle = Abroad::new(move || Oracle(never));
    let remote = oracle.remote.take();
    let mut s = Scheduler::new();
    let to = oracle.it.clone();
    s.activate(act(async move |cx: &Context| {
        cx.link((cx.me(), OUTBOX), (&to, INBOX))?;
        drop(remote);
        for _ in 0..3 {
            cx.send(OUTBOX, cx.me().clone())?;
            let answer: i32 = cx.next(INBOX).await?;
            say!("{answer}");
        }
        Ok(())
    }));
    s.run().unwrap();
    assert_eq!(said(), ["42", "42", "42"]);
    oracle.end().unwrap();
}

#[test]
fn inboxes_and_outboxes_can_be_passed_through_to_another_scheduler() {
    /// Adds one to numbers.
    struct Next;
    impl Component for Next {
        async fn main(&mut self, cx: &Context) -> axon::Result {
            loop {
                for number in cx.drain::<i32>(INBOX) {
                    cx.send(OUTBOX, number? + 1)?;
                }
                if let Some(notice) = cx.told_to_end() {
                    cx.send(SIGNAL, notice)?;
                    return Ok(());
                }
                cx.pause().await;
            }
        }
    }
    /// Does nothing itself: its boxes are those of another, elsewhere.
    struct Shell(ComponentRef, Option<axon::Remote>);
    impl Component for Shell {
        fn boxes(&self) -> Boxes {
            Boxes::standard().inbox("_over", "told when the other has ended")
        }
        async fn main(&mut self, cx: &Context) -> axon::Result {
            assert!(cx.data_ready(INBOX) > 4, "more than fit on the way were there before");
            for (inbox, kind) in
                [(INBOX, LinkageKind::PassThroughInbox), (CONTROL, LinkageKind::PassThroughInbox)]
            {
                assert_eq!(cx.pass_through_inbox((cx.me(), inbox), (&self.0, inbox))?.kind(), kind);
            }
            cx.pass_through_outbox((&self.0, OUTBOX), (cx.me(), OUTBOX))?;
            cx.link((&self.0, SIGNAL), (cx.me(), "_over"))?;
            assert_eq!(cx.linkages().len(), 4);
            self.1 = None;
            let notice: ProducerFinished = cx.next("_over").await?;
            cx.send(SIGNAL, notice)?;
            Ok(())
        }
    }
    let mut next = Abroad::new(|| Next);
    let mut s = narrow();
    let (tell, told) = mpsc::channel();
    let sink = s.activate(Collects::new(tell, Some(2)));
    let shell = s.add(Shell(next.it.clone(), next.remote.take()));
    let to = shell.clone();
    s.activate(act(async move |cx: &Context| {
        join(cx, &to, &sink);
        join(cx, cx.me(), &to);
        cx.link((&sink, SIGNAL), (cx.me(), CONTROL))?;
        for number in 0..10 {
            cx.send(OUTBOX, number)?;
        }
        cx.activate(&to);
        cx.yield_now().await;
        for number in 10..100 {
            cx.send_when_room(OUTBOX, number).await.expect("nobody stops it");
        }
        cx.send(SIGNAL, ProducerFinished::new())?;
        cx.next::<ProducerFinished>(CONTROL).await?;
        Ok(())
    }));
    s.run().unwrap();
    assert_eq!(told.recv().unwrap(), (1..=100).collect::<Vec<_>>());
    drop(shell);
    next.end().unwrap();
}

#[test]
fn a_scheduler_with_a_virtual_clock_can_be_linked_to() {
    let (tell, told) = mpsc::channel();
    let clock = || Scheduler::builder().virtual_clock().build();
    let mut sink = Abroad::on(clock, move || Collects::new(tell, Some(3)));
    let mut s = Scheduler::new();
    let source = s.activate(Counts { count: 100 });
    begin(&mut s, source, sink.it.clone(), vec![sink.remote.take().unwrap()]);
    assert_eq!(told.recv().unwrap(), (0..100).collect::<Vec<_>>());
    sink.end().unwrap();
}
