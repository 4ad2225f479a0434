//! A random graph as data, so that the same one can be run several times.

use axon::chassis::{Graphline, Pipeline};
use axon::util::PassThrough;
use axon::{AnyComponent, IntoComponent};

use crate::limits_random::parts::{
    Asker, CONTROLS, Concat, INBOXES, Loop, OUTBOXES, Pace, Relay, Results, SIGNALS, Sink, Source, Stage,
    Task, Zip,
};

/// Numbers that look random and are the same in each run.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn from(&mut self, least: u32, greatest: u32) -> u32 {
        least + self.below((greatest - least + 1) as usize) as u32
    }

    fn pace(&mut self) -> Pace {
        match self.below(4) {
            0 | 1 => Pace::None,
            2 => Pace::Yields,
            _ => Pace::Sleeps(u64::from(self.from(1, 5))),
        }
    }
}

/// A part with one way in and one out.
#[derive(Debug)]
enum Link {
    Map(Pace),
    PassThrough,
    Slow(u64),
    Batch(Pace),
    Take(usize),
    Circle { copies: u32, laps: u32, back: Vec<Pace> },
    Dialogue { questions: u32, answers: Pace },
    Chain(Vec<Link>),
    Boxed(Box<Link>),
    Diamond { fork: Fork, ways: [Box<Link>; 2], join: Join },
}

#[derive(Clone, Copy, Debug)]
enum Fork {
    Split(Pace),
    Partition(Pace),
}

#[derive(Clone, Copy, Debug)]
enum Join {
    Zip,
    Concat,
    Merge(Pace),
}

#[derive(Debug)]
enum Part {
    Source { count: u32, burst: u32, pace: Pace },
    Link(Link),
    Fork(Fork),
    Join(Join),
    Sink(Pace),
}

/// A way out of a part that leads nowhere yet.
#[derive(Clone, Copy)]
struct Open {
    part: usize,
    way: usize,
    /// The order of what comes there is determined by the graph.
    is_ordered: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Plan {
    parts: Vec<Part>,
    /// From one part's way out to another's way in.
    links: Vec<((usize, usize), (usize, usize))>,
    /// For each sink.
    ordered: Vec<bool>,
    wrapped: bool,
}

impl Link {
    fn random(dice: &mut Dice, depth: usize, is_ordered: bool) -> Self {
        let kinds = if depth == 0 { 7 } else { 10 };
        match dice.below(kinds) {
            0 => Link::Map(dice.pace()),
            1 => Link::PassThrough,
            2 => Link::Slow(u64::from(dice.from(1, 9))),
            3 => Link::Batch(dice.pace()),
            // Which ones it takes must not depend on who is given a turn when.
            4 if is_ordered => Link::Take(dice.below(80)),
            4 => Link::Map(Pace::Yields),
            5 => {
                let back = (0..dice.below(4)).map(|_| dice.pace()).collect();
                Link::Circle { copies: dice.from(1, 3), laps: dice.from(1, 3), back }
            }
            6 => Link::Dialogue { questions: dice.from(1, 9), answers: dice.pace() },
            7 => {
                let mut is_ordered = is_ordered;
                let links = (0..dice.from(1, 4)).map(|_| {
                    let link = Link::random(dice, depth - 1, is_ordered);
                    is_ordered &= link.keeps_order();
                    link
                });
                Link::Chain(links.collect())
            }
            8 => Link::Boxed(Box::new(Link::random(dice, depth - 1, is_ordered))),
            _ => {
                let ways = [0, 1].map(|_| Box::new(Link::random(dice, depth - 1, is_ordered)));
                Link::Diamond { fork: Fork::random(dice), ways, join: Join::random(dice) }
            }
        }
    }

    fn keeps_order(&self) -> bool {
        match self {
            Link::Circle { .. } => false,
            Link::Chain(links) => links.iter().all(Link::keeps_order),
            Link::Boxed(link) => link.keeps_order(),
            Link::Diamond { ways, join, .. } => {
                join.keeps_order() && ways.iter().all(|way| way.keeps_order())
            }
            _ => true,
        }
    }

    fn build(&self) -> AnyComponent {
        let stage = |task, pace| AnyComponent::new(Stage { task, pace, endings: 1 });
        match self {
            Link::Map(pace) => stage(Task::Pass, *pace),
            Link::PassThrough => AnyComponent::new(PassThrough::new()),
            Link::Slow(millis) => stage(Task::Pass, Pace::Sleeps(*millis)),
            Link::Batch(pace) => stage(Task::Batch, *pace),
            Link::Take(count) => stage(Task::Take(*count), Pace::None),
            Link::Circle { copies, laps, back } => {
                let back = back.iter().map(|pace| Relay { pace: *pace });
                let back: Pipeline = std::iter::once(Relay { pace: Pace::None }).chain(back).collect();
                circle(Loop { copies: *copies, laps: *laps }, back)
            }
            Link::Dialogue { questions, answers } => {
                circle(Asker { questions: *questions }, Relay { pace: *answers })
            }
            Link::Chain(links) => AnyComponent::new(links.iter().map(Link::build).collect::<Pipeline>()),
            Link::Boxed(link) => {
                let graph = Graphline::new().component("it", link.build());
                AnyComponent::new(way_out(way_in(graph, ("it", 0)), ("it", 0)))
            }
            Link::Diamond { fork, ways, join } => {
                let mut graph = Graphline::new()
                    .component("fork", fork.build())
                    .component("one", ways[0].build())
                    .component("two", ways[1].build())
                    .component("join", join.build());
                for (way, name) in ["one", "two"].into_iter().enumerate() {
                    graph = joined(graph, ("fork", way), (name, 0));
                    graph = joined(graph, (name, 0), ("join", join.way_in(way)));
                }
                AnyComponent::new(way_out(way_in(graph, ("fork", 0)), ("join", 0)))
            }
        }
    }
}

impl Fork {
    fn random(dice: &mut Dice) -> Self {
        let pace = dice.pace();
        if dice.below(2) == 0 { Fork::Split(pace) } else { Fork::Partition(pace) }
    }

    fn build(self) -> AnyComponent {
        let (task, pace) = match self {
            Fork::Split(pace) => (Task::Split, pace),
            Fork::Partition(pace) => (Task::Partition, pace),
        };
        AnyComponent::new(Stage { task, pace, endings: 1 })
    }
}

impl Join {
    fn random(dice: &mut Dice) -> Self {
        match dice.below(3) {
            0 => Join::Zip,
            1 => Join::Concat,
            _ => Join::Merge(dice.pace()),
        }
    }

    fn keeps_order(self) -> bool {
        !matches!(self, Join::Merge(_))
    }

    fn build(self) -> AnyComponent {
        match self {
            Join::Zip => AnyComponent::new(Zip),
            Join::Concat => AnyComponent::new(Concat),
            Join::Merge(pace) => AnyComponent::new(Stage { task: Task::Pass, pace, endings: 2 }),
        }
    }

    /// Which way in the second of two goes.
    fn way_in(self, way: usize) -> usize {
        if self.keeps_order() { way } else { 0 }
    }
}

/// A component whose second way out leads through another back to its second way in.
fn circle(it: impl IntoComponent, back: impl IntoComponent) -> AnyComponent {
    let graph = Graphline::new().component("it", it).component("back", back);
    let graph = joined(joined(graph, ("it", 1), ("back", 0)), ("back", 0), ("it", 1));
    AnyComponent::new(way_out(way_in(graph, ("it", 0)), ("it", 0)))
}

fn joined(graph: Graphline, (from, out): (&str, usize), (to, way): (&str, usize)) -> Graphline {
    let graph = graph.link((from, OUTBOXES[out]), (to, INBOXES[way])).unwrap();
    graph.link((from, SIGNALS[out]), (to, CONTROLS[way])).unwrap()
}

fn way_in(graph: Graphline, to: (&str, usize)) -> Graphline {
    let graph = graph.link(("self", "inbox"), (to.0, INBOXES[to.1])).unwrap();
    graph.link(("self", "control"), (to.0, CONTROLS[to.1])).unwrap()
}

fn way_out(graph: Graphline, from: (&str, usize)) -> Graphline {
    let graph = graph.link((from.0, OUTBOXES[from.1]), ("self", "outbox")).unwrap();
    graph.link((from.0, SIGNALS[from.1]), ("self", "signal")).unwrap()
}

impl Plan {
    pub(crate) fn random(dice: &mut Dice) -> Self {
        let mut plan = Plan { wrapped: dice.below(2) == 0, ..Plan::default() };
        let mut open: Vec<Open> = Vec::new();
        for _ in 0..dice.from(1, 3) {
            let (count, burst) = (dice.from(0, 90), [1, 3, 10, 1000][dice.below(4)]);
            let part = plan.add(Part::Source { count, burst, pace: dice.pace() });
            open.push(Open { part, way: 0, is_ordered: true });
        }
        for _ in 0..dice.from(1, 7) {
            let first = open.remove(dice.below(open.len()));
            let is_ordered = first.is_ordered;
            match dice.below(5) {
                0 => {
                    let fork = plan.add(Part::Fork(Fork::random(dice)));
                    plan.link(first, (fork, 0));
                    open.extend([0, 1].map(|way| Open { part: fork, way, is_ordered }));
                }
                1 | 2 if !open.is_empty() => {
                    let second = open.remove(dice.below(open.len()));
                    let join = Join::random(dice);
                    let part = plan.add(Part::Join(join));
                    plan.link(first, (part, 0));
                    plan.link(second, (part, join.way_in(1)));
                    let is_ordered = is_ordered && second.is_ordered && join.keeps_order();
                    open.push(Open { part, way: 0, is_ordered });
                }
                _ => {
                    let link = Link::random(dice, 2, is_ordered);
                    let is_ordered = is_ordered && link.keeps_order();
                    let part = plan.add(Part::Link(link));
                    plan.link(first, (part, 0));
                    open.push(Open { part, way: 0, is_ordered });
                }
            }
        }
        for end in open {
            let sink = plan.add(Part::Sink(dice.pace()));
            plan.link(end, (sink, 0));
            plan.ordered.push(end.is_ordered);
        }
        plan
    }

    fn add(&mut self, part: Part) -> usize {
        self.parts.push(part);
        self.parts.len() - 1
    }

    fn link(&mut self, from: Open, to: (usize, usize)) {
        self.links.push(((from.part, from.way), to));
    }

    pub(crate) fn sinks(&self) -> usize {
        self.ordered.len()
    }

    pub(crate) fn is_ordered(&self, sink: usize) -> bool {
        self.ordered[sink]
    }

    pub(crate) fn build(&self, results: &Results) -> AnyComponent {
        let name = |place: usize| format!("part {place}");
        let mut graph = Graphline::new();
        let mut sinks = 0;
        for (place, part) in self.parts.iter().enumerate() {
            let component = match part {
                Part::Source { count, burst, pace } => AnyComponent::new(Source {
                    origin: place as u32,
                    count: *count,
                    burst: *burst,
                    pace: *pace,
                }),
                Part::Link(link) => link.build(),
                Part::Fork(fork) => fork.build(),
                Part::Join(join) => join.build(),
                Part::Sink(pace) => {
                    sinks += 1;
                    AnyComponent::new(Sink { place: sinks - 1, results: results.clone(), pace: *pace })
                }
            };
            graph = graph.component(name(place), component);
        }
        for ((from, out), (to, way)) in &self.links {
            graph = joined(graph, (&name(*from), *out), (&name(*to), *way));
        }
        if self.wrapped { AnyComponent::new(Pipeline::new().then(graph)) } else { AnyComponent::new(graph) }
    }
}
