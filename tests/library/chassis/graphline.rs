//! Graphlines: names, boxes made on demand, and who is told what.

use axon::chassis::{Graphline, GraphlineError};
use axon::util::{DataSink, DataSource, PassThrough, Received};
use axon::{Scheduler, graphline, parallel, pipeline};

use crate::bench::{Bench, PF, SM};
use crate::chassis::stages::{Brief, Log, Quiet, Stage};

#[test]
fn a_misspelt_component_is_refused_with_the_names_that_exist() {
    let graph = Graphline::new().component("A", PassThrough::new()).component("B", PassThrough::new());
    let error = graph.link(("A", "outbox"), ("C", "inbox")).err().unwrap();
    assert_eq!(
        error,
        GraphlineError::UnknownComponent {
            name: "C".to_owned(),
            known: vec!["A".to_owned(), "B".to_owned()]
        }
    );
    assert_eq!(
        error.to_string(),
        r#"the graphline has no component "C"; it has "A", "B", and "self" is the graphline"#
    );
}

#[test]
fn the_component_or_box_of_a_graphline_that_was_probably_meant_is_named() {
    let graph =
        || Graphline::new().component("SOURCE", PassThrough::new()).component("SINK", PassThrough::new());
    for (written, meant) in [("SUORCE", "SOURCE"), ("sink", "SINK"), ("slef", "self")] {
        let error = graph().link((written, "outbox"), ("SINK", "inbox")).err().unwrap().to_string();
        assert!(error.ends_with(&format!("; did you mean {meant:?}?")), "{error}");
    }
    let misspelt = graph().link(("SOURCE", "outbox"), ("SINK", "ibnox")).unwrap();
    let error = axon::run(misspelt).unwrap_err().to_string();
    assert!(
        error.contains(r#"has no inbox "ibnox"; it has "inbox", "control"; did you mean "inbox"?"#),
        "{error}"
    );

    let macros = graphline! {
        components: { source: PassThrough::new(), sink: PassThrough::new() },
        linkages: { source.outbox => sink.inbox, source.signal => sink.contrl },
    };
    let error = axon::run(macros).unwrap_err().to_string();
    assert!(error.contains(r#"did you mean "control"?"#), "{error}");
    let threads = parallel::Graphline::new()
        .component("SOURCE", PassThrough::new)
        .component("SINK", PassThrough::new)
        .link(("SOURCE", "outbox"), ("SINK", "inbux"))
        .unwrap();
    let error = axon::run(threads).unwrap_err().to_string();
    assert!(error.contains(r#"did you mean "inbox"?"#), "{error}");
}

#[test]
fn a_misspelt_box_ends_it_with_an_error_that_names_graphline_component_and_boxes() {
    let graph = graphline! {
        components: { a: PassThrough::new(), b: PassThrough::new() },
        linkages: { a.outbox => b.inbux },
    };
    let error = axon::run(graph).unwrap_err().to_string();
    for part in ["Graphline_", "\"b\"", "PassThrough_", "no inbox \"inbux\"", "\"inbox\", \"control\""] {
        assert!(error.contains(part), "{part} is not in: {error}");
    }
    let graph = graphline! {
        components: { a: PassThrough::new(), b: PassThrough::new() },
        linkages: { a.outbux => b.inbox },
    };
    let error = axon::run(graph).unwrap_err().to_string();
    assert!(error.contains("no outbox \"outbux\""), "{error}");
}

#[test]
fn only_self_means_the_graphline() {
    for name in ["", "me", "Self", "component"] {
        let graph = Graphline::new().component("A", PassThrough::new());
        let error = graph.link((name, "inbox"), ("A", "inbox")).err().unwrap();
        assert!(matches!(error, GraphlineError::UnknownComponent { .. }), "{name:?}");
    }
    let graph = Graphline::new().component("A", PassThrough::new());
    assert!(graph.link(("self", "inbox"), ("A", "inbox")).is_ok());
}

#[test]
fn a_box_that_is_the_source_of_two_linkages_is_refused() {
    let graph = Graphline::new().component("A", PassThrough::new()).component("B", PassThrough::new());
    let graph = graph.link(("A", "outbox"), ("B", "inbox")).unwrap();
    let error = graph.link(("A", "outbox"), ("self", "outbox")).err().unwrap();
    let text = error.to_string();
    assert!(
        text.starts_with("A.outbox is linked twice, to B.inbox (tests/library/chassis/graphline.rs:"),
        "{text}"
    );
    assert!(text.contains(" and to self.outbox (tests/library/chassis/graphline.rs:"), "{text}");
}

#[test]
fn a_linkage_from_self_to_self_is_refused() {
    let error = Graphline::new().link(("self", "inbox"), ("self", "outbox")).err().unwrap();
    assert_eq!(error.to_string(), "self.inbox to self.outbox leaves every component out");
}

#[test]
fn in_the_macro_a_box_that_is_linked_twice_ends_the_run_with_an_error_that_names_both_linkages() {
    let graph = graphline! {
        components: { A: PassThrough::new(), B: PassThrough::new() },
        linkages: { A.outbox => B.inbox, A.outbox => self.outbox },
    };
    let error = axon::run(graph).unwrap_err().to_string();
    for part in ["Graphline_1 failed: A.outbox is linked twice", "to B.inbox (", "to self.outbox ("] {
        assert!(error.contains(part), "{part} is not in: {error}");
    }
    let graph = graphline! {
        components: { A: PassThrough::new() },
        linkages: { self.inbox => A.inbox, self.inbox => self.outbox },
    };
    let error = axon::run(pipeline![graph]).unwrap_err().to_string();
    assert!(error.contains("self.inbox to self.outbox leaves every component out"), "{error}");
}

#[test]
fn two_components_with_one_name_and_one_named_self_end_the_run_with_an_error_that_says_where() {
    let graph = Graphline::new()
        .component("A", PassThrough::new())
        .component("A", PassThrough::new())
        .link(("A", "outbox"), ("self", "outbox"))
        .unwrap();
    let error = axon::run(graph).unwrap_err().to_string();
    assert!(error.contains("two components of a graphline have the name \"A\""), "{error}");
    assert_eq!(error.matches("tests/library/chassis/graphline.rs:").count(), 2, "{error}");
    let error = axon::run(Graphline::new().component("self", PassThrough::new())).unwrap_err().to_string();
    assert!(
        error.contains("stands for the graphline itself (tests/library/chassis/graphline.rs:"),
        "{error}"
    );
    let stages = parallel::Graphline::new().component("A", PassThrough::new).component("A", PassThrough::new);
    let error = axon::run(stages).unwrap_err().to_string();
    assert!(error.contains("have the name \"A\""), "{error}");
}

#[test]
fn one_component_under_two_names_ends_the_run_with_an_error_that_names_both() {
    let mut scheduler = Scheduler::new();
    let it = scheduler.add(PassThrough::new());
    scheduler.activate(graphline! { components: { left: &it, right: &it } });
    let error = scheduler.run().unwrap_err().to_string();
    assert!(error.contains("PassThrough_1 is in a graphline twice, as \"left\" and as \"right\""), "{error}");
}

#[test]
fn boxes_of_its_own_are_made_on_demand_and_for_it_alone() {
    let graph = graphline! {
        components: { video: PassThrough::new() },
        linkages: { self.frames => video.inbox, video.outbox => self.screen },
    };
    let mut bench = Bench::new(graph);
    bench.give("frames", 1).give("frames", 2).settle();
    let shown: Vec<_> = bench.out("screen").iter().map(|frame| format!("{frame:?}")).collect();
    assert_eq!(shown, ["1", "2"]);

    let scheduler = Scheduler::new();
    let other = scheduler.add(graphline! { components: {} });
    let cx = scheduler.context(&other);
    assert_eq!(cx.inboxes(&other), ["inbox", "control"]);
    assert_eq!(cx.outboxes(&other), ["outbox", "signal", "_cs"]);
}

#[test]
fn control_messages_go_to_those_whose_control_is_not_linked_in_the_order_of_naming() {
    let log = Log::default();
    let mut bench = Bench::new(graphline! {
        components: { a: Stage::new("a", &log), b: Stage::new("b", &log), c: Stage::new("c", &log) },
        linkages: { a.signal => c.control },
    });
    bench.settle();
    log.take();
    bench.give("control", "hello").settle();
    assert_eq!(log.take(), ["a told \"hello\"", "b told \"hello\"", "c told \"hello\""]);
    bench.shut_down().settle();
    assert_eq!(log.take(), ["a told SM", "b told SM", "c told SM"]);
    assert_eq!(bench.signalled(), [SM]);
    assert!(bench.ended());
}

#[test]
fn control_that_you_linked_goes_there_and_nowhere_else() {
    let log = Log::default();
    let mut bench = Bench::new(graphline! {
        components: { a: Stage::new("a", &log), b: Stage::new("b", &log) },
        linkages: { self.control => b.control },
    });
    bench.settle();
    log.take();
    bench.shut_down().settle();
    assert_eq!(log.take(), ["b told SM"]);
    assert!(!bench.ended());
}

#[test]
fn a_signal_that_you_linked_is_all_that_comes_out() {
    let log = Log::default();
    let mut bench = Bench::new(graphline! {
        components: { a: Stage::new("a", &log), b: Stage::new("b", &log) },
        linkages: { b.signal => self.signal, a.signal => b.control },
    });
    bench.finish().settle();
    assert!(bench.ended());
    assert_eq!(bench.signalled(), [PF]);
}

#[test]
fn the_ending_it_was_told_is_passed_on_when_all_have_ended_and_not_before() {
    let log = Log::default();
    for (told, expected) in [(&[PF][..], PF), (&[PF, SM], SM), (&[SM, PF], SM), (&[], PF)] {
        let mut bench = Bench::new(graphline! { components: { a: Quiet, b: Stage::new("b", &log) } });
        bench.settle();
        for ending in told {
            if *ending == PF { bench.finish() } else { bench.shut_down() }.settle();
        }
        if !told.contains(&SM) {
            assert!(!bench.ended());
            assert_eq!(bench.signalled(), [""; 0]);
            let children = bench.scheduler.context(&bench.subject).children();
            children.iter().for_each(|child| bench.scheduler.context(child).stop(child));
            bench.settle();
        }
        assert_eq!(bench.signalled(), [expected], "told {told:?}");
        assert!(bench.ended());
    }
}

#[test]
fn without_components_it_ends_at_once_and_says_so() {
    let mut bench = Bench::new(Graphline::new());
    bench.settle();
    assert!(bench.ended());
    assert_eq!(bench.signalled(), [PF]);
}

#[test]
fn it_sleeps_while_a_message_lies_in_a_box_that_nobody_reads() {
    let mut bench = Bench::new(graphline! { components: { a: Quiet } });
    bench.give("inbox", "unread").settle();
    assert!(!bench.scheduler.run_pass().unwrap());
    assert_eq!(bench.scheduler.context(&bench.subject).data_ready("inbox"), 1);
}

#[test]
fn a_component_that_has_ended_is_told_nothing_more() {
    let log = Log::default();
    let mut bench = Bench::new(graphline! { components: { a: Brief("x"), b: Stage::new("b", &log) } });
    bench.passes(1);
    let a = bench.scheduler.context(&bench.subject).children().remove(0);
    bench.settle();
    assert!(a.is_stopped());
    bench.give("control", "hello").settle();
    assert_eq!(bench.scheduler.context(&a).data_ready("control"), 0);
    assert_eq!(log.take(), ["b starts", "b told \"hello\""]);
}

#[test]
fn components_may_have_any_name_and_capitals_as_in_python() {
    let received = Received::<i32>::new();
    let graph = Graphline::new()
        .component("a b", DataSource::new([7]))
        .component("", DataSink::new(&received))
        .link(("a b", "outbox"), ("", "inbox"))
        .and_then(|graph| graph.link(("a b", "signal"), ("", "control")))
        .unwrap();
    axon::run(graph).unwrap();
    assert_eq!(received.take(), [7]);

    let received = Received::<i32>::new();
    axon::run(graphline! {
        components: { SOURCE: DataSource::new([7]), Sink: DataSink::new(&received) },
        linkages: { SOURCE.outbox => Sink.inbox, SOURCE.signal => Sink.control, },
    })
    .unwrap();
    assert_eq!(received.take(), [7]);
}

#[test]
fn a_graphline_within_a_graphline_keeps_its_names_apart() {
    let received = Received::<i32>::new();
    axon::run(graphline! {
        components: {
            a: DataSource::new([1, 2]),
            b: graphline! {
                components: { a: PassThrough::new(), c: PassThrough::new() },
                linkages: { self.inbox => a.inbox, a.outbox => c.inbox, c.outbox => self.outbox,
                            self.control => a.control, a.signal => c.control, c.signal => self.signal },
            },
            c: DataSink::new(&received),
        },
        linkages: { a.outbox => b.inbox, a.signal => b.control, b.outbox => c.inbox, b.signal => c.control },
    })
    .unwrap();
    assert_eq!(received.take(), [1, 2]);
}
