//! Chassis whose stages run on threads of their own: the same output, the same endings, no hang.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc;

use axon::chassis::{Restart, Supervisor};
use axon::parallel::{Graphline, Pipeline};
use axon::util::{DataSink, DataSource, PassThrough, PureTransformer, Received};
use axon::{
    Boxes, CONTROL, Component, Context, Ending, INBOX, OUTBOX, ProducerFinished, SIGNAL, Scheduler,
    ShutdownMicroprocess, pipeline,
};

use crate::stage::{Still, act, said, say};

/// A stage that holds what cannot leave its thread.
struct Adds(Rc<u64>);

impl Component for Adds {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            for number in cx.drain::<u64>(INBOX) {
                cx.send_when_room(OUTBOX, number? + *self.0).await.ok();
            }
            if let Some(notice) = cx.told_to_end() {
                cx.send(SIGNAL, notice)?;
                return Ok(());
            }
            cx.pause().await;
        }
    }
}

fn adds(number: u64) -> impl FnOnce() -> Adds + Send {
    move || Adds(Rc::new(number))
}

#[test]
fn a_parallel_pipeline_sends_what_an_ordinary_one_sends() {
    let numbers = || DataSource::new(0..5_000u64);
    let (ordinary, parallel) = (Received::<u64>::new(), Received::<u64>::new());
    axon::run(pipeline![numbers(), adds(1)(), adds(2)(), adds(3)(), DataSink::new(&ordinary)]).unwrap();
    let row = Pipeline::new().then(adds(1)).then(adds(2)).then(adds(3));
    axon::run(pipeline![numbers(), row, DataSink::new(&parallel)]).unwrap();
    assert_eq!(parallel.take(), ordinary.take());
}

#[test]
fn it_ends_in_order_however_often_it_is_run() {
    for _ in 0..100 {
        let received = Received::<u64>::new();
        let into = received.clone();
        let whole = Pipeline::new()
            .then(|| DataSource::new(0..50u64))
            .then(adds(1))
            .then(move || DataSink::new(&into));
        axon::run(whole).unwrap();
        assert_eq!(received.take(), (1..=50).collect::<Vec<_>>());
    }
}

#[test]
fn what_it_was_sent_before_its_first_turn_and_the_ending_behind_it_go_through_it() {
    let mut s = Scheduler::new();
    let row = s.activate(Pipeline::new().then(adds(1)).then(adds(1)));
    let observer = s.add(Still);
    let cx = s.context(&observer);
    cx.link((&row, OUTBOX), (&observer, INBOX)).unwrap();
    cx.link((&row, SIGNAL), (&observer, CONTROL)).unwrap();
    for number in [1u64, 2, 3] {
        cx.deliver_to(&row, INBOX, number).unwrap();
    }
    cx.deliver_to(&row, CONTROL, ProducerFinished::new()).unwrap();
    s.run().unwrap();
    let out: Vec<u64> = cx.drain::<u64>(INBOX).map(Result::unwrap).collect();
    assert_eq!(out, [3, 4, 5], "all was delivered when it ended");
    assert_eq!(cx.recv(CONTROL).unwrap().ending(), Some(Ending::ProducerFinished));
}

#[test]
fn told_to_stop_it_stops_and_passes_it_on() {
    for _ in 0..50 {
        let mut s = Scheduler::new();
        let row = s.activate(Pipeline::new().then(PassThrough::new).then(PassThrough::new));
        let observer = s.add(Still);
        let cx = s.context(&observer);
        cx.set_size((&observer, INBOX), Some(1)).unwrap();
        cx.link((&row, OUTBOX), (&observer, INBOX)).unwrap();
        cx.link((&row, SIGNAL), (&observer, CONTROL)).unwrap();
        for number in 0..20u64 {
            cx.deliver_to(&row, INBOX, number).unwrap();
        }
        cx.deliver_to(&row, CONTROL, ShutdownMicroprocess::new()).unwrap();
        s.run().expect("although nobody takes what it has sent");
        assert_eq!(cx.recv(CONTROL).unwrap().ending(), Some(Ending::ShutdownMicroprocess));
    }
}

#[test]
fn a_stage_that_fails_is_named_and_the_others_are_stopped() {
    for by_panic in [false, true] {
        let alive = Arc::new(());
        let witness = Arc::clone(&alive);
        let mut s = Scheduler::new();
        let row = s.activate(
            Pipeline::new()
                .then(move || {
                    act(async move |cx: &Context| {
                        let _alive = witness;
                        loop {
                            cx.pause().await;
                        }
                    })
                })
                .then(move || {
                    act(async move |_: &Context| {
                        assert!(!by_panic, "the disk is on fire");
                        Err("the disk is on fire".into())
                    })
                })
                .then(PassThrough::new),
        );
        let error = s.run().unwrap_err().to_string();
        assert!(error.contains(&row.name()) && error.contains("stage 2"), "{error}");
        assert!(error.contains("Act_") && error.ends_with("the disk is on fire"), "{error}");
        assert_eq!(Arc::strong_count(&alive), 1, "the first stage was stopped");
    }
}

#[test]
fn a_stage_that_cannot_be_made_or_lacks_a_box_is_named_too() {
    let error =
        axon::run(Pipeline::new().then(|| -> Still { panic!("no such file") })).unwrap_err().to_string();
    assert!(error.contains("stage 1") && error.contains("no such file"), "{error}");
    struct Deaf;
    impl Component for Deaf {
        fn boxes(&self) -> Boxes {
            Boxes::none().outbox(OUTBOX, "words")
        }
    }
    let error = axon::run(Pipeline::new().then(PassThrough::new).then(|| Deaf)).unwrap_err().to_string();
    assert!(error.contains("stage 2") && error.contains("no inbox \"inbox\""), "{error}");
    let error = axon::run(Pipeline::new()).unwrap_err().to_string();
    assert!(error.contains("without stages"), "{error}");
}

#[test]
fn when_it_is_stopped_its_threads_stop() {
    struct Tells(mpsc::Sender<&'static str>);
    impl Drop for Tells {
        fn drop(&mut self) {
            let _ = self.0.send("dropped");
        }
    }
    let (tell, told) = mpsc::channel();
    let mut s = Scheduler::new();
    s.activate(act(async move |cx: &Context| {
        let (me, remote) = (cx.me().clone(), cx.remote());
        let row = cx.activate(Pipeline::new().then(move || {
            act(async move |cx: &Context| {
                let _tells = Tells(tell);
                remote.deliver(&me, INBOX, "begun")?;
                loop {
                    cx.pause().await;
                }
            })
        }));
        cx.next::<&'static str>(INBOX).await?;
        cx.stop(&row);
        cx.yield_now().await;
        say!("{}", told.recv()?);
        Ok(())
    }));
    s.run().unwrap();
    assert_eq!(said(), ["dropped"]);
}

#[test]
fn a_parallel_graphline_joins_what_it_is_told_and_its_own_boxes() {
    let received = Received::<u64>::new();
    let graph = Graphline::new()
        .component("ADD", adds(1))
        .component("DOUBLE", || PureTransformer::map(|n: u64| n * 2))
        .link(("self", "numbers"), ("ADD", "inbox"))
        .and_then(|graph| graph.link(("ADD", "outbox"), ("DOUBLE", "inbox")))
        .and_then(|graph| graph.link(("ADD", "signal"), ("DOUBLE", "control")))
        .and_then(|graph| graph.link(("DOUBLE", "outbox"), ("self", "outbox")))
        .unwrap();
    let whole = axon::graphline! {
        components: {
            source: DataSource::new(0..500u64),
            graph: graph,
            sink: DataSink::new(&received),
        },
        linkages: {
            source.outbox => graph.numbers,
            source.signal => graph.control,
            graph.outbox => sink.inbox,
            graph.signal => sink.control,
        },
    };
    axon::run(whole).unwrap();
    assert_eq!(received.take(), (0..500).map(|n| (n + 1) * 2).collect::<Vec<_>>());
}

#[test]
fn a_parallel_graphline_tells_those_whose_control_is_free_and_says_its_end() {
    for (notice, ending) in [
        (axon::Message::new(ProducerFinished::new()), Ending::ProducerFinished),
        (axon::Message::new(ShutdownMicroprocess::new()), Ending::ShutdownMicroprocess),
    ] {
        let mut s = Scheduler::new();
        let graph =
            s.activate(Graphline::new().component("A", PassThrough::new).component("B", PassThrough::new));
        let observer = s.add(Still);
        let cx = s.context(&observer);
        cx.link((&graph, SIGNAL), (&observer, CONTROL)).unwrap();
        cx.deliver_to(&graph, CONTROL, notice).unwrap();
        s.run().unwrap();
        assert_eq!(cx.recv(CONTROL).unwrap().ending(), Some(ending));
    }
}

#[test]
fn a_parallel_graphline_names_what_is_not_there() {
    let unknown = Graphline::new().component("A", PassThrough::new).link(("A", "outbox"), ("B", "inbox"));
    assert!(unknown.err().unwrap().to_string().contains("no component \"B\""));
    let twice = Graphline::new().component("A", PassThrough::new).component("B", PassThrough::new);
    let twice = twice.link(("A", "outbox"), ("B", "inbox")).unwrap().link(("A", "outbox"), ("B", "control"));
    assert!(twice.is_err());
    let graph = Graphline::new().component("A", PassThrough::new).component("B", PassThrough::new);
    let error = axon::run(graph.link(("A", "outbox"), ("B", "nowhere")).unwrap()).unwrap_err().to_string();
    assert!(error.contains("stage B") && error.contains("no inbox \"nowhere\""), "{error}");
}

#[test]
fn a_supervised_parallel_pipeline_is_made_anew() {
    let received = Received::<u64>::new();
    let mut lives = 0;
    let supervised = Supervisor::new(move || {
        lives += 1;
        let fails = lives == 1;
        Pipeline::new().then(adds(1)).then(move || {
            act(async move |cx: &Context| {
                if fails {
                    return Err("at once".into());
                }
                let mut pass = PassThrough::new();
                pass.main(cx).await
            })
        })
    })
    .restart(Restart::OnFailure);
    let mut s = Scheduler::new();
    s.activate(pipeline![
        act(async |cx| {
            // It begins when the second life has.
            cx.sleep(std::time::Duration::from_millis(1)).await;
            cx.send(OUTBOX, 1u64)?;
            cx.send(SIGNAL, ProducerFinished::new())?;
            Ok(())
        }),
        supervised,
        DataSink::new(&received),
    ]);
    s.run().unwrap();
    assert!([vec![], vec![2]].contains(&received.take()), "what a failed stage had on its way is lost");
}
