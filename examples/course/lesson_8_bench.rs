//! Lesson 8: a component of one's own, and its test.
//!
//! `cargo test --example lesson_8_bench` tests it, `cargo run --example lesson_8_bench` shows it; the page is
//! `docs/course/8-bench.md`.

use std::time::Duration;

use axon::prelude::*;

/// Says "late" when nothing has come for a minute, once, and passes on what comes.
pub(crate) struct Watchman;

impl Component for Watchman {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        let mut until = cx.now() + MINUTE;
        let mut is_late = false;
        loop {
            for message in cx.drain::<String>("inbox") {
                cx.send("outbox", message?)?;
                (until, is_late) = (cx.now() + MINUTE, false);
            }
            if let Some(ending) = cx.told_to_end() {
                cx.send("signal", ending)?;
                return Ok(());
            }
            if is_late {
                cx.pause().await;
            } else if cx.now() >= until {
                cx.send("outbox", "late\n".to_owned())?;
                is_late = true;
            } else {
                cx.pause_until(until).await;
            }
        }
    }
}

const MINUTE: Duration = Duration::from_secs(60);

fn main() -> Result<(), axon::RunError> {
    let mut scheduler = Scheduler::builder().virtual_clock().build();
    scheduler.activate(pipeline![Visitor, Watchman, ConsoleEchoer::new()]);
    scheduler.run()
}

/// Comes after half a minute, and again after two.
pub(crate) struct Visitor;

impl Component for Visitor {
    async fn main(&mut self, cx: &Context) -> axon::Result {
        for half_minutes in [1, 4] {
            cx.sleep(MINUTE / 2 * half_minutes).await;
            cx.send("outbox", "a visitor\n".to_owned())?;
        }
        cx.send("signal", ProducerFinished::new())?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use axon::testing::Bench;

    use super::*;

    #[test]
    fn nothing_for_a_minute_is_late() {
        let mut bench = Bench::new(Watchman);
        bench.turn_clock(MINUTE);
        bench.settle();
        assert_eq!(bench.take::<String>("outbox"), ["late\n"]);
    }

    #[test]
    fn it_is_said_once() {
        let mut bench = Bench::new(Watchman);
        bench.turn_clock(10 * MINUTE);
        bench.settle();
        assert_eq!(bench.take::<String>("outbox"), ["late\n"], "{bench:?}");
    }

    #[test]
    fn what_comes_in_time_begins_the_minute_anew() {
        let mut bench = Bench::new(Watchman);
        for _ in 0..5 {
            bench.turn_clock(MINUTE - Duration::from_secs(1));
            bench.put("inbox", "here".to_owned());
            bench.settle();
        }
        assert_eq!(bench.take::<String>("outbox"), ["here"; 5]);
    }

    #[test]
    fn it_ends_when_it_is_told_to() {
        let mut bench = Bench::new(Watchman);
        bench.put("control", ProducerFinished::new());
        bench.settle();
        bench.expect_end();
    }
}
