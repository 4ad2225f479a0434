//! What looks wrong in a running program, though nothing has failed.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use axon::{
    ComponentId, SIGNAL, Side,
    snapshot::{BoxName, ComponentState, ComponentView, Snapshot},
};

use super::measuring::Cost;

/// How many hints are given.
const MOST: usize = 20;

/// How many looks something has to last: five a second.
const LASTING: u32 = 10;

/// From how many messages on it is worth mentioning that a box only grows.
const LARGE: usize = 16;

/// How long a step is too long for the others, and for how many looks one is told of.
const LONG_STEP: Duration = Duration::from_millis(1);
const TOLD: u32 = 50;

/// From how many steps a second on it is worth mentioning that most of them found nothing.
const RESTLESS: f64 = 1000.0;

/// In how many measured looks either has to be seen.
const OFTEN: u32 = 3;

/// Something that looks wrong, and with whom.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Hint {
    pub(super) component: ComponentId,
    pub(super) words: String,
}

/// What a component did in the last looks.
#[derive(Default)]
pub(super) struct History {
    /// For how many looks each inbox has grown, and never become shorter.
    growing: Vec<u32>,
    /// For how many looks it was awake though nothing arrived, was collected or sent.
    spinning: u32,
    /// In how many measured looks it took more than twice as many steps as messages came and went.
    restless: u32,
    long_steps: Option<LongSteps>,
}

/// Steps that were long.
#[derive(Clone, Copy, Default)]
struct LongSteps {
    longest: Duration,
    /// In how many looks there were any, and how many looks ago the last.
    looks: u32,
    ago: u32,
}

impl History {
    /// With one look more.
    pub(super) fn after(
        mut self,
        before: Option<&ComponentView>,
        now: &ComponentView,
        cost: Option<&Cost>,
    ) -> Self {
        let Some(before) = before else { return History::default() };
        self.long_steps = self.long_steps.filter(|long| long.ago < TOLD);
        if let Some(long) = &mut self.long_steps {
            long.ago += 1;
        }
        if let Some(cost) = cost {
            if cost.longest >= LONG_STEP {
                let long = self.long_steps.get_or_insert_default();
                *long = LongSteps { longest: long.longest.max(cost.longest), looks: long.looks + 1, ago: 0 };
            }
            let is_restless =
                cost.steps_a_second >= RESTLESS && cost.messages_a_second * 2.0 < cost.steps_a_second;
            self.restless = if is_restless { self.restless + 1 } else { 0 };
        }
        self.growing.resize(now.inboxes.len(), 0);
        for (growing, inbox) in self.growing.iter_mut().zip(&now.inboxes) {
            match before.inbox(&inbox.name).map(|before| before.length.cmp(&inbox.length)) {
                Some(std::cmp::Ordering::Less) => *growing += 1,
                Some(std::cmp::Ordering::Equal) => {}
                _ => *growing = 0,
            }
        }
        let is_awake = now.state == ComponentState::Awake && before.state == ComponentState::Awake;
        let is_idle = now.inboxes == before.inboxes && now.outboxes == before.outboxes;
        self.spinning = if is_awake && is_idle { self.spinning + 1 } else { 0 };
        self
    }
}

/// What looks wrong.
pub(super) fn hints(snapshot: &Snapshot, history: &HashMap<ComponentId, History>) -> Vec<Hint> {
    let sources: HashSet<&BoxName> = snapshot.linkages.iter().map(|linkage| &linkage.source).collect();
    let sinks: HashSet<&BoxName> = snapshot.linkages.iter().map(|linkage| &linkage.sink).collect();
    let mut hints = Vec::new();
    for component in &snapshot.components {
        let mut hint = |words: String| hints.push(Hint { component: component.id, words });
        let who = component.title();
        if let Some(failure) = &component.failure {
            hint(format!("{who} has failed: {failure}"));
        }
        let named = |side, name: &str| BoxName { component: component.id, side, name: name.to_owned() };
        for inbox in &component.inboxes {
            let name = &inbox.name;
            let is_linked = sinks.contains(&named(Side::Inbox, name));
            let is_awaited = component.awaits.as_ref() == Some(name);
            if is_awaited && !is_linked && inbox.arrived == 0 && !component.service {
                hint(format!("{who} waits for a message in {name:?}, to which nothing is linked"));
            }
            if inbox.dropped > 0 {
                hint(format!("{who} has ended, and what came to its {name:?} later was dropped"));
            }
        }
        if component.state == ComponentState::Ended {
            continue;
        }
        let data = component.outboxes.iter().filter(|outbox| outbox.name != SIGNAL);
        let is_linked = |name: &str| sources.contains(&named(Side::Outbox, name));
        // One of whose outboxes another is linked has several to choose from.
        let is_unheard = !data.clone().any(|outbox| is_linked(&outbox.name));
        for outbox in data.filter(|outbox| outbox.sent > 0) {
            if is_unheard {
                let name = &outbox.name;
                hint(format!("{who} sends out of {name:?}, which is linked to nothing: it is dropped"));
            }
        }
        let Some(history) = history.get(&component.id) else { continue };
        for (inbox, growing) in component.inboxes.iter().zip(&history.growing) {
            if *growing >= LASTING && inbox.length >= LARGE {
                hint(format!("{who} does not keep up: more and more wait in its {:?}", inbox.name));
            }
        }
        if history.spinning >= LASTING {
            hint(format!("{who} never sleeps, though it takes and sends nothing: it may wait by polling"));
        } else if history.restless >= OFTEN && !component.service {
            hint(format!(
                "{who} wakes itself: in most of its turns it finds and sends nothing, and it may wait by polling"
            ));
        }
        // Once it may have been another program that had the processor.
        if let Some(long) = history.long_steps.filter(|long| long.looks >= OFTEN) {
            let step = long.longest.as_secs_f64() * 1000.0;
            hint(format!(
                "{who} kept the others waiting for {step:.1} ms in one turn: let it hand over now and then, or work \
                 on a thread"
            ));
        }
    }
    hints.truncate(MOST);
    hints
}
