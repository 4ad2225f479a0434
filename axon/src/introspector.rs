//! Reports, as lines of text, which components there are and how they are linked, whenever that changes.
//!
//! Ported from `Axon.Introspector` and `Kamaelia.Util.Introspector`. The lines are those that Kamaelia's
//! AxonVisualiser and TopologyViewer draw.
//!
//! *Differs from Kamaelia:* it sleeps until something changes, and sends the change. For nesting and for
//! the contents of boxes, see [`Snapshot`].

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Component, ComponentId, Context, Ending, Message, OUTBOX, Result, SIGNAL, Side,
    snapshot::{BoxName, Change, ComponentState, Snapshot},
};

/// Sends the components and linkages that there are, and then each change, in the language of Kamaelia's
/// AxonVisualiser.
///
/// It shows components that are active, and those at the ends of linkages. Each message is one or more
/// complete lines:
///
/// | line | says |
/// |---|---|
/// | `DEL ALL` | forget everything: sent once, at the beginning |
/// | `ADD NODE "3" "Echo_3" randompos component` | there is a component, by its number |
/// | `ADD NODE "(3, 'i', 'inbox')" "inbox" randompos inbox` | there is an inbox |
/// | `ADD NODE "(3, 'o', 'outbox')" "outbox" randompos outbox` | there is an outbox |
/// | `ADD LINK "3" "(3, 'i', 'inbox')"` | the box is the component's |
/// | `ADD LINK "(3, 'o', 'outbox')" "(4, 'i', 'inbox')"` | the one box is linked to the other |
/// | `DEL NODE "3"`, `DEL LINK ...` | it is no longer there |
///
/// | inbox | what it takes |
/// |---|---|
/// | `inbox` | nothing: it is not read |
/// | `control` | control messages |
///
/// | outbox | what it sends |
/// |---|---|
/// | `outbox` | the lines, each message a `String` of one or more |
/// | `signal` | control messages |
///
/// # Shutdown
///
/// Only `ShutdownMicroprocess` ends it, and is passed on. As in Kamaelia, `ProducerFinished` does not end
/// it: no more will arrive at `inbox`, but it never reads that box. It is not passed on either, since more
/// will be sent out of `outbox`. Any other control message is passed on.
///
/// It does not keep a program alive: when all other components sleep for ever, the scheduler tells it to
/// stop. See [`Watch`](crate::snapshot::Watch).
///
/// # Examples
///
/// ```
/// use axon::prelude::*;
/// use axon::util::Received;
///
/// let lines = Received::<String>::new();
/// axon::run(pipeline![Introspector::new(), DataSink::new(&lines)])?;
/// let lines = lines.take().concat();
/// assert!(lines.starts_with("DEL ALL\n"));
/// assert!(lines.contains("ADD LINK \"(2, 'o', 'outbox')\" \"(3, 'i', 'inbox')\"\n"), "{lines}");
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Default, Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct Introspector {
    topology: Topology,
}

impl Introspector {
    /// An introspector that has sent nothing yet.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Component for Introspector {
    async fn main(&mut self, cx: &Context) -> Result {
        let mut text = String::from("DEL ALL\n");
        let watch = cx.watch();
        self.topology.become_like(&cx.snapshot());
        loop {
            if let Some(notice) = told_to_stop(cx) {
                let _ = cx.send_when_room(SIGNAL, notice).await;
                return Ok(());
            }
            if !text.is_empty() {
                cx.send_when_room(OUTBOX, std::mem::take(&mut text)).await?;
            }
            for change in watch.take() {
                if self.topology.apply(change).is_err() {
                    // The new snapshot contains all other changes.
                    self.topology.become_like(&cx.snapshot());
                    break;
                }
            }
            text = self.topology.news();
            if text.is_empty() {
                cx.pause().await;
            }
        }
    }
}

/// Reads `control` and returns a `ShutdownMicroprocess`. `ProducerFinished` is ignored.
fn told_to_stop(cx: &Context) -> Option<Message> {
    std::iter::from_fn(|| cx.told_to_end())
        .find(|notice| notice.ending() == Some(Ending::ShutdownMicroprocess))
}

/// What there is, and which part of it was reported.
#[derive(Default, Debug)]
struct Topology {
    known: BTreeMap<ComponentId, Known>,
    boxes: BTreeSet<BoxName>,
    /// Each linkage by its source, with its sink: a box leads to one other at most.
    linkages: BTreeMap<BoxName, BoxName>,
    told: Told,
    touched: Touched,
}

/// A change refers to something that is not known.
struct Lost;

/// One component, reported or not.
#[derive(Debug)]
struct Known {
    name: String,
    active: bool,
    /// How many ends of linkages are at its boxes.
    ends: usize,
}

/// What was reported and not withdrawn.
#[derive(Default, Debug)]
struct Told {
    components: BTreeSet<ComponentId>,
    boxes: BTreeSet<BoxName>,
    linkages: BTreeMap<BoxName, BoxName>,
}

/// The components of which something may have to be reported.
///
/// Invariant: everything that is not in here is as it was reported; for a component's boxes, as long as the
/// component is shown.
#[derive(Default, Debug)]
struct Touched {
    components: BTreeSet<ComponentId>,
    boxes: BTreeSet<BoxName>,
    sources: BTreeSet<BoxName>,
}

impl Topology {
    /// Replaces what is known by the snapshot. What was reported stays as it is.
    fn become_like(&mut self, snapshot: &Snapshot) {
        self.touched.components.extend(std::mem::take(&mut self.known).into_keys());
        self.touched.boxes.append(&mut self.boxes);
        self.touched.sources.extend(std::mem::take(&mut self.linkages).into_keys());
        for component in &snapshot.components {
            let inboxes = component.inboxes.iter().map(|inbox| inbox.name.clone()).collect();
            let outboxes = component.outboxes.iter().map(|outbox| outbox.name.clone()).collect();
            self.made(component.id, component.name.clone(), inboxes, outboxes);
            let active = matches!(component.state, ComponentState::Awake | ComponentState::Paused);
            self.activated(component.id, active);
        }
        self.touched.boxes.extend(self.boxes.iter().cloned());
        for linkage in &snapshot.linkages {
            self.linked(linkage.source.clone(), linkage.sink.clone());
        }
    }

    /// Changes what is known. Fails if that needs a new snapshot.
    fn apply(&mut self, change: Change) -> std::result::Result<(), Lost> {
        match change {
            Change::TooMany => return Err(Lost),
            Change::Made { component, name, inboxes, outboxes } => {
                self.made(component, name, inboxes, outboxes);
            }
            Change::Activated(component) => self.activated(component, true),
            Change::Ended(component) => self.activated(component, false),
            Change::Forgotten(component) => {
                self.known.remove(&component);
                for gone in boxes_of(&self.boxes, component) {
                    self.boxes.remove(&gone);
                }
                self.touched.components.insert(component);
            }
            Change::BoxAdded(added) => {
                self.boxes.insert(added.clone());
                self.touched.boxes.insert(added);
            }
            Change::BoxDeleted(deleted) => {
                self.boxes.remove(&deleted);
                self.touched.boxes.insert(deleted);
            }
            Change::Linked { source, sink } => {
                // A component that had ended before this watch began is in no snapshot until it is linked.
                if [&source, &sink].iter().any(|end| !self.known.contains_key(&end.component)) {
                    return Err(Lost);
                }
                self.linked(source, sink);
            }
            Change::Unlinked { source, sink } => {
                self.count_ends(&source, &sink, |ends| ends.saturating_sub(1));
                self.linkages.remove(&source);
                self.touched.sources.insert(source);
            }
        }
        Ok(())
    }

    fn made(&mut self, id: ComponentId, name: String, inboxes: Vec<String>, outboxes: Vec<String>) {
        let inboxes = inboxes.into_iter().map(|name| BoxName { component: id, side: Side::Inbox, name });
        let outboxes = outboxes.into_iter().map(|name| BoxName { component: id, side: Side::Outbox, name });
        self.boxes.extend(inboxes.chain(outboxes));
        self.known.insert(id, Known { name, active: false, ends: 0 });
    }

    fn activated(&mut self, id: ComponentId, active: bool) {
        if let Some(known) = self.known.get_mut(&id) {
            known.active = active;
        }
        self.touched.components.insert(id);
    }

    fn linked(&mut self, source: BoxName, sink: BoxName) {
        self.count_ends(&source, &sink, |ends| ends + 1);
        self.touched.sources.insert(source.clone());
        self.linkages.insert(source, sink);
    }

    fn count_ends(&mut self, source: &BoxName, sink: &BoxName, count: impl Fn(usize) -> usize) {
        for id in [source.component, sink.component] {
            if let Some(known) = self.known.get_mut(&id) {
                known.ends = count(known.ends);
            }
            self.touched.components.insert(id);
        }
    }

    fn is_shown(&self, id: ComponentId) -> bool {
        self.known.get(&id).is_some_and(|known| known.active || known.ends > 0)
    }

    /// The differences from what was reported, in the order that viewers need: linkages are deleted before
    /// their boxes, and added after them.
    fn news(&mut self) -> String {
        let Touched { components, mut boxes, sources } = std::mem::take(&mut self.touched);
        let (mut gone, mut new) = (String::new(), String::new());
        for id in components {
            if self.is_shown(id) == self.told.components.contains(&id) {
                continue;
            }
            boxes.extend(boxes_of(&self.boxes, id));
            boxes.extend(boxes_of(&self.told.boxes, id));
            if self.told.components.remove(&id) {
                line(&mut gone, &format!("DEL NODE \"{id}\""));
            } else {
                let name = quoted(&self.known[&id].name);
                line(&mut new, &format!("ADD NODE \"{id}\" {name} randompos component"));
                self.told.components.insert(id);
            }
        }
        for one in boxes {
            self.tell_box(one, &mut gone, &mut new);
        }
        let (mut cut, mut linked) = (String::new(), String::new());
        for source in sources {
            self.tell_linkage(source, &mut cut, &mut linked);
        }
        cut + &gone + &new + &linked
    }

    fn tell_box(&mut self, one: BoxName, gone: &mut String, new: &mut String) {
        let is_there = self.boxes.contains(&one) && self.told.components.contains(&one.component);
        if is_there == self.told.boxes.contains(&one) {
            return;
        }
        let key = key(&one);
        if self.told.boxes.remove(&one) {
            line(gone, &format!("DEL NODE {key}"));
        } else {
            line(new, &format!("ADD NODE {key} {} randompos {}", quoted(&one.name), one.side));
            line(new, &format!("ADD LINK \"{}\" {key}", one.component));
            self.told.boxes.insert(one);
        }
    }

    fn tell_linkage(&mut self, source: BoxName, cut: &mut String, linked: &mut String) {
        let (now, told) = (self.linkages.get(&source), self.told.linkages.get(&source));
        if now == told {
            return;
        }
        if let Some(sink) = told {
            line(cut, &format!("DEL LINK {} {}", key(&source), key(sink)));
        }
        match now {
            Some(sink) => {
                line(linked, &format!("ADD LINK {} {}", key(&source), key(sink)));
                self.told.linkages.insert(source, sink.clone());
            }
            None => drop(self.told.linkages.remove(&source)),
        }
    }
}

/// The entries of one component. The boxes of a component are adjacent.
fn boxes_of(boxes: &BTreeSet<BoxName>, component: ComponentId) -> Vec<BoxName> {
    let first = BoxName { component, side: Side::Inbox, name: String::new() };
    boxes.range(first..).take_while(|one| one.component == component).cloned().collect()
}

fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// A box as the lines name it: what Python prints of the tuple `(3, 'i', 'inbox')`.
fn key(name: &BoxName) -> String {
    let side = match name.side {
        Side::Inbox => 'i',
        Side::Outbox => 'o',
    };
    quoted(&format!("({}, '{side}', '{}')", name.component, name.name))
}

/// A name in double quotes. The language has no escapes: what would end the name, or the line, is left out.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace(['"', '\n', '\r'], ""))
}
