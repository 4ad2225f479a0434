//! Where a component goes in the run queue when it is woken.

use axon::{Component, ComponentRef, Context, Scheduler};

use crate::axon_traces::compare_in_both_modes;
use crate::stage::{Clock, Worker, say};

/// Unpauses others in the turns of its plan, and lives for `turns` turns.
struct Waker {
    plan: Vec<(u32, &'static str, ComponentRef)>,
    turns: u32,
}

impl Component for Waker {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for turn in 1..=self.turns {
            for (_, tag, sleeper) in self.plan.iter().filter(|(at, ..)| *at == turn) {
                say!("W unpauses {tag}");
                cx.unpause(sleeper);
            }
            cx.yield_now().await;
        }
        Ok(())
    }
}

const fn worker(tag: &'static str, turns: u32, naps: &'static [u32]) -> Worker {
    Worker { tag, turns, naps }
}

fn program(new_scheduler: fn() -> Scheduler) {
    let s = &mut new_scheduler();
    say!("== slept: goes to the end");
    s.activate(Clock { passes: 8 });
    s.activate(worker("A", 8, &[]));
    let b = s.activate(worker("B", 5, &[2]));
    s.activate(worker("C", 8, &[]));
    s.activate(Waker { plan: vec![(5, "B", b)], turns: 8 });
    s.run().unwrap();

    say!("== woken in the same pass: keeps its place");
    s.activate(Clock { passes: 5 });
    s.activate(worker("A", 5, &[]));
    let b = s.activate(worker("B", 5, &[2]));
    s.activate(worker("C", 5, &[]));
    s.activate(Waker { plan: vec![(2, "B", b)], turns: 5 });
    s.run().unwrap();

    say!("== three sleepers return in wake order; a double wake does not duplicate");
    s.activate(Clock { passes: 8 });
    let [a, b, c] = ["A", "B", "C"].map(|tag| s.activate(worker(tag, 4, &[1])));
    s.activate(Waker { plan: vec![(4, "C", c.clone()), (4, "A", a), (4, "C", c), (4, "B", b)], turns: 8 });
    s.run().unwrap();

    say!("== woken one pass after the pause (while still 'going to sleep')");
    s.activate(Clock { passes: 6 });
    let b = s.activate(worker("B", 5, &[2]));
    s.activate(worker("A", 6, &[]));
    s.activate(Waker { plan: vec![(3, "B", b)], turns: 6 });
    s.run().unwrap();
    say!("done");
}

#[test]
fn prints_the_same_in_both_modes() {
    compare_in_both_modes(include_str!("03_queue_position.out"), program);
}
