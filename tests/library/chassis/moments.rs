//! Every chassis at every moment: what arrives before its first turn, while it runs, while one component gives
//! way to the next, and at the end; with and without limits inside.

use std::time::Duration;

use axon::chassis::{
    Carousel, Graphline, JoinChooserToCarousel, Par, Pipeline, Restart, Seq, Supervisor, TPipe,
};
use axon::util::{Chooser, ConsoleLine, DataSink, DataSource, OneShot, Received};
use axon::{
    AnyComponent, Boxes, Component, Context, Ending, Message, ProducerFinished, Result, Scheduler,
    SchedulerBuilder, ShutdownMicroprocess, graphline, parallel, pipeline,
};

/// The sizes of inboxes inside.
const SIZES: [Option<usize>; 3] = [None, Some(1), Some(2)];

fn sized(size: Option<usize>) -> Boxes {
    let boxes = Boxes::standard();
    match size {
        Some(size) => boxes.inbox_size("inbox", size),
        None => boxes,
    }
}

/// Sends on what comes, one message a turn, until it is told to end; or only so many.
struct Echo {
    size: Option<usize>,
    at_most: usize,
}

impl Echo {
    fn new(size: Option<usize>) -> Self {
        Echo { size, at_most: usize::MAX }
    }

    /// Ends without a word after so many messages.
    fn of(at_most: usize, size: Option<usize>) -> Self {
        Echo { size, at_most }
    }
}

impl Component for Echo {
    fn boxes(&self) -> Boxes {
        sized(self.size)
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let mut left = self.at_most;
        while left > 0 {
            if let Some(message) = cx.recv("inbox") {
                left -= 1;
                cx.send_when_room("outbox", message).await?;
                cx.yield_now().await;
            } else if let Some(ending) = cx.told_to_end() {
                cx.send("signal", ending)?;
                return Ok(());
            } else {
                cx.pause().await;
            }
        }
        Ok(())
    }
}

/// Lives for some turns and reads nothing.
struct Deaf {
    turns: usize,
    size: Option<usize>,
}

impl Component for Deaf {
    fn boxes(&self) -> Boxes {
        sized(self.size)
    }

    async fn main(&mut self, cx: &Context) -> Result {
        for _ in 0..self.turns {
            cx.yield_now().await;
        }
        Ok(())
    }
}

/// What somebody sends, and when.
#[derive(Clone, Copy, Debug)]
enum Step {
    Send(i32),
    Turns(usize),
    Says(Ending),
}
use Step::{Says, Send, Turns};

struct Feeder(Vec<Step>);

impl Component for Feeder {
    async fn main(&mut self, cx: &Context) -> Result {
        for step in self.0.drain(..) {
            match step {
                Send(number) => drop(cx.send_when_room("outbox", number).await),
                Turns(turns) => {
                    for _ in 0..turns {
                        cx.yield_now().await;
                    }
                }
                Says(Ending::ProducerFinished) => cx.send("signal", ProducerFinished::new())?,
                Says(Ending::ShutdownMicroprocess) => cx.send("signal", ShutdownMicroprocess::new())?,
            }
        }
        Ok(())
    }
}

/// What comes out of a component that is fed so, if the run ends well.
fn fed(steps: &[Step], component: AnyComponent) -> std::result::Result<Vec<i32>, String> {
    fed_on(Scheduler::builder().virtual_clock(), steps, component)
}

fn fed_on(
    builder: SchedulerBuilder,
    steps: &[Step],
    component: AnyComponent,
) -> std::result::Result<Vec<i32>, String> {
    let received = Received::<i32>::new();
    let mut scheduler = builder.build();
    scheduler.activate(pipeline![Feeder(steps.to_vec()), component, DataSink::new(&received)]);
    scheduler.run().map_err(|error| error.to_string())?;
    Ok(received.take())
}

/// A chassis of each kind that sends on what it gets.
fn chassis(size: Option<usize>) -> Vec<(&'static str, AnyComponent)> {
    let echo = move || Echo::new(size);
    let carousel = move || Carousel::new(move |_: &'static str| echo());
    vec![
        ("Pipeline", AnyComponent::new(Pipeline::new().then(echo()))),
        ("two in a row", AnyComponent::new(pipeline![Echo::new(None), echo()])),
        ("Pipeline in Pipeline", AnyComponent::new(pipeline![pipeline![echo()], echo()])),
        (
            "Graphline",
            AnyComponent::new(graphline! {
                components: { it: echo() },
                linkages: {
                    self.inbox => it.inbox, self.control => it.control,
                    it.outbox => self.outbox, it.signal => self.signal,
                },
            }),
        ),
        (
            "Graphline that tells",
            AnyComponent::new(graphline! {
                components: { it: echo() },
                linkages: { self.inbox => it.inbox, it.outbox => self.outbox },
            }),
        ),
        ("Par", AnyComponent::new(Par::new().and(echo()))),
        ("TPipe", AnyComponent::new(TPipe::new(echo()).route().source())),
        ("Seq", AnyComponent::new(Seq::new().then(echo()))),
        ("Seq of Pipeline", AnyComponent::new(Seq::new().then(pipeline![echo(), echo()]))),
        ("Supervisor", AnyComponent::new(Supervisor::new(echo))),
        ("Supervisor of Pipeline", AnyComponent::new(Supervisor::new(move || pipeline![echo(), echo()]))),
        (
            "Carousel",
            AnyComponent::new(graphline! {
                components: { orders: OneShot::new("it"), it: carousel() },
                linkages: {
                    orders.outbox => it.next, self.inbox => it.inbox, self.control => it.control,
                    it.outbox => self.outbox, it.signal => self.signal,
                },
            }),
        ),
        (
            "JoinChooserToCarousel",
            AnyComponent::new(JoinChooserToCarousel::new(
                Chooser::new(["it"]),
                carousel().make_first_request(),
            )),
        ),
    ]
}

#[test]
fn whenever_data_and_its_end_arrive_nothing_is_lost_and_the_order_is_kept() {
    let finished = Says(Ending::ProducerFinished);
    let at_once: Vec<Step> = (0..6).map(Send).chain([finished]).collect();
    let one_a_turn: Vec<Step> = (0..6).flat_map(|n| [Send(n), Turns(1)]).chain([finished]).collect();
    let in_two: Vec<Step> =
        (0..3).map(Send).chain([Turns(5)]).chain((3..6).map(Send)).chain([finished]).collect();
    let end_later: Vec<Step> = (0..6).map(Send).chain([Turns(30), finished]).collect();
    let late: Vec<Step> = [Turns(30)].into_iter().chain((0..6).map(Send)).chain([finished]).collect();
    for size in SIZES {
        for steps in [&at_once, &one_a_turn, &in_two, &end_later, &late] {
            for (name, component) in chassis(size) {
                let received = fed(steps, component);
                assert_eq!(received, Ok((0..6).collect()), "{name}, size {size:?}, {steps:?}");
            }
            for (name, component) in chassis(size) {
                let narrow = Scheduler::builder().virtual_clock().soft_limit(1);
                let received = fed_on(narrow, steps, component);
                assert_eq!(received, Ok((0..6).collect()), "{name}, soft, size {size:?}, {steps:?}");
            }
        }
    }
}

#[test]
fn whenever_it_is_told_to_stop_it_ends_and_what_came_out_is_the_beginning() {
    let stop = Says(Ending::ShutdownMicroprocess);
    let data = || (0..6).map(Send);
    let before_all: Vec<Step> = vec![stop];
    let after_data: Vec<Step> = data().chain([stop]).collect();
    let later: Vec<Vec<Step>> = (1..8).map(|turns| data().chain([Turns(turns), stop]).collect()).collect();
    let finished_first: Vec<Step> = data().chain([Says(Ending::ProducerFinished), Turns(2), stop]).collect();
    for size in SIZES {
        for steps in later.iter().chain([&before_all, &after_data, &finished_first]) {
            for (name, component) in chassis(size) {
                let received = fed(steps, component)
                    .unwrap_or_else(|error| panic!("{name}, size {size:?}, {steps:?}: {error}"));
                assert!((0..6).collect::<Vec<_>>().starts_with(&received), "{name}: {received:?}");
            }
        }
    }
}

/// What is sent to components of which one gives way to another.
fn feeds() -> [Vec<Step>; 3] {
    let finished = Says(Ending::ProducerFinished);
    [
        (0..20).map(Send).chain([Turns(100), finished]).collect(),
        (0..20).flat_map(|n| [Send(n), Turns(1)]).chain([Turns(100), finished]).collect(),
        (0..20).flat_map(|n| [Send(n), Turns(n as usize % 4)]).chain([Turns(100), finished]).collect(),
    ]
}

#[test]
fn what_arrives_while_one_member_of_a_seq_gives_way_to_the_next_waits_for_the_next() {
    for size in SIZES {
        let echo = |at_most| Echo::of(at_most, size);
        let seqs: [fn(Option<usize>) -> Seq; 2] = [
            |size| Seq::new().then(Deaf { turns: 5, size }).then(ConsoleLine::new("a line")),
            |size| Seq::new().then(pipeline![Deaf { turns: 3, size }]).then(Echo::of(0, size)),
        ];
        for (kind, seq) in seqs.into_iter().enumerate() {
            for steps in feeds() {
                let plain = seq(size).then(echo(2)).then(echo(3)).then(echo(1)).then(echo(usize::MAX));
                assert_eq!(
                    fed(&steps, AnyComponent::new(plain)),
                    Ok((0..20).collect()),
                    "{kind} {size:?} {steps:?}"
                );
                let nested = seq(size)
                    .then(Seq::new().then(echo(2)).then(echo(1)))
                    .then(pipeline![echo(3)])
                    .then(graphline! {
                        components: { it: echo(2) },
                        linkages: { self.inbox => it.inbox, it.outbox => self.outbox },
                    })
                    .then(pipeline![pipeline![echo(usize::MAX)]]);
                assert_eq!(
                    fed(&steps, AnyComponent::new(nested)),
                    Ok((0..20).collect()),
                    "nested {kind} {size:?} {steps:?}"
                );
            }
        }
    }
}

#[test]
fn what_comes_to_a_pipeline_in_a_seq_whose_first_stage_has_ended_waits_for_the_next_member() {
    for size in SIZES {
        for steps in feeds() {
            let seq = Seq::new()
                .then(pipeline![Echo::of(2, size), Deaf { turns: 9, size: None }])
                .then(Echo::new(size));
            // What the deaf one was sent is lost with it.
            assert_eq!(fed(&steps, AnyComponent::new(seq)), Ok((2..20).collect()), "{size:?} {steps:?}");
        }
    }
}

#[test]
fn a_control_message_that_a_member_of_a_seq_did_not_read_is_read_by_the_next() {
    struct Says;
    impl Component for Says {
        async fn main(&mut self, cx: &Context) -> Result {
            let word = cx.next::<i32>("control").await?;
            cx.send("outbox", word)?;
            Ok(())
        }
    }
    let seq = Seq::new().then(Deaf { turns: 5, size: None }).then(Says).then(Says);
    let mut bench = crate::bench::Bench::new(seq);
    bench.passes(3).give("control", 1).give("control", 2).settle();
    assert_eq!(bench.sent::<i32>(), [1, 2]);
    assert!(bench.ended());
}

#[test]
fn what_arrives_while_one_child_of_a_carousel_gives_way_to_the_next_waits_for_the_next() {
    for size in SIZES {
        for steps in feeds() {
            let carousel = Carousel::new(move |at_most: usize| Echo::of(at_most, size)).make_first_request();
            let join = JoinChooserToCarousel::new(Chooser::new([2usize, 3, 1, usize::MAX]), carousel);
            assert_eq!(fed(&steps, AnyComponent::new(join)), Ok((0..20).collect()), "{size:?} {steps:?}");
            let carousel = Carousel::new(move |at_most: usize| pipeline![Echo::of(at_most, size)]);
            let join = JoinChooserToCarousel::new(
                Chooser::new([2usize, 3, 1, usize::MAX]),
                carousel.make_first_request(),
            );
            assert_eq!(
                fed(&steps, AnyComponent::new(join)),
                Ok((0..20).collect()),
                "nested {size:?} {steps:?}"
            );
        }
    }
}

#[test]
fn what_comes_for_a_child_of_a_carousel_that_is_replaced_waits_for_its_successor() {
    let orders = [Send(1), Turns(6), Send(2)].to_vec();
    for steps in feeds() {
        let graph = graphline! {
            components: {
                orders: Feeder(orders.clone()),
                it: Carousel::new(|life: i32| if life == 1 { Echo::of(0, None) } else { Echo::new(None) }),
            },
            linkages: {
                orders.outbox => it.next, self.inbox => it.inbox, self.control => it.control,
                it.outbox => self.outbox, it.signal => self.signal,
            },
        };
        assert_eq!(fed(&steps, AnyComponent::new(graph)), Ok((0..20).collect()), "{steps:?}");
    }
}

/// Sends on what comes, and fails at these.
struct Fragile {
    size: Option<usize>,
    at: &'static [i32],
}

impl Component for Fragile {
    fn boxes(&self) -> Boxes {
        sized(self.size)
    }

    async fn main(&mut self, cx: &Context) -> Result {
        loop {
            if let Some(number) = cx.recv_as::<i32>("inbox")? {
                if self.at.contains(&number) {
                    return Err(format!("{number} in hand").into());
                }
                cx.send_when_room("outbox", number).await?;
                cx.yield_now().await;
            } else if let Some(ending) = cx.told_to_end() {
                cx.send("signal", ending)?;
                return Ok(());
            } else {
                cx.pause().await;
            }
        }
    }
}

#[test]
fn during_a_restart_what_arrives_waits_for_the_next_life_and_so_does_the_ending() {
    let ms = Duration::from_millis;
    let expected: Vec<i32> = (0..20).filter(|n| ![0, 5, 6, 19].contains(n)).collect();
    let finished = Says(Ending::ProducerFinished);
    let at_once: Vec<Step> = (0..20).map(Send).chain([finished]).collect();
    for size in SIZES {
        let fragile = move || Fragile { size, at: &[0, 5, 6, 19] };
        for wait in [ms(0), ms(50)] {
            let policy = move |it: Supervisor| it.at_most(10, ms(60_000)).backoff(wait, wait);
            for steps in feeds().iter().chain([&at_once]) {
                let makers: [Supervisor; 4] = [
                    Supervisor::new(fragile),
                    Supervisor::new(move || pipeline![fragile()]),
                    Supervisor::new(move || pipeline![pipeline![fragile()]]),
                    Supervisor::new(move || Seq::new().then(fragile())),
                ];
                for (kind, supervisor) in makers.into_iter().enumerate() {
                    let received = fed(steps, AnyComponent::new(policy(supervisor)));
                    assert_eq!(received, Ok(expected.clone()), "{kind} {size:?} {wait:?} {steps:?}");
                }
            }
        }
    }
}

#[test]
fn a_limited_first_stage_takes_what_waited_during_a_restart() {
    let ms = Duration::from_millis;
    let limited = || pipeline![Fragile { size: Some(2), at: &[7] }];
    let supervisor = Supervisor::new(limited).backoff(ms(50), ms(50)).restart(Restart::OnFailure);
    let steps: Vec<Step> = (0..100).map(Send).chain([Says(Ending::ProducerFinished)]).collect();
    let expected: Vec<i32> = (0..100).filter(|n| *n != 7).collect();
    assert_eq!(fed(&steps, AnyComponent::new(supervisor)), Ok(expected));
}

#[test]
fn data_before_the_first_turn_of_a_chassis_with_a_limited_inbox_moves_in_and_is_no_fault() {
    // A supervisor has its child's size itself.
    for (name, component) in chassis(Some(1)).into_iter().filter(|(name, _)| *name != "Supervisor") {
        let mut bench = crate::bench::Bench::new(component);
        for number in 0..5 {
            bench.give("inbox", number);
        }
        bench.finish().settle();
        let sent: Vec<i32> = bench.sent();
        assert_eq!(sent, [0, 1, 2, 3, 4], "{name}");
        assert!(bench.ended(), "{name}");
    }
}

#[test]
fn a_graphline_with_two_sources_and_a_limited_sink_loses_nothing() {
    let received = Received::<i32>::new();
    let graph = Graphline::new()
        .component("one", DataSource::new(0..50))
        .component("two", DataSource::new(50..100))
        .component("sink", Echo::of(100, Some(3)))
        .link(("one", "outbox"), ("sink", "inbox"))
        .and_then(|graph| graph.link(("two", "outbox"), ("sink", "inbox")))
        .and_then(|graph| graph.link(("sink", "outbox"), ("self", "outbox")))
        .unwrap();
    axon::run(pipeline![graph, DataSink::new(&received)]).unwrap();
    let mut all = received.take();
    all.sort_unstable();
    assert_eq!(all, (0..100).collect::<Vec<_>>());
}

#[test]
fn told_a_word_and_an_ending_at_any_moment_a_seq_tells_each_member_the_ending() {
    for turns in 0..8 {
        let seq = Seq::new().then(Deaf { turns: 3, size: None }).then(Echo::new(None)).then(Echo::new(None));
        let mut bench = crate::bench::Bench::new(seq);
        bench.passes(turns).give("control", Message::new("a word")).finish().settle();
        assert!(bench.ended(), "{turns}");
    }
}

#[test]
fn parallel_chassis_move_in_what_waited_and_lose_nothing_at_the_end() {
    let finished = Says(Ending::ProducerFinished);
    let at_once: Vec<Step> = (0..6).map(Send).chain([finished]).collect();
    let end_later: Vec<Step> = (0..6).map(Send).chain([Turns(30), finished]).collect();
    for size in SIZES {
        for steps in [&at_once, &end_later] {
            let row = parallel::Pipeline::new().then(move || Echo::new(size)).then(move || Echo::new(size));
            let graph = parallel::Graphline::new()
                .component("it", move || Echo::new(size))
                .link(("self", "inbox"), ("it", "inbox"))
                .and_then(|graph| graph.link(("it", "outbox"), ("self", "outbox")))
                .unwrap();
            for component in [AnyComponent::new(row), AnyComponent::new(graph)] {
                let received = fed_on(Scheduler::builder(), steps, component);
                assert_eq!(received, Ok((0..6).collect()), "size {size:?}, {steps:?}");
            }
        }
    }
}
