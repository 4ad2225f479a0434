//! How linkages between schedulers end: cut, with their maker, with a scheduler; and what is told.

use std::sync::mpsc;

use axon::{
    Boxes, CONTROL, Component, Context, INBOX, Message, OUTBOX, ProducerFinished, SIGNAL, Scheduler,
    error::LinkError,
};

use crate::schedulers::abroad::{Abroad, Collects, Counts, join};
use crate::stage::{Still, act, said, say, warnings};

#[test]
fn an_unlinked_outbox_is_free_at_once_and_what_was_sent_before_still_arrives() {
    let (tell, told) = mpsc::channel();
    let mut sink = Abroad::new(move || Collects::new(tell, None));
    let remote = sink.remote.take();
    let to = sink.it.clone();
    let mut s = Scheduler::new();
    s.activate(act(async move |cx: &Context| {
        let first = cx.link((cx.me(), OUTBOX), (&to, INBOX))?;
        cx.link((cx.me(), SIGNAL), (&to, CONTROL))?;
        drop(remote);
        assert_eq!(cx.linkages().len(), 2);
        assert_eq!((first.source().1, first.sink()), (OUTBOX, (&to, INBOX)));
        cx.link((cx.me(), OUTBOX), (&to, INBOX)).expect_err("it is linked already");
        cx.send(OUTBOX, 1)?;
        cx.unlink(&first);
        assert_eq!(cx.linkages().len(), 1);
        cx.send(OUTBOX, 2)?;
        let second = cx.link((cx.me(), OUTBOX), (&to, INBOX))?;
        cx.send(OUTBOX, 3)?;
        cx.unlink_component(&to);
        cx.unlink(second);
        assert!(cx.linkages().is_empty());
        cx.send(OUTBOX, 4)?;
        cx.link((cx.me(), SIGNAL), (&to, CONTROL))?;
        cx.send(SIGNAL, ProducerFinished::new())?;
        Ok(())
    }));
    s.run().unwrap();
    assert_eq!(told.recv().unwrap(), [1, 3]);
    sink.end().unwrap();
}

#[test]
fn a_linkage_is_cut_when_its_maker_ends_and_both_runs_end() {
    let (tell, told) = mpsc::channel();
    let mut sink = Abroad::new(move || Collects::new(tell, None));
    let remote = sink.remote.take();
    let (to, from) = (sink.it.clone(), sink.it.clone());
    let mut s = Scheduler::new();
    let source = s.add(Still);
    let mine = source.clone();
    s.activate(act(async move |cx: &Context| {
        cx.link((&mine, OUTBOX), (&to, INBOX))?;
        cx.yield_now().await;
        Ok(())
    }));
    s.activate(act(async move |cx: &Context| {
        cx.link((cx.me(), SIGNAL), (&from, CONTROL))?;
        drop(remote);
        for _ in 0..5 {
            cx.yield_now().await;
        }
        cx.send(SIGNAL, ProducerFinished::new())?;
        Ok(())
    }));
    s.run_pass().unwrap();
    s.context(&source).send(OUTBOX, 1).unwrap();
    s.run_pass().unwrap();
    s.context(&source).send(OUTBOX, 2).unwrap();
    s.run().unwrap();
    assert_eq!(told.recv().unwrap(), [1]);
    sink.end().unwrap();
}

#[test]
fn a_run_whose_own_components_have_ended_hands_over_all_and_waits_for_nobody() {
    let (tell, told) = mpsc::channel();
    let (open, gate) = mpsc::channel();
    let mut sink = Abroad::new(move || Collects { into: tell, gate: Some(gate), size: Some(1) });
    let remote = sink.remote.take();
    let to = sink.it.clone();
    let mut s = Scheduler::builder().crossing_size(2).build();
    s.activate(act(async move |cx: &Context| {
        join(cx, cx.me(), &to);
        drop(remote);
        cx.send(OUTBOX, 1)?;
        cx.send(OUTBOX, 2)?;
        cx.send(SIGNAL, ProducerFinished::new())?;
        Ok(())
    }));
    s.run().expect("although the sink has not even begun");
    drop(s);
    open.send(()).unwrap();
    assert_eq!(told.recv().unwrap(), [1, 2]);
    sink.end().unwrap();
}

/// Fails when it is sent anything, or ends in order.
struct Ends {
    fails: bool,
}

impl Component for Ends {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        cx.next::<i32>(INBOX).await?;
        if self.fails { Err("it was asked to".into()) } else { Ok(()) }
    }
}

#[test]
fn when_the_scheduler_of_the_sink_goes_the_source_is_unlinked_and_the_log_says_what_was_not_delivered() {
    for fails in [true, false] {
        warnings();
        let mut sink = Abroad::new(move || Ends { fails });
        let remote = sink.remote.take();
        let to = sink.it.clone();
        let (tell, told) = mpsc::channel();
        let mut s = Scheduler::new();
        s.activate(act(async move |cx: &Context| {
            cx.link((cx.me(), OUTBOX), (&to, INBOX))?;
            drop(remote);
            cx.set_size((cx.me(), INBOX), Some(1))?;
            cx.send(OUTBOX, 1)?;
            while !cx.linkages().is_empty() {
                cx.pause().await;
            }
            // It was woken when nobody was there any more, and the outbox is free.
            cx.link((cx.me(), OUTBOX), (cx.me(), INBOX))?;
            cx.send(OUTBOX, 2)?;
            tell.send(cx.recv_as::<i32>(INBOX)?)?;
            Ok(())
        }));
        s.run().unwrap();
        assert_eq!(told.recv().unwrap(), Some(2));
        let log = warnings().join("\n");
        assert_eq!(log.contains("the scheduler at its end is gone"), fails, "{log}");
        assert_eq!(sink.end().is_err(), fails);
    }
}

#[test]
fn when_the_scheduler_of_the_source_fails_what_it_sent_arrives_and_the_log_tells() {
    warnings();
    let mut source = Abroad::new(|| {
        act(async |cx| {
            cx.next::<&'static str>(CONTROL).await?;
            cx.send(OUTBOX, 1)?;
            cx.yield_now().await;
            cx.yield_now().await;
            Err("it was to be".into())
        })
    });
    let remote = source.remote.take();
    let from = source.it.clone();
    let mut s = Scheduler::new();
    s.activate(act(async move |cx: &Context| {
        cx.link((&from, OUTBOX), (cx.me(), INBOX))?;
        cx.link((cx.me(), OUTBOX), (&from, CONTROL))?;
        drop(remote);
        cx.send(OUTBOX, "begin")?;
        say!("{}", cx.next::<i32>(INBOX).await?);
        cx.next::<i32>(INBOX).await?;
        Ok(())
    }));
    let error = s.run().unwrap_err().to_string();
    assert!(error.starts_with("stuck"), "nothing can come any more: {error}");
    assert_eq!(said(), ["1"]);
    let log = warnings().join("\n");
    assert!(log.contains("the scheduler at its source is gone"), "{log}");
    assert!(source.end().is_err());
}

#[test]
fn what_is_wrong_here_is_an_error_and_what_is_wrong_there_is_logged_there_and_cuts_the_linkage() {
    /// Takes numbers only.
    struct Typed;
    impl Component for Typed {
        fn boxes(&self) -> Boxes {
            Boxes::standard()
                .typed_inbox::<i32>("numbers", "numbers")
                .typed_outbox::<String>("words", "words")
        }
        async fn main(&mut self, cx: &Context) -> axon::Result {
            let notice: Message = loop {
                match cx.told_to_end() {
                    Some(notice) => break notice,
                    None => cx.pause().await,
                }
            };
            say!("{}", warnings().join("\n"));
            let log = said().join("\n");
            assert!(log.contains("no inbox \"nowhere\""), "{log}");
            assert!(log.contains("sends alloc::string::String, the sink takes i32"), "{log}");
            drop(notice);
            Ok(())
        }
    }
    let mut there = Abroad::new(|| {
        warnings();
        Typed
    });
    let remote = there.remote.take();
    let to = there.it.clone();
    let mut s = Scheduler::new();
    let here = s.add(Typed);
    s.activate(act(async move |cx: &Context| {
        let unknown = cx.link((&here, "nothing"), (&to, INBOX)).unwrap_err();
        assert!(matches!(unknown, LinkError::UnknownBox(_)), "{unknown}");
        cx.link((&here, "words"), (&to, "numbers"))?;
        cx.link((&here, OUTBOX), (&to, "nowhere"))?;
        cx.link((&here, SIGNAL), (&to, INBOX))?;
        cx.link((cx.me(), SIGNAL), (&to, CONTROL))?;
        drop(remote);
        while cx.linkages().len() > 2 {
            cx.yield_now().await;
        }
        cx.send(SIGNAL, ProducerFinished::new())?;
        Ok(())
    }));
    s.run().unwrap();
    there.end().unwrap();
}

#[test]
fn a_linkage_elsewhere_can_be_cut_and_made_again_at_once_and_order_is_kept() {
    let (tell, told) = mpsc::channel();
    let mut sink = Abroad::new(move || Collects::new(tell, Some(2)));
    let mut source = Abroad::new(|| {
        act(async |cx| {
            cx.set_size((cx.me(), INBOX), Some(1))?;
            for number in 0.. {
                if cx.data_ready(CONTROL) > 0 {
                    break;
                }
                cx.send_when_room(OUTBOX, number).await.expect("nobody stops it");
                cx.yield_now().await;
            }
            cx.send(SIGNAL, ProducerFinished::new())?;
            Ok(())
        })
    });
    let remotes = (sink.remote.take(), source.remote.take());
    let (from, to) = (source.it.clone(), sink.it.clone());
    let mut s = Scheduler::new();
    s.activate(act(async move |cx: &Context| {
        cx.link((&from, SIGNAL), (&to, CONTROL))?;
        cx.link((&to, SIGNAL), (cx.me(), CONTROL))?;
        cx.link((cx.me(), OUTBOX), (&from, CONTROL))?;
        for _ in 0..300 {
            let linkage = cx.link((&from, OUTBOX), (&to, INBOX))?;
            cx.yield_now().await;
            cx.unlink(linkage);
        }
        cx.link((&from, OUTBOX), (&to, INBOX))?;
        drop(remotes);
        cx.send(OUTBOX, "enough")?;
        cx.next::<ProducerFinished>(CONTROL).await?;
        Ok(())
    }));
    s.run().unwrap();
    let all = told.recv().unwrap();
    assert!(all.is_sorted_by(|one, next| one < next), "in order, none twice");
    source.end().unwrap();
    sink.end().unwrap();
}

#[test]
fn in_an_orderly_stop_the_last_words_still_cross() {
    let (tell, told) = mpsc::channel();
    let mut sink = Abroad::new(move || Collects::new(tell, None));
    let remote = sink.remote.take();
    let to = sink.it.clone();
    let mut s = Scheduler::new();
    s.activate(act(async move |cx: &Context| {
        join(cx, cx.me(), &to);
        drop(remote);
        cx.stop_scheduler_within(std::time::Duration::from_secs(60));
        let notice = loop {
            match cx.told_to_end() {
                Some(notice) => break notice,
                None => cx.pause().await,
            }
        };
        for number in [1, 2] {
            cx.yield_now().await;
            cx.send(OUTBOX, number)?;
        }
        drop(notice);
        cx.send(SIGNAL, ProducerFinished::new())?;
        Ok(())
    }));
    s.run().unwrap();
    assert_eq!(told.recv().unwrap(), [1, 2]);
    sink.end().unwrap();
}

#[test]
fn a_scheduler_that_is_gone_cannot_be_linked_to() {
    let mut gone = Abroad::new(|| Still);
    let it = gone.it.clone();
    gone.remote = None;
    gone.end().unwrap();
    let s = Scheduler::new();
    let me = s.add(Still);
    let error = s.context(&me).link((&me, OUTBOX), (&it, INBOX)).unwrap_err();
    assert!(matches!(&error, LinkError::SchedulerGone { .. }), "{error}");
    assert!(error.to_string().contains(&it.name()));
}

#[test]
fn two_sleepers_on_two_schedulers_with_no_linkage_left_are_called_stuck() {
    let mut source = Abroad::new(|| Counts { count: 1 });
    let remote = source.remote.take();
    let from = source.it.clone();
    let mut s = Scheduler::new();
    s.activate(act(async move |cx: &Context| {
        let linkage = cx.link((&from, OUTBOX), (cx.me(), INBOX))?;
        drop(remote);
        cx.unlink(linkage);
        cx.next::<i32>(INBOX).await?;
        Ok(())
    }));
    assert!(s.run().unwrap_err().to_string().starts_with("stuck"));
    assert!(source.end().unwrap_err().starts_with("stuck"));
}
