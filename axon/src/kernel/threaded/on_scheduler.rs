//! What the scheduler's thread does on behalf of a component's thread: linkages, boxes, children, services.
//!
//! Ported from `_do_threadsafe` of `Axon.ThreadedComponent`.
//!
//! *Differs from Kamaelia* (B10): an error comes back to the thread that asked. There it ends the run, and the thread
//! waits for an answer for ever.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use super::thread_context::ThreadContext;
use crate::kernel::boxes::{Linkage, LinkageKind};
use crate::kernel::component::{Context, IntoComponent};
use crate::kernel::error::Result;
use crate::kernel::id::ComponentRef;
use crate::kernel::message::Message;

/// A box of a component, named for a verb that concerns two components.
type Endpoint<'a> = (&'a ComponentRef, &'a str);

impl ThreadContext {
    /// Runs `work` on the scheduler's thread, as this component, and waits for its result. Messages that this thread
    /// sent before are sent on first, as far as there is room.
    ///
    /// The other verbs that need the scheduler are built on this one.
    ///
    /// # Errors
    ///
    /// [`StoppedError`](crate::error::StoppedError), if the component has ended.
    ///
    /// # Panics
    ///
    /// If `work` panics: the panic continues here, not on the scheduler's thread.
    #[doc(alias = "_do_threadsafe")]
    pub fn on_scheduler<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Context) -> T + Send + 'static,
    ) -> Result<T> {
        let result = Arc::new(Mutex::new(None));
        let place = Arc::clone(&result);
        let is_done = self.exchange.ask(Box::new(move |cx| {
            let done = catch_unwind(AssertUnwindSafe(|| work(cx)));
            *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(done);
        }));
        let done = result.lock().unwrap_or_else(PoisonError::into_inner).take();
        match done.filter(|_| is_done) {
            Some(Ok(value)) => Ok(value),
            Some(Err(panic)) => resume_unwind(panic),
            None => Err(self.stopped()),
        }
    }

    /// Waits until the scheduler has given this component a turn: one round trip. Messages that were sent before have
    /// then reached their destinations, as far as there is room.
    ///
    /// # Errors
    ///
    /// As [`ThreadContext::on_scheduler`].
    pub fn sync(&self) -> Result {
        self.on_scheduler(|_| ())
    }

    /// Whether anybody may still read what is sent out of an outbox, as [`Context::is_heard`] says.
    ///
    /// # Errors
    ///
    /// As [`ThreadContext::on_scheduler`].
    pub fn is_heard(&self, outbox: &str) -> Result<bool> {
        let outbox = outbox.to_owned();
        self.on_scheduler(move |cx| cx.is_heard(&outbox))
    }

    /// Links an outbox to an inbox, as [`Context::link`] does.
    ///
    /// # Errors
    ///
    /// The [`LinkError`](crate::error::LinkError) of `Context::link`, or as
    /// [`ThreadContext::on_scheduler`].
    pub fn link(&self, source: Endpoint<'_>, sink: Endpoint<'_>) -> Result<Linkage> {
        self.make_linkage(LinkageKind::Plain, source, sink)
    }

    /// Passes an inbox of an outer component through to an inbox of an inner one. If the outer one is this
    /// component, what has reached its thread already stays there.
    ///
    /// # Errors
    ///
    /// As [`ThreadContext::link`].
    #[doc(alias = "passthrough=1")]
    pub fn pass_through_inbox(&self, outer: Endpoint<'_>, inner: Endpoint<'_>) -> Result<Linkage> {
        self.make_linkage(LinkageKind::PassThroughInbox, outer, inner)
    }

    /// Passes an outbox of an inner component through to an outbox of an outer one.
    ///
    /// # Errors
    ///
    /// As [`ThreadContext::link`].
    #[doc(alias = "passthrough=2")]
    pub fn pass_through_outbox(&self, inner: Endpoint<'_>, outer: Endpoint<'_>) -> Result<Linkage> {
        self.make_linkage(LinkageKind::PassThroughOutbox, inner, outer)
    }

    fn make_linkage(&self, kind: LinkageKind, source: Endpoint<'_>, sink: Endpoint<'_>) -> Result<Linkage> {
        let own = |(component, name): Endpoint<'_>| (component.clone(), String::from(name));
        let ((source, outbox), (sink, inbox)) = (own(source), own(sink));
        let made = self.on_scheduler(move |cx| {
            let (source, sink) = ((&source, &*outbox), (&sink, &*inbox));
            match kind {
                LinkageKind::Plain => cx.link(source, sink),
                LinkageKind::PassThroughInbox => cx.pass_through_inbox(source, sink),
                LinkageKind::PassThroughOutbox => cx.pass_through_outbox(source, sink),
            }
        })?;
        Ok(made?)
    }

    /// Cuts a linkage that this component made.
    ///
    /// # Errors
    ///
    /// As [`ThreadContext::on_scheduler`].
    pub fn unlink(&self, linkage: &Linkage) -> Result {
        let linkage = linkage.clone();
        self.on_scheduler(move |cx| cx.unlink(linkage))
    }

    /// Cuts the linkages that this component made and that lead to or from a box of `component`.
    ///
    /// # Errors
    ///
    /// As [`ThreadContext::on_scheduler`].
    pub fn unlink_component(&self, component: &ComponentRef) -> Result {
        let component = component.clone();
        self.on_scheduler(move |cx| cx.unlink_component(&component))
    }

    /// Adds an inbox, under this name or, if it is taken, a variant of it. Returns the name.
    ///
    /// # Errors
    ///
    /// As [`ThreadContext::on_scheduler`].
    #[doc(alias = "addInbox")]
    pub fn add_inbox(&self, name: &str) -> Result<String> {
        let name = name.to_owned();
        self.on_scheduler(move |cx| cx.add_inbox(&name))
    }

    /// Adds an outbox, under this name or, if it is taken, a variant of it. Returns the name.
    ///
    /// # Errors
    ///
    /// As [`ThreadContext::on_scheduler`].
    #[doc(alias = "addOutbox")]
    pub fn add_outbox(&self, name: &str) -> Result<String> {
        let name = name.to_owned();
        self.on_scheduler(move |cx| cx.add_outbox(&name))
    }

    /// Deletes an added inbox, with the linkages that touch it. Returns the messages that were in it, or
    /// on their way to this thread.
    ///
    /// # Errors
    ///
    /// [`UnknownBoxError`](crate::error::UnknownBoxError) if no inbox of this name was added, or as
    /// [`ThreadContext::on_scheduler`].
    #[doc(alias = "deleteInbox")]
    pub fn delete_inbox(&self, name: &str) -> Result<Vec<Message>> {
        let (name, exchange) = (name.to_owned(), Arc::clone(&self.exchange));
        let deleted = self.on_scheduler(move |cx| {
            cx.delete_inbox(&name).map(|in_the_box| {
                let mut messages = exchange.empty_in(&name);
                messages.extend(in_the_box);
                messages
            })
        })?;
        Ok(deleted?)
    }

    /// Deletes an added outbox, with the linkages that touch it. Returns the messages that were sent and
    /// found no room.
    ///
    /// # Errors
    ///
    /// As [`ThreadContext::delete_inbox`].
    #[doc(alias = "deleteOutbox")]
    pub fn delete_outbox(&self, name: &str) -> Result<Vec<Message>> {
        let (name, exchange) = (name.to_owned(), Arc::clone(&self.exchange));
        let deleted =
            self.on_scheduler(move |cx| cx.delete_outbox(&name).map(|()| exchange.empty_out(&name)))?;
        Ok(deleted?)
    }

    /// Limits an inbox to `size` messages, or lifts the limit. Between the inbox of a threaded component and its
    /// thread, the length of its queue comes on top.
    ///
    /// # Errors
    ///
    /// [`UnknownBoxError`](crate::error::UnknownBoxError), or as [`ThreadContext::on_scheduler`].
    #[doc(alias = "setSize")]
    pub fn set_size(&self, (component, inbox): Endpoint<'_>, size: Option<usize>) -> Result {
        let (component, inbox) = (component.clone(), inbox.to_owned());
        Ok(self.on_scheduler(move |cx| cx.set_size((&component, &inbox), size))??)
    }

    /// Makes a component on the scheduler's thread: its boxes exist, but it does not run yet.
    ///
    /// # Errors
    ///
    /// As [`ThreadContext::on_scheduler`].
    pub fn add<C: IntoComponent>(&self, make: impl FnOnce() -> C + Send + 'static) -> Result<ComponentRef> {
        self.on_scheduler(|cx| cx.add(make()))
    }

    /// Makes a component on the scheduler's thread and becomes its parent: a pause ends when it ends.
    ///
    /// # Errors
    ///
    /// As [`ThreadContext::on_scheduler`].
    #[doc(alias = "addChildren")]
    pub fn add_child<C: IntoComponent>(
        &self,
        make: impl FnOnce() -> C + Send + 'static,
    ) -> Result<ComponentRef> {
        self.on_scheduler(|cx| cx.add_child(make()))
    }

    /// Activates a made component.
    ///
    /// # Errors
    ///
    /// As [`ThreadContext::on_scheduler`].
    pub fn activate(&self, component: &ComponentRef) -> Result {
        let component = component.clone();
        self.on_scheduler(move |cx| drop(cx.activate(component)))
    }

    /// Is no longer the parent of `child`, and cuts the linkages it made that touch it.
    ///
    /// # Errors
    ///
    /// As [`ThreadContext::on_scheduler`].
    #[doc(alias = "removeChild")]
    pub fn remove_child(&self, child: &ComponentRef) -> Result {
        let child = child.clone();
        self.on_scheduler(move |cx| cx.remove_child(&child))
    }

    /// Offers an inbox of a component as a service, as [`Context::register_service`] does.
    ///
    /// # Errors
    ///
    /// [`TrackerError`](crate::error::TrackerError), or as [`ThreadContext::on_scheduler`].
    #[doc(alias = "registerService")]
    pub fn register_service(&self, name: &str, (component, inbox): Endpoint<'_>) -> Result {
        let (name, component, inbox) = (name.to_owned(), component.clone(), inbox.to_owned());
        Ok(self.on_scheduler(move |cx| cx.register_service(&name, (&component, &inbox)))??)
    }

    /// The component and inbox that offer a service.
    ///
    /// # Errors
    ///
    /// As [`ThreadContext::on_scheduler`].
    #[doc(alias = "retrieveService")]
    pub fn retrieve_service(&self, name: &str) -> Result<Option<(ComponentRef, String)>> {
        let name = name.to_owned();
        self.on_scheduler(move |cx| cx.tracker().retrieve_service(&name))
    }

    /// Takes a service off the tracker's list.
    ///
    /// # Errors
    ///
    /// [`TrackerError`](crate::error::TrackerError), or as [`ThreadContext::on_scheduler`].
    #[doc(alias = "deRegisterService")]
    pub fn deregister_service(&self, name: &str) -> Result {
        let name = name.to_owned();
        Ok(self.on_scheduler(move |cx| cx.tracker().deregister_service(&name))??)
    }
}
