//! Components that hold others, and the library's one way to end: promises S25, S25a and S27.

use axon::chassis::{Carousel, Graphline, GraphlineError, Par, Pipeline, Seq};
use axon::file::{Grep, Sort};
use axon::util::{
    ByteRateRequestControl, CheapAndCheerfulClock, Chooser, ChunkNamer, Chunkifier, ChunksToLines, Collate,
    DataSource, DeFramer, DictChooser, EchoProtocol, Entuple, Fanout, Filter, FilterButKeepTag, FilterTag,
    FirstOnly, ForwardIteratingChooser, Framer, LengthDeFramer, LengthFramer, LineSplit, LinesToTokenlists,
    LossyConnector, Max, MessageRateLimit, NullSinkComponent, OnDemandLimit, OneShot, PassThrough,
    PeriodicTick, PeriodicWakeup, PromptedTurnstile, PureFilter, PureTransformer, RangeFilter, RateChunker,
    RecoverOrder, Router, SequentialTransformer, SingleTick, Stringify, Sync, TagWithSequenceNumber,
    TestResult, TriggeredSource, TwoWaySplitter, UidTagger, UnseenOnly, VariableByteRateRequestControl,
};
use axon::{
    AnyComponent, Component, ComponentRef, Context, Ending, IntoComponent, Message, ProducerFinished,
    Scheduler, ShutdownMicroprocess, graphline, pipeline,
};

use crate::stage::{Still, Worker, act, drained, said, say, scheduler};

/// A component under test, and a neighbour that feeds it and hears what it sends.
struct Bench {
    scheduler: Scheduler,
    subject: ComponentRef,
    neighbour: ComponentRef,
}

fn bench(subject: impl IntoComponent) -> Bench {
    let scheduler = scheduler();
    let (subject, neighbour) = (scheduler.activate(subject), scheduler.add(Still));
    let cx = scheduler.context(&neighbour);
    cx.link((&subject, "outbox"), (&neighbour, "inbox")).unwrap();
    cx.link((&subject, "signal"), (&neighbour, "control")).unwrap();
    cx.link((&neighbour, "outbox"), (&subject, "inbox")).unwrap();
    cx.link((&neighbour, "signal"), (&subject, "control")).unwrap();
    Bench { scheduler, subject, neighbour }
}

impl Bench {
    /// Runs passes until all are asleep.
    fn settle(&mut self) {
        for pass in 0.. {
            assert!(pass < 100, "{} never sleeps", self.subject);
            if !self.scheduler.run_pass().unwrap() {
                break;
            }
        }
    }

    fn tell(&mut self, notice: impl axon::Payload) {
        self.scheduler.context(&self.neighbour).send("signal", notice).unwrap();
        self.settle();
    }

    fn feed(&mut self, payload: impl axon::Payload) {
        self.scheduler.context(&self.neighbour).send("outbox", payload).unwrap();
    }

    fn data(&self) -> String {
        drained(&self.scheduler, &self.neighbour, "inbox")
    }

    /// What it has signalled since the last time.
    fn signals(&self) -> Vec<Message> {
        let cx = self.scheduler.context(&self.neighbour);
        std::iter::from_fn(|| cx.recv("control")).collect()
    }

    fn endings(&self) -> Vec<Ending> {
        self.signals().iter().map(|message| message.ending().expect("nothing but endings")).collect()
    }
}

use Ending::{ProducerFinished as Finished, ShutdownMicroprocess as Shutdown};

#[test]
fn s25_who_ends_unasked_says_that_no_more_will_come() {
    for subject in [AnyComponent::new(OneShot::new(1)), AnyComponent::new(DataSource::new([1]))] {
        let mut bench = bench(subject);
        bench.settle();
        assert!(bench.subject.is_stopped());
        assert_eq!((bench.data().as_str(), bench.endings().as_slice()), ("1", [Finished].as_slice()));
    }
}

#[test]
fn s25_an_ending_travels_down_a_pipeline_behind_the_data() {
    for told in [Message::new(ProducerFinished::new()), Message::new(ShutdownMicroprocess::new())] {
        let ending = told.ending().unwrap();
        let mut bench =
            bench(pipeline![PassThrough::new(), pipeline![PassThrough::new()], PassThrough::new()]);
        bench.settle();
        for n in 0..3 {
            bench.feed(n);
        }
        bench.tell(told);
        assert!(bench.subject.is_stopped());
        assert_eq!((bench.data().as_str(), bench.endings().as_slice()), ("0,1,2", [ending].as_slice()));
    }
}

/// What a component does with a control message.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Does {
    /// Passes it on and lives.
    PassesOn,
    /// Throws it away and lives.
    Swallows,
    /// Passes it on and ends.
    EndsWithIt,
    /// Ends with a `ProducerFinished` of its own.
    EndsAnew,
}

use Does::{EndsAnew, EndsWithIt, PassesOn, Swallows};

/// Tells a component one thing, and looks what it does.
fn told(subject: AnyComponent, notice: Message, mark: &ComponentRef) -> Does {
    let mut bench = bench(subject);
    bench.settle();
    bench.signals();
    let finishes = notice.ending() == Some(Finished);
    bench.tell(notice);
    let mut signals = bench.signals();
    assert!(signals.len() < 2, "{} says it once: {signals:?}", bench.subject);
    match (bench.subject.is_stopped(), signals.pop()) {
        (false, None) => Swallows,
        (false, Some(_)) => PassesOn,
        (true, Some(last)) => {
            let same = last.view(|notice: &ProducerFinished| notice.caller.as_ref() == Some(mark));
            if last.ending() == Some(Finished) && !(finishes && same == Some(true)) {
                EndsAnew
            } else {
                EndsWithIt
            }
        }
        (true, None) => panic!("{} ends without a word", bench.subject),
    }
}

type Makes = fn() -> AnyComponent;

/// So long that nothing happens in a test.
const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

/// What each does when it is told "hello", to finish, and to stop.
const RULE: [Does; 3] = [PassesOn, EndsWithIt, EndsWithIt];

#[test]
fn s25a_the_library_keeps_one_rule_and_these_exceptions() {
    let table: &[(Makes, [Does; 3])] = &[
        (|| AnyComponent::new(PassThrough::new()), RULE),
        (|| AnyComponent::new(TwoWaySplitter::new()), RULE),
        (|| AnyComponent::new(Fanout::new(["a", "b"])), RULE),
        (|| AnyComponent::new(Collate::<i32>::new()), RULE),
        (|| AnyComponent::new(Max::<i32>::new()), RULE),
        (|| AnyComponent::new(Sync::new(3)), RULE),
        (|| AnyComponent::new(TagWithSequenceNumber::<i32>::new()), RULE),
        (|| AnyComponent::new(Framer::new()), RULE),
        (|| AnyComponent::new(DeFramer::new()), RULE),
        (|| AnyComponent::new(LengthFramer::new()), RULE),
        (|| AnyComponent::new(LengthDeFramer::new()), RULE),
        (|| AnyComponent::new(ChunksToLines::new()), RULE),
        (|| AnyComponent::new(LinesToTokenlists::new()), RULE),
        (|| AnyComponent::new(SequentialTransformer::new(|n: i32| n)), RULE),
        (|| AnyComponent::new(TriggeredSource::new(1)), RULE),
        (|| AnyComponent::new(UnseenOnly::<i32>::new()), RULE),
        (|| AnyComponent::new(LineSplit::new()), RULE),
        (|| AnyComponent::new(MessageRateLimit::new(1.0)), RULE),
        (|| AnyComponent::new(ByteRateRequestControl::default()), RULE),
        (|| AnyComponent::new(VariableByteRateRequestControl::default()), RULE),
        (|| AnyComponent::new(RateChunker::new(1.0, 1, 1.0)), RULE),
        (|| AnyComponent::new(OnDemandLimit::new()), RULE),
        (|| AnyComponent::new(PromptedTurnstile::new()), RULE),
        (|| AnyComponent::new(CheapAndCheerfulClock::new(DAY)), RULE),
        (|| AnyComponent::new(PeriodicWakeup::new(DAY)), RULE),
        (|| AnyComponent::new(Filter::default()), RULE),
        (|| AnyComponent::new(RangeFilter::<(i32, i32)>::new([0..=1])), RULE),
        (|| AnyComponent::new(Chunkifier::new()), RULE),
        (|| AnyComponent::new(ChunkNamer::new("", "")), RULE),
        (|| AnyComponent::new(Stringify::new()), RULE),
        (|| AnyComponent::new(TestResult::new()), RULE),
        (|| AnyComponent::new(Router::new()), RULE),
        (|| AnyComponent::new(UidTagger::<i32>::new()), RULE),
        (|| AnyComponent::new(FilterTag::<i32>::new()), RULE),
        (|| AnyComponent::new(FilterButKeepTag::<i32>::new()), RULE),
        (|| AnyComponent::new(Entuple::<i32>::new()), RULE),
        (|| AnyComponent::new(RecoverOrder::<i32>::new()), RULE),
        (|| AnyComponent::new(Grep::containing("")), RULE),
        (|| AnyComponent::new(Sort::<i32>::new()), RULE),
        // Each of these keeps an older habit of Kamaelia, which its documentation names.
        (|| AnyComponent::new(EchoProtocol::new()), [EndsWithIt, EndsWithIt, EndsWithIt]),
        (|| AnyComponent::new(FirstOnly::new()), [EndsWithIt, EndsWithIt, EndsWithIt]),
        (|| AnyComponent::new(NullSinkComponent::new()), [EndsWithIt, EndsWithIt, EndsWithIt]),
        (|| AnyComponent::new(PeriodicTick::new(DAY)), [EndsWithIt, EndsWithIt, EndsWithIt]),
        (|| AnyComponent::new(SingleTick::new(DAY)), [EndsWithIt, EndsWithIt, EndsWithIt]),
        (|| AnyComponent::new(PureFilter::new(|_: &Message| true)), [EndsWithIt, EndsWithIt, EndsWithIt]),
        (|| AnyComponent::new(DictChooser::<i32, i32>::new()), [Swallows, Swallows, EndsWithIt]),
        (|| AnyComponent::new(ForwardIteratingChooser::new(["a"])), [Swallows, Swallows, EndsWithIt]),
        (|| AnyComponent::new(LossyConnector::new()), [Swallows, EndsWithIt, EndsWithIt]),
        (|| AnyComponent::new(Chooser::new(["a"])), [Swallows, Swallows, EndsWithIt]),
        (|| AnyComponent::new(PureTransformer::map(|n: i32| n)), [Swallows, EndsAnew, EndsWithIt]),
        (
            || AnyComponent::new(PureTransformer::map(|n: i32| n).ignoring_shutdown()),
            [Swallows, EndsAnew, Swallows],
        ),
        (|| AnyComponent::new(Carousel::new(|n: i32| OneShot::new(n))), [Swallows, EndsWithIt, EndsWithIt]),
    ];
    for (make, does) in table {
        let mark = scheduler().add(Still);
        let finish = ProducerFinished { caller: Some(mark.clone()), message: None };
        let notices =
            [Message::new("hello"), Message::new(finish), Message::new(ShutdownMicroprocess::new())];
        let found = notices.map(|notice| told(make(), notice, &mark));
        assert_eq!(found, *does, "{}", make());
    }
}

#[test]
fn s25a_every_chassis_announces_its_own_end_once() {
    let silent = || Worker { tag: "silent", turns: 2, naps: &[] };
    let chassis: [Makes; 5] = [
        || AnyComponent::new(Graphline::new()),
        || AnyComponent::new(graphline! { components: { a: OneShot::new(1), b: OneShot::new(2) } }),
        || AnyComponent::new(Seq::new().then(OneShot::new(1)).then(OneShot::new(2))),
        || AnyComponent::new(Par::new().and(OneShot::new(1)).and(OneShot::new(2))),
        || AnyComponent::new(pipeline![act(async |_| Ok(())), act(async |_| Ok(()))].circular()),
    ];
    for make in chassis {
        let mut bench = bench(make());
        bench.settle();
        assert!(bench.subject.is_stopped(), "{}", bench.subject);
        assert_eq!(bench.endings(), [Finished], "{}", bench.subject);
    }
    let mut bench = bench(Par::new().and(silent()).and(silent()));
    bench.settle();
    assert_eq!(bench.endings(), [Finished], "also when its children end without a word");
}

#[test]
fn s27_a_pipeline_ends_when_its_last_child_has_ended_and_adds_no_word_of_its_own() {
    let mut bench =
        bench(pipeline![Worker { tag: "a", turns: 5, naps: &[] }, Worker { tag: "b", turns: 2, naps: &[] }]);
    for (pass, active) in
        [(1, true), (2, true), (3, true), (4, true), (5, true), (6, true), (7, true), (8, false)]
    {
        bench.scheduler.run_pass().unwrap();
        assert_eq!(bench.subject.is_active(), active, "after pass {pass}");
    }
    assert_eq!(bench.signals().len(), 0);
    assert_eq!(said().iter().filter(|line| line.starts_with('a')).count(), 5);
}

#[test]
fn s27_what_reaches_a_pipeline_before_its_first_turn_waits_and_moves_in() {
    let mut bench = bench(pipeline![PassThrough::new()]);
    bench.feed(1);
    bench.feed(2);
    bench.settle();
    bench.feed(3);
    bench.settle();
    assert_eq!(bench.data(), "1,2,3");
}

#[test]
fn s27_a_pipeline_without_components_is_an_error_that_names_it() {
    let mut s = scheduler();
    let pipe = s.activate(Pipeline::new());
    let text = s.run().unwrap_err().to_string();
    assert!(text.contains(&pipe.name()) && text.contains("without components"), "{text}");
}

#[test]
fn s27_a_misspelt_component_in_a_graphline_is_an_error_that_lists_those_there_are() {
    let graph =
        || Graphline::new().component("READER", PassThrough::new()).component("ECHO", PassThrough::new());
    let error = graph().link(("READER", "outbox"), ("EHCO", "inbox")).expect_err("no such component");
    assert!(matches!(error, GraphlineError::UnknownComponent { .. }), "{error}");
    let text = error.to_string();
    for part in ["EHCO", "READER", "ECHO", "self"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(
        graph().link(("", "inbox"), ("ECHO", "inbox")).is_err(),
        "in Kamaelia any other name is the graphline"
    );
    assert!(graph().link(("self", "inbox"), ("ECHO", "inbox")).is_ok());
}

#[test]
fn s27_a_misspelt_box_in_a_graphline_ends_the_run_and_lists_those_there_are() {
    let mut s = scheduler();
    let graph = Graphline::new().component("A", PassThrough::new()).component("B", PassThrough::new());
    let graph = s.activate(graph.link(("A", "outbocks"), ("B", "inbox")).unwrap());
    let text = s.run().unwrap_err().to_string();
    for part in [&graph.name(), "\"A\"", "outbocks", "\"outbox\", \"signal\""] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn s27_a_graphline_makes_boxes_on_demand_for_itself_alone() {
    let s = scheduler();
    let graph = graphline! {
        components: { a: PassThrough::new() },
        linkages: { self.extra => a.inbox, a.outbox => self.more },
    };
    let (graph, other) = (s.add(graph), s.add(Graphline::new()));
    let cx = s.context(&graph);
    assert!(cx.has_inbox(&graph, "extra") && cx.has_outbox(&graph, "more"));
    assert!(!cx.has_inbox(&other, "extra") && !cx.has_outbox(&other, "more"), "in Kamaelia all have them");
}

#[test]
fn s27_a_graphline_hands_control_to_those_whose_control_is_not_linked_and_passes_it_on_at_the_end() {
    for notice in [Message::new(ProducerFinished::new()), Message::new(ShutdownMicroprocess::new())] {
        let ending = notice.ending().unwrap();
        let mut bench = bench(graphline! {
            components: { a: Tells("a"), b: Tells("b"), c: Tells("c") },
            linkages: { a.signal => b.control },
        });
        bench.settle();
        bench.tell(notice);
        assert!(bench.subject.is_stopped());
        assert_eq!(bench.endings(), [ending]);
        let told = |tag: &str| format!("{tag} told {ending:?}");
        assert_eq!(said(), [told("a"), told("c"), told("b")], "b hears of it by a, one pass later");
    }
}

/// Says what ended it, and passes it on.
struct Tells(&'static str);

impl Component for Tells {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            if let Some(notice) = cx.told_to_end() {
                say!("{} told {:?}", self.0, notice.ending().expect("an ending"));
                cx.send("signal", notice)?;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

#[test]
fn s27_a_graphline_sleeps_while_a_message_lies_in_a_box_that_nobody_reads() {
    let mut bench = bench(graphline! { components: { a: PassThrough::new() } });
    bench.settle();
    bench.feed(1);
    // In Kamaelia it now runs at full speed for ever; `settle` would say so.
    bench.settle();
    assert!(bench.subject.is_active());
}

#[test]
fn s27_a_carousel_makes_one_child_at_a_time_and_ends_after_it() {
    let s = scheduler();
    let carousel = s.activate(Carousel::new(|tag: &'static str| Worker { tag, turns: 2, naps: &[] }));
    let mut bench = Bench { subject: carousel, neighbour: s.add(Still), scheduler: s };
    let cx = bench.scheduler.context(&bench.neighbour);
    cx.link((&bench.neighbour, "outbox"), (&bench.subject, "next")).unwrap();
    cx.link((&bench.neighbour, "signal"), (&bench.subject, "control")).unwrap();
    cx.link((&bench.subject, "signal"), (&bench.neighbour, "control")).unwrap();
    bench.feed("one");
    bench.feed("two");
    bench.tell(ProducerFinished::new());
    assert!(bench.subject.is_stopped());
    assert_eq!(bench.endings(), [Finished]);
    assert_eq!(said(), ["one turn 1", "one turn 2", "two turn 1", "two turn 2"]);
}

#[test]
fn s27_seq_runs_one_after_the_other_and_a_stop_starts_no_further_one() {
    let mut all = bench(Seq::new().then(Worker { tag: "a", turns: 2, naps: &[] }).then(Worker {
        tag: "b",
        turns: 1,
        naps: &[],
    }));
    all.settle();
    assert_eq!(said(), ["a turn 1", "a turn 2", "b turn 1"]);
    assert_eq!(all.endings(), [Finished]);

    let mut stopped = bench(Seq::new().then(Tells("a")).then(Tells("b")));
    stopped.settle();
    stopped.tell(ShutdownMicroprocess::new());
    assert!(stopped.subject.is_stopped());
    assert_eq!(said(), ["a told ShutdownMicroprocess"]);
    assert_eq!(stopped.endings(), [Shutdown]);
}

#[test]
fn s27_par_says_one_ending_when_all_have_ended_and_not_before() {
    let mut bench = bench(Par::new().and(OneShot::new(1)).and(PassThrough::new()));
    bench.settle();
    assert!(bench.subject.is_active(), "one has ended, the other has not");
    assert_eq!(bench.signals().len(), 0);
    bench.tell(ShutdownMicroprocess::new());
    assert!(bench.subject.is_stopped());
    assert_eq!((bench.data().as_str(), bench.endings().as_slice()), ("1", [Shutdown].as_slice()));
}

#[test]
fn s09_no_component_of_the_library_runs_while_there_is_nothing_to_do() {
    let idle: [Makes; 25] = [
        || AnyComponent::new(PassThrough::new()),
        || AnyComponent::new(TwoWaySplitter::new()),
        || AnyComponent::new(Collate::<i32>::new()),
        || AnyComponent::new(Sync::new(3)),
        || AnyComponent::new(Framer::new()),
        || AnyComponent::new(LengthDeFramer::new()),
        || AnyComponent::new(ChunksToLines::new()),
        || AnyComponent::new(NullSinkComponent::new()),
        || AnyComponent::new(Chooser::new(["a"])),
        || AnyComponent::new(PureTransformer::map(|n: i32| n)),
        || AnyComponent::new(DictChooser::<i32, i32>::new()),
        || AnyComponent::new(Filter::default()),
        || AnyComponent::new(Router::new()),
        || AnyComponent::new(RecoverOrder::<i32>::new()),
        || AnyComponent::new(MessageRateLimit::new(1.0)),
        || AnyComponent::new(ByteRateRequestControl::default()),
        || AnyComponent::new(VariableByteRateRequestControl::default()),
        || AnyComponent::new(OnDemandLimit::new()),
        || AnyComponent::new(PeriodicTick::new(DAY)),
        || AnyComponent::new(SingleTick::new(DAY)),
        || AnyComponent::new(Carousel::new(|n: i32| OneShot::new(n)).make_first_request()),
        || AnyComponent::new(pipeline![PassThrough::new(), PassThrough::new()]),
        || AnyComponent::new(graphline! { components: { a: PassThrough::new() } }),
        || AnyComponent::new(Seq::new().then(PassThrough::new())),
        || AnyComponent::new(Par::new().and(PassThrough::new()).and(PassThrough::new())),
    ];
    for make in idle {
        let mut bench = bench(make());
        bench.settle();
        assert!(bench.subject.is_active(), "{}", bench.subject);
    }
}
