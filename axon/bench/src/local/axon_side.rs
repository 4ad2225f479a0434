//! The local works on axon: ordinary components, found boxes by name, the public interface only.

use std::time::Duration;

use axon::{Boxes, Component, ComponentRef, Context, Scheduler};

use super::rounds::Stopwatch;
use super::works::{BATCH, BURST, RING};

/// Sends a number, waits for it to come back, and so on.
pub struct Ping {
    /// How often.
    pub round_trips: u64,
}

impl Component for Ping {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for i in 0..self.round_trips {
            cx.send("outbox", i)?;
            assert_eq!(cx.next::<u64>("inbox").await?, i);
        }
        Ok(())
    }
}

/// Passes on a given count of numbers: the other side of W1, the middle of W2.
pub struct Forward {
    /// How many.
    pub messages: u64,
}

impl Component for Forward {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for _ in 0..self.messages {
            let value = cx.next::<u64>("inbox").await?;
            cx.send("outbox", value)?;
        }
        Ok(())
    }
}

/// Sends numbers, `burst` of them a turn.
struct Source {
    messages: u64,
    burst: u64,
}

impl Component for Source {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let mut sent = 0;
        while sent < self.messages {
            for _ in 0..self.burst.min(self.messages - sent) {
                cx.send("outbox", sent)?;
                sent += 1;
            }
            cx.yield_now().await;
        }
        Ok(())
    }
}

/// Receives the numbers of one source, in order.
struct Sink {
    messages: u64,
}

impl Component for Sink {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for i in 0..self.messages {
            assert_eq!(cx.next::<u64>("inbox").await?, i);
        }
        Ok(())
    }
}

/// Adds up what many sources send.
struct Sum {
    messages: u64,
    expected: u64,
}

impl Component for Sum {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let mut sum = 0;
        for _ in 0..self.messages {
            sum += cx.next::<u64>("inbox").await?;
        }
        assert_eq!(sum, self.expected);
        Ok(())
    }
}

/// One place of the ring: adds one to the token and passes it on.
struct Place {
    rounds: u64,
}

impl Component for Place {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for _ in 0..self.rounds {
            let value = cx.next::<u64>("inbox").await?;
            cx.send("outbox", value + 1)?;
        }
        Ok(())
    }
}

/// The place of the ring that starts the token and checks it.
struct First {
    rounds: u64,
}

impl Component for First {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        cx.send("outbox", 0_u64)?;
        for round in 1..=self.rounds {
            let value = cx.next::<u64>("inbox").await?;
            assert_eq!(value, round * (RING - 1));
            if round < self.rounds {
                cx.send("outbox", value)?;
            }
        }
        Ok(())
    }
}

/// A component that has nothing to do: it makes linkages for others, or ends at once.
pub struct Idle;

impl Component for Idle {
    fn boxes(&self) -> Boxes {
        Boxes::standard()
    }
    async fn main(&mut self, _cx: &Context) -> axon::Result {
        Ok(())
    }
}

/// Makes components and lets them run, a thousand at a time.
struct Maker {
    components: u64,
}

impl Component for Maker {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for _ in 0..self.components / BATCH {
            for _ in 0..BATCH {
                cx.activate(Idle);
            }
            cx.yield_now().await;
        }
        Ok(())
    }
}

/// Sleeps until it is sent something.
pub struct Sleeper;

impl Component for Sleeper {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        cx.next::<u64>("inbox").await?;
        Ok(())
    }
}

/// A scheduler and a component that makes the linkages, which are cut when their maker ends: so it
/// is never activated.
pub struct Stage {
    /// What runs the work.
    pub scheduler: Scheduler,
    maker: ComponentRef,
}

impl Stage {
    /// An empty one.
    pub fn new() -> Self {
        let scheduler = Scheduler::new();
        let maker = scheduler.add(Idle);
        Stage { scheduler, maker }
    }

    /// Lets the maker act.
    pub fn cx(&mut self) -> Context {
        self.scheduler.context(&self.maker)
    }

    /// Joins two boxes.
    pub fn link(&mut self, from: (&ComponentRef, &str), to: (&ComponentRef, &str)) {
        self.cx().link(from, to).expect("the boxes exist and are free");
    }

    /// Adds and activates.
    pub fn activate(&mut self, component: impl Component) -> ComponentRef {
        self.scheduler.activate(component)
    }

    /// Runs until nothing is awake.
    pub fn run_until_idle(&mut self) {
        while self.scheduler.run_pass().expect("a work does not fail") {}
    }

    /// Runs to the end and says how long that took.
    pub fn run(mut self) -> Duration {
        let start = Stopwatch::start();
        self.scheduler.run().expect("a work runs to its end");
        start.elapsed()
    }
}

/// W1: two components, one message to and fro; `2 * round_trips` hops.
pub fn w1(round_trips: u64) -> Duration {
    two(round_trips).0.run()
}

/// What W1 runs, and one of its components.
pub fn two(round_trips: u64) -> (Stage, ComponentRef) {
    let mut stage = Stage::new();
    let ping = stage.activate(Ping { round_trips });
    let pong = stage.activate(Forward { messages: round_trips });
    stage.link((&ping, "outbox"), (&pong, "inbox"));
    stage.link((&pong, "outbox"), (&ping, "inbox"));
    (stage, ping)
}

fn pipeline(messages: u64, burst: u64) -> Duration {
    let mut stage = Stage::new();
    let mut last = stage.activate(Source { messages, burst });
    for _ in 0..3 {
        let next = stage.activate(Forward { messages });
        stage.link((&last, "outbox"), (&next, "inbox"));
        last = next;
    }
    let sink = stage.activate(Sink { messages });
    stage.link((&last, "outbox"), (&sink, "inbox"));
    stage.run()
}

/// W2: source, three forwarders, sink; the source yields after each message; `4 * messages` hops.
pub fn w2(messages: u64) -> Duration {
    pipeline(messages, 1)
}

/// W2b: the same with 64 messages a yield.
pub fn w2b(messages: u64) -> Duration {
    pipeline(messages, BURST)
}

/// W3: a ring of 1000 components and one token.
pub fn w3(hops: u64) -> Duration {
    ring(hops).0.run()
}

/// What W3 runs, and one of its components.
pub fn ring(hops: u64) -> (Stage, ComponentRef) {
    let rounds = hops / RING;
    let mut stage = Stage::new();
    let first = stage.activate(First { rounds });
    let mut last = first.clone();
    for _ in 1..RING {
        let next = stage.activate(Place { rounds });
        stage.link((&last, "outbox"), (&next, "inbox"));
        last = next;
    }
    stage.link((&last, "outbox"), (&first, "inbox"));
    (stage, first)
}

/// W4: makes, runs and ends components with the standard boxes, a thousand at a time.
pub fn w4(components: u64) -> Duration {
    let mut stage = Stage::new();
    stage.activate(Maker { components });
    stage.run()
}

/// W4m: what `live` says that each of `components` components with the standard boxes takes asleep.
pub fn w4m(components: u64, live: fn() -> usize) -> usize {
    let mut stage = Stage::new();
    let before = live();
    for _ in 0..components {
        stage.activate(Sleeper);
    }
    while stage.scheduler.run_pass().expect("no component fails") {}
    (live() - before) / components as usize
}

/// W5: many producers of one message a turn into one inbox.
pub fn w5(producers: u64, each: u64) -> Duration {
    let mut stage = Stage::new();
    let expected = producers * (each * (each - 1) / 2);
    let sum = stage.activate(Sum { messages: producers * each, expected });
    for _ in 0..producers {
        let source = stage.activate(Source { messages: each, burst: 1 });
        stage.link((&source, "outbox"), (&sum, "inbox"));
    }
    stage.run()
}
