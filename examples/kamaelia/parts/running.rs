//! How these programs run: until they end by themselves, or until a signal comes.

use std::time::Duration;

use axon::{Result, Scheduler};
use kamaelia_net::Signals;

/// How long everything may take to finish after the first signal.
const DRAIN: Duration = Duration::from_secs(2);

/// A scheduler whose run a signal ends: at SIGINT or SIGTERM all have two seconds to finish; a second signal ends the
/// process. Made before the program says that it is ready.
pub(crate) fn scheduler() -> Result<Scheduler> {
    let scheduler = Scheduler::new();
    scheduler.activate(Signals::new()?.ends_the_run_within(DRAIN));
    Ok(scheduler)
}
