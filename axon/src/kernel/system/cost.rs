//! What the steps of components cost, while somebody measures them.
//!
//! *Differs from Kamaelia:* there a profiler looks once a second at who is awake. Here each step is measured, and while
//! nobody asks no clock is read.

use std::collections::HashMap;
use std::time::Duration;

use super::state::State;
use crate::kernel::id::ComponentId;
use crate::kernel::outside::Stopwatch;

/// How many components are told apart for one who does not take the costs; the others are counted together.
const MOST_KEPT: usize = 4096;

/// What the steps of one component have cost: see [`StepMeter`](crate::StepMeter).
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct StepCost {
    /// Its number. `None` for those that are counted together, since there are too many.
    pub component: Option<ComponentId>,
    /// Its name: what its parent calls it, if it does, its type and its number.
    pub name: String,
    /// How many steps it has taken. A turn is one step; a component that always finds what it waits for does the work
    /// of several turns in one.
    pub steps: u64,
    /// How long they have taken together.
    pub time: Duration,
    /// How long the longest of them has taken.
    pub longest: Duration,
    /// Whether the last of them was its end.
    pub has_ended: bool,
}

/// Those who measure, each with the costs that it has not taken.
#[derive(Default)]
pub(in crate::kernel) struct Meters {
    meters: Vec<(u64, HashMap<Option<ComponentId>, StepCost>)>,
    next_serial: u64,
}

impl Meters {
    #[inline]
    pub(in crate::kernel) fn is_empty(&self) -> bool {
        self.meters.is_empty()
    }

    /// One fewer.
    pub(in crate::kernel) fn end(&mut self, serial: u64) {
        self.meters.retain(|(meter, _)| *meter != serial);
    }

    /// What was measured since the last time, in the order in which the components were made.
    pub(in crate::kernel) fn take(&mut self, serial: u64) -> Vec<StepCost> {
        let meter = self.meters.iter_mut().find(|(meter, _)| *meter == serial);
        let costs = meter.map(|(_, costs)| std::mem::take(costs)).unwrap_or_default();
        let mut costs: Vec<StepCost> = costs.into_values().collect();
        costs.sort_by_key(|cost| (cost.component.is_none(), cost.component));
        costs
    }

    fn add(&mut self, component: ComponentId, name: impl Fn() -> String, time: Duration, has_ended: bool) {
        for (_, costs) in &mut self.meters {
            let is_known = costs.contains_key(&Some(component));
            let component = (is_known || costs.len() < MOST_KEPT).then_some(component);
            let cost = costs.entry(component).or_insert_with(|| StepCost {
                component,
                name: component.map_or_else(|| "all others".to_owned(), |_| name()),
                steps: 0,
                time: Duration::ZERO,
                longest: Duration::ZERO,
                has_ended: false,
            });
            cost.steps += 1;
            cost.time += time;
            cost.longest = cost.longest.max(time);
            cost.has_ended |= has_ended && component.is_some();
        }
    }
}

impl State {
    /// One more measures, from the next step on. Returns its number.
    pub(in crate::kernel) fn begin_to_measure(&mut self) -> u64 {
        self.meters.next_serial += 1;
        self.meters.meters.push((self.meters.next_serial, HashMap::new()));
        // The end of each step is seen to by the scheduler from now on.
        self.interrupted = true;
        self.meters.next_serial
    }

    /// A step is over that was measured with `watch`. Returns the watch for the next, if somebody measures.
    pub(in crate::kernel) fn measure_step(
        &mut self,
        index: u32,
        watch: Option<Stopwatch>,
    ) -> Option<Stopwatch> {
        if self.meters.is_empty() {
            return None;
        }
        if let Some(watch) = watch
            && self.run.is_active(index)
        {
            self.add_cost(index, watch.elapsed(), false);
        }
        Some(Stopwatch::start())
    }

    /// What the step of a component has cost, its last one perhaps.
    pub(in crate::kernel) fn add_cost(&mut self, index: u32, time: Duration, is_last: bool) {
        let mut meters = std::mem::take(&mut self.meters);
        meters.add(self.record(index).identity.id, || self.title(index), time, is_last);
        self.meters = meters;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_takes_is_not_kept_without_limit() {
        let mut meters = Meters { meters: vec![(1, HashMap::new())], next_serial: 1 };
        for id in 0..2 * MOST_KEPT as u64 {
            meters.add(ComponentId(id), || format!("C_{id}"), Duration::from_secs(1), true);
        }
        meters.add(ComponentId(0), String::new, Duration::from_secs(1), false);
        let costs = meters.take(1);
        assert_eq!(costs.len(), MOST_KEPT + 1);
        assert_eq!((costs[0].name.as_str(), costs[0].steps), ("C_0", 2));
        let others = costs.last().unwrap();
        assert_eq!((others.component, others.steps, others.has_ended), (None, MOST_KEPT as u64, false));
        assert!(meters.take(1).is_empty());
        meters.end(1);
        assert!(meters.is_empty());
    }
}
