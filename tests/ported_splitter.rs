//! Ported from Kamaelia's `Test/Util/test_Splitter.py`, case by case, in its order. Its `Splitter` is the
//! `PlugSplitter`.
//!
//! Differs: the original does not run under any Python that Axon runs on, and half of its first class
//! drives a splitter by hand; here all of it runs in a scheduler.

#[path = "ported/rig.rs"]
mod rig;

use axon::util::{AddSink, Plug, PlugSplitter, RemoveSink};
use axon::{Boxes, Component, ComponentRef, Context, Ending, ProducerFinished};

use rig::{Busy, Probe, Sleeper, put, take, waiting};

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

/// A splitter whose tester can also configure it.
struct Stage {
    probe: Probe,
    configurer: ComponentRef,
}

impl Stage {
    fn new() -> Self {
        let probe = Probe::new(PlugSplitter::new());
        let configurer = probe.s.add(Busy::default());
        let cx = probe.s.context(&configurer);
        cx.link((&configurer, "outbox"), (&probe.subject, "configuration")).unwrap();
        Stage { probe, configurer }
    }

    fn configure(&mut self, request: impl axon::Payload) {
        put(&self.probe.s, (&self.configurer, "outbox"), request);
        self.probe.run();
    }

    fn sink(&self) -> ComponentRef {
        self.probe.s.activate(Sleeper::default())
    }

    fn waiting(&self, sink: &ComponentRef, inbox: &str) -> usize {
        waiting(&self.probe.s, (sink, inbox))
    }

    /// All numbers that lie in a box.
    fn taken(&self, sink: &ComponentRef, inbox: &str) -> Vec<i32> {
        std::iter::from_fn(|| take(&self.probe.s, (sink, inbox))).collect()
    }
}

mod splitter_test {
    use super::*;

    /// What is sent to the splitter arrives at the `inbox` of a sink that was added.
    #[test]
    fn simplepassthrough_defaultbox() {
        let mut stage = Stage::new();
        let sink = stage.sink();
        stage.configure(AddSink::new(&sink));
        (1..=6).for_each(|number| stage.probe.send(number));
        assert_eq!(stage.taken(&sink, "inbox"), [1, 2, 3, 4, 5, 6]);
    }

    /// Or at another inbox, if one was named.
    #[test]
    fn simplepassthrough() {
        let mut stage = Stage::new();
        let sink = stage.probe.s.activate(WithTest);
        stage.configure(AddSink::new(&sink).inbox("test"));
        (1..=6).for_each(|number| stage.probe.send(number));
        assert_eq!(stage.taken(&sink, "test"), [1, 2, 3, 4, 5, 6]);
        assert_eq!(stage.waiting(&sink, "inbox"), 0);
    }

    /// Each of many sinks receives all.
    #[test]
    fn add_outboxes() {
        let mut stage = Stage::new();
        let sinks: Vec<_> = (0..10).map(|_| stage.sink()).collect();
        for sink in &sinks {
            stage.configure(AddSink::new(sink));
        }
        for number in 0..20 {
            stage.probe.send(number);
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
        let sinks: Vec<_> = (0..10).map(|_| stage.probe.s.activate(WithTest)).collect();
        expect_odd_ones_removed(&mut stage, &sinks, "test");
    }

    #[track_caller]
    fn expect_odd_ones_removed(stage: &mut Stage, sinks: &[ComponentRef], inbox: &str) {
        for sink in sinks {
            stage.configure(AddSink::new(sink).inbox(inbox));
        }
        for sink in sinks.iter().skip(1).step_by(2) {
            stage.configure(RemoveSink::new(sink).inbox(inbox));
        }
        for number in 0..20 {
            stage.probe.send(number);
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
        let outboxes =
            |stage: &Stage| stage.probe.s.context(&stage.configurer).outboxes(&stage.probe.subject);
        let before = outboxes(&stage);
        let sink = stage.sink();
        stage.configure(AddSink::new(&sink));
        assert_ne!(outboxes(&stage), before);
        stage.configure(AddSink::new(&sink));
        stage.configure(RemoveSink::new(&sink));
        assert_eq!(outboxes(&stage), before);
    }

    /// Several inboxes of one component can be added and removed one by one.
    #[test]
    fn multipleboxessinglecomponent() {
        let mut stage = Stage::new();
        let sink = stage.probe.s.activate(WithTest);
        let mut expected = Vec::new();
        for (step, inbox) in ["test", "inbox", "control"].into_iter().enumerate() {
            stage.configure(AddSink::new(&sink).inbox(inbox));
            expected.push(inbox);
            expect_exactly(&mut stage, &sink, step as i32, &expected);
        }
        for (step, inbox) in ["inbox", "control", "test"].into_iter().enumerate() {
            stage.configure(RemoveSink::new(&sink).inbox(inbox));
            expected.retain(|expected| *expected != inbox);
            expect_exactly(&mut stage, &sink, step as i32, &expected);
        }
    }

    #[track_caller]
    fn expect_exactly(stage: &mut Stage, sink: &ComponentRef, number: i32, inboxes: &[&str]) {
        stage.probe.send(number);
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
        assert!(Stage::new().probe.subject.is_active());
    }

    /// Data goes out of its own `outbox`, and nothing out of `signal`.
    #[test]
    fn pass_through_inbox_outbox() {
        let mut probe = Probe::new(PlugSplitter::new());
        for _ in 0..2 {
            (1..10).for_each(|number| probe.send(number));
            assert!(probe.signalled().is_empty());
            assert_eq!(probe.sent::<i32>(), (1..10).collect::<Vec<_>>());
        }
    }

    /// Control messages go out of its own `signal`, and nothing out of `outbox`.
    #[test]
    fn pass_through_control_signal() {
        let mut probe = Probe::new(PlugSplitter::new());
        for _ in 0..2 {
            (1..10).for_each(|number| probe.control(number));
            assert_eq!(probe.sent::<i32>(), []);
            let signalled = probe.signalled().into_iter().map(|message| message.into_value::<i32>().unwrap());
            assert_eq!(signalled.collect::<Vec<_>>(), (1..10).collect::<Vec<_>>());
        }
    }

    /// Either ending is passed on, and ends it.
    #[test]
    fn splitter_shutdown() {
        for ending in [Ending::ProducerFinished, Ending::ShutdownMicroprocess] {
            let mut probe = Probe::new(PlugSplitter::new());
            match ending {
                Ending::ProducerFinished => probe.control(axon::ProducerFinished::new()),
                Ending::ShutdownMicroprocess => probe.control(axon::ShutdownMicroprocess::new()),
            }
            assert!(probe.subject.is_stopped());
            assert_eq!(probe.sent::<i32>(), []);
            let signalled: Vec<_> = probe.signalled().iter().map(|message| message.ending()).collect();
            assert_eq!(signalled, [Some(ending)]);
        }
    }

    /// Sends nine numbers and nine control messages, and gives what the sink and the splitter's own boxes got.
    fn split(stage: &mut Stage, sink: &ComponentRef) -> [Vec<i32>; 4] {
        for number in 1..10 {
            stage.probe.send(number);
            stage.probe.control(10 + number);
        }
        let tester = stage.probe.tester.clone();
        [(&tester, "inbox"), (&tester, "control"), (sink, "inbox"), (sink, "control")]
            .map(|(component, inbox)| stage.taken(component, inbox))
    }

    fn numbers(range: std::ops::Range<i32>) -> Vec<i32> {
        range.collect()
    }

    /// A sink added with both boxes gets data and control messages.
    #[test]
    fn splitter_add_link_both() {
        let mut stage = Stage::new();
        let sink = stage.sink();
        stage.configure(AddSink::new(&sink).control("control"));
        let [data, control] = [numbers(1..10), numbers(11..20)];
        assert_eq!(split(&mut stage, &sink), [data.clone(), control.clone(), data, control]);
    }

    /// A sink added without a control box gets data only.
    #[test]
    fn splitter_add_link_outbox_only() {
        let mut stage = Stage::new();
        let sink = stage.sink();
        stage.configure(AddSink::new(&sink));
        let [data, control] = [numbers(1..10), numbers(11..20)];
        assert_eq!(split(&mut stage, &sink), [data.clone(), control, data, vec![]]);
    }

    /// A sink added with a control box alone gets control messages only.
    #[test]
    fn splitter_add_link_signal_only() {
        let mut stage = Stage::new();
        let sink = stage.sink();
        stage.configure(AddSink::new(&sink).without_inbox().control("control"));
        let [data, control] = [numbers(1..10), numbers(11..20)];
        assert_eq!(split(&mut stage, &sink), [data, control.clone(), vec![], control]);
    }

    /// A sink that is removed gets no more of either.
    #[test]
    fn splitter_del_link_both() {
        let mut stage = Stage::new();
        let sink = stage.sink();
        stage.configure(AddSink::new(&sink).control("control"));
        for number in 1..10 {
            if number == 5 {
                stage.configure(RemoveSink::new(&sink).control("control"));
            }
            stage.probe.send(number);
            stage.probe.control(10 + number);
        }
        let tester = stage.probe.tester.clone();
        assert_eq!(stage.taken(&tester, "inbox"), numbers(1..10));
        assert_eq!(stage.taken(&tester, "control"), numbers(11..20));
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
        let mut probe = Probe::new(PlugSplitter::new());
        let logs = Logs::default();
        let (inbox, control) = (Rc::clone(&logs.inbox), Rc::clone(&logs.control));
        probe.s.activate(Plug::new(&probe.subject, logs));
        probe.run();
        for number in 1..10 {
            probe.send(number);
            probe.control(10 + number);
        }
        assert_eq!(*inbox.borrow(), (1..10).collect::<Vec<_>>());
        assert_eq!(*control.borrow(), (11..20).collect::<Vec<_>>());
    }

    /// When the component ends, the plug ends too, and nothing of it is left at the splitter.
    #[test]
    fn unplugging() {
        let mut probe = Probe::new(PlugSplitter::new());
        let logs = probe.s.add(Logs::default());
        let plug = probe.s.activate(Plug::new(&probe.subject, logs.clone()));
        probe.run();
        let cx = probe.s.context(&probe.tester);
        assert!(cx.outboxes(&probe.subject).len() > 2);
        let messenger = probe.s.add(Busy::default());
        probe.s.context(&messenger).link((&messenger, "outbox"), (&logs, "control")).unwrap();
        put(&probe.s, (&messenger, "outbox"), ProducerFinished::new());
        probe.run();
        assert!(logs.is_stopped() && plug.is_stopped());
        assert!(probe.s.context(&plug).linkages().is_empty());
        assert_eq!(cx.outboxes(&probe.subject), ["outbox", "signal"]);
    }
}
