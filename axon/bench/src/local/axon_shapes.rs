//! W1 on axon in other shapes: many boxes, chains of pass-through boxes, many neighbours.

use std::marker::PhantomData;
use std::sync::LazyLock;
use std::time::Duration;

use axon::{Boxes, Component, ComponentRef, Context};

use super::Effort;
use super::axon_side::{Forward, Idle, Ping, Sleeper, Stage, w1};
use super::rounds::{Stopwatch, interleave, per_operation};
use crate::table::Table;

/// The largest number of boxes that W6 can be asked for.
pub const MOST_BOXES: usize = 1000;

/// The names of a box for requests and of one for answers, as long as those of a real program.
///
/// Names of boxes are constants in programs, so these are made once and kept.
fn names(number: usize) -> (&'static str, &'static str) {
    static NAMES: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| {
        let pair = |i| (format!("request{i}").leak() as &str, format!("answer{i}").leak() as &str);
        (1..=MOST_BOXES / 2).map(pair).collect()
    });
    NAMES[number]
}

/// A component with many boxes that uses the last inbox and the last outbox.
struct Many {
    inboxes: usize,
    outboxes: usize,
    round_trips: u64,
    starts: bool,
}

impl Many {
    fn new(boxes: usize, round_trips: u64, starts: bool) -> Self {
        Many { inboxes: boxes.div_ceil(2), outboxes: boxes / 2, round_trips, starts }
    }

    fn inbox(&self) -> &'static str {
        names(self.inboxes - 1).0
    }

    fn outbox(&self) -> &'static str {
        names(self.outboxes - 1).1
    }
}

impl Component for Many {
    fn boxes(&self) -> Boxes {
        let boxes = (0..self.inboxes).fold(Boxes::none(), |boxes, i| boxes.inbox(names(i).0, "numbers"));
        (0..self.outboxes).fold(boxes, |boxes, i| boxes.outbox(names(i).1, "numbers"))
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        let (inbox, outbox) = (self.inbox(), self.outbox());
        if self.starts {
            for i in 0..self.round_trips {
                cx.send(outbox, i)?;
                assert_eq!(cx.next::<u64>(inbox).await?, i);
            }
        } else {
            for _ in 0..self.round_trips {
                let value = cx.next::<u64>(inbox).await?;
                cx.send(outbox, value)?;
            }
        }
        Ok(())
    }
}

/// How W6 is written: with the names of the last boxes in the code, as in any program.
trait Last: 'static {
    const BOXES: usize;
    const INBOX: &'static str;
    const OUTBOX: &'static str;
}

struct Five;

impl Last for Five {
    const BOXES: usize = 5;
    const INBOX: &'static str = "request3";
    const OUTBOX: &'static str = "answer2";
}

struct Fifty;

impl Last for Fifty {
    const BOXES: usize = 50;
    const INBOX: &'static str = "request25";
    const OUTBOX: &'static str = "answer25";
}

/// A component with so many boxes that uses the last ones by name.
struct Named<L> {
    round_trips: u64,
    starts: bool,
    last: PhantomData<L>,
}

impl<L: Last> Component for Named<L> {
    fn boxes(&self) -> Boxes {
        Many::new(L::BOXES, 0, false).boxes()
    }

    async fn main(&mut self, cx: &Context) -> axon::Result {
        if self.starts {
            for i in 0..self.round_trips {
                cx.send(L::OUTBOX, i)?;
                assert_eq!(cx.next::<u64>(L::INBOX).await?, i);
            }
        } else {
            for _ in 0..self.round_trips {
                let value = cx.next::<u64>(L::INBOX).await?;
                cx.send(L::OUTBOX, value)?;
            }
        }
        Ok(())
    }
}

/// W6: W1 between components with many boxes each, through the last of them.
fn w6<L: Last>(round_trips: u64) -> Duration {
    let mut stage = Stage::new();
    let ping = stage.activate(Named::<L> { round_trips, starts: true, last: PhantomData });
    let pong = stage.activate(Named::<L> { round_trips, starts: false, last: PhantomData });
    stage.link((&ping, L::OUTBOX), (&pong, L::INBOX));
    stage.link((&pong, L::OUTBOX), (&ping, L::INBOX));
    stage.run()
}

/// The same with any number of boxes, whose names are found at run time.
pub fn w6_of(boxes: usize, round_trips: u64) -> Duration {
    let mut stage = Stage::new();
    let many = |starts| Many::new(boxes, round_trips, starts);
    let (inbox, outbox) = (many(true).inbox(), many(true).outbox());
    let ping = stage.activate(many(true));
    let pong = stage.activate(many(false));
    stage.link((&ping, outbox), (&pong, inbox));
    stage.link((&pong, outbox), (&ping, inbox));
    stage.run()
}

/// W7: W1 through a chain of so many pass-through boxes on each of the two ways.
pub fn w7(boxes: usize, round_trips: u64) -> Duration {
    let mut stage = Stage::new();
    let ping = stage.activate(Ping { round_trips });
    let pong = stage.activate(Forward { messages: round_trips });
    for (from, to) in [(&ping, &pong), (&pong, &ping)] {
        // Outermost first: the first half lies around the sender, the second around the receiver.
        let mut last = from.clone();
        for _ in 0..boxes / 2 {
            let outer = stage.scheduler.add(Idle);
            let linked = stage.cx().pass_through_outbox((&last, "outbox"), (&outer, "outbox"));
            linked.expect("the boxes exist and are free");
            last = outer;
        }
        let mut first: ComponentRef = to.clone();
        for _ in boxes / 2..boxes {
            let outer = stage.scheduler.add(Idle);
            let linked = stage.cx().pass_through_inbox((&outer, "inbox"), (&first, "inbox"));
            linked.expect("the boxes exist and are free");
            first = outer;
        }
        stage.link((&last, "outbox"), (&first, "inbox"));
    }
    stage.run()
}

/// W1 with so many other components asleep.
pub fn w1_among(sleepers: usize, round_trips: u64) -> Duration {
    let mut stage = Stage::new();
    for _ in 0..sleepers {
        stage.activate(Sleeper);
    }
    stage.run_until_idle();
    let ping = stage.activate(Ping { round_trips });
    let pong = stage.activate(Forward { messages: round_trips });
    stage.link((&ping, "outbox"), (&pong, "inbox"));
    stage.link((&pong, "outbox"), (&ping, "inbox"));
    let start = Stopwatch::start();
    stage.run_until_idle();
    start.elapsed()
}

/// Prints W6 and W7 beside W1.
pub fn report(effort: Effort) {
    eprintln!("W6, W7: axon in other shapes");
    let hops = 4_000_000 / effort.divide;
    let trips = hops / 2;
    let names = ["W1", "W6, 5 boxes", "W6, 50 boxes", "W7, chain of 10"];
    let figures = interleave(
        effort.rounds,
        &mut [
            per_operation(hops, move || w1(trips)),
            per_operation(hops, move || w6::<Five>(trips)),
            per_operation(hops, move || w6::<Fifty>(trips)),
            per_operation(hops, move || w7(10, trips)),
        ],
    );
    let mut table = Table::new(["axon", "ns a hop", "over W1", "at most"]);
    for ((name, of), limit) in names.iter().zip(&figures).zip(["", "1.10", "1.50", "1.00"]) {
        table.row([
            name.to_string(),
            format!("{:.1} ±{:.0}%", of.median(), of.spread()),
            format!("{:.2}", of.ratios(&figures[0]).median()),
            limit.into(),
        ]);
    }
    println!("{table}");
}
