//! Linkages, children, and boxes that come and go while components run.

use super::change::{BoxName, Change};
use super::shared::System;
use super::state::State;
use crate::kernel::boxes::{
    BoxId, Declaration, End, LinkEntry, LinkId, Linkage, LinkageKind, MadeBy, Refused, Route,
};
use crate::kernel::error::{LinkError, UnknownBoxError};
use crate::kernel::id::{ComponentRef, Pid};
use crate::kernel::message::Message;
use crate::kernel::side::Side;

impl LinkageKind {
    /// On which sides of the two components its source and its sink lie.
    pub(in crate::kernel) fn sides(self) -> (Side, Side) {
        match self {
            LinkageKind::Plain => (Side::Outbox, Side::Inbox),
            LinkageKind::PassThroughInbox => (Side::Inbox, Side::Inbox),
            LinkageKind::PassThroughOutbox => (Side::Outbox, Side::Outbox),
        }
    }

    /// What a linkage between two boxes joins.
    pub(in crate::kernel) fn between(source: BoxId, sink: BoxId) -> Self {
        match (source.side(), sink.side()) {
            (Side::Outbox, Side::Inbox) => LinkageKind::Plain,
            (Side::Inbox, _) => LinkageKind::PassThroughInbox,
            (Side::Outbox, Side::Outbox) => LinkageKind::PassThroughOutbox,
        }
    }
}

impl System {
    /// Makes a linkage for `maker` between components that live here, and moves on what waits in its source
    /// (S19).
    #[inline]
    pub(in crate::kernel) fn link(
        &self,
        maker: Pid,
        kind: LinkageKind,
        (source, source_box): (&ComponentRef, &str),
        (sink, sink_box): (&ComponentRef, &str),
    ) -> Result<Linkage, LinkError> {
        let wanted = || format!("{source}.{source_box} -> {sink}.{sink_box}");
        let (from_side, to_side) = kind.sides();
        self.with(|state| {
            let from = state.find(source, source_box, from_side)?;
            let to = state.find(sink, sink_box, to_side)?;
            let (sends, takes) = (state.declaration(source, from), state.declaration(sink, to));
            if let (Some(sends), Some(takes)) =
                (sends.and_then(|declared| declared.carries), takes.and_then(|declared| declared.carries))
                && sends.differs_from(&takes)
            {
                return Err(LinkError::TypesDiffer {
                    wanted: wanted(),
                    sends: sends.name,
                    takes: takes.name,
                });
            }
            let end = |component: &ComponentRef, name: &str, declared: Option<&Declaration>| End {
                component: component.clone(),
                name: declared.map_or_else(|| name.to_owned().into(), |declared| declared.name.into()),
            };
            let ends = (end(source, source_box, sends), end(sink, sink_box, takes));
            state.post.check(from, to).map_err(|refused| match refused {
                Refused::Linked(existing) => LinkError::BoxAlreadyLinkedToDestination {
                    wanted: wanted(),
                    existing: state.linkage(existing).to_string(),
                },
                Refused::Circle => LinkError::Circle { wanted: wanted() },
            })?;
            let serial = state.linkage_number();
            let (made, post) = state.made_by(maker.index);
            let link = post.link(serial, (maker, made), (from, to));
            state.hold(source.0.pid.index);
            state.hold(sink.0.pid.index);
            state.changed(|state| {
                let (source, sink) = state.ends(state.post.link_entry(link));
                Change::Linked { source, sink }
            });
            state.wake_pending();
            let (source, sink) = ends;
            Ok(Linkage { serial, maker, kind, source, sink, passage: None })
        })
    }

    /// Cuts a linkage, if `maker` made it and it is still there.
    pub(in crate::kernel) fn unlink(&self, maker: Pid, linkage: &Linkage) {
        let Linkage { serial, kind, source: End { component, name }, .. } = linkage;
        let (from_side, _) = kind.sides();
        if linkage.maker != maker || !self.owns(component) {
            return;
        }
        self.cutting(|state| {
            if let Some(source) = state.look_up(component, name, from_side) {
                let link = state.post.route(source).to;
                if !link.is_none() && state.post.link_entry(link).serial == *serial {
                    state.cut(link);
                }
            }
        });
    }

    /// Cuts all linkages that `maker` made and that lead to or from a box of `component`.
    pub(in crate::kernel) fn unlink_component(&self, maker: Pid, component: &ComponentRef) {
        self.cutting(|state| state.cut_touching(component, Some(maker)));
    }

    /// The linkages that `maker` made and that are there, in the order of making.
    pub(in crate::kernel) fn linkages(&self, maker: Pid) -> Vec<Linkage> {
        self.with(|state| {
            let made = state.record(maker.index).ties.as_ref().map_or_else(MadeBy::default, |ties| ties.made);
            state.post.links_made(made).map(|link| state.linkage(link)).collect()
        })
    }

    /// Whether a component lives in this scheduler.
    pub(in crate::kernel) fn owns(&self, component: &ComponentRef) -> bool {
        component.lives_behind(&self.inbound)
    }

    /// Makes `child` a child of `parent`.
    #[track_caller]
    pub(in crate::kernel) fn adopt(&self, parent: Pid, child: &ComponentRef) {
        assert!(self.owns(child), "{child} lives in another scheduler and cannot become a child in this one");
        let place = child.0.pid.index;
        self.with(|state| {
            let mut children = state.ties_mut(parent.index).children;
            let mut parents = state.record(place).parents;
            state.families.adopt((parent, &mut children), (place, &mut parents));
            state.ties_mut(parent.index).children = children;
            state.record_mut(place).parents = parents;
            state.hold(place);
        });
    }

    /// Takes `child` off the list of `parent`, and cuts the linkages of the parent that touch it (S22).
    pub(in crate::kernel) fn disown(&self, parent: Pid, child: &ComponentRef) {
        let place = child.0.pid.index;
        self.cutting(|state| {
            let mut children = state.children_of(parent.index);
            let mut parents = state.record(place).parents;
            let had = state.families.disown((parent, &mut children), &mut parents);
            state.record_mut(place).parents = parents;
            if let Some(ties) = &mut state.record_mut(parent.index).ties {
                ties.children = children;
            }
            if child.is_stopped() && !state.is_supervised(place) {
                state.close_inboxes(place);
            }
            (0..had).for_each(|_| state.let_go(place));
            state.cut_touching(child, Some(parent));
        });
    }

    pub(in crate::kernel) fn children(&self, parent: Pid) -> Vec<ComponentRef> {
        self.with(|state| {
            let children = state.families.children(state.children_of(parent.index));
            children.map(|child| state.record(child).identity.reference()).collect()
        })
    }

    /// Adds an inbox under this name, or a variant if it is taken. Returns the name.
    pub(in crate::kernel) fn add_inbox(&self, owner: Pid, wanted: &str) -> String {
        self.with(|state| {
            let inbox = state.post.new_inbox(owner.index);
            state.name_added(owner, BoxId::inbox(inbox), wanted)
        })
    }

    /// Adds an outbox under this name, or a variant if it is taken. Returns the name.
    pub(in crate::kernel) fn add_outbox(&self, owner: Pid, wanted: &str) -> String {
        self.with(|state| {
            let outbox = state.post.new_outbox(owner.index);
            state.name_added(owner, BoxId::outbox(outbox), wanted)
        })
    }

    /// Deletes an inbox that was added, cuts what touches it, and hands back what lay in it.
    pub(in crate::kernel) fn delete_inbox(
        &self,
        owner: &ComponentRef,
        name: &str,
    ) -> Result<Vec<Message>, UnknownBoxError> {
        self.delete(owner, name, Side::Inbox)
    }

    /// Deletes an outbox that was added, and cuts what touches it.
    pub(in crate::kernel) fn delete_outbox(
        &self,
        owner: &ComponentRef,
        name: &str,
    ) -> Result<(), UnknownBoxError> {
        self.delete(owner, name, Side::Outbox).map(drop)
    }

    fn delete(&self, owner: &ComponentRef, name: &str, side: Side) -> Result<Vec<Message>, UnknownBoxError> {
        let place = owner.0.pid.index;
        self.cutting(|state| {
            let own_boxes = &state.record(place).own_boxes;
            let Some(box_) = own_boxes.find_added(side, name) else {
                let added = own_boxes.added_names(side).map(str::to_owned).collect();
                return Err(state.unknown(owner, name, side).among_added(added));
            };
            let index = box_.index();
            state.cut_at(box_, None);
            state.record_mut(place).own_boxes.remove(side, name);
            if side == Side::Inbox {
                // Components that were refused without a linkage.
                state.post.dissolve_line(index);
                state.wake_pending();
            }
            let unread = state.post.free_box(box_);
            if side == Side::Inbox {
                state.dropped.remove(&index);
                state.resume_all_at(index);
                state.backpressure.forget_box(index);
            }
            state.changed(|_| Change::BoxDeleted(BoxName { component: owner.id(), side, name: name.into() }));
            Ok(unread.into_iter().map(|queued| queued.message).collect())
        })
    }
}

impl State {
    /// A box by component, name and side.
    #[inline]
    pub(in crate::kernel) fn find(
        &self,
        component: &ComponentRef,
        name: &str,
        side: Side,
    ) -> Result<BoxId, UnknownBoxError> {
        self.look_up(component, name, side).ok_or_else(|| self.unknown(component, name, side))
    }

    /// The same for callers for which a missing box is not an error.
    #[inline]
    pub(in crate::kernel) fn look_up(
        &self,
        component: &ComponentRef,
        name: &str,
        side: Side,
    ) -> Option<BoxId> {
        let own_boxes = &self.record(component.0.pid.index).own_boxes;
        own_boxes.find_declared(side, name).or_else(|| own_boxes.find_added(side, name))
    }

    /// A box without what keeps it.
    fn box_name(&self, box_: BoxId) -> BoxName {
        let record = self.record(self.post.owner(box_));
        BoxName { component: record.identity.id, side: box_.side(), name: record.own_boxes.name(box_).into() }
    }

    /// The boxes at both ends of a linkage.
    pub(in crate::kernel) fn ends(&self, link: &LinkEntry) -> (BoxName, BoxName) {
        (self.box_name(link.source), self.box_name(link.sink))
    }

    /// A linkage as its maker may hold it.
    pub(in crate::kernel) fn linkage(&self, link: LinkId) -> Linkage {
        let LinkEntry { serial, maker, source, sink, .. } = *self.post.link_entry(link);
        let end = |box_: BoxId| {
            let record = self.record(self.post.owner(box_));
            End { component: record.identity.reference(), name: record.own_boxes.name(box_) }
        };
        let kind = LinkageKind::between(source, sink);
        Linkage { serial, maker, kind, source: end(source), sink: end(sink), passage: None }
    }

    fn unknown(&self, component: &ComponentRef, name: &str, side: Side) -> UnknownBoxError {
        let (known, others) = (self.names(component, side), self.names(component, side.other()));
        UnknownBoxError::new(component.name(), side, name, known, &others)
    }

    /// Names a box that was added. Returns the name.
    fn name_added(&mut self, owner: Pid, box_: BoxId, wanted: &str) -> String {
        let name = self.record_mut(owner.index).own_boxes.add(box_, wanted);
        self.changed(|state| Change::BoxAdded(state.box_name(box_)));
        name
    }

    /// The names of the boxes of one side: those declared, then those added.
    pub(in crate::kernel) fn names(&self, component: &ComponentRef, side: Side) -> Vec<String> {
        self.record(component.0.pid.index).own_boxes.names(side).map(str::to_owned).collect()
    }

    /// What was declared of a box, if it was declared and not added.
    pub(in crate::kernel) fn declaration(
        &self,
        component: &ComponentRef,
        box_: BoxId,
    ) -> Option<&Declaration> {
        self.record(component.0.pid.index).own_boxes.declaration(box_)
    }

    /// Cuts a linkage.
    pub(super) fn cut(&mut self, link: LinkId) {
        let target = self.post.end_before_cut(link);
        let (made, post) = self.made_by(self.post.link_entry(link).maker.index);
        let cut = post.unlink(link, made, target);
        post.part(&cut);
        self.remember_ended_sender(&cut);
        self.was_cut(&cut.link);
        self.wake_pending();
    }

    /// Cuts all linkages that a component made, in the order of making.
    pub(super) fn cut_made(&mut self, mut made: MadeBy) {
        let mut cuts = Vec::new();
        // All are taken out first: then a chain is walked once, and not once for each of its linkages.
        let links: Vec<LinkId> = self.post.links_made(made).collect();
        let targets: Vec<u32> = links.iter().map(|link| self.post.end_before_cut(*link)).collect();
        for (link, target) in links.into_iter().zip(targets) {
            cuts.push(self.post.unlink(link, &mut made, target));
        }
        for cut in &cuts {
            self.post.part(cut);
            self.remember_ended_sender(cut);
        }
        // Last, since another linkage may lead to what this one kept.
        for cut in &cuts {
            self.was_cut(&cut.link);
        }
        self.wake_pending();
    }

    /// Records a cut linkage for the watchers, and releases the components that it kept.
    fn was_cut(&mut self, cut: &LinkEntry) {
        self.changed(|state| {
            let (source, sink) = state.ends(cut);
            Change::Unlinked { source, sink }
        });
        self.let_go(self.post.owner(cut.source));
        self.let_go(self.post.owner(cut.sink));
    }

    /// Cuts the linkages that touch a component: those of one maker, or all.
    pub(in crate::kernel) fn cut_touching(&mut self, component: &ComponentRef, maker: Option<Pid>) {
        let record = self.record(component.0.pid.index);
        if !record.is_tied() {
            return;
        }
        for box_ in record.own_boxes.boxes() {
            if !self.post.is_untouched(box_) {
                self.cut_at(box_, maker);
            }
        }
    }

    /// Cuts the linkages that touch a box: those of one maker, or all.
    fn cut_at(&mut self, box_: BoxId, maker: Option<Pid>) {
        let Route { to, first_source, .. } = *self.post.route(box_);
        let is_meant = |link: &LinkEntry| maker.is_none_or(|of| link.maker == of);
        if !to.is_none() && is_meant(self.post.link_entry(to)) {
            self.cut(to);
        }
        let mut next = first_source;
        while !next.is_none() {
            let link = next;
            next = self.post.link_entry(link).next;
            if is_meant(self.post.link_entry(link)) {
                self.cut(link);
            }
        }
    }
}
