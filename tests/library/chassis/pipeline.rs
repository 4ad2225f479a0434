//! Pipelines. The order of every turn is in the trace of the original, `axon_traces`.

use axon::chassis::Pipeline;
use axon::util::{DataSink, DataSource, PassThrough, Received};
use axon::{AnyComponent, Boxes, Component, Context, Result, RunError, Scheduler, graphline, pipeline};

use crate::bench::{Bench, PF, SM};
use crate::chassis::stages::{Brief, Log, Quiet, Stage};

#[test]
fn data_and_endings_go_down_the_row_and_out() {
    let log = Log::default();
    let mut bench = Bench::new(pipeline![Stage::new("a", &log), Stage::new("b", &log)]);
    bench.give("inbox", "x").finish().settle();
    assert_eq!(bench.sent::<String>(), ["b:?"]);
    assert_eq!(log.take(), ["a starts", "a told PF", "b starts", "b told PF"]);
    assert_eq!(bench.signalled(), [PF]);
    assert!(bench.ended());
}

#[test]
fn components_are_made_at_its_first_turn_and_take_theirs_a_pass_later() {
    let log = Log::default();
    let mut bench = Bench::new(pipeline![Stage::new("a", &log), pipeline![Stage::new("b", &log)]]);
    bench.passes(1);
    assert_eq!(log.take(), [""; 0]);
    bench.passes(1);
    assert_eq!(log.take(), ["a starts"]);
    bench.passes(1);
    assert_eq!(log.take(), ["b starts"]);
}

#[test]
fn it_says_nothing_itself_when_its_last_component_ends_without_a_word() {
    let mut bench = Bench::new(pipeline![Quiet]);
    bench.give("inbox", "end").settle();
    assert!(bench.ended());
    assert_eq!(bench.signalled(), [""; 0]);
}

#[test]
fn it_lives_on_while_any_component_does() {
    let log = Log::default();
    let mut bench = Bench::new(pipeline![Brief("only"), Stage::new("left", &log)]);
    bench.settle();
    assert_eq!(bench.sent::<String>(), ["left:only"]);
    assert!(!bench.ended());
}

#[test]
fn a_circular_one_feeds_its_last_to_its_first_and_says_when_it_has_ended() {
    struct Lap;
    impl Component for Lap {
        async fn main(&mut self, cx: &Context) -> Result {
            for lap in 1..=3 {
                let round: u32 = cx.next("inbox").await?;
                assert_eq!(round, lap);
                cx.send("outbox", round + 1)?;
            }
            cx.send("signal", axon::ProducerFinished::new())?;
            Ok(())
        }
    }
    let mut bench = Bench::new(pipeline![Lap, PassThrough::new()].circular());
    bench.give("inbox", 1u32).settle();
    assert!(bench.ended());
    assert_eq!(bench.sent::<u32>(), [0; 0]);
    assert_eq!(bench.signalled(), [PF]);
}

#[test]
fn an_empty_one_ends_with_an_error_that_says_so() {
    let error = axon::run(Pipeline::new()).unwrap_err();
    assert!(error.to_string().contains("is a pipeline without components"), "{error}");
}

#[test]
fn one_with_a_component_that_lacks_a_box_ends_with_an_error_that_names_both() {
    struct Mute;
    impl Component for Mute {
        fn boxes(&self) -> Boxes {
            Boxes::none().inbox("inbox", "").inbox("control", "").outbox("signal", "")
        }
        async fn main(&mut self, _: &Context) -> Result {
            Ok(())
        }
    }
    let error = axon::run(pipeline![Mute, PassThrough::new()]).unwrap_err();
    assert!(matches!(error, RunError::Failed { .. }));
    let text = error.to_string();
    assert!(
        text.contains("Mute_") && text.contains("no outbox \"outbox\"") && text.contains("\"signal\""),
        "{text}"
    );
}

#[test]
fn it_can_be_made_of_a_list_and_of_components_that_were_made_before() {
    let received = Received::<i32>::new();
    let mut scheduler = Scheduler::new();
    let sink = scheduler.add(DataSink::new(&received));
    let stages = (0..3).map(|_| AnyComponent::new(PassThrough::new()));
    let row: Pipeline = stages.collect();
    scheduler.activate(pipeline![DataSource::new([1, 2]), row, &sink]);
    scheduler.run().unwrap();
    assert_eq!(received.take(), [1, 2]);
    assert!(sink.is_stopped());
}

#[test]
fn a_component_that_fails_fails_the_run_and_the_error_shows_where_it_lay() {
    struct Fails;
    impl Component for Fails {
        async fn main(&mut self, _: &Context) -> Result {
            Err("as asked".into())
        }
    }
    let error = axon::run(pipeline![pipeline![Fails]]).unwrap_err().to_string();
    assert!(error.contains("Pipeline_") && error.contains("Fails_") && error.contains("as asked"), "{error}");
}

#[test]
fn with_an_immortal_scheduler_a_component_that_fails_counts_as_ended() {
    struct Fails;
    impl Component for Fails {
        async fn main(&mut self, _: &Context) -> Result {
            panic!("as asked")
        }
    }
    let mut bench = Bench::on(Scheduler::builder().immortal().build(), pipeline![Fails, PassThrough::new()]);
    bench.settle();
    assert!(!bench.ended());
    bench.give("control", "nobody reads this any more");
    let error = bench.scheduler.run().unwrap_err();
    assert!(
        matches!(&error, RunError::Stuck(report) if report.to_string().contains("PassThrough")),
        "{error}"
    );
}

#[test]
fn shutdown_at_once_goes_through_it() {
    let log = Log::default();
    let mut bench = Bench::new(pipeline![Stage::new("a", &log), Stage::new("b", &log)]);
    bench.shut_down().settle();
    assert_eq!(bench.signalled(), [SM]);
    assert!(bench.ended());
}

#[test]
fn who_sends_to_a_stage_that_has_ended_can_know_while_the_pipeline_or_graphline_around_it_goes_on() {
    /// Says whether it is heard, after some turns.
    struct Asks(Log);
    impl Component for Asks {
        async fn main(&mut self, cx: &Context) -> Result {
            for _ in 0..10 {
                cx.yield_now().await;
            }
            self.0.say(format!("heard: {}", cx.is_heard("outbox")));
            Ok(())
        }
    }
    let heard = Log::default();
    let slow = || Stage::new("slow", &Log::default());
    let row = pipeline![Brief("at once"), slow()];
    let graph = graphline! {
        components: { brief: Brief("at once"), slow: slow() },
        linkages: { self.inbox => brief.inbox, brief.outbox => slow.inbox },
    };
    let inner = [AnyComponent::new(row), AnyComponent::new(graph)];
    for inner in inner {
        let _ = axon::run(pipeline![Asks(heard.clone()), inner]);
    }
    assert_eq!(heard.take(), ["heard: false", "heard: false"]);
}
