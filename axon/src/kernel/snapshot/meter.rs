//! Measures the steps of all components of a scheduler.
//!
//! *Differs from Kamaelia:* there a profiler counts who is awake when it looks.

use std::rc::Rc;

use crate::kernel::component::Context;
use crate::kernel::system::{StepCost, System};

impl Context {
    /// Measures every step of every component of this scheduler, from the next step on, until the meter is dropped.
    /// While nobody measures it costs nothing; while somebody does, two looks at the clock for each step.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use axon::{Component, Context};
    /// /// Tells once a minute who has needed the processor most.
    /// struct Busiest;
    /// impl Component for Busiest {
    ///     async fn main(&mut self, cx: &Context) -> axon::Result {
    ///         let meter = cx.measure_steps();
    ///         loop {
    ///             cx.sleep(Duration::from_secs(60)).await;
    ///             if let Some(most) = meter.take().into_iter().max_by_key(|cost| cost.time) {
    ///                 cx.send("outbox", format!("{}: {:?}\n", most.name, most.time))?;
    ///             }
    ///         }
    ///     }
    /// }
    /// ```
    pub fn measure_steps(&self) -> StepMeter {
        let serial = self.system.with(|state| state.begin_to_measure());
        StepMeter { system: Rc::clone(&self.system), serial }
    }
}

/// Measures steps until it is dropped: see [`Context::measure_steps`].
///
/// What threads do beside the scheduler is not measured: of a threaded component only what it does on the scheduler's
/// thread, and of a step that panics nothing.
#[derive(Debug)]
pub struct StepMeter {
    system: Rc<System>,
    serial: u64,
}

impl StepMeter {
    /// What the steps have cost since the last time: the components that have taken any, in the order of making.
    pub fn take(&self) -> Vec<StepCost> {
        self.system.with(|state| state.meters.take(self.serial))
    }
}

impl Drop for StepMeter {
    fn drop(&mut self) {
        self.system.with(|state| state.meters.end(self.serial));
    }
}
