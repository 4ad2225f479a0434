//! Options of a scheduler: its clock, its limits, and what a failure does.

use std::time::Duration;

use super::passes::Scheduler;
use crate::kernel::outside::{Clock, Inbound, Park, RunThreads, ThreadPark};
use crate::kernel::system::{SoftLimit, System};

/// Options of a scheduler: see [`Scheduler::builder`].
#[derive(Debug, Default)]
#[must_use = "a builder does nothing until `build`"]
pub struct SchedulerBuilder {
    virtual_clock: bool,
    exact_waking: bool,
    immortal: bool,
    slow_motion: Option<Duration>,
    step_limit: Option<Duration>,
    thread_patience: Option<Duration>,
    crossing_size: Option<usize>,
    soft_limit: Option<usize>,
    soft_limit_bytes: Option<usize>,
    no_soft_limit: bool,
}

impl SchedulerBuilder {
    /// Time stands still while anything can run and jumps to the next timer when all sleep, so that
    /// tests of time take no time and are exact.
    pub fn virtual_clock(mut self) -> Self {
        self.virtual_clock = true;
        self
    }

    /// Every collection wakes every owner of an outbox upstream, as in Axon, at a cost that grows with their number.
    /// Without it, only the sender of the collected message is woken, and senders that the box had refused. There are
    /// no soft limits with exact waking, as there are none in Axon.
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

    /// A component whose single step takes longer than `limit` of real time is reported, once while the step lasts
    /// and once with its time when it is over, as warnings in the log. The first comes from a thread that watches the
    /// steps; measuring costs two readings of the clock per step. By default nothing is measured.
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

    /// How many messages of one linkage between this scheduler and another may be on their way. As many again may
    /// wait to leave this scheduler; then the sender is refused. By default 1000.
    pub fn crossing_size(mut self, size: usize) -> Self {
        self.crossing_size = Some(size.max(1));
        self
    }

    /// How many messages an inbox without a size of its own holds before its senders are suspended; by default 256.
    ///
    /// Nothing is refused: a component that only ever calls `send` goes on working, but after it sent to an inbox
    /// above this limit, it gets its next turn when fewer than half as many messages wait there. So the memory of a
    /// program stays bounded though no inbox in it was given a size. [`Context::has_room`](crate::Context::has_room)
    /// and [`Context::send_when_room`](crate::Context::send_when_room) heed the limit too. `control` and `signal`
    /// have none, nor has an inbox declared with [`Boxes::unlimited_inbox`](crate::Boxes::unlimited_inbox).
    ///
    /// # Panics
    ///
    /// If `messages` is 0.
    #[track_caller]
    pub fn soft_limit(mut self, messages: usize) -> Self {
        assert!(
            messages > 0,
            "a soft limit of 0 would suspend every sender: use at least 1, or `no_soft_limit`"
        );
        self.soft_limit = Some(messages);
        self
    }

    /// The same limit in bytes; by default 256 KiB. Counted are text, bytes, and the size of other large values.
    ///
    /// # Panics
    ///
    /// If `bytes` is 0.
    #[track_caller]
    pub fn soft_limit_bytes(mut self, bytes: usize) -> Self {
        assert!(
            bytes > 0,
            "a soft limit of 0 bytes would suspend every sender: use `no_soft_limit` for none"
        );
        self.soft_limit_bytes = Some(bytes);
        self
    }

    /// No soft limits, as in Axon: an inbox without a size holds whatever is sent to it.
    pub fn no_soft_limit(mut self) -> Self {
        self.no_soft_limit = true;
        self
    }

    /// The scheduler, on this thread.
    pub fn build(self) -> Scheduler {
        let (inbound, calls) = Inbound::new();
        let park = Box::new(ThreadPark::new());
        inbound.hang(park.unparker());
        let clock = if self.virtual_clock { Clock::standing_still() } else { Clock::Real };
        let has_limit = !(self.no_soft_limit || self.exact_waking);
        let soft_limit = has_limit.then(|| SoftLimit::new(self.soft_limit, self.soft_limit_bytes));
        let system =
            System::new(clock, inbound, RunThreads::new(self.thread_patience), self.exact_waking, soft_limit);
        system.immortal.set(self.immortal);
        if let Some(size) = self.crossing_size {
            system.crossing_size.set(size);
        }
        Scheduler::with(system, calls, park, self.slow_motion, self.step_limit)
    }
}
