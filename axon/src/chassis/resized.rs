//! Limits the inboxes of any component, from outside.
//!
//! Ported from `Kamaelia.Experimental.Chassis`, whose `Pipeline`, `Graphline` and `Carousel` take sizes for
//! the inboxes of the components that they hold.
//!
//! *Differs from Kamaelia:* the size is set on the component and not in the chassis, so that it works
//! everywhere, and for every inbox.

use crate::error::listed_for;
use crate::{Boxes, Component, Context, Result};

/// Limits the inboxes of any component at the place where it is made.
///
/// This trait is in the prelude. Whatever holds the component (a chassis of any kind, a server, a
/// [`Background`](crate::Background)) does not notice.
///
/// # Examples
///
/// A slow printer holds up the components that send to it with [`Context::send_when_room`], instead of
/// collecting everything that arrives. A whole pipeline can be given a size too:
///
/// ```
/// use axon::prelude::*;
///
/// let printer = pipeline![
///     PureTransformer::map(|n: u32| format!("{n}\n")).inbox_size("inbox", 100),
///     ConsoleEchoer::new().inbox_size("inbox", 10),
/// ];
/// axon::run(pipeline![DataSource::new([1u32, 2, 3]), printer.inbox_size("control", 5)])?;
/// # Ok::<(), axon::RunError>(())
/// ```
pub trait InboxSizes: Component + Sized {
    /// The same component, with an inbox that holds at most `size` messages: sending to it when it is full
    /// is refused. Call it again for another inbox. Call the component's own setters first.
    ///
    /// # Panics
    ///
    /// If the component has no such inbox, or `size` is 0.
    #[track_caller]
    #[doc(alias = "setSize")]
    #[doc(alias = "boxsizes")]
    fn inbox_size(self, inbox: &'static str, size: usize) -> Resized<Self> {
        Resized::new(self).inbox_size(inbox, size)
    }

    /// The same component, with an inbox that may hold any number of messages and suspends none of its
    /// senders: see [`Boxes::unlimited_inbox`].
    ///
    /// # Panics
    ///
    /// If the component has no such inbox.
    #[track_caller]
    fn unlimited_inbox(self, inbox: &'static str) -> Resized<Self> {
        Resized::new(self).unlimited_inbox(inbox)
    }
}

impl<C: Component> InboxSizes for C {}

/// A component with other limits than it declares: see [`InboxSizes`].
///
/// In everything else it is the component: it has the same name, boxes and behaviour, and ends in the same
/// way.
///
/// | inbox | what it takes |
/// |---|---|
/// | *each of the component's* | what the component takes |
///
/// | outbox | what it sends |
/// |---|---|
/// | *each of the component's* | what the component sends |
///
/// # Shutdown
///
/// The component's.
///
/// # Examples
///
/// ```
/// use axon::prelude::*;
///
/// let echoer = ConsoleEchoer::new().inbox_size("inbox", 10).inbox_size("control", 2);
/// assert_eq!(echoer.kind(), "ConsoleEchoer");
/// ```
#[derive(Debug)]
#[must_use = "a component does nothing until it is activated"]
pub struct Resized<C> {
    component: C,
    boxes: Boxes,
}

impl<C: Component> Resized<C> {
    fn new(component: C) -> Self {
        Resized { boxes: component.boxes(), component }
    }

    /// Limits another inbox: see [`InboxSizes::inbox_size`].
    ///
    /// # Panics
    ///
    /// If the component has no such inbox, or `size` is 0.
    #[track_caller]
    pub fn inbox_size(mut self, inbox: &'static str, size: usize) -> Self {
        self.check(inbox);
        let kind = self.component.kind();
        assert!(size > 0, "{inbox:?} of {kind} would take no message at all: its size is at least 1");
        self.boxes = self.boxes.inbox_size(inbox, size);
        self
    }

    /// Lets another inbox hold any number of messages: see [`InboxSizes::unlimited_inbox`].
    ///
    /// # Panics
    ///
    /// If the component has no such inbox.
    #[track_caller]
    pub fn unlimited_inbox(mut self, inbox: &'static str) -> Self {
        self.check(inbox);
        self.boxes = self.boxes.unlimited_inbox(inbox);
        self
    }

    #[track_caller]
    fn check(&self, inbox: &str) {
        let (kind, known) = (self.component.kind(), self.boxes.inboxes());
        assert!(
            known.contains(&inbox),
            "{kind} has no inbox {inbox:?} to limit; it has {}",
            listed_for(inbox, &known)
        );
    }
}

impl<C: Component> Component for Resized<C> {
    fn boxes(&self) -> Boxes {
        self.boxes.clone()
    }

    fn kind(&self) -> &'static str {
        self.component.kind()
    }

    async fn main(&mut self, cx: &Context) -> Result {
        self.component.main(cx).await
    }
}
