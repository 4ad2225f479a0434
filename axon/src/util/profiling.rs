//! Tells how much of the processor each component needs.
//!
//! Ported from `Kamaelia.Apps.MH.Profiling`.
//!
//! *Differs from Kamaelia:* there a thread looks once a second at who is awake. Here each step is measured.

use std::fmt::Write;
use std::time::Duration;

use crate::chassis::announce;
use crate::{Component, Context, OUTBOX, Result, StepCost, time_after};

use super::each::{each, send_each};

/// What the steps of all components have cost in an interval.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Profile {
    /// How long the interval was.
    pub interval: Duration,
    /// The components that have taken any step in it, those that have taken the most time first.
    pub costs: Vec<StepCost>,
}

/// Measures the steps of all components of its scheduler, and sends a [`Profile`] every so often.
///
/// While it runs, each step costs two looks at the clock more. What threads do beside the scheduler is not measured.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | not used |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | a [`Profile`] for each interval |
/// | `signal` | control messages |
///
/// A profile for which there is no room is not lost: it becomes part of the next.
///
/// # Shutdown
///
/// `ProducerFinished` and `ShutdownMicroprocess`: sends what it has measured since the last profile, if there is room,
/// passes it on and ends. It does not end by itself.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use axon::testing::Bench;
/// use axon::util::{Profile, Profiler};
///
/// let mut bench = Bench::new(Profiler::new(Duration::from_secs(1)));
/// bench.turn_clock(Duration::from_secs(3));
/// let profiles = bench.take::<Profile>("outbox");
/// assert_eq!(profiles.len(), 3);
/// assert!(profiles[1].costs[0].name.starts_with("Profiler"));
/// ```
#[must_use = "a component does nothing until it is activated"]
#[derive(Debug)]
pub struct Profiler {
    interval: Duration,
}

impl Profiler {
    /// Sends a profile at this interval.
    ///
    /// # Panics
    ///
    /// If the interval is zero.
    #[doc(alias = "outputrate")]
    #[track_caller]
    pub fn new(interval: Duration) -> Self {
        assert!(!interval.is_zero(), "profiles of no time at all; write an interval of a second or so");
        Profiler { interval }
    }
}

impl Component for Profiler {
    async fn main(&mut self, cx: &Context) -> Result {
        let meter = cx.measure_steps();
        let mut began = cx.now();
        loop {
            let notice = cx.told_to_end();
            let next = time_after(began, self.interval);
            if (notice.is_some() || cx.now() >= next) && cx.has_room(OUTBOX) {
                let interval = cx.now().duration_since(began);
                let mut costs = meter.take();
                costs.sort_by_key(|cost| std::cmp::Reverse(cost.time));
                send_each(cx, Profile { interval, costs }).await?;
                began = cx.now();
            }
            if let Some(notice) = notice {
                announce(cx, notice).await;
                return Ok(());
            }
            if cx.now() < time_after(began, self.interval) {
                cx.pause_until(time_after(began, self.interval)).await;
            } else {
                cx.pause().await;
            }
        }
    }
}

/// Makes a table of each [`Profile`].
///
/// A line for each component: its steps, their time, the share of the interval, and its name.
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | [`Profile`]s |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | tables, each a `String` of several lines |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// `ProducerFinished`: passes it on and ends, after the profiles that it has. `ShutdownMicroprocess` too.
///
/// # Errors
///
/// A message of another type ends it with an error.
///
/// # Examples
///
/// ```no_run
/// use std::time::Duration;
///
/// use axon::util::{Chargen, ConsoleEchoer, NullSinkComponent, Profiler, ProfilerOutputFormatter};
/// use axon::pipeline;
///
/// let mut scheduler = axon::Scheduler::new();
/// scheduler.activate(pipeline![
///     Profiler::new(Duration::from_secs(1)),
///     ProfilerOutputFormatter::new(),
///     ConsoleEchoer::new(),
/// ]);
/// scheduler.activate(pipeline![Chargen::new(), NullSinkComponent::new()]);
/// scheduler.run()?;
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Default)]
#[must_use = "a component does nothing until it is activated"]
pub struct ProfilerOutputFormatter;

crate::debug_by_name!(ProfilerOutputFormatter);

impl ProfilerOutputFormatter {
    /// A component that makes tables.
    pub fn new() -> Self {
        ProfilerOutputFormatter
    }
}

impl Component for ProfilerOutputFormatter {
    async fn main(&mut self, cx: &Context) -> Result {
        each(cx, async |profile: Profile| Ok(cx.send_when_room(OUTBOX, table(&profile)).await?)).await
    }
}

fn table(profile: &Profile) -> String {
    let mut table = "------steps--------time---%time--name-----------------------\n".to_owned();
    for StepCost { name, steps, time, has_ended, .. } in &profile.costs {
        let share = 100.0 * time.as_secs_f64() / profile.interval.as_secs_f64().max(1e-9);
        let ended = if *has_ended { " [ended]" } else { "" };
        // Names are those of types and what programs call their parts: a line break in one would forge a row.
        let name = name.escape_debug();
        let _ =
            writeln!(table, "{steps:>11}  {:>8.3}ms  {share:>6.2}  {name}{ended}", time.as_secs_f64() * 1e3);
    }
    table.push_str("------------------------------------------------------------\n");
    table
}
