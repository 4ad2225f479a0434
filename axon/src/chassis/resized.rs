//! Limits the inboxes of any component, from outside.
//!
//! Ported from `Kamaelia.Experimental.Chassis`, whose `Pipeline`, `Graphline` and `Carousel` take a size
//! for the inboxes of what they hold.
//!
//! *Differs from Kamaelia:* the size is set on the component and not in each chassis, so that it works
//! everywhere, and for every inbox.

use crate::{Boxes, Component, Context, Result};

use super::graphline_error::list;

/// Gives any component inboxes of a limited size, where it is made.
///
/// It is in the prelude. Whatever holds the component, a chassis of any kind, a server, a
/// [`Background`](crate::Background), need not know.
///
/// # Examples
///
/// A slow printer holds up whoever sends to it by [`Context::send_when_room`], instead of collecting all
/// that comes; and a whole pipeline may be given a size just as well:
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
    /// is refused. It can be called again for another inbox. What the component itself offers to set is
    /// set before.
    ///
    /// # Panics
    ///
    /// If the component has no such inbox, or `size` is 0.
    #[must_use]
    #[track_caller]
    #[doc(alias = "setSize")]
    #[doc(alias = "boxsizes")]
    fn inbox_size(self, inbox: &'static str, size: usize) -> Resized<Self> {
        Resized::new(self).inbox_size(inbox, size)
    }

    /// The same component, with an inbox that may hold any number of messages and suspends nobody who sends
    /// to it: see [`Boxes::unlimited_inbox`].
    ///
    /// # Panics
    ///
    /// If the component has no such inbox.
    #[must_use]
    #[track_caller]
    fn unlimited_inbox(self, inbox: &'static str) -> Resized<Self> {
        Resized::new(self).unlimited_inbox(inbox)
    }
}

impl<C: Component> InboxSizes for C {}

/// A component with other limits than it declares: see [`InboxSizes`].
///
/// In all else it is the component: it has its name, its boxes and its behaviour, and ends as it does.
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
pub struct Resized<C> {
    component: C,
    boxes: Boxes,
}

impl<C: Component> Resized<C> {
    fn new(component: C) -> Self {
        Resized { boxes: component.boxes(), component }
    }

    /// Limits one more inbox: see [`InboxSizes::inbox_size`].
    ///
    /// # Panics
    ///
    /// If the component has no such inbox, or `size` is 0.
    #[must_use]
    #[track_caller]
    pub fn inbox_size(mut self, inbox: &'static str, size: usize) -> Self {
        self.check(inbox);
        let kind = self.component.kind();
        assert!(size > 0, "{inbox:?} of {kind} would take no message at all: its size is at least 1");
        self.boxes = self.boxes.inbox_size(inbox, size);
        self
    }

    /// Lets one more inbox hold any number: see [`InboxSizes::unlimited_inbox`].
    ///
    /// # Panics
    ///
    /// If the component has no such inbox.
    #[must_use]
    #[track_caller]
    pub fn unlimited_inbox(mut self, inbox: &'static str) -> Self {
        self.check(inbox);
        self.boxes = self.boxes.unlimited_inbox(inbox);
        self
    }

    #[track_caller]
    fn check(&self, inbox: &str) {
        let (kind, known) = (self.component.kind(), self.boxes.inboxes());
        assert!(known.contains(&inbox), "{kind} has no inbox {inbox:?} to limit; it has {}", list(&known));
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
