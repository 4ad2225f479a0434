//! Which microprocess runs next.
//!
//! It owns the states of all microprocesses and the order in which they run, and knows neither boxes nor components.
//! The drawings at the top of `microprocess` and `run_queue` number the transitions, and the code refers to them.
//!
//! - `microprocess`: the states, and what wakes a sleeper; `run_queue`: passes over those that are awake;
//! - `budget`: how much a step may find before it hands over; `pace`: how often the scheduler looks outside.

mod budget;
mod microprocess;
mod pace;
mod run_queue;

pub(in crate::kernel) use budget::{Budget, SLICE};
pub(in crate::kernel) use microprocess::{Microprocess, Reasons, Stage, State, Wait};
pub(in crate::kernel) use pace::Pace;
pub(in crate::kernel) use run_queue::{RunQueue, Woken};
