//! Tells in lines of text what components there are and how they are linked, as it changes.
//!
//! Ported from `Axon.Introspector` and `Kamaelia.Util.Introspector`. The lines are those that Kamaelia's
//! AxonVisualiser and TopologyViewer draw.
//!
//! *Differs from Kamaelia:* it sleeps until something changes and sends what that was; there it looks at
//! everything in every pass, so that no program with an Introspector ever slept. For nesting and for what
//! lies in the boxes, see [`Snapshot`].

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::{
    BoxName, Change, Component, ComponentId, ComponentState, Context, Ending, Message, OUTBOX, Result,
    SIGNAL, Side, Snapshot,
};

/// Sends what there is, and then what changes, in the language of Kamaelia's AxonVisualiser.
///
/// Shown are the components that are active and those that a linkage touches. Each message is one or more
/// whole lines:
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
/// Only `ShutdownMicroprocess` ends it, and is passed on. `ProducerFinished` does not, as in Kamaelia: it
/// says that no more will come in at `inbox`, and nothing ever did. It is not passed on, since more will
/// go out at `outbox`. What is no ending is passed on.
///
/// It keeps no program alive: when all others sleep for ever, the scheduler tells it to stop. See
/// [`Watch`](crate::Watch).
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
pub struct Introspector {
    topology: Topology,
}

impl Introspector {
    /// One that has told nothing yet.
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
            if !text.is_empty() && cx.send_when_room(OUTBOX, std::mem::take(&mut text)).await.is_err() {
                continue;
            }
            for change in watch.take() {
                match change {
                    Change::TooMany => self.topology.become_like(&cx.snapshot()),
                    change => self.topology.apply(change),
                }
            }
            text = self.topology.news();
            if text.is_empty() {
                cx.pause().await;
            }
        }
    }
}

/// Reads `control` and returns the message that stops at once. The other ending is none for it.
fn told_to_stop(cx: &Context) -> Option<Message> {
    std::iter::from_fn(|| cx.told_to_end())
        .find(|notice| notice.ending() == Some(Ending::ShutdownMicroprocess))
}

/// What there is, and what of it was told.
#[derive(Default, Debug)]
struct Topology {
    known: BTreeMap<ComponentId, Known>,
    /// Each linkage by its source, with its sink: a box leads to one other at most.
    linkages: BTreeMap<BoxName, BoxName>,
    /// What was told of each component: its boxes.
    told: BTreeMap<ComponentId, Vec<BoxName>>,
    told_linkages: BTreeMap<BoxName, BoxName>,
    /// Of which components and linkages something is perhaps to be told.
    ///
    /// Invariant: everything that is not in here is as it was told.
    touched: Touched,
}

#[derive(Default, Debug)]
struct Touched {
    components: Vec<ComponentId>,
    sources: Vec<BoxName>,
}

/// One component, told or not.
#[derive(Debug)]
struct Known {
    name: String,
    active: bool,
    /// How many ends of linkages lie at its boxes.
    ends: usize,
    boxes: Vec<BoxName>,
}

impl Known {
    fn is_shown(&self) -> bool {
        self.active || self.ends > 0
    }
}

impl Topology {
    /// Forgets what it knew for what the snapshot shows; what was told is still told.
    fn become_like(&mut self, snapshot: &Snapshot) {
        self.touched.components.extend(self.known.keys());
        self.touched.sources.extend(self.linkages.keys().cloned());
        self.known.clear();
        self.linkages.clear();
        for component in &snapshot.components {
            let inboxes = component.inboxes.iter().map(|inbox| inbox.name.clone()).collect();
            let outboxes = component.outboxes.iter().map(|outbox| outbox.name.clone()).collect();
            self.made(component.id, component.name.clone(), inboxes, outboxes);
            let active = matches!(component.state, ComponentState::Awake | ComponentState::Paused);
            self.activated(component.id, active);
        }
        for linkage in &snapshot.linkages {
            self.linked(linkage.source.clone(), linkage.sink.clone());
        }
    }

    fn apply(&mut self, change: Change) {
        match change {
            Change::Made { component, name, inboxes, outboxes } => {
                self.made(component, name, inboxes, outboxes);
            }
            Change::Activated(component) => self.activated(component, true),
            Change::Ended(component) => self.activated(component, false),
            Change::Forgotten(component) => {
                self.known.remove(&component);
                self.touched.components.push(component);
            }
            Change::BoxAdded(added) => {
                self.touched.components.push(added.component);
                if let Some(known) = self.known.get_mut(&added.component) {
                    known.boxes.push(added);
                }
            }
            Change::BoxDeleted(deleted) => {
                self.touched.components.push(deleted.component);
                if let Some(known) = self.known.get_mut(&deleted.component) {
                    known.boxes.retain(|kept| *kept != deleted);
                }
            }
            Change::Linked { source, sink } => self.linked(source, sink),
            Change::Unlinked { source, sink } => {
                self.count_ends(&source, &sink, |ends| ends.saturating_sub(1));
                self.linkages.remove(&source);
                self.touched.sources.push(source);
            }
            // A change of a kind that came later than this component changes nothing in its picture.
            _ => {}
        }
    }

    fn made(&mut self, id: ComponentId, name: String, inboxes: Vec<String>, outboxes: Vec<String>) {
        let inboxes = inboxes.into_iter().map(|name| BoxName { component: id, side: Side::Inbox, name });
        let outboxes = outboxes.into_iter().map(|name| BoxName { component: id, side: Side::Outbox, name });
        let boxes = inboxes.chain(outboxes).collect();
        self.known.insert(id, Known { name, active: false, ends: 0, boxes });
    }

    fn activated(&mut self, id: ComponentId, active: bool) {
        if let Some(known) = self.known.get_mut(&id) {
            known.active = active;
        }
        self.touched.components.push(id);
    }

    fn linked(&mut self, source: BoxName, sink: BoxName) {
        self.count_ends(&source, &sink, |ends| ends + 1);
        self.touched.sources.push(source.clone());
        self.linkages.insert(source, sink);
    }

    fn count_ends(&mut self, source: &BoxName, sink: &BoxName, count: impl Fn(usize) -> usize) {
        for id in [source.component, sink.component] {
            if let Some(known) = self.known.get_mut(&id) {
                known.ends = count(known.ends);
            }
            self.touched.components.push(id);
        }
    }

    /// What is different from what was told, in the order that viewers need: linkages go before the boxes
    /// they lie between, and come after them.
    fn news(&mut self) -> String {
        let Touched { mut components, mut sources } = std::mem::take(&mut self.touched);
        components.sort_unstable();
        components.dedup();
        sources.sort_unstable();
        sources.dedup();
        let mut cut = String::new();
        let mut gone = String::new();
        let mut new = String::new();
        let mut linked = String::new();
        for source in sources {
            let (now, told) = (self.linkages.get(&source), self.told_linkages.get(&source));
            if now == told {
                continue;
            }
            if let Some(sink) = told {
                line(&mut cut, &format!("DEL LINK {} {}", key(&source), key(sink)));
            }
            match now {
                Some(sink) => {
                    line(&mut linked, &format!("ADD LINK {} {}", key(&source), key(sink)));
                    self.told_linkages.insert(source, sink.clone());
                }
                None => drop(self.told_linkages.remove(&source)),
            }
        }
        for id in components {
            self.tell_component(id, &mut gone, &mut new);
        }
        cut + &gone + &new + &linked
    }

    fn tell_component(&mut self, id: ComponentId, gone: &mut String, new: &mut String) {
        let now = self.known.get(&id).filter(|known| known.is_shown());
        let told = self.told.remove(&id);
        let no_boxes = Vec::new();
        let boxes = now.map_or(&no_boxes, |known| &known.boxes);
        if now.is_none() && told.is_some() {
            line(gone, &format!("DEL NODE \"{id}\""));
        }
        for lost in told.iter().flatten().filter(|told| !boxes.contains(told)) {
            line(gone, &format!("DEL NODE {}", key(lost)));
        }
        let Some(known) = now else { return };
        if told.is_none() {
            line(new, &format!("ADD NODE \"{id}\" {} randompos component", quoted(&known.name)));
        }
        let told = told.unwrap_or_default();
        for added in boxes.iter().filter(|added| !told.contains(added)) {
            let (key, name) = (key(added), quoted(&added.name));
            line(new, &format!("ADD NODE {key} {name} randompos {}", added.side));
            line(new, &format!("ADD LINK \"{id}\" {key}"));
        }
        self.told.insert(id, boxes.clone());
    }
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
    let mut quoted = String::new();
    let _ = write!(quoted, "\"{}\"", name.replace(['"', '\n', '\r'], ""));
    quoted
}
