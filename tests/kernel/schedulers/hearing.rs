//! How a source learns that its receiver in another scheduler has ended: as it would in its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use axon::util::DataSource;
use axon::{
    Boxes, CONTROL, Component, ComponentRef, Context, INBOX, OUTBOX, ProducerFinished, Scheduler,
    error::NotSentErrorKind, parallel,
};

use crate::schedulers::abroad::Abroad;
use crate::stage::{act, act_with};

/// More than any of these sends before it learns that nobody hears it.
const MANY: i32 = 200_000;

/// Reads so many numbers, through a small inbox, and ends.
struct Reads(usize, mpsc::Sender<i32>);

impl Component for Reads {
    fn boxes(&self) -> Boxes {
        Boxes::standard().inbox_size(INBOX, 1)
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        for _ in 0..self.0 {
            self.1.send(cx.next::<i32>(INBOX).await?)?;
        }
        Ok(())
    }
}

/// Passes its inbox to a child that reads two numbers, and to another whenever it is asked for one. It lives
/// until it is told to end.
struct Keeps(mpsc::Sender<i32>);

impl Component for Keeps {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            let child = cx.add_child(Reads(2, self.0.clone()));
            let linkage = cx.pass_through_inbox((cx.me(), INBOX), (&child, INBOX))?;
            cx.activate(child);
            let asked = loop {
                match cx.recv(CONTROL) {
                    Some(asked) => break asked,
                    None => cx.pause().await,
                }
            };
            if asked.ending().is_some() {
                return Ok(());
            }
            cx.unlink(linkage);
        }
    }
}

/// Sends numbers until it is told that nobody hears them. Returns how many it has sent.
async fn send_until_unheard(cx: &Context) -> axon::Result<i32> {
    for number in 0..MANY {
        if let Err(error) = cx.send_when_room(OUTBOX, number).await {
            assert_eq!(error.kind(), NotSentErrorKind::ReceiverEnded, "{error}");
            assert!(error.to_string().contains("has ended"), "{error}");
            return Ok(number);
        }
    }
    Err("it sends on and on, and nobody hears it".into())
}

fn with_ask() -> Boxes {
    Boxes::standard().outbox("ask", "to the keeper")
}

#[test]
fn a_source_learns_that_its_receiver_in_another_scheduler_has_ended_when_the_run_there_is_over() {
    let (tell, told) = mpsc::channel();
    let mut sink = Abroad::new(move || Reads(3, tell));
    let remote = sink.remote.take();
    let to = sink.it.clone();
    let mut s = Scheduler::builder().crossing_size(4).build();
    s.activate(act(async move |cx: &Context| {
        let linkage = cx.link((cx.me(), OUTBOX), (&to, INBOX))?;
        drop(remote);
        send_until_unheard(cx).await?;
        assert!(!cx.is_heard(OUTBOX));
        let sent = (0..2 * MANY).take_while(|number| cx.send(OUTBOX, *number).is_ok()).count();
        assert!(sent < MANY as usize, "a loop that never hands over control comes to an end");
        // It is told so until the linkage is no more.
        while !cx.linkages().is_empty() {
            cx.pause().await;
        }
        assert!(!cx.is_heard(OUTBOX));
        cx.unlink(linkage);
        assert!(cx.is_heard(OUTBOX), "an outbox that leads nowhere counts as heard");
        Ok(())
    }));
    s.run().unwrap();
    assert_eq!(told.iter().collect::<Vec<_>>(), [0, 1, 2]);
    sink.end().unwrap();
}

#[test]
fn a_source_learns_it_too_while_the_run_there_goes_on_and_is_heard_again_by_the_next_one() {
    let (tell, told) = mpsc::channel();
    let mut keeper = Abroad::new(move || Keeps(tell));
    let remote = keeper.remote.take();
    let to = keeper.it.clone();
    let mut s = Scheduler::builder().crossing_size(4).build();
    s.activate(act_with(with_ask, async move |cx: &Context| {
        cx.link((cx.me(), OUTBOX), (&to, INBOX))?;
        cx.link((cx.me(), "ask"), (&to, CONTROL))?;
        drop(remote);
        send_until_unheard(cx).await?;
        assert!(!cx.is_heard(OUTBOX));
        for number in 0..1000 {
            cx.send(OUTBOX, number)?;
        }
        assert!(cx.outbox_length(OUTBOX) <= 4, "nothing piles up");
        cx.send("ask", "another")?;
        let mut tries = 0;
        while !cx.is_heard(OUTBOX) {
            tries += 1;
            assert!(tries < 60_000, "it is not heard again");
            cx.pause_for(Duration::from_millis(1)).await;
        }
        cx.send_when_room(OUTBOX, -1).await?;
        cx.send_when_room(OUTBOX, -2).await?;
        send_until_unheard(cx).await?;
        cx.send("ask", ProducerFinished::new())?;
        Ok(())
    }));
    s.run().unwrap();
    keeper.end().unwrap();
    assert_eq!(told.iter().collect::<Vec<_>>(), [0, 1, -1, -2]);
}

#[test]
fn a_source_learns_it_through_a_scheduler_between() {
    let (tell, told) = mpsc::channel();
    let mut keeper = Abroad::new(move || Keeps(tell));
    let (last, last_remote) = (keeper.it.clone(), keeper.remote.take());
    let mut between = Abroad::new(move || {
        act(async move |cx: &Context| {
            cx.pass_through_inbox((cx.me(), INBOX), (&last, INBOX))?;
            drop(last_remote);
            cx.next::<ProducerFinished>(CONTROL).await?;
            Ok(())
        })
    });
    let remote = between.remote.take();
    let (to, keeps) = (between.it.clone(), keeper.it.clone());
    let mut s = Scheduler::builder().crossing_size(4).build();
    s.activate(act_with(with_ask, async move |cx: &Context| {
        cx.link((cx.me(), OUTBOX), (&to, INBOX))?;
        cx.link((cx.me(), "signal"), (&to, CONTROL))?;
        cx.link((cx.me(), "ask"), (&keeps, CONTROL))?;
        drop(remote);
        send_until_unheard(cx).await?;
        cx.send("ask", ProducerFinished::new())?;
        cx.send("signal", ProducerFinished::new())?;
        Ok(())
    }));
    s.run().unwrap();
    between.end().unwrap();
    keeper.end().unwrap();
    assert_eq!(told.iter().collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn a_chain_of_outboxes_is_told_too() {
    let (tell, told) = mpsc::channel();
    let mut sink = Abroad::new(move || Reads(1, tell));
    let remote = sink.remote.take();
    let to = sink.it.clone();
    let mut s = Scheduler::new();
    s.activate(act(async move |cx: &Context| {
        let child: ComponentRef = cx.add_child(act(async |cx: &Context| {
            send_until_unheard(cx).await?;
            Ok(())
        }));
        cx.pass_through_outbox((&child, OUTBOX), (cx.me(), OUTBOX))?;
        cx.link((cx.me(), OUTBOX), (&to, INBOX))?;
        drop(remote);
        cx.activate(child.clone());
        while !child.is_stopped() {
            cx.pause().await;
        }
        Ok(())
    }));
    s.run().unwrap();
    assert_eq!(told.iter().collect::<Vec<_>>(), [0]);
    sink.end().unwrap();
}

#[test]
fn a_source_of_the_library_ends_when_the_last_stage_of_a_parallel_pipeline_has_ended() {
    let made = Arc::new(AtomicU64::new(0));
    let (count, (tell, told)) = (Arc::clone(&made), mpsc::channel());
    let endless = move || {
        DataSource::new((0..50_000_000).inspect(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
        }))
    };
    let between = || {
        act(async |cx: &Context| {
            loop {
                let number: i32 = cx.next(INBOX).await?;
                cx.send_when_room(OUTBOX, number).await?;
            }
        })
    };
    axon::run(parallel::Pipeline::new().then(endless).then(between).then(move || Reads(3, tell))).unwrap();
    assert_eq!(told.iter().collect::<Vec<_>>(), [0, 1, 2]);
    assert!(made.load(Ordering::Relaxed) < 50_000_000, "it did not send to the end");
}
