//! The guard: counts the instructions of the hot paths and says when they have become more.
//!
//! Times cannot guard anything on a machine that others use as well; instructions under callgrind are the
//! same to a fraction of a percent each time. Every work runs twice, with different numbers of
//! operations; the difference divided by the difference leaves out what starting and ending cost.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use crate::local::{Work, axon_side};
use crate::machine;
use crate::table::Table;

/// How much worse, in percent, a work may be than the file says.
const TOLERANCE: f64 = 5.0;

/// A work that is guarded: its name, the operations of its short run, the work itself.
type Guarded = (&'static str, u64, Work);

/// The guarded works. The long run has three times the operations of the short one.
const WORKS: [Guarded; 6] = [
    ("W1", 10_000, |n| axon_side::w1(n / 2)),
    ("W2", 10_000, |n| axon_side::w2(n / 4)),
    ("W2b", 12_800, |n| axon_side::w2b(n / 4)),
    ("W3", 10_000, |n| axon_side::w3(n)),
    ("W4", 4_000, |n| axon_side::w4(n)),
    ("W5", 10_000, |n| axon_side::w5(100, n / 100)),
];

/// Runs one guarded work: what is started under callgrind.
///
/// # Errors
///
/// When there is no such work.
pub fn work(name: &str, operations: &str) -> Result<(), String> {
    let found = WORKS.iter().find(|(known, ..)| *known == name);
    let (_, _, work) = found.ok_or_else(|| format!("there is no guarded work `{name}`"))?;
    let operations = operations.parse().map_err(|_| format!("`{operations}` is no number of operations"))?;
    work(operations);
    Ok(())
}

/// The instructions of one run in a process of its own.
fn instructions(name: &str, operations: u64) -> Result<u64, String> {
    let me = std::env::current_exe().map_err(|e| format!("where is this program? {e}"))?;
    let output = Command::new("valgrind")
        // With few blocks in its caches, glibc's allocator takes up to a seventh more instructions or not, as the heap
        // happens to lie.
        .env("GLIBC_TUNABLES", "glibc.malloc.tcache_count=200")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(me)
        .args(["guard-work", name, &operations.to_string()])
        .output()
        .map_err(|e| format!("cannot start valgrind (`apt install valgrind` brings it): {e}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{name} under valgrind failed:\n{said}"));
    }
    let collected = said.lines().find_map(|line| line.split("Collected :").nth(1));
    let collected = collected.and_then(|count| count.trim().parse().ok());
    collected.ok_or_else(|| format!("callgrind did not say how many instructions {name} took:\n{said}"))
}

fn file() -> PathBuf {
    machine::root().join("axon/bench/guard.txt")
}

/// The lines `work instructions` of the file.
fn blessed() -> Result<BTreeMap<String, f64>, String> {
    let path = file();
    let text = std::fs::read_to_string(&path)
        .map_err(|e| format!("cannot read {}: {e}; `guard --bless` writes it", path.display()))?;
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let parse = |line: &str| {
        let (name, count) = line.split_once(' ')?;
        Some((name.to_string(), count.trim().parse().ok()?))
    };
    lines
        .map(|line| {
            parse(line).ok_or_else(|| format!("{}: `{line}` is not `work instructions`", path.display()))
        })
        .collect()
}

/// Counts, compares with the file, and prints a table; with `bless` writes the file instead.
///
/// # Errors
///
/// When a work takes more than the tolerance above what the file says, or cannot be counted.
pub fn guard(bless: bool) -> Result<(), String> {
    let before = if bless { BTreeMap::new() } else { blessed()? };
    let mut table = Table::new(["instructions an operation", "is", "was", "change", ""]);
    let mut text = format!(
        "# Instructions an operation of the hot paths, counted by `cargo run --release -p bench --features peers -- guard`.\n\
         # It fails above these figures plus {TOLERANCE} %; `guard --bless` writes them anew.\n\
         # {}\n",
        machine::rustc()
    );
    let mut worse = Vec::new();
    for (name, operations, _) in WORKS {
        eprintln!("counting {name}");
        let (short, long) = (instructions(name, operations)?, instructions(name, 3 * operations)?);
        let is = long.saturating_sub(short) as f64 / (2 * operations) as f64;
        text += &format!("{name} {is:.1}\n");
        let Some(&was) = before.get(name) else {
            table.row([name, &format!("{is:.1}"), "-", "-", "new"]);
            continue;
        };
        let change = 100.0 * (is / was - 1.0);
        let verdict = match change {
            c if c > TOLERANCE => "WORSE",
            c if c < -TOLERANCE => "better: bless it",
            _ => "",
        };
        if change > TOLERANCE {
            worse.push(name);
        }
        table.row([name, &format!("{is:.1}"), &format!("{was:.1}"), &format!("{change:+.1}%"), verdict]);
    }
    println!("{table}");
    if bless {
        let path = file();
        return std::fs::write(&path, text).map_err(|e| format!("cannot write {}: {e}", path.display()));
    }
    match worse[..] {
        [] => Ok(()),
        _ => Err(format!(
            "{} took more than {TOLERANCE} % more instructions than axon/bench/guard.txt says; make it \
             better, or say why in the commit and run `guard --bless`",
            worse.join(", ")
        )),
    }
}
