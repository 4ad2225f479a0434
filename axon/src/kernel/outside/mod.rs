//! What comes from outside the scheduler's thread: time, and calls from other threads.
//!
//! Other threads reach a scheduler in one way only: they leave a [`Call`] with its [`Inbound`], which ends the
//! scheduler's sleep. Only `clock` reads a clock, so a scheduler on a virtual clock never does.
//!
//! - `clock`: real and virtual time, timers; `park`: how a scheduler sleeps;
//! - `wake`: calls from other threads; `run_threads`: the threads that a run waits for at its end;
//! - `deadlock`: schedulers that wait for each other for ever;
//! - `watchdog`: reports a step while it does not return; `log_limit`: how much is logged of what repeats.

mod clock;
mod deadlock;
mod log_limit;
mod park;
mod run_threads;
mod wake;
mod watchdog;

pub use clock::time_after;
pub(in crate::kernel) use clock::{Alarm, Clock, FOR_EVER, Stopwatch, TimerKey, Timers};
pub(in crate::kernel) use deadlock::Deadlock;
pub use log_limit::LogLimit;
pub(in crate::kernel) use log_limit::{Kind, LogLimits};
pub(in crate::kernel) use park::ThreadPark;
pub use park::{Park, Unpark};
pub(in crate::kernel) use run_threads::RunThreads;
pub(in crate::kernel) use wake::{Call, Hold, Inbound};
pub(in crate::kernel) use watchdog::{Watchdog, Watched};
