//! Local work: what a hop, a component and its sleep cost, on axon, on the peers, by hand.

mod actix_actors;
pub mod axon_shapes;
pub mod axon_side;
pub mod floor;
mod floor_waker;
mod kameo_actors;
mod monoio_rc;
mod rc_channel;
pub mod rounds;
mod tokio_local;
pub mod tokio_mpsc;
pub mod works;

use std::any::Any;
use std::time::Duration;

use crate::alloc;
use crate::table::Table;
use rounds::{Figures, Run, interleave, per_operation};
use works::{Common, Flagged, Slim};

/// A work takes the number of its operations (hops, components) and says how long they took.
pub type Work = fn(u64) -> Duration;

/// The works of the table in order, with the number of operations of a full run.
pub const WORKS: [(&str, u64); 6] = [
    ("W1", 4_000_000),
    ("W2", 4_000_000),
    ("W2b", 4_000_000),
    ("W3", 2_000_000),
    ("W4", 1_000_000),
    ("W5", 2_000_000),
];
const PRODUCERS: u64 = 1000;
const SLEEPERS: u64 = 100_000;

/// One line of the table.
pub struct Contestant {
    /// What it is called.
    pub name: &'static str,
    /// Its works, in the order of [`WORKS`].
    pub works: [Work; 6],
    /// Bytes of a sleeper.
    pub sleeper: fn(u64, fn() -> usize) -> usize,
    /// It is this much slower than the fastest, roughly, so it does as much less.
    pub slow: u64,
}

macro_rules! contestant {
    ($name:expr, $slow:expr, $module:ident $(, $load:ty)?) => {
        Contestant {
            name: $name,
            slow: $slow,
            works: [
                |n| $module::w1$(::<$load>)?(n / 2),
                |n| $module::w2$(::<$load>)?(n / 4),
                |n| $module::w2b$(::<$load>)?(n / 4),
                |n| $module::w3$(::<$load>)?(n),
                |n| $module::w4$(::<$load>)?(n),
                |n| $module::w5$(::<$load>)?(PRODUCERS, n / PRODUCERS),
            ],
            sleeper: |n, live| $module::w4m$(::<$load>)?(n, live),
        }
    };
}

/// The row that all others are compared with, and the floor that the figures to reach are against.
const AXON: usize = 0;
const FLOOR: usize = 1;

/// Everybody; axon first, then the floor.
pub fn contestants() -> Vec<Contestant> {
    vec![
        contestant!("axon", 1, axon_side),
        contestant!("floor: boxed futures, no waker, enum", 1, floor, Common),
        contestant!("the same, enum with a flag in it", 1, floor, Flagged),
        contestant!("the same, enum of 16 bytes", 1, floor, Slim),
        contestant!("the same, typed", 1, floor, u64),
        contestant!("the same, Box<dyn Any>", 1, floor, Box<dyn Any + Send>),
        contestant!("boxed futures, real waker, Rc channel", 1, floor_waker, u64),
        contestant!("monoio, Rc channel", 2, monoio_rc, u64),
        contestant!("tokio LocalSet, Rc channel", 2, tokio_local, u64),
        contestant!("tokio current_thread, mpsc", 4, tokio_mpsc, u64),
        contestant!("tokio current_thread, mpsc, Box<dyn Any>", 4, tokio_mpsc, Box<dyn Any + Send>),
        contestant!("actix", 4, actix_actors),
        contestant!("kameo", 10, kameo_actors),
    ]
}

/// How much work, and how often.
#[derive(Clone, Copy)]
pub struct Effort {
    /// The operations of a full run are divided by this.
    pub divide: u64,
    /// How many rounds.
    pub rounds: usize,
}

impl Effort {
    /// What a report is made from.
    pub const FULL: Effort = Effort { divide: 1, rounds: 7 };
    /// Enough to see that it works, and where it stands.
    pub const QUICK: Effort = Effort { divide: 10, rounds: 3 };
}

/// Measures the local works and prints the tables.
pub fn report(effort: Effort) {
    let everybody = contestants();
    let mut columns = Vec::new();
    for (work, &(name, operations)) in WORKS.iter().enumerate() {
        eprintln!("{name}: {} contestants, {} rounds", everybody.len(), effort.rounds);
        let mut runs: Vec<Run<'_>> = everybody
            .iter()
            .map(|c| {
                let n = (operations / effort.divide / c.slow).next_multiple_of(2000);
                per_operation(n, move || (c.works[work])(n))
            })
            .collect();
        columns.push(interleave(effort.rounds, &mut runs));
    }
    eprintln!("W4m: bytes of a sleeper among {SLEEPERS}");
    let sleepers: Vec<usize> = everybody
        .iter()
        .map(|c| {
            alloc::count();
            let bytes = (c.sleeper)(SLEEPERS, alloc::live);
            alloc::stop_counting();
            bytes
        })
        .collect();

    println!("\nNanoseconds a hop (W4: a component; W4m: bytes), medians of {} rounds\n", effort.rounds);
    let names = WORKS.iter().map(|(name, _)| *name);
    let mut table = Table::new([""].into_iter().chain(names.clone()).chain(["W4m"]));
    for (row, contestant) in everybody.iter().enumerate() {
        let figures = columns.iter().map(|column| {
            let figures: &Figures = &column[row];
            format!("{:.1} ±{:.0}%", figures.median(), figures.spread())
        });
        let cells = std::iter::once(contestant.name.to_string()).chain(figures);
        table.row(cells.chain([sleepers[row].to_string()]));
    }
    println!("{table}");
    println!("Axon's time over theirs, medians of the ratios of each round\n");
    let mut table = Table::new([""].into_iter().chain(names).chain(["W4m"]));
    for (row, contestant) in everybody.iter().enumerate().skip(1) {
        let ratios =
            columns.iter().map(|column| format!("{:.2}", column[AXON].ratios(&column[row]).median()));
        let memory = format!("{:.2}", sleepers[AXON] as f64 / sleepers[row] as f64);
        table.row(std::iter::once(contestant.name.to_string()).chain(ratios).chain([memory]));
    }
    println!("{table}");
    goals(&everybody, &columns, sleepers[AXON]);
    axon_shapes::report(effort);
}

/// Prints the figures to reach beside the figures reached.
fn goals(everybody: &[Contestant], columns: &[Vec<Figures>], sleeper: usize) {
    let ratio = |work: usize, row: usize| columns[work][AXON].ratios(&columns[work][row]).median();
    let rows = |wanted: &'static [&'static str]| {
        move |c: &Contestant| wanted.iter().any(|start| c.name.starts_with(start))
    };
    // The largest ratio among some contestants: the one against the best of them.
    let against = |work: usize, wanted: &'static [&'static str]| {
        let of = rows(wanted);
        let all = everybody.iter().enumerate().filter(|(_, c)| of(c));
        all.map(|(row, _)| ratio(work, row)).fold(0.0, f64::max)
    };
    let mut table = Table::new(["figure to reach", "at most", "is", ""]);
    let mut goal = |what: String, limit: f64, is: f64| {
        table.row([
            what,
            format!("{limit:.2}"),
            format!("{is:.2}"),
            if is <= limit { "yes" } else { "NO" }.into(),
        ]);
    };
    let best = [0.6, 1.0, 1.4, 0.6, f64::INFINITY, 0.8];
    for (work, (name, _)) in WORKS.iter().enumerate().filter(|(_, (name, _))| *name != "W4") {
        let limit = if *name == "W2b" { 1.5 } else { 1.4 };
        goal(format!("{name} over the floor with the enum"), limit, ratio(work, FLOOR));
        let peers = &["monoio", "tokio", "actix", "kameo"];
        goal(format!("{name} over the best peer"), best[work], against(work, peers));
        goal(format!("{name} over tokio mpsc, actix"), 0.3, against(work, &["tokio current", "actix"]));
        goal(format!("{name} over kameo"), 0.12, against(work, &["kameo"]));
    }
    let spawn = WORKS.iter().position(|(name, _)| *name == "W4").expect("in the table");
    goal("W4, ns a component".into(), 300.0, columns[spawn][AXON].median());
    goal("W4m, bytes a sleeper".into(), 600.0, sleeper as f64);
    println!("{table}");
}
