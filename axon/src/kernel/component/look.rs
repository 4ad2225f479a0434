//! Questions about the system: which components there are, whether one is paused, its children, how much waits in an
//! inbox or behind an outbox.
//!
//! Ported from `listAllThreads` and `isThreadPaused` of `Axon.Scheduler`, `childComponents` of
//! `Axon.Component`, and the length of an outbox.

use std::fmt;
use std::rc::Rc;

use super::context::Context;
use crate::kernel::boxes::{BoxId, NONE};
use crate::kernel::id::{ComponentId, ComponentRef, Life, Pid};
use crate::kernel::scheduler::Scheduler;
use crate::kernel::system::System;

impl Scheduler {
    /// The active components, asleep or awake, in the order of making.
    #[doc(alias = "listAllThreads")]
    #[must_use]
    pub fn components(&self) -> Vec<ComponentRef> {
        self.system.components()
    }

    /// Whether an active component sleeps. Awake are also those that asked to sleep in this pass.
    #[doc(alias = "isThreadPaused")]
    #[must_use]
    pub fn is_paused(&self, component: &ComponentRef) -> bool {
        self.system.is_paused(component)
    }
}

impl Context {
    /// The active components of this scheduler, asleep or awake, in the order of making; this one is among
    /// them.
    ///
    /// # Examples
    ///
    /// ```
    /// use axon::prelude::*;
    ///
    /// struct Census;
    /// impl Component for Census {
    ///     async fn main(&mut self, cx: &Context) -> axon::Result {
    ///         let there: Vec<String> = cx.components().iter().map(ComponentRef::name).collect();
    ///         assert_eq!(there, ["Pipeline_1", "Census_2", "NullSinkComponent_3"]);
    ///         cx.send("signal", ProducerFinished::new())?;
    ///         Ok(())
    ///     }
    /// }
    /// axon::run(pipeline![Census, NullSinkComponent::new()])?;
    /// # Ok::<(), axon::RunError>(())
    /// ```
    #[doc(alias = "listAllThreads")]
    #[must_use]
    pub fn components(&self) -> Vec<ComponentRef> {
        self.system.components()
    }

    /// Whether an active component of this scheduler sleeps. Awake are also those that asked to sleep in this
    /// pass.
    ///
    /// # Examples
    ///
    /// ```
    /// # use axon::{Component, Context, ComponentRef};
    /// /// Wakes a component, if it sleeps.
    /// fn nudge(cx: &Context, component: &ComponentRef) {
    ///     if cx.is_paused(component) {
    ///         cx.unpause(component);
    ///     }
    /// }
    /// ```
    #[doc(alias = "isThreadPaused")]
    #[must_use]
    pub fn is_paused(&self, component: &ComponentRef) -> bool {
        self.system.is_paused(component)
    }

    /// The components that sleep while nothing can wake them: no timer, nobody outside, nobody who is awake, and
    /// none whom these could wake. While others go on, or something outside may happen, such a run is not
    /// [stuck](crate::RunError::Stuck), but these wait for ever. Services are never among them.
    ///
    /// # Examples
    ///
    /// ```
    /// # use axon::{Component, Context};
    /// struct Doctor;
    /// impl Component for Doctor {
    ///     async fn main(&mut self, cx: &Context) -> axon::Result {
    ///         let snapshot = cx.snapshot();
    ///         for component in cx.standing_still().into_iter().filter_map(|id| snapshot.component(id)) {
    ///             println!("{} waits for ever", component.name);
    ///         }
    ///         Ok(())
    ///     }
    /// }
    /// ```
    pub fn standing_still(&self) -> Vec<ComponentId> {
        self.system.with(|state| state.standing_still())
    }

    /// Holds a component of this scheduler: it gets no turn, and counts as asleep, until the hold is dropped. Messages
    /// that come to it meanwhile wait, and wake it afterwards. `None` if it does not run, or is this component itself.
    ///
    /// An orderly end of the run ends all holds. A run in which all others sleep for ever is
    /// [stuck](crate::RunError::Stuck), whoever is held.
    ///
    /// # Panics
    ///
    /// If the component lives in another scheduler.
    ///
    /// # Examples
    ///
    /// ```
    /// # use axon::{Component, ComponentRef, Context};
    /// /// Lets another component take a turn when somebody says so.
    /// struct Debugger(ComponentRef);
    /// impl Component for Debugger {
    ///     async fn main(&mut self, cx: &Context) -> axon::Result {
    ///         let Some(hold) = cx.hold(&self.0) else { return Ok(()) };
    ///         while let Some("step") = cx.next_or_end::<&str>("inbox").await? {
    ///             hold.step();
    ///         }
    ///         Ok(()) // the other one goes on
    ///     }
    /// }
    /// ```
    #[track_caller]
    pub fn hold(&self, component: &ComponentRef) -> Option<Hold> {
        let component = self.here(component);
        let has_begun = self.system.with(|state| state.begin_holding(component, self.pid()));
        has_begun.then(|| Hold {
            system: Rc::clone(&self.system),
            component: component.clone(),
            by: self.pid(),
        })
    }

    /// The children of a component of this scheduler, in the order of adding; none once it has ended.
    ///
    /// # Panics
    ///
    /// If the component lives in another scheduler.
    ///
    /// # Examples
    ///
    /// ```
    /// # use axon::{Component, Context, ComponentRef};
    /// /// How many components there are in a family.
    /// fn size_of_family(cx: &Context, head: &ComponentRef) -> usize {
    ///     1 + cx.children_of(head).iter().map(|child| size_of_family(cx, child)).sum::<usize>()
    /// }
    /// ```
    #[track_caller]
    #[doc(alias = "childComponents")]
    #[must_use]
    pub fn children_of(&self, component: &ComponentRef) -> Vec<ComponentRef> {
        self.system.children(self.here(component).0.pid)
    }

    /// How many messages wait in the inbox that an outbox leads to, whoever sent them; 0 if it is not linked. If it
    /// leads to another scheduler, these are the messages that wait to leave this one.
    ///
    /// # Panics
    ///
    /// If the component has no such outbox.
    ///
    /// # Examples
    ///
    /// ```
    /// # use axon::{Component, Context};
    /// /// Passes numbers on, as long as its receiver keeps up, and leaves out the others.
    /// struct Latest;
    /// impl Component for Latest {
    ///     async fn main(&mut self, cx: &Context) -> axon::Result {
    ///         while let Some(number) = cx.next_or_end::<u64>("inbox").await? {
    ///             if cx.outbox_length("outbox") < 3 {
    ///                 cx.send("outbox", number)?;
    ///             }
    ///         }
    ///         Ok(())
    ///     }
    /// }
    /// ```
    #[track_caller]
    #[doc(alias = "len(self.outboxes[outbox])")]
    #[must_use]
    pub fn outbox_length(&self, outbox: &str) -> usize {
        let outbox = self.outbox(outbox);
        self.system.with(|state| match state.post.end_of(BoxId::outbox(outbox)) {
            NONE => 0,
            inbox => state.post.inbox(inbox).ring().len(),
        })
    }

    /// How many bytes wait behind an outbox, where [`outbox_length`](Context::outbox_length) counts messages,
    /// as [`inbox_bytes`](Context::inbox_bytes) counts them.
    ///
    /// # Panics
    ///
    /// If the component has no such outbox.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(cx: &axon::Context) -> axon::Result {
    /// // Not more than a megabyte on the way.
    /// while cx.outbox_bytes("outbox") > 1_000_000 {
    ///     cx.pause().await;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    #[must_use]
    pub fn outbox_bytes(&self, outbox: &str) -> usize {
        let outbox = self.outbox(outbox);
        self.system.with(|state| match state.post.end_of(BoxId::outbox(outbox)) {
            NONE => 0,
            inbox => state.post.bytes(inbox),
        })
    }

    /// How many bytes of text and of bytes wait in an inbox. Each message counts as the multiple of 256 below
    /// its length, so that shorter ones count as none, and a large value of another type as its own size.
    ///
    /// # Panics
    ///
    /// If the component has no such inbox.
    ///
    /// # Examples
    ///
    /// ```
    /// # use axon::{Component, Context};
    /// /// Says how much it is behind.
    /// struct Reader;
    /// impl Component for Reader {
    ///     async fn main(&mut self, cx: &Context) -> axon::Result {
    ///         while let Some(text) = cx.next_or_end::<String>("inbox").await? {
    ///             println!("{} bytes, and about {} more wait", text.len(), cx.inbox_bytes("inbox"));
    ///         }
    ///         Ok(())
    ///     }
    /// }
    /// ```
    #[track_caller]
    #[must_use]
    pub fn inbox_bytes(&self, inbox: &str) -> usize {
        let inbox = self.inbox(inbox);
        self.system.with(|state| state.post.bytes(inbox))
    }
}

/// Keeps a component from taking turns, until it is dropped: see [`Context::hold`].
#[must_use = "a hold that is dropped holds nobody"]
pub struct Hold {
    system: Rc<System>,
    component: ComponentRef,
    by: Pid,
}

impl Hold {
    /// Lets it take one turn: the next one that it has, which may be after a message has woken it.
    pub fn step(&self) {
        self.system.with(|state| state.allow_turn(self.component.0.pid));
    }

    /// Who is held.
    #[must_use]
    pub fn component(&self) -> &ComponentRef {
        &self.component
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.system.with(|state| state.end_holding(self.component.0.pid, self.by));
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hold({})", self.component)
    }
}

impl System {
    fn components(&self) -> Vec<ComponentRef> {
        self.with(|state| {
            let active = state.in_order(|_, record| record.identity.life() == Life::Active);
            active.into_iter().map(|index| state.record(index).identity.reference()).collect()
        })
    }

    fn is_paused(&self, component: &ComponentRef) -> bool {
        self.owns(component) && self.with(|state| state.sleeps(component.0.pid.index))
    }
}
