//! The program of `docs/guide/unsuited.md`.

use axon::prelude::*;

/// Computes for a while, in three parts.
struct Busy {
    polite: bool,
}

impl Component for Busy {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for part in 1..=3 {
            println!("part {part}: {}", (1..=200_000_u64).fold(part, |x, n| (x * 31 + n) % 1009));
            if self.polite {
                cx.yield_now().await;
            }
        }
        Ok(())
    }
}

/// Takes three turns.
struct Waiting;

impl Component for Waiting {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for turn in 1..=3 {
            println!("          turn {turn} of another");
            cx.yield_now().await;
        }
        Ok(())
    }
}

pub(crate) fn main() -> Result<(), axon::RunError> {
    for polite in [false, true] {
        println!("{}:", if polite { "with a yield after each part" } else { "without" });
        let mut scheduler = Scheduler::new();
        scheduler.activate(Busy { polite });
        scheduler.activate(Waiting);
        scheduler.run()?;
    }
    Ok(())
}
