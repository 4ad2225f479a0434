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
use crate::kernel::boxes::{BoxId, Linkage, LinkageKind, NONE};
use crate::kernel::error::{LinkError, ParkTakenError, UnknownBoxError};
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
    /// Either component may live in another scheduler, on another thread. Then messages are on their way for a while,
    /// and errors at the other end are logged: `docs/decisions/crossing.md` says what else is promised.
    ///
    /// # Errors
    ///
    /// If an end does not exist, the outbox is linked already, the chain would be a circle, or the boxes
    /// were declared for different types. Nothing is changed then.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// use axon::util::{ConsoleEchoer, ConsoleReader};
    ///
    /// let (reader, echoer) = (cx.add_child(ConsoleReader::new()), cx.add_child(ConsoleEchoer::new()));
    /// cx.link((&reader, "outbox"), (&echoer, "inbox"))?;
    /// cx.link((&reader, "signal"), (&echoer, "control"))?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn link(&self, source: Endpoint<'_>, sink: Endpoint<'_>) -> Result<Linkage, LinkError> {
        self.join(LinkageKind::Plain, source, sink)
    }

    /// Passes an inbox of an outer component through to an inbox of an inner one: what waits in the outer
    /// moves on, in order, and the outer stores nothing any more. Python's `passthrough=1`.
    ///
    /// # Errors
    ///
    /// As [`Context::link`], and if there is no room for the messages that wait.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// // What arrives at this component is its child's.
    /// let child = cx.add_child(axon::util::ConsoleEchoer::new());
    /// cx.pass_through_inbox((cx.me(), "inbox"), (&child, "inbox"))?;
    /// # Ok(())
    /// # }
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// // What the child sends leaves this component.
    /// let child = cx.add_child(axon::util::ConsoleReader::new());
    /// cx.pass_through_outbox((&child, "outbox"), (cx.me(), "outbox"))?;
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "passthrough=2")]
    pub fn pass_through_outbox(
        &self,
        inner: Endpoint<'_>,
        outer: Endpoint<'_>,
    ) -> Result<Linkage, LinkError> {
        self.join(LinkageKind::PassThroughOutbox, inner, outer)
    }

    #[inline]
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

    /// Cuts a linkage that this component made. Nothing happens if it is cut already, or was made by another
    /// component. What was delivered stays delivered.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// let child = cx.add_child(axon::util::ConsoleEchoer::new());
    /// let linkage = cx.link((cx.me(), "outbox"), (&child, "inbox"))?;
    /// cx.send("outbox", "it arrives")?;
    /// cx.unlink(linkage);
    /// cx.send("outbox", "it does not")?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn unlink(&self, linkage: impl Borrow<Linkage>) {
        let linkage = linkage.borrow();
        if linkage.passage.is_some() {
            self.unlink_across(linkage);
        } else {
            self.system.unlink(self.pid(), linkage);
        }
    }

    /// Cuts the linkages that this component made and that lead to or from a box of `component`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use axon::{ComponentRef, Context};
    /// /// The old receiver gets nothing more, the new one the rest.
    /// fn replace(cx: &Context, old: &ComponentRef, new: &ComponentRef) -> axon::Result {
    ///     cx.unlink_component(old);
    ///     cx.link((cx.me(), "outbox"), (new, "inbox"))?;
    ///     Ok(())
    /// }
    /// ```
    pub fn unlink_component(&self, component: &ComponentRef) {
        self.unlink_component_across(component);
        if self.system.owns(component) {
            self.system.unlink_component(self.pid(), component);
        }
    }

    /// The linkages that this component made and that are there, in the order of making.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// for linkage in cx.linkages() {
    ///     println!("{linkage}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn linkages(&self) -> Vec<Linkage> {
        let mut linkages = self.system.linkages(self.pid());
        linkages.extend(self.linkages_across());
        linkages.sort_by_key(|linkage| linkage.serial);
        linkages
    }

    /// A component that is in this scheduler.
    #[track_caller]
    pub(super) fn here<'a>(&self, component: &'a ComponentRef) -> &'a ComponentRef {
        assert!(self.system.owns(component), "{component} lives in another scheduler than {}", self.me());
        component
    }

    /// Limits an inbox to `size` messages, or lifts the limit. Messages that are in it stay.
    ///
    /// # Errors
    ///
    /// If the component has no such inbox.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// let child = cx.add_child(axon::util::ConsoleEchoer::new());
    /// cx.set_size((&child, "inbox"), Some(1))?;
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "setSize")]
    #[track_caller]
    pub fn set_size(
        &self,
        (component, inbox): Endpoint<'_>,
        size: Option<usize>,
    ) -> Result<(), UnknownBoxError> {
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
    ///
    /// # Examples
    ///
    /// ```
    /// use axon::prelude::*;
    ///
    /// let mut scheduler = Scheduler::new();
    /// let echoer = scheduler.add(ConsoleEchoer::new());
    /// let cx = scheduler.context(&echoer);
    /// cx.set_size((&echoer, "inbox"), Some(10))?;
    /// assert_eq!(cx.size((&echoer, "inbox"))?, Some(10));
    /// # Ok::<(), axon::error::UnknownBoxError>(())
    /// ```
    #[track_caller]
    pub fn size(&self, (component, inbox): Endpoint<'_>) -> Result<Option<usize>, UnknownBoxError> {
        let component = self.here(component);
        let found = self.system.with(|state| state.find(component, inbox, Side::Inbox))?;
        Ok(self.system.size(found.index()))
    }

    /// The names of a component's inboxes: those declared, then those added.
    ///
    /// # Examples
    ///
    /// ```
    /// use axon::prelude::*;
    ///
    /// let mut scheduler = Scheduler::new();
    /// let echoer = scheduler.add(ConsoleEchoer::new());
    /// assert_eq!(scheduler.context(&echoer).inboxes(&echoer), ["inbox", "control"]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn inboxes(&self, component: &ComponentRef) -> Vec<String> {
        let component = self.here(component);
        self.system.with(|state| state.names(component, Side::Inbox))
    }

    /// The names of a component's outboxes: those declared, then those added.
    ///
    /// # Examples
    ///
    /// ```
    /// use axon::prelude::*;
    ///
    /// let mut scheduler = Scheduler::new();
    /// let echoer = scheduler.add(ConsoleEchoer::new());
    /// assert_eq!(scheduler.context(&echoer).outboxes(&echoer), ["outbox", "signal"]);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn outboxes(&self, component: &ComponentRef) -> Vec<String> {
        let component = self.here(component);
        self.system.with(|state| state.names(component, Side::Outbox))
    }

    /// Whether a component has an inbox of this name.
    ///
    /// # Examples
    ///
    /// ```
    /// # use axon::{ComponentRef, Context};
    /// /// Asks for the next part, of those components that can be asked.
    /// fn ask(cx: &Context, component: &ComponentRef) -> Result<(), axon::error::SendError> {
    ///     if cx.has_inbox(component, "next") { cx.deliver_to(component, "next", ()) } else { Ok(()) }
    /// }
    /// ```
    #[track_caller]
    #[must_use]
    pub fn has_inbox(&self, component: &ComponentRef, name: &str) -> bool {
        let component = self.here(component);
        self.system.with(|state| state.look_up(component, name, Side::Inbox).is_some())
    }

    /// Whether a component has an outbox of this name.
    ///
    /// # Examples
    ///
    /// ```
    /// # use axon::{ComponentRef, Context};
    /// /// Reads the errors of those children that report them.
    /// fn watch(cx: &Context, child: &ComponentRef) -> axon::Result {
    ///     if cx.has_outbox(child, "error") {
    ///         cx.link((child, "error"), (cx.me(), "inbox"))?;
    ///     }
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    #[must_use]
    pub fn has_outbox(&self, component: &ComponentRef, name: &str) -> bool {
        let component = self.here(component);
        self.system.with(|state| state.look_up(component, name, Side::Outbox).is_some())
    }

    /// Whether an outbox leads to anybody's inbox. What is sent from one that does not is dropped.
    ///
    /// # Panics
    ///
    /// If the component has no such outbox.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// if cx.is_linked("outbox") {
    ///     cx.send("outbox", "a report that takes long to write")?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    #[must_use]
    pub fn is_linked(&self, outbox: &str) -> bool {
        let outbox = BoxId::outbox(self.outbox(outbox));
        self.system.with(|state| state.post.end_of(outbox) != NONE)
    }

    /// Whether messages from this outbox arrive in this inbox, through any number of linkages. Always false for an
    /// inbox in another scheduler.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// if cx.leads_to("outbox", (cx.me(), "inbox")) {
    ///     return Err("it would only talk to itself".into());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    #[must_use]
    pub fn leads_to(&self, outbox: &str, (component, inbox): Endpoint<'_>) -> bool {
        let outbox = BoxId::outbox(self.outbox(outbox));
        self.system.owns(component)
            && self.system.with(|state| {
                let inbox = state.look_up(component, inbox, Side::Inbox);
                inbox.is_some_and(|inbox| state.post.end_of(inbox) == state.post.end_of(outbox))
            })
    }

    /// Makes a component: its boxes exist and can be linked, but it does not run yet. A component that is made
    /// already is returned as it is. It exists as long as something refers to it.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// let echoer = cx.add(axon::util::ConsoleEchoer::new());
    /// // Its boxes exist: what is sent before it runs waits for it.
    /// cx.link((cx.me(), "outbox"), (&echoer, "inbox"))?;
    /// cx.send("outbox", "hello")?;
    /// cx.activate(&echoer);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn add(&self, component: impl IntoComponent) -> ComponentRef {
        component.make(&Host(&self.system), Location::caller())
    }

    /// Activates a component: it takes its first turn in the next pass, after all that run already. Nothing happens
    /// if it is active, or has ended.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// use axon::prelude::*;
    ///
    /// cx.activate(pipeline![DataSource::new(["hello\n"]), ConsoleEchoer::new()]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn activate(&self, component: impl IntoComponent) -> ComponentRef {
        component.activate(&Host(&self.system), Location::caller())
    }

    /// Makes a component and becomes its parent, which is woken when it ends. The child is not activated yet.
    ///
    /// A child that has ended stays a child, with what its boxes hold, until [`Context::remove_child`]: whoever makes
    /// children again and again removes those that have ended.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// let child = cx.add_child(axon::util::OneShot::new("hello"));
    /// cx.link((&child, "outbox"), (cx.me(), "inbox"))?;
    /// cx.activate(&child);
    /// while !child.is_stopped() {
    ///     cx.pause().await;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    #[doc(alias = "addChildren")]
    pub fn add_child(&self, component: impl IntoComponent) -> ComponentRef {
        let child = component.make(&Host(&self.system), Location::caller());
        self.system.adopt(self.pid(), &child);
        child
    }

    /// Is no longer the parent of `child`, and cuts the linkages it made that touch it.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// for child in cx.children() {
    ///     if child.is_stopped() {
    ///         cx.remove_child(&child);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "removeChild")]
    #[track_caller]
    pub fn remove_child(&self, child: &ComponentRef) {
        self.system.disown(self.pid(), self.here(child));
        self.unlink_component_across(child);
    }

    /// The children, in the order of adding. A child added twice is listed twice.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// // Until all children have ended.
    /// while !cx.children().iter().all(|child| child.is_stopped()) {
    ///     cx.pause().await;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "childComponents")]
    #[must_use]
    pub fn children(&self) -> Vec<ComponentRef> {
        self.system.children(self.pid())
    }

    /// Wakes a component that is paused.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// for child in cx.children() {
    ///     cx.unpause(&child);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn unpause(&self, component: &ComponentRef) {
        self.system.unpause(self.here(component));
    }

    /// Stops a component, awake or asleep: it takes no further turn, and has ended when this returns. What it owns is
    /// dropped before another component runs.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// // The children have a second to finish what they have.
    /// cx.sleep(std::time::Duration::from_secs(1)).await;
    /// for child in cx.children() {
    ///     cx.stop(&child);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn stop(&self, component: &ComponentRef) {
        self.system.stop_component(self.here(component));
    }

    /// Stops the scheduler: this pass is finished, then all components are stopped.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// while cx.next::<String>("inbox").await? != "quit" {}
    /// cx.stop_scheduler();
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "scheduler.run.stop")]
    pub fn stop_scheduler(&self) {
        self.system.order_stop(StopOrder::AtOnce);
    }

    /// Ends the run in an orderly way: components are told that no more will come, and have this time to finish what
    /// they have. Those without a parent are told, and tell the rest. Components that are left after four fifths of
    /// the time are told to stop immediately; services, such as the Selector, end last. Components that are left at
    /// the end of the time are stopped, and named in the run's result.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// while cx.next::<String>("inbox").await? != "quit" {}
    /// cx.stop_scheduler_within(std::time::Duration::from_secs(5));
    /// # Ok(())
    /// # }
    /// ```
    pub fn stop_scheduler_within(&self, time: Duration) {
        self.system.order_stop(StopOrder::Within(time));
    }

    /// Declares this component a service: services alone do not keep a run alive. When only services are
    /// left, each gets a `shutdownMicroprocess` on `control`; those that go on sleeping are stopped. Its children
    /// belong to it: they do not keep a run alive either, and it ends them when it is told.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// cx.declare_service();
    /// cx.register_service("clock", (cx.me(), "inbox"))?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn declare_service(&self) {
        self.system.with(|state| {
            let record = state.record_mut(self.pid().index);
            if record.service == Service::No {
                record.service = Service::Yes;
                state.services += 1;
            }
        });
    }

    /// A waker of this component, for any thread. While one exists, a run in which all components sleep waits for it.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// use std::sync::mpsc;
    ///
    /// let (waker, (sender, answer)) = (cx.waker(), mpsc::channel());
    /// std::thread::spawn(move || {
    ///     let _ = sender.send(std::fs::read("large"));
    ///     waker.wake();
    /// });
    /// let content = loop {
    ///     match answer.try_recv() {
    ///         Ok(content) => break content?,
    ///         Err(_) => cx.pause().await,
    ///     }
    /// };
    /// cx.send("outbox", content)?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn waker(&self) -> Waker {
        Waker::from(std::sync::Arc::clone(&self.me().0))
    }

    /// A handle on the scheduler, for any thread. While one exists, a run in which all components sleep waits for it.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// let (remote, me) = (cx.remote(), cx.me().clone());
    /// std::thread::spawn(move || {
    ///     let line = std::io::stdin().lines().next();
    ///     if let Some(Ok(line)) = line {
    ///         let _ = remote.deliver(&me, "inbox", line);
    ///     }
    /// });
    /// let line = cx.next::<String>("inbox").await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn remote(&self) -> Remote {
        Remote::new(&self.system.inbound)
    }

    /// A handle that stops the scheduler from another thread, and keeps no run alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// let stopper = cx.stopper();
    /// std::thread::spawn(move || {
    ///     let _ = std::io::stdin().read_line(&mut String::new());
    ///     stopper.stop();
    /// });
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        Stopper::new(&self.system.inbound)
    }

    /// Lets the scheduler sleep in `park` from the next pass on.
    ///
    /// # Errors
    ///
    /// If another park is installed.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use std::time::Duration;
    /// use axon::{Component, Context, Park, Unpark};
    ///
    /// # struct EventLoop;
    /// # impl EventLoop {
    /// #     fn new() -> Self { EventLoop }
    /// # }
    /// # struct Wake(std::thread::Thread);
    /// # impl Unpark for Wake {
    /// #     fn unpark(&self) { self.0.unpark() }
    /// # }
    /// impl Park for EventLoop {
    ///     // ... waits for events, for example of sockets
    /// #     fn park(&mut self, limit: Option<Duration>) {
    /// #         match limit {
    /// #             Some(limit) => std::thread::park_timeout(limit),
    /// #             None => std::thread::park(),
    /// #         }
    /// #     }
    /// #     fn unparker(&self) -> Arc<dyn Unpark> { Arc::new(Wake(std::thread::current())) }
    /// #     fn is_watching(&self) -> bool { false }
    /// }
    ///
    /// struct Events;
    /// impl Component for Events {
    ///     async fn main(&mut self, cx: &Context) -> axon::Result {
    ///         cx.install_park(EventLoop::new())?;
    ///         while cx.told_to_end().is_none() {
    ///             cx.pause().await;
    ///         }
    ///         cx.remove_park();
    ///         Ok(())
    ///     }
    /// }
    /// # let mut scheduler = axon::Scheduler::new();
    /// # let events = scheduler.activate(Events);
    /// # scheduler.remote().deliver(&events, "control", axon::ProducerFinished::new())?;
    /// # scheduler.run()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn install_park(&self, park: impl Park) -> Result<(), ParkTakenError> {
        if self.system.park_is_taken.replace(true) {
            return Err(ParkTakenError);
        }
        self.system.new_park.replace(Some(NewPark::Install(Box::new(park))));
        self.system.attention.set(true);
        Ok(())
    }

    /// Removes the installed park: the scheduler sleeps in its own again.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn example(cx: &axon::Context, park: impl axon::Park) -> axon::Result {
    /// cx.install_park(park)?;
    /// // ...
    /// cx.remove_park();
    /// # Ok(())
    /// # }
    /// ```
    pub fn remove_park(&self) {
        if self.system.park_is_taken.replace(false) {
            self.system.new_park.replace(Some(NewPark::Remove));
            self.system.attention.set(true);
        }
    }
}
