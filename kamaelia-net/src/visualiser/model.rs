//! What was seen of the program: the picture that is shown, what went through its boxes, and what changed last.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axon::{
    ComponentId,
    snapshot::{ComponentState, ComponentView, LinkageView, Snapshot},
};

use super::Commands;
use super::asked::Seen;
use super::hints::{Hint, History, hints};
use super::measuring::Cost;
use super::why::{Why, why};
use super::written;

/// How long a component that has ended stays in the picture.
const AFTERGLOW: Duration = Duration::from_secs(5);

/// How many changes are kept for viewers that are behind; who is further behind gets all anew.
const KEPT: usize = 8;

/// What was seen.
pub(super) struct Model {
    /// The number of the last look; 0 before the first.
    pub(super) version: u64,
    /// When the first look was, and the last.
    began: Instant,
    at: Instant,
    /// Everything, with what has ended a moment ago.
    pub(super) picture: Snapshot,
    /// Components that are in the picture only because they have just ended.
    ghosts: HashMap<ComponentId, Instant>,
    pub(super) rates: HashMap<ComponentId, Rates>,
    history: HashMap<ComponentId, History>,
    pub(super) why: Why,
    pub(super) hints: Vec<Hint>,
    /// Whether viewers may give orders.
    pub(super) commands: Commands,
    /// The program does not answer: since when.
    pub(super) late: Option<Duration>,
    changes: VecDeque<(u64, Arc<str>)>,
    whole: Option<Arc<str>>,
}

/// How many messages a second went through the boxes of a component, in their order.
#[derive(Default)]
pub(super) struct Rates {
    pub(super) inboxes: Vec<f64>,
    pub(super) outboxes: Vec<f64>,
}

impl Model {
    pub(super) fn new(now: Instant, mut picture: Snapshot, commands: Commands) -> Self {
        // There is no other way to make an empty one.
        picture.components.clear();
        picture.linkages.clear();
        Model {
            version: 0,
            began: now,
            at: now,
            picture,
            ghosts: HashMap::new(),
            rates: HashMap::new(),
            history: HashMap::new(),
            why: Why::default(),
            hints: Vec::new(),
            commands,
            late: None,
            changes: VecDeque::new(),
            whole: None,
        }
    }

    /// Takes in what was seen. Returns the length of what viewers will be told.
    pub(super) fn see(&mut self, seen: Seen, now: Instant) -> usize {
        let Seen { mut snapshot, standing_still, costs } = seen;
        let costs: HashMap<ComponentId, Cost> =
            costs.into_iter().map(|cost| (cost.component, cost)).collect();
        let why = why(&snapshot, &standing_still);
        // What ended while nobody looked ended some time ago.
        if now.saturating_duration_since(self.at) < AFTERGLOW {
            self.keep_ghosts(&mut snapshot, now);
        } else {
            self.ghosts.clear();
        }
        let before = std::mem::replace(&mut self.picture, snapshot);
        let known = by_id(&before);
        let elapsed = now.saturating_duration_since(self.at).as_secs_f64();
        // Too short a time says nothing.
        if elapsed > 0.02 || self.version == 0 {
            let components = self.picture.components.iter();
            let rates =
                components.map(|now| (now.id, Rates::between(known.get(&now.id).copied(), now, elapsed)));
            self.rates = rates.collect();
        }
        let mut histories = std::mem::take(&mut self.history);
        let components = self.picture.components.iter();
        let history = components.map(|now| {
            let history = histories.remove(&now.id).unwrap_or_default();
            (now.id, history.after(known.get(&now.id).copied(), now, costs.get(&now.id)))
        });
        self.history = history.collect();
        let hints = hints(&self.picture, &self.history);
        let is_news = why != self.why || hints != self.hints;
        (self.why, self.hints, self.late) = (why, hints, None);
        (self.version, self.at) = (self.version + 1, now);
        let change = written::change(self, &before, is_news);
        self.tell(change)
    }

    /// The program has not answered for so long.
    pub(super) fn is_late(&mut self, since: Duration) {
        self.late = Some(since);
        self.version += 1;
        let change = format!("{{\"version\":{},\"late\":{}}}", self.version, since.as_millis());
        self.tell(change);
    }

    fn tell(&mut self, change: String) -> usize {
        let length = change.len();
        self.changes.push_back((self.version, change.into()));
        if self.changes.len() > KEPT {
            self.changes.pop_front();
        }
        self.whole = None;
        length
    }

    /// What somebody who has seen this version has to be told.
    pub(super) fn since(&mut self, version: u64) -> Vec<Arc<str>> {
        if version > 0 && self.changes.front().is_some_and(|(first, _)| *first <= version + 1) {
            let later = self.changes.iter().filter(|(number, _)| *number > version);
            return later.map(|(_, text)| Arc::clone(text)).collect();
        }
        vec![self.whole()]
    }

    /// All of it.
    pub(super) fn whole(&mut self) -> Arc<str> {
        if let Some(whole) = &self.whole {
            return Arc::clone(whole);
        }
        let whole: Arc<str> = written::whole(self).into();
        self.whole = Some(Arc::clone(&whole));
        whole
    }

    /// The time of the last look, in milliseconds since the first.
    pub(super) fn time(&self) -> u128 {
        self.at.saturating_duration_since(self.began).as_millis()
    }

    /// Puts those into the picture that have just ended, with their linkages.
    fn keep_ghosts(&mut self, snapshot: &mut Snapshot, now: Instant) {
        let there: HashSet<ComponentId> = snapshot.components.iter().map(|component| component.id).collect();
        for component in &self.picture.components {
            if there.contains(&component.id) {
                continue;
            }
            let ended = *self.ghosts.entry(component.id).or_insert(now);
            if now.saturating_duration_since(ended) < AFTERGLOW {
                snapshot.components.push(ended_now(component));
            }
        }
        let all: HashSet<ComponentId> = snapshot.components.iter().map(|component| component.id).collect();
        self.ghosts.retain(|id, _| all.contains(id) && !there.contains(id));
        let is_kept = |linkage: &&LinkageView| {
            let ends = [linkage.source.component, linkage.sink.component];
            ends.iter().any(|end| self.ghosts.contains_key(end)) && ends.iter().all(|end| all.contains(end))
        };
        let kept: Vec<LinkageView> = self.picture.linkages.iter().filter(is_kept).cloned().collect();
        let known: HashSet<_> = snapshot.linkages.iter().map(|linkage| linkage.source.clone()).collect();
        snapshot.linkages.extend(kept.into_iter().filter(|linkage| !known.contains(&linkage.source)));
        snapshot.components.sort_by_key(|component| component.id);
    }
}

fn ended_now(component: &ComponentView) -> ComponentView {
    let mut component = component.clone();
    component.state = ComponentState::Ended;
    (component.waits, component.awaits) = (None, None);
    component.held_up_at.clear();
    component.held = false;
    component
}

impl Rates {
    fn between(before: Option<&ComponentView>, now: &ComponentView, seconds: f64) -> Self {
        let rate = |before: Option<u64>, now: u64| match before {
            Some(before) if seconds > 0.0 => now.saturating_sub(before) as f64 / seconds,
            _ => 0.0,
        };
        let inboxes = now.inboxes.iter().map(|inbox| {
            rate(before.and_then(|known| known.inbox(&inbox.name)).map(|known| known.arrived), inbox.arrived)
        });
        let outboxes = now.outboxes.iter().map(|outbox| {
            rate(before.and_then(|known| known.outbox(&outbox.name)).map(|known| known.sent), outbox.sent)
        });
        Rates { inboxes: inboxes.collect(), outboxes: outboxes.collect() }
    }

    /// Of all boxes of a side together.
    pub(super) fn totals(&self) -> (f64, f64) {
        (self.inboxes.iter().sum(), self.outboxes.iter().sum())
    }
}

/// The components of a snapshot by their numbers.
pub(super) fn by_id(snapshot: &Snapshot) -> HashMap<ComponentId, &ComponentView> {
    snapshot.components.iter().map(|component| (component.id, component)).collect()
}
