//! What a Graphline tells of the names and linkages it was given: promise S27.

use axon::util::{OneShot, PassThrough};
use axon::{Component, Context, RunError, Scheduler, graphline, parallel, pipeline};

use crate::stage::{act, scheduler};

/// Ends with an error when something arrives.
struct Picky;

impl Component for Picky {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let number: i32 = cx.next("inbox").await?;
        Err(format!("{number} is none of mine").into())
    }
}

#[test]
fn s27_a_failure_names_the_component_as_the_graphline_calls_it() {
    let mut s = scheduler();
    s.activate(graphline! {
        components: { source: OneShot::new(3), left: pipeline![Picky] },
        linkages: { source.outbox => left.inbox },
    });
    let failed = s.run().unwrap_err();
    assert_eq!(
        failed.to_string(),
        "Graphline_1 / left (Pipeline_3) / Picky_4 failed: 3 is none of mine",
        "stages of a pipeline have the names of their types"
    );
    let RunError::Failed { component, .. } = failed else { panic!("{failed}") };
    assert_eq!(component, "Picky_4", "its own name is as it was");
}

#[test]
fn s27_a_stall_report_and_a_refusal_name_components_as_the_graphline_calls_them() {
    let mut s = scheduler();
    s.activate(graphline! {
        components: {
            left: act(async |cx| {
                cx.set_size((cx.me(), "inbox"), Some(1))?;
                loop {
                    cx.pause().await;
                }
            }),
            right: act(async |cx| {
                cx.yield_now().await;
                cx.send("outbox", 1)?;
                let refused = cx.send("outbox", 2).unwrap_err().to_string();
                assert!(refused.starts_with("right (Act_3).outbox cannot send: left (Act_2).inbox"), "{refused}");
                loop {
                    cx.pause().await;
                }
            }),
        },
        linkages: { right.outbox => left.inbox },
    });
    let stuck = s.run().unwrap_err().to_string();
    for line in
        ["Graphline_1 / left (Act_2) is", "Graphline_1 / right (Act_3) is", "refused by left (Act_2).inbox"]
    {
        assert!(stuck.contains(line), "{line:?} in {stuck}");
    }
}

#[test]
fn s27_a_snapshot_shows_what_the_graphline_calls_each_and_the_name_it_has() {
    let mut s = scheduler();
    s.activate(graphline! {
        components: { left: PassThrough::new(), right: PassThrough::new() },
        linkages: { left.outbox => right.inbox },
    });
    s.run_pass().unwrap();
    let snapshot = s.snapshot();
    let names: Vec<_> =
        snapshot.components.iter().map(|seen| (seen.called.as_deref(), seen.name.as_str())).collect();
    assert_eq!(
        names,
        [(None, "Graphline_1"), (Some("left"), "PassThrough_2"), (Some("right"), "PassThrough_3")]
    );
    let text = snapshot.to_string();
    assert!(text.contains("left (PassThrough_2): "), "{text}");
    assert!(text.contains("outbox, 0 sent -> right (PassThrough_3).inbox"), "{text}");
    assert!(snapshot.to_dot().contains("left (PassThrough_2)"));
    assert!(snapshot.to_mermaid().contains("left (PassThrough_2)"));
}

#[test]
fn s27_a_parallel_graphline_calls_its_stages_by_their_names_too() {
    let graph = parallel::Graphline::new().component("left", || act(async |_| Err("too bad".into())));
    let failed = axon::run(graph).unwrap_err().to_string();
    assert!(failed.contains("left (Act_2) failed: too bad"), "{failed}");
}

#[test]
fn s27_a_name_goes_with_its_component_and_is_not_the_next_ones() {
    let mut s = Scheduler::new();
    let graph = || graphline! { components: { left: OneShot::new(1) } };
    for _ in 0..3 {
        s.activate(graph());
        s.run().unwrap();
    }
    let plain = s.activate(pipeline![PassThrough::new()]);
    s.run_pass().unwrap();
    let snapshot = s.snapshot();
    assert!(snapshot.components.iter().all(|seen| seen.called.is_none()), "{plain}: {snapshot}");
}
