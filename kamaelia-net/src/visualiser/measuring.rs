//! What the steps of the program's components cost, for the hints.
//!
//! To measure a step takes two looks at the clock. So while steps are many they are measured only for a moment once in
//! a while, and while they are few, always.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use axon::{ComponentId, Context, StepMeter, snapshot::Snapshot, time_after};

/// How many steps a second are few.
const FEW: f64 = 20_000.0;

/// How long is measured while they are many, and how long after that nothing is. Several long turns of others fit into
/// it, so that what is counted is the share that a component usually has.
const MOMENT: Duration = Duration::from_millis(20);
const PAUSE: Duration = Duration::from_secs(1);

/// How long is measured though nobody looks.
const UNSEEN: Duration = Duration::from_secs(1);

/// What was measured of one component.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cost {
    pub(super) component: ComponentId,
    pub(super) steps_a_second: f64,
    /// How many messages came and went in the same time: how many they were in another may be quite different.
    pub(super) messages_a_second: f64,
    /// The longest of the steps.
    pub(super) longest: Duration,
}

/// Measures while somebody looks.
#[derive(Default)]
pub(super) struct Measuring {
    meter: Option<Measured>,
    /// When it is to be measured again.
    not_before: Option<Instant>,
    looked: Option<Instant>,
    costs: Vec<Cost>,
}

struct Measured {
    meter: StepMeter,
    since: Instant,
    /// What had come and gone by then.
    messages: Messages,
    /// If steps are many, or may be.
    until: Option<Instant>,
}

/// How many messages have come to each component and gone from it, ever.
type Messages = HashMap<ComponentId, u64>;

fn messages(snapshot: &Snapshot) -> Messages {
    let components = snapshot.components.iter();
    let counted = components.map(|component| {
        let came: u64 = component.inboxes.iter().map(|inbox| inbox.arrived).sum();
        let went: u64 = component.outboxes.iter().map(|outbox| outbox.sent).sum();
        (component.id, came + went)
    });
    counted.collect()
}

impl Measuring {
    /// Somebody looks, and sees this: what was measured since the last time.
    pub(super) fn look(&mut self, cx: &Context, snapshot: &Snapshot) -> Vec<Cost> {
        let now = cx.now();
        self.looked = Some(now);
        if self.meter.as_ref().is_some_and(|measured| measured.until.is_none()) {
            self.take(now, snapshot);
        }
        if self.meter.is_none() && self.not_before.is_none_or(|time| time <= now) {
            let until = Some(time_after(now, MOMENT));
            let (meter, messages) = (cx.measure_steps(), messages(snapshot));
            self.meter = Some(Measured { meter, since: now, messages, until });
        }
        std::mem::take(&mut self.costs)
    }

    /// Stops measuring when it is time. Returns when to call this again at the latest.
    pub(super) fn go_on(&mut self, cx: &Context) -> Option<Instant> {
        let now = cx.now();
        if let Some(until) = self.meter.as_ref()?.until {
            if now < until {
                return Some(until);
            }
            self.take(now, &cx.snapshot());
        }
        let end = time_after(self.looked?, UNSEEN);
        if now >= end {
            self.meter = None;
        }
        self.meter.is_some().then_some(end)
    }

    fn take(&mut self, now: Instant, snapshot: &Snapshot) {
        let Some(measured) = &mut self.meter else { return };
        let seconds = now.saturating_duration_since(measured.since).as_secs_f64().max(0.001);
        let costs = measured.meter.take();
        let steps: u64 = costs.iter().map(|cost| cost.steps).sum();
        let before = std::mem::replace(&mut measured.messages, messages(snapshot));
        let costs = costs.into_iter().filter_map(|cost| {
            let component = cost.component?;
            let [before, after] = [&before, &measured.messages].map(|messages| messages.get(&component));
            let messages_a_second = after?.saturating_sub(*before.unwrap_or(&0)) as f64 / seconds;
            let steps_a_second = cost.steps as f64 / seconds;
            Some(Cost { component, steps_a_second, messages_a_second, longest: cost.longest })
        });
        self.costs.extend(costs);
        (measured.since, measured.until) = (now, None);
        if steps as f64 / seconds > FEW {
            (self.meter, self.not_before) = (None, Some(time_after(now, PAUSE)));
        }
    }
}
