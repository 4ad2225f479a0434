//! Boxes that come and go at run time, and what they stand for.
//!
//! Ported from `Axon.AdaptiveCommsComponent`.
//!
//! *Differs from Kamaelia:* every component may add boxes; no special class is needed. Deleting a box cuts the
//! linkages that touch it and hands back what lay in it; in Axon the linkages go on delivering to a box that nobody
//! sees (B8). Only boxes that were added can be deleted.

use std::collections::HashMap;
use std::hash::Hash;

use super::context::Context;
use crate::kernel::boxes::BoxId;
use crate::kernel::error::UnknownBoxError;
use crate::kernel::message::Message;
use crate::kernel::side::Side;

impl Context {
    /// Adds an inbox, under this name or, if it is taken, a variant of it. Returns the name.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// // One inbox for each child, so that it knows who sent what.
    /// let child = cx.add_child(axon::util::OneShot::new("hello"));
    /// let inbox = cx.add_inbox("answers");
    /// cx.link((&child, "outbox"), (cx.me(), &inbox))?;
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "addInbox")]
    pub fn add_inbox(&self, name: &str) -> String {
        self.system.add_inbox(self.pid(), name)
    }

    /// Adds an outbox, under this name or, if it is taken, a variant of it. Returns the name.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// let child = cx.add_child(axon::util::ConsoleEchoer::new());
    /// let outbox = cx.add_outbox("console");
    /// cx.link((cx.me(), &outbox), (&child, "inbox"))?;
    /// cx.send(&outbox, "hello")?;
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "addOutbox")]
    pub fn add_outbox(&self, name: &str) -> String {
        self.system.add_outbox(self.pid(), name)
    }

    /// Deletes an added inbox. Returns the messages that lay in it, oldest first.
    ///
    /// The linkages that lead to it and from it are cut, whoever made them. What went through it to a further box
    /// stays there. A source that led to it is free to be linked again: an outbox discards what it sends until then,
    /// an inbox that was passed through to it keeps what it gets. Components that it had refused are woken, and find
    /// themselves unlinked.
    ///
    /// # Errors
    ///
    /// If no inbox of this name was added.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// let inbox = cx.add_inbox("answers");
    /// // ...
    /// for unread in cx.delete_inbox(&inbox)? {
    ///     println!("too late: {unread:?}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "deleteInbox")]
    pub fn delete_inbox(&self, name: &str) -> Result<Vec<Message>, UnknownBoxError> {
        self.system.delete_inbox(self.me(), name)
    }

    /// Deletes an added outbox, with the linkages that lead to it and from it, whoever made them. What was sent stays
    /// delivered; an inner outbox that was passed through to it discards from now on. Components that were refused by
    /// the box that it led to are woken.
    ///
    /// # Errors
    ///
    /// If no outbox of this name was added.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// let outbox = cx.add_outbox("console");
    /// // ...
    /// cx.delete_outbox(&outbox)?;
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "deleteOutbox")]
    pub fn delete_outbox(&self, name: &str) -> Result<(), UnknownBoxError> {
        self.system.delete_outbox(self.me(), name)
    }

    /// The name of an added inbox in which something waits.
    pub(super) fn any_added_ready(&self) -> Option<String> {
        self.system.with(|state| {
            let own_boxes = &state.record(self.pid().index).own_boxes;
            let mut added = own_boxes.added_names(Side::Inbox);
            let holds = |inbox: BoxId| !state.post.inbox(inbox.index()).ring().is_empty();
            added.find(|name| own_boxes.find_added(Side::Inbox, name).is_some_and(holds)).map(str::to_owned)
        })
    }
}

/// What is known of one tracked resource.
#[derive(Clone, PartialEq, Debug)]
pub struct Tracked<I> {
    /// The inboxes that belong to it.
    pub inboxes: Vec<String>,
    /// The outboxes that belong to it.
    pub outboxes: Vec<String>,
    /// What the component remembers about it.
    pub information: I,
}

/// Remembers for a component which boxes belong to which resource, for example to which connection.
///
/// A resource is anything that can be a key, often a [`ComponentRef`](crate::ComponentRef).
#[derive(Debug)]
#[doc(alias = "AdaptiveCommsComponent")]
pub struct ResourceTracker<R, I> {
    by_inbox: HashMap<String, R>,
    tracked: HashMap<R, Tracked<I>>,
}

impl<R: Eq + Hash + Clone, I> ResourceTracker<R, I> {
    /// A tracker that knows no resource.
    #[must_use]
    pub fn new() -> Self {
        ResourceTracker { by_inbox: HashMap::new(), tracked: HashMap::new() }
    }

    /// Remembers that what comes in at `inbox` concerns `resource`.
    ///
    /// # Errors
    ///
    /// If the component has no such inbox.
    #[doc(alias = "trackResource")]
    pub fn track_resource(&mut self, cx: &Context, resource: R, inbox: &str) -> Result<(), UnknownBoxError> {
        let me = cx.me();
        cx.system.with(|state| state.find(me, inbox, Side::Inbox))?;
        self.by_inbox.insert(inbox.into(), resource);
        Ok(())
    }

    /// The resource that an inbox belongs to.
    #[doc(alias = "retrieveTrackedResource")]
    #[must_use]
    pub fn retrieve_tracked_resource(&self, inbox: &str) -> Option<&R> {
        self.by_inbox.get(inbox)
    }

    /// Remembers the boxes of a resource, and what else there is to know about it.
    ///
    /// # Errors
    ///
    /// If the component lacks one of the boxes; nothing is remembered then.
    #[doc(alias = "trackResourceInformation")]
    pub fn track_resource_information(
        &mut self,
        cx: &Context,
        resource: R,
        inboxes: Vec<String>,
        outboxes: Vec<String>,
        information: I,
    ) -> Result<(), UnknownBoxError> {
        let me = cx.me();
        for (names, side) in [(&inboxes, Side::Inbox), (&outboxes, Side::Outbox)] {
            for name in names {
                cx.system.with(|state| state.find(me, name, side))?;
            }
        }
        self.tracked.insert(resource, Tracked { inboxes, outboxes, information });
        Ok(())
    }

    /// What is remembered of a resource.
    #[doc(alias = "retrieveTrackedResourceInformation")]
    pub fn retrieve_tracked_resource_information(&self, resource: &R) -> Option<&Tracked<I>> {
        self.tracked.get(resource)
    }

    /// Forgets a resource, and returns what was known of it.
    #[doc(alias = "ceaseTrackingResource")]
    pub fn cease_tracking_resource(&mut self, resource: &R) -> Option<Tracked<I>> {
        let tracked = self.tracked.remove(resource)?;
        for inbox in &tracked.inboxes {
            self.by_inbox.remove(inbox);
        }
        Some(tracked)
    }

    /// The resources, in no order.
    pub fn resources(&self) -> impl Iterator<Item = &R> {
        self.tracked.keys()
    }
}

impl<R: Eq + Hash + Clone, I> Default for ResourceTracker<R, I> {
    fn default() -> Self {
        Self::new()
    }
}
