//! Components that show what others do, or end them.

use std::time::Duration;

use axon::util::{
    Chargen, ComponentBoxTracer, DataSink, DataSource, NullSinkComponent, OneShot, PassThrough,
    PipelineTracer, Profile, Profiler, ProfilerOutputFormatter, PureTransformer, Received, Traced, Ttl,
};
use axon::{Boxes, Component, Context, ProducerFinished, Scheduler, pipeline};

use crate::bench::{Bench, PF, SM};

/// Box and message, without the name of the component.
fn lines(seen: &Received<Traced>) -> Vec<String> {
    let lines = seen.take().into_iter();
    lines.map(|traced| format!("{} {:?}", traced.box_name(), traced.message())).collect()
}

#[test]
fn a_tracer_sees_the_messages_at_all_four_boxes_and_the_component_works_as_without_it() {
    let seen = Received::new();
    let mut bench = Bench::new(ComponentBoxTracer::new(PassThrough::new(), DataSink::new(&seen)));
    bench.give("inbox", 1).give("inbox", "two").settle().give("control", "hello").finish().settle();
    assert_eq!(bench.out("outbox").len(), 2);
    assert_eq!(bench.signalled(), ["\"hello\"", PF]);
    assert!(bench.ended());
    let mut lines = lines(&seen);
    lines.sort();
    let endings = lines.iter().filter(|line| line.contains("ProducerFinished")).count();
    assert_eq!(endings, 2, "{lines:?}");
    for line in
        ["inbox 1", "inbox \"two\"", "outbox 1", "outbox \"two\"", "control \"hello\"", "signal \"hello\""]
    {
        assert!(lines.iter().any(|seen| seen == line), "{line} in {lines:?}");
    }
}

#[test]
fn a_traced_component_and_a_slow_reader_behind_it_lose_nothing_and_hold_up_the_source() {
    let (seen, received) = (Received::new(), Received::<u32>::new());
    let traced = ComponentBoxTracer::new(PassThrough::new(), DataSink::new(&seen));
    axon::run(pipeline![DataSource::new(0..10_000u32), traced, DataSink::new(&received)]).unwrap();
    assert_eq!(received.take(), (0..10_000).collect::<Vec<_>>());
    assert_eq!(lines(&seen).iter().filter(|line| line.starts_with("outbox ")).count(), 10_000);

    let mut bench = Bench::new(ComponentBoxTracer::new(Chargen::new(), NullSinkComponent::new()));
    bench.limit("outbox", 3);
    for _ in 0..20 {
        bench.settle();
    }
    assert_eq!(bench.out("outbox").len(), 3);
    bench.shut_down().settle();
    assert!(bench.ended());
}

#[test]
fn a_tracer_that_has_ended_does_not_hold_up_what_is_traced() {
    let received = Received::<u32>::new();
    let traced = ComponentBoxTracer::new(PassThrough::new(), OneShot::new("gone"));
    axon::run(pipeline![DataSource::new(0..2000u32), traced, DataSink::new(&received)]).unwrap();
    assert_eq!(received.take().len(), 2000);
}

#[test]
fn a_traced_pipeline_names_who_sent_what() {
    let (seen, received) = (Received::<Traced>::new(), Received::<i32>::new());
    let pipeline = PipelineTracer::new(DataSink::new(&seen))
        .then(DataSource::new([1, 2]))
        .then(PureTransformer::map(|n: i32| n * 10))
        .then(DataSink::new(&received));
    axon::run(pipeline).unwrap();
    assert_eq!(received.take(), [10, 20]);
    let seen: Vec<String> = seen.take().iter().map(|traced| traced.to_string()).collect();
    for (component, rest) in
        [("DataSource_", " outbox 2"), ("PureTransformer_", " outbox 20"), ("DataSink_", " inbox 20")]
    {
        assert!(
            seen.iter().any(|line| line.starts_with(component) && line.ends_with(rest)),
            "{component}{rest} in {seen:?}"
        );
    }
}

/// Takes so many turns, each of so much time.
struct Worker {
    turns: u64,
    works: Duration,
}

impl Component for Worker {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for _ in 0..self.turns {
            let began = std::time::Instant::now();
            while began.elapsed() < self.works {}
            cx.yield_now().await;
        }
        Ok(())
    }
}

#[test]
fn a_profile_tells_steps_and_time_of_each_component_and_that_one_has_ended() {
    let mut bench = Bench::new(Profiler::new(Duration::from_secs(1)));
    let lazy = bench.scheduler.activate(Worker { turns: 50, works: Duration::ZERO });
    let busy = bench.scheduler.activate(Worker { turns: 5, works: Duration::from_millis(2) });
    bench.settle();
    assert!(lazy.is_stopped() && busy.is_stopped());
    bench.scheduler.turn_clock(Duration::from_secs(1));
    bench.settle();
    let [profile] = &bench.sent::<Profile>()[..] else { panic!("one profile") };
    assert_eq!(profile.interval, Duration::from_secs(1));
    let cost = |name: String| {
        profile.costs.iter().find(|cost| cost.name == name).unwrap_or_else(|| panic!("{profile:?}"))
    };
    let (lazy, busy) = (cost(lazy.name()), cost(busy.name()));
    // The step that begins to measure is not measured, and those before it were not.
    assert!((50..=51).contains(&lazy.steps), "{lazy:?}");
    assert!((5..=6).contains(&busy.steps) && busy.has_ended, "{busy:?}");
    assert!(busy.time >= Duration::from_millis(10), "{busy:?}");
    assert_eq!(profile.costs[0].name, busy.name, "the busiest is the first");
    bench.finish().settle();
    assert_eq!(bench.signalled(), [PF]);
    let last = bench.sent::<Profile>().pop().unwrap();
    assert!(last.costs.iter().all(|cost| cost.name.starts_with("Profiler")), "{last:?}");
}

#[test]
fn steps_are_measured_at_full_speed_too_and_no_longer_when_nobody_asks() {
    struct Meters;
    impl Component for Meters {
        async fn main(&mut self, cx: &Context) -> axon::Result {
            let meter = cx.measure_steps();
            let worker = cx.activate(Worker { turns: 10_000, works: Duration::ZERO });
            while !worker.is_stopped() {
                cx.yield_now().await;
            }
            let costs = meter.take();
            let of = |name: &str| costs.iter().find(|cost| cost.name.starts_with(name)).unwrap().steps;
            assert!((10_000..=10_001).contains(&of("Worker")), "{costs:?}");
            assert!(of("Meters") >= 10_000, "{costs:?}");
            let second = cx.measure_steps();
            drop(meter);
            cx.yield_now().await;
            cx.yield_now().await;
            assert_eq!(second.take().len(), 1);
            Ok(())
        }
    }
    axon::run(Meters).unwrap();
}

#[test]
fn a_profile_becomes_a_table_in_which_a_name_cannot_forge_a_row() {
    /// Calls its child something strange.
    struct Parent;
    impl Component for Parent {
        async fn main(&mut self, cx: &Context) -> axon::Result {
            let child = cx.add_child(Worker { turns: 3, works: Duration::ZERO });
            cx.call_child(&child, "x\n    99  forged");
            cx.activate(child);
            cx.pause().await;
            Ok(())
        }
    }
    let mut bench =
        Bench::new(pipeline![Profiler::new(Duration::from_secs(1)), ProfilerOutputFormatter::new()]);
    bench.passes(2);
    bench.scheduler.activate(Parent);
    bench.settle();
    bench.scheduler.turn_clock(Duration::from_secs(1));
    bench.settle();
    let table = bench.sent::<String>().concat();
    assert!(table.starts_with("------steps--------time---%time--name---"), "{table}");
    assert!(table.lines().any(|line| line.contains("Worker_") && line.ends_with("[ended]")), "{table}");
    assert!(!table.lines().any(|line| line.trim_start().starts_with("99")), "{table}");
    bench.finish().settle();
    assert_eq!(bench.signalled(), [PF]);
}

/// What it is told, it does not heed.
struct Deaf;

impl Component for Deaf {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        cx.send("outbox", "alive")?;
        loop {
            cx.pause().await;
        }
    }
}

/// Has no inbox at all.
struct Closed;

impl Component for Closed {
    fn boxes(&self) -> Boxes {
        Boxes::none().outbox("other", "something").outbox("_own", "for itself")
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        cx.send("other", 1)?;
        loop {
            cx.pause().await;
        }
    }
}

fn turn(bench: &mut Bench, time: Duration) {
    bench.settle();
    bench.scheduler.turn_clock(time);
    bench.settle();
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_component_whose_time_is_over_is_told_to_finish_then_to_stop_and_then_stopped() {
    let mut bench = Bench::new(Ttl::new(PassThrough::new(), 10 * SECOND));
    bench.give("inbox", 1);
    turn(&mut bench, 9 * SECOND);
    assert!(!bench.ended());
    turn(&mut bench, SECOND);
    assert!(bench.ended());
    assert_eq!((bench.sent::<i32>(), bench.signalled()), (vec![1], vec![PF.to_owned()]));

    let mut bench = Bench::new(Ttl::new(Deaf, 10 * SECOND).grace(3 * SECOND));
    turn(&mut bench, 10 * SECOND);
    turn(&mut bench, 3 * SECOND);
    assert!(!bench.ended());
    turn(&mut bench, 3 * SECOND);
    assert!(bench.ended());
    assert_eq!((bench.sent::<&str>(), bench.signalled()), (vec!["alive"], vec![SM.to_owned()]));
}

#[test]
fn a_time_to_live_takes_every_box_and_a_whole_family_along() {
    let closed = Ttl::new(Closed, SECOND);
    assert_eq!(closed.boxes().inboxes(), [] as [&str; 0]);
    assert_eq!(closed.boxes().outboxes(), ["other", "_sigkill"]);
    let mut bench = Bench::new(closed);
    turn(&mut bench, SECOND);
    assert!(bench.ended());
    assert_eq!(bench.out("other").len(), 1);

    let mut scheduler = Scheduler::builder().virtual_clock().build();
    scheduler.activate(Ttl::new(pipeline![Deaf, Deaf, NullSinkComponent::new()], SECOND));
    scheduler.run().unwrap();
}

#[test]
fn a_component_that_ends_before_its_time_ends_its_time_to_live_at_once() {
    let mut bench = Bench::new(Ttl::new(OneShot::new(7), 3600 * SECOND));
    bench.settle();
    assert!(bench.ended());
    assert_eq!((bench.sent::<i32>(), bench.signalled()), (vec![7], vec![PF.to_owned()]));
    let mut bench = Bench::new(Ttl::new(PassThrough::new(), 3600 * SECOND));
    bench.settle().give("control", ProducerFinished::new()).settle();
    assert_eq!(bench.signalled(), [PF]);
}
