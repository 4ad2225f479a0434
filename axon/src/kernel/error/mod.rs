//! What goes wrong, as values: errors, failures, and the report of a run that is stuck.
//!
//! Plain data with texts. Each error says who, where, and what to write instead.

mod failure;
mod not_sent;
mod run_error;
mod send_error;
mod stall_report;
mod unknown_box;

pub(in crate::kernel) use failure::Accident;
pub use failure::Failure;
pub use not_sent::{NotSentError, NotSentErrorKind};
pub use run_error::{
    Cause, Error, LinkError, ParkTakenError, Result, RunError, SchedulerGoneError, WrongTypeError,
};
pub(in crate::kernel) use send_error::Way;
pub use send_error::{SendError, SendErrorKind};
pub use stall_report::{Leftover, PossibleSender, SenderState, Sleeper, StallReport};
pub use unknown_box::UnknownBoxError;
