//! What grows: the cost of a hop, or of a request, as there is more of something.
//!
//! Nothing may grow with the number of components, links or producers but what must. Each plot is
//! written to `docs/plots`, and its figures are printed.

use std::time::Duration;

use crate::local::rounds::{Figures, Run, interleave, per_operation};
use crate::local::works::Common;
use crate::local::{Effort, axon_shapes, axon_side, floor, tokio_mpsc};
use crate::machine;
use crate::net;
use crate::plot::Plot;
use crate::table::Table;

/// A line: its name, and the run for a size with a number of operations.
type Line = (&'static str, fn(usize, u64) -> Duration);

/// A plot of local work: file, title, what grows, sizes, operations of a full run, lines.
struct Local {
    file: &'static str,
    title: &'static str,
    across: &'static str,
    sizes: &'static [usize],
    operations: u64,
    lines: &'static [Line],
}

const LOCAL: [Local; 4] = [
    Local {
        file: "components.svg",
        title: "W1 with other components present, asleep",
        across: "components",
        sizes: &[10, 100, 1000, 10_000, 100_000, 1_000_000],
        operations: 1_000_000,
        lines: &[
            ("axon", |size, n| axon_shapes::w1_among(size, n / 2)),
            ("floor, alone", |_, n| floor::w1::<Common>(n / 2)),
        ],
    },
    Local {
        file: "producers.svg",
        title: "W5: producers of one message a turn into one inbox",
        across: "producers",
        sizes: &[10, 100, 1000, 10_000],
        operations: 1_000_000,
        lines: &[
            ("axon", |size, n| axon_side::w5(size as u64, n / size as u64)),
            ("floor", |size, n| floor::w5::<Common>(size as u64, n / size as u64)),
            ("tokio mpsc", |size, n| tokio_mpsc::w5::<u64>(size as u64, n / size as u64)),
        ],
    },
    Local {
        file: "boxes.svg",
        title: "W6: W1 through the last of many boxes",
        across: "boxes on each component",
        sizes: &[4, 10, 30, 100, 300, axon_shapes::MOST_BOXES],
        operations: 1_000_000,
        lines: &[
            ("axon", |size, n| axon_shapes::w6_of(size, n / 2)),
            ("floor, no names", |_, n| floor::w1::<Common>(n / 2)),
        ],
    },
    Local {
        file: "chain.svg",
        title: "W7: W1 through a chain of pass-through boxes",
        across: "pass-through boxes each way",
        sizes: &[1, 3, 10, 30, 100],
        operations: 1_000_000,
        lines: &[
            ("axon", |size, n| axon_shapes::w7(size, n / 2)),
            ("floor, direct", |_, n| floor::w1::<Common>(n / 2)),
        ],
    },
];

const CONNECTIONS: [usize; 7] = [1, 16, 64, 256, 1000, 4000, 10_000];

/// Measures and draws all of it.
///
/// # Errors
///
/// When a plot cannot be written or a server fails.
pub fn report(effort: Effort, cores: &[usize]) -> Result<(), String> {
    let folder = machine::root().join("docs/plots");
    machine::pin(cores[0])?;
    for local in &LOCAL {
        eprintln!("growth: {}", local.title);
        let plot = local.measure(effort);
        print(&plot);
        plot.write(&folder, local.file)?;
    }
    eprintln!("growth: N1 with more connections");
    let lines = net::growth(effort, cores, &CONNECTIONS)?;
    let plot = Plot {
        title: "N1: echo of 64 bytes, one outstanding on each connection".into(),
        across: "connections".into(),
        up: "microseconds of the server's processor a request".into(),
        lines,
    };
    print(&plot);
    plot.write(&folder, "connections.svg")
}

impl Local {
    fn measure(&self, effort: Effort) -> Plot {
        let n = self.operations / effort.divide;
        let mut runs: Vec<Run<'_>> = Vec::new();
        for (_, run) in self.lines {
            runs.extend(self.sizes.iter().map(|&size| per_operation(n, move || run(size, n))));
        }
        let figures: Vec<Figures> = interleave(effort.rounds.min(5), &mut runs);
        let each = figures.chunks(self.sizes.len());
        let lines = self.lines.iter().zip(each).map(|((name, _), figures)| {
            let sizes = self.sizes.iter().map(|&size| size as f64);
            (name.to_string(), sizes.zip(figures.iter().map(Figures::median)).collect())
        });
        Plot {
            title: self.title.into(),
            across: self.across.into(),
            up: "ns a hop".into(),
            lines: lines.collect(),
        }
    }
}

fn print(plot: &Plot) {
    println!("\n{}; {} by {}\n", plot.title, plot.up, plot.across);
    let sizes = plot.lines.first().map_or(&[][..], |(_, points)| points);
    let heading = sizes.iter().map(|(size, _)| size.to_string());
    let mut table = Table::new(std::iter::once(String::new()).chain(heading));
    for (name, points) in &plot.lines {
        let cells = points.iter().map(|(_, figure)| format!("{figure:.1}"));
        table.row(std::iter::once(name.clone()).chain(cells));
    }
    println!("{table}");
}
