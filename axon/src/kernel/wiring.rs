//! Linkages, children, and boxes that come and go while components run.

use std::borrow::Cow;
use std::sync::Arc;

use super::boxes::Declaration;
use super::change::{BoxName, Change, Side};
use super::error::{LinkError, UnknownBox};
use super::id::{ComponentRef, Pid};
use super::linkage::{End, Linkage, LinkageKind, Record as LinkageRecord};
use super::message::Message;
use super::postbox::BoxId;
use super::postoffice::{AddedSide, Desk, Refused, Stir};
use super::state::State;
use super::system::System;

impl LinkageKind {
    /// Which sides of the two components it joins: is the source an outbox, is the sink?
    fn ends_at_outboxes(self) -> (bool, bool) {
        match self {
            LinkageKind::Plain => (true, false),
            LinkageKind::PassThroughInbox => (false, false),
            LinkageKind::PassThroughOutbox => (true, true),
        }
    }
}

impl System {
    /// Makes a linkage for `maker` between components that live here, and moves on what waits in its source
    /// (S19).
    pub(super) fn link(
        &self,
        maker: Pid,
        kind: LinkageKind,
        (source, source_box): (&ComponentRef, &str),
        (sink, sink_box): (&ComponentRef, &str),
    ) -> Result<Linkage, LinkError> {
        let wanted = || format!("{source}.{source_box} -> {sink}.{sink_box}");
        let (from_outbox, to_outbox) = kind.ends_at_outboxes();
        self.with(|state| {
            let from = state.find(source, source_box, from_outbox)?;
            let to = state.find(sink, sink_box, to_outbox)?;
            if let (Some(sends), Some(takes)) = (state.carries(source, from), state.carries(sink, to))
                && sends.differs_from(&takes)
            {
                return Err(LinkError::TypesDiffer {
                    wanted: wanted(),
                    sends: sends.name,
                    takes: takes.name,
                });
            }
            state.post.check(from, to).map_err(|refused| match refused {
                Refused::Linked(existing) => LinkError::BoxAlreadyLinkedToDestination {
                    wanted: wanted(),
                    existing: existing.to_string(),
                },
                Refused::Circle => LinkError::Circle { wanted: wanted() },
                Refused::NoSpace { waiting, room } => LinkError::NoSpace { wanted: wanted(), waiting, room },
            })?;
            state.next_linkage += 1;
            let serial = state.next_linkage;
            let end = |component: &ComponentRef, name: &str, box_: BoxId| End {
                component: component.clone(),
                name: state
                    .declared_name(component, box_)
                    .map_or_else(|| name.to_owned().into(), Cow::Borrowed),
            };
            let (source, sink) = (end(source, source_box, from), end(sink, sink_box, to));
            let linkage =
                Linkage(Arc::new(LinkageRecord { serial, maker, kind, source, sink, passage: None }));
            let mut stir = Stir::default();
            state.post.link(from, to, linkage.clone(), &mut stir);
            state.ties_mut(maker.index).made.insert(serial, from);
            state.changed(|_| Change::linked(&linkage));
            state.stirred(stir);
            Ok(linkage)
        })
    }

    /// Cuts a linkage, if `maker` made it and it is still there.
    pub(super) fn unlink(&self, maker: Pid, linkage: &Linkage) {
        let cut = self.with(|state| {
            if linkage.0.maker != maker {
                return None;
            }
            let source = *state.ties_mut(maker.index).made.get(&linkage.0.serial)?;
            state.cut(source)
        });
        drop(cut);
    }

    /// Cuts all linkages that `maker` made and that lead to or from a box of `component`.
    pub(super) fn unlink_component(&self, maker: Pid, component: &ComponentRef) {
        let cut = self.with(|state| state.cut_touching(component, Some(maker)));
        drop(cut);
    }

    /// The linkages that `maker` made and that are there, in the order of making.
    pub(super) fn linkages(&self, maker: Pid) -> Vec<Linkage> {
        self.with(|state| {
            let made: Vec<BoxId> = state.ties_mut(maker.index).made.values().copied().collect();
            made.iter().filter_map(|source| state.post.linkage_of(*source).cloned()).collect()
        })
    }

    /// Whether a component lives in this scheduler.
    pub(super) fn houses(&self, component: &ComponentRef) -> bool {
        std::ptr::addr_eq(Arc::as_ptr(&component.0.outside), Arc::as_ptr(&self.door))
    }

    /// Makes `child` a child of `parent`.
    pub(super) fn adopt(&self, parent: Pid, child: &ComponentRef) {
        assert!(
            self.houses(child),
            "{child} lives in another scheduler and cannot become a child in this one"
        );
        self.with(|state| {
            let order = state.order();
            state.ties_mut(parent.index).children.insert(order, child.clone());
            state.ties_mut(child.0.pid.index).parents.push((parent, order));
        });
    }

    /// Takes `child` off the list of `parent`, and cuts the linkages of the parent that touch it (S22).
    pub(super) fn disown(&self, parent: Pid, child: &ComponentRef) {
        let gone = self.with(|state| {
            let orders: Vec<u64> = match &mut state.record_mut(child.0.pid.index).ties {
                Some(ties) => {
                    let (own, others) = ties.parents.drain(..).partition(|(of, _)| *of == parent);
                    ties.parents = others;
                    ties.supervisor.take_if(|supervisor| *supervisor == parent);
                    let own: Vec<(Pid, u64)> = own;
                    own.into_iter().map(|(_, order)| order).collect()
                }
                None => Vec::new(),
            };
            let ties = state.ties_mut(parent.index);
            let gone: Vec<_> = orders.iter().filter_map(|order| ties.children.remove(order)).collect();
            (gone, state.cut_touching(child, Some(parent)))
        });
        drop(gone);
    }

    pub(super) fn children(&self, parent: Pid) -> Vec<ComponentRef> {
        self.with(|state| {
            let ties = &state.record(parent.index).ties;
            ties.iter().flat_map(|ties| ties.children.values().cloned()).collect()
        })
    }

    /// Adds an inbox under this name, or a variant if it is taken. Returns the name.
    pub(super) fn add_inbox(&self, owner: Pid, wanted: &str) -> String {
        self.with(|state| {
            let inbox = state.post.new_inbox(owner.index);
            let desk = &mut state.record_mut(owner.index).desk;
            let table = &desk.table.inboxes;
            let added = &mut desk.added.get_or_insert_default().inboxes;
            let name = added.insert(wanted, |name| table.find(name).is_some(), inbox).to_string();
            state.changed(|state| Change::BoxAdded(state.box_name(owner.index, false, &name)));
            name
        })
    }

    /// Adds an outbox under this name, or a variant if it is taken. Returns the name.
    pub(super) fn add_outbox(&self, owner: Pid, wanted: &str) -> String {
        self.with(|state| {
            let outbox = state.post.new_outbox(owner.index);
            let desk = &mut state.record_mut(owner.index).desk;
            let table = &desk.table.outboxes;
            let added = &mut desk.added.get_or_insert_default().outboxes;
            let name = added.insert(wanted, |name| table.find(name).is_some(), outbox).to_string();
            state.changed(|state| Change::BoxAdded(state.box_name(owner.index, true, &name)));
            name
        })
    }

    /// Deletes an inbox that was added, cuts what touches it, and hands back what lay in it.
    pub(super) fn delete_inbox(&self, owner: &ComponentRef, name: &str) -> Result<Vec<Message>, UnknownBox> {
        let (letters, cut) = self.delete(owner, name, false)?;
        drop(cut);
        Ok(letters)
    }

    /// Deletes an outbox that was added, and cuts what touches it.
    pub(super) fn delete_outbox(&self, owner: &ComponentRef, name: &str) -> Result<(), UnknownBox> {
        self.delete(owner, name, true).map(drop)
    }

    fn delete(
        &self,
        owner: &ComponentRef,
        name: &str,
        outbox: bool,
    ) -> Result<(Vec<Message>, Vec<Linkage>), UnknownBox> {
        self.with(|state| {
            let added = state.record_mut(owner.0.pid.index).desk.added.as_deref_mut();
            let side = added.map(|added| if outbox { &mut added.outboxes } else { &mut added.inboxes });
            let Some(index) = side.and_then(|side| side.remove(name)) else {
                let mut unknown = state.unknown(owner, name, outbox);
                unknown.known = state.added_names(owner, outbox);
                unknown.side = if outbox { "added outbox" } else { "added inbox" };
                return Err(unknown);
            };
            let box_ = if outbox { BoxId::outbox(index) } else { BoxId::inbox(index) };
            let mut touching = Vec::new();
            state.post.touching(box_, &mut touching);
            let cut = touching.into_iter().filter_map(|source| state.cut(source)).collect();
            if !outbox {
                // Those refused without a linkage.
                let senders = state.post.inboxes[index as usize].dissolve_line().collect();
                state.stirred(Stir { senders, ..Stir::default() });
            }
            let letters = state.post.free_box(box_);
            state.changed(|state| Change::BoxDeleted(state.box_name(owner.0.pid.index, outbox, name)));
            Ok((letters.into_iter().map(|letter| letter.message).collect(), cut))
        })
    }
}

impl State {
    /// A box by component, name and side.
    pub(super) fn find(
        &self,
        component: &ComponentRef,
        name: &str,
        outbox: bool,
    ) -> Result<BoxId, UnknownBox> {
        let desk = &self.record(component.0.pid.index).desk;
        let added = |side: &AddedSide| side.by_name.get(name).map(|(_, index)| *index);
        let found = if outbox {
            let declared = desk.table.outboxes.find(name).map(|at| desk.first_outbox + at as u32);
            let index = declared.or_else(|| added(&desk.added.as_ref()?.outboxes));
            index.map(BoxId::outbox)
        } else {
            let declared = desk.table.inboxes.find(name).map(|at| desk.first_inbox + at as u32);
            let index = declared.or_else(|| added(&desk.added.as_ref()?.inboxes));
            index.map(BoxId::inbox)
        };
        found.ok_or_else(|| self.unknown(component, name, outbox))
    }

    fn box_name(&self, owner: u32, outbox: bool, name: &str) -> BoxName {
        let side = if outbox { Side::Outbox } else { Side::Inbox };
        BoxName { component: self.record(owner).identity.id, side, name: name.into() }
    }

    fn unknown(&self, component: &ComponentRef, name: &str, outbox: bool) -> UnknownBox {
        UnknownBox {
            component: component.name(),
            side: if outbox { "outbox" } else { "inbox" },
            name: name.into(),
            known: self.names(component, outbox),
        }
    }

    /// The names of the boxes of one side: those declared, then those added.
    pub(super) fn names(&self, component: &ComponentRef, outbox: bool) -> Vec<String> {
        let desk = &self.record(component.0.pid.index).desk;
        let table = if outbox { &desk.table.outboxes } else { &desk.table.inboxes };
        let declared = table.declarations().iter().map(|declaration| declaration.name.to_owned());
        declared.chain(self.added_names(component, outbox)).collect()
    }

    /// All boxes of a component.
    fn boxes_of(&self, component: &ComponentRef) -> Vec<BoxId> {
        let Desk { table, first_inbox, first_outbox, added } = &self.record(component.0.pid.index).desk;
        let inboxes = *first_inbox..first_inbox + table.inboxes.declarations().len() as u32;
        let outboxes = *first_outbox..first_outbox + table.outboxes.declarations().len() as u32;
        let mut boxes: Vec<BoxId> = inboxes.map(BoxId::inbox).chain(outboxes.map(BoxId::outbox)).collect();
        if let Some(added) = added {
            boxes.extend(added.inboxes.in_order.values().map(|(_, index)| BoxId::inbox(*index)));
            boxes.extend(added.outboxes.in_order.values().map(|(_, index)| BoxId::outbox(*index)));
        }
        boxes
    }

    fn added_names(&self, component: &ComponentRef, outbox: bool) -> Vec<String> {
        let added = self.record(component.0.pid.index).desk.added.iter();
        added
            .flat_map(|added| {
                let side = if outbox { &added.outboxes } else { &added.inboxes };
                side.in_order.values().map(|(name, _)| name.to_string())
            })
            .collect()
    }

    /// The type that a box was declared for.
    pub(super) fn carries(
        &self,
        component: &ComponentRef,
        box_: BoxId,
    ) -> Option<super::boxes::DeclaredType> {
        self.declaration(component, box_)?.carries
    }

    /// The name of a box, if it was declared and not added.
    fn declared_name(&self, component: &ComponentRef, box_: BoxId) -> Option<&'static str> {
        Some(self.declaration(component, box_)?.name)
    }

    fn declaration(&self, component: &ComponentRef, box_: BoxId) -> Option<&Declaration> {
        let desk = &self.record(component.0.pid.index).desk;
        let (table, first) = if box_.is_outbox() {
            (&desk.table.outboxes, desk.first_outbox)
        } else {
            (&desk.table.inboxes, desk.first_inbox)
        };
        table.declarations().get(box_.index().checked_sub(first)? as usize)
    }

    /// Cuts the linkage that leads on from a box, and takes it off its maker's list.
    fn cut(&mut self, source: BoxId) -> Option<Linkage> {
        let mut stir = Stir::default();
        let linkage = self.post.unlink(source, &mut stir)?;
        let maker = linkage.0.maker;
        if let Some(Some(record)) = self.records.get_mut(maker.index as usize)
            && record.identity.pid == maker
            && let Some(ties) = &mut record.ties
        {
            ties.made.remove(&linkage.0.serial);
        }
        self.changed(|_| Change::unlinked(&linkage));
        self.stirred(stir);
        Some(linkage)
    }

    /// Cuts the linkages that touch a component: those of one maker, or all.
    pub(super) fn cut_touching(&mut self, component: &ComponentRef, maker: Option<Pid>) -> Vec<Linkage> {
        let mut touching = Vec::new();
        for box_ in self.boxes_of(component) {
            self.post.touching(box_, &mut touching);
        }
        touching.retain(|source| {
            self.post.linkage_of(*source).is_some_and(|linkage| maker.is_none_or(|of| linkage.0.maker == of))
        });
        touching.into_iter().filter_map(|source| self.cut(source)).collect()
    }
}
