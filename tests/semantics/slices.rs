//! Components that compute for long, or always find what they ask for: promise S9a.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{self, Waker};
use std::time::{Duration, Instant};

use axon::{Component, ComponentRef, Context, Park, Scheduler, Unpark};

use crate::stage::{Still, act, ms, scheduler};

/// A park that counts how often it is looked at.
struct Looks(Rc<Cell<u32>>);

struct Deaf;

impl Unpark for Deaf {
    fn unpark(&self) {}
}

impl Park for Looks {
    fn park(&mut self, _: Option<Duration>) {
        self.0.set(self.0.get() + 1);
    }

    fn unparker(&self) -> Arc<dyn Unpark> {
        Arc::new(Deaf)
    }

    fn is_watching(&self) -> bool {
        true
    }
}

/// A scheduler whose park is watched.
fn watched() -> (Scheduler, Rc<Cell<u32>>) {
    let (s, looks) = (Scheduler::new(), Rc::new(Cell::new(0)));
    let helper = s.add(Still);
    s.context(&helper).install_park(Looks(looks.clone())).unwrap();
    (s, looks)
}

/// Holds the processor for so long.
fn compute(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        std::hint::spin_loop();
    }
}

/// Takes a turn in each pass until this one has ended, and counts them.
fn counts_turns(turns: Rc<Cell<u32>>, until: ComponentRef) -> impl Component {
    act(async move |cx: &Context| {
        while !until.is_stopped() {
            turns.set(turns.get() + 1);
            cx.yield_now().await;
        }
        Ok(())
    })
}

#[test]
fn s09a_between_long_steps_the_park_is_polled_after_each() {
    let (mut s, looks) = watched();
    s.activate(act(async |cx| {
        for _ in 0..10 {
            compute(ms(2));
            cx.yield_now().await;
        }
        Ok(())
    }));
    s.run().unwrap();
    assert!(looks.get() >= 9, "{} looks", looks.get());
}

#[test]
fn s09a_steps_that_become_long_are_noticed() {
    let (mut s, looks) = watched();
    s.activate(act({
        let looks = looks.clone();
        async move |cx: &Context| {
            for _ in 0..2000 {
                cx.yield_now().await;
            }
            let before = looks.get();
            for _ in 0..60 {
                compute(ms(1));
                cx.yield_now().await;
            }
            assert!(looks.get() - before >= 20, "{} looks", looks.get() - before);
            Ok(())
        }
    }));
    s.run().unwrap();
}

#[test]
fn s09a_who_always_finds_a_message_gives_the_others_turns() {
    let mut s = scheduler();
    let turns = Rc::new(Cell::new(0));
    let reader = s.activate(act({
        let turns = turns.clone();
        async move |cx: &Context| {
            for number in 0..200_000_u32 {
                assert_eq!(cx.next::<u32>("inbox").await?, number);
            }
            assert!(turns.get() >= 100, "{} turns", turns.get());
            Ok(())
        }
    }));
    let remote = s.remote();
    for number in 0..200_000_u32 {
        remote.deliver(&reader, "inbox", number).unwrap();
    }
    drop(remote);
    s.activate(counts_turns(turns, reader));
    s.run().unwrap();
}

#[test]
fn s09a_who_always_finds_room_gives_the_others_turns() {
    let mut s = scheduler();
    let over = Rc::new(Cell::new(false));
    s.activate(act({
        let over = over.clone();
        async move |cx: &Context| {
            // Nobody is linked, so there is always room.
            while !over.get() {
                let _ = cx.send_when_room("outbox", 1).await;
            }
            Ok(())
        }
    }));
    s.activate(act(async move |cx: &Context| {
        for _ in 0..10 {
            cx.yield_now().await;
        }
        over.set(true);
        Ok(())
    }));
    s.run().unwrap();
}

#[test]
fn s09a_who_sends_on_to_one_that_has_ended_gives_the_others_turns() {
    let mut s = scheduler();
    let ended = s.activate(act(async |_: &Context| Ok(())));
    s.activate(act({
        let ended = ended.clone();
        async move |cx: &Context| {
            cx.link((cx.me(), "outbox"), (&ended, "inbox"))?;
            while cx.data_ready("control") == 0 {
                let _ = cx.send_when_room("outbox", 1).await;
            }
            Ok(())
        }
    }));
    s.activate(act(async |cx: &Context| {
        for _ in 0..10 {
            cx.yield_now().await;
        }
        cx.stop_scheduler();
        Ok(())
    }));
    s.run().unwrap();
    assert!(ended.is_stopped());
}

#[test]
fn s09a_who_computes_for_long_with_each_message_gives_the_others_a_turn_after_each() {
    let mut s = Scheduler::new();
    let turns = Rc::new(Cell::new(0));
    let reader = s.activate(act({
        let turns = turns.clone();
        async move |cx: &Context| {
            for _ in 0..20 {
                cx.next::<u32>("inbox").await?;
                compute(ms(2));
            }
            assert!(turns.get() >= 19, "{} turns", turns.get());
            Ok(())
        }
    }));
    let remote = s.remote();
    for number in 0..20_u32 {
        remote.deliver(&reader, "inbox", number).unwrap();
    }
    drop(remote);
    s.activate(counts_turns(turns, reader));
    s.run().unwrap();
}

#[test]
fn s09a_an_embedded_scheduler_gives_the_outer_loop_a_turn_after_a_long_step() {
    let (s, looks) = watched();
    s.activate(act(async |cx| {
        for _ in 0..10 {
            compute(ms(2));
            cx.yield_now().await;
        }
        Ok(())
    }));
    let mut s = std::pin::pin!(s);
    let mut polls = 0;
    while s.as_mut().poll(&mut task::Context::from_waker(Waker::noop())).is_pending() {
        polls += 1;
    }
    assert!((9..100).contains(&polls), "{polls} polls");
    assert!(looks.get() >= 9, "{} looks", looks.get());
}
