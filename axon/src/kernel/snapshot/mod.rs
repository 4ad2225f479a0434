//! A picture of the running system: its components, their states, the messages in their boxes, and their linkages.
//!
//! Ported from the inspection of the scheduler in `Axon.Introspector`, and from `Axon.Scheduler.listAllThreads`.
//!
//! *Differs from Kamaelia:* the picture is nested (children in their parents), and it shows what waits in
//! the boxes and what each component waits for.

mod meter;
mod tree;

pub use meter::StepMeter;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::rc::Rc;

use crate::kernel::boxes::LinkageKind;
use crate::kernel::component::Context;
use crate::kernel::id::{ComponentId, Life};
use crate::kernel::queue::State as Stage;
use crate::kernel::scheduler::Scheduler;
use crate::kernel::side::Side;
use crate::kernel::system::{BoxName, Change, Record, Service, State, System, titled};

/// The whole of a scheduler at one moment: components, boxes, linkages. Plain data: it keeps nothing alive, and can
/// be sent to another thread.
///
/// `Display` draws it as a tree of components; [`Snapshot::to_svg`] is a picture, [`Snapshot::to_dot`] and
/// [`Snapshot::to_mermaid`] are for Graphviz and for Mermaid.
///
/// # Examples
///
/// ```
/// use axon::prelude::*;
///
/// let mut scheduler = Scheduler::new();
/// scheduler.activate(pipeline![OneShot::new("hello"), NullSinkComponent::new()]);
/// scheduler.run_pass()?;
/// let snapshot = scheduler.snapshot();
/// assert_eq!(snapshot.components.len(), 3);
/// assert!(snapshot.to_string().contains("outbox, 0 sent -> NullSinkComponent_3.inbox"), "{snapshot}");
/// # Ok::<(), axon::RunError>(())
/// ```
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Snapshot {
    /// In the order of making: those that are made or active, and of those that have ended the ones whose
    /// boxes hold messages, are linked, or have dropped any.
    pub components: Vec<ComponentView>,
    /// In the order of making.
    pub linkages: Vec<LinkageView>,
}

/// One component in a [`Snapshot`].
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct ComponentView {
    /// Its number.
    pub id: ComponentId,
    /// Its name: type and number.
    pub name: String,
    /// What its parent calls it, if it does: the name in a Graphline.
    pub called: Option<String>,
    /// Where in the program it was made.
    pub made_at: String,
    /// Its parents, in the order in which they added it.
    pub parents: Vec<ComponentId>,
    /// Where it stands.
    pub state: ComponentState,
    /// What it waits for, in words, if it is paused.
    pub waits: Option<String>,
    /// The inbox in which it waits for a message, if it sleeps until one arrives there.
    pub awaits: Option<String>,
    /// The inboxes in which it waits for room: it was refused there, or is suspended until they are emptier.
    pub held_up_at: Vec<BoxName>,
    /// Whether another component [holds](Context::hold) it.
    pub held: bool,
    /// How it failed, if a supervisor watched over it and its boxes are still there.
    pub failure: Option<String>,
    /// Whether it declared itself a service, which does not keep a run alive.
    pub service: bool,
    /// Its inboxes: those declared, then those added.
    pub inboxes: Vec<InboxView>,
    /// Its outboxes: those declared, then those added.
    pub outboxes: Vec<OutboxView>,
}

/// Where a component stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum ComponentState {
    /// Made, and not activated.
    Made,
    /// It runs in each pass.
    Awake,
    /// It sleeps until it is woken.
    Paused,
    /// It has ended; its boxes are there.
    Ended,
}

/// One inbox in a [`Snapshot`].
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct InboxView {
    /// Its name.
    pub name: String,
    /// Its line of documentation; empty for one that was added.
    pub doc: &'static str,
    /// How many messages wait in it.
    pub length: usize,
    /// How many may.
    pub limit: Option<usize>,
    /// How full it is, in percent of its limit or of the soft limit of every inbox, in messages or in bytes,
    /// whichever is reached first.
    pub fullness: Option<u8>,
    /// How many ever arrived.
    pub arrived: u64,
    /// The most that ever waited in it at once.
    pub most: usize,
    /// How many arrived after its component had ended, and were dropped.
    pub dropped: u64,
}

/// One outbox in a [`Snapshot`].
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct OutboxView {
    /// Its name.
    pub name: String,
    /// Its line of documentation; empty for one that was added.
    pub doc: &'static str,
    /// How many messages were sent from it, without those that a full box refused.
    pub sent: u64,
}

/// One linkage in a [`Snapshot`].
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct LinkageView {
    /// Where messages come from.
    pub source: BoxName,
    /// Where they go.
    pub sink: BoxName,
    /// What it joins.
    pub kind: LinkageKind,
    /// Who made it: the linkage lasts as long as its maker.
    pub maker: ComponentId,
}

impl Snapshot {
    /// The component of a number, if it is in the picture.
    #[must_use]
    pub fn component(&self, id: ComponentId) -> Option<&ComponentView> {
        self.components.iter().find(|component| component.id == id)
    }

    /// The linkage that leads on from a box.
    #[must_use]
    pub fn linkage_from(&self, source: &BoxName) -> Option<&LinkageView> {
        self.linkages.iter().find(|linkage| linkage.source == *source)
    }

    /// The components with their depth, each after its (first) parent and before that one's next child.
    pub fn nested(&self) -> Vec<(usize, &ComponentView)> {
        let shown: HashSet<ComponentId> = self.components.iter().map(|component| component.id).collect();
        let mut children: HashMap<Option<ComponentId>, Vec<&ComponentView>> = HashMap::new();
        for component in &self.components {
            let parent = component.parents.iter().find(|parent| shown.contains(*parent));
            children.entry(parent.copied()).or_default().push(component);
        }
        let mut nested = Vec::with_capacity(self.components.len());
        let mut seen = HashSet::new();
        let roots = children.get(&None).into_iter().flatten().copied();
        // Components in a circle of parents have no root; each that is left begins a tree of its own.
        for root in roots.chain(&self.components) {
            let mut to_do = vec![(0, root)];
            while let Some((depth, component)) = to_do.pop() {
                if seen.insert(component.id) {
                    nested.push((depth, component));
                    let children = children.get(&Some(component.id)).into_iter().flatten();
                    to_do.extend(children.rev().map(|child| (depth + 1, *child)));
                }
            }
        }
        nested
    }

    /// The components' names as they are shown, by number.
    #[must_use]
    pub fn titles(&self) -> HashMap<ComponentId, String> {
        self.components.iter().map(|component| (component.id, component.title())).collect()
    }
}

/// How deep components are indented: below, the depth is written as a number, so that the text grows with the
/// number of components and not with its square.
const DEEPEST_INDENTED: usize = 32;

fn indentation(unit: &str, depth: usize) -> String {
    unit.repeat(depth.min(DEEPEST_INDENTED))
}

impl ComponentView {
    /// The inbox of this name.
    #[must_use]
    pub fn inbox(&self, name: &str) -> Option<&InboxView> {
        self.inboxes.iter().find(|inbox| inbox.name == name)
    }

    /// The outbox of this name.
    #[must_use]
    pub fn outbox(&self, name: &str) -> Option<&OutboxView> {
        self.outboxes.iter().find(|outbox| outbox.name == name)
    }

    /// Its name, and before that what its parent calls it.
    pub fn title(&self) -> String {
        match &self.called {
            Some(called) => titled(called, &self.name),
            None => self.name.clone(),
        }
    }

    /// State, wait reason and service flag in words.
    pub fn standing(&self) -> String {
        let mut words = match &self.waits {
            Some(waits) => waits.clone(),
            None => self.state.to_string(),
        };
        if self.service {
            words.push_str(", a service");
        }
        words
    }
}

impl fmt::Display for ComponentState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ComponentState::Made => "made, not activated",
            ComponentState::Awake => "awake",
            ComponentState::Paused => "is paused",
            ComponentState::Ended => "ended",
        })
    }
}

impl Scheduler {
    /// A picture of everything in this scheduler.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.system.with(|state| state.snapshot())
    }
}

impl Context {
    /// A picture of everything in this scheduler.
    ///
    /// # Examples
    ///
    /// ```
    /// # use axon::{Component, Context};
    /// struct Photographer;
    /// impl Component for Photographer {
    ///     async fn main(&mut self, cx: &Context) -> axon::Result {
    ///         let _ = cx.send("outbox", cx.snapshot().to_dot());
    ///         Ok(())
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.system.with(|state| state.snapshot())
    }

    /// Watches components, boxes and linkages: from now on their changes are kept for this component, and it is woken
    /// when there are some.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// let watch = cx.watch();
    /// cx.activate(axon::util::OneShot::new("hello"));
    /// loop {
    ///     for change in watch.take() {
    ///         println!("{change:?}");
    ///     }
    ///     cx.pause().await;
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn watch(&self) -> Watch {
        let serial = self.system.with(|state| state.watchers.begin(self.pid()));
        Watch { system: Rc::clone(&self.system), serial }
    }
}

/// Keeps what changes for the component that watches, until it is dropped.
///
/// A run in which all components sleep for ever is reported as stuck. Before that, the components that watch get a
/// `ShutdownMicroprocess` on `control`, so that watching does not keep a program from ending.
#[derive(Debug)]
pub struct Watch {
    system: Rc<System>,
    serial: u64,
}

impl Watch {
    /// What changed since the last time, oldest first.
    pub fn take(&self) -> Vec<Change> {
        self.system.with(|state| state.watchers.take(self.serial))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.system.with(|state| state.watchers.end(self.serial));
    }
}

impl State {
    fn snapshot(&self) -> Snapshot {
        let linkages = self.linkage_views();
        let joined: HashSet<ComponentId> =
            linkages.iter().flat_map(|linkage| [linkage.source.component, linkage.sink.component]).collect();
        let shown = self.in_order(|_, record| {
            record.identity.life() != Life::Ended
                || joined.contains(&record.identity.id)
                || record.ties.as_ref().is_some_and(|ties| ties.failure.is_some())
                || record.own_boxes.of_side(Side::Inbox).any(|inbox| {
                    let inbox = inbox.index();
                    !self.post.inbox(inbox).ring().is_empty() || self.dropped.contains_key(&inbox)
                })
        });
        let mut held_up = self.held_up();
        let components = shown.into_iter().map(|index| {
            let held_up_at = held_up.remove(&index).unwrap_or_default();
            self.component_view(index, held_up_at)
        });
        Snapshot { components: components.collect(), linkages }
    }

    fn linkage_views(&self) -> Vec<LinkageView> {
        let links = self.post.links_in_order().into_iter();
        let views = links.map(|link| {
            let link = self.post.link_entry(link);
            let ((source, sink), kind) = (self.ends(link), LinkageKind::between(link.source, link.sink));
            LinkageView { source, sink, kind, maker: self.record(link.maker.index).identity.id }
        });
        views.collect()
    }

    fn component_view(&self, index: u32, held_up_at: Vec<BoxName>) -> ComponentView {
        let record = self.record(index);
        let state = match self.run.places[index as usize].state() {
            Stage::Made => ComponentState::Made,
            Stage::Awake => ComponentState::Awake,
            Stage::Paused => ComponentState::Paused,
            Stage::Ended | Stage::Vacant => ComponentState::Ended,
        };
        let parents = self.families.parents(record.parents);
        ComponentView {
            id: record.identity.id,
            name: record.identity.to_string(),
            called: self.label(index).map(str::to_owned),
            made_at: record.identity.made_at.to_string(),
            parents: parents.filter_map(|parent| self.id_of(parent)).collect(),
            state,
            waits: (state == ComponentState::Paused).then(|| self.waits(index)),
            awaits: self.awaits(index),
            held_up_at,
            held: self.is_held(record.identity.pid),
            failure: record.ties.as_ref().and_then(|ties| ties.failure.as_ref().map(ToString::to_string)),
            service: record.service != Service::No,
            inboxes: self.inbox_views(record),
            outboxes: self.outbox_views(record),
        }
    }

    /// The number of the component with this key, if it still exists.
    fn id_of(&self, pid: crate::kernel::id::Pid) -> Option<ComponentId> {
        self.records.find(pid).map(|record| record.identity.id)
    }

    fn inbox_views(&self, record: &Record) -> Vec<InboxView> {
        let own_boxes = &record.own_boxes;
        let views = own_boxes.of_side(Side::Inbox).map(|box_| {
            let inbox = self.post.inbox(box_.index());
            InboxView {
                name: own_boxes.name(box_).into_owned(),
                doc: own_boxes.declaration(box_).map_or("", |declared| declared.doc),
                length: inbox.ring().len(),
                limit: inbox.limit(),
                fullness: self.fullness(box_.index()),
                arrived: inbox.ring().arrived(),
                most: inbox.most(),
                dropped: self.dropped.get(&box_.index()).copied().unwrap_or_default(),
            }
        });
        views.collect()
    }

    fn outbox_views(&self, record: &Record) -> Vec<OutboxView> {
        let own_boxes = &record.own_boxes;
        let views = own_boxes.of_side(Side::Outbox).map(|box_| OutboxView {
            name: own_boxes.name(box_).into_owned(),
            doc: own_boxes.declaration(box_).map_or("", |declared| declared.doc),
            sent: self.post.outbox(box_.index()).sent(),
        });
        views.collect()
    }
}

impl fmt::Debug for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("System")
    }
}
