//! What ends, or tells, when nothing has happened for a while.
//!
//! Ported from `Kamaelia.Internet.TimeOutCSA`.
//!
//! *Differs from Kamaelia:* each has a timer instead of a thread that looks once a second, so times are kept to
//! the millisecond; all end when they are told to; and a chassis ends with what is in it. For a connection's own
//! limits see [`CsaOptions`](crate::CsaOptions), which need no further component.

mod activity_monitor;
mod inactivity_chassis;
mod timers;

pub use activity_monitor::ActivityMonitor;
pub use axon::util::PeriodicWakeup;
pub use inactivity_chassis::{InactivityChassis, no_activity_timeout};
pub use timers::ResettableSender;
