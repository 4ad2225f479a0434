//! What a hop costs: axon beside the hand-written loop, interleaved in one run.
//!
//! `cargo bench -p axon [-- W1 W2b ...]` prints nanoseconds a hop for W1, W2, W2b, W3 and W5 and the
//! ratio to the loop whose message is an enum of common payloads, which is the floor that the
//! project's figures are stated against. It takes a few seconds; `cargo run --release -p bench --features peers`
//! measures everything.

#![allow(
    missing_docs,
    dead_code,
    unreachable_pub,
    unused_macros,
    unused_imports,
    reason = "parts of `bench`"
)]

#[path = "../bench/src/local/axon_side.rs"]
mod axon_side;
#[path = "../bench/src/local/floor.rs"]
mod floor;
#[path = "../bench/src/local/rounds.rs"]
mod rounds;
#[path = "../bench/src/local/works.rs"]
mod works;

use rounds::{interleave, per_operation};
use std::time::Duration;
use works::Common;

const ROUNDS: usize = 9;

/// A work with its size: axon, the floor typed, the floor with the enum.
struct Work {
    name: &'static str,
    operations: u64,
    axon: fn() -> Duration,
    typed: fn() -> Duration,
    common: fn() -> Duration,
}

const WORKS: [Work; 5] = [
    Work {
        name: "W1",
        operations: 1_000_000,
        axon: || axon_side::w1(500_000),
        typed: || floor::w1::<u64>(500_000),
        common: || floor::w1::<Common>(500_000),
    },
    Work {
        name: "W2",
        operations: 1_000_000,
        axon: || axon_side::w2(250_000),
        typed: || floor::w2::<u64>(250_000),
        common: || floor::w2::<Common>(250_000),
    },
    Work {
        name: "W2b",
        operations: 2_000_000,
        axon: || axon_side::w2b(500_000),
        typed: || floor::w2b::<u64>(500_000),
        common: || floor::w2b::<Common>(500_000),
    },
    Work {
        name: "W3",
        operations: 1_000_000,
        axon: || axon_side::w3(1_000_000),
        typed: || floor::w3::<u64>(1_000_000),
        common: || floor::w3::<Common>(1_000_000),
    },
    Work {
        name: "W5",
        operations: 1_000_000,
        axon: || axon_side::w5(1000, 1000),
        typed: || floor::w5::<u64>(1000, 1000),
        common: || floor::w5::<Common>(1000, 1000),
    },
];

/// Runs this program again on one core, if `taskset` is there; says whether that was done.
fn pinned() -> bool {
    if std::env::var_os("HOPS_PINNED").is_some() || !cfg!(target_os = "linux") {
        return false;
    }
    let Ok(me) = std::env::current_exe() else { return false };
    let again = std::process::Command::new("taskset")
        .args(["-c", "0"])
        .arg(me)
        .args(std::env::args_os().skip(1))
        .env("HOPS_PINNED", "1")
        .status();
    match again {
        Ok(status) if status.success() => true,
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(_) => false,
    }
}

fn main() {
    if pinned() {
        return;
    }
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    println!("ns a hop, medians of {ROUNDS} rounds (± half the distance of the quartiles)\n");
    println!(
        "{:<5} {:>14} {:>14} {:>14} {:>9} {:>9}",
        "", "axon", "floor, enum", "floor, u64", "axon/enum", "axon/u64"
    );
    for work in &WORKS {
        if !wanted.is_empty() && !wanted.iter().any(|w| w.eq_ignore_ascii_case(work.name)) {
            continue;
        }
        let n = work.operations;
        let figures = interleave(
            ROUNDS,
            &mut [per_operation(n, work.axon), per_operation(n, work.common), per_operation(n, work.typed)],
        );
        print!("{:<5}", work.name);
        for f in &figures {
            print!(" {:>8.1} ±{:>3.0}%", f.median(), f.spread());
        }
        println!(
            " {:>9.2} {:>9.2}",
            figures[0].ratios(&figures[1]).median(),
            figures[0].ratios(&figures[2]).median()
        );
    }
}
