//! Why is it slow, why is it stuck: who holds up the others, in words.
//!
//! One that waits for room is held up by whoever reads that inbox; one that waits for a message by whoever sends there.
//! The one to blame is found by following this from those who wait to the first who does not wait for the others; or
//! it is a circle of those who wait for each other.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use axon::{
    CONTROL, ComponentId, Side,
    snapshot::{BoxName, ComponentState, ComponentView, Snapshot},
};

use super::model::by_id;

/// How full an inbox is, in percent, when whoever reads it is said to be behind.
const BEHIND: u8 = 60;

/// How many components are looked at for the one to blame.
const CANDIDATES: usize = 50;

/// How many components a sentence names.
const NAMED: usize = 5;

/// The answer.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Why {
    pub(super) kind: Kind,
    pub(super) words: String,
    /// The one to blame, or the circle; then those who wait because of it.
    pub(super) chain: Vec<ComponentId>,
    /// How many of these are to blame.
    pub(super) blamed: usize,
}

/// Which of the two questions it answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Kind {
    #[default]
    Fine,
    Slow,
    Stuck,
}

impl Kind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Kind::Fine => "fine",
            Kind::Slow => "slow",
            Kind::Stuck => "stuck",
        }
    }
}

/// Why it is slow or stuck, if it is. `standing_still` are those whom nothing can wake.
pub(super) fn why(snapshot: &Snapshot, standing_still: &[ComponentId]) -> Why {
    let waits = Waits::new(snapshot);
    match &waits.without_sources(standing_still)[..] {
        [] => waits.slow(),
        stuck => waits.stuck(stuck),
    }
}

/// Who waits for whom.
struct Waits<'a> {
    snapshot: &'a Snapshot,
    components: HashMap<ComponentId, &'a ComponentView>,
    /// What leads to a box.
    sources: HashMap<&'a BoxName, Vec<&'a BoxName>>,
    children: HashMap<ComponentId, Vec<ComponentId>>,
}

impl<'a> Waits<'a> {
    fn new(snapshot: &'a Snapshot) -> Self {
        let mut sources: HashMap<&BoxName, Vec<&BoxName>> = HashMap::new();
        for linkage in &snapshot.linkages {
            sources.entry(&linkage.sink).or_default().push(&linkage.source);
        }
        let mut children: HashMap<ComponentId, Vec<ComponentId>> = HashMap::new();
        for component in &snapshot.components {
            for parent in &component.parents {
                children.entry(*parent).or_default().push(component.id);
            }
        }
        Waits { snapshot, components: by_id(snapshot), sources, children }
    }

    fn name(&self, id: ComponentId) -> String {
        self.components.get(&id).map_or_else(|| format!("component {id}"), |component| component.title())
    }

    fn names(&self, ids: &[ComponentId]) -> String {
        let names: Vec<String> = ids.iter().take(NAMED).map(|id| self.name(*id)).collect();
        match (ids.len().saturating_sub(NAMED), &names[..]) {
            (0, [only]) => only.clone(),
            (0, [first @ .., last]) => format!("{} and {last}", first.join(", ")),
            (more, _) => format!("{} and {more} more", names.join(", ")),
        }
    }

    /// Those whose outboxes lead to an inbox, over whatever boxes that are passed through.
    fn senders(&self, component: &ComponentView, inbox: &str) -> Vec<ComponentId> {
        let first = BoxName { component: component.id, side: Side::Inbox, name: inbox.to_owned() };
        let mut to_do: Vec<&BoxName> = self.sources.get(&first).cloned().unwrap_or_default();
        let (mut seen, mut found) = (HashSet::new(), Vec::new());
        while let Some(source) = to_do.pop().filter(|source| seen.insert(*source)) {
            match self.sources.get(source) {
                Some(further) => to_do.extend(further),
                None if source.side == Side::Outbox => found.push(source.component),
                None => {}
            }
        }
        found.sort_unstable();
        found.dedup();
        found.retain(|sender| *sender != component.id);
        found
    }

    /// For whom a component waits. Nobody in particular if it is awake, or waits for a timer.
    fn whom(&self, component: &ComponentView) -> Vec<ComponentId> {
        if !component.held_up_at.is_empty() {
            return component.held_up_at.iter().map(|at| at.component).collect();
        }
        if let Some(inbox) = &component.awaits {
            return self.senders(component, inbox);
        }
        let inboxes = component.inboxes.iter().filter(|inbox| inbox.name != CONTROL);
        let mut whom: Vec<ComponentId> =
            inboxes.flat_map(|inbox| self.senders(component, &inbox.name)).collect();
        whom.extend(self.children.get(&component.id).into_iter().flatten());
        whom
    }

    /// What a component waits for, in words.
    fn says(&self, component: &ComponentView) -> String {
        let who = component.title();
        if let Some(at) = component.held_up_at.first() {
            return format!("{who} waits for room in {}.{}", self.name(at.component), at.name);
        }
        let Some(inbox) = &component.awaits else {
            let waits = component.waits.as_deref().unwrap_or("sleeps");
            return match &self.whom(component)[..] {
                [] => format!("{who} {waits}"),
                whom => format!("{who} {waits}, until it hears from {}", self.names(whom)),
            };
        };
        match &self.senders(component, inbox)[..] {
            [] => format!("{who} waits for a message in {inbox:?}, to which nothing is linked"),
            senders => format!("{who} waits for a message in {inbox:?} from {}", self.names(senders)),
        }
    }

    /// Those of some who wait neither for a source nor for others that do. A source waits for nobody and for no inbox in
    /// particular: a thread may feed it, or somebody who is not linked.
    fn without_sources(&self, these: &[ComponentId]) -> Vec<ComponentId> {
        let is_source = |id: &ComponentId| {
            self.components
                .get(id)
                .is_some_and(|component| component.awaits.is_none() && self.whom(component).is_empty())
        };
        let sources: Vec<ComponentId> = these.iter().copied().filter(is_source).collect();
        let behind = Waiting::of(self, these).behind(&sources);
        let fed: HashSet<ComponentId> = sources.into_iter().chain(behind).collect();
        these.iter().copied().filter(|id| !fed.contains(id)).collect()
    }

    fn stuck(&self, standing_still: &[ComponentId]) -> Why {
        let still: HashSet<ComponentId> = standing_still.iter().copied().collect();
        let waiting = Waiting::of(self, standing_still);
        let sleepers = || standing_still.iter().filter_map(|id| self.components.get(id).copied());
        let mut seen = HashSet::new();
        if let Some(circle) = sleepers().find_map(|first| self.circle(first, &still, &mut seen)) {
            let says: Vec<String> = circle.iter().map(|id| self.says(self.components[id])).collect();
            let behind = waiting.behind(&circle);
            let words = format!(
                "{} wait for each other, and nothing can wake them: {}.{}",
                self.names(&circle),
                says.join("; "),
                also(&behind)
            );
            let blamed = circle.len();
            return Why { kind: Kind::Stuck, words, chain: [circle, behind].concat(), blamed };
        }
        // Those that wait for nobody of them: whom they wait for has gone, or never came.
        let waits_for_none =
            |component: &&ComponentView| !self.whom(component).iter().any(|other| still.contains(other));
        let mut last: Vec<&ComponentView> = sleepers().filter(waits_for_none).take(CANDIDATES).collect();
        last.sort_by_cached_key(|component| {
            (Reverse(waiting.behind(&[component.id]).len()), component.awaits.is_none(), component.id)
        });
        let Some(last) = last.first().copied().or_else(|| sleepers().next()) else { return Why::default() };
        let gone =
            self.whom(last).into_iter().filter_map(|other| self.components.get(&other)).find_map(|other| {
                match other.state {
                    ComponentState::Made => Some(format!("; {} was never activated", other.title())),
                    ComponentState::Ended => Some(format!("; {} has ended", other.title())),
                    _ => None,
                }
            });
        let behind = waiting.behind(&[last.id]);
        let (says, gone) = (self.says(last), gone.unwrap_or_default());
        let words = format!("{says}{gone}, and nothing can wake it.{}", also(&behind));
        Why { kind: Kind::Stuck, words, chain: [vec![last.id], behind].concat(), blamed: 1 }
    }

    /// A circle of those who wait for each other, on the way from one of them. No way leads from what was seen before to
    /// a circle.
    fn circle(
        &self,
        first: &ComponentView,
        among: &HashSet<ComponentId>,
        seen: &mut HashSet<ComponentId>,
    ) -> Option<Vec<ComponentId>> {
        let mut way: Vec<ComponentId> = Vec::new();
        let mut to_do = vec![(0, first.id)];
        while let Some((depth, id)) = to_do.pop() {
            way.truncate(depth);
            if let Some(at) = way.iter().position(|before| *before == id) {
                return Some(way.split_off(at));
            }
            if !seen.insert(id) {
                continue;
            }
            way.push(id);
            let Some(component) = self.components.get(&id) else { continue };
            let whom = self.whom(component).into_iter().filter(|other| among.contains(other));
            to_do.extend(whom.map(|other| (depth + 1, other)));
        }
        None
    }

    fn slow(&self) -> Why {
        let held_up: Vec<ComponentId> = (self.snapshot.components.iter())
            .filter(|component| !component.held_up_at.is_empty())
            .map(|component| component.id)
            .collect();
        // Follows each to the first that is not held up, and counts at whom they arrive.
        let mut arrived: HashMap<ComponentId, usize> = HashMap::new();
        let mut ends: HashMap<ComponentId, ComponentId> = HashMap::new();
        for id in &held_up {
            let (mut way, mut current) = (HashSet::new(), *id);
            let end = loop {
                if let Some(end) = ends.get(&current) {
                    break *end;
                }
                match self.components.get(&current).and_then(|component| component.held_up_at.first()) {
                    Some(at) if way.insert(current) => current = at.component,
                    _ => break current,
                }
            };
            ends.extend(way.into_iter().map(|passed| (passed, end)));
            *arrived.entry(end).or_default() += 1;
        }
        let most = arrived.iter().max_by_key(|(id, count)| (**count, Reverse(**id)));
        if let Some(slow) = most.and_then(|(id, _)| self.components.get(id)) {
            let behind = Waiting::of(self, &held_up).behind(&[slow.id]);
            let wait = if behind.len() == 1 { "waits" } else { "wait" };
            let words = format!("{} {} {wait} because of it.", self.slow_words(slow), self.names(&behind));
            return Why { kind: Kind::Slow, words, chain: [vec![slow.id], behind].concat(), blamed: 1 };
        }
        let fullness = |component: &&ComponentView| {
            component.inboxes.iter().filter_map(|inbox| inbox.fullness).max().unwrap_or(0)
        };
        match self.snapshot.components.iter().max_by_key(fullness).filter(|most| fullness(most) >= BEHIND) {
            Some(slow) => {
                let words = self.slow_words(slow);
                Why { kind: Kind::Slow, words, chain: vec![slow.id], blamed: 1 }
            }
            None => Why { words: self.fine_words(), ..Why::default() },
        }
    }

    fn slow_words(&self, slow: &ComponentView) -> String {
        let fullest = slow.inboxes.iter().max_by_key(|inbox| inbox.fullness);
        let full = fullest.map_or(String::new(), |inbox| {
            let of = inbox.limit.map_or(String::new(), |limit| format!(" of {limit}"));
            format!("{}{of} messages wait in its {:?}", inbox.length, inbox.name)
        });
        let does = match (slow.state, &slow.awaits, slow.held_up_at.is_empty()) {
            (_, _, false) => "it waits for room itself, in a circle".to_owned(),
            (ComponentState::Made, ..) => "it was never activated".to_owned(),
            (ComponentState::Ended, ..) => "it has ended".to_owned(),
            (ComponentState::Awake, ..) => "it is busy".to_owned(),
            (_, Some(inbox), _) => {
                let senders = self.senders(slow, inbox);
                let from = if senders.is_empty() {
                    String::new()
                } else {
                    format!(" from {}", self.names(&senders))
                };
                format!("it waits for a message in {inbox:?}{from} first")
            }
            _ => format!("it {}", slow.waits.as_deref().unwrap_or("sleeps")),
        };
        format!("{} is the slowest: {full}, and {does}.", slow.title())
    }

    fn fine_words(&self) -> String {
        let all = self.snapshot.components.iter();
        let held: Vec<ComponentId> =
            all.clone().filter(|component| component.held).map(|component| component.id).collect();
        if !held.is_empty() {
            let is = if held.len() == 1 { "is" } else { "are" };
            return format!("{} {is} held, and those who wait for it wait.", self.names(&held));
        }
        let awake = all.clone().filter(|component| component.state == ComponentState::Awake).count();
        match awake {
            0 => "Nothing is slow or stuck: all wait for timers, for messages, or for somebody outside."
                .to_owned(),
            _ => "Nothing is slow or stuck: nobody waits for room, and no inbox fills.".to_owned(),
        }
    }
}

/// Who of some waits for one, the other way round.
struct Waiting(HashMap<ComponentId, Vec<ComponentId>>);

impl Waiting {
    fn of(waits: &Waits<'_>, these: &[ComponentId]) -> Self {
        let mut waiting: HashMap<ComponentId, Vec<ComponentId>> = HashMap::new();
        for component in these.iter().filter_map(|id| waits.components.get(id)) {
            for other in waits.whom(component) {
                waiting.entry(other).or_default().push(component.id);
            }
        }
        Waiting(waiting)
    }

    /// Those who wait for these in the end, the nearest first.
    fn behind(&self, these: &[ComponentId]) -> Vec<ComponentId> {
        let mut found: Vec<ComponentId> = these.to_vec();
        let mut seen: HashSet<ComponentId> = these.iter().copied().collect();
        let mut next = 0;
        while let Some(id) = found.get(next).copied() {
            let waiting = self.0.get(&id).into_iter().flatten();
            found.extend(waiting.copied().filter(|waiting| seen.insert(*waiting)));
            next += 1;
        }
        found.split_off(these.len())
    }
}

fn also(behind: &[ComponentId]) -> String {
    match behind.len() {
        0 => String::new(),
        1 => " One more waits because of that.".to_owned(),
        more => format!(" {more} more wait because of that."),
    }
}
