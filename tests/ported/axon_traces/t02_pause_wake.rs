//! When a pause takes effect, and which wakes win over it.

use axon::{Component, Context, Scheduler};

use crate::axon_traces::compare_in_both_modes;
use crate::stage::{Clock, act, say};

/// Pauses whenever its inbox is empty; ends on "quit".
struct Sleeper;

impl Component for Sleeper {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        loop {
            say!("S awake, waiting {}", cx.data_ready("inbox"));
            let got = cx.drain::<&str>("inbox").collect::<Result<Vec<_>, _>>()?;
            if !got.is_empty() {
                say!("S got {}", got.join(","));
            }
            if got.contains(&"quit") {
                return Ok(());
            }
            cx.request_pause();
            say!("S called pause, still running until yield");
            cx.yield_now().await;
        }
    }
}

type Plan = &'static [(u32, &'static [&'static str])];

/// Sends, step by step, what its plan has for the step.
struct Script {
    plan: Plan,
    last: u32,
}

impl Component for Script {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for step in 1..=self.last {
            for (_, words) in self.plan.iter().filter(|(at, _)| *at == step) {
                for word in *words {
                    say!("X sends {word}");
                    cx.send("outbox", *word)?;
                }
            }
            cx.yield_now().await;
        }
        Ok(())
    }
}

fn scenario(s: &mut Scheduler, title: &str, order: &str, plan: Plan, last: u32) {
    say!("== {title}");
    let (sleeper, script) = (s.add(Sleeper), s.add(Script { plan, last }));
    s.context(&script).link((&script, "outbox"), (&sleeper, "inbox")).unwrap();
    s.activate(Clock { passes: last });
    for who in order.chars() {
        s.activate(if who == 'S' { sleeper.clone() } else { script.clone() });
    }
    s.run().unwrap();
}

fn program(new_scheduler: fn() -> Scheduler) {
    let s = &mut new_scheduler();
    scenario(
        s,
        "wake after sleeping, three messages one wake",
        "SX",
        &[(4, &["a", "b", "c"]), (7, &["quit"])],
        9,
    );
    scenario(
        s,
        "sender runs after sleeper, wake in the pass of the pause",
        "SX",
        &[(1, &["a"]), (4, &["quit"])],
        6,
    );
    scenario(
        s,
        "sender runs before sleeper: message read, then pause, in one pass: a spurious extra turn",
        "XS",
        &[(1, &["a"]), (6, &["quit"])],
        8,
    );
    scenario(
        s,
        "sender runs before a sleeper that is really asleep",
        "XS",
        &[(3, &["a"]), (6, &["quit"])],
        8,
    );

    say!("== a wake while awake is not remembered");
    let busy = s.add(act(async |cx| {
        for turn in 0..3 {
            say!("B busy {turn} ready {}", cx.data_ready("inbox"));
            cx.yield_now().await;
        }
        cx.request_pause();
        say!("B pauses with {} unread", cx.data_ready("inbox"));
        cx.yield_now().await;
        say!("B woken with {}", cx.data_ready("inbox"));
        Ok(())
    }));
    let script = s.add(Script { plan: &[(1, &["early"]), (7, &["late"])], last: 8 });
    s.context(&script).link((&script, "outbox"), (&busy, "inbox")).unwrap();
    s.activate(Clock { passes: 9 });
    s.activate(busy);
    s.activate(script);
    s.run().unwrap();

    say!("== pause then end without a further yield");
    s.activate(Clock { passes: 3 });
    s.activate(act(async |cx| {
        say!("E runs");
        cx.yield_now().await;
        cx.request_pause();
        say!("E ends");
        Ok(())
    }));
    s.run().unwrap();
    say!("done");
}

#[test]
fn prints_the_same_in_both_modes() {
    compare_in_both_modes(include_str!("02_pause_wake.out"), program);
}
