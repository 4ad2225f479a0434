//! An orderly stop: who is told what, and in which order: promise S28.

use axon::{Component, ComponentRef, Context, Ending, ProducerFinished, Scheduler};

use crate::stage::{Act, Still, act, act_with, ms, said, say, scheduler};

/// Says how it is told to end, takes a while to do so, and passes the ending on.
fn ends_after(tag: &'static str, millis: u64) -> Act<impl AsyncFnOnce(&Context) -> axon::Result + use<>> {
    act(async move |cx: &Context| {
        let notice = loop {
            match cx.told_to_end() {
                Some(notice) => break notice,
                None => cx.pause().await,
            }
        };
        say!("{tag} told {:?}", notice.ending().unwrap());
        cx.sleep(ms(millis)).await;
        say!("{tag} ends");
        cx.send("signal", notice)?;
        Ok(())
    })
}

/// Orders the stop, and runs until all have ended.
fn stopped_within(s: &mut Scheduler, millis: u64) -> Vec<String> {
    s.run_pass().unwrap();
    s.stopper().stop_within(ms(millis)).unwrap();
    s.run().unwrap();
    said()
}

#[test]
fn s28_services_are_told_last_when_nobody_is_left_to_need_them() {
    let mut s = scheduler();
    s.activate(act(async |cx| {
        cx.declare_service();
        while cx.data_ready("control") == 0 {
            cx.pause().await;
        }
        say!("the service told {:?}", cx.recv("control").unwrap().ending().unwrap());
        Ok(())
    }));
    s.activate(ends_after("the user", 50));
    assert_eq!(
        stopped_within(&mut s, 100),
        ["the user told ProducerFinished", "the user ends", "the service told ShutdownMicroprocess"]
    );
}

#[test]
fn s28_who_hears_of_the_end_from_another_is_told_by_that_one_behind_the_data() {
    let mut s = scheduler();
    let source = s.add(act_with(axon::Boxes::standard, async |cx| {
        for number in 0..50 {
            cx.send_when_room("outbox", number).await?;
        }
        // It was told meanwhile, and has finished first what it had begun.
        let notice = cx.told_to_end().expect("it was told");
        cx.send("signal", notice)?;
        Ok(())
    }));
    let sink = s.add(act_with(
        || axon::Boxes::standard().inbox_size("inbox", 2),
        async |cx| {
            let mut got = 0;
            loop {
                while cx.recv("inbox").is_some() {
                    got += 1;
                    cx.sleep(ms(1)).await;
                }
                if let Some(notice) = cx.told_to_end() {
                    say!("got {got}, then {:?}", notice.ending().unwrap());
                    return Ok(());
                }
                cx.pause().await;
            }
        },
    ));
    let maker = s.add(Still);
    s.context(&maker).link((&source, "outbox"), (&sink, "inbox")).unwrap();
    s.context(&maker).link((&source, "signal"), (&sink, "control")).unwrap();
    s.activate(sink);
    s.activate(source);
    assert_eq!(stopped_within(&mut s, 100), ["got 50, then ProducerFinished"]);
}

#[test]
fn s28_whose_teller_has_ended_without_a_word_is_told_after_all() {
    let mut s = scheduler();
    let mute = s.activate(act(async |cx| {
        cx.next::<ProducerFinished>("control").await?;
        cx.sleep(ms(10)).await;
        say!("ends without a word");
        Ok(())
    }));
    let listener = s.activate(ends_after("the listener", 0));
    let maker = s.add(Still);
    s.context(&maker).link((&mute, "signal"), (&listener, "control")).unwrap();
    assert_eq!(
        stopped_within(&mut s, 100),
        ["ends without a word", "the listener told ProducerFinished", "the listener ends"]
    );
}

#[test]
fn s28_those_who_tell_each_other_in_a_circle_are_all_told() {
    let mut s = scheduler();
    let [a, b] = [s.activate(ends_after("a", 5)), s.activate(ends_after("b", 7))];
    let maker = s.add(Still);
    s.context(&maker).link((&a, "signal"), (&b, "control")).unwrap();
    s.context(&maker).link((&b, "signal"), (&a, "control")).unwrap();
    let told = stopped_within(&mut s, 100);
    assert_eq!(told, ["a told ProducerFinished", "b told ProducerFinished", "a ends", "b ends"]);
}

#[test]
fn s28_a_parent_to_whom_only_its_own_child_signals_is_told() {
    let mut s = scheduler();
    s.activate(act(async |cx| {
        let child = cx.add_child(ends_after("the child", 0));
        cx.link((&child, "signal"), (cx.me(), "control"))?;
        cx.link((cx.me(), "signal"), (&child, "control"))?;
        cx.activate(&child);
        let notice: ProducerFinished = cx.next("control").await?;
        say!("the parent told");
        cx.send("signal", notice)?;
        cx.next::<ProducerFinished>("control").await?;
        Ok(())
    }));
    let told = stopped_within(&mut s, 100);
    assert_eq!(told, ["the parent told", "the child told ProducerFinished", "the child ends"]);
}

/// Heeds nothing but an order to stop at once.
struct Stubborn;

impl Component for Stubborn {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let start = cx.now();
        loop {
            if let Some(notice) = cx.recv("control")
                && notice.ending() == Some(Ending::ShutdownMicroprocess)
            {
                say!("told to stop after {:?}", cx.now() - start);
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

#[test]
fn s28_who_is_left_after_four_fifths_of_the_time_is_told_to_stop_at_once() {
    let mut s = scheduler();
    let (one, other): (ComponentRef, ComponentRef) = (s.activate(Stubborn), s.activate(Stubborn));
    // Also who would hear of it from another.
    let maker = s.add(Still);
    s.context(&maker).link((&one, "signal"), (&other, "control")).unwrap();
    assert_eq!(stopped_within(&mut s, 100), ["told to stop after 80ms"; 2]);
}
