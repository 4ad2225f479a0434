//! Ends a component after a time.
//!
//! Ported from `TTL` of `Kamaelia.Apps.SA.Chassis`.
//!
//! *Differs from Kamaelia:* after each word the component has a second, and not two turns, in which a pipeline could not
//! even hear it. `serverShutdown` and `shutdown` are not sent: `ShutdownMicroprocess` stops whatever they stop.

use std::time::Duration;

use crate::chassis::announce;
use crate::{
    Boxes, CONTROL, Component, ComponentRef, Context, Message, ProducerFinished, Result, SIGNAL,
    ShutdownMicroprocess, time_after,
};

/// How long a component may take after each word, unless set.
const GRACE: Duration = Duration::from_secs(1);

/// Wraps a component, and ends it when its time is over: "time to live".
///
/// It has the inboxes and outboxes of the component, without those whose names begin with `_`. When the time is over,
/// the component is sent `ProducerFinished`; if it still runs after a second, `ShutdownMicroprocess`; and if it still
/// runs after another, it is stopped, with all its children. For components that have a time limit of their own this is
/// not needed.
///
/// | inbox | what it takes |
/// |---|---|
/// | *each of the component's* | what the component takes |
///
/// | outbox | what it sends |
/// |---|---|
/// | *each of the component's* | what the component sends |
/// | `_sigkill` | for its own use: endings for the component |
///
/// # Shutdown
///
/// It ends with the component, which hears and sends control messages as if it were alone. If the component had to be
/// stopped, `ShutdownMicroprocess` is sent out of `signal`.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use axon::pipeline;
/// use axon::util::{Chargen, NullSinkComponent, Ttl};
///
/// let endless = pipeline![Chargen::new(), NullSinkComponent::new()];
/// axon::run(Ttl::new(endless, Duration::from_millis(10)))?;
/// # Ok::<(), axon::RunError>(())
/// ```
#[doc(alias = "TTL")]
#[must_use = "a component does nothing until it is activated"]
pub struct Ttl<C> {
    /// `None` after it was made a child.
    component: Option<C>,
    boxes: Boxes,
    delay: Duration,
    grace: Duration,
}

crate::debug_by_name!(Ttl<C>);

impl<C: Component> Ttl<C> {
    /// Ends `component` after this time.
    #[doc(alias = "comp")]
    pub fn new(component: C, delay: Duration) -> Self {
        let theirs = component.boxes();
        let doc = |name| theirs.documentation(name).unwrap_or_default();
        let boxes = public(theirs.inboxes()).fold(Boxes::none(), |boxes, name| boxes.inbox(name, doc(name)));
        let boxes = public(theirs.outboxes()).fold(boxes, |boxes, name| boxes.outbox(name, doc(name)));
        let boxes = boxes.outbox("_sigkill", "endings for the component");
        Ttl { component: Some(component), boxes, delay, grace: GRACE }
    }

    /// The component has this time after each word, instead of a second.
    pub fn grace(mut self, time: Duration) -> Self {
        self.grace = time;
        self
    }
}

fn public(names: Vec<&'static str>) -> impl Iterator<Item = &'static str> {
    names.into_iter().filter(|name| !name.starts_with('_'))
}

impl<C: Component> Component for Ttl<C> {
    fn boxes(&self) -> Boxes {
        self.boxes.clone()
    }

    async fn main(&mut self, cx: &Context) -> Result {
        let Some(component) = self.component.take() else { return Ok(()) };
        let child = cx.add_child(component);
        for name in public(self.boxes.inboxes()) {
            cx.pass_through_inbox((cx.me(), name), (&child, name))?;
        }
        for name in public(self.boxes.outboxes()) {
            cx.pass_through_outbox((&child, name), (cx.me(), name))?;
        }
        let hears = cx.has_inbox(&child, CONTROL);
        if hears {
            cx.link((cx.me(), "_sigkill"), (&child, CONTROL))?;
        }
        cx.activate(&child);
        if has_ended_after(cx, &child, self.delay).await {
            return Ok(());
        }
        for word in [Message::new(ProducerFinished::new()), Message::new(ShutdownMicroprocess::new())] {
            if hears {
                // Without room it has heard enough.
                let _ = cx.send("_sigkill", word);
                if has_ended_after(cx, &child, self.grace).await {
                    return Ok(());
                }
            }
        }
        log::info!("{} stops {child}, whose time is over", cx.name());
        cx.stop(&child);
        if cx.has_outbox(cx.me(), SIGNAL) {
            announce(cx, ShutdownMicroprocess::new()).await;
        }
        Ok(())
    }
}

/// Waits for the end of a component, at most so long.
async fn has_ended_after(cx: &Context, child: &ComponentRef, time: Duration) -> bool {
    let end = time_after(cx.now(), time);
    while !child.is_stopped() && cx.now() < end {
        cx.pause_until(end).await;
    }
    child.is_stopped()
}
