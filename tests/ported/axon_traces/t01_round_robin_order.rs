//! Activation order is run order; who ends drops out without disturbing the others.

use axon::{Component, ComponentRef, Context, Scheduler};

use crate::axon_traces::{compare_in_both_modes, left};
use crate::stage::say;

/// Says its steps and its end.
struct Steps(&'static str, u32);

impl Component for Steps {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for step in 0..self.1 {
            say!("{} step {step}", self.0);
            cx.yield_now().await;
        }
        say!("{} end", self.0);
        Ok(())
    }
}

/// In Python it yields odd values, which mean nothing; here a hand-over has no value at all.
struct OddYields;

impl Component for OddYields {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for value in ["None", "0", "False", "text", "-1"] {
            say!("O yields {value}");
            cx.yield_now().await;
        }
        say!("O end");
        Ok(())
    }
}

fn program(new_scheduler: fn() -> Scheduler) {
    let mut s = new_scheduler();
    let mut all: Vec<ComponentRef> = Vec::new();
    say!("== run 1");
    all.push(s.activate(Steps("C", 4)));
    all.push(s.activate(Steps("A", 2)));
    all.push(s.activate(OddYields));
    all.push(s.activate(Steps("Z", 0)));
    all.push(s.activate(Steps("B", 3)));
    s.run().unwrap();
    say!("== threads left {}", left(&all));

    say!("== run 2");
    all.push(s.activate(Steps("B", 1)));
    all.push(s.activate(Steps("A", 2)));
    s.run().unwrap();
    say!("== threads left {}", left(&all));
}

#[test]
fn prints_the_same_in_both_modes() {
    compare_in_both_modes(include_str!("01_round_robin_order.out"), program);
}
