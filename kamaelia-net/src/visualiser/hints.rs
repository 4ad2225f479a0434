//! What looks wrong in a running program, though nothing has failed.

use std::collections::{HashMap, HashSet};

use axon::{BoxName, ComponentId, ComponentState, ComponentView, SIGNAL, Side, Snapshot};

/// How many hints are given.
const MOST: usize = 20;

/// How many looks something has to last: five a second.
const LASTING: u32 = 10;

/// From how many messages on it is worth mentioning that a box only grows.
const LARGE: usize = 16;

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
}

impl History {
    /// With one look more.
    pub(super) fn after(mut self, before: Option<&ComponentView>, now: &ComponentView) -> Self {
        let Some(before) = before else { return History::default() };
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
        }
    }
    hints.truncate(MOST);
    hints
}
