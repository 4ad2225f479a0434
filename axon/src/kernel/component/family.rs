//! Linkages and children: how a component puts others together.
//!
//! Ported from `link`, `unlink`, `addChildren`, `removeChild` of `Axon.Component`.

use std::borrow::Borrow;
use std::panic::Location;
use std::task::Waker;
use std::time::Duration;

use super::context::Context;
use super::definition::IntoComponent;
use super::definition::sealed::Host;
use crate::kernel::boxes::{BoxId, Linkage, LinkageKind};
use crate::kernel::error::{LinkError, ParkTaken, UnknownBox};
use crate::kernel::id::ComponentRef;
use crate::kernel::outside::Park;
use crate::kernel::scheduler::{Remote, Stopper};
use crate::kernel::side::Side;
use crate::kernel::system::{NewPark, Service, StopOrder};

/// A box of a component, named for a verb that concerns two components.
pub type Endpoint<'a> = (&'a ComponentRef, &'a str);

impl Context {
    /// Links an outbox to an inbox. The linkage lasts until it is cut or this component ends.
    ///
    /// Either may live in another scheduler, on another thread. Then messages are on their way for a
    /// while, and what is wrong at the other end is told in the log: `docs/decisions/crossing.md` says
    /// what else is promised.
    ///
    /// # Errors
    ///
    /// If an end does not exist, the outbox is linked already, the chain would be a circle, or the boxes
    /// were declared for different types. Nothing is changed then.
    pub fn link(&self, source: Endpoint<'_>, sink: Endpoint<'_>) -> Result<Linkage, LinkError> {
        self.join(LinkageKind::Plain, source, sink)
    }

    /// Passes an inbox of an outer component through to an inbox of an inner one: what waits in the outer
    /// moves on, in order, and the outer stores nothing any more. Python's `passthrough=1`.
    ///
    /// # Errors
    ///
    /// As [`Context::link`], and if what waits finds no room.
    #[doc(alias = "passthrough=1")]
    pub fn pass_through_inbox(&self, outer: Endpoint<'_>, inner: Endpoint<'_>) -> Result<Linkage, LinkError> {
        self.join(LinkageKind::PassThroughInbox, outer, inner)
    }

    /// Passes an outbox of an inner component through to an outbox of an outer one. Python's
    /// `passthrough=2`.
    ///
    /// # Errors
    ///
    /// As [`Context::link`].
    #[doc(alias = "passthrough=2")]
    pub fn pass_through_outbox(
        &self,
        inner: Endpoint<'_>,
        outer: Endpoint<'_>,
    ) -> Result<Linkage, LinkError> {
        self.join(LinkageKind::PassThroughOutbox, inner, outer)
    }

    fn join(
        &self,
        kind: LinkageKind,
        source: Endpoint<'_>,
        sink: Endpoint<'_>,
    ) -> Result<Linkage, LinkError> {
        if self.system.owns(source.0) && self.system.owns(sink.0) {
            self.system.link(self.pid(), kind, source, sink)
        } else {
            self.link_across(kind, source, sink)
        }
    }

    /// Cuts a linkage that this component made. Nothing happens if it is cut already, or another's.
    /// What was delivered stays delivered.
    pub fn unlink(&self, linkage: impl Borrow<Linkage>) {
        let linkage = linkage.borrow();
        if linkage.passage.is_some() {
            self.unlink_across(linkage);
        } else {
            self.system.unlink(self.pid(), linkage);
        }
    }

    /// Cuts the linkages that this component made and that lead to or from a box of `component`.
    pub fn unlink_component(&self, component: &ComponentRef) {
        self.unlink_component_across(component);
        if self.system.owns(component) {
            self.system.unlink_component(self.pid(), component);
        }
    }

    /// The linkages that this component made and that are there, in the order of making.
    pub fn linkages(&self) -> Vec<Linkage> {
        let mut linkages = self.system.linkages(self.pid());
        linkages.extend(self.linkages_across());
        linkages.sort_by_key(|linkage| linkage.serial);
        linkages
    }

    /// A component that is in this scheduler.
    #[track_caller]
    pub(super) fn here<'a>(&self, component: &'a ComponentRef) -> &'a ComponentRef {
        assert!(self.system.owns(component), "{component} lives in another scheduler than {}", self.me);
        component
    }

    /// Limits an inbox to `size` messages, or lifts the limit. What lies in it stays.
    ///
    /// # Errors
    ///
    /// If the component has no such inbox.
    #[doc(alias = "setSize")]
    #[track_caller]
    pub fn set_size(&self, (component, inbox): Endpoint<'_>, size: Option<usize>) -> Result<(), UnknownBox> {
        let component = self.here(component);
        let found = self.system.with(|state| state.find(component, inbox, Side::Inbox))?;
        self.system.set_size(found.index(), size);
        Ok(())
    }

    /// How many messages an inbox may hold; `None` for any number.
    ///
    /// # Errors
    ///
    /// If the component has no such inbox.
    #[track_caller]
    pub fn size(&self, (component, inbox): Endpoint<'_>) -> Result<Option<usize>, UnknownBox> {
        let component = self.here(component);
        let found = self.system.with(|state| state.find(component, inbox, Side::Inbox))?;
        Ok(self.system.size(found.index()))
    }

    /// The names of a component's inboxes: those declared, then those added.
    #[track_caller]
    pub fn inboxes(&self, component: &ComponentRef) -> Vec<String> {
        let component = self.here(component);
        self.system.with(|state| state.names(component, Side::Inbox))
    }

    /// The names of a component's outboxes: those declared, then those added.
    #[track_caller]
    pub fn outboxes(&self, component: &ComponentRef) -> Vec<String> {
        let component = self.here(component);
        self.system.with(|state| state.names(component, Side::Outbox))
    }

    /// Whether a component has an inbox of this name.
    #[track_caller]
    pub fn has_inbox(&self, component: &ComponentRef, name: &str) -> bool {
        let component = self.here(component);
        self.system.with(|state| state.look_up(component, name, Side::Inbox).is_some())
    }

    /// Whether a component has an outbox of this name.
    #[track_caller]
    pub fn has_outbox(&self, component: &ComponentRef, name: &str) -> bool {
        let component = self.here(component);
        self.system.with(|state| state.look_up(component, name, Side::Outbox).is_some())
    }

    /// Whether what this component sends out of an outbox arrives in this inbox, by whatever way. Never for
    /// an inbox in another scheduler.
    #[track_caller]
    pub fn leads_to(&self, outbox: &str, (component, inbox): Endpoint<'_>) -> bool {
        let outbox = BoxId::outbox(self.outbox(outbox));
        self.system.owns(component)
            && self.system.with(|state| {
                let inbox = state.look_up(component, inbox, Side::Inbox);
                inbox.is_some_and(|inbox| state.post.end_of(inbox) == state.post.end_of(outbox))
            })
    }

    /// Makes a component: its boxes exist and can be linked, it does not run. One that is made already
    /// is returned as it is. It lives while it is referred to.
    #[track_caller]
    pub fn add(&self, component: impl IntoComponent) -> ComponentRef {
        component.make(&Host(&self.system), Location::caller())
    }

    /// Activates a component: it takes its first turn in the next pass, after all that run already.
    /// Activating twice, or one that has ended, changes nothing.
    #[track_caller]
    pub fn activate(&self, component: impl IntoComponent) -> ComponentRef {
        component.activate(&Host(&self.system), Location::caller())
    }

    /// Makes a component and becomes its parent, who is woken when it ends. It is not activated.
    #[track_caller]
    #[doc(alias = "addChildren")]
    pub fn add_child(&self, component: impl IntoComponent) -> ComponentRef {
        let child = component.make(&Host(&self.system), Location::caller());
        self.system.adopt(self.pid(), &child);
        child
    }

    /// Is no longer the parent of `child`, and cuts the linkages it made that touch it.
    #[doc(alias = "removeChild")]
    #[track_caller]
    pub fn remove_child(&self, child: &ComponentRef) {
        self.system.disown(self.pid(), self.here(child));
        self.unlink_component_across(child);
    }

    /// The children, in the order of adding; twice those that were added twice.
    #[doc(alias = "childComponents")]
    pub fn children(&self) -> Vec<ComponentRef> {
        self.system.children(self.pid())
    }

    /// Wakes a component that is paused.
    #[track_caller]
    pub fn unpause(&self, component: &ComponentRef) {
        self.system.unpause(self.here(component));
    }

    /// Stops a component, awake or asleep: it takes no further turn and counts as ended at once. What it
    /// owns is dropped before anybody else runs.
    #[track_caller]
    pub fn stop(&self, component: &ComponentRef) {
        self.system.stop_component(self.here(component));
    }

    /// Stops the scheduler: this pass is finished, then all components are stopped.
    #[doc(alias = "scheduler.run.stop")]
    pub fn stop_scheduler(&self) {
        self.system.order_stop(StopOrder::AtOnce);
    }

    /// Ends the run in order: components are told that no more will come, and have this time to finish what
    /// they have. Those without a parent are told, and the rest by these. Who is left after four fifths of
    /// the time is told to stop at once; services, such as the Selector, end last. Who is left at the end
    /// of the time is stopped, and named in the run's result.
    pub fn stop_scheduler_within(&self, time: Duration) {
        self.system.order_stop(StopOrder::Within(time));
    }

    /// Declares this component a service: services alone do not keep a run alive. When only services are
    /// left, each gets a `shutdownMicroprocess` on `control`; those that go on sleeping are stopped.
    pub fn declare_service(&self) {
        self.system.with(|state| {
            let record = state.record_mut(self.pid().index);
            if record.service == Service::No {
                record.service = Service::Yes;
                state.services += 1;
            }
        });
    }

    /// A waker of this component, for any thread. While one lives, a run in which all sleep waits for it.
    pub fn waker(&self) -> Waker {
        Waker::from(std::sync::Arc::clone(&self.me.0))
    }

    /// A handle on the scheduler, for any thread. While one lives, a run in which all sleep waits for it.
    pub fn remote(&self) -> Remote {
        Remote::new(&self.system.inbound)
    }

    /// What stops the scheduler from another thread, and keeps no run alive.
    pub fn stopper(&self) -> Stopper {
        Stopper::new(&self.system.inbound)
    }

    /// Lets the scheduler sleep in `park` from the next pass on.
    ///
    /// # Errors
    ///
    /// If another parking place is installed.
    pub fn install_park(&self, park: impl Park) -> Result<(), ParkTaken> {
        if self.system.park_is_taken.replace(true) {
            return Err(ParkTaken);
        }
        self.system.new_park.replace(Some(NewPark::Install(Box::new(park))));
        self.system.attention.set(true);
        Ok(())
    }

    /// Gives the parking place up: the scheduler sleeps in its own again.
    pub fn remove_park(&self) {
        if self.system.park_is_taken.replace(false) {
            self.system.new_park.replace(Some(NewPark::Remove));
            self.system.attention.set(true);
        }
    }
}
