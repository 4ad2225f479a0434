//! How a scheduler is to behave: its clock, its failures, its watchfulness.

use std::time::Duration;

use super::clock::Clock;
use super::crew::Crew;
use super::park::{Park, ThreadPark};
use super::scheduler::Scheduler;
use super::system::System;
use super::wake::Door;

/// Options of a scheduler: see [`Scheduler::builder`].
#[derive(Default)]
pub struct SchedulerBuilder {
    virtual_clock: bool,
    exact_waking: bool,
    immortal: bool,
    slow_motion: Option<Duration>,
    step_limit: Option<Duration>,
    thread_patience: Option<Duration>,
    crossing_size: Option<usize>,
}

impl SchedulerBuilder {
    /// Time stands still while anything can run and jumps to the next timer when all sleep, so that
    /// tests of time take no time and are exact.
    pub fn virtual_clock(mut self) -> Self {
        self.virtual_clock = true;
        self
    }

    /// Every collection wakes every owner of an outbox upstream, as in Axon, at a cost that grows with
    /// their number. Without it the sender of the collected message is woken, and those refused.
    pub fn exact_waking(mut self) -> Self {
        self.exact_waking = true;
        self
    }

    /// A component that fails is logged and counts as ended; the run goes on.
    pub fn immortal(mut self) -> Self {
        self.immortal = true;
        self
    }

    /// A delay before each pass, to watch a program work.
    #[doc(alias = "slowmo")]
    pub fn slow_motion(mut self, delay: Duration) -> Self {
        self.slow_motion = Some(delay);
        self
    }

    /// A component whose single step takes longer than `limit` of real time is reported once, as a
    /// warning in the log. Measuring costs two looks at the clock a step; by default nothing is measured.
    pub fn step_limit(mut self, limit: Duration) -> Self {
        self.step_limit = Some(limit);
        self
    }

    /// How long a run that ends waits for the threads of its components, which it has told to end; by
    /// default a second. Those that go on are named in the log and, if nothing else went wrong, in the
    /// run's result.
    pub fn thread_patience(mut self, time: Duration) -> Self {
        self.thread_patience = Some(time);
        self
    }

    /// How many messages of one linkage between this scheduler and another may be on their way; so many
    /// more wait before it, then the sender is refused. By default 1000.
    pub fn crossing_size(mut self, size: usize) -> Self {
        self.crossing_size = Some(size.max(1));
        self
    }

    /// The scheduler, on this thread.
    pub fn build(self) -> Scheduler {
        let (door, calls) = Door::new();
        let park = Box::new(ThreadPark::new());
        door.hang(park.unparker());
        let clock = if self.virtual_clock { Clock::standing_still() } else { Clock::Real };
        let system = System::new(clock, door, Crew::new(self.thread_patience), self.exact_waking);
        system.immortal.set(self.immortal);
        if let Some(size) = self.crossing_size {
            system.crossing_size.set(size);
        }
        Scheduler::with(system, calls, park, self.slow_motion, self.step_limit)
    }
}
