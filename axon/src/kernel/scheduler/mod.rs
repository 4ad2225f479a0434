//! Passes over the components, from the first to the end of the run: everybody who is awake takes one turn in a pass,
//! in the order in which they woke, and a run that cannot go on ends with a report.
//!
//! - `passes`: the scheduler and one walk over the run queue; `builder`: its options;
//! - `idle`, `others`: what happens when all components sleep, and who could wake them; `ending`, `orderly`: how a component and a run end;
//! - `embed`: a scheduler as a future in another loop; `remote`: a scheduler as another thread holds it;
//! - `step_limit`: reports steps that take too long.

mod builder;
mod embed;
mod ending;
mod idle;
mod orderly;
mod others;
mod passes;
mod remote;
mod step_limit;

pub use builder::SchedulerBuilder;
pub use passes::Scheduler;
pub use remote::{NotReachedError, Remote, Stopper};
