//! The tables of one scheduler together, and all that changes more than one of them.
//!
//! [`System`] is what components share. Its tables, `State`, are behind one `RefCell` that is never borrowed while a
//! component's code runs, destructors included: messages that are taken out are handed back to the caller and dropped
//! there.
//!
//! - `shared`, `state`, `records`, `forgetting`: the tables, and how components are made, ended and forgotten;
//! - `transfer`, `last_word`, `unheard`, `misrouted`: sending and collecting, to and from components that have ended too,
//!   and where a way has changed;
//! - `topology`, `families`, `descendants`: linkages, parents and children, who ends with whom;
//! - `lending`, `supervision`, `label`, `services`: inboxes lent to children, whose business a failure is, what
//!   reports call a component, who waits for which service;
//! - `backpressure`, `standstill`, `unread`: senders that wait for room, and that no circle of them, and no receiver
//!   that does not read, lets them wait for ever;
//! - `stall`, `passages`: who sleeps for ever, and why, and which linkages to other schedulers can wake somebody;
//!   `accident`: panics in what components left behind;
//! - `standing`, `taps`: what whoever looks on asks, and the messages that he sees;
//! - `starter`, `remembered`, `tracker`, `change`, `cost`: code before its first turn, what is kept of those that have
//!   ended, services, what watchers are told, and what steps cost while somebody measures them.

mod accident;
mod backpressure;
mod change;
mod cost;
mod descendants;
mod families;
mod forgetting;
mod holding;
mod label;
mod last_word;
mod lending;
mod misrouted;
mod passages;
mod records;
mod remembered;
mod services;
mod shared;
mod stall;
mod standing;
mod standstill;
mod starter;
mod state;
mod supervision;
mod taps;
mod topology;
mod tracker;
mod transfer;
mod unheard;
mod unread;

pub(in crate::kernel) use backpressure::SoftLimit;
pub use change::{BoxName, Change};
pub use cost::StepCost;
pub(in crate::kernel) use label::titled;
pub(in crate::kernel) use records::Record;
pub(in crate::kernel) use shared::{NewPark, StopOrder, System};
pub(in crate::kernel) use starter::Starter;
pub(in crate::kernel) use state::{Discarded, Failure, Made, Service, State, Task, TaskSlot};
pub use tracker::{Tracker, TrackerError};
pub(in crate::kernel) use transfer::{Collected, Refusal};
