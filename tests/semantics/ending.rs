//! How a component learns that it is to end, and what it does then: promises S25, S25a and S26.

use axon::chassis::{Graphline, Par};
use axon::util::{AddSink, PassThrough, PlugSplitter, TwoWaySplitter};
use axon::{
    AnyComponent, Component, ComponentRef, Context, Ending, Message, Notice, ProducerFinished, Scheduler,
    ShutdownMicroprocess,
};

use crate::stage::{Still, act, said, say, scheduler};

/// Does what the convention asks for, with the helper.
struct Polite;

impl Component for Polite {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            for number in cx.drain::<i32>("inbox") {
                say!("handles {}", number?);
            }
            if let Some(notice) = cx.told_to_end() {
                say!("told {:?}", notice.ending().expect("only endings come back"));
                cx.send("signal", notice)?;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

/// A `Polite`, and the boss whose outbox and signal lead to it and who hears its signal on `control`.
fn polite_and_boss(s: &mut Scheduler) -> (ComponentRef, ComponentRef) {
    let (polite, boss) = (s.activate(Polite), s.add(Still));
    let cx = s.context(&boss);
    cx.link((&boss, "outbox"), (&polite, "inbox")).unwrap();
    cx.link((&boss, "signal"), (&polite, "control")).unwrap();
    cx.link((&polite, "signal"), (&boss, "control")).unwrap();
    (polite, boss)
}

#[test]
fn s25_producer_finished_and_shutdown_microprocess_say_how_they_end() {
    assert_eq!(Message::new(ProducerFinished::new()).ending(), Some(Ending::ProducerFinished));
    assert_eq!(Message::new(ShutdownMicroprocess::new()).ending(), Some(Ending::ShutdownMicroprocess));
    assert_eq!(Message::new("shutdown").ending(), None);
}

#[test]
fn s25_a_notice_that_travels_from_signal_to_control_stays_the_same_notice() {
    let mut s = scheduler();
    let (polite, boss) = polite_and_boss(&mut s);
    let cx = s.context(&boss);
    let told = ProducerFinished { caller: Some(boss.clone()), message: Some("that was all".into()) };
    cx.send("signal", told.clone()).unwrap();
    s.run().unwrap();
    assert!(polite.is_stopped());
    assert_eq!(cx.recv_as::<ProducerFinished>("control").unwrap(), Some(told));
}

#[test]
fn s25a_producer_finished_drains_what_is_there_and_is_passed_on_last() {
    let mut s = scheduler();
    let (_, boss) = polite_and_boss(&mut s);
    let cx = s.context(&boss);
    cx.send("signal", ProducerFinished::new()).unwrap();
    for n in 0..3 {
        cx.send("outbox", n).unwrap();
    }
    s.run().unwrap();
    assert_eq!(said(), ["handles 0", "handles 1", "handles 2", "told ProducerFinished"]);
    let notice = cx.recv("control").expect("passed on");
    assert_eq!(notice.ending(), Some(Ending::ProducerFinished));
    assert!(cx.recv("control").is_none(), "once");
}

#[test]
fn s25a_shutdown_microprocess_stops_and_is_passed_on() {
    let mut s = scheduler();
    let (polite, boss) = polite_and_boss(&mut s);
    let cx = s.context(&boss);
    cx.send("signal", ShutdownMicroprocess::new()).unwrap();
    s.run().unwrap();
    assert!(polite.is_stopped());
    assert_eq!(said(), ["told ShutdownMicroprocess"]);
    assert_eq!(cx.recv("control").and_then(|notice| notice.ending()), Some(Ending::ShutdownMicroprocess));
}

/// A leaf of the tree of endings that another crate has added.
#[derive(Debug)]
struct SocketShutdown;

impl Notice for SocketShutdown {
    fn ending(&self) -> Ending {
        Ending::ProducerFinished
    }
}

#[test]
fn s25a_a_notice_of_another_crate_ends_as_it_says_and_is_passed_on_as_itself() {
    let mut s = scheduler();
    let (polite, boss) = polite_and_boss(&mut s);
    let cx = s.context(&boss);
    cx.send("signal", Message::notice(SocketShutdown)).unwrap();
    s.run().unwrap();
    assert!(polite.is_stopped());
    assert_eq!(said(), ["told ProducerFinished"]);
    assert!(cx.recv("control").expect("passed on").is::<SocketShutdown>());
}

#[test]
fn s26_a_control_message_that_is_not_understood_is_passed_on_and_ends_nobody() {
    let mut s = scheduler();
    let (polite, boss) = polite_and_boss(&mut s);
    let cx = s.context(&boss);
    cx.send("signal", "hello").unwrap();
    cx.send("signal", 42).unwrap();
    for _ in 0..4 {
        s.run_pass().unwrap();
    }
    assert!(polite.is_active());
    assert_eq!(cx.recv_as::<&str>("control").unwrap(), Some("hello"));
    assert_eq!(cx.recv_as::<i32>("control").unwrap(), Some(42));
    assert_eq!(cx.data_ready("control"), 0);

    cx.send("signal", "before the end").unwrap();
    cx.send("signal", ProducerFinished::new()).unwrap();
    s.run().unwrap();
    assert_eq!(cx.recv_as::<&str>("control").unwrap(), Some("before the end"));
    assert!(cx.recv("control").expect("passed on").ending().is_some());
    assert_eq!(said(), ["told ProducerFinished"]);
}

#[test]
fn s26_nothing_is_lost_when_the_helper_is_asked_and_there_is_nothing() {
    let mut s = scheduler();
    let lone = s.activate(act(async |cx| {
        assert!(cx.told_to_end().is_none());
        cx.yield_now().await;
        Ok(())
    }));
    s.run().unwrap();
    assert!(lone.is_stopped());
}

#[test]
fn s26_what_cannot_be_passed_on_because_there_is_no_room_waits_and_is_not_lost() {
    let mut s = scheduler();
    let (polite, boss) = polite_and_boss(&mut s);
    let cx = s.context(&boss);
    cx.set_size((&boss, "control"), Some(1)).unwrap();
    for word in ["one", "two", "three"] {
        cx.send("signal", word).unwrap();
    }
    let mut arrived = Vec::new();
    for _ in 0..12 {
        s.run_pass().unwrap();
        arrived.extend(cx.recv_as::<&str>("control").unwrap());
    }
    assert_eq!(arrived, ["one", "two", "three"]);
    assert!(polite.is_active());
}

#[test]
fn s26_a_control_message_that_would_come_back_to_its_own_component_is_not_passed_on() {
    let mut s = scheduler();
    let polite = s.activate(Polite);
    let boss = s.add(Still);
    let cx = s.context(&boss);
    cx.link((&polite, "signal"), (&polite, "control")).unwrap();
    cx.deliver_to(&polite, "control", "a word").unwrap();
    assert!((0..10).any(|_| !s.run_pass().unwrap()), "it went round for ever");
    assert!(s.context(&polite).leads_to("signal", (&polite, "control")));
    assert!(!s.context(&polite).leads_to("signal", (&boss, "control")));
    cx.deliver_to(&polite, "control", ProducerFinished::new()).unwrap();
    s.run().unwrap();
    assert_eq!(said(), ["told ProducerFinished"]);
}

/// Those that hand a control message to several, whose `signal` brings it back as often.
fn those_that_copy() -> Vec<AnyComponent> {
    let two = || Par::new().and(PassThrough::new()).and(PassThrough::new());
    let graph = Graphline::new().component("one", PassThrough::new()).component("two", PassThrough::new());
    let graph = graph.link(("one", "signal"), ("self", "signal")).unwrap();
    vec![
        AnyComponent::new(two()),
        AnyComponent::new(graph.link(("two", "signal"), ("self", "signal2")).unwrap()),
        AnyComponent::new(TwoWaySplitter::new()),
        AnyComponent::new(Par::new().and(two()).and(two())),
    ]
}

/// Links everything that `from` signals to the `control` of `to`.
fn lead(s: &Scheduler, from: &ComponentRef, to: &ComponentRef) {
    let cx = s.context(from);
    for signal in ["signal", "signal2"].into_iter().filter(|signal| cx.has_outbox(from, signal)) {
        cx.link((from, signal), (to, "control")).unwrap();
    }
}

/// The passes until all sleep, after a control message came to this component.
fn passes_after(s: &mut Scheduler, to: &ComponentRef, message: Message) -> Option<usize> {
    for _ in 0..4 {
        s.run_pass().unwrap();
    }
    s.context(to).deliver_to(to, "control", message).unwrap();
    (0..200).find(|_| !s.run_pass().unwrap())
}

#[test]
fn s26_a_control_message_that_comes_round_to_one_that_hands_it_to_several_does_not_multiply() {
    #[derive(Debug)]
    struct Word;
    let words =
        || [Message::new("hello"), Message::new(7u8), Message::new(String::from("x")), Message::new(Word)];
    let kinds = those_that_copy().len();
    for (first, second) in (0..kinds * kinds).map(|case| (case / kinds, case % kinds)) {
        for word in words() {
            let mut s = scheduler();
            let [first, second] = [first, second].map(|at| s.activate(those_that_copy().remove(at)));
            lead(&s, &first, &second);
            lead(&s, &second, &first);
            let text = format!("{first}, {second}, {word:?}");
            assert!(passes_after(&mut s, &first, word).is_some(), "{text}: it goes round for ever");
            assert!(first.is_active() && second.is_active(), "{text}");
        }
    }
    for word in words() {
        let mut s = scheduler();
        let splitter = s.activate(PlugSplitter::new());
        for _ in 0..2 {
            let sink = s.activate(PassThrough::new());
            lead(&s, &sink, &splitter);
            let request = AddSink::new(&sink).control("control");
            s.context(&splitter).deliver_to(&splitter, "configuration", request).unwrap();
        }
        assert!(passes_after(&mut s, &splitter, word).is_some(), "it goes round for ever");
    }
}
