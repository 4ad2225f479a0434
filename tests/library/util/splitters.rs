//! Components that send the same to several others.

use axon::util::{
    AddSink, DataSink, DataSource, Fanout, OneShot, Plug, PlugSplitter, Received, RemoveSink, TwoWaySplitter,
    WhenFull,
};
use axon::{
    AnyComponent, Component, ComponentRef, Context, Message, Result, Scheduler, ShutdownMicroprocess,
    pipeline,
};

use crate::bench::{Bench, PF, SM, name};

#[test]
fn fanout_copies_to_the_named_outboxes_and_to_no_other() {
    let mut bench = Bench::new(Fanout::new(["a", "b"]));
    bench.give("inbox", vec![1]).give("control", "hello").finish().settle();
    for outbox in ["a", "b"] {
        assert_eq!(format!("{:?}", bench.out(outbox)), "[[1]]");
    }
    assert_eq!(bench.out("outbox").len(), 0);
    assert_eq!(bench.signalled(), ["\"hello\"", PF]);
    assert!(bench.ended());
}

#[test]
fn each_fanout_has_its_own_boxes() {
    let scheduler = Scheduler::new();
    let outboxes = |fanout| {
        let made = scheduler.add(fanout);
        scheduler.context(&made).outboxes(&made)
    };
    assert_eq!(outboxes(Fanout::new(["a"])), ["outbox", "signal", "a"]);
    assert_eq!(outboxes(Fanout::new(["b", "outbox"])), ["outbox", "signal", "b"]);
    assert_eq!(outboxes(Fanout::new([])), ["outbox", "signal"]);
}

#[test]
fn fanout_waits_for_the_slowest_and_gives_nobody_a_message_twice() {
    let mut bench = Bench::new(Fanout::new(["a", "b"]));
    bench.limit("b", 1).give("inbox", 1).give("inbox", 2).settle();
    assert_eq!((bench.out("a").len(), bench.out("b").len()), (2, 1));
    bench.settle();
    assert_eq!((bench.out("a").len(), bench.out("b").len()), (0, 1));
}

#[test]
fn a_two_way_splitter_copies_data_and_control_messages_both_ways() {
    let mut bench = Bench::new(TwoWaySplitter::new());
    bench.give("inbox", 1).give("inbox", 2).give("control", "hello").finish().settle();
    for outbox in ["outbox", "outbox2"] {
        assert_eq!(format!("{:?}", bench.out(outbox)), "[1, 2]");
    }
    for outbox in ["signal", "signal2"] {
        assert_eq!(bench.out(outbox).iter().map(name).collect::<Vec<_>>(), ["\"hello\"", PF]);
    }
    assert!(bench.ended());
}

#[test]
fn a_two_way_splitter_keeps_pace_with_the_slower_and_does_not_hold_back_the_faster() {
    for (slow, fast) in [("outbox", "outbox2"), ("outbox2", "outbox")] {
        let mut bench = Bench::new(TwoWaySplitter::new());
        bench.limit(slow, 1);
        for item in 1..=3 {
            bench.give("inbox", item);
        }
        bench.finish().settle();
        assert_eq!(format!("{:?}", bench.out(fast)), "[1, 2]");
        bench.settle();
        assert!(!bench.scheduler.run_pass().unwrap(), "it does not run while there is no room");
        assert_eq!(format!("{:?}", bench.one(slow)), "Some(1)");
        bench.settle();
        assert_eq!(format!("{:?}", bench.out(fast)), "[3]");
        assert!(!bench.ended(), "it finishes what it has before it ends");
        bench.out(slow);
        bench.settle();
        assert_eq!(format!("{:?}", bench.out(slow)), "[3]");
        assert!(bench.ended());
    }
}

#[test]
fn a_two_way_splitter_stops_at_once_also_while_it_waits_for_room() {
    let mut bench = Bench::new(TwoWaySplitter::new());
    bench.limit("outbox", 0).give("inbox", 1).finish().settle();
    assert!(!bench.ended());
    bench.shut_down().settle();
    assert!(bench.ended());
    assert_eq!(bench.signalled(), [SM]);
    assert_eq!(name(&bench.one("signal2").unwrap()), SM);
}

#[test]
fn data_that_comes_while_a_control_message_waits_for_room_is_not_forgotten() {
    for outbox in ["signal", "signal2"] {
        let mut bench = Bench::new(TwoWaySplitter::new());
        bench.limit(outbox, 0).give("control", "hello").settle();
        bench.give("inbox", 1).finish().settle();
        bench.limit(outbox, 10).settle();
        assert_eq!(bench.sent::<i32>(), [1]);
        assert_eq!(bench.signalled(), ["\"hello\"", PF]);
        assert!(bench.ended());
    }
    let mut bench = Bench::new(PlugSplitter::new());
    bench.limit("signal", 0).give("control", "hello").settle();
    bench.give("inbox", 1).finish().settle();
    bench.limit("signal", 10).settle();
    assert_eq!(bench.sent::<i32>(), [1]);
    assert_eq!(bench.signalled(), ["\"hello\"", PF]);
    assert!(bench.ended());
}

#[test]
fn a_two_way_splitter_told_to_finish_and_to_stop_says_the_latter() {
    let mut bench = Bench::new(TwoWaySplitter::new());
    bench.finish().shut_down().settle();
    assert_eq!(bench.signalled(), [SM]);
    assert!(bench.ended());
}

/// Has two inboxes for data and one for control messages, and sleeps.
struct Listener;

impl Component for Listener {
    fn boxes(&self) -> axon::Boxes {
        axon::Boxes::standard().inbox("second", "more data")
    }

    async fn main(&mut self, cx: &Context) -> Result {
        loop {
            cx.sleep(std::time::Duration::from_secs(1000)).await;
        }
    }
}

fn listener(bench: &Bench) -> ComponentRef {
    bench.scheduler.activate(Listener)
}

fn heard(bench: &Bench, listener: &ComponentRef, inbox: &str) -> Vec<String> {
    let cx = bench.scheduler.context(listener);
    std::iter::from_fn(|| cx.recv(inbox)).map(|message| name(&message)).collect()
}

#[test]
fn a_plug_splitter_copies_to_every_sink_that_was_added() {
    let mut bench = Bench::new(PlugSplitter::new());
    let (first, second) = (listener(&bench), listener(&bench));
    bench.give("configuration", AddSink::new(&first).control("control"));
    bench.give("configuration", AddSink::new(&second).inbox("second"));
    bench.give("inbox", 1).give("control", "hello").settle();
    assert_eq!(bench.sent::<i32>(), [1]);
    assert_eq!(bench.signalled(), ["\"hello\""]);
    assert_eq!(heard(&bench, &first, "inbox"), ["1"]);
    assert_eq!(heard(&bench, &first, "control"), ["\"hello\""]);
    assert_eq!(heard(&bench, &second, "second"), ["1"]);
    assert_eq!(heard(&bench, &second, "control"), [""; 0]);
}

#[test]
fn a_sink_added_twice_is_there_once_and_removing_an_unknown_one_does_nothing() {
    let mut bench = Bench::new(PlugSplitter::new());
    let (sink, stranger) = (listener(&bench), listener(&bench));
    bench.give("configuration", AddSink::new(&sink)).give("configuration", AddSink::new(&sink));
    bench.give("configuration", RemoveSink::new(&stranger).control("control"));
    bench.give("configuration", "what is this").give("inbox", 1).settle();
    assert_eq!(heard(&bench, &sink, "inbox"), ["1"]);
    bench.give("configuration", RemoveSink::new(&sink)).give("inbox", 2).settle();
    assert_eq!(heard(&bench, &sink, "inbox"), [""; 0]);
    bench.give("configuration", AddSink::new(&sink)).give("inbox", 3).settle();
    assert_eq!(heard(&bench, &sink, "inbox"), ["3"]);
}

#[test]
fn data_and_control_messages_of_a_sink_are_removed_apart() {
    let mut bench = Bench::new(PlugSplitter::new());
    let sink = listener(&bench);
    bench.give("configuration", AddSink::new(&sink).control("control"));
    bench.give("configuration", RemoveSink::new(&sink));
    bench.give("inbox", 1).give("control", "hello").settle();
    assert_eq!(heard(&bench, &sink, "inbox"), [""; 0]);
    assert_eq!(heard(&bench, &sink, "control"), ["\"hello\""]);
    bench.give("configuration", RemoveSink::new(&sink).without_inbox().control("control"));
    bench.give("control", "hello").settle();
    assert_eq!(heard(&bench, &sink, "control"), [""; 0]);
}

#[test]
fn a_plug_splitter_ends_when_it_has_told_everybody() {
    for ending in [PF, SM] {
        let mut bench = Bench::new(PlugSplitter::new());
        let sink = listener(&bench);
        bench.give("configuration", AddSink::new(&sink).control("control")).give("inbox", 1);
        if ending == PF { bench.finish() } else { bench.shut_down() }.settle();
        assert_eq!(heard(&bench, &sink, "inbox"), ["1"]);
        assert_eq!(heard(&bench, &sink, "control"), [ending]);
        assert_eq!(bench.signalled(), [ending]);
        assert!(bench.ended());
    }
}

#[test]
fn a_full_sink_is_waited_for_when_the_others_have_the_message_and_gets_it_once() {
    let mut bench = Bench::new(PlugSplitter::new());
    let (slow, fast) = (listener(&bench), listener(&bench));
    bench.scheduler.context(&slow).set_size((&slow, "inbox"), Some(1)).unwrap();
    bench.give("configuration", AddSink::new(&slow)).give("configuration", AddSink::new(&fast));
    bench.give("inbox", 1).give("inbox", 2).give("inbox", 3).settle();
    assert_eq!(heard(&bench, &fast, "inbox"), ["1", "2"]);
    let late = listener(&bench);
    bench.give("configuration", AddSink::new(&late)).settle();
    assert!(!bench.scheduler.run_pass().unwrap(), "it does not run while there is no room");
    for expected in ["1", "2", "3"] {
        assert_eq!(heard(&bench, &slow, "inbox"), [expected]);
        bench.settle();
    }
    assert_eq!(heard(&bench, &fast, "inbox"), ["3"]);
    assert_eq!(heard(&bench, &late, "inbox"), ["3"], "it was added after the second");
    assert_eq!(bench.sent::<i32>(), [1, 2, 3]);
}

#[test]
fn a_full_sink_that_is_removed_or_ends_holds_up_nobody() {
    for way in ["removed", "ended"] {
        let mut bench = Bench::new(PlugSplitter::new());
        let (slow, fast) = (listener(&bench), listener(&bench));
        bench.scheduler.context(&slow).set_size((&slow, "inbox"), Some(0)).unwrap();
        bench.give("configuration", AddSink::new(&slow)).give("configuration", AddSink::new(&fast));
        bench.give("inbox", 1).give("inbox", 2).settle();
        assert_eq!(heard(&bench, &fast, "inbox"), ["1"]);
        if way == "ended" {
            bench.scheduler.context(&slow).stop(&slow);
            bench.give("configuration", "something to wake it");
        } else {
            bench.give("configuration", RemoveSink::new(&slow));
        }
        bench.settle();
        assert_eq!(heard(&bench, &fast, "inbox"), ["2"], "{way}");
    }
}

#[test]
fn told_to_stop_while_a_sink_is_full_it_drops_the_data_and_tells_everybody() {
    let mut bench = Bench::new(PlugSplitter::new());
    let slow = listener(&bench);
    bench.scheduler.context(&slow).set_size((&slow, "inbox"), Some(0)).unwrap();
    bench.give("configuration", AddSink::new(&slow).control("control")).give("inbox", 1).settle();
    bench.give("control", "hello").settle();
    assert_eq!(bench.signalled(), [""; 0]);
    bench.shut_down().settle();
    assert_eq!(bench.signalled(), ["\"hello\"", SM]);
    assert_eq!(heard(&bench, &slow, "control"), ["\"hello\"", SM]);
    assert!(bench.ended());
}

#[test]
fn with_a_source_it_copies_what_that_sends_and_ends_with_it() {
    let mut bench = Bench::new(PlugSplitter::with_source(DataSource::new([1, 2])));
    let sink = listener(&bench);
    bench.give("configuration", AddSink::new(&sink).control("control")).settle();
    assert_eq!(bench.sent::<i32>(), [1, 2]);
    assert_eq!(heard(&bench, &sink, "inbox"), ["1", "2"]);
    assert_eq!(heard(&bench, &sink, "control"), [PF]);
    assert!(bench.ended());
}

#[test]
fn a_source_that_ends_without_a_word_is_spoken_for_and_control_messages_reach_the_source() {
    struct Obeys;
    impl Component for Obeys {
        async fn main(&mut self, cx: &Context) -> Result {
            let told: ShutdownMicroprocess = cx.next("control").await?;
            cx.send("outbox", told.microprocesses.len())?;
            Ok(())
        }
    }
    let mut bench = Bench::new(PlugSplitter::with_source(Obeys));
    bench.settle();
    assert!(!bench.scheduler.run_pass().unwrap(), "it sleeps while its source does");
    bench.shut_down().settle();
    assert_eq!(bench.sent::<usize>(), [0]);
    assert_eq!(bench.signalled(), [PF]);
    assert!(bench.ended());
}

#[test]
fn a_plug_plugs_its_component_in_and_takes_it_out_when_it_ends() {
    let received = Received::<Message>::new();
    let mut bench = Bench::new(PlugSplitter::new());
    let plug = bench.scheduler.activate(Plug::new(&bench.subject, DataSink::new(&received)));
    bench.settle().give("inbox", 1).settle();
    assert_eq!(format!("{:?}", received.take()), "[1]");
    let cx = bench.scheduler.context(&plug);
    cx.deliver_to(&plug, "control", axon::ProducerFinished::new()).unwrap();
    bench.settle();
    assert!(plug.is_stopped());
    bench.give("inbox", 2).settle();
    let cx = bench.scheduler.context(&bench.subject);
    assert_eq!(cx.outboxes(&bench.subject), ["outbox", "signal"]);
    assert!(!bench.ended());
}

#[test]
fn a_plug_whose_splitter_ends_is_told_so() {
    let received = Received::<i32>::new();
    let mut scheduler = Scheduler::new();
    let splitter = scheduler.add(PlugSplitter::new());
    scheduler.activate(Plug::new(&splitter, DataSink::new(&received)));
    scheduler.activate(pipeline![DataSource::new([1, 2, 3]), &splitter]);
    scheduler.run().unwrap();
    assert_eq!(received.take(), [1, 2, 3]);
}

/// A splitter with a sink that has room for one and one that has room for all.
fn slow_and_fast(when_full: WhenFull) -> (Bench, ComponentRef, ComponentRef) {
    let mut bench = Bench::new(PlugSplitter::new().when_full(when_full));
    let (slow, fast) = (listener(&bench), listener(&bench));
    bench.scheduler.context(&slow).set_size((&slow, "inbox"), Some(1)).unwrap();
    bench
        .give("configuration", AddSink::new(&slow).control("control"))
        .give("configuration", AddSink::new(&fast));
    for n in 0..5 {
        bench.give("inbox", n);
    }
    bench.settle();
    (bench, slow, fast)
}

#[test]
fn a_sink_without_room_is_held_for_by_default() {
    let (mut bench, slow, fast) = slow_and_fast(WhenFull::default());
    assert_eq!(heard(&bench, &fast, "inbox"), ["0", "1"]);
    for n in 0..5 {
        assert_eq!(heard(&bench, &slow, "inbox"), [n.to_string()]);
        bench.settle();
    }
    assert_eq!(heard(&bench, &fast, "inbox"), ["2", "3", "4"]);
}

#[test]
fn what_a_sink_without_room_does_not_get_is_dropped_if_you_say_so_and_nobody_waits() {
    let (mut bench, slow, fast) = slow_and_fast(WhenFull::Drop);
    assert_eq!(heard(&bench, &fast, "inbox"), ["0", "1", "2", "3", "4"]);
    assert_eq!(heard(&bench, &slow, "inbox"), ["0"]);
    bench.give("inbox", 5).settle();
    assert_eq!(heard(&bench, &slow, "inbox"), ["5"], "it hears again when it has room");
}

#[test]
fn a_sink_without_room_is_cut_and_told_to_stop_if_you_say_so() {
    let (mut bench, slow, fast) = slow_and_fast(WhenFull::Cut);
    assert_eq!(heard(&bench, &fast, "inbox"), ["0", "1", "2", "3", "4"]);
    assert_eq!(heard(&bench, &slow, "inbox"), ["0"]);
    assert_eq!(heard(&bench, &slow, "control"), [SM]);
    bench.give("inbox", 5).settle();
    assert_eq!(heard(&bench, &slow, "inbox"), [""; 0]);
    assert_eq!(heard(&bench, &fast, "inbox"), ["5"]);
}

#[test]
fn fanout_drops_for_or_cuts_a_destination_without_room_if_you_say_so() {
    for (when_full, later) in [(WhenFull::Drop, vec![5]), (WhenFull::Cut, vec![])] {
        let mut bench = Bench::new(Fanout::new(["slow", "outbox"]).when_full(when_full));
        bench.limit("slow", 1);
        for n in 0..5 {
            bench.give("inbox", n);
        }
        bench.settle();
        assert_eq!(bench.sent::<i32>(), [0, 1, 2, 3, 4]);
        assert_eq!(bench.out("slow").len(), 1);
        bench.give("inbox", 5).settle();
        let slow: Vec<i32> = bench.out("slow").into_iter().map(|message| message.take().unwrap()).collect();
        assert_eq!(slow, later, "{when_full:?}");
    }
}

#[test]
fn splitters_end_when_nobody_is_left_to_hear_them() {
    let splitters =
        [AnyComponent::new(Fanout::new(["outbox", "outbox2"])), AnyComponent::new(TwoWaySplitter::new())];
    for splitter in splitters {
        let mut scheduler = axon::Scheduler::new();
        let splitter = scheduler.add(splitter);
        let heads = [scheduler.activate(OneShot::new(())), scheduler.activate(OneShot::new(()))];
        let source = scheduler.activate(DataSource::new(0..));
        let cx = scheduler.context(&source);
        cx.link((&splitter, "outbox"), (&heads[0], "inbox")).unwrap();
        cx.link((&splitter, "outbox2"), (&heads[1], "inbox")).unwrap();
        cx.link((&source, "outbox"), (&splitter, "inbox")).unwrap();
        scheduler.activate(&splitter);
        scheduler.run().unwrap();
        assert!(splitter.is_stopped() && source.is_stopped());
    }
}
