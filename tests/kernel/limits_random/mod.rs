//! A program that runs without limits runs with any limit, and every sink receives the same.
//!
//! Random graphs of components that only ever `send` are run without limits and then with soft limits of
//! several sizes. No run may stall; where the order at a sink is determined by the graph it must be the
//! same, elsewhere the same messages must arrive in some order.

use std::sync::mpsc;
use std::time::Duration;

use axon::{Scheduler, SchedulerBuilder};

use parts::{Letter, Results};
use plan::{Dice, Plan};

mod parts;

mod plan;

const SEEDS: u64 = 200;
const LIMITS: [usize; 4] = [1, 4, 16, 256];

/// In real time, for a run that would go on for ever.
const PATIENCE: Duration = Duration::from_secs(60);

fn with_limit(builder: SchedulerBuilder, limit: Option<usize>) -> SchedulerBuilder {
    match limit {
        Some(messages) => builder.soft_limit(messages),
        None => builder.no_soft_limit(),
    }
}

/// What each sink receives, and how the run ended if not well.
fn run(plan: &Plan, limit: Option<usize>) -> Result<Vec<Vec<Letter>>, String> {
    let results = Results::new(plan.sinks());
    let mut scheduler = with_limit(Scheduler::builder().virtual_clock(), limit).build();
    scheduler.activate(plan.build(&results));
    scheduler.run().map_err(|error| error.to_string())?;
    Ok(results.take())
}

fn check(seed: u64) -> Result<(), String> {
    let plan = Plan::random(&mut Dice::new(seed));
    let without = run(&plan, None).map_err(|error| format!("without limits: {error}\n{plan:#?}"))?;
    for limit in LIMITS {
        let with = run(&plan, Some(limit)).map_err(|error| format!("limit {limit}: {error}\n{plan:#?}"))?;
        for (sink, (mut expected, mut received)) in without.iter().cloned().zip(with).enumerate() {
            if !plan.is_ordered(sink) {
                expected.sort_unstable();
                received.sort_unstable();
            }
            if expected != received {
                let (expected, received) = (brief(&expected), brief(&received));
                return Err(format!(
                    "limit {limit}: sink {sink} received\n{received}\nand not\n{expected}\n{plan:#?}"
                ));
            }
        }
    }
    Ok(())
}

fn brief(letters: &[Letter]) -> String {
    let shown = letters.iter().take(50).map(|letter| format!("{letter:?} "));
    format!("{} letters: {}", letters.len(), shown.collect::<String>())
}

#[test]
fn random_graphs_run_with_every_limit_as_they_run_without() {
    let (done, awaited) = mpsc::channel();
    std::thread::spawn(move || {
        for seed in 0..SEEDS {
            if done.send(check(seed)).is_err() {
                return;
            }
        }
    });
    for seed in 0..SEEDS {
        match awaited.recv_timeout(PATIENCE) {
            Ok(Ok(())) => {}
            Ok(Err(fault)) => panic!("seed {seed}: {fault}"),
            Err(_) => {
                panic!("seed {seed} panics, or does not end: {:#?}", Plan::random(&mut Dice::new(seed)))
            }
        }
    }
}

#[test]
fn the_graphs_hold_every_kind_of_part_and_their_sinks_receive_something() {
    let kinds = [
        "Map",
        "PassThrough",
        "Slow",
        "Batch",
        "Take",
        "Circle",
        "Dialogue",
        "Chain",
        "Boxed",
        "Diamond",
        "Split",
        "Partition",
        "Zip",
        "Concat",
        "Merge",
    ];
    let mut text = String::new();
    let (mut ordered, mut unordered, mut letters) = (0, 0, 0);
    for seed in 0..100 {
        let plan = Plan::random(&mut Dice::new(seed));
        text += &format!("{plan:?}");
        let in_order = (0..plan.sinks()).filter(|sink| plan.is_ordered(*sink)).count();
        ordered += in_order;
        unordered += plan.sinks() - in_order;
        letters += run(&plan, None).unwrap().iter().map(Vec::len).sum::<usize>();
    }
    for kind in kinds {
        assert!(text.contains(kind), "{kind}");
    }
    assert!(ordered > 50 && unordered > 50 && letters > 5_000, "{ordered} {unordered} {letters}");
}
