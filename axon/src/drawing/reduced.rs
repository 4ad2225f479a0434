//! A snapshot without what a drawing leaves out.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};

use super::{Drawing, is_signal, is_signal_box};
use crate::{
    ComponentId, Side,
    snapshot::{BoxName, ComponentView, InboxView, LinkageView, OutboxView, Snapshot},
};

/// What becomes of a component that is not drawn as it is.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Hidden,
    /// It lies inside a component that is drawn as a plain box.
    Inside(ComponentId),
}

impl Drawing {
    pub(super) fn reduced<'a>(&self, snapshot: &'a Snapshot) -> Cow<'a, Snapshot> {
        let whole = !self.unlinked_boxes_hidden && !self.signals_hidden && !self.services_hidden;
        if whole && self.plain.is_empty() && self.near.is_none() {
            return Cow::Borrowed(snapshot);
        }
        let fates = self.fates(snapshot);
        let mut added = BTreeSet::new();
        let kept = snapshot.linkages.iter().filter(|linkage| !(self.signals_hidden && is_signal(linkage)));
        let mut linkages: Vec<LinkageView> =
            kept.filter_map(|linkage| redirected(snapshot, linkage, &fates, &mut added)).collect();
        let near = self.near.map(|(middle, steps)| near(snapshot, &linkages, middle, steps));
        let is_near = |id: ComponentId| near.as_ref().is_none_or(|near| near.contains(&id));
        linkages.retain(|linkage| is_near(linkage.source.component) && is_near(linkage.sink.component));
        let joined: HashSet<&BoxName> =
            linkages.iter().flat_map(|linkage| [&linkage.source, &linkage.sink]).collect();
        let is_shown = |component: ComponentId, side, name: &str| {
            !(self.signals_hidden && is_signal_box(name))
                && (!self.unlinked_boxes_hidden
                    || joined.contains(&BoxName { component, side, name: name.to_owned() }))
        };
        let is_drawn = |id: ComponentId| !fates.contains_key(&id) && is_near(id);
        let shown = snapshot.components.iter().filter(|component| is_drawn(component.id));
        let mut components: Vec<ComponentView> = shown.cloned().collect();
        for component in &mut components {
            let id = component.id;
            let first = BoxName { component: id, side: Side::Inbox, name: String::new() };
            for end in added.range(first..).take_while(|end| end.component == id) {
                add_box(component, end);
            }
            component.inboxes.retain(|inbox| is_shown(id, Side::Inbox, &inbox.name));
            component.outboxes.retain(|outbox| is_shown(id, Side::Outbox, &outbox.name));
        }
        Cow::Owned(Snapshot { components, linkages })
    }

    fn fates(&self, snapshot: &Snapshot) -> HashMap<ComponentId, Fate> {
        let plain: HashSet<ComponentId> = self.plain.iter().copied().collect();
        let mut fates = HashMap::new();
        // The fate of what lies in each of the components around the present one.
        let mut around: Vec<Option<Fate>> = Vec::new();
        for (depth, component) in snapshot.nested() {
            around.truncate(depth);
            let outer = around.last().copied().flatten();
            let own = match outer {
                None if self.services_hidden && component.service => Some(Fate::Hidden),
                outer => outer,
            };
            if let Some(fate) = own {
                fates.insert(component.id, fate);
            }
            let is_plain = plain.contains(&component.id);
            around.push(own.or(is_plain.then_some(Fate::Inside(component.id))));
        }
        fates
    }
}

/// A component, what it holds, those at most so many linkages away from these, and what holds all of them.
fn near(
    snapshot: &Snapshot,
    linkages: &[LinkageView],
    middle: ComponentId,
    steps: usize,
) -> HashSet<ComponentId> {
    let mut next_to: HashMap<ComponentId, Vec<ComponentId>> = HashMap::new();
    for linkage in linkages {
        let (from, to) = (linkage.source.component, linkage.sink.component);
        next_to.entry(from).or_default().push(to);
        next_to.entry(to).or_default().push(from);
    }
    let mut held: HashMap<ComponentId, Vec<ComponentId>> = HashMap::new();
    for component in &snapshot.components {
        for parent in &component.parents {
            held.entry(*parent).or_default().push(component.id);
        }
    }
    let mut near = HashSet::from([middle]);
    spread(&mut near, usize::MAX, |id| held.get(&id).cloned().unwrap_or_default());
    spread(&mut near, steps, |id| next_to.get(&id).cloned().unwrap_or_default());
    let parents = |id| snapshot.component(id).map_or_else(Vec::new, |component| component.parents.clone());
    spread(&mut near, usize::MAX, parents);
    near
}

/// Adds what is at most so many steps away.
fn spread(known: &mut HashSet<ComponentId>, steps: usize, next: impl Fn(ComponentId) -> Vec<ComponentId>) {
    let mut edge: Vec<ComponentId> = known.iter().copied().collect();
    for _ in 0..steps {
        if edge.is_empty() {
            return;
        }
        edge = edge.into_iter().flat_map(&next).filter(|id| known.insert(*id)).collect();
    }
}

/// The linkage between what is drawn, if both its ends are and they are not the same box's inside.
fn redirected(
    snapshot: &Snapshot,
    linkage: &LinkageView,
    fates: &HashMap<ComponentId, Fate>,
    added: &mut BTreeSet<BoxName>,
) -> Option<LinkageView> {
    let fate = |end: &BoxName| fates.get(&end.component).copied();
    let (from, to) = (fate(&linkage.source), fate(&linkage.sink));
    let drawn_at = |end: &BoxName, fate| match fate {
        None => Some(end.component),
        Some(Fate::Inside(outer)) => Some(outer),
        Some(Fate::Hidden) => None,
    };
    let (source, sink) = (drawn_at(&linkage.source, from)?, drawn_at(&linkage.sink, to)?);
    if source == sink && (from.is_some() || to.is_some()) {
        return None;
    }
    let mut moved = |end: &BoxName, component| {
        if end.component == component {
            return end.clone();
        }
        let inner = snapshot.component(end.component).map_or_else(String::new, |view| view.name.clone());
        let end = BoxName { component, side: end.side, name: format!("{inner}.{}", end.name) };
        added.insert(end.clone());
        end
    };
    let (source, sink) = (moved(&linkage.source, source), moved(&linkage.sink, sink));
    Some(LinkageView { source, sink, ..linkage.clone() })
}

/// Adds a box that stands for one inside.
fn add_box(component: &mut ComponentView, end: &BoxName) {
    let (name, doc) = (end.name.clone(), "a box of a component inside");
    match end.side {
        Side::Inbox => {
            component.inboxes.push(InboxView {
                name,
                doc,
                length: 0,
                limit: None,
                fullness: None,
                arrived: 0,
                most: 0,
                dropped: 0,
            });
        }
        Side::Outbox => component.outboxes.push(OutboxView { name, doc, sent: 0 }),
    }
}
