//! What a program pays for being watched in a browser: W1 and W3 with a visualiser.
//!
//! The program has one core. The visualiser's web side and those who look, threads of this process, have the other.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use axon::ComponentRef;
use kamaelia_net::Visualiser;

use crate::local::Effort;
use crate::local::axon_side::{Stage, ring, two};
use crate::local::rounds::{Figures, Run, interleave, per_operation};
use crate::machine;
use crate::table::Table;

/// Makes a work of so many hops, and says which of its components is tapped.
type Make = fn(u64) -> (Stage, ComponentRef);

/// The works. A run takes seconds, since a page is told of changes five times a second.
const WORKS: [(&str, Make); 2] = [("W1, 2 components", |n| two(n / 2)), ("W3, 1,000 components", ring)];

/// The hops of a full run.
const HOPS: u64 = 80_000_000;

/// How long a stream may be silent: a page is told of changes five times a second.
const SILENCE: Duration = Duration::from_secs(30);

/// A way to be watched.
struct Watched {
    name: &'static str,
    by: Option<Watchers>,
    /// At most how much longer W3 may take than without a visualiser.
    most: Option<f64>,
}

/// Who looks at a visualiser.
#[derive(Clone, Copy)]
struct Watchers {
    pages: usize,
    is_tapped: bool,
}

const fn by(pages: usize, is_tapped: bool) -> Option<Watchers> {
    Some(Watchers { pages, is_tapped })
}

/// The ways, first the one that the others are compared with.
const WAYS: [Watched; 5] = [
    Watched { name: "no visualiser", by: None, most: None },
    Watched { name: "nobody looks", by: by(0, false), most: Some(1.01) },
    Watched { name: "one page looks", by: by(1, false), most: Some(1.03) },
    Watched { name: "four pages look", by: by(4, false), most: None },
    Watched { name: "one page looks, a box is tapped", by: by(1, true), most: None },
];

/// What the pages were told: each after how many seconds all of it, and then how many bytes a second.
#[derive(Default)]
struct Told {
    first: Figures,
    rate: Figures,
}

/// Measures and prints the tables.
///
/// # Errors
///
/// When there is only one core, or a visualiser does not answer.
pub fn report(effort: Effort, cores: &[usize]) -> Result<(), String> {
    let &[core, other_core, ..] = cores else {
        return Err("the visualiser needs two cores: one for the program, one for those who look".into());
    };
    let hops = (HOPS / effort.divide).next_multiple_of(2000);
    let mut columns = Vec::new();
    for (name, make) in WORKS {
        eprintln!("{name}: watched in {} ways, {} rounds", WAYS.len(), effort.rounds);
        let mut told: Vec<Told> = WAYS.iter().map(|_| Told::default()).collect();
        let runs = WAYS.iter().zip(&mut told).map(|(way, told)| {
            per_operation(hops, move || {
                run(make(hops), way.by, (core, other_core), told).expect("a visualiser answers")
            })
        });
        let figures = interleave(effort.rounds, &mut runs.collect::<Vec<Run<'_>>>());
        columns.push((figures, told));
    }
    print(&columns, effort);
    Ok(())
}

/// Runs a work to its end, and says how long that took.
fn run(
    (stage, component): (Stage, ComponentRef),
    watchers: Option<Watchers>,
    (core, other_core): (usize, usize),
    told: &mut Told,
) -> Result<Duration, String> {
    let Some(Watchers { pages, is_tapped }) = watchers else {
        machine::pin(core)?;
        return Ok(stage.run());
    };
    // Its threads stay where they were started.
    machine::pin(other_core)?;
    let visualiser = Visualiser::new("0").bind().map_err(|e| e.to_string())?;
    let url = visualiser.url().ok_or("it is bound to nothing")?;
    let looks = |what: &str| look(&url, what).map_err(|e| format!("{url}: {e}"));
    let pages = (0..pages).map(|_| looks("events")).collect::<Result<Vec<_>, String>>()?;
    let tap = is_tapped.then(|| looks(&format!("tap?at={}.outbox", component.id()))).transpose()?;
    stage.scheduler.activate(visualiser);
    machine::pin(core)?;
    let time = stage.run();
    for (page, is_page) in pages.into_iter().map(|page| (page, true)).chain(tap.map(|tap| (tap, false))) {
        let seen = page.join().map_err(|_| "a page panicked")?;
        let (first, rate) = seen.ok_or("a page was told nothing")?;
        if is_page {
            told.first.0.push(first);
            told.rate.0.push(rate);
        }
    }
    Ok(time)
}

/// Asks for a stream of events on a thread of its own, which reads to the end: after how many seconds the first event
/// was there, and how many bytes a second came after it.
fn look(url: &str, what: &str) -> std::io::Result<JoinHandle<Option<(f64, f64)>>> {
    let rest = url.strip_prefix("http://").unwrap_or(url);
    let (address, path) = rest.split_once('/').unwrap_or((rest, ""));
    let begun = Instant::now();
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(SILENCE))?;
    write!(stream, "GET /{path}{what} HTTP/1.1\r\nHost: {address}\r\n\r\n")?;
    Ok(std::thread::spawn(move || {
        let (mut buffer, mut bytes, mut last) = (vec![0; 64 * 1024], 0, 0);
        let mut first: Option<Instant> = None;
        // It ends when the program does, in whatever way.
        while let Ok(length @ 1..) = stream.read(&mut buffer) {
            for &byte in &buffer[..length] {
                // The end of an event; the lines of the head end otherwise.
                if byte == b'\n' && last == b'\n' {
                    first.get_or_insert_with(Instant::now);
                }
                last = byte;
            }
            bytes += if first.is_some() { length } else { 0 };
        }
        let first = first?;
        let rate = bytes as f64 / first.elapsed().as_secs_f64();
        Some((first.duration_since(begun).as_secs_f64(), rate))
    }))
}

fn print(columns: &[(Vec<Figures>, Vec<Told>)], effort: Effort) {
    println!("\nA program that is watched: nanoseconds a hop, and over the program without a visualiser;");
    println!(
        "what a page is told: milliseconds until it has all, then KB a second; medians of {} rounds\n",
        effort.rounds
    );
    let headings = WORKS.iter().flat_map(|(name, _)| [*name, "over", "first, ms", "KB/s"]);
    let mut table = Table::new([""].into_iter().chain(headings));
    for (row, way) in WAYS.iter().enumerate() {
        let mut cells = vec![way.name.to_string()];
        for (figures, told) in columns {
            let time = &figures[row];
            cells.push(format!("{:.1} ±{:.0}%", time.median(), time.spread()));
            cells.push(format!("{:.3}", time.ratios(&figures[0]).median()));
            for (figures, scale) in [(&told[row].first, 1e3), (&told[row].rate, 1e-3)] {
                let is_told = !figures.0.is_empty();
                cells.push(if is_told { format!("{:.1}", figures.median() * scale) } else { String::new() });
            }
        }
        table.row(cells);
    }
    println!("{table}");
    let mut table = Table::new(["figure to reach", "at most", "is", ""]);
    let Some((figures, _)) = columns.last() else { return };
    for (row, way) in WAYS.iter().enumerate() {
        let Some(most) = way.most else { continue };
        let is = figures[row].ratios(&figures[0]).median();
        let verdict = if is <= most { "yes" } else { "NO" };
        table.row([&*format!("W3, {}", way.name), &format!("{most:.2}"), &format!("{is:.3}"), verdict]);
    }
    println!("{table}");
}
