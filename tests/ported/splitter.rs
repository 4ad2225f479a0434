//! Ported from Kamaelia's `Test/Util/test_Splitter.py`, case by case, in its order. Its `Splitter` is the
//! `PlugSplitter`.
//!
//! Differs: the original does not run under any Python that Axon runs on, and half of its first class
//! drives a splitter by hand; here all of it runs in a scheduler.

use axon::testing::Bench;
use axon::util::{AddSink, Plug, PlugSplitter, RemoveSink};
use axon::{Boxes, Component, ComponentRef, Context, Ending, ProducerFinished, ShutdownMicroprocess};

use crate::rig::{Sleeper, take, waiting};

/// A sink with one more inbox.
struct WithTest;

impl Component for WithTest {
    fn boxes(&self) -> Boxes {
        Boxes::standard().inbox("test", "a third place for messages")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            cx.pause().await;
        }
    }
}

/// A splitter on a bench, and sinks beside it.
struct Stage {
    bench: Bench,
}

impl Stage {
    fn new() -> Self {
        Stage { bench: Bench::new(PlugSplitter::new()) }
    }

    fn activate(&mut self, component: impl Component) -> ComponentRef {
        self.bench.scheduler().activate(component)
    }

    fn sink(&mut self) -> ComponentRef {
        self.activate(Sleeper::default())
    }

    fn put(&mut self, inbox: &str, message: impl axon::Payload) {
        self.bench.put(inbox, message);
        self.bench.settle();
    }

    fn waiting(&mut self, sink: &ComponentRef, inbox: &str) -> usize {
        waiting(self.bench.scheduler(), (sink, inbox))
    }

    /// All numbers that lie in a box.
    fn taken(&mut self, sink: &ComponentRef, inbox: &str) -> Vec<i32> {
        let s = self.bench.scheduler();
        std::iter::from_fn(|| take(s, (sink, inbox))).collect()
    }

    /// The splitter's outboxes.
    fn outboxes(&mut self) -> Vec<String> {
        let splitter = self.bench.component().clone();
        self.bench.scheduler().context(&splitter).outboxes(&splitter)
    }
}

mod splitter_test {
    use super::*;

    /// What is sent to the splitter arrives at the `inbox` of a sink that was added.
    #[test]
    fn simplepassthrough_defaultbox() {
        let mut stage = Stage::new();
        let sink = stage.sink();
        stage.put("configuration", AddSink::new(&sink));
        (1..=6).for_each(|number| stage.put("inbox", number));
        assert_eq!(stage.taken(&sink, "inbox"), [1, 2, 3, 4, 5, 6]);
    }

    /// Or at another inbox, if one was named.
    #[test]
    fn simplepassthrough() {
        let mut stage = Stage::new();
        let sink = stage.activate(WithTest);
        stage.put("configuration", AddSink::new(&sink).inbox("test"));
        (1..=6).for_each(|number| stage.put("inbox", number));
        assert_eq!(stage.taken(&sink, "test"), [1, 2, 3, 4, 5, 6]);
        assert_eq!(stage.waiting(&sink, "inbox"), 0);
    }

    /// Each of many sinks receives all.
    #[test]
    fn add_outboxes() {
        let mut stage = Stage::new();
        let sinks: Vec<_> = (0..10).map(|_| stage.sink()).collect();
        for sink in &sinks {
            stage.put("configuration", AddSink::new(sink));
        }
        for number in 0..20 {
            stage.put("inbox", number);
            for sink in &sinks {
                assert_eq!(stage.taken(sink, "inbox"), [number]);
            }
        }
    }

    /// A removed sink receives no more; the others do.
    #[test]
    fn remove_outboxes_default() {
        let mut stage = Stage::new();
        let sinks: Vec<_> = (0..10).map(|_| stage.sink()).collect();
        expect_odd_ones_removed(&mut stage, &sinks, "inbox");
    }

    /// So it is with sinks that were added with another inbox.
    #[test]
    fn remove_outboxes() {
        let mut stage = Stage::new();
        let sinks: Vec<_> = (0..10).map(|_| stage.activate(WithTest)).collect();
        expect_odd_ones_removed(&mut stage, &sinks, "test");
    }

    #[track_caller]
    fn expect_odd_ones_removed(stage: &mut Stage, sinks: &[ComponentRef], inbox: &str) {
        for sink in sinks {
            stage.put("configuration", AddSink::new(sink).inbox(inbox));
        }
        for sink in sinks.iter().skip(1).step_by(2) {
            stage.put("configuration", RemoveSink::new(sink).inbox(inbox));
        }
        for number in 0..20 {
            stage.put("inbox", number);
            for pair in sinks.chunks(2) {
                assert_eq!(stage.taken(&pair[0], inbox), [number]);
                assert_eq!(stage.waiting(&pair[1], inbox), 0);
            }
        }
    }

    /// Nothing is left of a sink that was added and removed.
    ///
    /// Differs: the original counts Python objects, this counts boxes and references.
    #[test]
    fn cleanup() {
        let mut stage = Stage::new();
        let before = stage.outboxes();
        let sink = stage.sink();
        stage.put("configuration", AddSink::new(&sink));
        assert_ne!(stage.outboxes(), before);
        stage.put("configuration", AddSink::new(&sink));
        stage.put("configuration", RemoveSink::new(&sink));
        assert_eq!(stage.outboxes(), before);
    }

    /// Several inboxes of one component can be added and removed one by one.
    #[test]
    fn multipleboxessinglecomponent() {
        let mut stage = Stage::new();
        let sink = stage.activate(WithTest);
        let mut expected = Vec::new();
        for (step, inbox) in ["test", "inbox", "control"].into_iter().enumerate() {
            stage.put("configuration", AddSink::new(&sink).inbox(inbox));
            expected.push(inbox);
            expect_exactly(&mut stage, &sink, step as i32, &expected);
        }
        for (step, inbox) in ["inbox", "control", "test"].into_iter().enumerate() {
            stage.put("configuration", RemoveSink::new(&sink).inbox(inbox));
            expected.retain(|expected| *expected != inbox);
            expect_exactly(&mut stage, &sink, step as i32, &expected);
        }
    }

    #[track_caller]
    fn expect_exactly(stage: &mut Stage, sink: &ComponentRef, number: i32, inboxes: &[&str]) {
        stage.put("inbox", number);
        for inbox in ["test", "inbox", "control"] {
            let expected: &[i32] = if inboxes.contains(&inbox) { &[number] } else { &[] };
            assert_eq!(stage.taken(sink, inbox), expected, "{inbox}");
        }
    }
}

mod plug_splitter_tests {
    use super::*;

    /// A splitter can be made, and lives.
    #[test]
    fn instantiate_no_args() {
        Stage::new().bench.expect_running();
    }

    /// Data goes out of its own `outbox`, and nothing out of `signal`.
    #[test]
    fn pass_through_inbox_outbox() {
        let mut stage = Stage::new();
        for _ in 0..2 {
            (1..10).for_each(|number| stage.put("inbox", number));
            assert!(stage.bench.take_messages("signal").is_empty());
            assert_eq!(stage.bench.take::<i32>("outbox"), numbers(1..10));
        }
    }

    /// Control messages go out of its own `signal`, and nothing out of `outbox`.
    #[test]
    fn pass_through_control_signal() {
        let mut stage = Stage::new();
        for _ in 0..2 {
            (1..10).for_each(|number| stage.put("control", number));
            assert!(stage.bench.take_messages("outbox").is_empty());
            assert_eq!(stage.bench.take::<i32>("signal"), numbers(1..10));
        }
    }

    /// Either ending is passed on, and ends it.
    #[test]
    fn splitter_shutdown() {
        for ending in [Ending::ProducerFinished, Ending::ShutdownMicroprocess] {
            let mut bench = Bench::new(PlugSplitter::new());
            bench.expect_running();
            match ending {
                Ending::ProducerFinished => bench.put("control", ProducerFinished::new()),
                Ending::ShutdownMicroprocess => bench.put("control", ShutdownMicroprocess::new()),
            }
            bench.expect_end();
            assert!(bench.take_messages("outbox").is_empty());
            assert_eq!(bench.endings(), [ending]);
        }
    }

    /// Sends nine numbers and nine control messages; gives what came out of the splitter and at the sink.
    fn split(stage: &mut Stage, sink: &ComponentRef) -> [Vec<i32>; 4] {
        for number in 1..10 {
            stage.put("inbox", number);
            stage.put("control", 10 + number);
        }
        let [own_data, own_control] = ["outbox", "signal"].map(|outbox| stage.bench.take(outbox));
        let [data, control] = ["inbox", "control"].map(|inbox| stage.taken(sink, inbox));
        [own_data, own_control, data, control]
    }

    fn numbers(range: std::ops::Range<i32>) -> Vec<i32> {
        range.collect()
    }

    /// A sink added with both boxes gets data and control messages.
    #[test]
    fn splitter_add_link_both() {
        let mut stage = Stage::new();
        let sink = stage.sink();
        stage.put("configuration", AddSink::new(&sink).control("control"));
        let [data, control] = [numbers(1..10), numbers(11..20)];
        assert_eq!(split(&mut stage, &sink), [data.clone(), control.clone(), data, control]);
    }

    /// A sink added without a control box gets data only.
    #[test]
    fn splitter_add_link_outbox_only() {
        let mut stage = Stage::new();
        let sink = stage.sink();
        stage.put("configuration", AddSink::new(&sink));
        let [data, control] = [numbers(1..10), numbers(11..20)];
        assert_eq!(split(&mut stage, &sink), [data.clone(), control, data, vec![]]);
    }

    /// A sink added with a control box alone gets control messages only.
    #[test]
    fn splitter_add_link_signal_only() {
        let mut stage = Stage::new();
        let sink = stage.sink();
        stage.put("configuration", AddSink::new(&sink).without_inbox().control("control"));
        let [data, control] = [numbers(1..10), numbers(11..20)];
        assert_eq!(split(&mut stage, &sink), [data, control.clone(), vec![], control]);
    }

    /// A sink that is removed gets no more of either.
    #[test]
    fn splitter_del_link_both() {
        let mut stage = Stage::new();
        let sink = stage.sink();
        stage.put("configuration", AddSink::new(&sink).control("control"));
        for number in 1..10 {
            if number == 5 {
                stage.put("configuration", RemoveSink::new(&sink).control("control"));
            }
            stage.put("inbox", number);
            stage.put("control", 10 + number);
        }
        assert_eq!(stage.bench.take::<i32>("outbox"), numbers(1..10));
        assert_eq!(stage.bench.take::<i32>("signal"), numbers(11..20));
        assert_eq!(stage.taken(&sink, "inbox"), numbers(1..5));
        assert_eq!(stage.taken(&sink, "control"), numbers(11..15));
    }
}

mod plug_tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;

    /// Writes down all it receives, and ends on an ending.
    #[derive(Default)]
    struct Logs {
        inbox: Rc<RefCell<Vec<i32>>>,
        control: Rc<RefCell<Vec<i32>>>,
    }

    impl Component for Logs {
        async fn main(&mut self, cx: &Context) -> axon::Result {
            loop {
                for number in cx.drain::<i32>("inbox") {
                    self.inbox.borrow_mut().push(number?);
                }
                while let Some(message) = cx.recv("control") {
                    if message.ending().is_some() {
                        return Ok(());
                    }
                    self.control.borrow_mut().push(message.into_value().unwrap());
                }
                cx.pause().await;
            }
        }
    }

    /// A plugged component gets what comes to the splitter.
    #[test]
    fn plugging_in_and_txfer() {
        let mut stage = Stage::new();
        let logs = Logs::default();
        let (inbox, control) = (Rc::clone(&logs.inbox), Rc::clone(&logs.control));
        let splitter = stage.bench.component().clone();
        stage.activate(Plug::new(&splitter, logs));
        stage.bench.settle();
        for number in 1..10 {
            stage.put("inbox", number);
            stage.put("control", 10 + number);
        }
        assert_eq!(*inbox.borrow(), (1..10).collect::<Vec<_>>());
        assert_eq!(*control.borrow(), (11..20).collect::<Vec<_>>());
    }

    /// When the component ends, the plug ends too, and nothing of it is left at the splitter.
    #[test]
    fn unplugging() {
        let mut stage = Stage::new();
        let splitter = stage.bench.component().clone();
        let logs = stage.bench.scheduler().add(Logs::default());
        let plug = stage.activate(Plug::new(&splitter, logs.clone()));
        stage.bench.settle();
        assert!(stage.outboxes().len() > 2);
        let cx = stage.bench.scheduler().context(&splitter);
        cx.deliver_to(&logs, "control", ProducerFinished::new()).unwrap();
        stage.bench.settle();
        assert!(logs.is_stopped() && plug.is_stopped());
        assert!(stage.bench.scheduler().context(&plug).linkages().is_empty());
        assert_eq!(stage.outboxes(), ["outbox", "signal"]);
    }
}
